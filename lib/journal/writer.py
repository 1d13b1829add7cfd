"""The newest segment, being written: opens, appends, syncs; begins another one when told or after any failure.

Once a write or sync has failed, nobody knows what the file ends with, so it is never appended to again. The next segment
is named by the first record that is not known to be stored; if a half-made file of that name is left over, opening it
empties it.
"""

from journal import segment
from micropython import const

BLOCK = const(4096)


def usable(segment_bytes: int) -> int:
    """Bytes of a segment file that fill its share of whole blocks: littlefs keeps pointers inside a file's blocks, on average
    two of 4 bytes a block."""
    return segment_bytes - 8 * ((segment_bytes + BLOCK - 1) // BLOCK) - 24


class Writer:
    """Appends framed records to segments of at most `segment_bytes`."""

    def __init__(self, folder: str, segment_bytes: int) -> None:
        self._folder = folder
        self.limit = usable(segment_bytes)
        self._file = None
        self._first = -1  # of the segment in hand; -1: the next write begins a new one
        self._size = 0
        self.errors = 0

    def resume(self, first: int, size: int) -> None:
        """Go on in a segment found intact at boot."""
        self._first = first
        self._size = size

    def full(self, n: int) -> bool:
        """Whether `n` more bytes begin a new segment."""
        return self._first < 0 or self._size + n > self.limit

    def begin(self, first: int, head, data, n: int) -> None:
        """Write and sync a new segment with its head and the frames in data[:n]. Raises OSError."""
        self.seal()
        self._file = open(segment.path_of(self._folder, first), "wb")
        self._file.write(head)
        self._file.write(data[:n])
        self._file.flush()
        self._size = len(head) + n
        self._first = first

    def add(self, data, n: int) -> None:
        """Write and sync the frames in data[:n] behind those that are there. Raises OSError."""
        if self._file is None:
            self._file = open(segment.path_of(self._folder, self._first), "ab")
        self._file.write(data[:n])
        self._file.flush()
        self._size += n

    def back(self, n: int) -> tuple:
        """Place (segment, offset) of what begins `n` bytes before the end."""
        return self._first, self._size - n

    def seal(self) -> None:
        """Let go of the file; the next write begins a new segment."""
        self._first = -1
        if self._file:
            try:
                self._file.close()
            except OSError:
                self.errors += 1  # its last sync has failed too; the handle is gone either way
            self._file = None
