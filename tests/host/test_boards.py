"""Every board of the project is sound, and a board file that is not says where and what."""

import copy
import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest

from davy import boards, mcus, roots, winsencheck
from davy.errors import DavyError

ALL = boards.names()
PIN_KEYS = r"pin|enable|scl|sda|tx|rx|sck|mosi|miso|cs|reset|busy|dio\d"
Key = tuple[str | int, ...]


def board(name: str) -> dict[str, Any]:
    return json.loads((roots.BOARDS / name / boards.FILE).read_text())


def pins_of(data: Any, key: str = "") -> list[int]:
    """Every pin number in a board's data."""
    if isinstance(data, dict):
        return [pin for name, value in data.items() for pin in pins_of(value, name)]
    if isinstance(data, list):
        return [pin for value in data for pin in pins_of(value, key)]
    return [data] if re.fullmatch(PIN_KEYS, key) else []


def checked(tmp_path: Path, text: str | bytes, name: str = "some") -> list[tuple[str, str]]:
    """(key, text) of the problems of a board file with these contents."""
    file = tmp_path / name / boards.FILE
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    problems = boards.check(file)
    assert all(str(problem).startswith(f"{file}: ") and "\n" not in str(problem) for problem in problems)
    return [(problem.key, problem.text) for problem in problems]


def changed(name: str, key: Key, value: Any) -> dict[str, Any]:
    """A board with the value at `key` replaced; `...` deletes it."""
    data = copy.deepcopy(board(name))
    at: Any = data
    for step in key[:-1]:
        at = at[step]
    last: Any = key[-1]
    if value is ...:
        del at[last]
    elif isinstance(at, list) and last == len(at):
        at.append(value)
    else:
        at[last] = value
    return data


# -- the boards there are ----------------------------------------------------------------------------------------------


def test_the_boards_of_the_project():
    assert {
        "virtual",
        "lilygo-t3-s3",
        "heltec-wifi-lora-32-v3",
        "lilygo-ttgo-lora32-v2",
        "esp32-c3-generic",
    } <= set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_each_board_is_sound(name: str):
    assert [str(problem) for problem in boards.check(boards.path_of(name))] == []
    assert boards.load(name) == board(name)


@pytest.mark.parametrize("name", ALL)
def test_each_board_has_all_the_parts_of_a_tag(name: str):
    roles = {part["role"] for part in board(name)["parts"]}
    assert {"accel", "gas", "buzzer", "motor", "led", "button", "battery"} <= roles


@pytest.mark.parametrize("name", ALL)
def test_each_pin_is_explained_in_the_notes(name: str):
    notes = (roots.BOARDS / name / "notes.md").read_text(encoding="utf-8")
    missing = [pin for pin in pins_of(board(name)) if not re.search(rf"(?<![\d.]){pin}(?![\d.]\d)", notes)]
    assert not missing


@pytest.mark.parametrize("name", ALL)
def test_each_board_file_is_small(name: str):
    assert boards.path_of(name).stat().st_size <= 2048  # the tag parses it in a heap of 100 kB
    assert len(boards.for_tag(name)) <= 2048


def test_the_button_of_a_real_board_cannot_keep_it_in_the_loader():
    for name in ALL:
        data = board(name)
        (button,) = (part for part in data["parts"] if part["role"] == "button")
        assert button["pin"] not in mcus.MCUS[data["mcu"]].strapping


def test_pins_of_the_microcontrollers():
    # How many physical GPIO pads there are: ESP-IDF Programming Guide, "GPIO & RTC GPIO", first sentence for each chip.
    assert {name: len(mcu.pins) for name, mcu in mcus.MCUS.items() if name != "unix"} == {
        "esp32": 34,
        "esp32s3": 45,
        "esp32c3": 22,
    }
    for mcu in mcus.MCUS.values():
        assert mcu.input_only | mcu.adc1 | mcu.strapping | set(mcu.taken) <= mcu.pins


# -- what is wrong, and where ------------------------------------------------------------------------------------------

TTGO, HELTEC, C3, VIRTUAL = "lilygo-ttgo-lora32-v2", "heltec-wifi-lora-32-v3", "esp32-c3-generic", "virtual"
PARTS = {name: {part["role"]: index for index, part in enumerate(board(name)["parts"])} for name in ALL}


