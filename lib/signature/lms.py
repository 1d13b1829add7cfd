"""LMS signatures, RFC 8554: was this message signed by the one whose public key we hold?

Verification is hashing only, so a microcontroller needs nothing but SHA-256, and knowing the public key helps nobody to sign.

    public key, 56 bytes    u32 LMS type | u32 LM-OTS type | I, 16 bytes | T[1], 32 bytes
    signature               u32 leaf | u32 LM-OTS type | C | y[0] ... y[p-1] | u32 LMS type | path[0] ... path[h-1]
                            C, y and path: 32 bytes each; numbers are big endian

    LMS type      5: height h = 5, 32 leaves      6: h = 10, 1024 leaves        LMS_SHA256_M32_H5, _H10
    LM-OTS type   3: digits of w = 4 bit, p = 67  4: w = 8 bit, p = 34          LMOTS_SHA256_N32_W4, _W8

Each leaf signs once, so the leaf's number also says which of two signatures came later.

Cost: a digit d of the hashed message takes 2^w - 1 - d hashes. The checksum makes the sum nearly the same for every message: with
w = 4 some 500 hashes, never more than 1005; with w = 8 some 4300, never more than 8670; and h + 3 more. The signature is read
in pieces of 32 bytes.
"""

import hashlib

from micropython import const

KEY_SIZE = const(56)

_N = const(32)
_I = const(8)  # where I begins in the key
_ROOT = const(24)
_CHAIN = const(23)  # I 16, leaf 4, digit's number 2, step 1: what stands before the 32 bytes of a chain

# What each hash is for, RFC 8554 section 7.1.
_PUBLIC = b"\x80\x80"
_MESSAGE = b"\x81\x81"
_LEAF = b"\x82\x82"
_INNER = b"\x83\x83"


def size(key) -> int:
    """Bytes of a signature by this public key; 0 when it is none of the kinds above."""
    if len(key) != KEY_SIZE or any(key[:3]) or any(key[4:7]) or key[3] not in (5, 6) or key[7] not in (3, 4):
        return 0
    return 12 + _N * (1 + (67 if key[7] == 3 else 34) + (5 if key[3] == 5 else 10))


def verify(key, message, file) -> int:
    """Number of the leaf that signed the message, or -1: not signed by this key.

    `message` is its pieces in order; `file` stands at the signature's first byte, and what follows the last is not looked at.
    """
    head = file.read(8) if size(key) else b""
    if len(head) != 8 or head[4:] != key[4:8]:
        return -1
    height = 5 if key[3] == 5 else 10
    leaf = head[2] << 8 | head[3]
    if head[0] or head[1] or leaf >> height:
        return -1
    prefix = bytes(key[_I:_ROOT]) + head[:4]
    piece = bytearray(_N)
    if file.readinto(piece) != _N:
        return -1
    hasher = hashlib.sha256(prefix)
    for part in (_MESSAGE, piece) + tuple(message):
        hasher.update(part)
    node = _one_time(hasher.digest(), prefix, 4 if key[7] == 3 else 8, file, piece)
    number = leaf | 1 << height
    if not node or file.read(4) != key[:4]:
        return -1
    node = _hash(prefix, number, _LEAF, node, b"")
    while number > 1:
        if file.readinto(piece) != _N:
            return -1
        left, right = (piece, node) if number & 1 else (node, piece)
        number >>= 1
        node = _hash(prefix, number, _INNER, left, right)
    return leaf if node == key[_ROOT:] else -1


def _one_time(digest: bytes, prefix: bytes, w: int, file, piece) -> bytes:
    """The leaf's one-time public key that the signature's chains lead to; b"" when the file ends too early."""
    top = (1 << w) - 1
    per_byte = 8 // w
    rest = 0
    for byte in digest:
        rest += top - byte if w == 8 else 2 * top - (byte >> 4) - (byte & top)
    rest <<= 8 - w  # three digits of 4 bit stand left in 16; two of 8 bit fill them
    digits = digest + bytes((rest >> 8, rest & 255))
    chain = bytearray(_CHAIN + _N)
    chain[: len(prefix)] = prefix
    tail = memoryview(chain)[_CHAIN:]
    hasher = hashlib.sha256(prefix)
    hasher.update(_PUBLIC)
    for i in range(67 if w == 4 else 34):
        if file.readinto(piece) != _N:
            return b""
        tail[:] = piece
        chain[21] = i
        digit = digits[i // per_byte] >> (8 - w - w * (i % per_byte)) & top
        for step in range(digit, top):
            chain[22] = step
            tail[:] = hashlib.sha256(chain).digest()
        hasher.update(tail)
    return hasher.digest()


def _hash(prefix: bytes, number: int, what: bytes, left, right) -> bytes:
    """The value of node `number` of the tree."""
    hasher = hashlib.sha256(prefix[:16])
    for part in (bytes((0, 0, number >> 8, number & 255)), what, left, right):
        hasher.update(part)
    return hasher.digest()
