"""LoRa radios on a board: what their entries may say, and that the driver's tables and the check agree."""

import copy
import json
from typing import Any

import pytest

from davy import boardcheck, boards, radiocheck, roots
from davy.vtag.board import Board
from davy.vtag.chips import sx126x_commands
from davy.vtag.flash import Flash
from davy.vtag.radio import Network
from davy.vtag.world import World
from drivers import sx126x_tables

PINS = {"role": "radio", "spi": 1, "cs": 5, "reset": 12}
SX1262 = {**PINS, "chip": "sx1262", "busy": 13, "dio1": 14, "tcxo_mv": 1800, "dio2_rf_switch": True}
SX1276 = {**PINS, "chip": "sx1276", "dio0": 13, "dio1": 14}


def with_radio(part: dict[str, Any], spi_hz: int = 2_000_000) -> dict[str, Any]:
    """The virtual board with this radio."""
    data = json.loads((roots.BOARDS / "virtual-lora" / boards.FILE).read_text())
    data["parts"] = [other for other in data["parts"] if other["role"] != "radio"] + [copy.deepcopy(part)]
    data["buses"]["spi"][0]["freq_hz"] = spi_hz
    return data


def found(part: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    data = with_radio(part, **more)
    at = f"parts[{len(data['parts']) - 1}]"
    return [(key.replace(at, "radio"), text) for key, text in boardcheck.problems_in(data, "virtual-lora")]


def without(part: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name != key}


@pytest.mark.parametrize(
    "part",
    [
        SX1262,
        SX1276,
        without(without(SX1262, "tcxo_mv"), "dio2_rf_switch"),
        {**SX1262, "chip": "sx1261", "tcxo_ms": 10, "regulator": "ldo"},
        without(SX1276, "dio1"),
        {**SX1276, "pa_boost": False, "tcxo": True},
    ],
)
def test_good_ones(part: dict[str, Any]):
    assert found(part) == []


@pytest.mark.parametrize(
    ("part", "key", "text"),
    [
        *[(without(SX1262, key), f"radio.{key}", "is missing") for key in ("spi", "cs", "reset", "busy", "dio1")],
        *[(without(SX1276, key), f"radio.{key}", "is missing") for key in ("spi", "cs", "reset", "dio0")],
        ({**SX1262, "tcxo_mv": 2500}, "radio.tcxo_mv", "is not one of 1600, 1700, 1800"),
        ({**SX1262, "tcxo_mv": "1800"}, "radio.tcxo_mv", "is not one of"),
        ({**SX1262, "tcxo_ms": 21}, "radio.tcxo_ms", "out of range 1 to 20"),
        ({**SX1262, "tcxo_ms": 0}, "radio.tcxo_ms", "out of range"),
        ({**without(SX1262, "tcxo_mv"), "tcxo_ms": 5}, "radio.tcxo_ms", "goes with tcxo_mv"),
        ({**SX1262, "dio2_rf_switch": 1}, "radio.dio2_rf_switch", "must be true or false"),
        ({**SX1262, "regulator": "buck"}, "radio.regulator", "is not one of dcdc, ldo"),
        ({**SX1262, "pa_boost": True}, "radio.pa_boost", "unknown key"),
        ({**SX1262, "dio0": 26}, "radio.dio0", "unknown key"),
        ({**SX1276, "busy": 33}, "radio.busy", "unknown key"),
        ({**SX1276, "pa_boost": "yes"}, "radio.pa_boost", "must be true or false"),
        ({**SX1276, "tcxo": 1800}, "radio.tcxo", "must be true or false"),
        ({**SX1276, "spi": 2}, "radio.spi", "there is no spi 2"),
        ({**SX1276, "spi": "1"}, "radio.spi", "must be a whole number"),
        ({**SX1262, "busy": 27}, "radio.busy", "pin 27 is already used by parts[4].pin"),
        ({**SX1262, "chip": "sx1268"}, "radio.chip", "unknown chip 'sx1268'"),
    ],
)
def test_wrong_ones(part: dict[str, Any], key: str, text: str):
    assert [(name, text in said) for name, said in found(part)] == [(key, True)]


def test_too_fast_a_bus():
    assert found(SX1262, spi_hz=16_000_000) == [] == found(SX1276, spi_hz=10_000_000)
    assert found(SX1262, spi_hz=16_000_001) == [
        ("radio.spi", "runs at 16000001 Hz, too fast for a sx1262: at most 16000000")
    ]
    assert [key for key, _ in found(SX1276, spi_hz=10_000_001)] == ["radio.spi"]


def test_the_tables_agree():
    """The host's check, the driver and the model each have their own copy."""
    assert radiocheck.TCXO_MV == sx126x_tables.TCXO_MV == sx126x_commands.TCXO_MV
    assert set(sx126x_tables.POWER) == {chip for chip in radiocheck.RULES if chip.startswith("sx126")}
    rows = {
        (config[2], config[0], config[1]): (most, level)
        for table in sx126x_tables.POWER.values()
        for most, config, level in table
    }
    assert rows == sx126x_commands.OPTIMAL


@pytest.mark.parametrize(("part", "name"), [(SX1262, "sx1262"), (SX1276, "sx1276")])
def test_a_board_with_a_radio(part: dict[str, Any], name: str):
    board = Board(with_radio(part), World(), Flash(64), Network(), "somebody")
    radio = board.chips[name]
    assert radio.modem.station == "somebody" and board.world.ether.radios == [radio]
    assert board.pins.read(part["reset"], 0) == 1
    board.pins.drive(part["reset"], 0)
    board.pins.drive(part["reset"], 1)
    board.t_us = 10_000
    board.pins.drive(part["cs"], 0)
    question, answer = (b"\x12\x00", b"\x22\x22") if name == "sx1262" else (b"\x42\x00", b"\x00\x12")
    assert board.spi[1].transfer(question, 10_000) == answer
    for mode in (1, 2, 3):
        board.spi[1].mode = mode
        assert board.spi[1].transfer(bytes(4), 10_000) == b"\xff" * 4
