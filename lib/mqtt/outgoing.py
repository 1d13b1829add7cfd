"""Bytes on their way to the broker: whole packets one behind the other in one buffer, written as the stream takes them."""

import ticks


class Outgoing:
    """To be written is buf[at:end]; both are 0 when there is nothing."""

    def __init__(self, size: int) -> None:
        self.buf = bytearray(size)
        self.clear(0)

    def clear(self, t_ms: int) -> None:
        """A new connection: nothing waits."""
        self.at = self.end = 0
        self._moved_ms = t_ms  # when a byte went last, or began to wait

    def room(self) -> int:
        """Bytes that can be put."""
        return len(self.buf) - self.end

    def reserve(self, n: int, t_ms: int) -> int:
        """Offset of `n` bytes that the caller fills; there must be room."""
        if self.end == 0:
            self._moved_ms = t_ms
        at = self.end
        self.end += n
        return at

    def put(self, packet, t_ms: int) -> None:
        """A whole packet; there must be room."""
        at = self.reserve(len(packet), t_ms)
        self.buf[at : self.end] = packet

    def taken(self, n: int, t_ms: int) -> None:
        """The stream has taken `n` bytes."""
        if n > 0:
            self._moved_ms = t_ms
            self.at += n
            if self.at >= self.end:
                self.at = self.end = 0

    def still_ms(self, t_ms: int) -> int:
        """How long no byte has gone: of those that wait, or with none waiting since the last."""
        return ticks.diff(t_ms, self._moved_ms)
