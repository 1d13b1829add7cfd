"""One gas of the tag: what its sensor says, whether it can be believed, what was breathed of it, and its levels.

What each quality means here:

    OK, CAL_DUE     the number, corrected by zero and gain, is compared with the levels; OK is CAL_DUE while `due`
    OVER            beyond every rising level, and GAS_HIGH whatever the levels
    UNDER           fault; for a gas with falling levels (O2) also beyond them, and GAS_HIGH
    STALE, FAILED   fault; the levels keep their state: unknown is never clean air
    WARMING         no value. Until the first usable reading no fault but not ready, for ten minutes; after it, or then, a fault

A reading at or below a drift level is a fault, too. Over range counts in the exposure as the sensor's full scale, or as the
gas's highest level where that is more.
"""

import quality
from micropython import const
from tag.events import ALARM_FAULT, CODE_DRIFT, CODE_FAILED, CODE_LATE, CODE_RANGE, CODE_STALE
from tag.gas import table
from tag.gas.levels import Levels
from tag.gas.limits import BUILT_IN
from ticks import diff

_WARM_MS = const(600000)
_ONE_Q12 = const(4096)

# quality -> code of the fault, 0: none
_FAULT = (0, 0, CODE_RANGE, 0, CODE_STALE, CODE_FAILED, 0)

# what `life` says of its sensor
UNHEARD = const(0)  # nothing: there may be none
EXPECTED = const(1)  # there was one
NEW = const(2)  # heard, never usable yet
_LATE = const(3)  # nor waited for any longer
MEASURED = const(4)


class Channel(Levels):
    """`update` and `minute` leave `.quality .value .fault` (a code, 0: none), and what Levels has, behind."""

    def __init__(self, gas: int, t_ms: int, rows=BUILT_IN, exposure=None, steps=None) -> None:
        super().__init__(gas, rows, exposure, steps)
        self.quality = quality.WARMING
        self.fault = 0
        self.life = UNHEARD
        self.zero = 0
        self.gain_q12 = _ONE_Q12
        self.due = 0
        self.t_ms = self._since_ms = t_ms
        # Kept here for tag/gas/watch.py: when the next reading is to be recorded, and those that wait.
        self.due_ms = t_ms
        self.run = bytearray(0)

    def expect(self, t_ms: int) -> None:
        """There is a sensor that gives this gas: from now on its silence is a fault."""
        if self.life == UNHEARD:
            self.life = EXPECTED
            self.t_ms = t_ms

    def begin(self, t90_s: int, t_ms: int) -> None:
        """Its first reading has come; `t90_s` of the sensor, 0: unknown, for the levels that look ahead."""
        self.life = NEW
        self._since_ms = t_ms
        self.moved = True  # its first reading is worth a record
        self.foresee(t90_s)

    def update(self, value: int, q: int, t_ms: int) -> None:
        """Take a reading; the value counts only when its quality says so."""
        if not 0 <= q < len(_FAULT):
            q = quality.FAILED
        elif q == quality.OK and self.due:
            q = quality.CAL_DUE
        self.t_ms = t_ms
        self.quality = q
        self._believe(value, q)
        if self._side != table.NOTHING:
            if self.exposure:
                self.exposure.add(self.value if self._side == table.USABLE else self.top())
            self.judge(t_ms)
        self.conclude()

    def minute(self, t_ms: int) -> None:
        """A minute is over."""
        self.exposure.minute()
        if self.steps:
            self.steps.minute(self.exposure.mean_q4)
        self.weigh(t_ms)
        self.conclude()

    def conclude(self) -> None:
        """The levels have been judged: what follows from their states."""
        if self.moved:
            self.settle()
        fault = _FAULT[self.quality]
        if self.quality == quality.WARMING and self.life > NEW:
            fault = CODE_STALE if self.life == MEASURED else CODE_LATE
        self.fault = fault or (CODE_DRIFT if self.causes >> ALARM_FAULT & 1 else 0)

    def _believe(self, value: int, q: int) -> None:
        side = table.NOTHING
        if quality.usable(q):
            side = table.USABLE
            self.life = MEASURED
            if self._doubt:
                self._doubt = 0
                self.moved = True
        elif q == quality.OVER:
            side = table.ABOVE
        elif q == quality.UNDER and self.falls():
            side = table.BELOW
        elif q == quality.WARMING and self.life == NEW and diff(self.t_ms, self._since_ms) >= _WARM_MS:
            self.life = _LATE
        self._side = side
        self.value = self._corrected(value) if side != table.NOTHING or q == quality.UNDER else 0

    def _corrected(self, value: int) -> int:
        value = max(-32768, min(32767, value))
        # |value - zero| < 2^16 and a gain of at most 2^14 stay below 2^30
        return max(-32768, min(32767, ((value - self.zero) * self.gain_q12 + _ONE_Q12 // 2) // _ONE_Q12))
