"""The chip's clock as seconds since 2000, there and back."""

import machine

from tag.hal import system

MACHINE = "machine"
# seconds since 2000-01-01 by datetime of CPython
DATES = (
    (789004800, (2025, 1, 1, 0, 0, 0)),
    (825638399, (2026, 2, 28, 23, 59, 59)),
    (825638400, (2026, 3, 1, 0, 0, 0)),
    (888710399, (2028, 2, 28, 23, 59, 59)),
    (888710400, (2028, 2, 29, 0, 0, 0)),
    (888796800, (2028, 3, 1, 0, 0, 0)),
    (915235199, (2028, 12, 31, 23, 59, 59)),
    (1073741824, (2034, 1, 9, 13, 37, 4)),
)


def test_a_clock_that_was_never_set_is_zero():
    machine.RTC().datetime((2000, 1, 1, 5, 0, 0, 7, 0))
    assert system.epoch_s() == 0
    machine.RTC().datetime((2024, 12, 31, 1, 23, 59, 59, 0))
    assert system.epoch_s() == 0


def test_seconds_become_a_date_and_come_back():
    for seconds, (year, month, day, hour, minute, second) in DATES:
        system.set_epoch_s(seconds)
        found = machine.RTC().datetime()
        assert found[:3] == (year, month, day) and found[4:7] == (hour, minute, second), (seconds, found)
        assert system.epoch_s() == seconds


class Chip:
    """A clock that keeps its last date: the virtual board's counts with 31 bits."""

    def __init__(self):
        self.date = ()

    def RTC(self):
        return self

    def datetime(self, value=None):
        if value is not None:
            self.date = value
        return self.date


def test_every_day_until_2099():
    chip = Chip()
    kept = system.machine
    setattr(system, MACHINE, chip)
    try:
        for day in range(9132, 36525):
            system.set_epoch_s(day * 86400 + 86399)
            assert system.epoch_s() == day * 86400 + 86399, day
        assert chip.date == (2099, 12, 31, 3, 23, 59, 59, 0)
        system.set_epoch_s(843609600)  # 2026-09-25
        assert chip.date == (2026, 9, 25, 4, 0, 0, 0, 0)  # a Friday
    finally:
        setattr(system, MACHINE, kept)
