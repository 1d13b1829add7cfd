"""How fast a signal changes: jerk of the acceleration vector, and how often a signal crosses zero.

jerk       |a[i] - a[i-1]| * rate, in 0.1 g/s, at most 32767: 3277 g/s. A difference is up to 37 800 mg on an axis; where it is
           above 18 900 all three are halved first, so that the sum of squares stays below 2^30. |difference| <= 65 470,
           rate <= 1000: below 2^26.
crossings  a change of sign counts once the signal is beyond a band on the other side: noise within the band does not.
"""

from array import array

import micropython
from dsp.fixed import isqrt
from dsp.pointers import ptr16, ptr32


class Jerk:
    """At a rate of 1..1000 samples a second; raises ValueError for another."""

    def __init__(self, rate_hz: int) -> None:
        if not 1 <= rate_hz <= 1000:
            raise ValueError("jerk: rate")
        self._rate_hz = rate_hz
        self._last = array("h", (0, 0, 0))
        self._fresh = True

    def lost(self) -> None:
        """Samples are missing: the next one has no jerk."""
        self._fresh = True

    def run(self, mg, n: int, out) -> None:
        """out[i] = jerk in 0.1 g/s from the sample before, of `n` limited samples. Allocates nothing."""
        last = self._last
        if self._fresh and n:
            self._fresh = False
            for axis in range(3):
                last[axis] = mg[axis]
        _jerk(mg, n, self._rate_hz, last, out)


class Crossings:
    """Counts changes of sign of one signal; `band` >= 0, in its unit."""

    def __init__(self, band: int) -> None:
        # 0 band | 1 where it is: 0 unknown, 1 below, 2 above
        self._state = array("i", (band, 0))

    def run(self, values, n: int) -> int:
        """How many there are in `n` further samples. Allocates nothing."""
        return _crossings(values, n, self._state)


@micropython.viper
def _jerk(mg, n: int, rate_hz: int, last, out):
    p = ptr16(mg)
    q = ptr16(out)
    b = ptr16(last)
    x1 = int(b[0]) ^ 0x8000
    y1 = int(b[1]) ^ 0x8000
    z1 = int(b[2]) ^ 0x8000
    i = 0
    k = 0
    while i < n:
        x = p[k] ^ 0x8000
        y = p[k + 1] ^ 0x8000
        z = p[k + 2] ^ 0x8000
        k += 3
        # The bias of 2^15 cancels.
        dx = x - x1
        dy = y - y1
        dz = z - z1
        x1 = x
        y1 = y
        z1 = z
        more = 0
        if dx > 18900 or dx < -18900 or dy > 18900 or dy < -18900 or dz > 18900 or dz < -18900:
            dx >>= 1
            dy >>= 1
            dz >>= 1
            more = 1
        d = (int(isqrt(dx * dx + dy * dy + dz * dz)) << more) * rate_hz // 100
        q[i] = d if d < 32767 else 32767
        i += 1
    b[0] = x1 ^ 0x8000
    b[1] = y1 ^ 0x8000
    b[2] = z1 ^ 0x8000


@micropython.viper
def _crossings(values, n: int, state) -> int:
    p = ptr16(values)
    s = ptr32(state)
    band = int(s[0])
    side = int(s[1])
    found = 0
    i = 0
    while i < n:
        x = (p[i] ^ 0x8000) - 0x8000
        if x > band:
            if side == 1:
                found += 1
            side = 2
        elif x < 0 - band:
            if side == 2:
                found += 1
            side = 1
        i += 1
    s[1] = side
    return found
