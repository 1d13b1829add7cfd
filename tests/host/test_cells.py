"""boards/cells.json is sound, its numbers reach the tag, and a board file says what is wrong with its cells."""

import ast
import copy
import json
from pathlib import Path
from typing import Any

import pytest

from davy import boards, cells, deploy, roots
from davy.errors import DavyError

NAME = "multigas-s3"
RIG = Path(__file__).parents[1] / "device" / "cell_rig.py"


def rig(name: str) -> Any:
    """A constant of the device tests."""
    for node in ast.parse(RIG.read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return ast.literal_eval(node.value)
    raise KeyError(name)


def test_every_gas_of_the_issue_has_a_cell():
    assert {cell.gas for cell in cells.load().values()} >= {"co", "h2s", "no2", "so2", "nh3", "o2"}


def test_each_number_has_a_source():
    for cell in cells.load().values():
        assert set(cell.sources) >= {"sensitivity_na", "full", "warmup_s", "t90_s", "life_months", "cross_percent"}
        assert all(text for text in cell.sources.values())


@pytest.mark.parametrize("name", list(cells.load()))
def test_the_tags_numbers_are_the_cells(name: str):
    cell = cells.load()[name]
    tiacn, refcn, gain, shift, full, lowest, warmup_s, t90_s, partial, *spans = cell.for_tag()
    counts = {"co": 10, "h2s": 10, "nh3": 10, "no2": 100, "so2": 100, "o2": 100}[cell.gas]
    # One count is so many volts; the driver's code is 31.25 uV.
    code_volts = (cell.volts(1.0) - cell.volts(0.0)) / counts
    assert gain / 2**shift == pytest.approx(31.25e-6 / code_volts, rel=5e-4)
    assert (full, lowest) == (cell.full * counts, cell.lowest * counts)
    assert (2750, 3500, 7000, 14000, 35000, 120000, 350000)[(tiacn >> 2) - 1] == cell.tia_ohm
    assert (10, 33, 50, 100)[tiacn & 3] == cell.load_ohm
    assert (20, 50, 67)[refcn >> 5 & 3] == cell.zero_percent and refcn & 0x80 and refcn & 0x1F == cell.bias_step
    assert (warmup_s, t90_s, partial) == (cell.warmup_s, cell.t90_s, cell.partial_pressure)
    for celsius, share in zip(spans[::2], spans[1::2], strict=True):
        assert cell.span(celsius) == pytest.approx(share / 1000, abs=5e-4)
        assert abs(gain) * 1000 // share <= 8000  # the driver's bound
    assert all(-32768 <= value <= 32767 for value in cell.for_tag())


def test_the_device_tests_have_the_same_numbers():
    assert {name: cells.load()[name].for_tag() for name in rig("CELLS")} == rig("CELLS")


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [
        ("sensitivity_na", [525, "nobody said so"], "no source"),
        ("full", [900, "chosen"], "beyond the amplifier"),
        ("full", [4000, "chosen"], "within 16 bits"),
        ("lowest", [1, "chosen"], "below and above 0"),
        ("span_percent", [[[20, 100]], "chosen"], "two points"),
        ("span_percent", [[[20, 100], [-20, 50]], "chosen"], "ascending"),
        ("span_percent", [[[-20, 100], [50, 110]], "chosen"], "100 % at 20"),
        ("tia_ohm", [10000, "chosen"], "tia_ohm: 10000 is not one of 2750"),
        ("gas", "radon", "no gas 'radon'"),
        ("colour", [1, "chosen"], "colour"),
    ],
)
def test_a_wrong_cell_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, value: Any, what: str):
    data = json.loads((roots.BOARDS / "cells.json").read_text())
    data["cells"]["CO-B4"][key] = value
    (tmp_path / "cells.json").write_text(json.dumps(data))
    monkeypatch.setattr(roots, "BOARDS", tmp_path)
    with pytest.raises(DavyError) as caught:
        cells.load.__wrapped__()
    assert "CO-B4: " in caught.value.message and what in caught.value.message


# -- deploy


def test_the_tag_gets_numbers_in_place_of_names(tmp_path: Path):
    plan = deploy.plan(NAME, tmp_path)
    assert [step.kind for step in plan.steps if step.target in deploy.BOARD_FILES] == ["fill", "fill"]
    filled = json.loads(boards.for_tag(NAME))
    for part, original in zip(filled["parts"], boards.load(NAME)["parts"], strict=True):
        if "cell" in original:
            assert part["cell"] == cells.load()[original["cell"]].for_tag()
            part["cell"] = original["cell"]
    assert filled == boards.load(NAME)


