"""Registers of a chip on an SPI bus: the twin of `registers` for chips that are selected by a pin of their own.

The first byte of a transfer is the sub-address, with bit 7 set to read; all chips of the tag have it so. Nothing here allocates
after construction. A dead SPI bus raises nothing and reads 0x00 or 0xFF throughout: that the chip is there is for the driver to
doubt.
"""

from drivers.registers import Registers
from micropython import const

_READ = const(0x80)


class SpiRegisters(Registers):
    """The 8-bit registers of the chip that `select` (a pin, active low) selects; `burst` is or-ed to the sub-address when several
    are moved."""

    def __init__(self, spi, select, burst: int = 0) -> None:
        self._bus = spi
        self._select = select
        self._burst = burst
        self._first = bytearray(1)
        self._one = bytearray(1)
        select(1)

    def get(self, register: int) -> int:
        """Value of one register."""
        self._move(register | _READ, self._one, True)
        return self._one[0]

    def set(self, register: int, value: int) -> None:
        """Write one register."""
        self._one[0] = value & 0xFF
        self._move(register, self._one, False)

    def read(self, register: int, view) -> None:
        """Fill `view` (bytearray or memoryview) from consecutive registers."""
        self._move(register | _READ | self._burst, view, True)

    def write(self, register: int, values) -> None:
        """Write consecutive registers."""
        self._move(register | self._burst, values, False)

    def _move(self, first: int, view, reading: bool) -> None:
        self._first[0] = first
        self._select(0)
        try:
            self._bus.write(self._first)
            if reading:
                self._bus.readinto(view)
            else:
                self._bus.write(view)
        finally:
            self._select(1)
