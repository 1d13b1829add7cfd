"""Reads records back from the segments, in order, while the journal goes on appending.

A reader holds a place (segment, file offset) and one chunk of that file in memory; unless asked to, it leaves no file open, because
littlefs may reuse the blocks under an open handle of a file that another handle has written. Only records up to the journal's
`flushed_seq` are given.

Whoever looks for a few kinds says so (`kinds`, a bit set of kinds below 31): all others are passed over at machine speed. Two
bounds keep a long search from holding up the tag: `budget`, the chunks that `next` may read before it pauses, and `last`: segments
that begin after this number are not looked into.

A segment that is gone is passed over; one that cannot be read just now is tried again at the next `_TRIES` calls first.

States of a place: in order (each frame follows the last); damaged (no good frame here: search byte by byte for the next one whose
sequence number fits); at the end (nothing more is flushed: the place is kept and reading goes on there later).
"""

from journal.frame import HEADER, LARGEST, MAX_RECORD, OVERHEAD, SEQ_MAX, SMALLEST, check, seq_of
from journal.segment import HEAD, Source, head_length
from journal.skim import skim
from micropython import const

_ENOENT = const(2)
_TRIES = const(4)
_NONE = const(0xFFF)


class Reader:
    """A place in the journal. After `next` or `fetch` the record stands in buf[start:end]."""

    def __init__(self, journal, chunk: int = 512) -> None:
        self._journal = journal
        self._source = Source(journal.path)
        self.buf = bytearray(max(chunk, LARGEST + 1))
        self._mv = memoryview(self.buf)
        self._of = -1  # what the chunk holds: segment, file offset, bytes
        self._base = 0
        self._have = 0
        self.start = 0
        self.end = 0
        self.seq = 0  # of the last record passed
        self.segment = -1  # where the next frame is looked for
        self.offset = 0
        self.at_segment = -1  # where the last record given stands, for `fetch`
        self.at_offset = 0
        self.damaged = 0  # stretches of bytes that held no good frame
        self._searching = False
        self.failed = False  # the last read failed: "nothing there" is not proved
        self._stalls = 0  # calls of `next` in a row that ended so
        self.budget = -1  # chunks `next` may still read; negative: no bound
        self.paused = False  # the budget was used up: "nothing there" is not proved
        self._ended = 0  # flushed_seq when the end was last reached: no need to look again before it moves

    def seek(self, seq: int) -> None:
        """Let `next` give the first record with this sequence number or a higher one."""
        self.seq = seq - 1
        self.segment = -1
        for first in self._journal.firsts:
            if first <= seq or self.segment < 0:
                self.segment = first
        self.offset = 0
        self._of = -1
        self._searching = False
        self._ended = 0

    def next(self, kinds: int = 0, last: int = SEQ_MAX, hold: bool = False) -> int:
        """Pass to the next flushed record, of one of `kinds` unless 0; returns its number, 0 when there is none yet.

        With `hold` the file stays open until a call returns 0, or `forget`: nothing may be written meanwhile."""
        seq = 0
        try:
            seq = self._next(kinds, last)
        finally:
            if not (hold and seq):
                self._source.close()
        return seq

    def _next(self, kinds: int, last: int) -> int:
        journal = self._journal
        flushed = journal.flushed_seq
        self.paused = False
        if self.seq >= flushed or self._ended == flushed:
            return 0
        if self.segment < 0:
            self.seek(self.seq + 1)
        while self.segment >= 0:
            if self.budget == 0:
                self.paused = True
                return 0
            if kinds and self.offset and not self._searching:
                self._skim(kinds)
            at = self._look()
            if at < 0 and self.failed and self._stalls < _TRIES:
                self._stalls += 1
                return 0
            self._stalls = 0
            if at < 0:  # this segment is read to its end, or gone
                following = journal.after(self.segment)
                if following < 0:
                    break
                if following > last:
                    return 0
                self.segment = following
                self.offset = 0
                self._searching = False
                continue
            seq = seq_of(self.buf, at)
            if seq > flushed:
                break
            after = at + self.buf[at] + OVERHEAD
            self.at_segment = self.segment
            self.at_offset = self._base + at
            self.offset = self._base + after
            self._searching = False
            if kinds and not (self.buf[at + 1] < 31 and kinds >> self.buf[at + 1] & 1):
                self.seq = max(self.seq, seq)
                continue
            if seq > self.seq:  # else a copy left by a flush that failed after it was stored, or before a seek's target
                self.seq = seq
                self.start = at + 1
                self.end = after - 2
                return seq
        self._ended = flushed
        return 0

    def fetch(self, segment: int, offset: int, seq: int) -> bool:
        """Read again a record that `next` gave from this place; its own place stays. False: gone, or `failed`."""
        try:
            at = self._frame(segment, offset)
        finally:
            self._source.close()
        if at < 0 or seq_of(self.buf, at) != seq:
            return False
        self.start = at + 1
        self.end = at + 1 + self.buf[at]
        return True

    def forget(self) -> None:
        """Drop the chunk: what it holds may be discarded."""
        self._of = -1
        self._source.close()

    def _skim(self, kinds: int) -> None:
        """Pass over the frames in the chunk that are not looked for."""
        at = self.offset - self._base
        if self._of == self.segment and 0 <= at < self._have:
            stop = skim(self.buf, at, self._have, kinds)
            last = stop >> 12
            if last != _NONE:
                self.seq = max(self.seq, seq_of(self.buf, last))
                self.offset = self._base + (stop & 0xFFF)

    def _look(self) -> int:
        """Index in the chunk of the next good frame of this segment; -1 at the segment's end."""
        if self.offset == 0:
            at = self._chunk(self.segment, 0, HEAD)
            if at < 0:
                return -1
            self.offset = head_length(self.buf, self._have)
            if self.offset == 0:
                self._damage()
        while True:
            at = self._chunk(self.segment, self.offset, 1)
            if at < 0:
                return -1
            if self._searching and not self._fits(at):
                self.offset += 1
                continue
            at = self._frame(self.segment, self.offset)
            if at >= 0 or self.failed:
                return at
            self._damage()
            self.offset += 1

    def _frame(self, segment: int, offset: int) -> int:
        """Index in the chunk of the good frame at a file offset; -1 when there is none or it cannot be read."""
        for want in (1, LARGEST):  # when the frame passes the chunk's end, the chunk is read anew from the frame on
            at = self._chunk(segment, offset, want)
            after = check(self.buf, at, self._have) if at >= 0 else -1
            if after != 0:
                return at if after > 0 else -1
        return -1

    def _damage(self) -> None:
        if not self._searching:
            self._searching = True
            self.damaged += 1

    def _fits(self, at: int) -> bool:
        """Whether a frame could begin here: a cheap look before the checksum, while searching."""
        n = self.buf[at]
        if n < HEADER or n > MAX_RECORD:
            return False
        if at + SMALLEST > self._have:
            return True  # at the chunk's edge: let it be read again from here
        seq = seq_of(self.buf, at)
        return self.seq < seq <= self._journal.flushed_seq

    def _chunk(self, segment: int, offset: int, want: int) -> int:
        """Index of a file offset in the chunk, with `want` bytes behind it where the file has them; -1 past the file's end."""
        self.failed = False
        at = offset - self._base
        if self._of != segment or at < 0 or at + want > self._have:
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
            self._base = offset
            at = 0
        return at if at < self._have else -1


def records(journal, from_seq: int):
    """Generate (seq, record bytes) of all flushed records from `from_seq` on; more may be appended meanwhile."""
    reader = Reader(journal)
    reader.seek(from_seq)
    seq = reader.next()
    while seq:
        yield seq, bytes(reader._mv[reader.start : reader.end])
        seq = reader.next()
    if reader.damaged:
        journal.unreadable += reader.damaged
