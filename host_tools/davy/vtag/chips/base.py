"""What every chip model shares: its faults, and the two kinds of wires it can hang on."""

from dataclasses import dataclass
from typing import Protocol


class Nak(Exception):
    """The chip does not acknowledge: the bus reports ENODEV to the tag."""


class Faults:
    """Named faults that a test or a scenario switches on and off; `known` lists what the model understands."""

    def __init__(self, *known: str) -> None:
        self.known = frozenset(known)
        self._on: dict[str, float] = {}

    def set(self, name: str, value: float = 1.0) -> None:
        """Switch a fault on; `value` is its size where it has one (noise, drift)."""
        if name not in self.known:
            raise ValueError(f"unknown fault '{name}': this chip knows {', '.join(sorted(self.known)) or 'none'}")
        self._on[name] = value

    def clear(self, name: str | None = None) -> None:
        """Switch one fault off, or all of them."""
        if name is None:
            self._on.clear()
        else:
            self._on.pop(name, None)

    def __contains__(self, name: str) -> bool:
        return name in self._on

    def value(self, name: str) -> float:
        """Size of a fault, 0.0 while it is off."""
        return self._on.get(name, 0.0)


class Chip(Protocol):
    """A part on the board: powered up at `reset`, wrong in the ways `faults` says."""

    faults: Faults

    def reset(self, t_us: int) -> None:
        """Power has just come up."""


class I2cChip(Chip, Protocol):
    """A register-level chip on an I2C bus. Raise `Nak` to not acknowledge."""

    address: int

    def write(self, data: bytes, t_us: int) -> None:
        """Bytes after the address of a write transfer."""

    def read(self, n: int, t_us: int) -> bytes:
        """Answer a read transfer of `n` bytes."""
        ...


class Addressed:
    """The bus side of a chip whose transfers begin with a register's address. It has `_access` (before each transfer), `_point`,
    `_set`, `_get`, and `_step` to the next register."""

    _pointer = 0

    def write(self, data: bytes, t_us: int) -> None:
        """A write transfer: the address, then values of registers."""
        self._access(t_us)
        if not data:
            return
        self._point(data[0])
        for value in data[1:]:
            self._set(self._pointer, value, t_us)
            self._step()

    def read(self, n: int, t_us: int) -> bytes:
        """A read transfer, from that address on."""
        self._access(t_us)
        answer = bytearray()
        for _ in range(n):
            answer.append(self._get(self._pointer))
            self._step()
        return bytes(answer)

    def _point(self, address: int) -> None:
        self._pointer = address & 0x7F

    def _access(self, t_us: int) -> None:
        raise NotImplementedError

    def _set(self, register: int, value: int, t_us: int) -> None:
        raise NotImplementedError

    def _get(self, register: int) -> int:
        raise NotImplementedError

    def _step(self) -> None:
        raise NotImplementedError


@dataclass(frozen=True)
class SpiAddress:
    """How a register chip takes the first byte of an SPI transfer, and in which clock modes (2 * polarity + phase)."""

    read: int = 0x80
    burst: int = 0  # bit that makes the address increment; 0: it always does
    i2c_burst: int = 0  # the bit of the sub-address that does so on I2C; 0: it always does
    modes: tuple[int, ...] = (0, 3)


class SpiChip(I2cChip, Protocol):
    """A register-level chip that can be wired to SPI as well; what goes wrong there reads 0xFF."""

    spi: SpiAddress


class SelectedChip(Chip, Protocol):
    """A chip that is only on SPI and goes by its select pin; what goes wrong there reads 0xFF."""

    modes: tuple[int, ...]  # clock modes, 2 * polarity + phase

    def select(self, on: bool, t_us: int) -> None:
        """The select pin falls or rises."""

    def exchange(self, data: bytes, t_us: int) -> bytes:
        """Bytes while it is selected, and as many back."""
        ...


class UartChip(Chip, Protocol):
    """A byte-level chip at the far end of a serial line."""

    def receive(self, data: bytes, t_us: int) -> None:
        """Bytes from the tag."""

    def transmit(self, t_us: int) -> bytes:
        """All bytes sent since the last call."""
        ...
