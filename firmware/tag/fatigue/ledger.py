"""What a shift has asked of the wearer's body: steps, activity, time bent. Sums, no judgement; vibration.py has its own.

    steps, walking_s    of lib/dsp/gait.py
    active_s            seconds whose swing passes 20 mg
    effort_mgs          sum over the seconds of the mean of ||a| - 1 g|, mg s: this tag's activity count, no actigraph's
    missing_s           seconds without samples
    posture_s, bent_s   of the first the posture was known, in the second it was bent; 0 where the tag is not worn on the trunk

Bent: gravity is more than 30 degrees from where it is while this wearer walks, to any side, in a second that is as heavy as
rest (0.8 to 1.2 g). How one walks is learned from the first minute of walking, and followed slowly (1/256): a belt slips. Who
walks bent, in a low seam, is upright by this; who lies is bent.

Ranges: the reference in mg << 8, of samples limited to 18900 mg: below 2^23. In a second that is taken |m| <= 1200, of the
reference likewise |r| <= 1200: dot, norms below 2^21.
"""

from array import array

from dsp.fixed import isqrt
from dsp.gait import WALKING
from micropython import const

_ACTIVE_MG = const(20)
_SURE = const(60)  # seconds of walking
_SLOW = const(256)
_LEAST_SQ = const(640000)  # 800 mg
_MOST_SQ = const(1440000)
_COS_Q10 = const(887)  # of 30 degrees
_MASK = const(0x3FFFFFFF)
_MOST_S = const(86400)
_TOP = const(0x3FFFFFFF)


class Ledger:
    """`second` of a gait; `trunk`: the board says that the tag is worn there. Allocates nothing."""

    def __init__(self) -> None:
        self.trunk = False
        self._upright = array("i", (0, 0, 0))  # mg << 8
        self._steps = 0  # of the gait, when last seen
        self.restart()

    def restart(self) -> None:
        """A new shift, in which the tag is worn another way."""
        self.steps = 0
        self.walking_s = 0
        self.active_s = 0
        self.effort_mgs = 0
        self.missing_s = 0
        self.posture_s = 0
        self.bent_s = 0
        self._learned = 0  # seconds of walking

    def keep(self, keeping) -> None:
        """To or from flash: tag/fatigue/keeping.py."""
        number = keeping.number
        self.steps = number(self.steps, 0, _TOP)
        self.walking_s = number(self.walking_s, 0, _MOST_S)
        self.active_s = number(self.active_s, 0, _MOST_S)
        self.effort_mgs = number(self.effort_mgs, 0, _TOP)
        self.missing_s = number(self.missing_s, 0, _MOST_S)
        self.posture_s = number(self.posture_s, 0, _MOST_S)
        self.bent_s = number(self.bent_s, 0, self.posture_s)
        self._learned = number(self._learned, 0, _SLOW)
        for axis in range(3):
            self._upright[axis] = number(self._upright[axis], -1200 << 8, 1200 << 8)

    def second(self, gait, effort_mg: int, mean) -> None:
        """What `Gait.take` has completed, and where gravity is: the smoothed mean of some of its samples, x, y, z."""
        self.steps = min(_TOP, self.steps + (gait.steps - self._steps & _MASK))
        self._steps = gait.steps
        walks = gait.state == WALKING
        if walks:
            self.walking_s = min(_MOST_S, self.walking_s + 1)
        if gait.size_mg >= _ACTIVE_MG:
            self.active_s = min(_MOST_S, self.active_s + 1)
        self.effort_mgs = min(_TOP, self.effort_mgs + effort_mg)
        if self.trunk:
            self._posture(walks, mean)

    def missed(self, seconds: int) -> None:
        """Seconds without samples."""
        self.missing_s = min(_MOST_S, self.missing_s + seconds)

    def _posture(self, walks: bool, mean) -> None:
        if not _LEAST_SQ <= _square(mean) <= _MOST_SQ:
            return
        up = self._upright
        if walks:
            n = self._learned = min(_SLOW, self._learned + 1)
            up[0] += ((mean[0] << 8) - up[0]) // n
            up[1] += ((mean[1] << 8) - up[1]) // n
            up[2] += ((mean[2] << 8) - up[2]) // n
        if self._learned < _SURE:
            return
        self.posture_s = min(_MOST_S, self.posture_s + 1)
        if _bent(mean, up[0] >> 8, up[1] >> 8, up[2] >> 8):
            self.bent_s = min(self.posture_s, self.bent_s + 1)


def _bent(mean, x: int, y: int, z: int) -> bool:
    dot = mean[0] * x + mean[1] * y + mean[2] * z
    return dot < (isqrt(_square(mean)) * isqrt(x * x + y * y + z * z) >> 10) * _COS_Q10


def _square(v) -> int:
    """Limited, so that three of 18900 fit."""
    return v[0] * v[0] + v[1] * v[1] + v[2] * v[2]
