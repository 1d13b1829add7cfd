"""Early warning: in how many seconds the air may reach a level, from how much this gas has moved before. Only ever adds a warning.

Two estimates, the sooner one counts:

    unrest   how far the air moves in a minute: root of the mean square over about an hour, one step counting three times as
             much as usual at most. Air that wanders moves as the root of time, so after t seconds it is about
             unrest * sqrt(t / 60) away: the level is in sight at t = 60 * (gap / unrest)^2
    trend    the last 5 minute means all lie above (falling level: below) the 5 before: it may go on as it was, at most as
             far as it came: t = 300 * gap / rise, for a gap up to the rise from the mean of the 5 before to that of the last 5

Persistence, "it stays as it is", is hard to beat in a mine, so no curve is fitted. What the air is taken to be now is the mean
of the last 10 s (slower readings: the last one), plus what the sensor's lag still hides: tau * dy/dt with tau = t90 / 2.303
and dy/dt from the minute mean before, at most as much again as it has moved since.

A pause of 3 minutes begins anew, but for the unrest. docs/gas.md has the figures.
"""

from array import array

from micropython import const
from ticks import add, diff

_BEAT_MS = const(10000)
_MINUTE_MS = const(60000)
_PAUSE_MS = const(180000)
_HOUR = const(60)  # minutes of memory of the unrest
_NEVER_S = const(3600)  # what is further away is not in sight
_FULL = const(32767)
_MANY = const(30000)  # readings of a beat or minute that count: 30000 * 32767 < 2^30
_FAR = const(16383)  # q4, 1023 counts: its square is below 2^28
_CLIP_Q8 = const(102400)  # (20 counts)^2: a step up to it always counts in full

# _s: 0..9 the last minute means, q4, by place |
_PLACE = const(10)  # of the next one
_SEEN = const(11)  # minute means in the ring
_NOW = const(12)  # mean of the last beat, q4
_BEAT = const(13)  # in progress: sum, readings, since when
_MINUTE = const(16)  # the same
_UNREST = const(19)  # squared, q8
_STEPS = const(20)  # that it is made of, 60 at most
_THEN = const(21)  # what _NOW was at the end of the minute before
_LAST = const(22)  # time of the last reading
_LEN = const(23)


class Ahead:
    """One gas. Allocates nothing after its construction; `t90_s` is the sensor's, 0: unknown."""

    def __init__(self, t90_s: int) -> None:
        self._lag = max(0, min(138, t90_s))  # 138 s = 2.303 * 60 s: from there on the bound holds
        self._s = array("i", (0,) * _LEN)
        self._s[_SEEN] = -1  # no reading yet

    def feed(self, value: int, t_ms: int) -> None:
        """Take a fresh usable reading, counts."""
        s = self._s
        value = max(-_FULL, min(_FULL, value))
        if s[_SEEN] < 0 or not 0 <= diff(t_ms, s[_LAST]) < _PAUSE_MS:
            s[_SEEN] = s[_PLACE] = 0
            s[_NOW] = s[_THEN] = value * 16
            self._open(_BEAT, t_ms)
            self._open(_MINUTE, t_ms)
            s[_LAST] = t_ms
            return
        s[_LAST] = t_ms
        self._count(_BEAT, value)
        self._count(_MINUTE, value)
        if diff(t_ms, s[_BEAT + 2]) >= _BEAT_MS:
            s[_NOW] = self._mean(_BEAT)
            self._open(_BEAT, t_ms)
        if diff(t_ms, s[_MINUTE + 2]) >= _MINUTE_MS:
            self._keep(self._mean(_MINUTE))
            # rows of 20 or 30 s keep to the minute, slower ones make their own
            late = diff(t_ms, s[_MINUTE + 2]) - _MINUTE_MS
            self._open(_MINUTE, add(t_ms, -late) if late < _MINUTE_MS // 2 else t_ms)

    def seconds_to(self, level: int, falling: int = 0) -> int:
        """Until the air may reach `level`, counts: 0 when it has, -1 when that is not in sight."""
        s = self._s
        if s[_SEEN] < 0:
            return -1
        sign = -1 if falling else 1
        gap = (level * 16 - s[_NOW]) * sign
        if gap > 0:
            gap -= self._hidden(sign)
        return self._sooner(gap, sign) if gap > 0 else 0

    # -- inside ------------------------------------------------------------------------------------------------------

    def _open(self, at: int, t_ms: int) -> None:
        s = self._s
        s[at] = s[at + 1] = 0
        s[at + 2] = t_ms

    def _count(self, at: int, value: int) -> None:
        s = self._s
        if s[at + 1] < _MANY:
            s[at] += value
            s[at + 1] += 1

    def _mean(self, at: int) -> int:
        """q4"""
        n = self._s[at + 1]
        return self._s[at] // n * 16 + self._s[at] % n * 16 // n

    def _keep(self, mean: int) -> None:
        """A minute is over."""
        s = self._s
        place = s[_PLACE]
        s[place] = mean
        s[_PLACE] = (place + 1) % 10
        s[_SEEN] = min(10, s[_SEEN] + 1)
        self._stir(s[_NOW] - s[_THEN])
        s[_THEN] = s[_NOW]

    def _stir(self, step: int) -> None:
        """The air moved so far in a minute, q4."""
        s = self._s
        was = s[_UNREST]
        step = max(-_FAR, min(_FAR, step))
        # 9 * was stays below 2^30 while it is less than a quarter of the largest square, 2^28
        step = min(step * step, 9 * was + _CLIP_Q8) if was < 1 << 26 else step * step
        s[_STEPS] = min(_HOUR, s[_STEPS] + 1)
        s[_UNREST] = was + (step - was) // s[_STEPS]

    def _hidden(self, sign: int) -> int:
        """What the sensor's lag hides, q4, towards the level."""
        s = self._s
        if not s[_SEEN]:
            return 0
        return max(0, (s[_NOW] - s[(s[_PLACE] + 9) % 10]) * sign) * self._lag // 138

    def _sooner(self, gap: int, sign: int) -> int:
        found = self._wander(gap)
        other = self._trend(gap, sign)
        if other < found:
            found = other
        return found if found < _NEVER_S else -1

    def _wander(self, gap: int) -> int:
        square = self._s[_UNREST]
        if not square or gap > _FAR:
            return _NEVER_S
        gap *= gap
        if gap // square >= _NEVER_S // 60:
            return _NEVER_S
        while gap > 1 << 24:  # 60 times it stays below 2^30
            gap >>= 1
            square >>= 1
        return gap * 60 // square

    def _trend(self, gap: int, sign: int) -> int:
        rise = self._rise(sign) if self._s[_SEEN] == 10 else 0
        if gap * 5 > rise:
            return _NEVER_S
        return gap * 500 // max(1, rise // 3)  # 300 * gap / (rise / 5)

    def _rise(self, sign: int) -> int:
        """Sum of the last 5 means less that of the 5 before, q4; 0 when one of these lies above one of those."""
        s = self._s
        highest = -_FULL * 16
        rise = i = 0
        while i < 10:  # a `range` would make the frame too large for the stack
            mean = s[(s[_PLACE] + i) % 10] * sign
            if i >= 5:
                if mean <= highest:
                    return 0
                rise += mean
            else:
                rise -= mean
                if mean > highest:
                    highest = mean
            i += 1
        return rise
