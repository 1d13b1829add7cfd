"""A piece of a segment file in memory, and the frames in it: what readers look through."""

from journal.frame import GAP, LARGEST, check, length, seq_of
from journal.segment import GOOD, Source, judge
from journal.skim import PASSED, skim
from micropython import const

_ENOENT = const(2)


class Chunk:
    """One chunk at a time of the segments of a journal. Leaves no file open after `close`."""

    def __init__(self, journal, size: int) -> None:
        self._journal = journal
        self._source = Source(journal.path)
        self.buf = bytearray(max(size, LARGEST + 1))
        self._mv = memoryview(self.buf)
        self._of = -1  # what the chunk holds: segment, file offset, bytes, as the journal's layout was
        self._as_of = 0
        self._base = 0
        self._have = 0
        self.failed = False  # the last read failed: "nothing there" is not proved
        self.budget = -1  # chunks that may still be read; negative: no bound

    def close(self) -> None:
        """Let go of the file."""
        self._source.close()

    def forget(self) -> None:
        """Drop the chunk: what it holds may be discarded."""
        self._of = -1
        self._source.close()

    def index(self, segment: int, offset: int, want: int) -> int:
        """Index of a file offset in the chunk, with `want` bytes behind it where the file has them; -1 past the file's end."""
        self.failed = False
        at = offset - self._base
        if self._of != segment or at < 0 or at + want > self._have or self._as_of != self._journal.layout:
            self._of = -1
            self._have = 0
            if self.budget > 0:
                self.budget -= 1
            try:
                self._have = self._source.read(segment, offset, self._mv)
            except OSError as e:
                self._source.close()
                if segment in self._journal.firsts:  # else it was discarded
                    self._journal.unreadable += 1
                self.failed = not e.args or e.args[0] != _ENOENT
                return -1
            self._of = segment
            self._as_of = self._journal.layout
            self._base = offset
            at = 0
        return at if at < self._have else -1

    def frame(self, segment: int, offset: int) -> int:
        """Index in the chunk of the good frame at a file offset; -1 when there is none or it cannot be read."""
        for want in (1, LARGEST):  # when the frame passes the chunk's end, the chunk is read anew from the frame on
            at = self.index(segment, offset, want)
            after = check(self.buf, at, self._have) if at >= 0 else -1
            if after != 0:
                return at if after > 0 else -1
        return -1

    def find(self, seq: int) -> int:
        """Index in the chunk of the record with this number, wherever it stands now; -1 when it is not to be found."""
        segment = self._journal.holder(seq)
        at = self.index(segment, 0, LARGEST) if segment >= 0 else -1
        if at < 0 or judge(self.buf, self._have) != GOOD:
            return -1
        at = self.buf[3]
        while at >= 0:
            stop = skim(self.buf, at, self._have, 0, PASSED)
            last = PASSED[0]
            if last < 0:
                return -1
            if seq_of(self.buf, last) >= seq:
                while seq_of(self.buf, at) < seq:
                    at += length(self.buf, at)
                return at if seq_of(self.buf, at) == seq and self.buf[at] != GAP else -1
            at = self.index(segment, self._base + stop, LARGEST)
        return -1
