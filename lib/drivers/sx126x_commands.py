"""The commands of an SX126x on SPI, and its registers through them: each with its own select, and only while BUSY is low.

    BUSY      high while the chip works on the command before, starts, or sleeps; OSError (ETIMEDOUT) when it stays so
    command   opcode, arguments; the answer comes in the same bytes: status in byte 1, what was asked for from byte 2 on
    register  two bytes of address, high byte first; read as byte 4

Only `exchange` allocates nothing, and no frame of its own either; its calls are cut small for that.
"""

from micropython import const

_LOOK_US = const(20)


class Commands:
    """The chip at `select` (a pin, active low) on an open `spi` in mode 0; it may be busy for `most_us`."""

    def __init__(self, spi, select, busy, sleep_us, most_us: int) -> None:
        self._spi = spi
        self._select = select
        self._busy = busy
        self._sleep_us = sleep_us
        self._most_us = most_us
        select(1)

    def busy(self) -> bool:
        """Whether the chip takes no command now."""
        return self._busy() != 0

    def wait(self, most_us: int) -> None:
        """Until the chip takes commands."""
        for _ in range(most_us // _LOOK_US):
            if not self._busy():
                return
            self._sleep_us(_LOOK_US)
        raise OSError(110)

    def wake(self) -> None:
        """A falling select wakes a chip that sleeps."""
        self._select(0)
        self._sleep_us(_LOOK_US)
        self._select(1)

    def exchange(self, buf) -> None:
        """The command in `buf`, where its answer is put."""
        self.wait(self._most_us)
        self._select(0)
        try:
            self._turn(buf)
        finally:
            self._select(1)

    def _turn(self, buf) -> None:
        self._spi.write_readinto(buf, buf)

    def move(self, buf, more, reading: bool) -> None:
        """The command in `buf`, and `more` bytes that follow it or come back."""
        self.wait(self._most_us)
        self._select(0)
        try:
            self._spi.write(buf)
            if reading:
                self._spi.readinto(more)
            else:
                self._spi.write(more)
        finally:
            self._select(1)

    def send(self, *values) -> bytearray:
        """A command of these bytes; the answer."""
        buf = bytearray(values)
        self.exchange(buf)
        return buf

    def get(self, register: int) -> int:
        """Value of a register."""
        return self.send(0x1D, register >> 8, register & 0xFF, 0, 0)[4]

    def set(self, register: int, value: int) -> None:
        """Write a register."""
        self.send(0x0D, register >> 8, register & 0xFF, value)
