"""Analog Devices ADXL345 accelerometer on I2C or SPI, read in blocks out of its FIFO (stream mode).

Units    full resolution: 256 LSB/g in every range, so mg = digit * 125/32 = 3.90625 (table 1: 256 LSB/g typical). The chip has no
         high-pass. Its offset registers are kept at zero.
Ranges   +-8 and +-16 g. +-2 and +-4 g clip a fall and are refused.
FIFO     up to 33 samples: 32, and one at the output. Each is fetched by a transfer of its own, all six bytes at once, because the
         end of the transfer makes room for the next. 5 us must pass between two of them: the address on the wire takes longer
         on I2C up to 400 kHz and on SPI up to 1.6 MHz (the oldest data sheet said 1.5; the chip itself takes 5 MHz).
Force    self-test moves a living output, at 2.5 V by 0.2..2.1 g (x), -2.1..-0.2 g (y), 0.3..3.4 g (z), at 3.3 V by more. Below
         100 Hz it may be more or less than that; that it moves is all that is asked.
SPI      mode 3; address bit 7 reads, bit 6 increments. On I2C the address always increments.

Quality, repair and the look for a frozen output: `drivers.accelerometer`.

Checked against ADXL345 data sheet Rev. E (clock mode and speed: "SPI", table 10; self-test: tables 14, 15); the Linux driver
adxl345 (addresses, identity, ranges, rates, 3.9 mg in every range, bits 7 and 6); the data sheets of its siblings ADXL312 Rev. C
and ADXL344 Rev. 0, which name the same registers (FIFO modes, 33 samples, 5 us). Not seen: these pages of the ADXL345's own.
"""

from drivers import tally
from drivers.accelerometer import DEPTH, Accelerometer, connect
from micropython import const

_DEVID = const(0x00)
_BW_RATE = const(0x2C)
_DATA_FORMAT = const(0x31)
_DATAX0 = const(0x32)
_FIFO_CTL = const(0x38)
_FORCE = const(0x80)  # in DATA_FORMAT
_FULL = const(0x08)  # in DATA_FORMAT: full resolution

_OFSX = const(0x1E)
_POWER_CTL = const(0x2D)
_FIFO_STATUS = const(0x39)
_ID = const(0xE5)
_SPI_INCREMENT = const(0x40)
_STREAM = const(0x80)
_MEASURE = const(0x08)
_MOST = const(33)
_NO_OFFSETS = const(b"\x00\x00\x00\x00")  # OFSX, OFSY, OFSZ, and DUR, which is not used

ODR = {25: 0x08, 50: 0x09, 100: 0x0A, 200: 0x0B, 400: 0x0C}  # Hz -> BW_RATE, in normal power
RANGES = {8: 0x02, 16: 0x03}  # g -> DATA_FORMAT


class ADXL345(Accelerometer):
    """The chip `at` an address of an open I2C bus, or at a select pin of an open SPI bus.

    Raises ValueError for a rate, range or axes it cannot have, never for a bus fault.
    """

    def __init__(
        self, bus, at=0x53, axes=("x", "y", "z"), odr_hz: int = 100, full_scale_g: int = 16, watermark: int = 10
    ) -> None:
        if odr_hz not in ODR:
            raise ValueError("adxl345: odr_hz")
        if full_scale_g not in RANGES:
            raise ValueError("adxl345: full_scale_g is 8 or 16, less clips a fall")
        # BW_RATE, POWER_CTL, INT_ENABLE, INT_MAP: no interrupt, the tag polls
        self._config = bytes((ODR[odr_hz], _MEASURE, 0, 0))
        self._format = _FULL | RANGES[full_scale_g]
        self._scratch = bytearray(4)
        super().__init__(connect(bus, at, (0, _SPI_INCREMENT)), axes, odr_hz, (125, 5), full_scale_g, watermark)

    def _slot(self, view, n: int):
        return view[6 * n : 6 * n + 6]  # `_views[n]` is the place of sample n alone

    def _configure(self) -> bool:
        registers = self.registers
        if registers.get(_DEVID) != _ID:
            return False
        registers.set(_POWER_CTL, 0)  # standby, as the data sheet wants it while the rest is set
        registers.set(_FIFO_CTL, 0)  # bypass: empties the FIFO
        registers.write(_OFSX, _NO_OFFSETS)
        registers.set(_DATA_FORMAT, self._format)
        registers.set(_FIFO_CTL, _STREAM | self.watermark)
        registers.write(_BW_RATE, self._config)
        return True

    def _good(self) -> bool:
        registers = self.registers
        return (
            registers.same(_BW_RATE, self._config, self._scratch)
            and registers.same(_OFSX, _NO_OFFSETS, self._scratch)
            and registers.get(_DATA_FORMAT) == self._format
            and registers.get(_FIFO_CTL) == _STREAM | self.watermark
        )

    def _count(self) -> int:
        n = self.registers.get(_FIFO_STATUS) & 0x7F  # bit 7: the trigger, not used
        if n > _MOST:
            return -1
        if n >= DEPTH:
            self.overruns = tally.more(self.overruns)
        return n

    def _take(self, n: int) -> int:
        for i in range(n):
            self.registers.read(_DATAX0, self._views[i])
        return n

    def _switch(self, on: bool) -> None:
        self.registers.set(_DATA_FORMAT, self._format | (_FORCE if on else 0))
