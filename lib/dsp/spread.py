"""How far a window of samples spreads around its mean: in all directions, and across one given direction.

For samples a_i with mean m, d_i = a_i - m, and a direction g:

    total  = sqrt( mean |d_i|^2 )                     standard deviation of the vector
    across = sqrt( mean ( |d_i|^2 - (d_i . g/|g|)^2 ) )   the part orthogonal to g

With g the direction of gravity before a fall, `across` is the C8 of Sucerquia et al. (Sensors 17(1):198, 2017),
"horizontal" standard deviation, for any mounting of the tag.

Scale: d in units of 16 mg, |d| <= 2 * 18900 / 16 = 2363 an axis, 4093 in all; the unit vector in Q12. The root of |g|^2
is rounded down, so the unit vector is too long by up to 1/|g|: below 256 mg there is no direction, `across` is `total`.
Range: sum of |d|^2 over at most 63 samples <= 63 * 4093^2 = 1.055e9 < 2^30. d . g <= 4093 * 4112 < 2^25, after the shift
<= 4110, squared and summed 1.064e9 < 2^30.
"""

from array import array

import micropython
from dsp.fixed import isqrt
from dsp.pointers import ptr16, ptr32
from micropython import const

_FAINT_MG = const(256)


class Spread:
    """Spread of a window of `n` (1..63) samples, each `stride`-th of what it is given."""

    def __init__(self, n: int, stride: int = 1) -> None:
        self._n = n
        self._step = 3 * stride
        self._sums = array("i", (0, 0))

    def measure(self, mg, direction) -> int:
        """`across` in mg of limited samples; `direction` is a limited vector, an array('h'). Allocates nothing."""
        sums = self._sums
        _measure(mg, self._n, self._step, direction, sums)
        return isqrt(sums[1] // self._n) << 4

    def total_mg(self) -> int:
        """`total` of what was measured last."""
        return isqrt(self._sums[0] // self._n) << 4


@micropython.viper
def _measure(mg, n: int, step: int, direction, sums):
    p = ptr16(mg)
    g = ptr16(direction)
    s = ptr32(sums)
    gx = (g[0] ^ 0x8000) - 0x8000
    gy = (g[1] ^ 0x8000) - 0x8000
    gz = (g[2] ^ 0x8000) - 0x8000
    norm = int(isqrt(gx * gx + gy * gy + gz * gz))
    if norm < _FAINT_MG:
        gx = 0
        gy = 0
        gz = 0
    else:
        gx = (gx << 12) // norm
        gy = (gy << 12) // norm
        gz = (gz << 12) // norm
    end = step * n
    mx = 0
    my = 0
    mz = 0
    i = 0
    while i < end:
        mx += p[i] ^ 0x8000
        my += p[i + 1] ^ 0x8000
        mz += p[i + 2] ^ 0x8000
        i += step
    # Half a unit less, so that the shift below rounds to nearest.
    mx = mx // n - 8
    my = my // n - 8
    mz = mz // n - 8
    total = 0
    along = 0
    i = 0
    while i < end:
        x = ((p[i] ^ 0x8000) - mx) >> 4
        y = ((p[i + 1] ^ 0x8000) - my) >> 4
        z = ((p[i + 2] ^ 0x8000) - mz) >> 4
        total += x * x + y * y + z * z
        d = (x * gx + y * gy + z * gz + 2048) >> 12
        along += d * d
        i += step
    s[0] = total
    # Rounding can push the part along g past the whole by a little.
    s[1] = total - along if total > along else 0
