"""Self-test of an ADXL345: does the mass in the chip follow the force that the chip itself can put on it?

As the data sheet has it ("Using Self-Test"): +-16 g, full resolution, 100 Hz, normal power, FIFO off; the mean of 0.1 s at rest and
with the force on, four samples later. The force grows with the supply, so the limits are the least of table 15 (2.5 V) and the
most of it times the factors of table 14 for 3.6 V: a board's regulator may give anything between.

    axis   LSB at 2.5 V     times at 3.6 V    accepted
    x        50 ..  540     2.11                50 ..  1139
    y      -540 ..  -50     2.11             -1139 ..   -50
    z        75 ..  875     1.69                75 ..  1478

The tag has to lie still for the 0.4 s this takes; with a chip that is as slow as is let pass it takes 4 s.

Checked against ADXL345 data sheet Rev. E, "Self-Test" (both tables, 100 Hz, normal power), and for the four samples against table 1
of its sibling ADXL312. Not seen: the page "Using Self-Test" itself.
"""

from drivers import tally
from drivers.selftest import sums
from micropython import const

_BW_RATE = const(0x2C)
_DATA_FORMAT = const(0x31)
_DATAX0 = const(0x32)
_FIFO_CTL = const(0x38)
_100_HZ = const(0x0A)
_FULL_16_G = const(0x0B)
_FORCE = const(0x80)
_READY = (0x30, 0x80)  # INT_SOURCE: DATA_READY
_SETTLE_MS = const(50)
_SAMPLES = const(10)
_LIMITS = ((50, 1139), (-1139, -50), (75, 1478))


def self_test(accel, sleep_ms) -> bool:
    """True when every axis of `accel` (an ADXL345) follows the force. Afterwards the chip is configured as before."""
    registers = accel.registers
    rest = forced = None
    try:
        registers.set(_FIFO_CTL, 0)
        registers.set(_DATA_FORMAT, _FULL_16_G)
        registers.set(_BW_RATE, _100_HZ)
        sleep_ms(_SETTLE_MS)
        rest = sums(registers, sleep_ms, _READY, _DATAX0, _SAMPLES)
        registers.set(_DATA_FORMAT, _FORCE | _FULL_16_G)
        sleep_ms(_SETTLE_MS)
        forced = sums(registers, sleep_ms, _READY, _DATAX0, _SAMPLES)
    except OSError:
        accel.errors = tally.more(accel.errors)
    if not accel.probe() or rest is None or forced is None:
        return False
    for i in range(3):
        low, high = _LIMITS[i]
        if not low * _SAMPLES <= forced[i] - rest[i] <= high * _SAMPLES:
            return False
    return True
