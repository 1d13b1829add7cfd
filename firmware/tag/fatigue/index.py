"""The fatigue index, 0..100: four parts of different evidence, how much they are to be believed, a level, and what to advise.

    part       from                                      0                     100
    DRIFT      tag/fatigue/drift.py                      as in the first part  x / (x + 6), x = distance + burden / 4
    ALERTNESS  tag/fatigue/alertness.py: hours awake     KSS 3 "alert"         KSS 9 "fighting sleep"
    REACTION   a test on the button, when asked          as when rested        three times as slow
    NODS       tag/fatigue/nods.py, on a helmet          none in half an hour  70: five and more

The index is the largest part that is known: each stands for a risk of its own, and one that says nothing takes nothing away from
another. A part that is unknown is -1; where all are, there is no index, and the level is UNKNOWN, never RESTED. Nor is one RESTED
by the clock alone: few points count as NONE where DRIFT is unknown, as nobody sees how the wearer moves.

    level      next: NONE      LOW      FALLING   MIDDLE   SINKING   TOP
    UNKNOWN          UNKNOWN   RESTED   RESTED    WATCH    WATCH     HIGH
    RESTED           UNKNOWN   RESTED   RESTED    WATCH    WATCH     HIGH
    WATCH            UNKNOWN   RESTED   WATCH     WATCH    WATCH     HIGH
    HIGH             HIGH      RESTED   WATCH     WATCH    HIGH      HIGH

    input      NONE there is no index, or one below 40 without DRIFT, or without a part that has warned
               LOW 0..29 | FALLING 30..39 | MIDDLE 40..56 | SINKING 57..66 | TOP 67..100

A part has warned from 40 on, until it is below 30 or the level RESTED. So what was reached is left only ten points lower, and HIGH
is not forgotten because a sensor fell silent, however rested the others find the wearer: it ends when that part is known again and
low (after a nod a head that could be watched, after a slow test another one), or with the shift. Where the numbers come from:
KSS 7, "sleepy", is 66 of ALERTNESS; of DRIFT 67 takes the largest distance for an hour, or 2.5 for two and a half; 40 the largest
distance once, or 2.5 for half an hour; WATCH takes three NODS, HIGH five: one or two may be something else, and more are chosen,
not measured. docs/fatigue.md says what they are worth.
"""

from array import array

from micropython import const

DRIFT = const(0)
ALERTNESS = const(1)
REACTION = const(2)
NODS = const(3)
_PARTS = const(4)

UNKNOWN = const(0)
RESTED = const(1)
WATCH = const(2)
HIGH = const(3)

# Text keys of what is advised
ADVISE_NOTHING = const(0)
ADVISE_BREAK = const(1)
ADVISE_CHECK_IN = const(2)
ADVISE_HAND_OVER = const(3)

NONE = const(-1)

# TABLE[level][input] -> level
TABLE = (
    (UNKNOWN, RESTED, RESTED, WATCH, WATCH, HIGH),
    (UNKNOWN, RESTED, RESTED, WATCH, WATCH, HIGH),
    (UNKNOWN, RESTED, WATCH, WATCH, WATCH, HIGH),
    (HIGH, RESTED, WATCH, WATCH, HIGH, HIGH),
)
_FROM = (0, 30, 40, 57, 67)

_HALF_Q8 = const(1536)  # x of 50 points
_ALERT_Q8 = const(768)  # KSS 3
_KSS_SPAN_Q8 = const(1536)
_SLOW = const(300)  # per cent of the rested reaction time
_NODS = (0, 15, 30, 45, 57, 70)  # points by their number


def drift_part(distance_q8: int, burden_q8: int) -> int:
    """Points of a drift; below 100 always, so that more drift is more points for as long as it may go on."""
    x = max(0, distance_q8) + (max(0, burden_q8) >> 2)
    return 100 * x // (x + _HALF_Q8)


