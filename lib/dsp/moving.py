"""Smallest, largest, mean and variance of the last N samples of one signal, exact, at a fixed cost a sample.

Time is cut into blocks of N. The last N samples are the first part of this block and the last part of the block before:

    block before        | this block
    . . . . . . s s s s | p p p p p p . . . .      smallest = min(smallest of p, smallest of s)

The smallest of p is kept up with each sample; those of all s, for every length, are written down once, when a block ends: N
short steps after N samples. Before the first N samples there are fewer: the figures are of those.

    sum            of (v + BIAS), N <= 1024: below 2^26
    sum of squares in two words, v^2 = high * 2^15 + low, |v| <= 18 900: each sum below 2^25
    variance       with mean q and rest r, sum = N q + r:  D = sum of (v - q)^2 = squares - q (sum + r),
                   and (N D - r^2) / N^2 rounded down, all in two words; at most 18 900^2 < 2^30
"""

from array import array

import micropython
from dsp.pointers import ptr16, ptr32
from micropython import const

_TOP = const(18900)  # LIMIT_MG of dsp/fixed.py
_BIAS = const(32768)


class Moving:
    """Over a window of `size` (1..1024) samples, each limited to +-18 900; raises ValueError for another size."""

    def __init__(self, size: int) -> None:
        if not 1 <= size <= 1024:
            raise ValueError("moving: size")
        self._ring = array(
            "h", (0,) * (3 * size)
        )  # the samples, then the smallest and largest from each to its block's end
        # 0 size | 1 samples in the window | 2 place of the next | 3 sum | 4, 5 squares, high and low
        # 6, 7 smallest and largest of this block, + BIAS | 8 smallest | 9 largest | 10 mean, all + BIAS | 11 variance
        self._state = array("i", (size,) + (0,) * 11)
        self.clear()

    def clear(self) -> None:
        """No samples so far."""
        state = self._state
        for i in range(1, 12):
            state[i] = 0
        state[8] = state[9] = state[10] = _BIAS

    def run(self, values, n: int, start: int = 0, step: int = 1) -> None:
        """Add `n` samples: values[start], values[start + step] ...: step 3 for one axis of three. Allocates nothing."""
        if n:
            _run(values, n, start, step, self._ring, self._state)

    @property
    def smallest(self) -> int:
        """Of the window; 0 before the first sample, as all these."""
        return self._state[8] - _BIAS

    @property
    def largest(self) -> int:
        """Of the window."""
        return self._state[9] - _BIAS

    @property
    def mean(self) -> int:
        """Rounded to nearest."""
        return self._state[10] - _BIAS

    @property
    def variance(self) -> int:
        """The square of the standard deviation, rounded down."""
        _variance(self._state)
        return self._state[11]


@micropython.viper
def _run(values, n: int, at: int, step: int, ring, state):
    p = ptr16(values)
    r = ptr16(ring)
    s = ptr32(state)
    size = int(s[0])
    count = int(s[1])
    k = int(s[2])
    total = int(s[3])
    high = int(s[4])
    low = int(s[5])
    small = int(s[6])
    large = int(s[7])
    while n:
        x = (p[at] ^ 0x8000) - 0x8000
        if x > _TOP:
            x = _TOP
        elif x < 0 - _TOP:
            x = 0 - _TOP
        at += step
        n -= 1
        if count == size:
            old = (r[k] ^ 0x8000) - 0x8000
            total -= old + _BIAS
            old *= old
            high -= old >> 15
            low -= old & 32767
        else:
            count += 1
        total += x + _BIAS
        old = x * x
        high += old >> 15
        low += old & 32767
        r[k] = x & 0xFFFF
        x += _BIAS
        if k == 0:
            small = x
            large = x
        if x < small:
            small = x
        if x > large:
            large = x
        k += 1
        if k == size:
            # The block is over: from its end, the extremes of what is left of it, biased like x.
            least = _BIAS + _TOP
            most = _BIAS - _TOP
            while k:
                k -= 1
                x = r[k] ^ 0x8000
                if x < least:
                    least = x
                if x > most:
                    most = x
                r[size + k] = least
                r[2 * size + k] = most
    # What is left of the block before begins at place k; there is none in the first block.
    least = small
    most = large
    if count == size:
        x = int(r[size + k])
        if x < least:
            least = x
        x = int(r[2 * size + k])
        if x > most:
            most = x
    s[1] = count
    s[2] = k
    s[3] = total
    s[4] = high
    s[5] = low
    s[6] = small
    s[7] = large
    s[8] = least
    s[9] = most
    s[10] = (total + (count >> 1)) // count


@micropython.viper
def _variance(state):
    s = ptr32(state)
    n = int(s[1])
    if n == 0:
        return
    total = int(s[3])
    q = total // n - _BIAS
    r = total % n
    # q * t, with t = sum + r: |t| < 2^25 in two words of 13 bits, products below 2^28; then in words of 15 bits.
    t = total - n * _BIAS + r
    a = q * (t >> 13)
    b = q * (t & 8191)
    high = int(s[4]) - (a >> 2) - (b >> 15)
    low = int(s[5]) - ((a & 3) << 13) - (b & 32767)
    high += low >> 15
    low &= 32767
    # Long division of D by n: the rest of the first stays below 2^10.
    rest = ((high % n) << 15) + low
    whole = ((high // n) << 15) + rest // n
    if (rest % n) * n < r * r:
        whole -= 1
    s[11] = whole
