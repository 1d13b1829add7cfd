"""The FIFO of an MPU-6050 or MPU-6500 knows nothing of samples: what the driver does when they begin anywhere in it."""

from accel_bench import Bench
from accel_rig import read, samples

import quality
from drivers.mpu6050 import MPU6050
from drivers.mpu6050_selftest import self_test as test_6050
from drivers.mpu6500 import MPU6500
from drivers.mpu6500_selftest import self_test as test_6500

BENCHES = (Bench("mpu6050", MPU6050, test_6050, 0x68), Bench("mpu6500", MPU6500, test_6500, 0x68))
MG = (123, -4567, 960)  # no byte of it can be taken for another axis


def good(accel):
    """Samples of a read, each of which must be what the world was."""
    n = read(accel)
    assert samples(n) == [MG] * n, samples(n)
    return n


def counted(accel, counts):
    """Reads in which FIFO_COUNT says these, one after the other."""
    kept = accel.registers.read

    def reading(register, view):
        kept(register, view)
        if register == 0x72:
            view[0], view[1] = divmod(counts.pop(0), 256)

    return reading


def test_an_overrun_is_counted_and_leaves_clean_samples():
    for bench in BENCHES:
        accel = bench.make(MG)
        assert good(accel)
        assert read(accel, 2000) == 0
        assert accel.overruns == 1 and accel.quality == quality.OK and accel.errors == 0
        assert good(accel) == 10
        for _ in range(20):
            assert good(accel)
        assert accel.overruns == 1 and accel.quality == quality.OK


def test_a_full_fifo_is_not_read():
    """No overflow yet, but there might be one before the burst ends."""
    for bench in BENCHES:
        accel = bench.make(MG)
        most = accel.FULL // 6
        assert read(accel, 10 * most - 5) == 0 and accel.overruns == 1
        n = read(accel, 10 * most - 45)  # a little less is read, block after block
        assert n == 32
        while n == 32:
            assert samples(n) == [MG] * n
            n = read(accel, 10)
        assert accel.overruns == 1 and accel.quality == quality.OK


def test_always_too_late_is_no_good_quality():
    for bench in BENCHES:
        accel = bench.make(MG)
        assert good(accel)
        for _ in range(3):
            assert read(accel, 2000) == 0
        assert accel.quality == quality.FAILED
        for _ in range(4):
            good(accel)
        assert accel.quality == quality.OK


def test_a_lost_byte_is_found():
    for bench in BENCHES:
        accel = bench.make(MG)
        assert good(accel)
        bench.fault("torn_fifo")
        assert good(accel) == 0
        assert accel.overruns == 1
        assert good(accel) and accel.quality == quality.OK


def test_a_count_amid_a_sample_is_looked_at_again():
    """The first count has caught the chip while it writes: nothing is lost."""
    for bench in BENCHES:
        accel = bench.make(MG)
        counts = [16, 12]
        accel.registers.read = counted(accel, counts)
        assert read(accel) == 2
        assert counts == [] and accel.overruns == 0


def test_the_overflow_flag_is_enough():
    for bench in BENCHES:
        accel = bench.make(MG)
        kept = accel.registers.get
        accel.registers.get = lambda register, kept=kept: 0x11 if register == 0x3A else kept(register)
        assert read(accel) == 0 and accel.overruns == 1
        accel.registers.get = kept
        assert good(accel) and accel.overruns == 1


def test_a_count_that_cannot_be_fails_at_once():
    for bench in BENCHES:
        accel = bench.make(MG)
        assert good(accel)
        accel.registers.read = counted(accel, [0xFFFF, 0xFFFF])
        assert read(accel) == 0 and accel.quality == quality.FAILED and accel.overruns == 0


def test_what_came_while_the_bus_was_gone_is_no_overrun():
    for bench in BENCHES:
        accel = bench.make(MG)
        assert good(accel)
        bench.fault("nak")
        for _ in range(20):
            read(accel)
        bench.clear()
        for _ in range(5):
            good(accel)
        assert accel.overruns == 0 and accel.quality == quality.OK


def test_nothing_is_written_to_the_fifo_while_it_is_emptied():
    for bench in BENCHES:
        accel = bench.make(MG)
        kept = accel.registers.set
        written = []

        def noted(register, value, kept=kept, written=written):
            kept(register, value)
            written.append((register, value))

        accel.registers.set = noted
        accel._discard()
        assert written == [(0x23, 0), (0x6A, 0), (0x6A, 0x04), (0x6A, 0x40), (0x23, 0x08)], written


def test_the_gyroscope_sleeps_and_the_high_pass_is_off():
    for bench in BENCHES:
        accel = bench.make(MG)
        assert accel.registers.get(0x6C) == 0x07 and accel.registers.get(0x6B) == 0
        assert accel.registers.get(0x1C) == 0x18 and accel.registers.get(0x23) == 0x08
        assert accel.registers.get(0x19) == 9 and accel.registers.get(0x1A) == 3
        if accel.FULL == 512:
            assert accel.registers.get(0x1D) == 3
