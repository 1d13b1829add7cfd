"""Calls of other tags on their way through this one: each is passed on once, after a pause by chance, two hops far at most. One
that could not go out for a minute is old, and dropped.
"""

import ticks
from codec.fields import get_u32
from micropython import const

_HOPS = const(2)
_PAUSE_MS = const(500)
_CHANCE_MS = const(8)  # times up to 255: the pause is half a second to two and a half
_RELAYS = const(10)  # a minute
_MINUTE_MS = const(60000)
_WAITING = const(4)
_BODY = const(14)
_MAC = const(8)


class Relay:
    """`random_bits(n)` gives n random bits."""

    def __init__(self, random_bits) -> None:
        self._random_bits = random_bits
        self._waiting = []  # (when, frame)
        self._sent_ms = []
        self.dropped = 0

    def take(self, buf, t_ms: int) -> None:
        """A call that is new here."""
        if buf[1] & 0x0F >= _HOPS:
            return
        while self._sent_ms and not 0 <= ticks.diff(t_ms, self._sent_ms[0]) < _MINUTE_MS:
            self._sent_ms.pop(0)
        waiting = len(self._waiting)
        if waiting >= _WAITING or len(self._sent_ms) + waiting >= _RELAYS:
            self.dropped += 1
            return
        frame = bytearray(buf[:_BODY])
        frame[1] += 1
        self._waiting.append((ticks.add(t_ms, _PAUSE_MS + _CHANCE_MS * self._random_bits(8)), frame))

    def again(self, peer: int, seq: int) -> None:
        """It was heard once more: another has passed it on, or the caller repeats itself."""
        for i in range(len(self._waiting)):
            frame = self._waiting[i][1]
            if get_u32(frame, 2) == peer and get_u32(frame, 6) == seq:
                self._waiting.pop(i)
                return

    def waits(self, t_ms: int) -> bool:
        """Whether the time of one has come."""
        for i in range(len(self._waiting)):
            late_ms = ticks.diff(t_ms, self._waiting[i][0])
            if late_ms >= _MINUTE_MS:
                self._waiting.pop(i)  # nobody let it go out: its caller has called again meanwhile
                self.dropped += 1
                return False
            if late_ms >= 0:
                return True
        return False

    def next(self, into, t_ms: int) -> int:
        """Bytes, without their mac, put into `into` because their time has come; 0 for none."""
        for i in range(len(self._waiting)):
            due_ms, frame = self._waiting[i]
            if ticks.diff(t_ms, due_ms) >= 0:
                self._waiting.pop(i)
                self._sent_ms.append(t_ms)
                into[:_BODY] = frame
                return _BODY + _MAC
        return 0
