"""A reaction test on the button: five times the light comes on after an uncertain wait, and the wearer presses.

    state    means                                       next: START     PRESS                DUE
    IDLE     no test, or one that was not finished             WAITING   IDLE                 -
    WAITING  dark for 2 to 6 s, nobody knows how long          WAITING   WAITING anew, early  GO
    GO       the light is on; a press is measured              WAITING   WAITING, or DONE     WAITING, or DONE: a miss, 2 s
    DONE     five were measured: `median_ms`                   WAITING   DONE                 -

The fourth early press ends it in IDLE: who presses at random measures nothing. So a test lasts 40 s at most, but for early presses.
The median of five bears one lapse and one lucky guess. What is slow is told against the wearer's own median, rested: per cent
of it go into the index (`reaction_part`). A press within 100 ms of the light was not an answer to it, and counts as early.

Time is an argument, in ticks; `seed` is any number that the wearer cannot know.
"""

from array import array

import ticks
from micropython import const

IDLE = const(0)
WAITING = const(1)
GO = const(2)
DONE = const(3)

TRIALS = const(5)

_SHORTEST_MS = const(2000)
_SPAN_MS = const(4000)
_MISS_MS = const(2000)
_GUESS_MS = const(100)
_EARLY = const(3)


class Reaction:
    """`start` it, tell it of presses and of time; `light` says whether the light is to be on. Allocates nothing."""

    def __init__(self) -> None:
        self.state = IDLE
        self.early = 0
        self.misses = 0
        self.median_ms = 0  # of the last test that was finished
        self.due_ms = 0  # when `tick` has something to do, in WAITING and GO
        self._times = array("h", (0,) * TRIALS)  # in order of size
        self._n = 0
        self._seed = 1
        self._lit_ms = 0

    @property
    def light(self) -> bool:
        """Whether it is to be on."""
        return self.state == GO

    def start(self, t_ms: int, seed: int) -> None:
        """A test begins; one that was going on is forgotten."""
        self.early = self.misses = self._n = 0
        self._seed = seed & 0xFFFF
        self._wait(t_ms)

    def stop(self) -> None:
        """Something more important has happened."""
        if self.state != DONE:
            self.state = IDLE

    def press(self, t_ms: int) -> None:
        """The button went down."""
        if self.state == GO:
            taken_ms = ticks.diff(t_ms, self._lit_ms)
            if taken_ms >= _GUESS_MS:
                self._measured(min(_MISS_MS, taken_ms), t_ms)
                return
        elif self.state != WAITING:
            return
        self.early += 1
        if self.early > _EARLY:
            self.state = IDLE
        else:
            self._wait(t_ms)

    def tick(self, t_ms: int) -> bool:
        """Time goes on; True when the state is another."""
        if self.state == IDLE or self.state == DONE or ticks.diff(t_ms, self.due_ms) < 0:
            return False
        if self.state == WAITING:
            self.state = GO
            self._lit_ms = t_ms
            self.due_ms = ticks.add(t_ms, _MISS_MS)
        else:
            self.misses += 1
            self._measured(_MISS_MS, t_ms)
        return True

    def per_cent(self, rested_ms: int) -> int:
        """The median of the wearer's rested one, per cent; 0 while either is unknown."""
        return 100 * self.median_ms // rested_ms if self.median_ms and rested_ms > 0 else 0

    def _wait(self, t_ms: int) -> None:
        self.state = WAITING
        # below 2^16 * 2^13 + 2^14
        self._seed = (self._seed * 5941 + 12345) & 0xFFFF
        self.due_ms = ticks.add(t_ms, _SHORTEST_MS + self._seed * _SPAN_MS // 65536)

    def _measured(self, taken_ms: int, t_ms: int) -> None:
        at = self._n
        while at and self._times[at - 1] > taken_ms:
            self._times[at] = self._times[at - 1]
            at -= 1
        self._times[at] = taken_ms
        self._n += 1
        if self._n < TRIALS:
            self._wait(t_ms)
        else:
            self.median_ms = self._times[TRIALS // 2]
            self.state = DONE
