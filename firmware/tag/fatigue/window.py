"""A window of five minutes: what `lib/dsp/gait.py` said of each second becomes eight features of the drift.

    feature      of                                unit                            known from
    STEP_TIME    the walking seconds               1/256 of 1/50 s: 78 us          60 s of walking
    CHANGE       stride to stride                  the same                        30 strides that follow one another
    REGULAR      how well the walk repeats         q10                             60 s of walking
    EVEN         how alike left and right are      q10                             60 s of walking
    SWING        how far |a| swings in a walk      1/16 mg                         60 s of walking
    EFFORT       mean of ||a| - 1 g|, active       1/16 mg                         60 active seconds
    JERK         mean of |a|'s change in 40 ms     1/16 mg                         60 active seconds
    UNSTEADY     spread of EFFORT from second to second, per mille of it           60 active seconds

    HEART        the rate, where there is a sensor  1/16 bpm                       a rate in the window (heart.py)

Active is a second whose swing passes 20 mg: who sits has no gait, and rest is not compared with work. |a| is free of the
mounting. Posture is not among them: a belt that slips turns it as a tired back does.

Floors (drift.py), in per mille of the mean and in units: of times, their change, effort and jerk by what the sets of
docs/fatigue.md show from window to window; of the others nobody has measured it yet, they are guesses.
Ranges of n <= 300 seconds: sums of periods below 2^20, of swings below 2^24. Efforts less that of the first active second, d,
clipped to +-1800 mg: squares 300 * 1800^2 = 9.7e8 < 2^30; with sum d = n q + r, spread^2 = (sum d^2 - q (sum d + r)) / n, and
1800 * 5.4e5 < 2^30.
"""

from array import array

import micropython
from dsp.fixed import isqrt
from dsp.gait import WALKING
from dsp.pointers import ptr16, ptr32
from micropython import const

FEATURES = ("step_time", "change", "regular", "even", "swing", "effort", "jerk", "unsteady")
FLOORS = ((15, 16), (150, 64), (30, 10), (50, 10), (60, 16), (140, 16), (100, 16), (75, 10))
HEART = const(8)  # its place in `values`
HEART_FLOOR = ((80, 48),)  # of it alone
SECONDS = const(300)

_LEAST = const(60)
_STRIDES = const(30)
_ACTIVE_MG = const(20)
_TOP = const(32767)
_CLIP = const(1800)
_GAIT = const(29)  # features 0, 2, 3, 4

# of the sums
_PERIOD = const(0)
_REGULAR = const(1)
_EVEN = const(2)
_SWING = const(3)
_CHANGES = const(4)
_CHANGE = const(5)
_EFFORT = const(6)  # d
_JERK = const(7)  # mg, means of a second
_SQUARE = const(8)  # of d
_FIRST = const(9)  # effort of the first active second
_SIZE = const(10)


class GaitWindow:
    """`second` of a gait; True when a window is complete: then `values` and `known` are for `Drift.take`. Allocates nothing."""

    def __init__(self, seconds: int = SECONDS) -> None:
        if not _LEAST <= seconds <= SECONDS:
            raise ValueError("window: seconds")
        self.values = array("h", (0,) * 9)
        self.known = 0
        self._seconds = seconds
        self._sums = array("i", (0,) * _SIZE)
        self._rough = array("i", (0, 0, 1000))  # effort and jerk of a second, and |a| before it
        self.restart()

    def restart(self) -> None:
        """What was begun is dropped."""
        for i in range(_SIZE):
            self._sums[i] = 0
        self._n = self.walked_s = self.active_s = 0

    def pause(self) -> bool:
        """A second without samples: time goes on; True as of `second`."""
        return self._over()

    @property
    def effort_mg(self) -> int:
        """Of the last second: mean of ||a| - 1 g|."""
        return min(_TOP, self._rough[0] // 25)

    def put(self, feature: int, value: int) -> None:
        """What somebody else has measured in the window that is complete; 0: nothing."""
        if value > 0:
            self._put(feature, value)
            self.known |= 1 << feature

    def second(self, gait) -> bool:
        """Take what `Gait.take` has completed."""
        _second(gait.norm, self._rough)
        if gait.size_mg >= _ACTIVE_MG:
            self._active(self.effort_mg)
        if gait.state == WALKING and gait.period_q4:
            self._walked(gait)
        return self._over()

    # Several small ones: a frame of more than 11 slots would come from the heap.

    def _active(self, effort: int) -> None:
        sums = self._sums
        if not self.active_s:
            sums[_FIRST] = effort
        self.active_s += 1
        sums[_JERK] += min(_TOP, self._rough[1] // 25)
        effort = max(-_CLIP, min(_CLIP, effort - sums[_FIRST]))
        sums[_EFFORT] += effort
        sums[_SQUARE] += effort * effort

    def _walked(self, gait) -> None:
        sums = self._sums
        self.walked_s += 1
        sums[_PERIOD] += gait.period_q4
        sums[_REGULAR] += gait.regular_q10
        sums[_EVEN] += gait.even_q10
        sums[_SWING] += gait.size_mg
        sums[_CHANGES] += gait.changes
        sums[_CHANGE] += gait.change_sum_q4

    def _over(self) -> bool:
        self._n += 1
        if self._n < self._seconds:
            return False
        self._close()
        self.restart()
        return True

    def _close(self) -> None:
        sums = self._sums
        self.known = 0
        n = self.walked_s
        if n >= _LEAST:
            self.known = _GAIT
            self._put(0, sums[_PERIOD] * 16 // n)
            self._put(2, sums[_REGULAR] // n)
            self._put(3, sums[_EVEN] // n)
            self._put(4, sums[_SWING] * 16 // n)
            if sums[_CHANGES] >= _STRIDES:
                self.known |= 2
                self._put(1, sums[_CHANGE] * 16 // sums[_CHANGES])
        n = self.active_s
        if n >= _LEAST:
            self.known |= 224
            effort = sums[_FIRST] * 16 + sums[_EFFORT] * 16 // n
            self._put(5, effort)
            self._put(6, sums[_JERK] // n * 16 + sums[_JERK] % n * 16 // n)
            self._put(7, self._spread_q4(n) * 1000 // max(1, effort))

    def _put(self, feature: int, value: int) -> None:
        self.values[feature] = min(_TOP, value)

    def _spread_q4(self, n: int) -> int:
        """Of the efforts of n active seconds; its square below 3.3e6, times 256 below 2^30."""
        total = self._sums[_EFFORT]
        square = self._sums[_SQUARE] - total // n * (total + total % n)
        return isqrt(max(0, square // n) << 8)


@micropython.viper
def _second(norm, rough):
    """Sums of 25 |a|: how far from 1 g, and from one to the next."""
    p = ptr16(norm)
    r = ptr32(rough)
    before = int(r[2])
    effort = 0
    jerk = 0
    i = 0
    while i < 25:
        x = int(p[i])
        i += 1
        effort += x - 1000 if x > 1000 else 1000 - x
        jerk += x - before if x > before else before - x
        before = x
    r[0] = effort
    r[1] = jerk
    r[2] = before
