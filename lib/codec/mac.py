"""HMAC-SHA256 (RFC 2104, FIPS 198-1) over a part of a buffer, cut to the 8 bytes that frames carry.

The two padded keys are prepared once. A key longer than a block of 64 bytes is hashed first, as the standard says. Comparison takes
the same time wherever the first wrong byte stands.
"""

import hashlib

from micropython import const

SIZE = const(8)
_BLOCK = const(64)


class Mac:
    """One key, ready to sign and verify."""

    def __init__(self, key: bytes) -> None:
        if len(key) > _BLOCK:
            key = hashlib.sha256(key).digest()
        self._inner = bytearray(b"\x36" * _BLOCK)
        self._outer = bytearray(b"\x5c" * _BLOCK)
        for i in range(len(key)):
            self._inner[i] ^= key[i]
            self._outer[i] ^= key[i]

    def digest(self, data) -> bytes:
        """The whole 32-byte HMAC of `data`."""
        inner = hashlib.sha256(self._inner)
        inner.update(data)
        outer = hashlib.sha256(self._outer)
        outer.update(inner.digest())
        return outer.digest()

    def sign(self, buf, end: int) -> int:
        """Write the tag of buf[:end] behind it; returns the offset after the tag."""
        digest = self.digest(memoryview(buf)[:end])
        for i in range(SIZE):
            buf[end + i] = digest[i]
        return end + SIZE

    def verify(self, buf, end: int) -> bool:
        """True when the `SIZE` bytes from `end` on are the tag of buf[:end]; the caller keeps both inside the buffer."""
        digest = self.digest(memoryview(buf)[:end])
        wrong = 0
        for i in range(SIZE):
            wrong |= digest[i] ^ buf[end + i]
        return wrong == 0
