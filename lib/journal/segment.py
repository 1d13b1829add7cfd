"""Names, heads and listing of the journal's segment files.

A segment is one file, `<first seq, 8 hex digits>.jnl`: a head, then frames with rising sequence numbers. The head is

    "DJ" | version u8 | head length u8 | first u32 | boot u16 | flags u8
         | key 4 | maker 4 | after u32 | link 4 | low u32 | mac 8 | crc u16

`key` names the key of its records, `maker` that of the head's own mac and of its gaps: another one when a tag with a new key has
made room in an old segment. The segment goes on after number `after`, whose record has this `link`: numbers between `after` and
`first` were never used. All numbers below `low` were given up before this segment was begun.

In every version, now and later, the head begins so, and its last two bytes are a CRC-16/CCITT of all before: a segment with a
good head of another version than ours is somebody else's, never read, added to or removed.
"""

import os

from codec.fields import get_u16, get_u32, put_u16, put_u32
from codec.native import copy, crc16
from journal.chain import KEY_ID, same
from journal.frame import LINK
from micropython import const

HEAD = const(41)
_VERSION = const(2)
COMPACTED = const(1)  # flag: undelivered urgent records only, and gaps
UNLINKED = const(2)  # flag: the record before could not be read, the chain begins anew
_FLAGS_AT = const(10)
_KEY_AT = const(11)
_MAKER_AT = const(15)
_AFTER_AT = const(19)
_LINK_AT = const(23)
_LOW_AT = const(27)
_MAC_AT = const(31)
_MAC = const(8)  # bytes

GOOD = const(0)
DAMAGED = const(1)  # then frames are searched from the first byte
FOREIGN = const(2)  # of another version

TEMPORARY = "compact"  # the file in which a segment is written anew
_SUFFIX = ".jnl"


def name_of(first: int) -> str:
    """The file of the segment whose first record has this sequence number; -1: of the one that is being written anew."""
    return TEMPORARY if first < 0 else "%08x%s" % (first, _SUFFIX)


def path_of(folder: str, first: int) -> str:
    """The same with its folder."""
    return folder + "/" + name_of(first)


def first_of(name: str) -> int:
    """The first sequence number a file name stands for; -1 when the file is no segment."""
    if len(name) != 12 or name[8:] != _SUFFIX:
        return -1
    try:
        return int(name[:8], 16)
    except ValueError:
        return -1  # somebody else's file


def files(folder: str):
    """Generate (name, bytes) of every file in the folder. Raises OSError when it cannot be read."""
    if hasattr(os, "ilistdir"):  # one pass; asking littlefs for one size after the other costs a search each
        for entry in os.ilistdir(folder):
            if len(entry) > 3:
                yield entry[0], entry[3]
    else:
        for name in os.listdir(folder):
            yield name, os.stat(folder + "/" + name)[6]


def size_of(folder: str, first: int) -> int:
    """Bytes in a segment's file. Raises OSError when it cannot be asked."""
    return os.stat(path_of(folder, first))[6]


def head_of(chain, first: int, boot: int, flags: int, key, after: int, link, low: int) -> bytearray:
    """The head of a segment; `link` are four bytes."""
    head = bytearray(HEAD)
    head[0] = 0x44
    head[1] = 0x4A
    head[2] = _VERSION
    head[3] = HEAD
    put_u32(head, 4, first)
    put_u16(head, 8, boot)
    head[_FLAGS_AT] = flags
    copy(key, 0, head, _KEY_AT, KEY_ID)
    copy(chain.key_id, 0, head, _MAKER_AT, KEY_ID)
    put_u32(head, _AFTER_AT, after)
    copy(link, 0, head, _LINK_AT, LINK)
    put_u32(head, _LOW_AT, low)
    copy(chain.mark(memoryview(head)[:_MAC_AT]), 0, head, _MAC_AT, _MAC)
    put_u16(head, HEAD - 2, crc16(head, 0, HEAD - 2))
    return head


def judge(buf, have: int) -> int:
    """What stands at the beginning of a segment, of which buf[:have] are at least 255 bytes or all: GOOD, DAMAGED or FOREIGN."""
    if have < 6 or buf[0] != 0x44 or buf[1] != 0x4A:
        return DAMAGED
    end = buf[3] - 2
    if end < 4 or end + 2 > have or get_u16(buf, end) != crc16(buf, 0, end):
        return DAMAGED
    if buf[2] != _VERSION:
        return FOREIGN
    return GOOD if buf[3] >= HEAD else DAMAGED


class Head:
    """What the good head of a segment says."""

    def __init__(self, buf) -> None:
        self._bytes = bytes(memoryview(buf)[: buf[3]])
        self.length = buf[3]
        self.first = get_u32(buf, 4)
        self.boot = get_u16(buf, 8)
        self.flags = buf[_FLAGS_AT]
        self.key = self._bytes[_KEY_AT : _KEY_AT + KEY_ID]
        self.maker = self._bytes[_MAKER_AT : _MAKER_AT + KEY_ID]
        self.after = get_u32(buf, _AFTER_AT)
        self.link = self._bytes[_LINK_AT : _LINK_AT + LINK]
        self.low = get_u32(buf, _LOW_AT)

    def proved(self, chain) -> bool:
        """Whether the owner of this chain's key has made it."""
        return same(chain.mark(self._bytes[:_MAC_AT]), self._bytes, _MAC_AT, _MAC)


class Source:
    """Reads segment files piece by piece. The last file stays open until `close`, since finding one among sixty costs
    littlefs hundreds of flash reads; close it before anything may be written."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._first = -1  # the segment whose file is open
        self._file = None
        self._at = 0  # where it stands

    def read(self, first: int, offset: int, into) -> int:
        """Bytes read from this offset of the segment; none past its end. Raises OSError."""
        if self._first != first:
            self.close()
            self._file = open(path_of(self._folder, first), "rb")
            self._first = first
            self._at = 0
        if offset != self._at:  # a seek makes littlefs look for the block anew
            self._file.seek(offset)
        n = self._file.readinto(into) or 0
        self._at = offset + n
        return n

    def close(self) -> None:
        """Let go of the file."""
        file = self._file
        self._file = None
        self._first = -1
        if file:
            file.close()
