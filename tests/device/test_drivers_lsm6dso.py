"""The LSM6DSO driver on I2C and SPI: all that every accelerometer has to do, and its tagged FIFO."""

import accel_checks as check
import accel_fault_checks as faults
from accel_bench import Bench
from accel_rig import read, samples, spi

import quality
from drivers.lsm6dso import LSM6DSO, ODR
from drivers.lsm6dso_selftest import self_test

SPI = Bench("lsm6dso", LSM6DSO, self_test)
BENCHES = (Bench("lsm6dso", LSM6DSO, self_test, 0x6A), SPI)


def test_what_it_delivers():
    for bench in BENCHES:
        check.first_samples(bench)
        check.settles_unseen(bench)
        check.no_gap(bench)
        check.short_buffer(bench)


def test_rates_and_scales():
    for bench in BENCHES:
        check.rates(bench, sorted(ODR))
        check.scales(bench)


def test_it_says_its_true_rate():
    """104 Hz by itself, and who asks for 100 is told that there is no such rate."""
    for bench in BENCHES:
        assert bench.make().odr_hz == 104
        check.refused(bench, (100, 13))


def test_axes_are_those_of_the_tag():
    for bench in BENCHES:
        check.axes(bench)


def test_sampling_path_allocates_nothing():
    for bench in BENCHES:
        check.heap(bench, 5200)


def test_self_test():
    for bench in BENCHES:
        check.self_test(bench)


def test_missing_and_wrong_chip():
    for bench in BENCHES:
        faults.missing(bench)
        faults.wrong_chip(bench)


def test_bus_faults():
    for bench in BENCHES:
        faults.bus_fault(bench)
        faults.repair_throws_old_samples_away(bench)
    faults.held_sda(BENCHES[0])
    faults.dead_spi(SPI)


def test_stuck_fifo_and_lost_configuration():
    for bench in BENCHES:
        faults.stuck_fifo(bench)
        faults.lost_config(bench)
        faults.lost_registers(bench, (0x08, 0x09, 0x0A, 0x10, 0x11, 0x14, 0x17))


def test_frozen_output_fails():
    for bench in BENCHES:
        faults.frozen(bench)


def test_lying_still_is_no_fault():
    for bench in BENCHES:
        faults.lying_still(bench)


def test_a_living_chip_passes_the_look_at_every_pace():
    for bench in BENCHES:
        faults.every_pace(bench, (10, 35, 300))
        faults.late_reader(bench)


def test_an_overrun_is_counted_once():
    accel = SPI.make((123, -4567, 960))
    assert read(accel, 5200) == 32
    assert accel.overruns == 1 and accel.quality == quality.OK
    for _ in range(25):
        n = read(accel)
        assert n and samples(n) == [(123, -4567, 960)] * n
    assert n == 10 or n == 11  # it has caught up
    assert accel.overruns == 1 and accel.errors == 0, (accel.overruns, accel.errors)


def test_what_counts_as_an_overrun():
    """FIFO_STATUS2: overrun now (40h) or since it was last read (08h); full (20h) and watermark (80h) are none."""
    accel = SPI.make()
    kept = accel.registers.read
    flags = [0]

    def flagged(register, view):
        kept(register, view)
        if register == 0x3A:
            view[1] |= flags[0]

    accel.registers.read = flagged
    for flag, overruns in ((0xA0, 0), (0x40, 1), (0x00, 1), (0x08, 2)):
        flags[0] = flag
        assert read(accel)
        assert accel.overruns == overruns, flag


def test_words_of_other_sensors_are_left_out_and_counted():
    for bench in BENCHES:
        accel = bench.make((123, -4567, 960))
        assert read(accel)
        bench.fault("foreign_tag")
        total = 0
        for _ in range(20):
            n = read(accel)
            assert samples(n) == [(123, -4567, 960)] * n
            total += n
        assert total > 200 and abs(total - accel.errors) <= 1, (total, accel.errors)
        assert accel.quality == quality.OK
        accel.errors = 65530
        read(accel)
        assert accel.errors == 65535


def test_nothing_but_foreign_words_is_silence():
    accel = SPI.make()
    assert read(accel)
    accel.registers.set(0x10, 0x44)
    kept = accel.registers.read

    def foreign(register, view):
        kept(register, view)
        if register == 0x78:
            for at in range(0, len(view), 7):
                view[at] = 0x18

    accel.registers.read = foreign
    for _ in range(5):
        assert read(accel) == 0
    assert accel.quality == quality.STALE
    for _ in range(8):
        read(accel)
    assert accel.quality == quality.FAILED


def test_a_status_that_cannot_be_fails_at_once():
    accel = SPI.make()
    assert read(accel)
    kept = accel.registers.read

    def broken(register, view):
        kept(register, view)
        if register == 0x3A:
            view[1] |= 0x04

    accel.registers.read = broken
    assert read(accel) == 0 and accel.quality == quality.FAILED


def test_it_finds_its_chip_in_any_state():
    """One that does not increment addresses, with the gyroscope on and its FIFO in another mode, as a program before left it."""
    SPI.world()
    accel = SPI.open()
    for register, value in ((0x11, 0x40), (0x09, 0x44), (0x17, 0x04), (0x14, 0x02), (0x0A, 0x01), (0x12, 0x00)):
        accel.registers.set(register, value)
    accel = SPI.open()
    read(accel, 130)
    assert read(accel) and samples(1) == [(0, 0, 960)]
    for register, value in ((0x10, 0x44), (0x11, 0x00), (0x12, 0x44), (0x14, 0x00), (0x17, 0x00), (0x0A, 0x06)):
        assert accel.registers.get(register) == value


def test_wrong_clock_mode_is_found():
    SPI.world()
    from accel_rig import select

    assert LSM6DSO(spi(0), select()).quality == quality.FAILED
