"""What a block of samples says at a glance: its mean, its hardest hit, its longest time near zero. Clips on the way.

peak_sq   largest x^2 + y^2 + z^2, mg^2, < 2^30 because each axis is clipped to +-LIMIT_MG, in place
hard      samples with x^2 + y^2 + z^2 > hard_sq
low_run   longest run of samples with x^2 + y^2 + z^2 < low_sq that ENDED in this block, counted through the blocks before
mean      of the clipped samples, rounded to nearest

A run stops counting at 16383 samples. Sums of (axis + BIAS): 1024 samples * 51668 < 2^26.
"""

from array import array

import micropython
from dsp.fixed import LIMIT_MG
from dsp.pointers import ptr16, ptr32
from micropython import const

_TOP = const(18900)  # LIMIT_MG of dsp/fixed.py
_RUN_MAX = const(16383)


class Summary:
    """`take` leaves `.mean` (array('h') of three), `.peak_sq`, `.hard` and `.low_run` behind."""

    def __init__(self, low_mg: int, hard_mg: int = LIMIT_MG) -> None:
        self.mean = array("h", (0, 0, 0))
        self.peak_sq = 0
        self.low_run = 0
        self.hard = 0
        # 0 low_sq | 1 run going on | 2 longest run ended | 3 peak | 4 hard_sq | 5 hard
        self._state = array("i", (low_mg * low_mg, 0, 0, 0, hard_mg * hard_mg, 0))

    def restart(self) -> None:
        """No run is going on."""
        self._state[1] = 0

    def take(self, mg, n: int) -> None:
        """Clip and summarise `n` (1..1024) samples. Allocates nothing."""
        state = self._state
        _take(mg, n, self.mean, state)
        self.low_run = state[2]
        self.peak_sq = state[3]
        self.hard = state[5]


@micropython.viper
def _take(mg, n: int, mean, state):
    p = ptr16(mg)
    q = ptr16(mean)
    s = ptr32(state)
    low_sq = int(s[0])
    hard_sq = int(s[4])
    hard = 0
    run = int(s[1])
    longest = 0
    peak = 0
    mx = 0
    my = 0
    mz = 0
    i = 0
    end = 3 * n
    while i < end:
        x = (p[i] ^ 0x8000) - 0x8000
        y = (p[i + 1] ^ 0x8000) - 0x8000
        z = (p[i + 2] ^ 0x8000) - 0x8000
        if x > _TOP or x < 0 - _TOP:
            x = _TOP if x > 0 else 0 - _TOP
            p[i] = x & 0xFFFF
        if y > _TOP or y < 0 - _TOP:
            y = _TOP if y > 0 else 0 - _TOP
            p[i + 1] = y & 0xFFFF
        if z > _TOP or z < 0 - _TOP:
            z = _TOP if z > 0 else 0 - _TOP
            p[i + 2] = z & 0xFFFF
        mx += x
        my += y
        mz += z
        sq = x * x + y * y + z * z
        if sq > peak:
            peak = sq
        if sq > hard_sq:
            hard += 1
        if sq < low_sq:
            if run < _RUN_MAX:
                run += 1
        else:
            if run > longest:
                longest = run
            run = 0
        i += 3
    half = n >> 1
    q[0] = ((mx + half) // n) & 0xFFFF
    q[1] = ((my + half) // n) & 0xFFFF
    q[2] = ((mz + half) // n) & 0xFFFF
    s[1] = run
    s[2] = longest
    s[3] = peak
    s[5] = hard
