"""Sampling and FIFO of the MPU-6050 and MPU-6500 models against register map and datasheet."""

import struct
import time

import pytest
from chips_mpu import BOTH, SIZE, count, empty, woken
from chips_wires import ramp


@BOTH
@pytest.mark.parametrize(("divider", "filtering", "hz"), [(9, 3, 100), (19, 4, 50), (4, 2, 200), (0, 1, 1000)])
def test_sample_rate(name: str, divider: int, filtering: int, hz: int):
    bus = woken(name)
    bus.write(0x19, divider, filtering)
    empty(bus)
    bus.wait(20_000 / hz)
    assert count(bus) == 20 * 6


def test_without_the_filter_the_divider_counts_8_khz():
    bus = woken("mpu6050")
    bus.write(0x19, 79, 0)
    empty(bus)
    bus.wait(100)
    assert count(bus) == 60


@BOTH
def test_fifo_burst_stays_at_its_address_and_is_oldest_first(name: str):
    bus = woken(name, 0)
    bus.world.accel_source = ramp
    bus.wait(50)
    words = struct.unpack(">15h", bus.read(0x74, 30))
    assert words[0::3] == tuple(16384 * mg // 1000 for mg in (11, 12, 13, 14, 15))
    assert count(bus) == 0


@BOTH
def test_count_is_latched_by_its_high_byte(name: str):
    bus = woken(name)
    bus.wait(100)
    assert bus.read(0x72) == b"\x00"
    bus.wait(100)
    assert bus.read(0x73) == bytes((60,))  # still that of then
    assert count(bus) == 120


@BOTH
def test_an_overflow_is_flagged_once_and_shifts_what_is_left(name: str):
    """The FIFO keeps the newest bytes. Its size is no multiple of 6, so the first byte is no longer that of an x."""
    bus = woken(name, 0, mg=(1000, 0, 0))
    most = SIZE[name] // 6
    bus.wait(10 * most)
    assert bus.read(0x3A) == b"\x01" and count(bus) == 6 * most
    bus.wait(20)
    assert bus.read(0x3A) == b"\x11" and bus.read(0x3A) == b"\x00"
    assert count(bus) == SIZE[name]
    rest = SIZE[name] % 6
    assert rest and bus.read(0x74, rest + 2) == bytes(rest) + b"\x40\x00"


@BOTH
def test_an_empty_fifo_repeats_its_last_byte(name: str):
    bus = woken(name, 0, mg=(0, 0, 1000 * 7 / 16384 + 0.01))
    bus.wait(10)
    assert bus.read(0x74, 9) == b"\x00\x00\x00\x00\x00\x07\x07\x07\x07"


def test_fifo_reset_works_only_while_the_fifo_is_off():
    bus = woken("mpu6050")
    bus.wait(50)
    bus.write(0x6A, 0x44)
    assert count(bus) == 30 and bus.read(0x6A) == b"\x40"
    bus.write(0x6A, 0x04)  # off, but it was on when this came
    assert count(bus) == 30 and bus.read(0x6A) == b"\x00"
    bus.write(0x6A, 0x04)
    assert count(bus) == 0 and bus.read(0x6A) == b"\x00"


def test_fifo_reset_of_the_mpu6500_works_at_any_time():
    bus = woken("mpu6500")
    bus.wait(50)
    bus.write(0x6A, 0x44)
    assert count(bus) == 0 and bus.read(0x6A) == b"\x40"


@pytest.mark.parametrize(
    ("name", "register", "most"),
    [("mpu6050", 0x23, 0), ("mpu6050", 0x6A, 0), ("mpu6500", 0x23, 0), ("mpu6500", 0x6A, 60)],
)
def test_what_keeps_the_fifo_from_filling(name: str, register: int, most: int):
    """FIFO_EN in both; USER_CTRL only in the MPU-6050 (RM-MPU-9250A 4.33: there it closes the bus's access)."""
    bus = woken(name)
    bus.write(register, 0)
    bus.wait(100)
    assert count(bus) == most


def test_a_gyroscope_in_standby_is_no_clock():
    bus = woken("mpu6050")
    bus.write(0x6B, 0x01)
    bus.wait(100)
    assert count(bus) == 0
    bus.write(0x6C, 0x03)  # x runs again
    bus.wait(100)
    assert count(bus) == 60


def test_the_mpu6500_falls_back_to_its_own_clock():
    bus = woken("mpu6500")
    bus.write(0x6B, 0x01)
    bus.wait(100)
    assert count(bus) == 60


@BOTH
def test_faults_of_the_fifo(name: str):
    bus = woken(name)
    bus.chip.faults.set("stuck_fifo")
    bus.wait(100)
    assert count(bus) == 0
    bus.chip.faults.clear()
    bus.chip.faults.set("torn_fifo")
    bus.wait(100)
    assert count(bus) == 59 and count(bus) == 59


@BOTH
def test_a_long_absence_is_no_long_computation(name: str):
    bus = woken(name)
    began = time.process_time()
    bus.wait(24 * 3600 * 1000)
    assert bus.read(0x3A) == b"\x11" and count(bus) == SIZE[name]
    assert time.process_time() - began < 1.0