def of(name: str, role: str, key: str) -> Key:
    return ("parts", PARTS[name][role], key)


WRONG: list[tuple[str, Key, Any, str]] = [
    (TTGO, ("colour",), 1, "unknown key"),
    (TTGO, ("wifi",), ..., "is missing"),
    (TTGO, ("wifi",), 1, "must be true or false, not a whole number"),
    (TTGO, ("wifi",), "yes", "must be true or false, not text"),
    (TTGO, ("worn",), "head", "is not one of"),
    (TTGO, ("title",), None, "must be text, not null"),
    (TTGO, ("name",), "other", "the folder is"),
    (TTGO, ("mcu",), "esp8266", "is not one of"),
    (TTGO, ("arch",), "armv7m", "is not one of"),
    (TTGO, ("arch",), "rv32imc", "does not run on esp32"),
    (C3, ("arch",), "xtensawin", "does not run on esp32c3"),
    (TTGO, ("flash_mb",), 0, "out of range 1 to 64"),
    (TTGO, ("flash_mb",), 4.0, "must be a whole number, not a number with a point"),
    (TTGO, ("flash_mb",), True, "must be a whole number, not true or false"),
    (TTGO, ("heap_kb",), 63, "out of range"),
    (TTGO, ("parts",), {}, "must be a list, not an object"),
    (TTGO, ("parts", 0), [], "must be an object, not a list"),
    (TTGO, ("buses", "can"), [], "unknown bus"),
    (TTGO, ("buses", "i2c", 0, "freq_hz"), 2_000_000, "out of range"),
    (TTGO, ("buses", "i2c", 0, "freq"), 400_000, "unknown key"),
    (TTGO, ("buses", "uart", 0, "baud"), ..., "is missing"),
    (TTGO, ("buses", "uart", 0, "id"), 0, "esp32 has no uart 0 to spare"),
    (TTGO, ("buses", "i2c", 0, "id"), 2, "esp32 has no i2c 2 to spare"),
    (C3, ("buses", "uart", 0, "id"), 2, "esp32c3 has no uart 2 to spare"),
    (C3, ("buses", "i2c", 0, "id"), 1, "esp32c3 has no i2c 1 to spare"),
    (TTGO, ("buses", "uart", 0, "tx"), 36, "can only be an input"),
    (TTGO, ("buses", "i2c", 0, "sda"), 36, "can only be an input"),
    (TTGO, ("buses", "i2c", 0, "scl"), 21, "pin 21 is already used by buses.i2c[0].scl"),
    (TTGO, of(TTGO, "buzzer", "pin"), 36, "pin 36 of esp32 can only be an input"),
    (TTGO, of(TTGO, "buzzer", "pin"), 20, "esp32 has no pin 20"),
    (TTGO, of(TTGO, "buzzer", "pin"), -1, "esp32 has no pin -1"),
    (TTGO, of(TTGO, "buzzer", "pin"), 7, "is needed by the flash chip"),
    (TTGO, of(TTGO, "buzzer", "pin"), 1, "is needed by the serial console"),
    (TTGO, of(TTGO, "buzzer", "pin"), 12, "is sampled at reset"),
    (TTGO, of(TTGO, "buzzer", "pin"), 25, "is already used by"),
    (TTGO, of(TTGO, "buzzer", "pin"), "GPIO4", "must be a pin number, not text"),
    (TTGO, of(TTGO, "buzzer", "pin"), True, "must be a pin number, not true or false"),
    (TTGO, of(TTGO, "buzzer", "pin"), ..., "is missing"),
    (TTGO, of(TTGO, "button", "pull"), ..., "has no pull resistor"),
    (TTGO, of(TTGO, "button", "pull"), True, "has no pull resistor"),
    (TTGO, of(TTGO, "battery", "pin"), 12, "not on ADC1"),
    (TTGO, of(TTGO, "battery", "divider"), 0.5, "out of range"),
    (TTGO, of(TTGO, "battery", "divider"), "2", "must be a number, not text"),
    (TTGO, of(TTGO, "battery", "enable"), 36, "can only be an input"),
    (TTGO, of(TTGO, "accel", "chip"), "mpu9250", "unknown chip"),
    (TTGO, of(TTGO, "accel", "role"), "acceleration", "unknown role"),
    (TTGO, of(TTGO, "accel", "role"), "gas", "a lis3dh cannot be 'gas'"),
    (TTGO, of(TTGO, "accel", "i2c"), 1, "there is no i2c 1"),
    (TTGO, of(TTGO, "accel", "i2c"), "0", "must be a whole number, not text"),
    (TTGO, of(TTGO, "accel", "address"), 0x68, "104 is not one of 24, 25"),
    (TTGO, of(TTGO, "accel", "address"), "25", "is not one of"),
    (TTGO, of(TTGO, "accel", "address"), 25.0, "is not one of"),
    (TTGO, of(TTGO, "accel", "address"), ..., "is missing"),
    (TTGO, of(TTGO, "accel", "i2c"), ..., "is missing"),
    (TTGO, of(TTGO, "accel", "cs"), 32, "does not go with i2c"),
    (TTGO, of(TTGO, "accel", "full_scale_g"), 4, "4 is not one of 8, 16"),
    (TTGO, of(TTGO, "accel", "full_scale_g"), True, "is not one of 8, 16"),
    (TTGO, of(TTGO, "accel", "axes"), ["x", "y"], "must name the chip axis"),
    (TTGO, of(TTGO, "accel", "axes"), ["x", "y", "+z"], "must name the chip axis"),
    (TTGO, of(TTGO, "accel", "axes"), ["xy", "z", ""], "must name the chip axis"),
    (TTGO, of(TTGO, "gas", "range"), "10vol", "is not one of"),
    (TTGO, of(TTGO, "gas", "range"), "5000ppm", "no module for ch4 has the range 5000ppm"),
    (TTGO, of(TTGO, "gas", "module"), "mh-z99", "is not one of"),
    (TTGO, of(TTGO, "gas", "module"), "mh-z19b", "mh-z19b measures co2, not ch4"),
    (TTGO, of(TTGO, "gas", "uart"), 2, "there is no uart 2"),
    (TTGO, of(TTGO, "radio", "spi"), 2, "there is no spi 2"),
    (TTGO, of(TTGO, "radio", "busy"), 32, "unknown key"),
    (TTGO, ("strapping_ok", 0), 4, "4 is no strapping pin of esp32"),
    (HELTEC, of(HELTEC, "led", "pin"), 20, "is needed by USB"),
    (HELTEC, of(HELTEC, "led", "pin"), 30, "is needed by the flash chip or PSRAM"),
    (HELTEC, of(HELTEC, "led", "pin"), 24, "esp32s3 has no pin 24"),
    (HELTEC, of(HELTEC, "led", "pin"), 45, "is sampled at reset"),
    (HELTEC, of(HELTEC, "battery", "pin"), 15, "not on ADC1"),
    (HELTEC, of(HELTEC, "radio", "tcxo_mv"), 18, "is not one of"),
    (HELTEC, ("power", 0, "pin"), 5, "is already used by power[0].pin"),
    (HELTEC, ("power", 0, "on"), 2, "out of range"),
    (HELTEC, ("power",), {}, "must be a list"),
    (C3, of(C3, "motor", "pin"), 22, "esp32c3 has no pin 22"),
    (C3, of(C3, "motor", "pin"), 18, "is needed by USB"),
    (C3, of(C3, "battery", "pin"), 21, "not on ADC1"),
    (VIRTUAL, of(VIRTUAL, "buzzer", "pin"), 49, "unix has no pin 49"),
]


