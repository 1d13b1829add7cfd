"""The shipped firmware on a virtual tag with an air sensor: what it measures reaches the gas sensor; its fault is no alarm."""

import json
from typing import Any

import pytest
from tag_life import Life

import quality
from tag import events


def fitted(life: Life, chip: str, address: int) -> None:
    """Solder this sensor on, and say so in the tag's board file."""
    air: dict[str, Any] = {"role": "air", "chip": chip, "i2c": 0, "address": address}
    life.board.fit({"parts": [air]})

    def change(files: dict[str, bytes]) -> None:
        for name in ("board.json", "board.bak.json"):
            data = json.loads(files[name])
            data["parts"].append(air)
            files[name] = json.dumps(data).encode()

    life.flash(change)


def methane(life: Life) -> Any:
    """Value of the last reading; gas below a level, yet past its clear level, is told every 10 s."""
    _, found, value = [fields for fields in life.said("reading") if fields[0] == events.CH4][-1]
    assert quality.usable(int(str(found)))
    return value


@pytest.mark.parametrize(("chip", "address"), [("bme280", 0x76), ("bmp390", 0x77)])
def test_methane_is_corrected_for_the_pressure(chip: str, address: int) -> None:
    with Life() as life:
        life.board.world.air_source = lambda t_us: (20.0, 840.0, 50.0)
        life.board.world.gas_source = lambda name, t_us: 0.45 if name == "ch4" else 0.0
        fitted(life, chip, address)
        life.live(70)
        # 0.45 % at 840 hPa is 0.37 % for a module that counts molecules.
        assert methane(life) == 45
        life.board.chips[chip].faults.set("nak")
        life.live(75)
        assert methane(life) == 45  # not lowered because nobody knows any more
        assert life.last_fault(events.FAULT_AIR) == (events.CODE_FAILED, 1)
        assert life.alarm(events.ALARM_FAULT) == events.OFF
        life.board.chips[chip].faults.clear()
        life.live(20)
        assert life.last_fault(events.FAULT_AIR) == (events.CODE_FAILED, 0)
        assert life.last_fault(events.FAULT_GAS) is None and life.last_fault(events.FAULT_BOARD) is None
        assert life.said("crash") == [] and life.tag.boots == 1