def alertness_part(kss_q8: int) -> int:
    """Points of a sleepiness on Karolinska's scale, 1..9."""
    return max(0, min(100, 100 * (kss_q8 - _ALERT_Q8) // _KSS_SPAN_Q8))


def reaction_part(per_cent: int) -> int:
    """Points of a median reaction time, per cent of the wearer's rested one."""
    return max(0, min(100, 100 * (per_cent - 100) // (_SLOW - 100)))


def nods_part(count: int) -> int:
    """Points of so many nods of the head within half an hour."""
    return _NODS[max(0, min(len(_NODS) - 1, count))]


class FatigueIndex:
    """`set` parts as they come, then `judge`. Allocates nothing."""

    def __init__(self) -> None:
        self._parts = array("b", (NONE,) * _PARTS)
        self._trust = array("b", (0,) * _PARTS)
        self._warned = 0  # which parts have, a bit each
        self.level = UNKNOWN

    def set(self, part: int, points: int, confidence: int) -> None:
        """Points 0..100, or NONE; how much they are to be believed, 0..100: of 0 they are unknown."""
        self._trust[part] = max(0, min(100, confidence))
        self._parts[part] = max(0, min(100, points)) if points >= 0 and confidence > 0 else NONE

    def part(self, part: int) -> int:
        """Points of a part; NONE while unknown."""
        return self._parts[part]

    def restart(self) -> None:
        """Another shift: nothing is known of it."""
        for part in range(_PARTS):
            self.set(part, NONE, 0)
        self._warned = 0
        self.level = UNKNOWN

    def keep(self, keeping) -> None:
        """To or from flash: tag/fatigue/keeping.py."""
        for part in range(_PARTS):
            self._parts[part] = keeping.number(self._parts[part], NONE, 100)
            self._trust[part] = keeping.number(self._trust[part], 0, 100)
        self._warned = keeping.number(self._warned, 0, (1 << _PARTS) - 1)
        self.level = keeping.number(self.level, UNKNOWN, HIGH)

    @property
    def leading(self) -> int:
        """The part that the index is; of equals the first. NONE without an index."""
        best = NONE
        i = 0
        while i < _PARTS:
            if self._parts[i] >= 0 and (best < 0 or self._parts[i] > self._parts[best]):
                best = i
            i += 1
        return best

    @property
    def index(self) -> int:
        """0..100, or NONE."""
        best = self.leading
        return self._parts[best] if best >= 0 else NONE

    @property
    def confidence(self) -> int:
        """0..100: of the leading part."""
        best = self.leading
        return self._trust[best] if best >= 0 else 0

    def judge(self) -> bool:
        """Take the parts as they are; True when the level is another than before."""
        points = self.index
        symbol = 0
        if points >= (0 if self._parts[DRIFT] >= 0 else _FROM[2]):
            while symbol < 5 and points >= _FROM[symbol]:
                symbol += 1
        if self._silent() and symbol < 3:
            symbol = 0
        before = self.level
        self.level = TABLE[before][symbol]
        if self.level == RESTED:
            self._warned = 0
        return self.level != before

    def _silent(self) -> bool:
        """Which parts have warned; whether one of them is unknown, and so has not said that it is over."""
        unknown = 0
        i = 0
        while i < _PARTS:
            if self._parts[i] < 0:
                unknown |= 1 << i
            elif self._parts[i] >= _FROM[2]:
                self._warned |= 1 << i
            elif self._parts[i] < _FROM[1]:
                self._warned &= ~(1 << i)
            i += 1
        return self._warned & unknown > 0

    @property
    def advice(self) -> int:
        """What the level asks for: at HIGH somebody talks to the wearer, and takes over where sleepiness or two parts say so."""
        if self.level < WATCH:
            return ADVISE_NOTHING
        if self.level == WATCH:
            return ADVISE_BREAK
        high = i = 0
        while i < _PARTS:
            if self._parts[i] >= _FROM[4]:
                high += 1
            i += 1
        sleepy = self.leading == ALERTNESS or self.leading == NODS
        return ADVISE_HAND_OVER if high > 1 or sleepy else ADVISE_CHECK_IN
