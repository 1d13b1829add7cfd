"""Digital gas sensors on a board: what their entries may say, and that their published data agree with the drivers."""

import copy
import json
from typing import Any

import pytest

from davy import boardcheck, boards, roots
from davy.vtag.board import Board
from davy.vtag.chips.dfrobot_gas import GASES as MODEL_GASES
from davy.vtag.flash import Flash
from davy.vtag.radio import Network
from davy.vtag.world import World
from drivers.dfrobot_gas import KINDS
from drivers.scd41 import SCD41
from tag.events import GASES

NAMES = {row[0]: row for row in GASES.values()}
DFROBOT = {"role": "gas", "chip": "dfrobot-gas", "i2c": 0, "address": 0x74, "gas": "co"}
SERIAL = {"role": "gas", "chip": "dfrobot-gas", "uart": 1, "gas": "o2", "warmup_s": 0}
CO2 = {"role": "gas", "chip": "scd41", "i2c": 0, "address": 0x62, "gas": "co2"}


def with_parts(*parts: dict[str, Any]) -> dict[str, Any]:
    """The virtual board with these gas sensors instead of its own."""
    data = json.loads((roots.BOARDS / "virtual" / boards.FILE).read_text())
    data["parts"] = [part for part in data["parts"] if part["role"] != "gas"] + [copy.deepcopy(part) for part in parts]
    return data


def found(*parts: dict[str, Any]) -> list[tuple[str, str]]:
    at = len(with_parts()["parts"])
    return [
        (key.replace(f"parts[{at}]", "first").replace(f"parts[{at + 1}]", "second"), text)
        for key, text in boardcheck.problems_in(with_parts(*parts), "virtual")
    ]


def without(part: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name != key}


def test_good_ones():
    assert found(DFROBOT, CO2) == []
    assert found(SERIAL) == []
    others = ({**DFROBOT, "address": 0x75 + at, "gas": gas} for at, gas in enumerate(("h2s", "nh3", "so2")))
    assert found(DFROBOT, *others, SERIAL, CO2) == []


@pytest.mark.parametrize(
    ("part", "key", "text"),
    [
        (without(DFROBOT, "i2c"), "first.i2c", "is missing"),
        (without(DFROBOT, "address"), "first.address", "is missing"),
        (without(DFROBOT, "gas"), "first.gas", "is missing"),
        ({**DFROBOT, "gas": "cl2"}, "first.gas", "is not one of"),
        ({**DFROBOT, "gas": "co2"}, "first.gas", "is not one of"),
        ({**DFROBOT, "address": 0x78}, "first.address", "is not one of"),
        ({**DFROBOT, "uart": 1}, "first.uart", "on an i2c bus already"),
        ({**SERIAL, "address": 0x74}, "first.address", "does not go with uart"),
        ({**SERIAL, "uart": 2}, "first.uart", "there is no uart 2"),
        ({**SERIAL, "warmup_s": -1}, "first.warmup_s", "out of range"),
        ({**CO2, "address": 0x63}, "first.address", "is not one of"),
        ({**CO2, "gas": "co"}, "first.gas", "is not one of"),
        (without(CO2, "i2c"), "first.i2c", "is missing"),
    ],
)
def test_wrong_ones(part: dict[str, Any], key: str, text: str):
    assert [(name, text in said) for name, said in found(part)] == [(key, True)]


def test_two_at_one_place():
    assert found(DFROBOT, {**DFROBOT, "gas": "o2"}) == [("second.i2c", found(DFROBOT, DFROBOT)[0][1])]
    assert [key for key, _ in found(CO2, CO2)] == ["second.i2c"]
    assert [key for key, _ in found(SERIAL, {**SERIAL, "gas": "co"})] == ["second.uart"]


def test_a_board_with_several_of_a_kind():
    board = Board(with_parts(DFROBOT, {**DFROBOT, "address": 0x75, "gas": "o2"}, CO2), World(), Flash(64), Network())
    assert list(board.chips) == ["lis3dh", "dfrobot-gas", "dfrobot-gas:o2", "scd41"]
    board.chips["dfrobot-gas:o2"].faults.set("wrong_type")
    assert "wrong_type" not in board.chips["dfrobot-gas"].faults
    assert board.i2c[0].chips[0x75] is board.chips["dfrobot-gas:o2"]


# -- boards/modules.json ------------------------------------------------------------------------------------------------

MODULES = json.loads((roots.BOARDS / "modules.json").read_text(encoding="utf-8"))["modules"]


def test_each_module_says_all_there_is_to_know():
    keys = {"part", "chip", "gas", "unit", "range", "resolution", "t90_s", "warmup_s", "life_months", "cross", "source"}
    for module in MODULES:
        assert set(module) == keys
        assert module["unit"] == NAMES[module["gas"]][3]
        assert module["range"][0] < module["range"][1] and module["resolution"] > 0
        assert module["source"]


def test_the_data_of_the_modules_are_those_of_the_drivers():
    ours = {module["gas"]: module for module in MODULES if module["chip"] == "dfrobot-gas"}
    rules = boardcheck.CHIPS["dfrobot-gas"][1]
    assert set(ours) == set(KINDS) == set(MODEL_GASES) == set(rules["gas"][1:])
    for gas, (ident, full, t90_s) in KINDS.items():
        assert (ours[gas]["range"][1], ours[gas]["t90_s"]) == (full, t90_s)
        assert MODEL_GASES[gas][:2] == (ident, full)
        assert ours[gas]["resolution"] == pytest.approx(10 ** -MODEL_GASES[gas][2])
        assert full * NAMES[gas][2] <= 32767  # what a reading can carry
    (co2,) = (module for module in MODULES if module["chip"] == "scd41")
    assert co2["t90_s"] == SCD41.t90_s
