"""Self-test of an MPU-6500: as that of the MPU-6050 (see there), at +-2 g and with other limits.

    trim = 2620 * 1.01 ^ (code - 1) digits at +-2 g        code: 8 bits; 0: nothing is stored

The answer must be 0.5 to 1.5 times the trim, without one 225..675 mg either way. Checked against InvenSense's Linux driver and
its table of trims; not seen: AN-MPU-6500A-02, which is where they come from.
"""

from drivers.mpu6050_selftest import responses

_BITS_2G = 0x00


def self_test(accel, sleep_ms) -> bool:
    """True when every axis of `accel` (an MPU6500) follows the force. Afterwards the chip is configured as before."""
    moved, stored = responses(accel, sleep_ms, _BITS_2G, 16384)
    return moved is not None and all(_within(moved[axis], stored[axis]) for axis in range(3))


def _within(mg: int, code: int) -> bool:
    if code == 0:
        return 225 <= abs(mg) <= 675
    trim_mg = 2620 * 1.01 ** (code - 1) / 16.384
    return 0.5 * trim_mg < mg < 1.5 * trim_mg
