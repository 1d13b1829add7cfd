"""The shipped firmware on a virtual tag with another accelerometer than its board usually has: only board.json differs."""

import json
from typing import Any

import pytest
from tag_life import Life

from tag import events

SPI = {"spi": [{"id": 1, "sck": 18, "mosi": 23, "miso": 19, "freq_hz": 1_000_000}]}
AXES = ["x", "-z", "y"]


def fitted(life: Life, **part: Any) -> None:
    """Solder this accelerometer on, and say so in the tag's board file."""
    accel = {"role": "accel", "axes": AXES, **part}
    life.board.fit({"buses": SPI, "parts": [accel]})

    def change(files: dict[str, bytes]) -> None:
        for name in ("board.json", "board.bak.json"):
            data = json.loads(files[name])
            data["buses"] |= SPI
            data["parts"] = [accel, *(other for other in data["parts"] if other["role"] != "accel")]
            files[name] = json.dumps(data).encode()

    life.flash(change)


@pytest.mark.parametrize(
    "part",
    [{"chip": "adxl345", "spi": 1, "cs": 5}, {"chip": "adxl345", "i2c": 0, "address": 0x53}],
    ids=["adxl345-spi", "adxl345-i2c"],
)
def test_another_accelerometer_senses_and_its_failure_alarms(part: dict[str, Any]) -> None:
    with Life() as life:
        fitted(life, **part)
        life.live(70)
        assert life.said("fault") == [] and life.said("crash") == []
        assert len(life.said("heartbeat")) == 1
        life.board.chips[part["chip"]].faults.set("nak")
        life.live(15)
        fault = life.last_fault(events.FAULT_MOTION)
        assert fault is not None and fault[1] == 1
        assert life.alarm(events.ALARM_FAULT) != events.OFF
        life.board.chips[part["chip"]].faults.clear()
        life.live(40)
        assert life.alarm(events.ALARM_FAULT) == events.OFF
        assert life.tag.boots == 1


@pytest.mark.parametrize("level", [0x00, 0xFF])
def test_an_spi_bus_that_dies_without_a_word_alarms(level: int) -> None:
    with Life() as life:
        fitted(life, chip="lis3dh", spi=1, cs=5)
        life.live(10)
        assert life.said("fault") == []
        life.board.spi[1].dead = level
        life.live(15)
        fault = life.last_fault(events.FAULT_MOTION)
        assert fault is not None and fault[1] == 1
        assert life.alarm(events.ALARM_FAULT) != events.OFF
        life.board.spi[1].dead = None
        life.live(40)
        assert life.alarm(events.ALARM_FAULT) == events.OFF
        assert life.said("crash") == [] and life.tag.boots == 1
