"""Sleep by actigraphy, where the tag is worn on a trunk, belt or helmet: minutes of lying without motion become a sleep.

    actigraph.py, minute by minute ─► Cole and Kripke's sum of seven minutes ─► asleep or awake ─► table ─► a sleep of so long

    sum      106 a4 + 54 a3 + 58 a2 + 76 a1 + 230 a0 + 74 b1 + 67 b2 of the counts in units of 100; a minute is asleep below 1000.
             a4 is four minutes before, b2 two after: the verdict comes two minutes late. (Cole et al., Sleep 15(5):461-469, 1992,
             in the form that ActiGraph's software has.)
    asleep   takes also: all of the minute seen, lying, breathing. What is not known is awake
    after waking for 4, 10, 15 minutes the first 1, 3, 4 asleep are awake (Webster et al., Sleep 5(4):389-399, 1982; their other
             rules take out short sleeps, which never count here)

    state    means                                        next: ASLEEP   SURE     AWAKE    LONG
    AWAKE    no sleep                                           DOZING   DOZING   AWAKE    AWAKE
    DOZING   asleep for less than 20 minutes                    DOZING   ASLEEP   DOZING   AWAKE
    ASLEEP   20 and more                                        ASLEEP   ASLEEP   ASLEEP   AWAKE, a sleep is over

    SURE     the 20th minute asleep; LONG: the sixth awake in a row. Minutes awake between are not slept

A sleep that was not there is the dangerous error: it makes the wearer look rested. These rules were made for a wrist, and such
scorings know but 21 to 46 of 100 waking minutes of a night (children, hip and wrist: PMC6970953), so lying and breathing are asked
for too. It is an estimate: whoever lies awake without moving for 20 minutes is counted.

A sleep of n minutes ends where the last of them ended: what is left out for waking in between comes off its beginning.
Ranges: counts at most 32735, weights 665: below 2^25.
"""

from array import array

from micropython import const
from tag.fatigue.actigraph import Actigraph

AWAKE = const(0)
DOZING = const(1)
ASLEEP = const(2)

_ASLEEP = const(0)
_SURE = const(1)
_AWAKE = const(2)
_LONG = const(3)

# TABLE[state][input] -> state
TABLE = (
    (DOZING, DOZING, AWAKE, AWAKE),
    (DOZING, ASLEEP, DOZING, AWAKE),
    (ASLEEP, ASLEEP, ASLEEP, AWAKE),
)

_WEIGHTS = (106, 54, 58, 76, 230, 74, 67)  # oldest first
_SLEEP = const(100000)  # of counts as they are
_AWAY = const(30000)  # counts of a minute that nobody saw
_MINUTES = const(7)
_LATER = const(2)
_LEAST_MIN = const(20)
_BREAK_MIN = const(6)
_GAP_MIN = const(10)  # of minutes that nobody saw: after so many nothing is left of a sleep
_MOST_MIN = const(1440)


class Sleep:
    """`chunk` and `second` go to its actigraph, `minute` here; when True, `slept_min` and `since_min` tell of a sleep.

    Allocates nothing after its construction.
    """

    def __init__(self, upright) -> None:
        self._upright = upright
        self.actigraph = Actigraph()
        self._counts = array("i", (_AWAY,) * _MINUTES)  # oldest first
        self._rests = array("b", (0,) * _MINUTES)
        self.restart()

    def restart(self) -> None:
        """A shift begins: nobody sleeps."""
        for i in range(_MINUTES):
            self._counts[i] = _AWAY
            self._rests[i] = 0
        self.state = AWAKE
        self.slept_min = 0  # of the last sleep that was told
        self.since_min = 0  # from its end to when it was told
        self._now_min = 0  # of the sleep that goes on
        self._awake_min = _MOST_MIN  # in a row
        self._skip_min = 0
        self.close()
        self.lost()

    def close(self) -> None:
        """What WORKLOAD sums begins anew; what it was told of a sleep that goes on is not told again."""
        self._asleep_min = 0
        self._told_min = self._now_min if self.state == ASLEEP else 0

    def keep(self, keeping) -> None:
        """To or from flash: the sum. A sleep that goes on over a reset is lost: the side of waking."""
        self._asleep_min = keeping.number(self._asleep_min, 0, _MOST_MIN)

    def lost(self) -> None:
        """Samples are missing."""
        self.actigraph.lost()

    @property
    def known(self) -> bool:
        """Whether a sleep could be told."""
        return self._upright.known or self._asleep_min > 0

    @property
    def asleep_min(self) -> int:
        """Of this shift, with the sleep that goes on."""
        return min(_MOST_MIN, self._asleep_min + (self._now_min - self._told_min if self.state == ASLEEP else 0))

    @property
    def worn(self) -> bool:
        """Somebody has breathed in the last minute, lying."""
        return self._rests[_MINUTES - 1] > 0

    def minute(self, n: int) -> bool:
        """So many minutes have passed, of the last of which chunks came; True when a sleep is over."""
        one = self.actigraph
        one.close()
        if n == 1 and one.seen:
            return self._push(one.counts, int(one.lies and one.breathes))
        over = False
        for i in range(min(n, _GAP_MIN)):
            if self._push(_AWAY, 0):
                over = True
                self.since_min += n - 1 - i
        return over

    # -- inside -----------------------------------------------------------------------------------------------------------

    def _push(self, counts: int, rests: int) -> bool:
        total = 0
        for i in range(_MINUTES - 1):
            self._counts[i] = self._counts[i + 1]
            self._rests[i] = self._rests[i + 1]
            total += self._counts[i] * _WEIGHTS[i]
        self._counts[_MINUTES - 1] = counts
        self._rests[_MINUTES - 1] = rests
        total += counts * _WEIGHTS[_MINUTES - 1]
        return self._step(total < _SLEEP and self._rests[_MINUTES - 1 - _LATER] > 0)

    def _step(self, asleep: bool) -> bool:
        if asleep and self._awake_min:
            self._skip_min = max(self._skip_min, _skipped(self._awake_min))
        if asleep and self._skip_min:
            self._skip_min -= 1
            self._awake_min = 0
            return False
        before = self.state
        self.state = TABLE[before][self._symbol(asleep)]
        if self.state:
            return False
        if before == ASLEEP:
            self.slept_min = self._now_min
            self.since_min = self._awake_min + _LATER
            self._asleep_min = min(_MOST_MIN, self._asleep_min + self.slept_min - self._told_min)
        self._now_min = self._told_min = 0
        return before == ASLEEP

    def _symbol(self, asleep: bool) -> int:
        if asleep:
            self._awake_min = 0
            self._now_min = min(_MOST_MIN, self._now_min + 1)
            return _SURE if self._now_min >= _LEAST_MIN else _ASLEEP
        self._awake_min = min(_MOST_MIN, self._awake_min + 1)
        return _LONG if self._awake_min >= _BREAK_MIN else _AWAKE


def _skipped(awake_min: int) -> int:
    """Minutes that do not count after so many awake."""
    return 4 if awake_min >= 15 else 3 if awake_min >= 10 else 1 if awake_min >= 4 else 0
