"""STMicroelectronics LSM6DSO and LSM6DSOX as accelerometers on I2C or SPI, read in blocks out of their FIFO; the gyroscope sleeps.

Units    mg = digit * 0.488 at +-16 g, * 0.244 at +-8 g (DS12140 table 2), as 15991 / 2^15 and 7995 / 2^15, 13 and 60 ppm off.
Rate     what the chip has, and no other: 26, 52, 104, 208 Hz. There is no 100: `odr_hz` says 104, and a resampler makes 100 of it.
         Behind the chip's low-pass at half of it; its high-pass is off.
Force    the self-test moves a living output by 50..1700 mg (table 2).
SPI      mode 3, at most 10 MHz (4.4.1); I2C and I3C are switched off there.
Polling  ten times a second is enough: 512 samples fit. INT1 and INT2 are not needed.

The FIFO gives words of 7 bytes: a tag with the sensor in bits 7..3, then x, y, z, low byte first. A word that is not the
accelerometer's is left out and counted in `errors`. The FIFO drops its oldest word when it is full, so that it stays aligned.
Whether FIFO_OVR_IA tells of the first word lost or already of the last word that fits, ST's texts say both ways: it counts.
A change of force empties it, because it may hold more than one block from before.

Quality, repair and the look for a frozen output: `drivers.accelerometer`.

Checked against ST's driver lsm6dso-pid (address and bits of every register; codes of rate, batch rate, range, FIFO mode, self-test;
tags; identity); DS12140 Rev 2 (rates, self-test: table 2; words: 6.5.7); the Linux driver st_lsm6dsx (tag, FIFO); the datasheets of
the siblings LSM6DSR (10 MHz, modes 0 and 3) and IIS2ICLX DS13005 Rev 7 (reset values, 3 kbyte, flags, low-pass), which name the
same registers. That a burst goes on from 7Eh at 78h, ArduPilot has from the chip; no datasheet spells it out.
Not seen: AN5192, from where the 100 ms are.
"""

import micropython
from drivers import tally
from drivers.accelerometer import Accelerometer, connect
from micropython import const

_WHO_AM_I = const(0x0F)
_CTRL1_XL = const(0x10)  # to CTRL10_C
_CTRL3_C = const(0x12)
_CTRL5_C = const(0x14)
_FIFO_CTRL1 = const(0x07)  # watermark
_FIFO_CTRL2 = const(0x08)  # compression, stop at the watermark: none
_FIFO_CTRL3 = const(0x09)  # batch data rate
_FIFO_CTRL4 = const(0x0A)  # mode
_FIFO_STATUS1 = const(0x3A)
_FIFO_DATA_OUT_TAG = const(0x78)  # to 7Eh, from where a burst goes on here

_ID = const(0x6C)
_I2C_OFF = const(0x04)  # of CTRL4_C
_WHOLE = const(0x44)  # of CTRL3_C: bytes of an output belong together, addresses increment
_CONTINUOUS = const(0x06)
_OVERRUN = const(0x48)  # of FIFO_STATUS2: FIFO_OVR_IA now, or since it was last read
_ZERO = const(0x04)  # of FIFO_STATUS2, always 0
_WORDS = const(512)
_ACCEL = const(2)  # sensor of a tag
_FORCE = const(0x01)

ODR = {26: 2, 52: 3, 104: 4, 208: 5}  # Hz -> ODR_XL and BDR_XL
RANGES = {8: (0x0C, (7995, 15)), 16: (0x04, (15991, 15))}  # g -> FS_XL, mg per digit


def ptr8(buffer):
    """For CPython what viper's `ptr8` is on the tag, see `dsp.pointers`."""
    return buffer


@micropython.viper
def _collect(raw, n: int) -> int:
    """Move the samples of `n` words together at the begin of `raw`; return how many words were the accelerometer's."""
    p = ptr8(raw)
    good = 0
    at = 0
    end = 7 * n
    while at < end:
        if int(p[at]) >> 3 == _ACCEL:
            to = 6 * good
            i = 1
            while i < 7:
                p[to] = p[at + i]
                to += 1
                i += 1
            good += 1
        at += 7
    return good


class LSM6DSO(Accelerometer):
    """The chip `at` an address of an open I2C bus, or at a select pin of an open SPI bus.

    Raises ValueError for a rate, range or axes it cannot have, never for a bus fault.
    """

    SIZE = 7

    def __init__(
        self, bus, at=0x6A, axes=("x", "y", "z"), odr_hz: int = 104, full_scale_g: int = 16, watermark: int = 10
    ) -> None:
        if odr_hz not in ODR or full_scale_g not in RANGES:
            raise ValueError("lsm6dso: odr_hz or full_scale_g")
        code, scale = RANGES[full_scale_g]
        # CTRL1_XL: rate, range | gyroscope off | CTRL3_C | no I2C on SPI | no self-test | high performance |
        # - | CTRL8_XL: no high-pass | no I3C | -
        i2c = 0x00 if isinstance(at, int) else _I2C_OFF
        self._config = bytes((ODR[odr_hz] << 4 | code, 0, _WHOLE, i2c, 0, 0, 0, 0, 0xE2, 0))
        self._copy = bytearray(10)
        self._buf = bytearray(2)
        self._over = 0
        self.DROP = odr_hz // 10 + 1  # AN5192: 100 ms after a change of rate or force
        super().__init__(connect(bus, at, (0, 0)), axes, odr_hz, scale, full_scale_g, watermark)

    def _configure(self) -> bool:
        registers = self.registers
        if registers.get(_WHO_AM_I) != _ID:
            return False
        registers.set(_CTRL3_C, _WHOLE)  # first of all, or no burst works
        registers.set(_FIFO_CTRL4, 0)  # bypass: empties the FIFO
        registers.write(_CTRL1_XL, self._config)
        registers.set(_FIFO_CTRL1, self.watermark)
        registers.set(_FIFO_CTRL2, 0)
        registers.set(_FIFO_CTRL3, self._config[0] >> 4)
        registers.set(_FIFO_CTRL4, _CONTINUOUS)
        return True

    def _good(self) -> bool:
        registers = self.registers
        return (
            registers.same(_CTRL1_XL, self._config, self._copy)
            and registers.get(_FIFO_CTRL2) == 0
            and registers.get(_FIFO_CTRL3) == self._config[0] >> 4
            and registers.get(_FIFO_CTRL4) == _CONTINUOUS
        )

    def _count(self) -> int:
        buf = self._buf
        self.registers.read(_FIFO_STATUS1, buf)
        n = buf[0] | (buf[1] & 0x03) << 8
        if buf[1] & _ZERO or n > _WORDS:
            return -1
        over = buf[1] & _OVERRUN
        if over and not self._over:  # one that goes on until the first words are out is still the same
            self.overruns = tally.more(self.overruns)
        self._over = over
        return n

    def _take(self, n: int) -> int:
        self.registers.read(_FIFO_DATA_OUT_TAG, self._views[n])
        good = _collect(self._raw, n)
        self.errors = min(self.errors + n - good, tally.MAX)
        return good

    def _switch(self, on: bool) -> None:
        self.registers.set(_FIFO_CTRL4, 0)
        self.registers.set(_CTRL5_C, _FORCE if on else 0)
        self.registers.set(_FIFO_CTRL4, _CONTINUOUS)
