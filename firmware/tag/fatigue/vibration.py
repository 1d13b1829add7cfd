"""Whole-body vibration of who rides or drives, from the sensor's own samples: what it comes to in a shift is in ridden.py.

    x, y, z ─► less their mean ─► the axis nearest to gravity: Wk; the others: Wd (lib/dsp/weighting.py) ─► mean square a second

Only seconds that the caller counts are taken: steps would pass for a rough road.

    state      means                                             next: its time is over    TURNED or GAP
    RESTING    40 s: the filters cost too much to run always;          SETTLING            RESTING anew
               longer until a second counts
    SETTLING   6 s: they forget what was before                        MEASURING           RESTING
    MEASURING  14 s: counted seconds are added to the mean square      RESTING             RESTING

TURNED: another axis has been nearest to gravity, by a fifth. At 100 Hz the weightings hold up to 40 Hz, at 200 Hz up to 80; of
other rates seconds are counted alone. Most of what vehicles do lies below 20 Hz.
Ranges: weighted samples in half mg, limited to 8000: squares / 32 below 2^21, of 200 samples below 2^29.
"""

from array import array

import micropython
from dsp.pointers import ptr16, ptr32
from dsp.weighting import WD_100, WD_200, WK_100, WK_200, Weighting
from micropython import const
from tag.fatigue.ridden import Ridden

RESTING = const(0)
SETTLING = const(1)
MEASURING = const(2)

_LASTS_S = (40, 6, 14)  # each state
_MOST = const(40)

# of _s, array('i')
_MEANS = const(0)  # of the axes over the last second, mg
_SUMS = const(3)  # of the samples of this second, + 2^15 each
_SQUARES = const(6)  # of weighted samples / 32: along, across, across
_SIZE = const(9)


class Vibration:
    """`take` blocks of the sensor; `ridden` is what they come to. Allocates nothing."""

    def __init__(self, rate_hz: int) -> None:
        self.ridden = Ridden()
        self._s = array("i", (0,) * _SIZE)
        self._axes = array("b", (2, 0, 1))  # of the filters
        self._left_s = 0
        self._rest_mg = 0
        self.rate_hz = 0
        self.weighs = True  # False: seconds are counted and none is measured, as of a head, which is no seat
        if not self.retune(rate_hz):
            raise ValueError("vibration: rate")

    def retune(self, rate_hz: int) -> bool:
        """Blocks of another rate follow: False for one that it does not weigh. Takes memory for new filters."""
        if rate_hz == 100:
            along, across = WK_100, WD_100
        elif rate_hz == 200:
            along, across = WK_200, WD_200
        else:
            return False
        self.rate_hz = rate_hz
        self._filters = (Weighting(along, _MOST), Weighting(across, _MOST), Weighting(across, _MOST))
        self.lost()
        return True

    @property
    def idle(self) -> bool:
        """Waits for a second that counts: until then it needs no samples."""
        return self.state == RESTING and self._left_s <= 0

    def restart(self) -> None:
        """A new shift."""
        self.ridden.restart()
        self.lost()

    def lost(self) -> None:
        """Samples are missing, or the tag is worn another way: what was added stays."""
        self._enter(RESTING)
        self._n = 0
        self._fresh = True
        for i in range(_SIZE):
            self._s[i] = 0

    def take(self, mg, n: int, counts: bool) -> None:
        """`n` samples (1..40) of x, y, z; `counts`: the wearer rides, and does not walk."""
        if self._fresh:
            self._begin(mg)
        _add(mg, n, self._s)
        if self.state:
            self._weigh(mg, n, 0)
            self._weigh(mg, n, 1)
            self._weigh(mg, n, 2)
        self._n += n
        if self._n >= self.rate_hz:
            self._second(counts)

    def count(self, n: int, rate_hz: int, counts: bool) -> None:
        """As `take`, of a rate that is not weighed: seconds are counted, and none is measured."""
        if counts:
            self._n += n
            if self._n >= rate_hz:
                self._n -= rate_hz
                self.ridden.second(False)

    # Several small ones: a frame of more than 11 slots would come from the heap.

    def _begin(self, mg) -> None:
        self._fresh = False
        for axis in range(3):
            self._s[_MEANS + axis] = mg[axis]
        self._turn()

    def _weigh(self, mg, n: int, i: int) -> None:
        one = self._filters[i]
        self._run(one, mg, n, i)
        self._s[_SQUARES + i] += _squares(one.out, n)

    def _run(self, one, mg, n: int, i: int) -> None:
        i = self._axes[i]
        self._rest_mg = self._s[_MEANS + i]
        one.run(mg, n, i, self._rest_mg)

    # -- a second ----------------------------------------------------------------------------------------------------

    def _enter(self, state: int) -> None:
        self.state = state
        self._left_s = _LASTS_S[state]
        if state == SETTLING:
            for one in self._filters:
                one.clear()

    def _second(self, counts: bool) -> None:
        measures = counts and self.state == MEASURING
        if counts:
            self.ridden.second(measures)
        n = self._n
        self._n = 0
        self._settle(0, n, measures)
        self._settle(1, n, measures)
        self._settle(2, n, measures)
        self._left_s -= 1
        if self._turn():
            self._enter(RESTING)
        elif self._left_s <= 0:
            if self.weighs and (counts or self.state != RESTING):
                self._enter((self.state + 1) % 3)
            else:
                self._left_s = 0

    def _settle(self, i: int, n: int, measures: bool) -> None:
        s = self._s
        s[_MEANS + i] = s[_SUMS + i] // n - 32768
        s[_SUMS + i] = 0
        square = s[_SQUARES + i]
        s[_SQUARES + i] = 0
        if measures:
            square = square // n * 8 + square % n * 8 // n
            self.ridden.add(i, square)

    def _turn(self) -> bool:
        """Gives Wk to the axis nearest to gravity; True when it is another one than before."""
        s = self._s
        best = 0
        for axis in range(1, 3):
            if abs(s[_MEANS + axis]) > abs(s[_MEANS + best]):
                best = axis
        now = self._axes[0]
        if best == now or 5 * abs(s[_MEANS + best]) < 6 * abs(s[_MEANS + now]):
            return False
        self._axes[0] = best
        self._axes[1] = (best + 1) % 3
        self._axes[2] = (best + 2) % 3
        return True


@micropython.viper
def _add(mg, n: int, state):
    """The samples of a block, + 2^15 each, to the sums of the axes."""
    p = ptr16(mg)
    s = ptr32(state)
    axis = 0
    while axis < 3:
        total = 0
        i = axis
        while i < 3 * n:
            total += p[i] ^ 0x8000
            i += 3
        s[3 + axis] = int(s[3 + axis]) + total
        axis += 1


@micropython.viper
def _squares(out, n: int) -> int:
    p = ptr16(out)
    total = 0
    i = 0
    while i < n:
        x = (p[i] ^ 0x8000) - 0x8000
        i += 1
        if x < 0:
            x = 0 - x
        if x > 8000:
            x = 8000
        total += x * x >> 5
    return total
