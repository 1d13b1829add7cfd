"""Self-test of a LIS3DH: does the mass in the chip follow the force that the chip itself can put on it?

As in AN3308 and ST's own example: +-2 g, 10 bits, 50 Hz, FIFO off; the mean of five samples at rest and with the force
on must differ by 17..360 digits (4 mg each) on every axis (datasheet table 4). The tag has to lie still for the 0.4 s
this takes; with a chip that is as slow as is let pass it takes 2 s.
"""

from drivers import tally
from drivers.lis3dh import CTRL_REG1, CTRL_REG4, FIFO_CTRL, OUT_X_L
from micropython import const

_STATUS = const(0x27)
_NEW_DATA = const(0x08)
_SETTLE_MS = const(90)
_TRY_MS = const(5)
_TRIES = const(30)  # of 5 ms for a sample that is due in 20
_SAMPLES = const(5)
_LEAST = const(17)
_MOST = const(360)


def self_test(accel, sleep_ms) -> bool:
    """True when every axis of `accel` (a LIS3DH) follows the force. Afterwards the chip is configured as before."""
    registers = accel.registers
    try:
        registers.set(FIFO_CTRL, 0)
        registers.write(CTRL_REG1, bytes((0x47, 0x00, 0x00, 0x80, 0x00)))
        rest = _sums(registers, sleep_ms)
        registers.set(CTRL_REG4, 0x82)
        forced = _sums(registers, sleep_ms)
    except OSError:
        accel.errors = tally.more(accel.errors)
        rest = forced = None
    if not accel.probe() or rest is None or forced is None:
        return False
    return all(_LEAST * _SAMPLES <= abs(forced[i] - rest[i]) <= _MOST * _SAMPLES for i in range(3))


def _sums(registers, sleep_ms):
    """Sums of five samples in digits, or None when data stay away."""
    sample = bytearray(6)
    sums = [0, 0, 0]
    sleep_ms(_SETTLE_MS)
    for i in range(_SAMPLES + 1):
        tries = _TRIES
        while not registers.get(_STATUS) & _NEW_DATA:
            tries -= 1
            if tries == 0:
                return None
            sleep_ms(_TRY_MS)
        registers.read(OUT_X_L, sample)
        if i == 0:
            continue  # may have been taken before the output settled
        for axis in range(3):
            high = sample[2 * axis + 1]
            sums[axis] += (high - 256 if high > 127 else high) * 4 + (sample[2 * axis] >> 6)
    return sums
