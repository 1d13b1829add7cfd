"""Whole-body vibration of who rides or drives, as a screening: daily exposure A(8) by ISO 2631-1, from the sensor's own samples.

    x, y, z ─► less their mean ─► the axis nearest to gravity: Wk; the others: Wd (lib/dsp/weighting.py) ─► mean square a second
    A(8) of an axis = k sqrt(mean square * seconds counted / 8 h),  k = 1 along gravity, 1.4 across; the largest of the three

Action value 0.5 m/s2, limit 1.15 m/s2 (EU 2002/44). The standard measures at the seat: a belt moves with what sits above it, so
this is a reason to measure there, never a proof. Only seconds that the caller counts are taken: steps would pass for a rough road.

    state      means                                             next: its time is over    TURNED or GAP
    RESTING    40 s: the filters cost too much to run always;          SETTLING            RESTING anew
               longer until a second counts
    SETTLING   6 s: they forget what was before                        MEASURING           RESTING
    MEASURING  14 s: counted seconds are added to the mean square      RESTING             RESTING

The mean of what was measured stands for all counted seconds. TURNED: another axis has been nearest to gravity, by a fifth. At 100
Hz the weightings hold up to 40 Hz, at 200 Hz up to 80; of other rates seconds are counted alone. Most of what vehicles do lies
below 20 Hz.
Ranges: weighted samples in half mg, limited to 8000: squares / 32 below 2^21, of 200 samples below 2^29; sums of a shift in two
words; A(8)^2 in whole mg^2, so that 1 mm/s2 is sure from 50 mm/s2 on.
"""

from array import array

import micropython
from dsp.fixed import isqrt
from dsp.pointers import ptr16, ptr32
from dsp.weighting import WD_100, WD_200, WK_100, WK_200, Weighting
from micropython import const

RESTING = const(0)
SETTLING = const(1)
MEASURING = const(2)

_LASTS_S = (40, 6, 14)  # each state
_SHIFT = const(7200)  # 8 h, in 4 s
_WORD = const(1 << 20)
_MOST = const(40)
_LONGEST_S = const(86400)

# of _s, array('i')
_MEANS = const(0)  # of the axes over the last second, mg
_SUMS = const(3)  # of the samples of this second, + 2^15 each
_SQUARES = const(6)  # of weighted samples / 32: along, across, across
_ENERGY = const(9)  # mg^2 s, high and low word, of each
_SIZE = const(15)


class Vibration:
    """`take` blocks of the sensor; `a8_mms2` is the exposure so far. Allocates nothing."""

    def __init__(self, rate_hz: int) -> None:
        self._s = array("i", (0,) * _SIZE)
        self._axes = array("b", (2, 0, 1))  # of the filters
        self._left_s = 0
        self._rest_mg = 0
        self.rate_hz = 0
        self.weighs = True  # False: seconds are counted and none is measured, as of a head, which is no seat
        if not self.retune(rate_hz):
            raise ValueError("vibration: rate")
        self.restart()

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
        self.seconds = 0  # counted
        self.measured = 0  # of those
        for i in range(_ENERGY, _SIZE):
            self._s[i] = 0
        self.lost()

    def keep(self, keeping) -> None:
        """To or from flash: tag/fatigue/keeping.py."""
        self.seconds = keeping.number(self.seconds, 0, _LONGEST_S)
        self.measured = keeping.number(self.measured, 0, self.seconds)
        for i in range(_ENERGY, _SIZE):
            self._s[i] = keeping.number(self._s[i], 0, 0x7FFFF if (i - _ENERGY) % 2 == 0 else _WORD - 1)

    def lost(self) -> None:
        """Samples are missing, or the tag is worn another way: what was added stays."""
        self._enter(RESTING)
        self._n = 0
        self._fresh = True
        for i in range(_ENERGY):
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
                self.seconds = min(_LONGEST_S, self.seconds + 1)

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

    @property
    def a8_mms2(self) -> int:
        """mm/s2 of the axis that has most of it."""
        return max(self.axis_mms2(0), self.axis_mms2(1), self.axis_mms2(2))

    def axis_mms2(self, i: int) -> int:
        """Of the direction along gravity (0), or one across it (1, 2), with its k; 0 before anything was measured."""
        n = self.measured
        if not n:
            return 0
        high = self._s[_ENERGY + 2 * i]
        low = self._s[_ENERGY + 2 * i + 1]
        # (high * 2^20 + low) / n by long division, below 2^24
        part = (high << 10) + (low >> 10)
        q = min(0xFFFFFF, (min(0x3FFF, part // n) << 10) + ((part % n << 10) + (low & 1023)) // n)
        n = self.seconds >> 2
        q = q // _SHIFT * n + q % _SHIFT * n // _SHIFT
        if i:
            q = q // 100 * 196 + q % 100 * 196 // 100
        shift = 8 if q < 1 << 22 else 0
        return (isqrt(q << shift) << (8 - shift >> 1)) * 981 // 1600

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
            self.seconds = min(_LONGEST_S, self.seconds + 1)
        if measures:
            self.measured += 1
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
            self._energy(_ENERGY + 2 * i, square)

    def _energy(self, at: int, square: int) -> None:
        s = self._s
        low = s[at + 1] + square
        s[at] = min(0x7FFFF, s[at] + low // _WORD)
        s[at + 1] = low % _WORD

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
