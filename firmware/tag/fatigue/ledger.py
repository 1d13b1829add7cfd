"""What a shift has asked of the wearer's body: steps, activity, time bent. Sums, no judgement; ridden.py has those of riding.

    steps, walking_s    of lib/dsp/gait.py
    active_s            seconds whose swing passes 20 mg
    effort_mgs          sum over the seconds of the mean of ||a| - 1 g|, mg s: this tag's activity count, no actigraph's
    missing_s           seconds without samples
    posture_s, bent_s   of the first the posture was known, in the second it was bent; 0 where the tag is not worn on the trunk
moved, blind        a second was active, or without samples, since whoever reads them has set them back: sums end at a day

Bent: gravity is more than 30 degrees from upright (upright.py), to any side; who lies is bent.
"""

from dsp.gait import WALKING
from micropython import const
from tag.fatigue.upright import COS30_Q10, Upright

_ACTIVE_MG = const(20)
_MASK = const(0x3FFFFFFF)
_MOST_S = const(86400)
_TOP = const(0x3FFFFFFF)


class Ledger:
    """`second` of a gait; `trunk`: the board says that the tag is worn there. Allocates nothing."""

    def __init__(self) -> None:
        self.trunk = False
        self.upright = Upright()
        self._steps = 0  # of the gait, when last seen
        self.restart()

    def restart(self) -> None:
        """What is summed begins anew."""
        self.steps = 0
        self.walking_s = 0
        self.active_s = 0
        self.effort_mgs = 0
        self.missing_s = 0
        self.posture_s = 0
        self.bent_s = 0
        self.moved = self.blind = False

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
        self.upright.keep(keeping)

    def second(self, gait, effort_mg: int, mean) -> bool:
        """What `Gait.take` has completed, and where gravity is: the smoothed mean of some of its samples, x, y, z.

        True when its posture is known.
        """
        self.steps = min(_TOP, self.steps + (gait.steps - self._steps & _MASK))
        self._steps = gait.steps
        walks = gait.state == WALKING
        if walks:
            self.walking_s = min(_MOST_S, self.walking_s + 1)
        if gait.size_mg >= _ACTIVE_MG:
            self.active_s = min(_MOST_S, self.active_s + 1)
            self.moved = True
        self.effort_mgs = min(_TOP, self.effort_mgs + effort_mg)
        known = self.upright.second(walks, mean)
        if known and self.trunk:
            self.posture_s = min(_MOST_S, self.posture_s + 1)
            if self.upright.leans(mean, COS30_Q10):
                self.bent_s = min(self.posture_s, self.bent_s + 1)
        return known

    def missed(self, seconds: int) -> None:
        """Seconds without samples."""
        self.missing_s = min(_MOST_S, self.missing_s + seconds)
        if seconds > 0:
            self.blind = True
