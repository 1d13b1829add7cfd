"""Heart rate from the light that skin sends back, and whether it is to be believed: a measurement of 18 s, in fixed point.

    counts, 25 Hz ─► less the first one, times 2 ─► band-pass 0.6 .. 3.6 Hz = y ─► 2.6 s dropped, three windows of 5.1 s

    n          how like itself the slope of y is after k samples (rhythm.py). The slope, because breath is slow: what of it the
               band-pass leaves would tilt the peaks of n of a quick heart, by up to 16 bpm in a tenth of made signals
    period     the earliest peak of n of at least 4/5 of the highest, between 7 and 44 samples, interpolated by a
               parabola. Two beats are as like each other as one, and come later; the wave after the dicrotic notch comes
               earlier, and is less like the beat. So neither twice the rate is taken nor half of it. Below 11 samples half of the
               second peak: half the error of the parabola
    rate       60 s over the mean of the three periods
    quality    the smallest of the three peaks, percent: 100 says that each beat is as the one before
    perfusion  height of the pulse over the level, 1/10000: pi times the mean of |y| in counts, as of a sine

A rate is known only where nothing of this holds; `why` is the first that does:

    why        holds when
    SHORT      the measurement goes on, or samples are missing
    DARK       the level is below an eighth of the converter: no skin, as the light was as bright as it may be
    BRIGHT     a sample at the end of the converter: too much light of the LED or of the sun
    MOVED      the wearer moved by 20 mg or more: steps look like a pulse, and as steady
    SHIFTED    the level moved by more than 16 383 counts, as of a sensor that is lifted or pressed
    FAINT      a perfusion below 0.05 %, in any window
    UNSTEADY   no peak, one below 0.5, or less than 0.35 above the valley before it (noise on a breath has such peaks); a peak at
               half of it that is 3/5 as high (every other beat alike: which of the two is the beat?); periods further apart
               than a fifth of their mean; or a rate beyond 38 .. 190 bpm, where breath is, and what folds down. No pulse, or
               one that cannot be told from noise. A heart that beats irregularly ends here too

The limits were chosen on made signals (vtag/skin.py), of which docs/fatigue.md has the figures; real skin was not to be had.

Ranges: counts below 2^18, a sum of 450 below 2^27; sums of 128 |y| in half counts below 2^22, times 123 = 10000 pi / 256 below
2^30; slopes times 4, limited to int16; periods in 1/64 sample below 2^12; 25 Hz * 60 s * 64 * 16 * 3 = 4 608 000.
"""

from array import array

import micropython
from dsp import rhythm
from dsp.biquad import Biquads
from dsp.pointers import ptr16, ptr32
from micropython import const

RATE_HZ = const(25)
SAMPLES = const(450)  # of a measurement
MOST = const(32)  # samples of one call
FULL = const(262143)  # the largest count

OK = const(0)
SHORT = const(1)
DARK = const(2)
BRIGHT = const(3)
MOVED = const(4)
SHIFTED = const(5)
FAINT = const(6)
UNSTEADY = const(7)

# python -m davy.design.filters band 0.6 3.6 --rate 25 --order 2
_BAND = ((0, -1, 36427, 4, 29559, 4, 38034, 4), (0, -1, 43066, 4, 27174, 8, 11241, 4))
_DROPPED = const(66)  # samples: SAMPLES less three windows of rhythm.WINDOW
_WINDOWS = const(3)
_DARK = const(32768)  # counts
_MOVED_MG = const(20)
_TOP = const(32767)
_FAINT_E4 = const(5)
_LEAST_Q10 = const(512)
_VALLEY_Q10 = const(358)
_SHORT_Q6 = const(704)  # 136 bpm
_QUICKEST = const(1516)  # three periods in 1/64 sample: 190 bpm
_SLOWEST = const(7578)  # 38 bpm

# of the level
_BASE = const(0)
_SUM = const(1)
_BRIGHT = const(2)  # samples at the end of the converter
_CLIPPED = const(3)
_COUNT = const(4)


