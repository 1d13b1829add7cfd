"""Two equal one-pole low-pass stages for three axes: in each, y += (x - y) / 2^shift.

    one stage          |H|^2 = a^2 / (1 + (1-a)^2 - 2 (1-a) cos w),   a = 2^-shift, w = 2 pi f / rate
    half power of two  |H|^4 = 1/2:   f = 0.073 rate for shift 1, 0.0066 rate for shift 4
    lag at DC          2 * (2^shift - 1) samples

State is kept in Q6 with BIAS = 32768 added (`^ 0x8000` does that to a 16-bit sample), so it is never negative and stays below
65536 * 64 = 2^22. Each step rounds downwards, the output to nearest: a constant input comes out within 1 mg for shift <= 4,
and is approached monotonically: no limit cycles.
"""

from array import array

import micropython
from dsp.pointers import ptr16, ptr32
from micropython import const

_BIAS = const(32768)
_Q = const(6)
_HALF = const(32)


class LowPass:
    """Two stages; `run` also tells how much it took away, and leaves the mean of what it let through in `.mean`."""

    def __init__(self, shift: int) -> None:
        self._shift = shift
        self._state = array("i", (_BIAS << _Q,) * 6)
        self.mean = array("h", (0, 0, 0))

    def settle(self, mg, i: int) -> None:
        """Start as if sample `i` of `mg` had been there for ever."""
        for k in range(6):
            self._state[k] = (mg[3 * i + k % 3] + _BIAS) << _Q

    def run(self, mg, n: int, out) -> int:
        """Filter `n` samples (1..1024) into `out` (may be `mg`); returns the largest |in - out| on any axis, mg.

        Allocates nothing.
        """
        return _run(mg, n, out, self._state, self._shift, self.mean)


@micropython.viper
def _run(mg, n: int, out, state, shift: int, mean) -> int:
    p = ptr16(mg)
    q = ptr16(out)
    m = ptr16(mean)
    s = ptr32(state)
    most = 0
    axis = 0
    end = 3 * n
    while axis < 3:
        a = int(s[axis])
        b = int(s[axis + 3])
        total = n >> 1  # so that the division rounds to nearest; with 1024 samples below 2^27
        i = axis
        while i < end:
            x = p[i] ^ 0x8000
            a += ((x << _Q) - a) >> shift
            b += (a - b) >> shift
            y = (b + _HALF) >> _Q
            q[i] = y ^ 0x8000
            total += y
            x -= y
            if x < 0:
                x = 0 - x
            if x > most:
                most = x
            i += 3
        m[axis] = (total // n) ^ 0x8000
        s[axis] = a
        s[axis + 3] = b
        axis += 1
    return most
