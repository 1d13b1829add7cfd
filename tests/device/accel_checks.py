"""What every driver of an accelerometer with a FIFO has to deliver; a test file calls these with a bench for each wiring."""

import time
from array import array

from accel_rig import buf, read, samples

import micropython
import quality


def first_samples(bench):
    bench.world()
    accel = bench.open()
    assert accel.quality == quality.WARMING and accel.errors == 0
    assert read(accel) == 0  # the output settles
    assert accel.quality == quality.WARMING
    read(accel, 30)
    assert read(accel) in (10, 11)
    assert accel.quality == quality.OK
    assert samples(10) == [(0, 0, 960)] * 10


def settles_unseen(bench):
    """From power-up on, a reader that takes each sample as it comes sees none from before the output has settled."""
    bench.world()
    accel = bench.open()
    delivered = 0
    for _ in range(40):
        n = read(accel, 10)
        delivered += n
        assert samples(n) == [(0, 0, 960)] * n, samples(n)
    assert delivered >= 25


def no_gap(bench):
    accel = bench.make()
    begin = time.ticks_ms()
    total = 0
    for i in range(50):
        total += read(accel, 20 + i % 7 * 30)
    ms = time.ticks_diff(time.ticks_ms(), begin)
    assert abs(total - ms * accel.odr_hz // 1000) <= 1, (total, ms)
    assert accel.overruns == 0 and accel.errors == 0 and accel.resets == 0


def rates(bench, rates):
    for hz in rates:
        accel = bench.make(odr_hz=hz, watermark=5)
        assert accel.odr_hz == hz
        n = read(accel, 20000 // hz)
        assert 19 <= n <= 21, (hz, n)


def scales(bench):
    for g in (8, 16):
        for mg in ((123, -4567, 7890), (1, -1, 2), (-7890, 7789, 0)):
            accel = bench.make(mg, full_scale_g=g)
            assert read(accel)
            assert all([abs(buf[i] - mg[i]) <= 1 for i in range(3)]), (g, mg, samples(1))
        accel = bench.make((40000, -40000, 40000), full_scale_g=g)
        assert read(accel)
        full = g * 1000
        assert all([full - 16 <= abs(mg) <= full for mg in buf[:3]]), samples(1)
        assert buf[0] > 0 > buf[1]
        assert sum([mg * mg for mg in buf[:3]]) < 1 << 30


def axes(bench):
    for axes, expected in (
        (("x", "y", "z"), (480, -960, 1440)),
        (("-x", "-y", "z"), (-480, 960, 1440)),
        (("y", "z", "x"), (-960, 1440, 480)),
        (["z", "-x", "-y"], (1440, -480, 960)),
    ):
        accel = bench.make((480, -960, 1440), axes=axes)
        assert read(accel)
        seen = samples(1)[0]
        # Half a digit of a negated axis is rounded to the other side.
        assert all([abs(seen[i] - expected[i]) <= 1 for i in range(3)]), (axes, seen)


def refused(bench, rates):
    bench.world()
    for options in (
        {"odr_hz": rates[0]},
        {"odr_hz": rates[1]},
        {"full_scale_g": 2},
        {"full_scale_g": 4},
        {"watermark": 0},
        {"watermark": 32},
        {"axes": ("x", "y", "y")},
    ):
        try:
            bench.open(**options)
        except ValueError:
            continue
        raise AssertionError(options)


def short_buffer(bench):
    accel = bench.make()
    short = array("h", [7] * 10)
    time.sleep_ms(100)
    assert accel.read_block(short, time.ticks_ms()) == 3
    assert list(short) == [0, 0, 960] * 3 + [7]
    assert accel.read_block(buf, time.ticks_ms()) in (7, 8)
    assert accel.read_block(array("h"), time.ticks_ms()) == 0


def heap(bench, overrun_ms):
    """Passes the audit of every tenth read, one overrun and a look at whether the output lives."""
    accel = bench.make((480, 0, 960))
    total = 0
    for i in range(130):
        time.sleep_ms(overrun_ms if i == 5 else 100)
        t_ms = time.ticks_ms()
        micropython.heap_lock()
        try:
            n = accel.read_block(buf, t_ms)
        finally:
            micropython.heap_unlock()
        total += n
    assert total > 1100 and accel.overruns == 1 and accel.errors == 0 and accel.quality == quality.OK


def self_test(bench):
    accel = bench.make((96, -192, 960))
    begin = time.ticks_ms()
    assert bench.self_test(accel, time.sleep_ms)
    assert time.ticks_diff(time.ticks_ms(), begin) < 600
    read(accel, 130)
    assert read(accel) and accel.quality == quality.OK  # the chip streams again, with its old settings
    assert samples(1) == [(96, -192, 960)]
    for name in ("frozen", "nak", "wrong_id"):
        bench.fault(name)
        begin = time.ticks_ms()
        assert not bench.self_test(accel, time.sleep_ms), name
        assert time.ticks_diff(time.ticks_ms(), begin) < 2100
        bench.clear()
        assert bench.self_test(accel, time.sleep_ms)
