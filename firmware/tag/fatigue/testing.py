"""The reaction tests of a shift: when the wearer is asked, what the last one says to the index, and what is normal for him.

A test is that of asking.py and reaction.py, on the button and the light. While any alarm is on there is none, and an alarm breaks
one off. Its part of the index counts for an hour. It is believed 50 of 100, less 10 for each early press, against a median of this
wearer rested. Rested is who was tested in the first two hours of a shift below WATCH: the first such median, then a quarter of each
that is no slower than 140 %, and three quarters of those before.
"""

from micropython import const
from tag.events import OCCASION_BROKEN, OCCASION_TEST, OCCASION_UNANSWERED
from tag.fatigue.asking import ASKED, FINISHED, NOTHING, QUIET, UNANSWERED, Asking
from tag.fatigue.index import NONE, REACTION, WATCH, reaction_part

_AGAIN_MIN = const(30)
_TEST_MIN = const(60)
_FRESH_MIN = const(120)
_QUICK = const(20)  # points: 140 % of the rested time
_TESTED = const(50)
_EARLY = const(10)
_SLOWEST_MS = const(2000)
_TOP = const(65535)

# What is to be shown while no alarm is
CALM = const(0)
ASKS = const(1)
DARK = const(2)
LIT = const(3)


class Testing:
    """`alarms` is the engine's, `index` takes the part. Minutes are those since the wearer has begun to work."""

    def __init__(self, alarms, index) -> None:
        self._alarms = alarms
        self._index = index
        self.asking = Asking()
        self.rested_ms = 0  # this wearer's reaction time; 0: not known
        self.restart()

    def restart(self) -> None:
        """A shift begins."""
        self._asked_min = 0
        self._tested_min = 0
        self.reaction_ms = 0  # of the last test, 0: none
        self.misses = 0

    def keep(self, keeping) -> None:
        """To or from flash."""
        self.rested_ms = keeping.number(self.rested_ms, 0, _SLOWEST_MS)
        self.reaction_ms = keeping.number(self.reaction_ms, 0, _SLOWEST_MS)
        self.misses = keeping.number(self.misses, 0, 5)
        self._tested_min = keeping.number(self._tested_min, 0, _TOP)

    @property
    def shows(self) -> int:
        """CALM, or what a test wants shown."""
        state = self.asking.state
        if state == QUIET:
            return CALM
        return ASKS if state == ASKED else LIT if self.asking.lit else DARK

    def ask(self, minutes: int, t_ms: int) -> bool:
        """Somebody wants a test; False while an alarm is on."""
        if not self.asking.ask(self._alarmed(), t_ms):
            return False
        self._asked_min = minutes
        return True

    def again(self, minutes: int) -> bool:
        """Whether the last question was long ago."""
        return minutes - self._asked_min >= _AGAIN_MIN

    def press(self, seed: int, t_ms: int) -> bool:
        """The button went down; True when that was for a test."""
        return self.asking.state != QUIET and self.asking.press(self._alarmed(), seed, t_ms)

    def tick(self, minutes: int, t_ms: int) -> int:
        """Time passes; the OCCASION_ that a test has ended with, 0: none."""
        return self._step(self._alarmed(), minutes, t_ms) if self.asking.state != QUIET else 0

    def break_off(self, minutes: int, t_ms: int) -> int:
        """As `tick`, and a test that goes on is over."""
        return self._step(True, minutes, t_ms)

    def minute(self, minutes: int) -> None:
        """An hour after a test it says nothing any more."""
        if minutes - self._tested_min > _TEST_MIN:
            self._index.set(REACTION, NONE, 0)

    def _alarmed(self) -> bool:
        return self._alarms.highest() > 0

    def _step(self, broken: bool, minutes: int, t_ms: int) -> int:
        outcome = self.asking.tick(broken, t_ms)
        if outcome == NOTHING:
            return 0
        if outcome != FINISHED:
            return OCCASION_UNANSWERED if outcome == UNANSWERED else OCCASION_BROKEN
        self._judge(self.asking.reaction, minutes)
        return OCCASION_TEST

    def _judge(self, reaction, minutes: int) -> None:
        fresh = minutes < _FRESH_MIN and self._index.level < WATCH
        ms = self.reaction_ms = reaction.median_ms
        self.misses = reaction.misses
        self._tested_min = minutes
        if not self.rested_ms and fresh and ms < _SLOWEST_MS:
            self.rested_ms = ms
        if self.rested_ms:
            part = reaction_part(reaction.per_cent(self.rested_ms))
            self._index.set(REACTION, part, _TESTED - _EARLY * reaction.early)
            if part < _QUICK and fresh:
                self.rested_ms += (ms - self.rested_ms) // 4
