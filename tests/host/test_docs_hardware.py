"""docs/hardware.md says what boards/ say; the power budget adds up, and names where each number comes from."""

import json

import pytest
from cli_here import davy, said_in_one_line

from davy import boardcheck, boards, docs_hardware, power
from davy.errors import DavyError
from tag import names
from tag.alarms import patterns


def test_the_tables_are_those_of_the_data() -> None:
    text = docs_hardware.DOC.read_text(encoding="utf-8")
    assert text == docs_hardware.render(text), "run python -m davy.docs_hardware"


@pytest.mark.parametrize("name", docs_hardware.real())
def test_every_part_and_every_pin_of_a_board_is_in_its_wiring(name: str) -> None:
    board, table = boards.load(name), docs_hardware.wiring(name)
    assert f"boards/{name}/notes.md" in table
    rows = [row for row in table.splitlines() if row.startswith("| ")][2:]
    shown = [[int(wire.split()[-1]) for wire in row.split("|")[3].split(",")] for row in rows]
    for part, pins in zip(board["parts"], shown, strict=False):
        bus = next((board["buses"][kind][0] for kind in ("i2c", "uart", "spi") if kind in part), {})
        own = {part[key] for key in ("pin", "cs", "busy", "dio0", "dio1", "reset", "enable") if key in part}
        assert own <= set(pins), (part, pins)
        assert len(pins) == len(own) + sum(key in bus for key in ("sda", "scl", "tx", "rx", "sck", "mosi", "miso")), (
            part
        )
        if "address" in part:
            assert f"0x{part['address']:02X}" in rows[board["parts"].index(part)]
    used = {pin for pins in shown for pin in pins}
    wires = {
        pin
        for kind in board["buses"].values()
        for bus in kind
        for key, pin in bus.items()
        if key not in ("id", "freq_hz", "baud")
    }
    assert wires <= used and {switch["pin"] for switch in board["power"]} <= used


def test_every_chip_that_has_a_driver_can_be_ordered() -> None:
    assert set(docs_hardware.ORDER) == set(boardcheck.CHIPS)


def test_a_budget_adds_up_by_hand() -> None:
    """lilygo-t3-s3, written out: 40.1 + 5.3 + board 1 + 0.02 + 50 mA at 5 V from 3.6 V through 85 % + 0.8 + 0.021 + a blink."""
    by_name = {state.name: state for state in power.budget("lilygo-t3-s3")}
    blink = 12 * (0x40 / 255) * 60 / 60_000 + 40 * 60 / 60_000
    rest = 40.1 + 5.3 + 1 + 0.02 + 50 * 5 / (3.6 * 0.85) + 0.8 + 0.021 + blink
    alarm = rest + 0.5 * (12 + 40 + 75)  # half of the time red, loud and shaking
    assert by_name["rest"].ma == pytest.approx(rest)
    assert by_name["alarm"].ma == pytest.approx(alarm)
    assert by_name["rest, LoRa"].ma == pytest.approx(rest - 40.1 + 31.7)
    assert by_name["LoRa sends"].ma == pytest.approx(rest - 5.3 + 118)
    assert by_name["Wi-Fi sends"].ma == pytest.approx(rest - 40.1 + 355)
    shift = rest + (36 * (alarm - rest) + 10 * (355 - 40.1) + 20 * (118 - 5.3)) / 3600
    assert by_name["shift"].ma == pytest.approx(shift)
    assert by_name["shift"].hours == pytest.approx(3400 * 0.8 / shift)
    assert by_name["LoRa sends"].hours == 0  # nobody sends for hours


def test_more_parts_take_more() -> None:
    two = {load.what for load in power.budget("multigas-s3")[0].loads}
    assert {"lmp91000 co", "lmp91000 h2s", "scd41 co2", "ads1115"} <= two
    assert (
        sum(load.what == "ads1115" for load in power.budget("multigas-s3")[0].loads) == 2
    )  # a converter once, not once a cell


def test_every_number_has_a_source_and_says_how_sure_it_is() -> None:
    data = power.currents()
    groups = [*data["mcus"].values(), *data["parts"].values(), data["board"]]
    values = [value for entry in groups for key, value in entry.items() if key != "volt"]
    assert all(ma >= 0 and sure in power.SURE and source in data["sources"] for ma, sure, source in values)
    assert {source for _, _, source in values} == set(data["sources"])
    for name in docs_hardware.real():
        for state in power.budget(name):
            assert sum(state.share(sure) for sure in power.SURE) == pytest.approx(1)


def test_the_patterns_are_the_ones_meant() -> None:
    assert patterns.PATTERNS[power.OK][0][0][0] == 60 and names.PATTERNS[power.GAS_HIGH] == "gas high"


def test_the_command() -> None:
    done = davy("boards", "power", "lilygo-t3-s3", "--json")
    states = json.loads(done.stdout)
    assert [state["name"] for state in states] == ["rest", "rest, LoRa", "alarm", "Wi-Fi sends", "LoRa sends", "shift"]
    assert states[0]["loads"][0]["what"] == "esp32s3, Wi-Fi joined"
    assert "winsen-ndir ch4 82 mA" in " ".join(davy("boards", "power", "lilygo-t3-s3").stdout.split())
    done = davy("boards", "power", "virtual")
    assert said_in_one_line(done) and "a virtual one" in done.stderr
    with pytest.raises(DavyError, match="no board"):
        power.budget("none")
