"""When a reaction test is asked for, and what becomes of it: the light asks, a press begins it, any alarm ends it.

    state    means                                            next: ASK       PRESS     OVER     ALARM    DUE
    QUIET    nobody asks for anything                               ASKED     QUIET     QUIET    QUIET    QUIET
    ASKED    the light asks for a test, for a minute                ASKED     TESTING   ASKED    QUIET    QUIET
    TESTING  reaction.py measures; 90 s at most                     TESTING   TESTING   QUIET    QUIET    QUIET

    input    ASK    the gateway's order, or the index has risen
             PRESS  the button went down
             OVER   reaction.py has its five, or has given up who presses at random
             ALARM  any alarm is on: nobody plays then; while it lasts nothing is asked either
             DUE    the state's time is over

A press that belongs to a test means nothing else; a long one is an SOS as ever, and that is an alarm.
"""

import ticks
from micropython import const
from tag.fatigue.reaction import DONE, IDLE, Reaction

QUIET = const(0)
ASKED = const(1)
TESTING = const(2)

ASK = const(0)
PRESS = const(1)
OVER = const(2)
ALARM = const(3)
DUE = const(4)

# What has become of it
NOTHING = const(0)
FINISHED = const(1)
BROKEN = const(2)
UNANSWERED = const(3)

# TABLE[state][input] -> state
TABLE = (
    (ASKED, QUIET, QUIET, QUIET, QUIET),
    (ASKED, TESTING, ASKED, QUIET, QUIET),
    (TESTING, TESTING, QUIET, QUIET, QUIET),
)
_LASTS_MS = (0, 60000, 90000)


class Asking:
    """`ask`, `press` and `tick` it; `lit`: the test's light is on. Allocates nothing."""

    def __init__(self) -> None:
        self.state = QUIET
        self.reaction = Reaction()
        self._until_ms = 0

    @property
    def lit(self) -> bool:
        """Whether the light of a test that is going on is to be on."""
        return self.state == TESTING and self.reaction.light

    def ask(self, alarm: bool, t_ms: int) -> bool:
        """Ask the wearer for a test, unless an alarm is on; one that is going on goes on."""
        if alarm:
            return False
        self._step(ASK, t_ms)
        return True

    def press(self, alarm: bool, seed: int, t_ms: int) -> bool:
        """The button went down; True when that was for the test."""
        if alarm or self.state == QUIET:
            return False
        if self.state == ASKED:
            self.reaction.start(t_ms, seed)
        else:
            self.reaction.press(t_ms)
        self._step(PRESS, t_ms)
        return True

    def tick(self, alarm: bool, t_ms: int) -> int:
        """Time goes on: FINISHED, BROKEN or UNANSWERED when something has ended."""
        before = self.state
        if before == QUIET:
            return NOTHING
        if alarm:
            self._step(ALARM, t_ms)
            self.reaction.stop()
            return BROKEN
        if before == TESTING:
            self.reaction.tick(t_ms)
            state = self.reaction.state
            if state == DONE or state == IDLE:
                self._step(OVER, t_ms)
                return FINISHED if state == DONE else BROKEN
        # Far beyond the deadline: ticks cannot tell it from far before.
        if not -_LASTS_MS[before] <= ticks.diff(t_ms, self._until_ms) < 0:
            self._step(DUE, t_ms)
            self.reaction.stop()
            return UNANSWERED if before == ASKED else BROKEN
        return NOTHING

    def _step(self, symbol: int, t_ms: int) -> None:
        before = self.state
        self.state = TABLE[before][symbol]
        if self.state != before:
            self._until_ms = ticks.add(t_ms, _LASTS_MS[self.state])
