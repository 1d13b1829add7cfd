"""Signed limit files for tests: a small LMS signer (H5, W4) that computes on the tag, and the flash that they lie on."""

import binascii
import hashlib
import struct

from test_journal_rig import MICROPYTHON, MOUNT, Disk

from signature import lms
from tag.gas import limits

_N = 32
_TOP = 15
_DIGITS = 67
_HEIGHT = 5


def _hash(*parts):
    hasher = hashlib.sha256(parts[0])
    for part in parts[1:]:
        hasher.update(part)
    return hasher.digest()


class Key:
    """Signs with the leaf that the caller names; a real signer must never use one twice."""

    def __init__(self, seed):
        place = bytearray(100000)  # stays in one piece, for the images of flashes, while many small things are made
        self.seed = seed
        self.ident = seed[:16]
        self.nodes = {}
        for leaf in range(1 << _HEIGHT):
            ends = [self._chain(leaf, i, self._start(leaf, i), 0, _TOP) for i in range(_DIGITS)]
            public = _hash(self.ident, struct.pack(">I", leaf), b"\x80\x80", b"".join(ends))
            number = leaf | 1 << _HEIGHT
            self.nodes[number] = _hash(self.ident, struct.pack(">I", number), b"\x82\x82", public)
        for number in range((1 << _HEIGHT) - 1, 0, -1):
            pair = self.nodes[2 * number] + self.nodes[2 * number + 1]
            self.nodes[number] = _hash(self.ident, struct.pack(">I", number), b"\x83\x83", pair)
        self.public = struct.pack(">II", 5, 3) + self.ident + self.nodes[1]
        self.hex = binascii.hexlify(self.public).decode()
        assert len(place) == 100000

    def _start(self, leaf, i):
        return _hash(self.ident, struct.pack(">IHB", leaf, i, 255), self.seed)

    def _chain(self, leaf, i, value, begin, end):
        for step in range(begin, end):
            value = _hash(self.ident, struct.pack(">IHB", leaf, i, step), value)
        return value

    def sign(self, message, leaf):
        c = _hash(b"random", message)
        digest = _hash(self.ident, struct.pack(">I", leaf), b"\x81\x81", c, message)
        digits = []
        for byte in digest:
            digits += [byte >> 4, byte & 15]
        rest = sum([_TOP - digit for digit in digits])
        digits += [rest >> 8, rest >> 4 & 15, rest & 15]
        y = [self._chain(leaf, i, self._start(leaf, i), 0, digits[i]) for i in range(_DIGITS)]
        path = []
        number = leaf | 1 << _HEIGHT
        while number > 1:
            path.append(self.nodes[number ^ 1])
            number >>= 1
        return struct.pack(">II", leaf, 3) + c + b"".join(y) + struct.pack(">I", 5) + b"".join(path)


SIZE = 12 + 32 * (1 + _DIGITS + _HEIGHT)


def packed(head_and_rows, signature=b""):
    """A file's bytes."""
    body = head_and_rows + signature
    return body + struct.pack("<I", binascii.crc32(body) & 0xFFFFFFFF)


def unsigned(ident, rows=limits.BUILT_IN, schema=1, signed=SIZE):
    """Head and rows."""
    name = b"rig" + bytes(17)
    return struct.pack("<4sBBHHH", b"DVLM", schema, len(rows) // 16, ident, signed, 0) + name + rows


def made(key, leaf, ident, rows=limits.BUILT_IN, schema=1):
    """A signed file."""
    body = unsigned(ident, rows, schema)
    return packed(body, key.sign(body, leaf))


class Place(Disk):
    """The root of a tag's flash."""

    def __init__(self, **rest):
        Disk.__init__(self, blocks=10, **rest)
        self.folder = self.root = MOUNT if MICROPYTHON else self.temporary.name

    def has(self, name):
        try:
            self.get(name)
        except OSError:
            return False
        return True


assert lms.size(bytes((0, 0, 0, 5, 0, 0, 0, 3)) + bytes(48)) == SIZE
