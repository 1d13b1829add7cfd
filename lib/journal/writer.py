"""The newest segment, being written: opens, appends, syncs; begins another one when told or after any failure.

Once a write or sync has failed, nobody knows what the file ends with, so it is never appended to again. The next segment
is named by the first record that is not known to be stored; if a half-made file of that name is left over, opening it
empties it.
"""

from journal import segment
from micropython import const

# littlefs keeps block pointers inside a file's blocks: leave room for them, so that a segment fills whole blocks
_POINTERS = const(32)


class Writer:
    """Appends framed records to segments of at most `segment_bytes`."""

    def __init__(self, folder: str, segment_bytes: int) -> None:
        self._folder = folder
        self._limit = segment_bytes - _POINTERS
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
        return self._first < 0 or self._size + n > self._limit

    def store(self, data, n: int, first: int, boot: int) -> bool:
        """Write `n` bytes of frames, the first of which has the number `first`, and sync. True: in a new segment.

        Raises OSError."""
        fresh = self.full(n)
        if fresh:
            self.seal()
            self._file = open(segment.path_of(self._folder, first), "wb")
            segment.write_head(self._file, first, boot)
            self._size = segment.HEAD
        elif self._file is None:
            self._file = open(segment.path_of(self._folder, self._first), "ab")
        self._file.write(data[:n])
        self._file.flush()
        self._size += n
        if fresh:
            self._first = first
        return fresh

    def seal(self) -> None:
        """Let go of the file; the next write begins a new segment."""
        self._first = -1
        if self._file:
            try:
                self._file.close()
            except OSError:
                self.errors += 1  # its last sync has failed too; the handle is gone either way
            self._file = None
