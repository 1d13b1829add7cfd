"""A push button, debounced: what counts is a level that has stood still for 30 ms.

    level read                                    then
    as the accepted state                         nothing is pending
    other, new                                    pending since now
    other, pending for 30 ms                      accepted: an edge
    pressed, accepted for more than 60 s          `stuck` until it is released

Poll it at least every 30 ms. A button that is held at power-up gives a press.
"""

import ticks
from drivers import tally
from micropython import const

PRESSED = const(1)
RELEASED = const(0)
NONE = const(-1)

_STABLE_MS = const(30)
_STUCK_MS = const(60000)


class Button:
    """The button on an open input `pin`; pressed means low unless `active_low` is False."""

    def __init__(self, pin, active_low: bool = True) -> None:
        self._pin = pin
        self._invert = 1 if active_low else 0
        self._accepted = RELEASED
        self._pending = False
        self._since_ms = 0  # of the pending level
        self._pressed_ms = 0
        self.stuck = False
        self.errors = 0

    def poll(self, t_ms: int) -> int:
        """PRESSED or RELEASED at that edge, else NONE."""
        try:
            level = (1 if self._pin.value() else 0) ^ self._invert
        except OSError:
            self.errors = tally.more(self.errors)
            return NONE
        if level == self._accepted:
            self._pending = False
            if level == PRESSED and not self.stuck:
                self.stuck = ticks.diff(t_ms, self._pressed_ms) > _STUCK_MS
            return NONE
        if not self._pending:
            self._pending = True
            self._since_ms = t_ms
            return NONE
        if ticks.diff(t_ms, self._since_ms) < _STABLE_MS:
            return NONE
        self._pending = False
        self._accepted = level
        self._pressed_ms = t_ms
        self.stuck = False
        return level
