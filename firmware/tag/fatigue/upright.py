"""Which way this wearer holds the tag upright: where gravity is while he walks, in any mounting.

Learned from the first minute of walking, and followed slowly (1/256 a second): a belt slips, a helmet is put back. A posture is
that of a second as heavy as rest, 0.8 to 1.2 g: an acceleration is none. Who walks bent, in a low seam, is upright by this.

Ranges: the reference is (mg + 2^15) << 8, so never negative and below 2^24, of samples limited to 18900 mg. In a second that is
taken |m| <= 1200, of the reference likewise |r| <= 1200: dot, norms below 2^21.
"""

from array import array

import micropython
from dsp.fixed import isqrt
from dsp.pointers import ptr16, ptr32
from micropython import const

COS30_Q10 = const(887)
COS60_Q10 = const(512)

_SURE = const(60)  # seconds of walking
_SLOW = const(256)
_LEAST_SQ = const(640000)  # 800 mg
_MOST_SQ = const(1440000)
_BIAS = const(32768)


class Upright:
    """`second` after second; then `leans` where it gave True. Allocates nothing."""

    def __init__(self) -> None:
        self.mg = array("h", (0, 0, 0))
        self._slow = array("i", (_BIAS << 8,) * 3)
        self.restart()

    def restart(self) -> None:
        """The tag is worn another way."""
        self._learned = 0  # seconds of walking
        self.known = False  # whether these are enough

    def keep(self, keeping) -> None:
        """To or from flash: tag/fatigue/keeping.py."""
        self._learned = keeping.number(self._learned, 0, _SLOW)
        self.known = self._learned >= _SURE
        for axis in range(3):
            self._slow[axis] = keeping.number(self._slow[axis], _BIAS - 1200 << 8, _BIAS + 1200 << 8)
            self.mg[axis] = (self._slow[axis] >> 8) - _BIAS

    def second(self, walks: bool, mean) -> bool:
        """Where gravity is, mg: the smoothed mean of some samples of the second. True when that is a posture, and upright known."""
        if not _LEAST_SQ <= square(mean) <= _MOST_SQ:
            return False
        if walks:
            n = self._learned = min(_SLOW, self._learned + 1)
            self.known = n >= _SURE
            follow(mean, self._slow, self.mg, n)
        return self.known

    def leans(self, mean, cos_q10: int) -> bool:
        """Whether `mean`, a posture, is further from upright than the angle of this cosine, to any side."""
        up = self.mg
        dot = mean[0] * up[0] + mean[1] * up[1] + mean[2] * up[2]
        return dot < (isqrt(square(mean)) * isqrt(square(up)) >> 10) * cos_q10


@micropython.viper
def follow(mean, slow, out, n: int):
    """A slow mean, (mg + 2^15) << 8, goes an nth of the way to `mean`; `out` is it in mg."""
    p = ptr16(mean)
    s = ptr32(slow)
    q = ptr16(out)
    i = 0
    while i < 3:
        value = int(s[i])
        more = ((p[i] ^ 0x8000) << 8) - value
        if more < 0:
            value -= (0 - more) // n
        else:
            value += more // n
        s[i] = value
        q[i] = (value >> 8) ^ 0x8000
        i += 1


@micropython.viper
def square(v) -> int:
    """|v|^2, limited, so that three of 18900 fit."""
    p = ptr16(v)
    x = (p[0] ^ 0x8000) - 0x8000
    y = (p[1] ^ 0x8000) - 0x8000
    z = (p[2] ^ 0x8000) - 0x8000
    return x * x + y * y + z * z
