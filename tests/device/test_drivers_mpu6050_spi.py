"""The MPU-6500 driver on SPI, and the MPU-6050 driver that has none."""

import accel_checks as check
import accel_fault_checks as faults
from accel_bench import Bench
from accel_rig import read, select, spi

import quality
from drivers.mpu6050 import MPU6050, ODR
from drivers.mpu6500 import MPU6500
from drivers.mpu6500_selftest import self_test

BENCH = Bench("mpu6500", MPU6500, self_test)


def test_what_it_delivers():
    check.first_samples(BENCH)
    check.no_gap(BENCH)
    check.rates(BENCH, sorted(ODR))
    check.scales(BENCH)
    check.axes(BENCH)


def test_sampling_path_allocates_nothing():
    check.heap(BENCH, 2000)


def test_self_test():
    check.self_test(BENCH)


def test_faults():
    faults.missing(BENCH)
    faults.wrong_chip(BENCH)
    faults.bus_fault(BENCH)
    faults.stuck_fifo(BENCH)
    faults.lost_config(BENCH)


def test_dead_bus():
    faults.dead_spi(BENCH)


def test_frozen_and_still():
    faults.frozen(BENCH)
    faults.lying_still(BENCH)
    faults.late_reader(BENCH)


def test_i2c_is_switched_off():
    """The bit that does it clears itself: what is read back says nothing. Whatever is written to USER_CTRL has it."""
    accel = BENCH.make()
    assert accel.registers.get(0x6A) == 0x40 and accel.quality != quality.FAILED
    kept = accel.registers.set
    controls = []

    def noted(register, value):
        kept(register, value)
        if register == 0x6A:
            controls.append(value)

    accel.registers.set = noted
    assert accel.probe()
    assert controls == [0x10, 0x14, 0x50]


def test_a_chip_that_keeps_the_bit_is_as_good():
    accel = BENCH.make()
    kept = accel.registers.get
    accel.registers.get = lambda register: kept(register) | (0x10 if register == 0x6A else 0)
    for _ in range(25):
        assert read(accel)
    assert accel.resets == 0 and accel.errors == 0
    accel.registers.set(0x6A, 0xC0)  # but its DMP must not run
    for _ in range(15):
        read(accel)
    assert accel.resets == 1


def test_mpu6050_has_no_spi():
    try:
        MPU6050(spi(), select())
    except ValueError:
        return
    raise AssertionError("accepted")


def test_a_chip_of_another_kind_is_refused():
    """The registers are much the same: only the identity tells that the FIFO is another."""

    class Other(MPU6500):
        IDS = (0x68,)

    BENCH.world()
    accel = Other(spi(), select())
    assert accel.quality == quality.FAILED and read(accel) == 0
