"""Registers of a chip on an I2C bus: the one place where drivers read and write them.

Nothing here allocates after construction. A bus fault is an OSError: the driver that called turns it into a quality.
"""


class Registers:
    """The 8-bit registers of the chip at `address`; `burst` is or-ed to the sub-address when several are moved."""

    def __init__(self, i2c, address: int, burst: int = 0) -> None:
        self._i2c = i2c
        self._address = address
        self._burst = burst
        self._one = bytearray(1)

    def get(self, register: int) -> int:
        """Value of one register."""
        self._i2c.readfrom_mem_into(self._address, register, self._one)
        return self._one[0]

    def set(self, register: int, value: int) -> None:
        """Write one register."""
        self._one[0] = value & 0xFF
        self._i2c.writeto_mem(self._address, register, self._one)

    def read(self, register: int, view) -> None:
        """Fill `view` (bytearray or memoryview) from consecutive registers."""
        self._i2c.readfrom_mem_into(self._address, register | self._burst, view)

    def write(self, register: int, values) -> None:
        """Write consecutive registers."""
        self._i2c.writeto_mem(self._address, register | self._burst, values)

    def same(self, register: int, values, scratch) -> bool:
        """True when consecutive registers hold `values`; `scratch` is a buffer of the same length."""
        self.read(register, scratch)
        for i in range(len(values)):
            if scratch[i] != values[i]:
                return False
        return True
