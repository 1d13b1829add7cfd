"""On which level of a mine the wearer is while no beacon tells, from how the air pressure has changed since one did: a hint.

    state   means                                          symbol, of a sample, every `EVERY_MS`
    LOST    nothing to compare with: no level is hinted    BLIND  no good reading of the air
    HOLD    the level is known: its pressure is learned    KNOWN  beacons are heard, and the map has a height for their level
    AWAY    it is not: heights count from where it was     OLD    else, and no pressure was learned within `OLD_MS`
                                                           GONE   else
    next:   BLIND  KNOWN  OLD   GONE
    LOST    LOST   HOLD   LOST  -
    HOLD    LOST   HOLD   LOST  AWAY
    AWAY    LOST   HOLD   LOST  AWAY

    reference   median of 9 readings, one in 6 s, while HOLD: what a cage does in the 20 s before beacons are missed does not count
    climbed     R/(M g) T (reference - now) / mean pressure, m, T in K: the barometric formula; R/(M g) = 287.05 / 9.80665
                = 29.27 m/K = 117/4; with the sum of the two pressures for their mean: 117 T dp / (2 sum)
    error       6 m, + 0.3 m a minute (weather: 2 hPa an hour are 17 m), + 1/16 of what was climbed (10 K that the tag is warmer
                than the shaft are 3 %, moist air 1 %)
    door        150 Pa or more within two samples, and 24 Pa at most in the one before and the one after: with 1.5 m/s2 and 1 m/s
                at both ends a cage makes 10 m in 4 s, 130 Pa, so this is a door. It is taken out: the reference moves with it

A level is hinted when its height is within the error of the wearer's, no other level's is, and that holds for `SETTLE` samples;
it is taken back when that does not hold for `FADE`. Ranges: |dp| within 25000 Pa (2 km; what is beyond counts as that), T within
340 K: 117 T dp < 2^30. Nothing allocates after the construction.
"""

import quality
import ticks
from micropython import const

LOST = const(0)
HOLD = const(1)
AWAY = const(2)

BLIND = const(0)
KNOWN = const(1)
OLD = const(2)
GONE = const(3)

# TABLE[state][symbol] -> state
TABLE = (
    (LOST, HOLD, LOST, LOST),
    (LOST, HOLD, LOST, AWAY),
    (LOST, HOLD, LOST, AWAY),
)

NO_LEVEL = const(-128)
EVERY_MS = const(2000)
OLD_MS = const(1800000)
SETTLE = const(5)
FADE = const(15)
DOOR_PA = const(150)
STILL_PA = const(24)

_LATE_MS = const(3000)  # samples further apart do not tell a door
_RING = const(9)
_ENOUGH = const(3)
_NTH = const(3)  # of the samples goes into the ring
_ERROR_M = const(6)
_MOST_PA = const(25000)
_MOST_K = const(340)
_ENTRY = const(3)


def problem_with(heights) -> str:
    """What is wrong with a map's table: level i8 | height i16, m, an entry; "" when it can be used."""
    if len(heights) % _ENTRY or len(heights) == _ENTRY:
        return "%d bytes of heights" % len(heights)
    last = NO_LEVEL
    for i in range(0, len(heights), _ENTRY):
        level = (heights[i] ^ 0x80) - 0x80
        if level <= last:
            return "heights of levels are in no order"
        last = level
    return ""


