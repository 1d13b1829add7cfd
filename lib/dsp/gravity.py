"""Which way is down: a slow low-pass of all three axes, and samples seen along and across it.

    y += (x - y) * k,  k = 1 / (T + 1/2),  T = time constant * rate in samples: 1 - exp(-1/T) to the third order in 1/T

y has 12 digits below one mg. k = m / 2^(12 + shift), with m below 2^14: (|x - y| >> 12) * m <= 65535 * 16383 < 2^30. A
difference too small to move y is below T / 4096 mg, so T is limited to 1024 samples: y comes to rest within 1/4 mg.

    along   a . g / |g|          the unit vector in Q14: 3 * 18900 * 16385 < 2^30; |g| with 4 binary digits below one mg at 1 g
    across  |a - along g / |g||  (18900 sqrt 3 + 6)^2 < 2^30

While the wearer moves, y follows the mean of the motion, which over many steps is gravity. Below 256 mg there is no direction:
`along` is 0 and `across` is |a|.
"""

from array import array

import micropython
from dsp.fixed import isqrt
from dsp.pointers import ptr16, ptr32
from micropython import const

_FAINT_MG = const(256)


class Gravity:
    """The slow mean; `vector` (mg, array('h')) is made by `run`, `along_mg` and `across_mg` by `project`."""

    def __init__(self, seconds: int, rate_hz: int) -> None:
        """A time constant of 1..1024 samples; raises ValueError for another."""
        samples = seconds * rate_hz
        if not 1 <= samples <= 1024:
            raise ValueError("gravity: time")
        shift = 0
        while (1 << (14 + shift)) // (2 * samples + 1) < 1 << 13 and shift < 12:
            shift += 1
        m = ((1 << (13 + shift)) + samples) // (2 * samples + 1)
        self.vector = array("h", (0, 0, 0))
        # 0 m | 1 shift | 2 .. 4 y + 2^15 in Q12 | 5 .. 7 unit vector in Q14, + 2^15 | 8 along + 2^15 | 9 across
        self._state = array("i", (m, shift) + (1 << 27,) * 3 + (32768,) * 4 + (0,))
        self._fresh = True

    def lost(self) -> None:
        """Samples are missing: the next one is where it begins anew."""
        self._fresh = True

    def run(self, mg, n: int) -> None:
        """Go on through `n` limited samples. Allocates nothing."""
        state = self._state
        if self._fresh and n:
            self._fresh = False
            for axis in range(3):
                state[2 + axis] = (mg[axis] + 32768) << 12
        _run(mg, n, self.vector, state)

    def project(self, mg, i: int) -> None:
        """Look at limited sample `i` along and across `vector`. Allocates nothing."""
        _project(mg, 3 * i, self._state)

    @property
    def along_mg(self) -> int:
        """Positive where gravity's reading is."""
        return self._state[8] - 32768

    @property
    def across_mg(self) -> int:
        """Never negative."""
        return self._state[9]


@micropython.viper
def _run(mg, n: int, vector, state):
    p = ptr16(mg)
    v = ptr16(vector)
    s = ptr32(state)
    m = int(s[0])
    shift = int(s[1])
    end = 3 * n
    axis = 0
    while axis < 3:
        y = int(s[2 + axis])
        i = axis
        while i < end:
            # Towards zero on both sides, so that neither is nearer.
            d = ((p[i] ^ 0x8000) << 12) - y
            if d < 0:
                d = 0 - d
                y -= ((d >> 12) * m + (((d & 4095) * m) >> 12)) >> shift
            else:
                y += ((d >> 12) * m + (((d & 4095) * m) >> 12)) >> shift
            i += 3
        s[2 + axis] = y
        v[axis] = ((y + 2048) >> 12) ^ 0x8000
        axis += 1
    # The unit vector: once a block.
    x = (int(s[2]) - 0x8000000) >> 6
    y = (int(s[3]) - 0x8000000) >> 6
    z = (int(s[4]) - 0x8000000) >> 6
    faint = _FAINT_MG << 6
    large = x if x > 0 else 0 - x
    if (y if y > 0 else 0 - y) > large:
        large = y if y > 0 else 0 - y
    if (z if z > 0 else 0 - z) > large:
        large = z if z > 0 else 0 - z
    while large > 18900:
        x >>= 1
        y >>= 1
        z >>= 1
        large >>= 1
        faint >>= 1
    d = int(isqrt(x * x + y * y + z * z))
    if d < faint:
        x = 0
        y = 0
        z = 0
        d = 1
    s[5] = 32768 + ((x << 14) + (d >> 1)) // d
    s[6] = 32768 + ((y << 14) + (d >> 1)) // d
    s[7] = 32768 + ((z << 14) + (d >> 1)) // d


@micropython.viper
def _project(mg, k: int, state):
    p = ptr16(mg)
    s = ptr32(state)
    x = (p[k] ^ 0x8000) - 0x8000
    y = (p[k + 1] ^ 0x8000) - 0x8000
    z = (p[k + 2] ^ 0x8000) - 0x8000
    ux = int(s[5]) - 32768
    uy = int(s[6]) - 32768
    uz = int(s[7]) - 32768
    along = (x * ux + y * uy + z * uz + 8192) >> 14
    x -= (along * ux + 8192) >> 14
    y -= (along * uy + 8192) >> 14
    z -= (along * uz + 8192) >> 14
    s[8] = along + 32768
    s[9] = int(isqrt(x * x + y * y + z * z))