def test_a_board_without_cells_travels_as_it_is():
    assert boards.for_tag("virtual") == boards.path_of("virtual").read_bytes()
    step = deploy.plan("virtual", Path("nowhere")).steps[1]
    assert step.kind == "copy" and step.target == "board.json"


def test_six_cells_fit_the_limit_of_a_board_file():
    data = boards.load(NAME)
    four = [part for part in data["parts"] if "cell" in part]
    six = [*four, {**four[0], "cell": "NH3-B1"}, {**four[0], "cell": "SO2-A4"}]
    more = sum(
        len(json.dumps({**p, "cell": cells.load()[p["cell"]].for_tag()}, separators=(",", ":"))) for p in six[4:]
    )
    assert len(boards.for_tag(NAME)) + more + 2 <= 2048


# -- the board check


def problems(tmp_path: Path, change: dict[tuple[int, str], Any], extra: list[dict[str, Any]] = []) -> list[str]:  # noqa: B006
    """Of the board with keys of its cells changed: {(index of the cell, key): value}, `...` takes the key away."""
    data = copy.deepcopy(boards.load(NAME))
    mine = [part for part in data["parts"] if part["chip"] == "lmp91000"]
    for (index, key), value in change.items():
        if value is ...:
            del mine[index][key]
        else:
            mine[index][key] = value
    data["parts"] += extra
    file = tmp_path / NAME / boards.FILE
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(data))
    return [f"{problem.key}: {problem.text}" for problem in boards.check(file)]


def test_what_is_right(tmp_path: Path):
    assert problems(tmp_path, {}) == []
    assert problems(tmp_path, {(0, "warmup_s"): 5, (0, "cell"): "CO-B4"}) == []
    # Three cells on one converter, and one of the same channel on the other.
    assert problems(tmp_path, {(2, "adc"): 73, (2, "channel"): 2}) == []


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({(0, "adc"): 72}, "parts[2].adc: address 72 is the lmp91000's own"),
        ({(0, "adc"): 72}, "parts[2].adc: 72 is not one of 73, 74, 75"),
        ({(0, "channel"): 4}, "parts[2].channel: 4 is not one of"),
        ({(1, "channel"): 0}, "parts[3].channel: parts[2] has that input"),
        ({(0, "channel"): 3}, "parts[2].channel: is the input of the reference"),
        ({(1, "reference"): 2}, "parts[3].reference: parts[2] has the reference of that converter on 3"),
        ({(0, "reference"): ...}, "parts[2].reference: is missing"),
        ({(0, "enable"): ...}, "parts[2].enable: is missing"),
        ({(1, "enable"): 4}, "pin 4 is already used"),
        ({(0, "cell"): "CO-B9"}, "is not one of CO-B4"),
        ({(0, "cell"): [13, 128]}, "is not one of CO-B4"),
        ({(0, "cell"): "O2-A2"}, "parts[2].cell: a O2-A2 is for o2"),
        ({(0, "gas"): "ch4"}, 'parts[2].gas: "ch4" is not one of'),
        ({(0, "i2c"): 0}, "parts[2].i2c: runs at 400000 Hz, too fast for an lmp91000: at most 100000"),
        ({(0, "i2c"): 7}, "there is no i2c 7"),
        ({(0, "address"): 72}, "parts[2].address: unknown key"),
        ({(0, "warmup_s"): -1}, "out of range"),
    ],
)
def test_what_is_wrong(tmp_path: Path, change: dict[tuple[int, str], Any], what: str):
    found = problems(tmp_path, change)
    assert any(what in text for text in found), found


def test_another_chip_at_their_addresses(tmp_path: Path):
    guest = {"role": "gas", "chip": "scd41", "i2c": 1, "gas": "co2"}
    for address, expected in ((73, True), (72, True), (98, False)):
        found = problems(tmp_path, {}, [{**guest, "address": address}])
        assert any("is taken by parts[" in text for text in found) == expected, found


@pytest.mark.parametrize("value", [None, {"a": 1}, [[]], "", -(10**30), 1e308, float("nan"), False])
def test_any_value_at_any_key_is_a_problem_and_never_an_error(tmp_path: Path, value: Any):
    for key in boards.load(NAME)["parts"][2]:
        assert problems(tmp_path, {(0, key): value}), key
