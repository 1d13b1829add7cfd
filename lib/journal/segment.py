"""Names, heads and listing of the journal's segment files.

A segment is one file, `<first seq, 8 hex digits>.jnl`: a head, then frames with rising sequence numbers. The head is
`"DJ" | version u8 | head length u8 | first seq u32 | boot u16 | crc u16`; a later version may lengthen it, readers go by
its length.
"""

import os

from codec.fields import get_u16, put_u16, put_u32
from codec.native import crc16
from micropython import const

HEAD = const(12)
VERSION = const(1)
_SUFFIX = ".jnl"


def path_of(folder: str, first: int) -> str:
    """The file of the segment whose first record has this sequence number."""
    return "%s/%08x%s" % (folder, first, _SUFFIX)


def first_of(name: str) -> int:
    """The first sequence number a file name stands for; -1 when the file is no segment."""
    if len(name) != 12 or name[8:] != _SUFFIX:
        return -1
    try:
        return int(name[:8], 16)
    except ValueError:
        return -1  # somebody else's file


def listing(folder: str) -> list:
    """First sequence numbers of all segments in the folder, ascending. Raises OSError when it cannot be read."""
    return sorted([first for first in [first_of(name) for name in os.listdir(folder)] if first >= 0])


def size_of(folder: str, first: int) -> int:
    """Bytes in a segment's file. Raises OSError when it cannot be asked."""
    return os.stat(path_of(folder, first))[6]


def write_head(file, first: int, boot: int) -> None:
    """Begin a new segment."""
    head = bytearray(HEAD)
    head[0] = 0x44
    head[1] = 0x4A
    head[2] = VERSION
    head[3] = HEAD
    put_u32(head, 4, first)
    put_u16(head, 8, boot)
    put_u16(head, 10, crc16(head, 0, 10))
    file.write(head)


def head_length(buf, have: int) -> int:
    """Length of the head at the buffer's start; 0 when it is damaged (then frames are searched from the first byte)."""
    if have < HEAD or buf[0] != 0x44 or buf[1] != 0x4A or buf[3] < HEAD:
        return 0
    end = buf[3] - 2
    if end + 2 > have or get_u16(buf, end) != crc16(buf, 0, end):
        return 0
    return end + 2


class Source:
    """Reads segment files piece by piece. The last file stays open until `close`, since finding one among sixty costs
    littlefs hundreds of flash reads; close it before anything may be written."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._first = -1  # the segment whose file is open
        self._file = None

    def read(self, first: int, offset: int, into) -> int:
        """Bytes read from this offset of the segment; none past its end. Raises OSError."""
        if self._first != first:
            self.close()
            self._file = open(path_of(self._folder, first), "rb")
            self._first = first
        self._file.seek(offset)
        return self._file.readinto(into) or 0

    def close(self) -> None:
        """Let go of the file."""
        file = self._file
        self._file = None
        self._first = -1
        if file:
            file.close()
