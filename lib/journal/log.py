"""The journal: every record once, in order, with a sequence number that never repeats; append, flush, give up, replay.

Way of a record: `append` stamps seq and boot and keeps it in memory (no file is touched, nothing is allocated); `flush` chains all
of them, writes them to the newest segment in one go and syncs it. littlefs then holds them whole or, after a power cut, not at all.
A record may leave the tag only once `flushed_seq` has reached it, so a number used again after a cut was never seen by anybody.

Flush: at once for an urgent record, after `flush_count` records, `flush_ms` after the oldest unflushed one (`tick`), when
memory is full. New segment: when the newest would outgrow `segment_bytes`, after any damage or failed write (never append
after garbage), with another key. Room for it (`room`): when `max_segments` stand or the flash is full. Replay at boot (`restart`):
only the newest segment is read. Faults never raise: `append` returns 0 when it could not take a record, and `fault` says
why until a flush succeeds again.
"""

import ticks
from journal.chain import Chain
from journal.frame import HEADER, LINK, MAX_RECORD, SEQ_MAX
from journal.keeper import Keeper
from journal.listed import Listed
from journal.pending import Pending
from journal.reader import records
from journal.restart import find, measure
from journal.room import Room
from journal.segment import UNLINKED, head_of
from journal.writer import Writer
from micropython import const

OK = const(0)
FULL = const(1)  # the flash has no room, even after giving up what may be given up
FAILED = const(2)  # the flash refuses for another reason
_ENOSPC = const(28)
_RETRY_MS = const(1000)


class Journal(Listed):
    """Records on a filesystem, in the folder `path`, chained with `key`. Time is an argument, in ticks.

    With a `reserve`, bytes to leave to other files, segments are as many and as large as the partition allows."""

    def __init__(
        self, path: str, segment_bytes=16384, max_segments=64, flush_count=30, flush_ms=60000, key=b"", reserve=-1
    ) -> None:
        super().__init__(path)
        self.reserve = reserve
        self._flush_count = flush_count
        self._flush_ms = flush_ms
        self.chain = Chain(key)
        self.keeper = Keeper()  # whoever delivers the records puts itself here
        self.low = 0  # all numbers below were given up; 0: not known
        self.boot = 0
        self.next_seq = 0  # 0 until open
        self.flushed_seq = 0
        self.last_place = (0, 0)  # segment and offset of that record, for `Reader.fetch`
        self.recovered = 0  # records found at open
        self.damaged = 0  # damaged stretches found at open
        self.unreadable = 0  # damaged stretches and failed reads since
        self.discarded = 0  # records given up for room, since open
        self.undelivered = 0  # of these nobody had confirmed so many
        self.compactions = 0  # segments of which less was kept
        self.refused = 0  # records append could not take
        self.fault = OK
        self.chained = 0  # the last number in the chain, and its link if `linked`
        self.link = bytearray(LINK)
        self.linked = True
        self._pending = Pending()
        self._retry_ms = -1  # while waiting after a failed flush: when to try again
        self._storing = False
        self.room = Room(self)
        self.size(segment_bytes, max_segments)

    def size(self, segment_bytes: int, max_segments: int) -> None:
        """How large segments become and how many there may be."""
        self.segment_bytes = segment_bytes
        self.max_segments = max(max_segments, 2)
        self.writer = Writer(self.path, segment_bytes)
        self.limit = self.writer.limit

    def open(self, floor: int = 1) -> bool:
        """Replay at boot; numbers start at `floor` or above. False, with `fault` set, when the flash refused something."""
        self.fault = OK if find(self, floor) else FAILED
        return self.fault == OK

    def append(self, record, n: int, t_ms: int, urgent: bool = False) -> int:
        """Take the record in record[:n], stamped with its number, which is returned; 0 when it could not be taken."""
        if self.next_seq == 0 or self.next_seq > SEQ_MAX or n < HEADER or n > MAX_RECORD:
            self.refused += 1
            return 0
        if not self._pending.fits(n, urgent) or (self.fault == FULL and not urgent):
            self.flush(t_ms)
            if not self._pending.fits(n, urgent) or (self.fault == FULL and not urgent):
                self.refused += 1
                return 0
        seq = self.next_seq  # not before: a flush may have appended
        self._pending.add(record, n, seq, self.boot, t_ms)
        self.next_seq = seq + 1
        if urgent or self._pending.count >= self._flush_count:
            self.flush(t_ms)
        else:
            self.tick(t_ms)
        return seq

    def tick(self, t_ms: int) -> None:
        """Flush when the oldest unflushed record has waited long enough."""
        if self._pending.count and ticks.diff(t_ms, self._pending.oldest_ms) >= self._flush_ms:
            self.flush(t_ms)

    def flush(self, t_ms: int) -> bool:
        """Put every record on flash; True when nothing is left in memory."""
        if self._pending.used == 0:
            return True
        if self._storing or (self._retry_ms >= 0 and ticks.diff(t_ms, self._retry_ms) < 0):
            return False  # a dead flash is not asked at every record
        self._storing = True  # making room may append: no flush within a flush
        try:
            stored = self._flush(t_ms)
        finally:
            self._storing = False
        self._retry_ms = -1 if stored else ticks.add(t_ms, _RETRY_MS)
        return stored

    def _flush(self, t_ms: int) -> bool:
        for _ in range(3):
            try:
                self._store(t_ms)
                self.fault = OK
                return True
            except OSError as e:
                self.errors += 1
                self.fault = FULL if e.args and e.args[0] == _ENOSPC else FAILED
            self.writer.seal()
            try:
                if self.fault == FULL and not self.room.make(t_ms, True):
                    break
            except OSError:
                self.errors += 1
        return False

    def read(self, from_seq: int = 1):
        """Generate (seq, record) of the flushed records from `from_seq` on, while appending goes on."""
        return records(self, from_seq)

    def close(self, t_ms: int) -> bool:
        """Flush and let go of the file; the journal can go on afterwards, in a new segment."""
        stored = self.flush(t_ms)
        self.writer.seal()
        return stored

    def _store(self, t_ms: int) -> None:
        """Write and sync what is in memory; raises OSError."""
        pending = self._pending
        fresh = self.writer.full(pending.used)
        if fresh and self.reserve >= 0:
            self.writer.seal()
            measure(self)
        while fresh and len(self.firsts) >= self.max_segments:
            self.writer.seal()
            if not self.room.make(t_ms):
                raise OSError(_ENOSPC)
        first = self.next_seq - pending.count
        link = pending.chain(self.chain, self.link)
        if fresh:
            self.room.begin()
            flags = 0 if self.linked else UNLINKED
            key = self.chain.key_id
            head = head_of(self.chain, first, self.boot, flags, key, self.chained, self.link, self.low)
            self.writer.begin(first, head, pending.data, pending.used)
            self.firsts.append(first)
        else:
            self.writer.add(pending.data, pending.used)
        self.chained = self.flushed_seq = self.next_seq - 1
        self.last_place = self.writer.back(pending.used - pending.last)
        self.link = link
        self.linked = True
        pending.clear()
        if fresh:
            self.room.written()
