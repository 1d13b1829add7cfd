"""Self-test of a LIS3DH: does the mass in the chip follow the force that the chip itself can put on it?

As in AN3308 and ST's own example: +-2 g, 10 bits, 50 Hz, FIFO off; the mean of five samples at rest and with the force
on must differ by 17..360 digits (4 mg each) on every axis (datasheet table 4). The tag has to lie still for the 0.4 s
this takes; with a chip that is as slow as is let pass it takes 2 s.
"""

from drivers import tally
from drivers.selftest import sums
from micropython import const

_CTRL_REG1 = const(0x20)
_CTRL_REG4 = const(0x23)
_OUT_X_L = const(0x28)
_FIFO_CTRL = const(0x2E)
_READY = (0x27, 0x08)  # STATUS_REG: new data on all axes
_SETTLE_MS = const(90)
_SAMPLES = const(5)
_DIGIT = const(64)  # of a word: ten bits, left-justified
_LEAST = const(17)
_MOST = const(360)


def self_test(accel, sleep_ms) -> bool:
    """True when every axis of `accel` (a LIS3DH) follows the force. Afterwards the chip is configured as before."""
    registers = accel.registers
    try:
        registers.set(_FIFO_CTRL, 0)
        registers.write(_CTRL_REG1, bytes((0x47, 0x00, 0x00, 0x80, 0x00)))
        sleep_ms(_SETTLE_MS)
        rest = sums(registers, sleep_ms, _READY, _OUT_X_L, _SAMPLES)
        registers.set(_CTRL_REG4, 0x82)
        sleep_ms(_SETTLE_MS)
        forced = sums(registers, sleep_ms, _READY, _OUT_X_L, _SAMPLES)
    except OSError:
        accel.errors = tally.more(accel.errors)
        rest = forced = None
    if not accel.probe() or rest is None or forced is None:
        return False
    one = _DIGIT * _SAMPLES
    return all(_LEAST * one <= abs(forced[i] - rest[i]) <= _MOST * one for i in range(3))
