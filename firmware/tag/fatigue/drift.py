"""How far the wearer's ways have drifted from those of the first part of this shift: a personal control chart.

A window (five minutes) is described by up to 9 features, numbers of int16; some may be unknown in it. What is usual for this
person is learned from the first windows; after that each window is seen against it, and only what lasts counts.

    state      means                                  next: `learn` windows with at least half of the features
    LEARNING   what is usual is not known yet         WATCHING
    WATCHING   windows are compared with it           stays

    usual      mean of the n windows, and their spread: sd^2 = (m floor^2 + sum (x - mean)^2) / (m + n - 1). Of so few windows
               alone the spread would be chance; so m = 4 imagined ones have the spread that people have (`floors`), or 8 that
               which this person had in earlier shifts (`restore`), where it is the larger one
    z          (x - mean) / sd, at most 4 on either side: one odd window is no drift
    E          EWMA of z, weight 1/3; of the first three windows their mean
    unseen     of a window that counts, a feature that is not known ages: after as many as the memory has nobody knows where it is
               now, and it says nothing until it is known again. A heart rate comes and goes like that
    distance   root of the mean over the features of E^2 / (V + 1/n): V is what chance alone does to E (it ends at 1/5), 1/n
               what it did to the mean. So about 1 means "as ever", however short the learning was. Two-sided: some people get
               slower when tired, others hasty. At most 4
    burden     CUSUM of distance - 1.25, never below 0: drift that stays adds up, a window out of line does not

The distance alone forgets (after some 3 windows), the burden alone is 0 for long: the index (index.py) takes both.

The mean is always today's, because a tag is never worn the same twice. Ranges, features f: values and means in q4 below 2^20;
deviations scaled to below 2^12, sums of at most 16 squares below 2^28; z in q8, at most 2^10; E in q12, at most 2^14, squared 2^28.
"""

from array import array

from dsp.fixed import isqrt
from micropython import const

LEARNING = const(0)
WATCHING = const(1)

LEARN = const(4)  # windows
MEMORY = const(3)  # windows
SLACK_Q8 = const(320)

_FEATURES = const(9)
_MOST = const(8)  # windows that are learned
_LIMIT = const(32767)
_IMAGINED = const(4)  # windows that the floor of a spread is worth
_REMEMBERED = const(8)  # windows that earlier shifts are worth
_Z_Q8 = const(1024)
_FAR_Q8 = const(1024)
_BURDEN_Q8 = const(65535)

# of a feature in _s, from _SIZE * feature on
_MEAN = const(0)  # q4
_SD = const(1)  # q4, 0: this feature is not used
_N = const(2)  # windows that the mean is of
_EWMA = const(3)  # q12
_CHANCE = const(4)  # V, q12
_AGE = const(5)  # windows that the EWMA has seen, up to its memory, less those that it has missed since
_PER_MILLE = const(6)  # the floor of its spread: of its mean
_UNITS = const(7)  # and in its unit; the larger one counts
_EARLIER = const(8)  # spread of earlier shifts, q4; 0: none
_SIZE = const(9)
# the range of each: what a file may say
_LEASTS = (_LIMIT << 4, 0, 0, _Z_Q8 << 4, 0, 0, 0, 0, 0)
_MOSTS = (_LIMIT << 4, _LIMIT << 4, _MOST, _Z_Q8 << 4, 4096, _MOST, 0, 0, _LIMIT << 4)