class Pulse:
    """`take` samples until it is True; then `bpm_q4`, 0 where it is unknown, `quality` and `why`. Allocates nothing after its
    construction, but for a frame of the heap when a measurement begins."""

    def __init__(self) -> None:
        self._band = Biquads(_BAND, 1)
        self._y = array("h", (0,) * MOST)
        self._window = array("h", (0,) * rhythm.WINDOW)
        self._n, self._scaled, self._found = rhythm.make()
        self._level = array("i", (0,) * 5)
        self._periods = array("i", (0,) * _WINDOWS)  # 1/64 sample
        self.restart()

    def restart(self) -> None:
        """A new measurement begins, or samples are missing: what was begun is dropped."""
        self.bpm_q4 = self.quality = self.perfusion_e4 = self.motion_mg = 0
        self._done = self._at = self._before = 0
        self._size = self._least = 0  # sum of |y| of a window, and the smallest one
        self.why = SHORT
        for i in range(5):
            self._level[i] = 0

    @property
    def level(self) -> int:
        """Mean count so far."""
        return self._level[_SUM] // self._level[_COUNT] if self._level[_COUNT] else 0

    def take(self, samples, n: int, motion_mg: int = 0) -> bool:
        """Go on by `n` counts of array('i'), at most MOST; `motion_mg` is how far |a| swings meanwhile. True once, when the
        measurement is complete; what is beyond its end is left out."""
        n = min(n, SAMPLES - self._done, MOST)
        if n <= 0:
            return False
        self.motion_mg = max(self.motion_mg, motion_mg)
        self._filter(samples, n)
        i = 0
        while i < n:
            self._put(self._y[i])
            i += 1
        if self._done < SAMPLES:
            return False
        self._judge()
        return True

    # Several small ones: a frame of more than 11 slots would come from the heap.

    def _filter(self, samples, n: int) -> None:
        _centre(samples, n, self._y, self._level)
        if not self._done:
            self._band.settle(self._y, 0)
        self._band.run(self._y, n, self._y)

    def _put(self, y: int) -> None:
        self._done += 1
        if self._done > _DROPPED:
            self._window[self._at] = max(-_TOP, min(_TOP, (y - self._before) * 4))
            self._size += abs(y)
            self._at += 1
            if self._at == rhythm.WINDOW:
                self._at = 0
                self._close((self._done - _DROPPED) // rhythm.WINDOW - 1)
        self._before = y

    def _close(self, i: int) -> None:
        """A window is full."""
        found = self._found
        found[rhythm.AGAIN] = self._periods[i] = 0
        if rhythm.compare(self._window, self._n, self._scaled, found):
            self._periods[i] = _peak(0, 0, self._n, found)
        self.quality = min(found[rhythm.AGAIN], self.quality) if i else found[rhythm.AGAIN]
        self._least = min(self._size, self._least) if i else self._size
        self._size = 0

    def _judge(self) -> None:
        periods = self._periods
        total = sum(periods)
        level = self._level
        self.perfusion_e4 = self._least * 123 // max(1, self.level)
        if self.level < _DARK:
            self.why = DARK
        elif level[_BRIGHT]:
            self.why = BRIGHT
        elif self.motion_mg >= _MOVED_MG:
            self.why = MOVED
        elif level[_CLIPPED]:
            self.why = SHIFTED
        elif self.perfusion_e4 < _FAINT_E4:
            self.why = FAINT
        elif self.quality < _LEAST_Q10 or 15 * (max(periods) - min(periods)) > total:
            self.why = UNSTEADY
        elif not _QUICKEST <= total <= _SLOWEST:
            self.why = UNSTEADY
        else:
            self.why = OK
            self.bpm_q4 = (4608000 + (total >> 1)) // total
        self.quality = self.quality * 100 >> 10 if self.bpm_q4 else 0


@micropython.viper
def _centre(samples, n: int, out, level):
    """Counts less the first of the measurement, times 2, limited; and the level's sums."""
    p = ptr32(samples)
    q = ptr16(out)
    s = ptr32(level)
    if int(s[_COUNT]) == 0:
        s[_BASE] = int(p[0])
    base = int(s[_BASE])
    total = int(s[_SUM])
    i = 0
    while i < n:
        x = int(p[i])
        total += x
        if x >= FULL:
            s[_BRIGHT] = int(s[_BRIGHT]) + 1
        x = (x - base) << 1
        if x > _TOP or x < 0 - _TOP:
            s[_CLIPPED] = int(s[_CLIPPED]) + 1
            x = _TOP if x > 0 else 0 - _TOP
        q[i] = x & 0xFFFF
        i += 1
    s[_SUM] = total
    s[_COUNT] = int(s[_COUNT]) + n


@micropython.viper
def _peak(best: int, k: int, n_q10, result) -> int:
    """The period in 1/64 sample, 0: none; its n goes into the result."""
    n = ptr32(n_q10)
    r = ptr32(result)
    k = 7
    while k < 45:
        top = int(n[k])
        if top > best and top >= int(n[k - 1]) and top > int(n[k + 1]):
            best = top
        k += 1
    r[2] = 0
    if best == 0:
        return 0
    k = 7
    while int(n[k]) * 5 < best * 4 or int(n[k]) < int(n[k - 1]) or int(n[k]) <= int(n[k + 1]):
        k += 1
    top = int(n[k])
    i = 3
    best = top
    while i < k:
        if int(n[i]) < best:
            best = int(n[i])
        i += 1
    if top - best < _VALLEY_Q10:
        return 0
    i = int(_near(0, 0, k << 5, k << 3, n_q10))
    if i and int(n[i]) * 5 >= top * 3:
        return 0
    r[2] = top
    period = int(_top(0, k, n_q10))
    if period < _SHORT_Q6:
        k = int(_near(0, 0, 2 * period, period >> 2, n_q10))
        if k:
            period = int(_top(0, k, n_q10)) >> 1
    return period


@micropython.viper
def _near(best: int, k: int, at: int, reach: int, n_q10) -> int:
    """The highest peak of n within `reach` of `at`, both in 1/64 sample; 0: none."""
    n = ptr32(n_q10)
    k = (at - reach + 63) >> 6
    end = (at + reach) >> 6
    found = 0
    while k <= end and k < 52:
        if int(n[k]) > best and int(n[k]) >= int(n[k - 1]) and int(n[k]) > int(n[k + 1]):
            best = int(n[k])
            found = k
        k += 1
    return found


@micropython.viper
def _top(bend: int, k: int, n_q10) -> int:
    """Of a peak at lag `k` the parabola's top, in 1/64 sample: -32 .. 32 from k. It bends: k is above its right neighbour."""
    n = ptr32(n_q10)
    slope = int(n[k + 1]) - int(n[k - 1])
    bend = 2 * int(n[k]) - int(n[k - 1]) - int(n[k + 1])
    return (32 * slope + 65 * bend + (bend >> 1)) // bend - 65 + 64 * k
