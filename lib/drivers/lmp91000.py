"""Texas Instruments LMP91000 potentiostat on I2C: sets up and checks the amplifier of one electrochemical cell.

All of them answer at address 0x48. Which one is meant is told by its pin MENB, active low: it is low during a transfer and
high at all other times, so that a write reaches one chip only. While it is high the amplifier works on.

Output   VOUT = zero + R * i: `zero` 20, 50 or 67 % of the reference voltage, R the transimpedance, i the current that flows out of
         the pin WE. A gas that is oxidised (CO, H2S, SO2, NH3) makes VOUT rise, one that is reduced (NO2, O2) makes it fall.
Lock     TIACN and REFCN are written between LOCK = 0 and LOCK = 1. After power-on the chip is locked and in deep sleep, so
         `good` sees a brown-out by any of the four registers. Reserved bits read as anything: masked.
Cell     `step(True)` moves the bias to its neighbour (0 to 1 % of the reference): a cell answers with the current that charges its
         electrodes, a socket without a cell with nothing.
Bus      standard mode only: 100 kHz.

Sources: LMP91000 datasheet SNAS506I 7.5 "Programming", 7.6 "Registers Maps", "Sensor Test Procedure"; TI SNOA922 1.1.1 (sign).
"""

from drivers.registers import Registers
from micropython import const

ADDRESS = const(0x48)
_STATUS = const(0x00)
_LOCK = const(0x01)
_TIACN = const(0x10)
_REFCN = const(0x11)
_MODECN = const(0x12)
_AMPEROMETRIC = const(0x03)


class LMP91000:
    """The chip that the pin `enable` selects; `tiacn` and `refcn` are its two registers. Does nothing before `configure`: by
    then the pins of all others must be high too.

    All methods may raise OSError and leave the chip deselected.
    """

    def __init__(self, i2c, enable, tiacn: int, refcn: int) -> None:
        self._registers = Registers(i2c, ADDRESS)
        self._enable = enable
        self._tiacn = tiacn
        self._refcn = refcn
        self.stepped = False
        enable.value(1)

    def configure(self) -> bool:
        """Set the chip up; False when it is not ready, does not keep what is written, or is not alone at its address."""
        try:
            self._registers.get(_STATUS)
            return False  # somebody answers though no chip is selected
        except OSError:
            pass
        self.stepped = False
        self._enable.value(0)
        try:
            if not self._registers.get(_STATUS) & 1:
                return False
            self._registers.set(_LOCK, 0)
            self._registers.set(_TIACN, self._tiacn)
            self._registers.set(_REFCN, self._refcn)
            self._registers.set(_LOCK, 1)
            self._registers.set(_MODECN, _AMPEROMETRIC)
        finally:
            self._enable.value(1)
        return self.good()

    def good(self) -> bool:
        """The chip still holds what was written."""
        self._enable.value(0)
        try:
            return (
                self._registers.get(_LOCK) & 1 == 1
                and self._registers.get(_TIACN) & 0x1F == self._tiacn
                and self._registers.get(_REFCN) == self._refcn ^ self.stepped
                and self._registers.get(_MODECN) & 0x87 == _AMPEROMETRIC
            )
        finally:
            self._enable.value(1)

    def step(self, on: bool) -> None:
        """Move the bias to its neighbour, or back."""
        self._enable.value(0)
        try:
            self._registers.set(_LOCK, 0)
            self._registers.set(_REFCN, self._refcn ^ on)
            self._registers.set(_LOCK, 1)
            self.stepped = on
        finally:
            self._enable.value(1)
