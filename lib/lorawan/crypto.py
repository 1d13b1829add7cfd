"""AES-128 as LoRaWAN uses it: CMAC (RFC 4493) and the key stream of TS001 section 4.3.3, on `cryptolib`'s single block.

A `Key` is made once and kept: the AES object alone holds 464 bytes of heap on the 32-bit runtime and 576 on the 64-bit one
(measured; the key schedule grows at its first use). Calls allocate nothing. Only encryption is needed: a network encrypts a
join accept with the inverse cipher, so that a device never needs that.
"""

from cryptolib import aes
from lorawan.native import mix
from micropython import const

BLOCK = const(16)
_ECB = const(1)
_RB = const(0x87)  # RFC 4493 section 2.3: x^128 = x^7 + x^2 + x + 1


class Key:
    """One key of 16 bytes, ready to encrypt and to sign; raises ValueError for another length."""

    def __init__(self, key: bytes) -> None:
        if len(key) != BLOCK:
            raise ValueError("an AES-128 key has 16 bytes, not %d" % len(key))
        self._aes = aes(key, _ECB)
        self.out = bytearray(BLOCK)  # of the last call
        self._whole = bytearray(BLOCK)  # K1: mixed into a last block that is whole
        self._padded = bytearray(BLOCK)  # K2: into one that was padded
        self._aes.encrypt(self._whole, self._whole)
        _double(self._whole, self._whole)
        _double(self._whole, self._padded)

    def encrypt(self, source, target) -> None:
        """One block; `source` and `target` may be the same buffer."""
        self._aes.encrypt(source, target)

    def cmac(self, head, buf, n: int):
        """CMAC of the block `head` (None: none) followed by buf[:n], in `out`, which is returned; at least one byte in all."""
        x = self.out
        for i in range(BLOCK):
            x[i] = head[i] if head else 0
        if head:
            self._aes.encrypt(x, x)
        at = 0
        while n - at > BLOCK:
            mix(x, 0, buf, at, BLOCK)
            self._aes.encrypt(x, x)
            at += BLOCK
        rest = n - at
        mix(x, 0, buf, at, rest)
        if rest == BLOCK:
            mix(x, 0, self._whole, 0, BLOCK)
        else:
            x[rest] ^= 0x80
            mix(x, 0, self._padded, 0, BLOCK)
        self._aes.encrypt(x, x)
        return x

    def stream(self, counter, buf, at: int, n: int) -> None:
        """Encrypt or decrypt buf[at:at+n] in place; `counter` is the block A of the specification, whose last byte counts
        from 1."""
        i = 0
        while n > 0:
            i += 1
            counter[15] = i
            self._aes.encrypt(counter, self.out)
            mix(buf, at, self.out, 0, min(n, BLOCK))
            at += BLOCK
            n -= BLOCK


def same(a, b, at: int, n: int) -> bool:
    """Whether a[:n] equals b[at:at+n], in a time that does not tell where the first difference stands."""
    wrong = 0
    for i in range(n):
        wrong |= a[i] ^ b[at + i]
    return wrong == 0


def _double(source, target) -> None:
    """target = source times x in GF(2^128), most significant byte first; they may be the same buffer."""
    carry = source[0] >> 7
    for i in range(BLOCK - 1):
        target[i] = source[i] << 1 & 0xFF | source[i + 1] >> 7
    target[15] = source[15] << 1 & 0xFF ^ (_RB if carry else 0)
