"""Steps and how regular they are, for any mounting, from samples at 50 Hz: a second at a time, seen in the middle of five.

    x, y, z ─► |a| at 25 Hz ─► band-pass 1 .. 3 Hz ─► rhythm of 5 s ─► a walk? ─┬─► steps: a second's worth of the step's period
                                                                               └─► the tops of one foot: stride times

    state     means                                next: SAME      OTHER     WEAK      STILL     SURE      LONG
    RESTING   no rhythm                                  MAYBE     MAYBE     RESTING   RESTING   -         -
    MAYBE     one or two seconds of a rhythm             MAYBE     MAYBE     RESTING   RESTING   WALKING   -
    WALKING   a rhythm; its seconds are counted          WALKING   WALKING   WALKING   RESTING   -         RESTING

    SAME      repeats, and its step lasts as long as the last one did, within 3/20; SURE: the third such second in a row
    OTHER     repeats clearly (n of 0.5), but in another rhythm: it begins anew in MAYBE, is believed in WALKING
    WEAK      moves, and does not repeat; LONG: for the sixth second. If the rhythm comes back, what was between is counted
    STILL     the middle second does not move

To repeat takes an n of 0.5 at first and 0.25 of the rhythm that is known (a walker who turns or looks about is a walker). What is
counted is up to six seconds late: the rhythm of a second is known only when what follows is. Of the second in which a walk begins
or ends its share counts, by how much it moves beside the one that is walked wholly: a whole one would add a step to each walk.

The tops of a foot's steps are searched within a quarter of a stride of where the rhythm expects them, and interpolated by a
parabola: a stride time is from one to the next. Their mean change is the variability, free of slow drift; the band-pass halves it.
Ranges: periods in sixteenths of 1/50 s, below 2^11; 8 * (after - before) < 2^20; 204800 * 6 < 2^21.
"""

from array import array

import micropython
from dsp import rhythm
from dsp.biquad import Biquads
from dsp.pointers import ptr16, ptr32
from micropython import const

RESTING = const(0)
MAYBE = const(1)
WALKING = const(2)

_SAME = const(0)
_OTHER = const(1)
_WEAK = const(2)
_STILL = const(3)
_SURE = const(4)
_LONG = const(5)

# TABLE[state][input] -> state
TABLE = (
    (MAYBE, MAYBE, RESTING, RESTING, RESTING, RESTING),
    (MAYBE, MAYBE, RESTING, RESTING, WALKING, MAYBE),
    (WALKING, WALKING, WALKING, RESTING, WALKING, RESTING),
)

# python -m davy.design.filters band 1 3 --rate 25 --order 1
_BAND = ((0, -1, 53556, 5, 39744, 6, 53556, 5),)
_HOP = const(25)
_WINDOW = const(128)
_NEW = const(103)  # _WINDOW - _HOP
_CLEAR = const(512)  # n, q10
_KNOWN = const(256)
_HOLD = const(5)  # seconds
_SPAN_S = const(5)
_PROOF = const(3)  # seconds
_SECOND_Q12 = const(204800)  # a second in sixteenths of 1/50 s, and 8 digits more
_MASK = const(0x3FFFFFFF)
_PAST = const(1600)  # a top that was before the window: q4 at 25 Hz, added so that it is never negative

# of a second's rhythm, see rhythm.py
_ALIVE = const(0)
_PERIOD = const(1)
_AGAIN = const(2)
_EVEN = const(3)
_SHARE = const(4)
_SUM = const(12)


