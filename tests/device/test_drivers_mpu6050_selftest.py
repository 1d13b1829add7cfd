"""The limits of the self-tests that compare with a stored trim or a datasheet's range.

While the force is on, the world pushes too: what the chip then answers is its own force and that push.
"""

import time

from accel_bench import Bench

from drivers import mpu6050_selftest, mpu6500_selftest
from drivers.lsm6dso import LSM6DSO
from drivers.lsm6dso_selftest import self_test as lsm6dso_self_test
from drivers.mpu6050 import MPU6050
from drivers.mpu6500 import MPU6500

MPU6050_BENCH = Bench("mpu6050", MPU6050, mpu6050_selftest.self_test, 0x68)
MPU6500_BENCH = Bench("mpu6500", MPU6500, mpu6500_selftest.self_test, 0x68)
LSM6DSO_BENCH = Bench("lsm6dso", LSM6DSO, lsm6dso_self_test, 0x6A)


def pushed(bench, mg):
    """Result of a self-test in which the world adds `mg` to the force."""
    accel = bench.make((0, 0, 0))
    settling = [0]

    def sleep_ms(ms):
        if ms >= 50:  # no wait for a sample, but for the output to settle: first without the force, then with it
            settling[0] += 1
            if settling[0] == 2:
                bench.put(mg)
        time.sleep_ms(ms)

    return bench.self_test(accel, sleep_ms)


def test_mpu6050_may_differ_from_its_trim_by_14_percent():
    """Its trims are 490, 559 and 639 mg: 14 % are 68, 78 and 89."""
    for mg in ((0, 0, 0), (60, 70, 80), (-60, -70, -80)):
        assert pushed(MPU6050_BENCH, mg), mg
    for mg in ((75, 0, 0), (0, 85, 0), (0, 0, 96), (-75, 0, 0), (0, -85, 0), (0, 0, -96)):
        assert not pushed(MPU6050_BENCH, mg), mg


def test_mpu6500_may_answer_half_its_trim_to_one_and_a_half():
    """Its trims are 368, 407 and 450 mg: half of them 184, 203, 225."""
    for mg in ((0, 0, 0), (175, 195, 218), (-175, -195, -218)):
        assert pushed(MPU6500_BENCH, mg), mg
    for mg in ((192, 0, 0), (0, 210, 0), (0, 0, 232), (-192, 0, 0), (0, -210, 0), (0, 0, -232)):
        assert not pushed(MPU6500_BENCH, mg), mg


def test_lsm6dso_must_answer_with_50_to_1700_mg():
    """The model's force is 400 mg."""
    for mg in ((0, 0, 0), (1290, 1290, 1290), (-340, -340, -340)):
        assert pushed(LSM6DSO_BENCH, mg), mg
    for mg in ((1310, 0, 0), (0, 1310, 0), (0, 0, 1310), (-360, 0, 0), (0, -360, 0), (0, 0, -360)):
        assert not pushed(LSM6DSO_BENCH, mg), mg


def test_without_a_trim_the_answer_must_be_a_possible_one():
    for sign in (1, -1):
        assert not mpu6050_selftest._within(299 * sign, 0) and mpu6050_selftest._within(300 * sign, 0)
        assert mpu6050_selftest._within(950 * sign, 0) and not mpu6050_selftest._within(951 * sign, 0)
        assert not mpu6500_selftest._within(224 * sign, 0) and mpu6500_selftest._within(225 * sign, 0)
        assert mpu6500_selftest._within(675 * sign, 0) and not mpu6500_selftest._within(676 * sign, 0)
    assert not mpu6050_selftest._within(0, 0) and not mpu6500_selftest._within(0, 0)


def test_trims_at_their_ends():
    """Register map 4.1: code 1 is 0.34 g, code 31 is 0.92 g."""
    for code, mg in ((1, 340), (31, 920)):
        assert mpu6050_selftest._within(mg, code)
        assert not mpu6050_selftest._within(mg * 85 // 100, code) and not mpu6050_selftest._within(
            mg * 115 // 100, code
        )