# An accelerometer on SPI: a board with one more bus, changed in one place (None: as it is).
ON_SPI: dict[str, Any] = {"role": "accel", "chip": "lis3dh", "spi": 2, "cs": 32, "axes": ["x", "y", "z"]}


def on_spi(**accel: Any) -> dict[str, Any]:
    """TTGO with a second SPI bus and its accelerometer on it; `...` leaves a key out."""
    data = board(TTGO)
    data["buses"]["spi"].append({"id": 2, "sck": 14, "mosi": 13, "miso": 36, "freq_hz": 1_600_000})
    data["parts"] = [part for part in data["parts"] if part["role"] not in ("accel", "led", "gas")]
    data["buses"]["uart"] = []
    data["parts"].append({key: value for key, value in {**ON_SPI, **accel}.items() if value is not ...})
    return data


@pytest.mark.parametrize("chip", ["lis3dh", "adxl345", "lsm6dso"])
def test_an_accelerometer_on_spi(tmp_path: Path, chip: str):
    assert checked(tmp_path, json.dumps(on_spi(chip=chip, full_scale_g=8)), TTGO) == []


@pytest.mark.parametrize(
    ("accel", "key", "what"),
    [
        ({"spi": 3}, "spi", "there is no spi 3"),
        ({"spi": "2"}, "spi", "must be a whole number"),
        ({"spi": ...}, "i2c", "is missing"),
        ({"cs": ...}, "cs", "is missing"),
        ({"cs": 14}, "cs", "pin 14 is already used by buses.spi[1].sck"),
        ({"cs": 39}, "cs", "already used"),
        ({"cs": 34}, "cs", "can only be an input"),
        ({"cs": 99}, "cs", "has no pin 99"),
        ({"i2c": 0}, "spi", "on an i2c bus already"),
        ({"address": 25}, "address", "does not go with spi"),
        ({"spi": 1}, "spi", "needs that bus in another clock mode"),
        ({"chip": "mpu6500"}, "spi", "runs at 1600000 Hz, too fast for a mpu6500: at most 1000000"),
        ({"chip": "mpu6050"}, "spi", "unknown key"),
        ({"chip": "mpu6050"}, "i2c", "is missing"),
    ],
)
def test_what_is_wrong_with_an_accelerometer_on_spi(tmp_path: Path, accel: dict[str, Any], key: str, what: str):
    problems = checked(tmp_path, json.dumps(on_spi(**accel)), TTGO)
    last = len(on_spi()["parts"]) - 1
    assert any(at == f"parts[{last}].{key}" and what in text for at, text in problems), problems