class Gait:
    """`take` samples; True when a second is over, then the rest tells of it. Allocates nothing after its construction."""

    def __init__(self, size: int) -> None:
        """Chunks have `size` samples: 2, 10 or 50."""
        if size < 2 or size & 1 or _HOP % (size >> 1):
            raise ValueError("gait: chunk")
        self._numbers = 3 * size
        self.norm = array("h", (0,) * _HOP)  # |a| of the last second, mg
        self._swing = array("h", (0,) * _HOP)
        self._batch = array("i", (0, 1000))
        self._band = Biquads(_BAND, 1)
        self._window = array("h", (0,) * _WINDOW)
        self._n, self._scaled, self._found = rhythm.make()
        # 0 the last top of this foot, q4 at 25 Hz from the window's begin, + _PAST; 0: none | 1 the last stride time, q4 at 50 Hz
        # 2 stride times of this second | 3 their sum | 4 changes | 5 their sum
        self._strides = array("i", (0,) * 6)
        self.steps = 0  # modulo 2^30
        self.lost()

    def lost(self) -> None:
        """Samples are missing: the rhythm begins anew, the count stays."""
        self.state = RESTING
        self.period_q4 = 0  # of a step, sixteenths of 1/50 s: 1.25 ms; 0: no rhythm
        self.regular_q10 = 0  # how well it repeats
        self.even_q10 = 0  # how alike left and right are
        self.size_mg = 0  # mean of |a|'s swing over the last 5 s
        self.seen_s = 0  # how many of these it has seen
        self._part_q8 = 128  # of a step; it begins with a half, so that the count is rounded
        self._waiting = 0  # steps of MAYBE, or of WEAK seconds, q8
        self._seconds = 0  # of MAYBE, or WEAK ones
        self._twice = 0  # seconds in which the rhythm was twice or half of what is known
        self._fresh = True
        self._batch[0] = 0
        self._batch[1] = 1000
        for i in range(_WINDOW):
            self._window[i] = 0
        for i in range(6):
            self._strides[i] = 0

    def take(self, mg) -> bool:
        """Go on through a chunk of samples (x, y, z), limited to +-18900."""
        if rhythm.pairs(0, 0, 0, mg, self._numbers, self.norm, self._batch) < _HOP:
            return False
        self._batch[0] = 0
        if self._fresh:
            self._fresh = False
            self._band.settle(self.norm, 0)
        self._band.run(self.norm, _HOP, self._swing)
        _shift(self._swing, self._window)
        rhythm.scan(self._window, self._n, self._scaled, self._found)
        self.seen_s = min(_SPAN_S, self.seen_s + 1)
        self._second()
        return True

    @property
    def cadence(self) -> int:
        """Steps a minute; 0 when there is no rhythm."""
        return (48000 + (self.period_q4 >> 1)) // self.period_q4 if self.period_q4 else 0

    @property
    def strides(self) -> int:
        """Stride times seen in the last second: 0, 1, 2 or 3."""
        return self._strides[2]

    @property
    def stride_sum_q4(self) -> int:
        """Of them."""
        return self._strides[3]

    @property
    def changes(self) -> int:
        """How many of them could be compared with the one before."""
        return self._strides[4]

    @property
    def change_sum_q4(self) -> int:
        """Sum of the differences, without sign."""
        return self._strides[5]

    # -- a second ----------------------------------------------------------------------------------------------------

    def _second(self) -> None:
        found = self._found
        strides = self._strides
        for i in range(2, 6):
            strides[i] = 0
        if strides[0]:
            strides[0] = max(0, strides[0] - 16 * _HOP)
        self.size_mg = found[_SUM] // _WINDOW
        self.regular_q10 = found[_AGAIN]
        self.even_q10 = found[_EVEN]
        before = self.state
        symbol = self._symbol()
        self.state = TABLE[before][symbol]
        if self.state == RESTING:
            self._rest()
        elif self.state == MAYBE:
            self._wait(symbol == _SAME and before == MAYBE)
        elif symbol == _WEAK:
            self._waiting += _SECOND_Q12 // self.period_q4
            self._seconds += 1
        else:
            self._walk()

    def _symbol(self) -> int:
        found = self._found
        period = found[_PERIOD]
        if not found[_ALIVE]:
            return _STILL
        known = self.period_q4
        walking = self.state == WALKING
        if walking and period:
            # Twice or half of what is known: the same walk, one foot louder for a moment. Not for long: then it was known wrongly.
            more = self._near(2 * period)
            if not more and not self._near(period >> 1):
                self._twice = 0
            elif self._twice < _PROOF:
                self._twice += 1
                period = found[_PERIOD] = 2 * period if more else period >> 1
        if not period or found[_AGAIN] < (_KNOWN if walking and self._near(period) else _CLEAR):
            return _LONG if walking and self._seconds >= _HOLD else _WEAK
        if known and self._near(period):
            return _SURE if self.state == MAYBE and self._seconds >= _PROOF - 1 else _SAME
        return _OTHER

    def _near(self, period: int) -> bool:
        known = self.period_q4
        return 20 * abs(period - known) <= 3 * known

    def _rest(self) -> None:
        self.period_q4 = self._twice = 0
        self._waiting = self._seconds = 0
        self._strides[0] = self._strides[1] = 0

    def _wait(self, goes_on: bool) -> None:
        if not goes_on:
            self._waiting = self._seconds = 0
        self.period_q4 = self._found[_PERIOD]
        self._waiting += self._second_q8()
        self._seconds += 1

    def _second_q8(self) -> int:
        """Steps of the middle second."""
        return _SECOND_Q12 // self.period_q4 * self._found[_SHARE] >> 8

    def _walk(self) -> None:
        self.period_q4 = self._found[_PERIOD]
        part = self._part_q8 + self._waiting + self._second_q8()
        self._waiting = self._seconds = 0
        self.steps = (self.steps + (part >> 8)) & _MASK
        self._part_q8 = part & 255
        _follow(0, 0, 0, self.period_q4, self._window, self._strides)


