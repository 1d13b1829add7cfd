"""Records in flight on one link: each with its place in the journal, the time of its next try and how often it was tried.

Next try: after base_ms, doubled each time up to max_ms, for what is urgent every other time; plus up to a quarter by chance, so
that tags do not shout in step. A confirmation proves that the link works: the others go back to the first delay. A confirmed record
leaves at once, so confirmations may come in any order and memory is bounded.
"""

from array import array

import ticks
from micropython import const

_TRIES = const(16)  # delays grow no further

_DOUBLED = const(8)

ORDINARY = const(0)
URGENT = const(1)
NEWS = const(2)


class Window:
    """`n` records, in the order in which they came in. `rank`: ORDINARY, URGENT, or NEWS, which is urgent and just written."""

    def __init__(self, size: int, base_ms: int, max_ms: int, random_bits) -> None:
        self.size = size
        self.n = 0
        self.seq = array("I", [0] * size)
        self.segment = array("I", [0] * size)
        self.offset = array("I", [0] * size)
        self.length = bytearray(size)
        self.rank = bytearray(size)
        self._due = array("I", [0] * size)
        self._tries = bytearray(size)
        self._base_ms = base_ms
        self._max_ms = max_ms
        self._random_bits = random_bits

    def add(self, seq: int, segment: int, offset: int, length: int, rank: int, t_ms: int) -> None:
        """One more of `length` bytes, to be sent now; the caller has seen that there is room."""
        i = self.n
        self.seq[i] = seq
        self.segment[i] = segment
        self.offset[i] = offset
        self.length[i] = length
        self.rank[i] = rank
        self._due[i] = t_ms
        self._tries[i] = 0
        self.n = i + 1

    def find(self, seq: int) -> int:
        """Index of a record; -1: it is not in flight."""
        for i in range(self.n):
            if self.seq[i] == seq:
                return i
        return -1

    def least(self) -> int:
        """The lowest number in flight; 0: none is."""
        least = 0
        for i in range(self.n):
            if not least or self.seq[i] < least:
                least = self.seq[i]
        return least

    def due(self, i: int, t_ms: int) -> bool:
        """Whether it is time to try this one."""
        return ticks.diff(t_ms, self._due[i]) >= 0

    def sent(self, i: int, t_ms: int) -> None:
        """It was tried."""
        doubled = min(self._tries[i] >> (1 if self.rank[i] else 0), _DOUBLED)
        delay_ms = min(self._base_ms << doubled, self._max_ms)
        if self._tries[i] < _TRIES:
            self._tries[i] += 1
        self._due[i] = ticks.add(t_ms, delay_ms + (delay_ms * self._random_bits(8) >> 10))

    def drop(self, i: int) -> None:
        """Take one out."""
        self.n -= 1
        for j in range(i, self.n):
            self.seq[j] = self.seq[j + 1]
            self.segment[j] = self.segment[j + 1]
            self.offset[j] = self.offset[j + 1]
            self.length[j] = self.length[j + 1]
            self.rank[j] = self.rank[j + 1]
            self._due[j] = self._due[j + 1]
            self._tries[j] = self._tries[j + 1]

    def drop_range(self, first: int, last: int) -> int:
        """Take out all with numbers in this range; how many there were."""
        before = self.n
        i = 0
        while i < self.n:
            if first <= self.seq[i] <= last:
                self.drop(i)
            else:
                i += 1
        return before - self.n

    def hurry(self, t_ms: int) -> None:
        """The link works: forget how often they were tried."""
        for i in range(self.n):
            if self._tries[i] > 1:
                self._tries[i] = 1
                self._due[i] = ticks.add(t_ms, self._base_ms)

    def resume(self, t_ms: int) -> None:
        """Try all now. After a week without a link ticks no longer tell what is due from what is not."""
        for i in range(self.n):
            self._due[i] = t_ms
