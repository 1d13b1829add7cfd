"""STMicroelectronics LIS3DH accelerometer on I2C or SPI, read in blocks out of its FIFO (stream mode).

Units    the upper 12 bits of a word are the digit; mg = digit * 1, 2, 4, 12 at +-2, 4, 8, 16 g (datasheet table 4), in
         steps of 4, 8, 16, 48 mg, because the FIFO keeps ten bits only.
         For the same reason the chip runs in normal mode: high resolution would change nothing in the FIFO but the
         bandwidth, from ODR/2 to ODR/9 (table 10): 11 Hz at 100 Hz round off an impact.
Force    self-test moves a living output by 68..1440 mg (17..360 digits of 4 mg, table 4).
SPI      mode 3, at most 10 MHz (table 6); address bit 7 reads, bit 6 increments (6.2).

Quality, repair and the look for a frozen output: `drivers.accelerometer`.

Sources: LIS3DH datasheet DocID17530 Rev 2; AN3308; ten bits in the FIFO: ST, community.st.com "LIS3DHTR data length".
"""

from drivers import tally
from drivers.accelerometer import DEPTH, Accelerometer, connect
from micropython import const

_WHO_AM_I = const(0x0F)
_CTRL_REG1 = const(0x20)
_CTRL_REG4 = const(0x23)
_OUT_X_L = const(0x28)
_FIFO_CTRL = const(0x2E)
_FIFO_SRC = const(0x2F)
_ID = const(0x33)
_INCREMENT = const(0x80)  # of the sub-address, for transfers of several bytes
_SPI_INCREMENT = const(0x40)
_STREAM = const(0x80)
_OVERRUN = const(0x40)
_EMPTY = const(0x20)
_FORCE = const(0x02)

ODR = {1: 0x10, 10: 0x20, 25: 0x30, 50: 0x40, 100: 0x50, 200: 0x60, 400: 0x70}  # Hz -> CTRL_REG1
SCALE = {2: (0x00, 1), 4: (0x10, 2), 8: (0x20, 4), 16: (0x30, 12)}  # g -> CTRL_REG4, mg per digit


class LIS3DH(Accelerometer):
    """The chip `at` an address of an open I2C bus, or at a select pin of an open SPI bus.

    Raises ValueError for a rate, range or axes it cannot have, never for a bus fault.
    """

    def __init__(
        self, bus, at=0x19, axes=("x", "y", "z"), odr_hz: int = 100, full_scale_g: int = 16, watermark: int = 10
    ) -> None:
        if odr_hz not in ODR or full_scale_g not in SCALE:
            raise ValueError("lis3dh: odr_hz or full_scale_g")
        bits, mg_per_digit = SCALE[full_scale_g]
        # CTRL_REG1..5: rate and all axes | no high-pass | watermark on INT1 | block update and scale | FIFO on
        self._config = bytes((ODR[odr_hz] | 0x07, 0x00, 0x04, 0x80 | bits, 0x40))
        self._scratch = bytearray(5)
        registers = connect(bus, at, (_INCREMENT, _SPI_INCREMENT))
        # 4 bits of each word lie below the digit.
        super().__init__(registers, axes, odr_hz, (mg_per_digit, 4), full_scale_g, watermark)

    def _configure(self) -> bool:
        if self.registers.get(_WHO_AM_I) != _ID:
            return False
        self.registers.set(_FIFO_CTRL, 0)  # bypass: empties the FIFO
        self.registers.write(_CTRL_REG1, self._config)
        self.registers.set(_FIFO_CTRL, _STREAM | (self.watermark - 1))
        return True

    def _good(self) -> bool:
        return self.registers.same(_CTRL_REG1, self._config, self._scratch)

    def _count(self) -> int:
        source = self.registers.get(_FIFO_SRC)
        if source & _EMPTY and source != _EMPTY:
            return -1
        if source & _OVERRUN:
            self.overruns = tally.more(self.overruns)
            return DEPTH  # the counter says 31 of 32
        return source & 0x1F

    def _take(self, n: int) -> int:
        self.registers.read(_OUT_X_L, self._views[n])
        return n

    def _switch(self, on: bool) -> None:
        self.registers.set(_CTRL_REG4, self._config[3] | (_FORCE if on else 0))