@micropython.viper
def _shift(swing, window):
    """A second more at the end of the window."""
    p = ptr16(swing)
    w = ptr16(window)
    i = 0
    while i < _NEW:
        w[i] = w[i + 25]
        i += 1
    while i < 128:
        w[i] = p[i - _NEW]
        i += 1


@micropython.viper
def _follow(i: int, x: int, top: int, period: int, window, strides):
    """Goes on along the tops of one foot as far as the window reaches. A stride: 2 * period at 50 Hz, `period` at 25 Hz, q4."""
    w = ptr16(window)
    s = ptr32(strides)
    at = int(s[0])
    near = period >> 2
    if at < _PAST:
        # None, or it has left the window: the highest of the first stride after the first second is this foot's.
        at = _PAST + 400 + (period >> 1)
        near = period >> 1
        s[1] = 0
    else:
        at += period
    while at + near < _PAST + 16 * 126:
        first = (at - near - _PAST) >> 4
        end = ((at + near - _PAST) >> 4) + 1
        if first < 1:
            first = 1
        best = first
        top = 0
        i = first
        while i <= end:
            x = w[i] ^ 0x8000
            if x > top:
                top = x
                best = i
            i += 1
        x = (w[best - 1] ^ 0x8000) - (w[best + 1] ^ 0x8000)
        i = 2 * top - (w[best - 1] ^ 0x8000) - (w[best + 1] ^ 0x8000)
        # sixteenths from `best`: -8 .. 8; on a slope there is no top, and its middle is taken
        if i > 0 and x <= i and x >= 0 - i:
            i = 9 - (8 * x + 9 * i) // i
        else:
            i = 0
        found = _PAST + 16 * best + i
        x = int(s[0])
        s[0] = found
        if x >= _PAST:
            x = 2 * (found - x)
            s[2] = int(s[2]) + 1
            s[3] = int(s[3]) + x
            i = int(s[1])
            if i:
                s[4] = int(s[4]) + 1
                s[5] = int(s[5]) + (x - i if x > i else i - x)
            s[1] = x
        at = found + period
        near = period >> 2
