"""Pins of the virtual chip: levels and interrupts, pulses, voltages."""

import vport
import wire

_handlers = {}


class Pin:
    """One pin of the chip."""

    IN = 1
    OUT = 3
    OPEN_DRAIN = 7
    PULL_DOWN = 1
    PULL_UP = 2
    IRQ_RISING = 1
    IRQ_FALLING = 2

    def __init__(self, id: int, mode: int = -1, pull: int = -1, *, value: int = -1) -> None:
        self.id = id
        self.init(mode, pull, value=value)

    def init(self, mode: int = -1, pull: int = -1, *, value: int = -1) -> None:
        """Set direction, pull and (for an output) the first level."""
        vport.call(wire.PIN_INIT, self.id, (mode & 0xFF) | (pull & 0xFF) << 8 | (value + 1) << 16)

    def value(self, x=None):
        """The level, or set it."""
        if x is None:
            return vport.call(wire.PIN_GET, self.id)
        vport.call(wire.PIN_SET, self.id, 1 if x else 0)
        return None

    __call__ = value

    def on(self) -> None:
        """Level 1."""
        self.value(1)

    def off(self) -> None:
        """Level 0."""
        self.value(0)

    def irq(self, handler=None, trigger: int = IRQ_FALLING | IRQ_RISING) -> None:
        """Call `handler(pin)` soon after an edge; None switches it off."""
        _handlers[self.id] = (handler, self)
        vport.call(wire.PIN_IRQ, self.id, trigger if handler else 0)


def _run_handlers() -> None:
    while True:
        pin = vport.call(wire.PIN_PENDING)
        if pin < 0:
            return
        handler, obj = _handlers.get(pin, (None, None))
        if handler is not None:
            handler(obj)


vport.on_irq = _run_handlers


def number(pin) -> int:
    """Number of a pin, given as an object or as itself."""
    return pin.id if isinstance(pin, Pin) else pin


class PWM:
    """A pin that oscillates."""

    def __init__(self, dest, freq: int = 1000, duty_u16: int = 0) -> None:
        self._pin = number(dest)
        self._duty = bytearray(2)
        self._freq = freq
        self.duty_u16(duty_u16)

    def _set(self) -> None:
        vport.call(wire.PWM_SET, self._pin, self._freq, self._duty)

    def freq(self, hz: int) -> None:
        """Set the frequency."""
        self._freq = hz
        self._set()

    def duty_u16(self, duty: int) -> None:
        """Set the share of time at level 1, 65535 = always."""
        self._duty[0] = duty & 0xFF
        self._duty[1] = duty >> 8
        self._set()

    def deinit(self) -> None:
        """Stop."""
        self.duty_u16(0)


class ADC:
    """A pin's voltage."""

    ATTN_11DB = 3

    def __init__(self, pin, *, atten: int = ATTN_11DB) -> None:
        self._pin = number(pin)

    def read_uv(self) -> int:
        """Microvolts at the pin."""
        return vport.call(wire.ADC_READ, self._pin)

    def read_u16(self) -> int:
        """Raw reading of a 3.3 V range."""
        return min(65535, self.read_uv() * 10 // 504)
