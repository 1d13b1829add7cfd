"""TDK InvenSense MPU-6050 (and MPU-6000 on I2C) as an accelerometer, read in blocks out of its FIFO; gyroscope and DMP sleep.

Units    mg = word * 125 / 256 at +-16 g (2048 digits a g), * 125 / 512 at +-8 g (PS-MPU-6000A table 6.2); high byte first.
Rate     1 kHz / (1 + _SMPLRT_DIV), behind a low-pass below half of it. It is as good as the chip's own oscillator, the only clock
         that runs while the gyroscope stands by: some percent, where the gyroscope's clock would have 1 (PS-MPU-6000A 7.15).
Force    the self-test moves a living output by some 340..920 mg (register map 4.1).
Polling  ten times a second is enough: 170 samples fit. INT is not needed.

The FIFO is a ring of bytes whose size is no multiple of 6: once it has run over, samples in it begin anywhere, and so they
do when a byte was lost. `_count` sees it by the overflow flag, by a count that is no multiple of 6 or by a FIFO too full to be
read in time; then the FIFO is emptied, and `overruns` counts it. So does a change of force empty it, because it may hold
more than one block from before.

Quality, repair and the look for a frozen output: `drivers.accelerometer`.

Checked against RM-MPU-6000A-00 Rev 4.2 (reset values: 3; rate divider: 4.2; ranges: 4.5; FIFO count and data: 4.30, 4.31) and
Rev 4.0 (all other registers, bit by bit); PS-MPU-6000A-00 Rev 3.4 (digits a g, factory trim +-14 %: 6.2; clocks: 7.15); the
Linux driver inv_mpu6050 (addresses, bits, own clock before the gyroscope sleeps). How to empty the FIFO: as that driver,
InvenSense's motion driver and ArduPilot do. Not checked: how far the chip's own oscillator is off (PS-MPU-6000A 6.6).
"""

from drivers import tally
from drivers.accelerometer import Accelerometer, connect
from micropython import const

_SMPLRT_DIV = const(0x19)  # then CONFIG, GYRO_CONFIG, ACCEL_CONFIG
_ACCEL_CONFIG = const(0x1C)
_INT_ENABLE = const(0x38)
_INT_STATUS = const(0x3A)
_FIFO_EN = const(0x23)
_USER_CTRL = const(0x6A)
_PWR_MGMT_1 = const(0x6B)
_PWR_MGMT_2 = const(0x6C)
_FIFO_COUNT_H = const(0x72)
_FIFO_R_W = const(0x74)
_WHO_AM_I = const(0x75)

_OVERFLOW = const(0x10)  # of INT_ENABLE and INT_STATUS
_ACCEL = const(0x08)  # of FIFO_EN
_FIFO_ON = const(0x40)  # of USER_CTRL
_I2C_OFF = const(0x10)
_FIFO_RESET = const(0x04)
_STANDBY_G = const(0x07)  # of PWR_MGMT_2
_FORCE = const(0xE0)
_ROOM = const(12)  # bytes: two samples may come between the count and the burst's end

ODR = {25: 5, 50: 4, 100: 3, 200: 2}  # Hz -> low-pass: 10, 21, 44, 94 Hz (MPU-6500: 10, 20, 41, 92)
RANGES = {8: (0x10, (125, 9)), 16: (0x18, (125, 8))}  # g -> ACCEL_CONFIG (its high-pass is off), mg per digit


class MPU6050(Accelerometer):
    """The chip `at` an address of an open I2C bus.

    Raises ValueError for a rate, range, axes or bus it cannot have, never for a bus fault.
    """

    IDS = (0x68,)
    FULL = 1024  # bytes of the FIFO
    SPI = False

    def __init__(
        self, bus, at=0x68, axes=("x", "y", "z"), odr_hz: int = 100, full_scale_g: int = 16, watermark: int = 10
    ) -> None:
        if odr_hz not in ODR or full_scale_g not in RANGES:
            raise ValueError("mpu6050: odr_hz or full_scale_g")
        spi = not isinstance(at, int)
        if spi and not self.SPI:
            raise ValueError("mpu6050: no spi")
        code, scale = RANGES[full_scale_g]
        self._config = self.settings(odr_hz, code)
        self._copy = bytearray(len(self._config))
        self._wanted = _FIFO_ON | (_I2C_OFF if spi else 0)  # of USER_CTRL
        self._buf = bytearray(2)
        self._spoke = False  # samples have come since the last overrun
        self.DROP = odr_hz // 10 + 1  # 0.1 s: 30 ms to wake up, and the low-pass
        super().__init__(connect(bus, at, (0, 0)), axes, odr_hz, scale, full_scale_g, watermark, 1)

    def settings(self, odr_hz: int, code: int):
        """What SMPLRT_DIV and the registers behind it hold; `code` is that of the range."""
        return bytes((1000 // odr_hz - 1, ODR[odr_hz], 0x00, code))

    def _configure(self) -> bool:
        registers = self.registers
        if registers.get(_WHO_AM_I) not in self.IDS:
            return False
        registers.set(_PWR_MGMT_1, 0)  # awake, on its own oscillator
        registers.set(_PWR_MGMT_2, _STANDBY_G)
        registers.write(_SMPLRT_DIV, self._config)
        registers.set(_INT_ENABLE, _OVERFLOW)
        self._discard()
        return True

    def _discard(self) -> None:
        """Empty the FIFO and let it run. What its overflow flag said is past.

        Nothing may be written to it meanwhile, and its reset works only when it is off already.
        """
        registers = self.registers
        off = self._wanted ^ _FIFO_ON
        registers.set(_FIFO_EN, 0)
        registers.set(_USER_CTRL, off)
        registers.set(_USER_CTRL, off | _FIFO_RESET)
        registers.set(_USER_CTRL, self._wanted)
        registers.set(_FIFO_EN, _ACCEL)
        registers.get(_INT_STATUS)

    def _good(self) -> bool:
        registers = self.registers
        return (
            registers.same(_SMPLRT_DIV, self._config, self._copy)
            and registers.get(_USER_CTRL) | _I2C_OFF == _FIFO_ON | _I2C_OFF  # that bit clears itself, some say
            and registers.get(_PWR_MGMT_1) == 0
            and registers.get(_PWR_MGMT_2) == _STANDBY_G
            and registers.get(_FIFO_EN) == _ACCEL
        )

    def _count(self) -> int:
        over = self.registers.get(_INT_STATUS) & _OVERFLOW
        buf = self._buf
        n = 0
        for _ in range(2):
            self.registers.read(_FIFO_COUNT_H, buf)  # the high byte first: it latches the low one
            n = buf[0] << 8 | buf[1]
            if n % 6 == 0:
                break  # else it may have been caught amid a sample
        if n > self.FULL:
            return -1
        if over or n % 6 or n > self.FULL - _ROOM:
            self.overruns = tally.more(self.overruns)
            self._discard()
            self._heard = self._spoke  # a sign of life, unless nothing else comes
            self._spoke = False
            return 0
        return n // 6

    def _take(self, n: int) -> int:
        self.registers.read(_FIFO_R_W, self._views[n])
        self._spoke = True
        return n

    def _switch(self, on: bool) -> None:
        self.registers.set(_ACCEL_CONFIG, self._config[3] | (_FORCE if on else 0))
        self._discard()
