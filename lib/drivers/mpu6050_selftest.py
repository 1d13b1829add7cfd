"""Self-test of an MPU-6050: does the mass in the chip follow the chip's own force, as it did in the factory?

At +-8 g the mean of five samples with the force must differ from that at rest by what the factory has stored in the chip, +-14 % on
each axis (RM-MPU-6000A 4.1, PS-MPU-6000A 6.2: both checked):

    trim_mg = 340 * (0.92 / 0.34) ^ ((code - 1) / 30)        code: 5 bits; 0: nothing is stored

Without a trim it must be 300..950 mg either way; the documents say nothing of that case, these are the limits of InvenSense's own
motion driver. The tag has to lie still for the 0.4 s this takes; with a chip that is as slow as is let pass it takes 2 s.
How long the force takes to settle is written nowhere; the motion driver waits 50 ms, here it is 100.
"""

from drivers import tally
from drivers.selftest import sums
from micropython import const

_SMPLRT_DIV = const(0x19)
_ACCEL_CONFIG = const(0x1C)
_INT_ENABLE = const(0x38)
_INT_STATUS = const(0x3A)
_ACCEL_XOUT_H = const(0x3B)
_SELF_TEST_X = const(0x0D)  # then Y, Z, A
_NEW_DATA = const(0x01)
_FORCE = const(0xE0)
_READY = (_INT_STATUS, 0x01)  # DATA_RDY_INT
_SETTLE_MS = const(100)
_SAMPLES = const(5)
_BITS_8G = const(0x10)
_RATE_HZ = const(100)


def self_test(accel, sleep_ms) -> bool:
    """True when every axis of `accel` (an MPU6050) follows the force. Afterwards the chip is configured as before."""
    moved, stored = responses(accel, sleep_ms, _BITS_8G, 4096)
    if moved is None:
        return False
    codes = [stored[axis] >> 3 & 0x1C | stored[3] >> (4 - 2 * axis) & 0x03 for axis in range(3)]
    return all(_within(moved[axis], codes[axis]) for axis in range(3))


def responses(accel, sleep_ms, bits: int, digits_per_g: int):
    """(mg by which the force moves x, y, z, the four SELF_TEST registers); (None, None) when the chip does not do its part."""
    registers = accel.registers
    rest = forced = None
    stored = bytearray(4)
    try:
        registers.read(_SELF_TEST_X, stored)
        registers.write(_SMPLRT_DIV, accel.settings(_RATE_HZ, bits))
        registers.set(_INT_ENABLE, _NEW_DATA)
        sleep_ms(_SETTLE_MS)
        rest = sums(registers, sleep_ms, _READY, _ACCEL_XOUT_H, _SAMPLES, 1)
        registers.set(_ACCEL_CONFIG, bits | _FORCE)
        sleep_ms(_SETTLE_MS)
        forced = sums(registers, sleep_ms, _READY, _ACCEL_XOUT_H, _SAMPLES, 1)
    except OSError:
        accel.errors = tally.more(accel.errors)
    if not accel.probe() or rest is None or forced is None:
        return None, None
    return [(forced[axis] - rest[axis]) * 1000 // (_SAMPLES * digits_per_g) for axis in range(3)], stored


def _within(mg: int, code: int) -> bool:
    if code == 0:
        return 300 <= abs(mg) <= 950
    trim_mg = 340 * (0.92 / 0.34) ** ((code - 1) / 30)
    return 0.86 * trim_mg <= mg <= 1.14 * trim_mg
