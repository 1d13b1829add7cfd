"""Bosch BME280 on I2C: temperature, pressure and relative humidity, in forced mode once a second.

Range    -40..85 degrees Celsius, 300..1100 hPa, 0..100 %. A shaft deeper than about 700 m below sea level has more than 1100
         hPa: fit a BMP390 there.
Speed    oversampling 1 everywhere, filter off: 9.3 ms at most (appendix B), and noise in the last bits of all three.
Faults   see drivers/air.py. The chip answers 0x80000 (0x8000) for a channel that was not measured: never a value.

Fixed point: the formulas of 8.1 with the widths kept by `wide.mul`. Qn is a value * 2^n; t_fine is 5120 a degree, checked
to lie in -40..85 before it is used, so |t_fine| < 2^19. Every product's factors stay below 2^28.

    t_fine   d T2/2^14 + d^2 T3/2^34, d = adc - 16 T1
    p0       N/D * 6250 with u = t_fine/2 - 64000, N = 2^20 - adc - (u^2 P6/2^29 + u P5/2^13 + 16 P4),
             D = P1 (1 + u^2 P3/2^53 + u P2/2^34)
    p        p0 + (p0^2 P9/2^31 + p0 P8/2^15 + P7)/16
    h0       (adc - 64 H4 - h H5/2^14) H2/2^16 (1 + h H6/2^26 (1 + h H3/2^26)), h = t_fine - 76800
    humidity h0 - h0^2 H1/2^19, kept to 0..100 %

Source: BME280 datasheet BST-BME280-DS002-15 rev 1.6: 4.2.2 trimming, 5.3 registers, 8.1 formulas, 9 (appendix B) times.
"""

import struct

from drivers.air import AirSensor, plausible
from drivers.registers import Registers
from drivers.wide import mul, ratio
from micropython import const

_ID = const(0xD0)
_CTRL_HUM = const(0xF2)  # followed by status, ctrl_meas, config
_STATUS = const(0xF3)
_CTRL_MEAS = const(0xF4)
_CONFIG = const(0xF5)
_DATA = const(0xF7)
_CALIB_LOW = const(0x88)
_CALIB_HIGH = const(0xE1)
_BME280 = const(0x60)
_ONCE = const(0x24)  # of ctrl_meas: temperature and pressure with oversampling 1, asleep
_FORCED = const(0x01)
_BUSY = const(0x09)  # of status: measuring, or copying the calibration
_COLDEST = const(-204800)  # t_fine: -40
_HOTTEST = const(435200)  # 85
_LEAST_PA = const(30000)
_MOST_PA = const(110000)


class BME280(AirSensor):
    """The chip at `address` of an open I2C bus, which `free` frees when it is held."""

    def __init__(self, i2c, address: int = 0x76, free=None) -> None:
        super().__init__(Registers(i2c, address), 8, free)
        self._control = bytearray(4)
        self._fine = 0

    def _configure(self) -> bool:
        registers = self.registers
        if registers.get(_ID) != _BME280 or registers.get(_STATUS) & _BUSY:
            return False
        low, high, again = bytearray(26), bytearray(7), bytearray(26)
        registers.read(_CALIB_LOW, low)
        registers.read(_CALIB_HIGH, high)
        if not (plausible(low) and plausible(high)):
            return False
        if not registers.same(_CALIB_LOW, low, again) or not registers.same(_CALIB_HIGH, high, again[:7]):
            return False
        self._t = struct.unpack_from("<Hhh", low)
        self._p = struct.unpack_from("<Hhhhhhhhh", low, 6)
        h2, h3, h4, h45, h5, h6 = struct.unpack("<hBbBbb", high)
        self._h = (low[25], h2, h3, h4 << 4 | h45 & 15, h5 << 4 | h45 >> 4, h6)
        if not (self._t[0] and self._p[0]):
            return False
        registers.set(_CONFIG, 0)
        registers.set(_CTRL_HUM, 1)  # in force with the next write to ctrl_meas
        registers.set(_CTRL_MEAS, _ONCE)
        return True

    def _start(self) -> bool:
        control = self._control
        self.registers.read(_CTRL_HUM, control)
        if control[0] != 1 or control[2] != _ONCE or control[3]:
            return False
        self.registers.set(_CTRL_MEAS, _ONCE | _FORCED)
        return True

    def _ready(self) -> bool:
        return not self.registers.get(_STATUS) & _BUSY

    def _take(self) -> bool:
        raw = self._raw
        self.registers.read(_DATA, raw)
        return self._count(0) != 0x80000 and self._count(3) != 0x80000 and raw[6] << 8 | raw[7] != 0x8000

    def _count(self, at: int) -> int:
        raw = self._raw
        return raw[at] << 12 | raw[at + 1] << 4 | raw[at + 2] >> 4

    def _convert(self) -> bool:
        fine = self._temperature(self._count(3))
        if not _COLDEST <= fine <= _HOTTEST:
            return False
        pa8 = self._pressure(self._count(0), fine - 128000)
        if not _LEAST_PA * 8 <= pa8 <= _MOST_PA * 8:
            return False
        self.temp_c100 = (fine * 5 + 128) >> 8
        self.press_pa = (pa8 + 4) >> 3
        self.humid_pct100 = self._humidity(self._raw[6] << 8 | self._raw[7], fine - 76800)
        return True

    # A frame of more than 11 slots, locals and stack, would come from the heap: so few names, and short sums.

    def _temperature(self, adc: int) -> int:
        """t_fine."""
        t = self._t
        adc -= t[0] << 4  # d, |d| <= 2^20
        return mul(adc, t[1], 14) + mul(mul(adc, adc, 14), t[2], 20)

    def _pressure(self, n: int, u: int) -> int:
        """Pa * 8, or -1; `n` is the count, `u` twice that of the formula, so |u| < 2^19."""
        p = self._p
        d = mul(u, u, 14)  # < 2^23
        n = (1048576 - n - (p[3] << 4)) << 4  # N, Q4
        n -= mul(d << 1, p[5], 14)
        n -= mul(u << 4, p[4], 14)
        d = mul(d, p[2], 15) + mul(u << 5, p[1], 14)  # D without P1 and 1, Q26
        d = (p[0] << 10) + mul(d, p[0], 16)  # D, Q10, < 2^27
        if not 0 <= n < d:
            return -1
        n = mul(ratio(n, d), 3200000, 24)  # p0 * 8: 6250 * 2^10/2^4 * 8
        if n > 1200000:  # 150 kPa: what follows would not fit
            return -1
        d = mul(mul(n, n, 14), p[8], 24) + (p[6] >> 1)
        return n + d + mul(n, p[7], 19)

    def _humidity(self, x: int, h: int) -> int:
        """% * 100; `x` is the count, |h| < 2^19."""
        c = self._h
        x = (x << 6) - (c[3] << 12)
        x -= mul(h << 6, c[4], 14)  # Q6, < 2^24
        b = 1048576 + (c[2] * h >> 6)  # the inner bracket, Q20
        b = 1048576 + mul(c[5] * h, b, 26)  # the outer one, Q20
        x = mul(mul(x, c[1], 14), b, 20)  # h0, Q8
        x = max(0, min(51200, x))  # 200 %
        x -= mul(c[0] * x, x, 27)
        return max(0, min(10000, x * 100 >> 8))