def with_parts(*parts: dict[str, Any]) -> str:
    """TTGO with further parts, in place of its gas sensor."""
    data = board(TTGO)
    data["parts"] = [part for part in data["parts"] if part["role"] != "gas"] + list(parts)
    return json.dumps(data)


WINSEN: dict[str, Any] = {"role": "gas", "chip": "winsen-ndir", "uart": 1}


def test_every_winsen_module_in_every_range_of_its_gas(tmp_path: Path):
    from drivers.winsen_modules import MODULES, RANGES

    assert {name: data[0] for name, data in MODULES.items()} == winsencheck.MODULES
    assert {gas: tuple(ranges) for gas, ranges in RANGES.items()} == winsencheck.RANGES
    for module, gas in winsencheck.MODULES.items():
        for range_name in winsencheck.RANGES[gas]:
            part = {**WINSEN, "gas": gas, "module": module, "range": range_name}
            problems = checked(tmp_path, with_parts(part), TTGO)
            assert bool(problems) == (range_name == "5vol" and gas == "co2" and module != "mh-z16"), problems


@pytest.mark.parametrize(
    ("gas", "module", "range_name", "key", "what"),
    [
        ("co2", None, "5000ppm", "module", "mh-440d measures ch4, not co2"),
        ("co2", "mh-441d", "5000ppm", "module", "measures ch4"),
        ("co2", "mh-z19b", "100lel", "range", "no module for co2 has"),
        ("co2", "mh-z19b", "5vol", "range", "only mh-z16 has the range 5vol"),
    ],
)
def test_what_is_wrong_with_a_winsen_module(
    tmp_path: Path, gas: str, module: str | None, range_name: str, key: str, what: str
):
    part = {**WINSEN, "gas": gas, "range": range_name} | ({"module": module} if module else {})
    problems = checked(tmp_path, with_parts(part), TTGO)
    assert [(at.rpartition(".")[2], what in text) for at, text in problems] == [(key, True)]


AIR: dict[str, Any] = {"role": "air", "chip": "bme280", "i2c": 0, "address": 0x76}


@pytest.mark.parametrize("chip", ["bme280", "bmp390"])
@pytest.mark.parametrize("address", [0x76, 0x77])
def test_an_air_sensor(tmp_path: Path, chip: str, address: int):
    assert checked(tmp_path, with_parts({**AIR, "chip": chip, "address": address}), TTGO) == []