class Drift:
    """`take` a window; `distance_q8` and `burden_q8` are 0 while it learns. Allocates nothing after its construction, but for
    frames of the heap when the learning ends."""

    def __init__(self, floors, learn: int = LEARN, slack_q8: int = SLACK_Q8, memory: int = MEMORY) -> None:
        """`floors`: a feature's least spread, (per mille of its mean, in its unit); raises ValueError beyond 1..9 and 1..8."""
        n = len(floors)
        if not 1 <= n <= _FEATURES or not 2 <= learn <= _MOST or not 1 <= memory <= _MOST:
            raise ValueError("drift: size")
        self.features = n
        self._learn = learn
        self._slack_q8 = slack_q8
        self._memory = memory
        self._s = array("i", (0,) * (_SIZE * n))
        self._first = array("h", (0,) * (n * learn))
        self._known = array("h", (0,) * learn)
        i = 0
        for per_mille, units in floors:
            self._s[i + _PER_MILLE] = max(0, min(1000, per_mille))
            self._s[i + _UNITS] = max(0, min(_LIMIT, units))
            i += _SIZE
        self.restart()

    def restart(self) -> None:
        """A new shift, or another wearer: what is usual has to be learned."""
        self.state = LEARNING
        self.windows = 0  # learned so far
        self.used = 0  # features that are compared
        self.seen = 0  # of those, in the last window
        self.distance_q8 = 0
        self.burden_q8 = 0

    def take(self, values, known: int) -> bool:
        """A window: features, int16, and which of them are known, a bit each; False when it held too little to count."""
        if self.state == LEARNING:
            return self._keep(values, known)
        total = self._compare(values, known)
        if 2 * self.seen < self.used or not self.seen:
            return False
        self._fade(known)
        # q12 of distance^2; limited before the root, 16 << 16 = 2^20
        self.distance_q8 = isqrt(min(total // self.used, 16 << 12) << 4)
        self._burden(self.burden_q8 + min(_FAR_Q8, self.distance_q8) - self._slack_q8)
        return True

    def z_q8(self, feature: int) -> int:
        """How far a feature's EWMA lies from what is usual, in spreads: which way the wearer has drifted."""
        return self._s[_SIZE * feature + _EWMA] >> 4

    def spread_q4(self, feature: int) -> int:
        """What `restore` takes in a later shift, a sixteenth of the unit; 0 while unknown."""
        return self._s[_SIZE * feature + _SD]

    def restore(self, feature: int, spread_q4: int) -> None:
        """What the spread was in earlier shifts; what cannot be is ignored. Counts for what is learned from now on."""
        if 0 < spread_q4 <= _LIMIT << 4:
            self._s[_SIZE * feature + _EARLIER] = spread_q4

    def remember(self) -> None:
        """The end of a shift: its spreads are what the next ones have from earlier."""
        if self.state == WATCHING:
            for feature in range(self.features):
                self.restore(feature, self.spread_q4(feature))

    def forget(self) -> None:
        """Another wearer, or a file that cannot be: what earlier shifts said counts no more."""
        for at in range(len(self._s)):
            i = at % _SIZE
            if i != _PER_MILLE and i != _UNITS:
                self._s[at] = 0
        self.restart()

    def keep(self, keeping) -> None:
        """To or from flash: tag/fatigue/keeping.py."""
        number = keeping.number
        self.state = number(self.state, LEARNING, WATCHING)
        self.windows = number(self.windows, 0, self._learn if self.state else self._learn - 1)
        self.distance_q8 = number(self.distance_q8, 0, _FAR_Q8)
        self.burden_q8 = number(self.burden_q8, 0, _BURDEN_Q8)
        for at in range(len(self._s)):
            i = at % _SIZE
            if i != _PER_MILLE and i != _UNITS:
                self._s[at] = number(self._s[at], -_LEASTS[i], _MOSTS[i])
        for at in range(len(self._first)):
            self._first[at] = number(self._first[at], -_LIMIT, _LIMIT)
        for at in range(self._learn):
            self._known[at] = number(self._known[at], 0, 511)
        self.used = 0
        for at in range(0, len(self._s), _SIZE):
            if self._s[at + _SD]:
                self.used += self.state  # while learning, these are of the shift before
                if self._s[at + _N] < 2:
                    keeping.bad = True
        self.seen = number(self.seen, 0, self.used)

    # -- what is usual -----------------------------------------------------------------------------------------------

    def _keep(self, values, known: int) -> bool:
        n = 0
        i = 0
        while i < self.features:
            n += known >> i & 1
            i += 1
        if 2 * n < self.features or not n:
            return False
        i = 0
        while i < self.features:
            self._put(i, values[i] if known >> i & 1 else 0)
            i += 1
        self._known[self.windows] = known & 511
        self.windows += 1
        if self.windows == self._learn:
            i = 0
            while i < self.features:
                self._settle(i)
                i += 1
            self.state = WATCHING
        return True

    def _put(self, feature: int, value: int) -> None:
        self._first[self.features * self.windows + feature] = max(-_LIMIT, min(_LIMIT, value))

    def _settle(self, feature: int) -> None:
        """Mean and spread of a feature over the windows in which it was known; two of them at least."""
        s = self._s
        at = _SIZE * feature
        n = total = i = 0
        while i < self._learn:
            if self._known[i] >> feature & 1:
                n += 1
                total += self._first[self.features * i + feature]
            i += 1
        s[at + _SD] = s[at + _EWMA] = s[at + _AGE] = 0
        s[at + _CHANCE] = 0
        s[at + _N] = n
        if n < 2:
            return
        s[at + _MEAN] = total * 16 // n
        s[at + _SD] = self._spread(feature, at, n)
        self.used += 1

    def _spread(self, feature: int, at: int, n: int) -> int:
        s = self._s
        mean = s[at + _MEAN]
        floor = max(abs(mean) * s[at + _PER_MILLE] // 1000, s[at + _UNITS] * 16)  # 2^19 * 1000 < 2^29
        floor = max(floor, s[at + _EARLIER])  # an even person's would shrink with each shift
        most = floor
        i = 0
        while i < self._learn:
            if self._known[i] >> feature & 1:
                most = max(most, abs(self._first[self.features * i + feature] * 16 - mean))
            i += 1
        shift = 0
        while most >> shift > 4095:
            shift += 1
        m = _REMEMBERED if s[at + _EARLIER] else _IMAGINED
        total = m * (floor >> shift) * (floor >> shift)
        i = 0
        while i < self._learn:
            if self._known[i] >> feature & 1:
                d = (self._first[self.features * i + feature] * 16 - mean) >> shift
                total += d * d
            i += 1
        return max(1, isqrt(total // (m + n - 1)) << shift)

    # -- what is not -------------------------------------------------------------------------------------------------

    # Several small ones: a frame of more than 11 slots would come from the heap.

    def _compare(self, values, known: int) -> int:
        """Follow what is known; the sum of what is strange in all."""
        self.seen = 0
        total = 0
        i = 0
        while i < self.features:
            if self._s[_SIZE * i + _SD]:
                if known >> i & 1:
                    self.seen += 1
                    self._follow(_SIZE * i, values[i])
                total += self._strange(_SIZE * i)
            i += 1
        return total

    def _fade(self, known: int) -> None:
        """What is strange about a feature counts for as long as somebody may believe that it is still so."""
        i = 0
        while i < self.features:
            if not known >> i & 1:
                self._s[_SIZE * i + _AGE] = max(0, self._s[_SIZE * i + _AGE] - 1)
            i += 1

    def _burden(self, q8: int) -> None:
        self.burden_q8 = max(0, min(_BURDEN_Q8, q8))

    def _z_q12(self, at: int, value: int) -> int:
        value = max(-_LIMIT, min(_LIMIT, value)) * 16 - self._s[at + _MEAN]
        return max(-_Z_Q8, min(_Z_Q8, (value << 8) // self._s[at + _SD])) << 4

    def _follow(self, at: int, value: int) -> None:
        s = self._s
        z = self._z_q12(at, value)
        age = s[at + _AGE] = min(self._memory, s[at + _AGE] + 1)
        z -= s[at + _EWMA]
        s[at + _EWMA] += z // age
        # V <- (1 - w)^2 V + w^2, w = 1 / age: 49 * 4096 < 2^18
        z = s[at + _CHANCE] * (age - 1) * (age - 1) + 4096
        s[at + _CHANCE] = z // (age * age)

    def _strange(self, at: int) -> int:
        """E^2 / (V + 1/n), q12: below 16 / (1/15 + 1/8) * 2^12, and that times 9 below 2^22."""
        s = self._s
        if not s[at + _AGE]:
            return 0
        return s[at + _EWMA] * s[at + _EWMA] // (s[at + _CHANCE] + 4096 // s[at + _N])
