"""Pauses between tries: doubled each time up to a limit, and shortened by chance so that tags do not try in step.

    n-th pause = half to all of min(first_ms * 2^n, most_ms)

After a power cut of a whole site every tag finds its access point and its broker at the same moment; the chance spreads
their tries over half of each pause.
"""

from micropython import const

_CHANCE_BITS = const(8)


class Backoff:
    """`random_bits(n)` gives n random bits. Pauses are at most 2^20 ms, so that no product leaves 30 bits."""

    def __init__(self, first_ms: int, most_ms: int, random_bits) -> None:
        self._first_ms = first_ms
        self._most_ms = most_ms
        self._random_bits = random_bits
        self._next_ms = first_ms

    def pause_ms(self) -> int:
        """How long to wait this time; the next pause will be longer."""
        whole_ms = self._next_ms
        self._next_ms = min(whole_ms * 2, self._most_ms)
        half_ms = whole_ms // 2
        return whole_ms - (half_ms * self._random_bits(_CHANCE_BITS) >> _CHANCE_BITS)

    def reset(self) -> None:
        """It worked: begin with the shortest pause again."""
        self._next_ms = self._first_ms
