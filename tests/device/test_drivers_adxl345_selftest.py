"""The self-test of the ADXL345, on I2C and SPI: it finds a dead output, knows the limits of each axis and never waits for ever."""

import time

from accel_rig import Rig, read, samples

import quality
from drivers.adxl345 import ADXL345
from drivers.adxl345_selftest import self_test


def on_both(test):
    test(Rig(ADXL345, "adxl345", 0x53))
    test(Rig(ADXL345, "adxl345"))


def test_self_test():
    def check(rig):
        accel = rig.make((100, -200, 1000))
        begin = time.ticks_ms()
        assert self_test(accel, time.sleep_ms)
        assert time.ticks_diff(time.ticks_ms(), begin) < 500
        assert read(accel) == 0
        assert read(accel) and accel.quality == quality.OK  # the chip streams again, with its old settings
        assert samples(1) == [(98, -203, 1000)]
        for name in ("frozen", "nak", "wrong_id", "stuck_fifo"):
            rig.fault(name)
            begin = time.ticks_ms()
            assert not self_test(accel, time.sleep_ms), name
            assert time.ticks_diff(time.ticks_ms(), begin) < 4000
            rig.clear()
            assert self_test(accel, time.sleep_ms)

    on_both(check)


def test_self_test_knows_the_limits_of_each_axis():
    class Mass:
        """Registers of a chip whose output moves by `shift` digits under the force."""

        def __init__(self, shift):
            self.shift = shift
            self.forced = False

        def get(self, register):
            return 0x80

        def set(self, register, value):
            if register == 0x31:
                self.forced = bool(value & 0x80)

        def read(self, register, view):
            for i in range(3):
                word = (self.shift[i] if self.forced else 0) & 0xFFFF
                view[2 * i] = word & 0xFF
                view[2 * i + 1] = word >> 8

    class Accel:
        errors = 0

        def __init__(self, shift):
            self.registers = Mass(shift)

        def probe(self):
            return True

    # Table 15 of the data sheet, for the least; the most is that times 2.11 and 1.69.
    for shift, good in (
        ((50, -50, 75), True),
        ((1139, -1139, 1478), True),
        ((49, -50, 75), False),
        ((50, -49, 75), False),
        ((50, -50, 74), False),
        ((1140, -50, 75), False),
        ((50, -1140, 75), False),
        ((50, -50, 1479), False),
        ((50, 50, 75), False),
        ((0, 0, 0), False),
    ):
        assert self_test(Accel(shift), lambda ms: None) is good, shift
