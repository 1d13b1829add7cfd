"""The MPU-6050 and MPU-6500 drivers on I2C: all that every accelerometer has to do, on real registers."""

import accel_checks as check
import accel_fault_checks as faults
from accel_bench import Bench

from drivers.mpu6050 import MPU6050, ODR
from drivers.mpu6050_selftest import self_test as test_6050
from drivers.mpu6500 import MPU6500
from drivers.mpu6500_selftest import self_test as test_6500

BENCHES = (Bench("mpu6050", MPU6050, test_6050, 0x68), Bench("mpu6500", MPU6500, test_6500, 0x69))


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


def test_axes_are_those_of_the_tag():
    for bench in BENCHES:
        check.axes(bench)


def test_impossible_settings_are_refused():
    for bench in BENCHES:
        check.refused(bench, (104, 1000))


def test_sampling_path_allocates_nothing():
    for bench in BENCHES:
        check.heap(bench, 2000)


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
        faults.held_sda(bench)


def test_stuck_fifo_and_lost_configuration():
    for bench in BENCHES:
        faults.stuck_fifo(bench)
        faults.lost_config(bench)
        faults.lost_registers(bench, (0x19, 0x1A, 0x1B, 0x1C, 0x23, 0x6B, 0x6C))


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
