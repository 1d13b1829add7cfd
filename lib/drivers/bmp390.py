"""Bosch BMP390 on I2C: temperature and pressure, in forced mode once a second. It has no humidity: `.humid_pct100` stays 0.

Range    -40..85 degrees Celsius, 300..1250 hPa.
Speed    oversampling 16 for pressure, 2 for temperature, filter off: 37 ms (3.9.2), and noise in the last bits of both.
Faults   see drivers/air.py. A BMP388 (identity 0x50) has the same registers, but another noise and range: refused.

Fixed point: the formulas of 8.4..8.6 with the widths kept by `wide.mul`. Qn is a value * 2^n; t, the temperature in degrees
as Q16, is checked to lie in -40..85 before it is used, so |t| < 2^23. Every product's factors stay below 2^28.

    t   d T2/2^30 + d^2 T3/2^48, d = ut - 2^8 T1
    p   8 P5 + t P6/2^6 + t^2 P7/2^8 + t^3 P8/2^15
        + up ((P1 - 2^14)/2^20 + t (P2 - 2^14)/2^29 + t^2 P3/2^32 + t^3 P4/2^37)
        + up^2 (P9 + t P10)/2^48 + up^3 P11/2^65

Source: BMP390 datasheet BST-BMP390-DS002-07 rev 1.7: 3.9.2 times, 4.3 registers, 8 (appendix A) formulas.
"""

import struct

from drivers.air import AirSensor, plausible
from drivers.registers import Registers
from drivers.wide import mul
from micropython import const

_ID = const(0x00)
_STATUS = const(0x03)
_DATA = const(0x04)
_PWR_CTRL = const(0x1B)  # followed by OSR, ODR and CONFIG
_OSR = const(0x1C)
_CONFIG = const(0x1F)
_CALIB = const(0x31)
_BMP390 = const(0x60)
_BOTH = const(0x03)  # of PWR_CTRL: temperature and pressure on, asleep
_FORCED = const(0x10)
_OVERSAMPLING = const(0x0C)  # pressure 2^4, temperature 2^1
_READY = const(0x60)  # of STATUS: both results are there
_COLDEST = const(-2621440)  # -40, Q16
_HOTTEST = const(5570560)  # 85
_LEAST_PA = const(30000)
_MOST_PA = const(125000)


class BMP390(AirSensor):
    """The chip at `address` of an open I2C bus, which `free` frees when it is held."""

    def __init__(self, i2c, address: int = 0x77, free=None) -> None:
        super().__init__(Registers(i2c, address), 6, free)
        self._control = bytearray(5)

    def _configure(self) -> bool:
        registers = self.registers
        if registers.get(_ID) != _BMP390:
            return False
        data, again = bytearray(21), bytearray(21)
        registers.read(_CALIB, data)
        if not plausible(data) or not registers.same(_CALIB, data, again):
            return False
        self._t = struct.unpack_from("<HHb", data)
        self._p = struct.unpack_from("<hhbbHHbbhbb", data, 5)
        if not self._t[1]:
            return False
        registers.set(_CONFIG, 0)
        registers.set(_OSR, _OVERSAMPLING)
        registers.set(_PWR_CTRL, _BOTH)
        return True

    def _start(self) -> bool:
        control = self._control
        self.registers.read(_PWR_CTRL, control)
        if control[0] != _BOTH or control[1] != _OVERSAMPLING or control[4]:
            return False
        self.registers.set(_PWR_CTRL, _BOTH | _FORCED)
        return True

    def _ready(self) -> bool:
        return self.registers.get(_STATUS) & _READY == _READY

    def _take(self) -> bool:
        self.registers.read(_DATA, self._raw)
        return True

    def _count(self, at: int) -> int:
        raw = self._raw
        return raw[at + 2] << 16 | raw[at + 1] << 8 | raw[at]

    def _convert(self) -> bool:
        t = self._temperature(self._count(3))
        if not _COLDEST <= t <= _HOTTEST:
            return False
        pa16 = self._pressure(self._count(0), t)
        if not _LEAST_PA * 16 <= pa16 <= _MOST_PA * 16:
            return False
        self.temp_c100 = (t * 25 + 8192) >> 14
        self.press_pa = (pa16 + 8) >> 4
        return True

    # A frame of more than 11 slots, locals and stack, would come from the heap: so few names, and short sums.

    def _temperature(self, d: int) -> int:
        """Degrees, Q16, of a count."""
        t = self._t
        d -= t[0] << 8  # |d| < 2^24
        return mul(d, t[1], 14) + mul(mul(d, d, 21), t[2] << 3, 14)

    def _pressure(self, up: int, t: int) -> int:
        """Pa * 16, of a count and a temperature."""
        t2 = mul(t, t, 20)  # Q12, < 2^25
        t3 = mul(t2, t, 20)  # Q8, < 2^28
        t2, t3 = self._slope(t, t2, t3), self._offset(t, t2, t3)
        t3 += mul(up, t2, 26)
        t2 = mul(up, up, 21)
        return t3 + self._bend(t2, up, t)

    def _offset(self, t: int, t2: int, t3: int) -> int:
        """The terms without up, Pa * 16."""
        p = self._p
        t = (p[4] << 7) + mul(p[5], t, 18)
        t += mul(p[6], t2, 16)
        return t + mul(p[7], t3, 19)

    def _slope(self, t: int, t2: int, t3: int) -> int:
        """What up is multiplied by, Q30, < 2^26."""
        p = self._p
        t = ((p[0] - 16384) << 10) + mul(p[1] - 16384, t, 15)
        t += mul(p[2], t2, 14)
        return t + mul(p[3], t3, 15)

    def _bend(self, square: int, up: int, t: int) -> int:
        """The terms with up^2 and up^3, Pa * 16; `square` is up^2/2^21, < 2^27."""
        p = self._p
        t = (p[8] << 12) + mul(p[9] << 10, t, 14)  # Q12, < 2^28
        up = mul(mul(square, up, 24), p[10], 16)
        return up + mul(square, t, 35)
