"""The LIS3DH driver on a virtual board: scales, axes, rates, blocks out of the FIFO, self-test, no allocation."""

import time
from array import array

from lis3dh_bench import buf, bus, clear, fault, make, read, samples, world

import micropython
import quality
import vport
from drivers.accelerometer import DEPTH
from drivers.lis3dh import LIS3DH, ODR
from drivers.lis3dh_selftest import self_test


def test_probe_and_first_samples():
    accel = make(settled=False)
    assert accel.quality == quality.WARMING
    assert accel.errors == 0
    assert read(accel) == 0  # the output settles
    assert accel.quality == quality.WARMING
    assert read(accel) in (10, 11)
    assert accel.quality == quality.OK
    assert samples(10) == [(0, 0, 960)] * 10
    assert accel.odr_hz == 100


def test_blocks_follow_each_other_without_gap():
    accel = make()
    begin = time.ticks_ms()
    total = 0
    for i in range(50):
        total += read(accel, 20 + i % 7 * 30)
    ms = time.ticks_diff(time.ticks_ms(), begin)
    assert abs(total - ms // 10) <= 1, (total, ms)
    assert accel.overruns == 0 and accel.errors == 0 and accel.resets == 0


def test_every_rate():
    for hz in sorted(ODR):
        accel = make(settled=False, odr_hz=hz, watermark=5)
        time.sleep_ms(8 * 1000 // hz + 2)
        accel.read_block(buf)
        n = read(accel, 20 * 1000 // hz)
        assert 19 <= n <= 21, (hz, n)


def test_every_scale():
    # For each scale the step of the FIFO: ten of sixteen bits.
    for g, step in ((2, 4), (4, 8), (8, 16), (16, 48)):
        accel = make((7 * step, -9 * step, 30000), full_scale_g=g)
        assert read(accel)
        assert samples(1) == [(7 * step, -9 * step, min(g * 1000, 511 * step))], (g, samples(1))
        vport.control({"do": "accel", "mg": [7 * step + step - 1, -9 * step + 1, -30000]})
        assert read(accel)
        assert read(accel)
        assert samples(1) == [(7 * step, -9 * step, -g * 1000)], (g, samples(1))


def test_limits_keep_squares_in_small_integers():
    accel = make((40000, -40000, 40000))
    assert read(accel)
    assert samples(1) == [(16000, -16000, 16000)]
    assert sum([mg * mg for mg in buf[:3]]) < 1 << 30


def test_axes_are_those_of_the_tag():
    # The virtual board's chip lies straight, so the world's axes are the chip's.
    for axes, expected in (
        (("x", "y", "z"), (480, -960, 1440)),
        (("-x", "-y", "z"), (-480, 960, 1440)),
        (("y", "z", "x"), (-960, 1440, 480)),
        (["z", "-x", "-y"], (1440, -480, 960)),
    ):
        accel = make((480, -960, 1440), axes=axes)
        assert read(accel)
        assert samples(1) == [expected], (axes, samples(1))


def test_impossible_settings_are_refused():
    world()
    for refused in (
        lambda: LIS3DH(bus(), 0x19, odr_hz=99),
        lambda: LIS3DH(bus(), 0x19, full_scale_g=3),
        lambda: LIS3DH(bus(), 0x19, watermark=0),
        lambda: LIS3DH(bus(), 0x19, watermark=32),
        lambda: LIS3DH(bus(), 0x19, axes=("x", "y", "y")),
        lambda: LIS3DH(bus(), 0x19, axes=("x", "y")),
        lambda: LIS3DH(bus(), 0x19, axes=("x", "", "z")),
    ):
        try:
            refused()
        except ValueError:
            continue
        raise AssertionError("accepted")


def test_short_buffer_leaves_the_rest_in_the_fifo():
    accel = make()
    short = array("h", [7] * 10)
    time.sleep_ms(100)
    assert accel.read_block(short, time.ticks_ms()) == 3
    assert list(short) == [0, 0, 960] * 3 + [7]
    assert accel.read_block(buf, time.ticks_ms()) in (7, 8)
    assert accel.read_block(array("h"), time.ticks_ms()) == 0


def test_overrun_is_counted():
    accel = make()
    assert read(accel, 600) == DEPTH
    assert accel.overruns == 1
    assert accel.quality == quality.OK
    read(accel)
    assert accel.overruns == 1


def test_self_test():
    accel = make((96, -192, 960))
    begin = time.ticks_ms()
    assert self_test(accel, time.sleep_ms)
    assert time.ticks_diff(time.ticks_ms(), begin) < 500
    assert read(accel) == 0
    assert read(accel) and accel.quality == quality.OK  # the chip streams again, with its old settings
    assert samples(1) == [(96, -192, 960)]


def test_self_test_finds_a_dead_output():
    for name in ("frozen", "nak", "wrong_id"):
        accel = make()
        fault(name)
        begin = time.ticks_ms()
        assert not self_test(accel, time.sleep_ms), name
        assert time.ticks_diff(time.ticks_ms(), begin) < 2100
        clear()
        assert self_test(accel, time.sleep_ms)


def test_self_test_does_not_wait_for_ever():
    class NoData:
        """A bus on which the chip answers, and its data-ready flag never comes."""

        def readfrom_mem_into(self, address, register, buf):
            for i in range(len(buf)):
                buf[i] = 0x33 if register == 0x0F else 0

        def writeto_mem(self, address, register, buf):
            pass

    slept = [0]

    def sleep_ms(ms):
        slept[0] += ms

    assert not self_test(LIS3DH(NoData()), sleep_ms)
    assert slept[0] < 2000, slept


def test_sampling_path_allocates_nothing():
    accel = make((480, 0, 960))
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
