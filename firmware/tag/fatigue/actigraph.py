"""A wearer at rest, minute by minute, in three answers: how much he moves, whether he lies, whether the tag is on somebody at all.

    a chunk's mean, 5 Hz ─┬─► band-pass 0.3 .. 2 Hz ─► without sign, 0 below 68 mg, cut at 2168 ─► sum a minute ─► counts
                          └─► band-pass 0.1 .. 0.6 Hz ─► crossings of +-3 mg ─► breaths a minute
    a second's posture ─► more than 60 degrees from upright (upright.py): lies; its |a| swings by 20 mg: active

counts     in units of an ActiGraph's: its filter at 30 Hz peaks at 0.75 Hz, where 1 g is 59.05, half of that at 0.25 and 2.2 Hz,
           and at 0.92 of its height here; it counts from 4 to 128, ten times a second (Neishabouri et al., Scientific Reports
           12:11958, 2022). So 131/1024 of the sum of mg, of each axis; of the three the length of the vector, which is no less
           than the one axis that scorings were made for: too many counts are waking. tests/host/test_fatigue_actigraph.py sets
           them beside the published algorithm
breathing  8 to 30 crossings a minute on one axis, of which two at most come within 1.6 s of the one before: a chest or belly that
           breathes turns by a degree, some 10 to 35 mg; a sensor's noise in this band is below 1 mg, and a table does nothing.
           What hangs on a hook swings faster than that, a draught gives it pauses; hands at work have no rhythm. A coarse
           sensor is not known to be worn
lies       11 of 12 seconds, and less than 15 are active: who turns over is so for seven, who works lying for longer. Who sleeps
           in a seat is not counted: in a seat people are as still awake
seen       88 of 100 chunks: a sensor's clock may go slow by a tenth

Ranges: 300 values of at most 2168 and 131: below 2^27. Counts of an axis are cut at 18900, so that isqrt can take three.
"""

from array import array

import micropython
from dsp.biquad import Biquads
from dsp.fixed import isqrt
from dsp.pointers import ptr16, ptr32
from micropython import const
from tag.fatigue.upright import square

# python -m davy.design.filters band 0.3 2 --rate 5 --order 1
_MOTION = ((0, -1, 42288, 3, 34400, 4, 21144, 2),)
# python -m davy.design.filters band 0.1 0.6 --rate 5 --order 1
_BREATH = ((0, -1, 64287, 5, 38470, 7, 64287, 5),)

_BATCH = const(5)  # chunks: a second
_NUMBERS = const(15)
_AXIS = const(5)
_SUMS = const(15)
_DEAD_MG = const(68)
_CUT_MG = const(2168)
_COUNTS_Q10 = const(131)
_MOST = const(18900)
_FINE = const(3)  # digits below one mg
_CLIP = const(4095)
_SWING = const(24)  # 3 mg
_BREATHS = const(8)
_TOO_MANY = const(30)
_SOON = const(8)  # chunks
_UNEVEN = const(2)
_SEEN = const(264)  # of 300 chunks
_ACTIVE_MG = const(20)
_ACTIVE_S = const(15)


class Actigraph:
    """`chunk` after chunk and `second` after second, then `close` a minute. Allocates nothing after its construction."""

    def __init__(self) -> None:
        self._motion = Biquads(_MOTION, 3)
        self._breath = Biquads(_BREATH, 3)
        self._coarse = array("h", (0,) * _NUMBERS)
        self._fine = array("h", (0,) * _NUMBERS)
        self._sums = array("i", (0,) * _SUMS)  # of an axis, see _count
        self._counts = array("h", (0, 0, 0))
        self.counts = 0  # of the last minute
        self.lies = self.breathes = self.seen = False
        self.lost()
        self._clear()

    def lost(self) -> None:
        """Samples are missing."""
        self._n = 0
        self._fresh = True

    def chunk(self, mean) -> None:
        """Where gravity is, and slow motion, in 0.2 s: mg."""
        _note(mean, self._coarse, self._fine, self._n)
        self._n += 1
        self._chunks += 1
        if self._n == _BATCH:
            self._n = 0
            self._batch()

    def second(self, lies: bool, size_mg: int) -> None:
        """A second: whether its posture is known and one of lying, and how far |a| swings."""
        if lies:
            self._lying_s += 1
        if size_mg >= _ACTIVE_MG:
            self._active_s += 1

    def close(self) -> None:
        """A minute is over: `counts`, `lies`, `breathes` and `seen` are of it."""
        counts = self._counts
        self.breathes = False
        for axis in range(3):
            at = _AXIS * axis
            counts[axis] = min(_MOST, self._sums[at] * _COUNTS_Q10 >> 10)
            if _BREATHS <= self._sums[at + 1] <= _TOO_MANY and self._sums[at + 2] <= _UNEVEN:
                self.breathes = True
        self.counts = isqrt(square(counts))
        self.seen = self._chunks >= _SEEN
        self.lies = 60 * self._lying_s >= 11 * self._chunks and self._active_s < _ACTIVE_S
        self._clear()

    # -- inside -----------------------------------------------------------------------------------------------------------

    def _clear(self) -> None:
        self._chunks = self._lying_s = self._active_s = 0
        for i in range(_SUMS):
            if i % _AXIS < 3:
                self._sums[i] = 0

    def _batch(self) -> None:
        if self._fresh:
            self._fresh = False
            self._motion.settle(self._coarse, 0)
            self._breath.settle(self._fine, 0)
        self._motion.run(self._coarse, _BATCH, self._coarse)
        self._breath.run(self._fine, _BATCH, self._fine)
        _count(self._coarse, self._fine, self._sums)


@micropython.viper
def _note(mean, coarse, fine, n: int):
    """A chunk's mean becomes the nth of its second, in mg and in eighths of them."""
    p = ptr16(mean)
    c = ptr16(coarse)
    f = ptr16(fine)
    i = 0
    n *= 3
    while i < 3:
        c[n + i] = p[i]
        x = (p[i] ^ 0x8000) - 0x8000
        if x > _CLIP:
            x = _CLIP
        elif x < 0 - _CLIP:
            x = 0 - _CLIP
        f[n + i] = (x << _FINE) & 0xFFFF
        i += 1


@micropython.viper
def _count(coarse, fine, sums):
    """A second of both bands into the sums of the minute.

    Of an axis: mg, breaths, those too soon, side of the last crossing (1 above, 2 below), chunks since the last breath.
    """
    c = ptr16(coarse)
    f = ptr16(fine)
    s = ptr32(sums)
    i = 0
    axis = 0
    while i < _NUMBERS:
        x = (c[i] ^ 0x8000) - 0x8000
        if x < 0:
            x = 0 - x
        if x > _CUT_MG:
            x = _CUT_MG
        if x >= _DEAD_MG:
            s[axis] = int(s[axis]) + x
        x = (f[i] ^ 0x8000) - 0x8000
        if int(s[axis + 4]) < _SOON:
            s[axis + 4] = int(s[axis + 4]) + 1
        if x > _SWING:
            if int(s[axis + 3]) == 2:
                s[axis + 1] = int(s[axis + 1]) + 1
                if int(s[axis + 4]) < _SOON:
                    s[axis + 2] = int(s[axis + 2]) + 1
                s[axis + 4] = 0
            s[axis + 3] = 1
        elif x < 0 - _SWING:
            s[axis + 3] = 2
        i += 1
        axis += _AXIS
        if axis == _SUMS:
            axis = 0
