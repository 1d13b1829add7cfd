"""The recent past of a slow signal: rings of 2^k entries, asked by age (0 = the newest).

MaxRing     numbers 0..32767: the largest within a span of ages and how long ago it was, or their sum.
VectorRing  vectors (mg): the mean within a span of ages.
Neither allocates after construction. A span must be shorter than the ring; sums stay below 65535 * 2^10 < 2^27.
"""

from array import array

import micropython
from dsp.pointers import ptr16


class MaxRing:
    """The last `size` (a power of 2, at most 64) numbers, each 0..32767 (larger ones are clipped)."""

    def __init__(self, size: int) -> None:
        self._mask = size - 1
        self._ring = array("h", (0,) * size)
        self._newest = 0

    def clear(self) -> None:
        """All zero."""
        for i in range(self._mask + 1):
            self._ring[i] = 0

    def push(self, value: int) -> None:
        """Add the newest."""
        newest = self._newest = (self._newest + 1) & self._mask
        self._ring[newest] = value if value < 32767 else 32767

    def best(self, first: int, last: int) -> int:
        """The largest among ages first..last, inclusive, as value << 6 | its age; of equals the youngest."""
        return _best(self._ring, self._mask, self._newest, first, last)

    def total(self, first: int, last: int) -> int:
        """Sum of ages first..last, inclusive; 64 of them stay below 2^21."""
        return _total(self._ring, self._mask, self._newest - first, last - first)


class VectorRing:
    """The last `size` (at most 1024) vectors, each an array('h') of three."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._ring = array("h", (0,) * (3 * size))
        self._newest = 0

    def push(self, vector) -> None:
        """Add the newest."""
        at = self._newest = self._newest + 1 if self._newest < self._size - 1 else 0
        put(vector, self._ring, at)

    def fill(self, vector) -> None:
        """As if it had been there for ever."""
        for _ in range(self._size):
            self.push(vector)

    def mean(self, first: int, last: int, out) -> None:
        """Mean of ages first..last, inclusive, into `out`."""
        at = self._newest - first
        _mean(self._ring, self._size, at, last - first + 1, out)


@micropython.viper
def _best(ring, mask: int, newest: int, first: int, last: int) -> int:
    p = ptr16(ring)
    best = -1
    age = first
    i = first
    while i <= last:
        v = int(p[(newest - i) & mask])
        if v > best:
            best = v
            age = i
        i += 1
    return (best << 6) | age


@micropython.viper
def _total(ring, mask: int, at: int, more: int) -> int:
    p = ptr16(ring)
    total = 0
    while more >= 0:
        total += p[at & mask]
        at -= 1
        more -= 1
    return total


@micropython.viper
def put(vector, ring, at: int):
    """A vector becomes row `at` of a ring."""
    p = ptr16(vector)
    q = ptr16(ring)
    at *= 3
    q[at] = p[0]
    q[at + 1] = p[1]
    q[at + 2] = p[2]


@micropython.viper
def _mean(ring, size: int, at: int, n: int, out):
    """Mean of the `n` rows that end with row `at`, where -size <= at < size: rows before the first are the last ones."""
    p = ptr16(ring)
    q = ptr16(out)
    x = 0
    y = 0
    z = 0
    i = 0
    while i < n:
        if at < 0:
            at += size
        k = 3 * at
        x += p[k] ^ 0x8000
        y += p[k + 1] ^ 0x8000
        z += p[k + 2] ^ 0x8000
        at -= 1
        i += 1
    half = n >> 1
    q[0] = ((x + half) // n) ^ 0x8000
    q[1] = ((y + half) // n) ^ 0x8000
    q[2] = ((z + half) // n) ^ 0x8000
