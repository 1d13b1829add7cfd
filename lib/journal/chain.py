"""The chain: a keyed hash ties every record to the one before, so that none is altered, removed, inserted or moved unseen.

    link(n) = first 4 bytes of SHA-256(record key 16 | link(n - 1) 4 | record n)
    mac     = first bytes of SHA-256(mark key 16 | head or gap)
    record key | mark key = HMAC-SHA256(the tag's key, "davy journal 1")

The link before the first record is zero. Any record can be checked with the stored link of its predecessor alone.

A secret prefix instead of HMAC: with 16 bytes of key a record of up to 35 bytes is one block of SHA-256 in one call, HMAC would
be four in two. What makes a plain secret prefix unsafe is that whoever knows a whole hash can go on from it; 4 of its 32 bytes do
not give the state. Heads and gaps have a key of their own, so that none can pass for a record. A forgery passes with a chance of
2^-32, and only who has the key can tell whether it does.

A new tag has no key yet and uses the empty one, which everybody knows: then the chain shows accidents, not forgery. `key_id` names
a key without telling it.
"""

import hashlib

from codec.mac import Mac
from micropython import const

KEY_ID = const(4)  # bytes
_HALF = const(16)


class Chain:
    """One key, ready to make links and macs."""

    def __init__(self, key: bytes = b"") -> None:
        secret = Mac(key).digest(b"davy journal 1")
        self._begin = bytearray(secret[:_HALF] + bytes(4))  # record key | link of the record before
        self._mark_key = secret[_HALF:]
        self.key_id = hashlib.sha256(b"davy journal id" + secret).digest()[:KEY_ID]
        self.public = len(key) == 0

    def link(self, before, record) -> bytes:
        """A digest that begins with the record's link; `before` begins with that of the record before."""
        begin = self._begin
        for i in range(4):
            begin[_HALF + i] = before[i]
        digest = hashlib.sha256(begin)
        digest.update(record)
        return digest.digest()

    def mark(self, data) -> bytes:
        """A digest that begins with the mac of a head or a gap."""
        digest = hashlib.sha256(self._mark_key)
        digest.update(data)
        return digest.digest()


def same(digest, buf, at: int, n: int) -> bool:
    """Whether buf[at : at + n] is how the digest begins; takes the same time wherever they differ."""
    wrong = 0
    for i in range(n):
        wrong |= digest[i] ^ buf[at + i]
    return wrong == 0
