"""The wires of a virtual board: I2C buses, serial lines and pins, with the faults that wires have.

A stuck chip that holds SDA low makes every transfer time out, until enough clock pulses on SCL and a STOP release
it: exactly what the tag's bus recovery has to do.
"""

import errno
from collections.abc import Callable

from davy.vtag.chips.base import I2cChip, Nak, UartChip

IN, OUT, OPEN_DRAIN = 1, 3, 7
RISING, FALLING = 1, 2


class WireError(Exception):
    """A transfer failed; carries the errno that the tag sees."""

    def __init__(self, number: int) -> None:
        super().__init__(errno.errorcode.get(number, str(number)))
        self.number = number


class I2cBus:
    """A bus with its chips; `hold_clocks` > 0: a chip holds SDA low until that many clock pulses have come."""

    def __init__(self, scl: int, sda: int, freq_hz: int) -> None:
        self.scl = scl
        self.sda = sda
        self.freq_hz = freq_hz
        self.chips: dict[int, I2cChip] = {}
        self.hold_clocks = 0
        self.transfers = 0
        self._scl_level = 1

    def cost_us(self, n: int) -> int:
        """Time on the wire of a transfer with `n` bytes beside the address."""
        return (n + 1) * 9 * 1_000_000 // self.freq_hz + 1

    def _chip(self, address: int) -> I2cChip:
        self.transfers += 1
        if self.hold_clocks > 0:
            raise WireError(errno.ETIMEDOUT)
        chip = self.chips.get(address)
        if chip is None or "nak" in chip.faults:
            raise WireError(errno.ENODEV)
        return chip

    def write(self, address: int, data: bytes, t_us: int) -> None:
        """One write transfer."""
        try:
            self._chip(address).write(data, t_us)
        except Nak:
            raise WireError(errno.ENODEV) from None

    def read(self, address: int, n: int, t_us: int) -> bytes:
        """One read transfer."""
        try:
            return self._chip(address).read(n, t_us)
        except Nak:
            raise WireError(errno.ENODEV) from None

    def drive_scl(self, level: int) -> None:
        """The tag moves SCL by hand (bus recovery): a held SDA counts the rising edges."""
        if level and not self._scl_level and self.hold_clocks > 0:
            self.hold_clocks -= 1
        self._scl_level = level

    def sda_level(self) -> int:
        """SDA as the tag's pin reads it while nobody transfers."""
        return 0 if self.hold_clocks > 0 else 1


class Uart:
    """A serial line to one chip; bytes that nobody reads are lost past 256, as in a small receive buffer."""

    def __init__(self) -> None:
        self.chip: UartChip | None = None
        self._received = bytearray()

    def write(self, data: bytes, t_us: int) -> None:
        """From the tag to the chip."""
        if self.chip is not None:
            self.chip.receive(data, t_us)

    def waiting(self, t_us: int) -> int:
        """Bytes in the tag's receive buffer."""
        if self.chip is not None:
            self._received += self.chip.transmit(t_us)
            del self._received[256:]
        return len(self._received)

    def read(self, n: int, t_us: int) -> bytes:
        """Take at most `n`."""
        self.waiting(t_us)
        data = bytes(self._received[:n])
        del self._received[:n]
        return data


class Pins:
    """Levels, directions and interrupts of the tag's pins. `inputs` gives the outside level of a pin, where
    something drives it."""

    def __init__(self) -> None:
        self.inputs: dict[int, Callable[[int], int]] = {}
        self.watchers: dict[int, Callable[[int], None]] = {}
        self.mode: dict[int, int] = {}
        self.level: dict[int, int] = {}
        self.pull: dict[int, int] = {}
        self._irq: dict[int, tuple[int, int]] = {}  # pin -> trigger, last level seen
        self.pending: list[int] = []

    def reset(self) -> None:
        """After a reset every pin is an input again."""
        for table in (self.mode, self.level, self.pull, self._irq):
            table.clear()
        self.pending.clear()

    def init(self, pin: int, mode: int, pull: int, value: int) -> None:
        """Direction, pull (255: none) and first level (-1: none)."""
        if mode != 255:
            self.mode[pin] = mode
        self.pull[pin] = pull
        if value >= 0:
            self.drive(pin, value)

    def drive(self, pin: int, level: int) -> None:
        """The tag sets an output."""
        self.level[pin] = level
        if pin in self.watchers:
            self.watchers[pin](level)

    def read(self, pin: int, t_us: int) -> int:
        """Level on the wire: an open drain is low when either side pulls it low."""
        outside = self.inputs[pin](t_us) if pin in self.inputs else (0 if self.pull.get(pin) == 1 else 1)
        mode = self.mode.get(pin, IN)
        if mode == OUT:
            return self.level.get(pin, 0)
        if mode == OPEN_DRAIN:
            return outside & self.level.get(pin, 1)
        return outside

    def watch(self, pin: int, trigger: int, t_us: int) -> None:
        """Interrupt on the edges in `trigger`; 0 switches it off."""
        if trigger:
            self._irq[pin] = (trigger, self.read(pin, t_us))
        else:
            self._irq.pop(pin, None)

    def watched(self, pin: int) -> bool:
        """Whether the tag wants to be told of edges."""
        return pin in self._irq

    def scan(self, t_us: int) -> bool:
        """Look for edges since the last scan; True while an interrupt is pending."""
        for pin, (trigger, before) in self._irq.items():
            now = self.read(pin, t_us)
            if now != before:
                self._irq[pin] = (trigger, now)
                if trigger & (RISING if now else FALLING) and pin not in self.pending:
                    self.pending.append(pin)
        return bool(self.pending)