@pytest.mark.parametrize(
    ("parts", "what"),
    [
        ([{**AIR, "address": 0x78}], "120 is not one of 118, 119"),
        ([{**AIR, "role": "gas"}], "a bme280 cannot be 'gas'"),
        ([{**AIR, "i2c": 3}], "there is no i2c 3"),
        ([AIR, {**AIR, "chip": "bmp390", "address": 0x77}], "is the air already"),
        ([AIR, {"role": "gas", "chip": "dfrobot-gas", "i2c": 0, "address": 0x76, "gas": "co"}], "at the same place"),
    ],
)
def test_what_is_wrong_with_an_air_sensor(tmp_path: Path, parts: list[dict[str, Any]], what: str):
    assert any(what in text for _, text in checked(tmp_path, with_parts(*parts), TTGO))


HEART: dict[str, Any] = {"role": "heart", "chip": "max30102", "i2c": 0, "address": 0x57}


def test_a_heart_rate_sensor_is_on_no_board_by_default(tmp_path: Path):
    assert checked(tmp_path, with_parts(HEART), TTGO) == []
    for name in boards.names():
        assert "heart" not in {part["role"] for part in boards.load(name)["parts"]}, name


@pytest.mark.parametrize(
    ("parts", "what"),
    [
        ([{**HEART, "address": 0x58}], "88 is not one of 87"),
        ([{**HEART, "role": "air"}], "a max30102 cannot be 'air'"),
        ([{**HEART, "i2c": 3}], "there is no i2c 3"),
        ([{**HEART, "led_ma": 50}], "unknown key"),
        ([HEART, HEART], "is the heart already"),
    ],
)
def test_what_is_wrong_with_a_heart_rate_sensor(tmp_path: Path, parts: list[dict[str, Any]], what: str):
    assert any(what in text for _, text in checked(tmp_path, with_parts(*parts), TTGO))


def said(key: Key) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in key).lstrip(".")


@pytest.mark.parametrize(("name", "key", "value", "what"), WRONG)
def test_a_wrong_board_names_the_key_and_what_is_wrong(tmp_path: Path, name: str, key: Key, value: Any, what: str):
    problems = checked(tmp_path, json.dumps(changed(name, key, value)), name)
    matching = [problem for problem in problems if what in problem[1]]
    assert matching, problems
    if "already used" not in what:  # that one is told of the second user, which may be elsewhere
        assert matching[0][0] == said(key)


@pytest.mark.parametrize(
    ("name", "key", "value", "where", "what"),
    [
        (TTGO, ("strapping_ok",), [], "buses.spi[0].sck", "is sampled at reset"),
        (TTGO, ("buses", "i2c"), [], "parts[0].i2c", "there is no i2c 0"),
        (HELTEC, of(HELTEC, "battery", "enable_on"), ..., "parts[6].enable", "go together"),
        (
            TTGO,
            ("buses", "uart", 1),
            {"id": 1, "tx": 2, "rx": 36, "baud": 9600},
            "buses.uart[1].id",
            "already described",
        ),
        (
            TTGO,
            ("parts", 8),
            {"role": "buzzer", "chip": "pwm-buzzer", "pin": 32},
            "parts[8].role",
            "parts[2] is the buzzer",
        ),
        (
            TTGO,
            ("parts", 8),
            {"role": "gas", "chip": "winsen-ndir", "uart": 1, "gas": "ch4", "range": "5vol"},
            "parts[8].uart",
            "parts[1] is at the same place",
        ),
    ],
)
def test_what_is_wrong_between_two_places(tmp_path: Path, name: str, key: Key, value: Any, where: str, what: str):
    problems = checked(tmp_path, json.dumps(changed(name, key, value)), name)
    assert any(at == where and what in text for at, text in problems), problems


def test_each_pin_of_each_board_is_looked_at(tmp_path: Path):
    """Replacing any single pin by one that does not exist is found, at that key."""
    for name in ALL:
        text = json.dumps(board(name))
        for match in re.finditer(rf'"(?:{PIN_KEYS})": (\d+)', text):
            problems = checked(tmp_path, text[: match.start(1)] + "99" + text[match.end(1) :], name)
            assert [what for _, what in problems] == [f"{board(name)['mcu']} has no pin 99"], match[0]


