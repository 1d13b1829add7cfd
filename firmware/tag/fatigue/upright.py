"""Which way this wearer holds the tag upright: where gravity is while he walks, in any mounting.

Learned from the first minute of walking, and followed slowly (1/256 a second): a belt slips, a helmet is put back. A posture is
that of a second as heavy as rest, 0.8 to 1.2 g: an acceleration is none. Who walks bent, in a low seam, is upright by this.

Ranges: the reference in mg << 8, of samples limited to 18900 mg: below 2^23. In a second that is taken |m| <= 1200, of the
reference likewise |r| <= 1200: dot, norms below 2^21.
"""

from array import array

from dsp.fixed import isqrt
from micropython import const

COS30_Q10 = const(887)
COS60_Q10 = const(512)

_SURE = const(60)  # seconds of walking
_SLOW = const(256)
_LEAST_SQ = const(640000)  # 800 mg
_MOST_SQ = const(1440000)


class Upright:
    """`second` after second; then `leans` where it gave True. Allocates nothing."""

    def __init__(self) -> None:
        self.mg = array("h", (0, 0, 0))
        self._mg_q8 = array("i", (0, 0, 0))
        self._learned = 0  # seconds of walking

    @property
    def known(self) -> bool:
        """Whether the wearer has walked for long enough."""
        return self._learned >= _SURE

    def restart(self) -> None:
        """The tag is worn another way."""
        self._learned = 0

    def keep(self, keeping) -> None:
        """To or from flash: tag/fatigue/keeping.py."""
        self._learned = keeping.number(self._learned, 0, _SLOW)
        for axis in range(3):
            self._mg_q8[axis] = keeping.number(self._mg_q8[axis], -1200 << 8, 1200 << 8)
            self.mg[axis] = self._mg_q8[axis] >> 8

    def second(self, walks: bool, mean) -> bool:
        """Where gravity is, mg: the smoothed mean of some samples of the second. True when that is a posture, and upright known."""
        if not _LEAST_SQ <= square(mean) <= _MOST_SQ:
            return False
        if walks:
            self._learn(mean)
        return self._learned >= _SURE

    def leans(self, mean, cos_q10: int) -> bool:
        """Whether `mean`, a posture, is further from upright than the angle of this cosine, to any side."""
        up = self.mg
        dot = mean[0] * up[0] + mean[1] * up[1] + mean[2] * up[2]
        return dot < (isqrt(square(mean)) * isqrt(square(up)) >> 10) * cos_q10

    def _learn(self, mean) -> None:
        n = self._learned = min(_SLOW, self._learned + 1)
        follow(mean, self._mg_q8, self.mg, n)


def follow(mean, slow_q8, slow, n: int) -> None:
    """A slow mean, mg << 8 and mg, goes an nth of the way to `mean`."""
    _follow(mean, slow_q8, slow, 0, n)  # a loop would make the frame too large
    _follow(mean, slow_q8, slow, 1, n)
    _follow(mean, slow_q8, slow, 2, n)


def _follow(mean, slow_q8, slow, axis: int, n: int) -> None:
    value = slow_q8[axis]
    value += ((mean[axis] << 8) - value) // n
    slow_q8[axis] = value
    slow[axis] = value >> 8


def square(v) -> int:
    """|v|^2, limited, so that three of 18900 fit."""
    return v[0] * v[0] + v[1] * v[1] + v[2] * v[2]
