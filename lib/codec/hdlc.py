"""Frames on a serial console that people and a REPL use as well: flags and escapes as in HDLC (RFC 1662), a CRC-32 at the end.

    0x7E | body | CRC-32 of the body, little endian | 0x7E

Between the flags 0x7D x stands for x ^ 0x20: for the flag, for 0x7D, and for control characters that the way does not pass on
as they are. What a tag prints loses line ends and flow control (`TO_COMPUTER`); what it is sent must hold no control character
at all, because Ctrl-C stops the program that runs (`TO_TAG`). Whatever stands outside of frames is text, and whatever does not end
with its CRC is passed over. One flag may end a frame and begin the next.
"""

import sys
from binascii import crc32

from codec.fields import get_u16, put_u32
from micropython import const

FLAG = const(0x7E)
TO_COMPUTER = const(0x000A2400)  # bits of the control characters to escape: LF, CR, XON, XOFF
TO_TAG = const(-1)  # all 32
OVERHEAD = const(4)  # the CRC
LARGEST = const(246)  # bytes of a body: a frame is written in one go, so that no print comes between
_ESCAPE = const(0x7D)
_FLIP = const(0x20)

# where a receiver stands
_OUTSIDE = const(0)  # no flag since the last that could not be a frame
_INSIDE = const(1)
_ESCAPED = const(2)

if sys.implementation.name == "micropython":
    import micropython

    @micropython.viper
    def _stuff(source, n: int, target, at: int, controls: int) -> int:
        """Copy source[:n] to target[at:] with its escapes; where they end. The caller has room for two bytes each."""
        s = ptr8(source)  # noqa: F821
        t = ptr8(target)  # noqa: F821
        to = int(at)
        i = 0
        while i < int(n):
            b = s[i]
            i += 1
            if b == 0x7E or b == 0x7D or (b < 32 and (int(controls) >> b) & 1):
                t[to] = 0x7D
                to += 1
                b ^= 0x20
            t[to] = b
            to += 1
        return to

else:

    def _stuff(source, n: int, target, at: int, controls: int) -> int:
        """Copy source[:n] to target[at:] with its escapes; where they end."""
        for b in memoryview(source)[:n]:
            if b in (FLAG, _ESCAPE) or (b < 32 and controls >> b & 1):
                target[at] = _ESCAPE
                at += 1
                b ^= _FLIP
            target[at] = b
            at += 1
        return at


ROOM = const(502)  # bytes of a frame, at most: 2 * (LARGEST + OVERHEAD) + 2


def seal(body, n: int, out, controls: int = TO_COMPUTER) -> int:
    """Write the frame of body[:n] to `out`, which has `ROOM`; how long it is. `body` has four bytes more, for the CRC."""
    put_u32(body, n, crc32(memoryview(body)[:n]))
    out[0] = FLAG
    end = _stuff(body, n + OVERHEAD, out, 1, controls)
    out[end] = FLAG
    return end + 1


class Receiver:
    """Finds frames in a stream of bytes. `buf[:n]` is a body while `take` says so, until the next byte."""

    def __init__(self) -> None:
        self.buf = bytearray(LARGEST + OVERHEAD)
        self.n = 0
        self._have = 0
        self._state = _OUTSIDE

    def take(self, b: int) -> bool:
        """One byte of the stream; True when it completes a frame."""
        if b == FLAG:
            whole = self._state == _INSIDE and self._whole()
            self._have = 0
            self._state = _INSIDE
            return whole
        if self._state == _OUTSIDE:
            return False
        if self._state == _ESCAPED:
            b ^= _FLIP
            self._state = _INSIDE
        elif b == _ESCAPE:
            self._state = _ESCAPED
            return False
        if self._have == len(self.buf):
            self._state = _OUTSIDE  # longer than any frame: text, or one whose end was lost
            return False
        self.buf[self._have] = b
        self._have += 1
        return False

    def _whole(self) -> bool:
        n = self._have - OVERHEAD
        if n <= 0:
            return False
        found = crc32(memoryview(self.buf)[:n])
        self.n = n
        return get_u16(self.buf, n) == found & 0xFFFF and get_u16(self.buf, n + 2) == found >> 16