def test_axes_are_the_24_rotations(tmp_path: Path):
    accepted = 0
    for order in itertools.permutations(range(3)):
        for signs in itertools.product((1, -1), repeat=3):
            axes = ["-" * (sign < 0) + "xyz"[axis] for axis, sign in zip(order, signs, strict=True)]
            # the matrix whose row for a tag axis has its sign in the column of the chip axis
            rows = [[signs[i] if order[i] == j else 0 for j in range(3)] for i in range(3)]
            (a, b, c), (d, e, f), (g, h, i) = rows
            determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
            data = changed(VIRTUAL, of(VIRTUAL, "accel", "axes"), axes)
            good = not checked(tmp_path, json.dumps(data), VIRTUAL)
            assert good == (determinant == 1), axes
            accepted += good
    assert accepted == 24


# -- files that are no board at all ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("", "line 1", "is not JSON"),
        ('{\n  "name": "some",\n  "title" "x"\n}', "line 3", "is not JSON: Expecting ':' delimiter (column 11)"),
        ("[1, 2]", "", "must be an object, not a list"),
        ("null", "", "must be an object, not null"),
        (b'{"name": "\xff"}', "", "is not UTF-8 text (byte 10)"),
        ("[" * 100_000, "", "is not usable JSON"),
        ('{"flash_mb": ' + "9" * 5000 + "}", "", "is not usable JSON"),
        ('{\n "name": "some",\n "mcu": "unix",\n "name": "some"\n}', "line 4", "key 'name' appears twice"),
        ('{"parts": [\n{"pin": 1,\n"p\\u0069n": 2}]}', "line 3", "key 'pin' appears twice"),
    ],
)
def test_a_file_that_is_no_board(tmp_path: Path, text: str | bytes, where: str, what: str):
    problems = checked(tmp_path, text)
    assert problems[0][0] == where and what in problems[0][1], problems[0]


def test_the_same_key_in_two_objects_is_no_duplicate(tmp_path: Path):
    text = json.dumps(board(VIRTUAL)).replace('"Virtual tag', '"{ \\"pin\\": 1, [ \\\\')
    assert checked(tmp_path, text, VIRTUAL) == []
    inside = checked(tmp_path, '{"name": "some", "buses": {"name": 1, "i2c": [{"name": 2}, {"name": 3}]}}')
    assert not [what for _, what in inside if "twice" in what]


def test_a_second_gas_sensor_has_its_own_line(tmp_path: Path):
    data = changed(VIRTUAL, ("buses", "uart", 1), {"id": 2, "tx": 4, "rx": 5, "baud": 9600})
    data["parts"].append({"role": "gas", "chip": "winsen-ndir", "uart": 2, "gas": "ch4", "range": "100lel"})
    assert checked(tmp_path, json.dumps(data), VIRTUAL) == []


def test_a_missing_file(tmp_path: Path):
    (problem,) = boards.check(tmp_path / "none" / boards.FILE)
    assert str(problem) == f"{tmp_path / 'none' / boards.FILE}: cannot be read: No such file or directory"


def places(data: Any, key: Key = ()) -> list[Key]:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [at for step, value in items for at in ((*key, step), *places(value, (*key, step)))]


@pytest.mark.parametrize("name", [HELTEC, TTGO])
def test_any_value_at_any_place_is_a_problem_and_never_an_error(tmp_path: Path, name: str):
    for key in places(board(name)):
        for value in (None, {"a": 1}, [[]], [None], "\ud800", "", -(10**30), 1e308, float("nan"), False):
            problems = checked(tmp_path, json.dumps(changed(name, key, value)), name)
            # only a title may be any text, and only a true-or-false may be false
            assert problems or key == ("title",) or value is False, (key, value)


# -- load --------------------------------------------------------------------------------------------------------------


def test_load_names_the_boards_there_are():
    with pytest.raises(DavyError, match=r"^no board 'nokia': there are esp32-c3-generic, .*virtual-multigas$"):
        boards.load("nokia")
    with pytest.raises(DavyError, match=r"no board '\.\./boards/virtual'"):
        boards.load("../boards/virtual")


def test_load_refuses_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / VIRTUAL / boards.FILE
    file.parent.mkdir()
    data = changed(VIRTUAL, ("wifi",), 1)
    monkeypatch.setattr(roots, "BOARDS", tmp_path)
    data["flash_mb"] = 0
    file.write_text(json.dumps(data))
    with pytest.raises(DavyError) as caught:
        boards.load(VIRTUAL)
    assert str(caught.value) == f"{file}: flash_mb: 0 is out of range 1 to 64 (and 1 more)"
    assert caught.value.message == str(caught.value)
