"""Cuts the broker's byte stream into packets, one at a time, into one buffer. Whoever sends, memory stays what it is.

    HEAD   first byte and remaining length: 2 bytes at once, then one by one up to 5
    BODY   as much of the rest as the buffer holds
    SKIP   what of the rest it does not hold: read and forgotten, after the packet was told with `cut`

It says how many bytes it wants next, so nothing is read that belongs to the next packet: a packet lies in `buf` until the next
byte is read.
"""

from micropython import const

NOTHING = const(0)
PACKET = const(1)  # `first`, `buf[:n]`, `cut`
BROKEN = const(2)  # no MQTT: the connection is of no use any more

_HEAD = const(0)
_BODY = const(1)
_SKIP = const(2)
_HEAD_MOST = const(5)


class Incoming:
    """Read `wants()` bytes, or fewer, into buf[at:], then call `fed`."""

    def __init__(self, size: int) -> None:
        self.buf = bytearray(max(size, _HEAD_MOST))
        self.reset()

    def reset(self) -> None:
        """A new connection begins with a new packet."""
        self._stage = _HEAD
        self._length = 0
        self._skip = 0
        self._need = 2
        self.at = 0
        self.first = 0
        self.n = 0
        self.cut = False

    def wants(self) -> int:
        """Bytes to read now, at least 1."""
        if self._stage == _SKIP:
            return min(self._skip, len(self.buf))
        return self._need - self.at

    def fed(self, count: int) -> int:
        """`count` bytes, at most those wanted, are in buf[at:]: NOTHING yet, a whole PACKET, or BROKEN."""
        if self._stage == _SKIP:
            self._skip -= count
            if self._skip <= 0:
                self._stage = _HEAD
            return NOTHING
        self.at += count
        if self.at < self._need:
            return NOTHING
        if self._stage == _HEAD:
            byte = self.buf[self.at - 1]
            self._length |= (byte & 127) << 7 * (self.at - 2)
            if byte & 128:
                self._need += 1
                return NOTHING if self.at < _HEAD_MOST else BROKEN
            self.first = self.buf[0]
            self.at = 0
            self._need = min(self._length, len(self.buf))
            if self._need:
                self._stage = _BODY
                return NOTHING
        self.n = self.at
        self._skip = self._length - self.n
        self.cut = self._skip > 0
        self._stage = _SKIP if self.cut else _HEAD
        self._length = 0
        self._need = 2
        self.at = 0
        return PACKET
