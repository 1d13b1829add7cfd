"""The FIFO of the LSM6DSO model against its datasheet and AN5192."""

import struct
import time

import pytest
from chips_lsm6dso_bus import CONTINUOUS, status, streaming
from chips_wires import ChipWires, ramp


@pytest.mark.parametrize(("code", "hz"), [(1, 12.5), (2, 26), (3, 52), (4, 104), (5, 208), (6, 416)])
def test_fifo_fills_at_the_output_data_rate(code: int, hz: float):
    bus = streaming(code << 4)
    bus.wait(100.5 * 1000 / hz)
    assert status(bus)[1] in (100, 101)


def test_batch_rate_below_the_output_rate():
    bus = streaming()
    bus.write(0x09, 3)
    bus.wait(1000)
    assert 51 <= status(bus)[1] <= 53
    bus.write(0x09, 0)
    bus.write(0x0A, 0)
    bus.write(0x0A, CONTINUOUS)
    bus.wait(1000)
    assert status(bus)[1] == 0


def words(bus: ChipWires, n: int) -> list[tuple[int, ...]]:
    return list(struct.iter_unpack("<B3h", bus.read(0x78, 7 * n)))


def test_words_have_tag_counter_and_even_parity():
    bus = streaming(mg=(0, 0, 488.1))
    bus.wait(60)
    got = words(bus, 5)
    assert [word[1:] for word in got] == [(0, 0, 1000)] * 5
    assert [word[0] >> 3 for word in got] == [2] * 5
    assert [word[0] >> 1 & 3 for word in got] in [[(i + k) % 4 for i in range(5)] for k in range(4)]
    assert all(word[0].bit_count() % 2 == 0 for word in got)


def test_a_burst_goes_on_from_7e_at_78_oldest_first():
    bus = streaming()
    bus.world.accel_source = ramp
    bus.wait(100)
    x = [word[1] for word in words(bus, 10)]
    assert (
        x == sorted(x)
        and x[0] == pytest.approx(10.5 / 0.488, abs=1)
        and x[9] - x[0] == pytest.approx(86.5 / 4.88, abs=1)
    )
    assert status(bus)[1] == 0
    assert words(bus, 1) == [(0, 0, 0, 0)]


@pytest.mark.parametrize(
    ("n", "flags"), [(0, 0), (9, 0), (10, 0x80), (510, 0x80), (511, 0xA0), (512, 0xA0), (513, 0xE8), (600, 0xE8)]
)
def test_flags(n: int, flags: int):
    """Watermark 10; full with the next word from 511; overrun, also latched, when one was written over."""
    bus = streaming(0x50)  # 208 Hz
    bus.write(0x0A, 0)
    bus.write(0x0A, CONTINUOUS)
    while bus.chip._batched < n:
        bus.wait(1)
        bus.read(0x0F)
    assert status(bus) == (flags, min(n, 512))
    if n > 512:
        assert status(bus) == (0xE0, 512)  # reading has cleared the latch
        words(bus, 1)
        assert status(bus) == (0xA0, 511)


def test_continuous_mode_keeps_the_newest_and_fifo_mode_the_oldest():
    """The ramp gives 0.1 mg a ms; the FIFO is opened at 100 ms and 512 words are 4923 ms."""
    for mode, first_ms in ((CONTINUOUS, 6100 - 4923), (1, 100)):
        bus = streaming(mode=mode)
        bus.world.accel_source = ramp
        bus.wait(6000)
        assert status(bus)[1] == 512
        assert words(bus, 1)[0][1] * 0.488 == pytest.approx(first_ms / 10, abs=1.5)


def test_fifo_mode_stays_closed_until_bypass():
    bus = streaming(mode=1)
    bus.wait(5000)
    words(bus, 512)
    bus.wait(100)
    assert status(bus)[1] == 0
    bus.write(0x0A, 0)
    bus.write(0x0A, 1)
    bus.wait(100)
    assert status(bus)[1] in (10, 11)


def test_bypass_empties():
    bus = streaming()
    bus.wait(100)
    bus.write(0x0A, 0)
    assert status(bus) == (0, 0)


def test_foreign_words():
    bus = streaming()
    bus.chip.faults.set("foreign_tag")
    bus.wait(100)
    tags = [word[0] >> 3 for word in words(bus, status(bus)[1])]
    assert tags.count(2) >= 9 and tags.count(3) >= 9


def test_a_long_absence_is_no_long_computation():
    bus = streaming()
    began = time.process_time()
    bus.wait(24 * 3600 * 1000)
    assert status(bus) == (0xE8, 512)
    assert time.process_time() - began < 1.0