class Level:
    """`heights` as in a map, found good. `sample` every `EVERY_MS`; `level` is the hint, NO_LEVEL for none."""

    def __init__(self, heights, t_ms: int) -> None:
        self._heights = heights
        self.state = LOST
        self.level = NO_LEVEL
        self._base = NO_LEVEL  # level of the reference
        self._ring = [0] * _RING
        self._sorted = [0] * _RING
        self._n = self._skipped = 0
        self._learned_ms = self._sampled_ms = t_ms
        self._past = [0] * 4  # Pa of the last samples, the newest first
        self._past_n = 0
        self._candidate = NO_LEVEL
        self._times = 0

    def sample(self, level: int, air, t_ms: int) -> bool:
        """`level` of the zone whose beacons are heard now, NO_LEVEL: none is; `air` as in drivers/air.py. True when the hint is
        another one."""
        before = self.level
        self._advance(self._symbol(level, air, t_ms))
        if self.state == LOST:
            self._n = self._past_n = 0
            self.level = self._candidate = NO_LEVEL
        else:
            self._door(air.press_pa, t_ms)
            if self.state == HOLD:
                self._learn(level, air.press_pa, t_ms)
            else:
                level = self._fitting(air, t_ms)
            self._judge(level)
        self._sampled_ms = t_ms
        return self.level != before

    def _advance(self, symbol: int) -> None:
        self.state = TABLE[self.state][symbol]

    def _symbol(self, level: int, air, t_ms: int) -> int:
        if air.quality != quality.OK or air.press_pa <= 0:
            return BLIND
        if self._height_at(level) >= 0:
            return KNOWN
        if self._n < _ENOUGH or not 0 <= ticks.diff(t_ms, self._learned_ms) < OLD_MS:
            return OLD
        return GONE

    def _height_at(self, level: int) -> int:
        """Where a level stands in the table; -1: it does not."""
        i = 0
        while i < len(self._heights):
            if (self._heights[i] ^ 0x80) - 0x80 == level:
                return i
            i += _ENTRY
        return -1

    def _height_m(self, at: int) -> int:
        return ((self._heights[at + 1] | self._heights[at + 2] << 8) ^ 0x8000) - 0x8000

    def _door(self, press_pa: int, t_ms: int) -> None:
        """Keep the last samples; a door between them moves the reference."""
        past = self._past
        if ticks.diff(t_ms, self._sampled_ms) > _LATE_MS:
            self._past_n = 0
        if self._past_n == 4:
            step = past[0] - past[2]
            if abs(step) >= DOOR_PA and abs(past[2] - past[3]) <= STILL_PA and abs(press_pa - past[0]) <= STILL_PA:
                i = 0
                while i < self._n:
                    self._ring[i] += step
                    i += 1
                past[0] = past[1] = past[2] = press_pa  # and it is told once
        past[3] = past[2]
        past[2] = past[1]
        past[1] = past[0]
        past[0] = press_pa
        self._past_n = min(4, self._past_n + 1)

    def _learn(self, level: int, press_pa: int, t_ms: int) -> None:
        if level != self._base:
            self._base = level
            self._n = self._skipped = 0
        self._learned_ms = t_ms
        self._skipped -= 1
        if self._skipped > 0:
            return
        self._skipped = _NTH
        ring = self._ring
        i = min(self._n, _RING - 1)
        self._n = i + 1
        while i:
            ring[i] = ring[i - 1]
            i -= 1
        ring[0] = press_pa

    def _reference_pa(self) -> int:
        """The median of the ring, without a list made anew."""
        row = self._sorted
        n = 0
        while n < self._n:
            value = self._ring[n]
            i = n
            while i and row[i - 1] > value:
                row[i] = row[i - 1]
                i -= 1
            row[i] = value
            n += 1
        return row[n >> 1]

    def _climbed_m(self, air) -> int:
        reference_pa = max(1, self._reference_pa())  # doors may have moved it anywhere
        dp = max(-_MOST_PA, min(_MOST_PA, reference_pa - air.press_pa))
        kelvin = max(230, min(_MOST_K, (air.temp_c100 + 27315) // 100))
        return 117 * kelvin * dp // (2 * (reference_pa + air.press_pa))

    def _fitting(self, air, t_ms: int) -> int:
        """The only level whose height fits the pressure; NO_LEVEL: none, or several."""
        climbed_m = self._climbed_m(air)
        error_m = _ERROR_M + 3 * ticks.diff(t_ms, self._learned_ms) // 600000 + (abs(climbed_m) >> 4)
        return self._within(self._height_m(self._height_at(self._base)) + climbed_m, error_m)

    def _within(self, height_m: int, error_m: int) -> int:
        found = NO_LEVEL
        i = 0
        while i < len(self._heights):
            if abs(self._height_m(i) - height_m) <= error_m:
                if found != NO_LEVEL:
                    return NO_LEVEL
                found = (self._heights[i] ^ 0x80) - 0x80
            i += _ENTRY
        return found

    def _judge(self, fits: int) -> None:
        """The hint follows what fits, once it does for long enough."""
        if fits != self._candidate:
            self._candidate = fits
            self._times = 0
        self._times = min(FADE, self._times + 1)
        if self.state == HOLD or self._times >= (FADE if fits == NO_LEVEL else SETTLE):
            self.level = fits
