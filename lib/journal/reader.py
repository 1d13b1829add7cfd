"""Reads records back from the segments, in order, while the journal goes on appending.

A reader holds a place (segment, file offset) and one chunk of that file in memory; unless asked to, it leaves no file open, because
littlefs may reuse the blocks under an open handle of a file that another handle has written. Only records up to the journal's
`flushed_seq` are given. When the journal has moved records (`layout`), the place is looked for again by its number.

Whoever looks for a few kinds says so (`kinds`, a bit set of kinds below 31): all others are passed over at machine speed. Two
bounds keep a long search from holding up the tag: `budget`, the chunks that `next` may read before it pauses, and `last`: segments
that begin after this number are not looked into.

A segment that is gone is passed over; one that cannot be read just now is tried again at the next `_TRIES` calls first.

States of a place: in order (each frame follows the last); damaged (no good frame here: search byte by byte for the next one whose
sequence number fits); at the end (nothing more is flushed: the place is kept and reading goes on there later).
"""

from journal.chunk import Chunk
from journal.frame import GAP, LARGEST, SEQ_MAX, check, length, seq_of
from journal.segment import DAMAGED, FOREIGN, judge
from journal.skim import PASSED, hunt, skim
from micropython import const

_TRIES = const(4)
_HEAD = const(255)  # bytes of the longest head


class Reader(Chunk):
    """A place in the journal. After `next` or `fetch` the record stands in buf[start:end]."""

    def __init__(self, journal, chunk: int = 512) -> None:
        super().__init__(journal, max(chunk, _HEAD))
        self.start = 0
        self.end = 0
        self.seq = 0  # of the last record passed
        self.segment = -1  # where the next frame is looked for
        self.offset = 0
        self.at_segment = -1  # where the last record given stands, for `fetch`
        self.at_offset = 0
        self.found_segment = -1  # where `fetch` found it
        self.found_offset = 0
        self.damaged = 0  # stretches of bytes that held no good frame
        self._searching = False
        self._layout = 0  # the journal's, when the place was found
        self._stalls = 0  # calls of `next` in a row that ended in a failed read
        self.paused = False  # the budget was used up: "nothing there" is not proved
        self._ended = 0  # flushed_seq when the end was last reached: no need to look again before it moves

    def seek(self, seq: int) -> None:
        """Let `next` give the first record with this sequence number or a higher one."""
        self.seq = seq - 1
        self.segment = self._journal.holder(seq)
        self._layout = self._journal.layout
        self.offset = 0
        self._of = -1
        self._searching = False
        self._ended = 0

    def follow(self, other) -> None:
        """Go on where another reader of the same journal stands."""
        self.seq = other.seq
        self.segment = other.segment
        self.offset = other.offset
        self._layout = other._layout
        self._searching = other._searching
        self._ended = other._ended
        self._of = -1

    def next(self, kinds: int = 0, last: int = SEQ_MAX, hold: bool = False) -> int:
        """Pass to the next flushed record, of one of `kinds` unless 0; returns its number, 0 when there is none yet.

        With `hold` the file stays open until a call returns 0, or `forget`: nothing may be written meanwhile."""
        seq = 0
        try:
            seq = self._next(kinds, last)
        finally:
            if not (hold and seq):
                self.close()
        return seq

    def _next(self, kinds: int, last: int) -> int:
        journal = self._journal
        flushed = journal.flushed_seq
        self.paused = False
        if self.seq >= flushed or self._ended == flushed:
            return 0
        if self.segment < 0 or self._layout != journal.layout:
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
            after = at + length(self.buf, at)
            self.at_segment = self.segment
            self.at_offset = self._base + at
            self.offset = self._base + after
            self._searching = False
            kind = self.buf[at + 1]
            if self.buf[at] == GAP or (kinds and not (kind < 31 and kinds >> kind & 1)):
                self.seq = max(self.seq, seq)
                continue
            if seq > self.seq:  # else a copy left by a flush that failed after it was stored, or before a seek's target
                self.seq = seq
                self.start = at + 1
                self.end = after - 6
                return seq
        self._ended = flushed
        return 0

    def fetch(self, segment: int, offset: int, seq: int) -> bool:
        """Read again a record that `next` gave from this place, or wherever the journal has moved it; its own place stays.

        False: gone, or `failed`."""
        try:
            at = self.frame(segment, offset)
            if not self.failed and (at < 0 or self.buf[at] == GAP or seq_of(self.buf, at) != seq):
                at = self.find(seq)
        finally:
            self.close()
        if at < 0:
            return False
        self.found_segment = self._of
        self.found_offset = self._base + at
        self.start = at + 1
        self.end = at + 1 + self.buf[at]
        return True

    def _skim(self, kinds: int) -> None:
        """Pass over the frames in the chunk that are not looked for."""
        at = self.offset - self._base
        if self._of == self.segment and 0 <= at < self._have:
            stop = skim(self.buf, at, self._have, kinds, PASSED)
            last = PASSED[0]
            if last >= 0:
                self.seq = max(self.seq, seq_of(self.buf, last))
                self.offset = self._base + stop

    def _look(self) -> int:
        """Index in the chunk of the next good frame of this segment; -1 at the segment's end."""
        if self.offset == 0:
            if self.index(self.segment, 0, _HEAD) < 0:
                return -1
            found = judge(self.buf, self._have)
            if found == FOREIGN:
                self._journal.leave(self.segment)
                return -1
            self.offset = self.buf[3]
            if found == DAMAGED:
                self.offset = 1
                self._damage()
        while True:
            if self._searching:
                at = self._search()
                if at < 0:
                    return -1
            at = self.frame(self.segment, self.offset)
            if at >= 0 or self.failed or self.index(self.segment, self.offset, 1) < 0:
                return at
            self._damage()
            self.offset += 1

    def _search(self) -> int:
        """Move on to where a good frame begins, whose number fits; -1 when there is none, or a read failed."""
        at = self.index(self.segment, self.offset, 1)
        while at >= 0:
            whole = self._have < len(self.buf)
            at = hunt(self.buf, at, self._have, self.seq, self._journal.flushed_seq, whole)
            self.offset = self._base + at
            if check(self.buf, at, self._have) > 0:
                return at
            if whole and at == self._have:
                return -1
            at = self.index(self.segment, self.offset, LARGEST)
        return -1

    def _damage(self) -> None:
        if not self._searching:
            self._searching = True
            self.damaged += 1


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
