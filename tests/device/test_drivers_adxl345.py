"""The ADXL345 driver on a virtual board, on I2C and SPI: scale, axes, rates, blocks out of the FIFO, no allocation."""

import time
from array import array

from accel_rig import Rig, buf, read, samples

import micropython
import quality
import vport
from drivers.accelerometer import DEPTH
from drivers.adxl345 import ADXL345, ODR

ADDRESS = 0x53


def on_both(test):
    test(Rig(ADXL345, "adxl345", ADDRESS))
    test(Rig(ADXL345, "adxl345"))


def mg_of(value):
    """What the chip makes of an acceleration: whole digits of 1/256 g downwards, and the driver's rounding."""
    digit = value * 256 // 1000
    return (digit * 1000 + 128) // 256


def test_probe_and_first_samples():
    def check(rig):
        rig.world()
        accel = rig.open()
        assert accel.quality == quality.WARMING and accel.errors == 0 and accel.odr_hz == 100
        assert accel.scale == (125, 5)
        assert read(accel) == 0  # the output settles
        assert accel.quality == quality.WARMING
        n = read(accel)
        assert n in (9, 10, 11) and accel.quality == quality.OK
        assert samples(n) == [(0, 0, 1000)] * n

    on_both(check)


def test_blocks_follow_each_other_without_gap_or_repetition():
    def check(rig):
        accel = rig.make()
        begin = time.ticks_ms()
        total = 0
        for i in range(40):
            vport.control({"do": "accel", "mg": [i * 100, -i * 50, 1000]})
            ms = 20 + i % 7 * 30
            n = read(accel, ms)
            if n > 2:
                assert samples(n)[n - 1] == (mg_of(i * 100), mg_of(-i * 50), 1000), (i, samples(n))
            total += n
        ms = time.ticks_diff(time.ticks_ms(), begin)
        assert abs(total - ms // 10) <= 1, (total, ms)
        assert accel.overruns == 0 and accel.errors == 0 and accel.resets == 0

    on_both(check)


def test_every_rate():
    rig = Rig(ADXL345, "adxl345", ADDRESS)
    for hz in sorted(ODR):
        rig.world()
        accel = rig.open(odr_hz=hz, watermark=5)
        time.sleep_ms(9 * 1000 // hz + 5)
        accel.read_block(buf)
        n = read(accel, 20 * 1000 // hz)
        assert 19 <= n <= 21, (hz, n)


def test_every_scale_and_its_ends():
    rig = Rig(ADXL345, "adxl345", ADDRESS)
    for g in (8, 16):
        accel = rig.make((4000, -7000, 30000), full_scale_g=g)
        assert read(accel)
        # The upper end is one digit below the full scale; nothing leaves it.
        assert samples(1) == [(4000, -7000, g * 1000 - 4)], (g, samples(1))
        vport.control({"do": "accel", "mg": [1003, -1003, -30000]})
        assert read(accel)
        assert read(accel)
        assert samples(1) == [(mg_of(1003), mg_of(-1003), -g * 1000)], (g, samples(1))
    assert sum([mg * mg for mg in (16000, -16000, 16000)]) < 1 << 30


def test_axes_are_those_of_the_tag():
    # Each model is turned as its board.json says, and the driver turns it back; or neither, and the turn shows.
    for axes in (["x", "y", "z"], ["y", "-x", "z"], ["-z", "y", "x"]):
        rig = Rig(ADXL345, "adxl345", ADDRESS, axes)
        accel = rig.make((500, -1000, 1500), axes=axes)
        assert read(accel)
        x, y, z = samples(1)[0]
        assert abs(x - 500) <= 4 and abs(y + 1000) <= 4 and abs(z - 1500) <= 4, (axes, samples(1))
    rig = Rig(ADXL345, "adxl345")
    for axes, expected in ((("-x", "-y", "z"), (-500, 1000, 1500)), (("z", "-x", "-y"), (1500, -500, 1000))):
        accel = rig.make((500, -1000, 1500), axes=axes)
        assert read(accel)
        assert samples(1) == [expected], (axes, samples(1))


def test_what_clips_a_fall_is_refused_and_the_reason_said():
    rig = Rig(ADXL345, "adxl345", ADDRESS)
    rig.world()
    for g in (2, 4):
        try:
            rig.open(full_scale_g=g)
        except ValueError as error:
            assert "8 or 16" in str(error)
            continue
        raise AssertionError("accepted")
    for options in (
        {"odr_hz": 99},
        {"full_scale_g": 3},
        {"watermark": 0},
        {"watermark": 32},
        {"axes": ("x", "y", "y")},
        {"axes": ("x", "y")},
    ):
        try:
            rig.open(**options)
        except ValueError:
            continue
        raise AssertionError(options)


def test_short_buffer_leaves_the_rest_in_the_fifo():
    def check(rig):
        accel = rig.make()
        short = array("h", [7] * 10)
        time.sleep_ms(100)
        assert accel.read_block(short, time.ticks_ms()) == 3
        assert list(short) == [0, 0, 1000] * 3 + [7]
        assert accel.read_block(buf, time.ticks_ms()) in (6, 7, 8)
        assert accel.read_block(array("h"), time.ticks_ms()) == 0

    on_both(check)


def test_overrun_is_counted():
    def check(rig):
        accel = rig.make()
        assert read(accel, 600) == DEPTH
        assert accel.overruns == 1 and accel.quality == quality.OK
        # The one at the chip's output, and what came meanwhile.
        assert accel.read_block(buf, time.ticks_ms()) in (1, 2, 3)
        read(accel)
        assert accel.overruns == 1

    on_both(check)


def test_reading_allocates_nothing():
    def check(rig):
        accel = rig.make((480, 0, 960))
        total = 0
        for i in range(25):  # passes the audit of every tenth read, and one overrun
            if i == 20:
                vport.control({"do": "accel", "mg": [0, 480, 960]})
            time.sleep_ms(500 if i == 5 else 100)
            t_ms = time.ticks_ms()
            micropython.heap_lock()
            try:
                n = accel.read_block(buf, t_ms)
            finally:
                micropython.heap_unlock()
            total += n
        assert total > 250 and accel.overruns == 1 and accel.errors == 0 and accel.quality == quality.OK

    on_both(check)
