"""SPI buses of a virtual board: the chip whose select pin is low hears and answers.

Nothing on SPI is acknowledged. A bus that nobody drives reads 0xFF, and so does a chip that is not there, does not answer or
expects another clock mode; a broken wire may as well read 0x00 (`dead`).
"""

from collections.abc import Callable
from contextlib import suppress

from davy.vtag.chips.base import Nak, SelectedChip, SpiChip

_NOTHING = b"\xff"


class SpiFront:
    """The SPI side of a register chip: turns the bytes between two edges of its select pin into the transfers that its model
    knows from I2C, a sub-address and data. What is written takes effect when the pin rises."""

    def __init__(self, chip: SpiChip) -> None:
        self.chip = chip
        self.selected = False
        self._first: int | None = None  # byte of the transfer under way
        self._written = b""
        self._t_us = 0

    def select(self, level: int) -> None:
        """The select pin moves."""
        if level and self.selected and self._written:
            with suppress(Nak):  # nobody is told
                self.chip.write(self._sub_address() + self._written, self._t_us)
        self.selected = not level
        self._first = None
        self._written = b""

    def _sub_address(self) -> bytes:
        bits = self.chip.spi
        assert self._first is not None
        register = self._first & ~(bits.read | bits.burst) & 0xFF
        return bytes((register | (bits.i2c_burst if self._first & bits.burst else 0),))

    def exchange(self, data: bytes, mode: int, t_us: int) -> bytes:
        """Bytes from the tag, and as many back."""
        bits, n = self.chip.spi, len(data)
        if mode not in bits.modes or not data:
            return _NOTHING * n
        self._t_us = t_us
        answer = b""
        try:
            if self._first is None:
                self._first, data = data[0], data[1:]
                answer = _NOTHING
                if self._first & bits.read:
                    self.chip.write(self._sub_address(), t_us)
            if self._first & bits.read:
                answer += self._read(len(data), t_us)
            else:
                self._written += data
        except Nak:
            pass
        return answer.ljust(n, _NOTHING)

    def _read(self, n: int, t_us: int) -> bytes:
        bits = self.chip.spi
        assert self._first is not None
        if bits.burst and not bits.i2c_burst and not self._first & bits.burst:
            # On I2C the address of this chip always increments, here it was not asked to.
            answer = b""
            for _ in range(n):
                answer += self.chip.read(1, t_us)
                self.chip.write(self._sub_address(), t_us)
            return answer
        return self.chip.read(n, t_us) if n else b""


class CommandFront:
    """The SPI side of a chip that goes by its select pin itself: it wakes with one edge and takes a command with the other."""

    def __init__(self, chip: SelectedChip, clock: Callable[[], int]) -> None:
        self.chip = chip
        self.selected = False
        self._clock = clock

    def select(self, level: int) -> None:
        """The select pin moves."""
        if self.selected == bool(level):
            self.selected = not level
            self.chip.select(self.selected, self._clock())

    def exchange(self, data: bytes, mode: int, t_us: int) -> bytes:
        """Bytes from the tag, and as many back."""
        return self.chip.exchange(data, t_us) if mode in self.chip.modes else _NOTHING * len(data)


class SpiBus:
    """A bus with its chips by select pin; `dead` is what every byte reads as while its wires are broken, else None."""

    def __init__(self, sck: int, mosi: int, miso: int, freq_hz: int) -> None:
        self.pins = (sck, mosi, miso)
        self.freq_hz = freq_hz
        self.mode = 0
        self.chips: dict[int, SpiFront | CommandFront] = {}
        self.dead: int | None = None

    def cost_us(self, n: int) -> int:
        """Time on the wire of `n` bytes."""
        return n * 8 * 1_000_000 // self.freq_hz + 1

    def release(self) -> None:
        """The tag was reset: a resistor holds each select pin high."""
        for chip in self.chips.values():
            chip.select(1)

    def transfer(self, data: bytes, t_us: int) -> bytes:
        """Bytes out, as many in; two chips selected at once pull the wire low together."""
        if self.dead is not None:
            return bytes((self.dead,)) * len(data)
        answer = _NOTHING * len(data)
        for chip in self.chips.values():
            if chip.selected:
                answer = bytes(a & b for a, b in zip(answer, chip.exchange(data, self.mode, t_us), strict=True))
        return answer
