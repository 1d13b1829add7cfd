"""Records that are taken but not on flash yet: framed one behind the other, chained when they are written.

Part of the memory is kept for urgent records, for the time when the flash fails.
"""

from codec.fields import put_u16, put_u32
from codec.native import copy
from journal.frame import BOOT_AT, OVERHEAD, SEQ_AT, seal
from micropython import const

MEMORY = const(1280)
_URGENT_ROOM = const(256)


class Pending:
    """`data[:used]` are `count` frames."""

    def __init__(self) -> None:
        self._buf = bytearray(MEMORY)
        self.data = memoryview(self._buf)
        self.used = 0
        self.count = 0
        self.last = 0  # where the last frame begins
        self.oldest_ms = 0

    def fits(self, n: int, urgent: bool) -> bool:
        """Whether there is room for a record of `n` bytes."""
        return self.used + n + OVERHEAD <= (MEMORY if urgent else MEMORY - _URGENT_ROOM)

    def add(self, record, n: int, seq: int, boot: int, t_ms: int) -> None:
        """Take record[:n] and stamp it; the caller has asked whether it fits. Does not allocate."""
        at = self.used
        buf = self._buf
        buf[at] = n
        copy(record, 0, buf, at + 1, n)
        put_u32(buf, at + 1 + SEQ_AT, seq)
        put_u16(buf, at + 1 + BOOT_AT, boot)
        self.last = at
        self.used = at + n + OVERHEAD
        if self.count == 0:
            self.oldest_ms = t_ms
        self.count += 1

    def chain(self, chain, link):
        """Chain the records, the first of them to `link`; returns the link of the last. Done anew, it gives the same."""
        at = 0
        while at < self.used:
            n = self._buf[at]
            link = chain.link(link, self.data[at + 1 : at + 1 + n])
            at = seal(self._buf, at, n, link)
        return link

    def clear(self) -> None:
        """They are on flash."""
        self.used = self.count = 0
