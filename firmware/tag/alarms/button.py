"""The one button: edges and time become gestures.

    state   means                             next: PRESS   RELEASE       HELD (hold_s over)   STUCK (30 s over)
    UP      not pressed                             DOWN    -             -                    -
    DOWN    pressed                                 -       UP, SHORT     SPENT, LONG          -
    SPENT   pressed, the long press is told         -       UP            -                    STUCK
    STUCK   pressed far too long: a fault           -       UP            -                    -

A long press is told while the button is still down: help must not wait for the finger. `held_ms` is how long it has
been down.
"""

import ticks
from micropython import const

UP = const(0)
DOWN = const(1)
SPENT = const(2)
STUCK = const(3)

NONE = const(0)
SHORT = const(1)
LONG = const(2)

_STUCK_MS = const(30000)


class Button:
    """`edge` and `tick` return a gesture. `.since_ms` is when the button went down."""

    def __init__(self, hold_s: int) -> None:
        self._hold_ms = hold_s * 1000
        self.state = UP
        self.since_ms = 0
        self.held_ms = 0

    def edge(self, pressed: int, t_ms: int) -> int:
        """1 = pressed, 0 = released; a repeated edge changes nothing."""
        if pressed:
            if self.state == UP:
                self.state = DOWN
                self.since_ms = t_ms
            return NONE
        if self.state == UP:
            return NONE
        # A late release: the hold was over before anybody ticked.
        gesture = self.tick(t_ms)
        if self.state == DOWN:
            gesture = SHORT
        self.state = UP
        return gesture

    def tick(self, t_ms: int) -> int:
        """Let time pass."""
        if self.state == UP:
            return NONE
        self.held_ms = ticks.diff(t_ms, self.since_ms)
        if self.state == DOWN and self.held_ms >= self._hold_ms:
            self.state = SPENT
            return LONG
        if self.state == SPENT and self.held_ms >= _STUCK_MS:
            self.state = STUCK
        return NONE
