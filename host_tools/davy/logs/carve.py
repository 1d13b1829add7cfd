"""Segments out of a flash whose file system is beyond repair: put together block by block.

littlefs keeps a file as blocks that point backwards: block n of a file, but for block 0, begins with ctz(n) + 1 numbers of four
bytes, the first of them that of block n - 1 (littlefs, DESIGN.md, "CTZ skip-lists"). A segment begins with a head that proves
itself by its checksum, so it is found wherever it lies, and each next block is one that points to the one before and in which the
frames go on. Blocks that an append has left behind do that too: the one in which most frames are good is the newest.

What is put together is checked by the chain like any other journal. Files too small for a block of their own lie among the file
system's own notes, and are not found.
"""

import struct

import davy.roots  # noqa: F401  puts the tag's own code on sys.path
from davy.vtag.flash import BLOCK
from journal.frame import check
from journal.segment import GOOD, Head, judge


def carve(volume: bytes) -> dict[int, bytes]:
    """First number -> bytes of every segment that can be put together; of several versions the longest."""
    blocks = [volume[at : at + BLOCK] for at in range(0, len(volume) - BLOCK + 1, BLOCK)]
    following: dict[int, list[int]] = {}
    for number, block in enumerate(blocks):
        following.setdefault(struct.unpack_from("<I", block)[0], []).append(number)
    found: dict[int, bytes] = {}
    for number, block in enumerate(blocks):
        if judge(block, len(block)) == GOOD:
            first = Head(block).first
            data = _segment(blocks, following, number)
            if len(data) > len(found.get(first, b"")):
                found[first] = data
    return found


def _segment(blocks: list[bytes], following: dict[int, list[int]], number: int) -> bytes:
    """The segment that begins in a block, as far as its frames go."""
    data = bytearray(blocks[number])
    good = _good(data, data[3])
    index = 1
    while True:
        begin = 4 * ((index & -index).bit_length())  # ctz + 1 pointers
        best, best_good = -1, good
        for candidate in following.get(number, ()):
            end = _good(data + blocks[candidate][begin:], good)
            if end > max(best_good, len(data)):
                best, best_good = candidate, end
        if best < 0:
            return bytes(data[:good])
        data += blocks[best][begin:]
        number, good = best, best_good
        index += 1


def _good(data: bytes | bytearray, at: int) -> int:
    """Where the good frames from `at` on end."""
    after = check(data, at, len(data))
    while after > 0:
        at = after
        after = check(data, at, len(data))
    return at
