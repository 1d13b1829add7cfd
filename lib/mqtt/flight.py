"""Published packets that the broker has not confirmed yet: their numbers, oldest first, and when each is late."""

from array import array

import ticks
from micropython import const

FIRST_ID = const(2)  # 1 is SUBSCRIBE's
_LAST_ID = const(65535)


class Flight:
    """At most `window` packets, each to be confirmed within `answer_ms`."""

    def __init__(self, window: int, answer_ms: int) -> None:
        self._answer_ms = answer_ms
        self._id = array("H", [0] * window)
        self._due = array("I", [0] * window)
        self._next = FIRST_ID
        self.free = window

    def clear(self) -> None:
        """The connection is gone. Numbers go on where they were: an answer from before means nothing now."""
        self.free = len(self._id)

    def add(self, t_ms: int) -> int:
        """A number for a packet that leaves now; only while `free` is not 0."""
        n = len(self._id) - self.free
        while self._find(self._next) < n:
            self._step()
        ident = self._next
        self._step()
        self._id[n] = ident
        self._due[n] = ticks.add(t_ms, self._answer_ms)
        self.free -= 1
        return ident

    def confirm(self, ident: int) -> bool:
        """The broker has it; False when it is not in flight."""
        n = len(self._id) - self.free
        at = self._find(ident)
        if at == n:
            return False
        self.free += 1
        for i in range(at, n - 1):
            self._id[i] = self._id[i + 1]
            self._due[i] = self._due[i + 1]
        return True

    def late(self, t_ms: int) -> bool:
        """Whether the oldest should have been confirmed by now."""
        return self.free < len(self._id) and ticks.diff(t_ms, self._due[0]) >= 0

    def _find(self, ident: int) -> int:
        n = len(self._id) - self.free
        for i in range(n):
            if self._id[i] == ident:
                return i
        return n

    def _step(self) -> None:
        self._next = self._next + 1 if self._next < _LAST_ID else FIRST_ID
