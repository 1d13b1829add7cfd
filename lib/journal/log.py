"""The journal: every record once, in order, with a sequence number that never repeats; append, flush, discard, replay.

Way of a record: `append` stamps seq and boot and frames it in memory (no file is touched, nothing is allocated); `flush`
writes all framed records to the newest segment in one go and syncs it. littlefs then holds them whole or, after a power
cut, not at all. A record may leave the tag only once `flushed_seq` has reached it, so a number used again after a cut was
never seen by anybody.

Flush: at once for an urgent record, after `flush_count` records, `flush_ms` after the oldest unflushed one (`tick`), when
memory is full. New segment: when the newest would outgrow `segment_bytes`, after any damage or failed write (never append
after garbage). Discard (`room`): one segment when `max_segments` stand or the flash is full. Replay at boot (`replay`):
only the newest segment is read. Faults never raise: `append` returns 0 when it could not take a record, and `fault` says
why until a flush succeeds again.

The file `state` holds the boot counter and the next seq of that boot: a floor, should the newest segment be lost.
"""

import os

import ticks
from codec.fields import put_u16, put_u32
from codec.native import copy
from journal import marks, segment
from journal.frame import BOOT_AT, HEADER, MAX_RECORD, OVERHEAD, SEQ_AT, SEQ_MAX, seal
from journal.reader import records
from journal.replay import Replay
from journal.room import Keeper, least_worth
from journal.writer import Writer
from micropython import const

OK = const(0)
FULL = const(1)  # the flash has no room, even after discarding
FAILED = const(2)  # the flash refuses for another reason
_ENOSPC = const(28)
_RETRY_MS = const(1000)
_MEMORY = const(1280)
_URGENT_ROOM = const(256)  # of that memory, kept for urgent records while the flash fails


class Journal:
    """Records on a filesystem, in the folder `path`. Time is an argument, in ticks."""

    def __init__(self, path: str, segment_bytes=16384, max_segments=64, flush_count=30, flush_ms=60000) -> None:
        self.path = path
        self._max = max(max_segments, 2)
        self._flush_count = flush_count
        self._flush_ms = flush_ms
        self.keeper = Keeper()  # whoever delivers the records puts itself here
        self.firsts = []  # first seq of every segment, ascending; the last one is being written
        self._ends = []  # the first number after each: the next segment's, unless one between was discarded
        self.boot = 0
        self.next_seq = 0  # 0 until open
        self.flushed_seq = 0
        self.recovered = 0  # records found at open
        self.damaged = 0  # damaged stretches found at open
        self.unreadable = 0  # damaged stretches and failed reads since
        self.discarded = 0  # records given up for room, since open
        self.refused = 0  # records append could not take
        self.errors = 0  # failed writes and deletes
        self.fault = OK
        self._buf = bytearray(_MEMORY)
        self._mv = memoryview(self._buf)
        self._used = 0
        self._count = 0
        self._oldest_ms = 0
        self._retry_ms = -1  # while waiting after a failed flush: when to try again
        self._writer = Writer(path, segment_bytes)

    def open(self, floor: int = 1) -> bool:
        """Replay at boot; numbers start at `floor` or above. False, with `fault` set, when the flash refused something."""
        try:
            os.mkdir(self.path)
        except OSError:
            pass  # it stands already; if it cannot be made, the listing says so
        state = marks.load(self.path + "/state", 2)
        boot = -1  # not known
        next_seq = 1
        try:
            self.firsts = segment.listing(self.path)
            self._ends = self.firsts[1:] + [SEQ_MAX + 1] if self.firsts else []
            while self.firsts and segment.size_of(self.path, self.firsts[-1]) == 0:
                self._remove(len(self.firsts) - 1)  # power was cut between making a segment and its first flush
            if self.firsts:
                found = Replay(self)
                boot = found.boot
                next_seq = found.next_seq
                self.recovered = self.firsts[-1] - self.firsts[0] + found.records
                self.damaged = found.damaged
                if found.intact:
                    self._writer.resume(self.firsts[-1], found.size)
        except OSError:
            self.fault = FAILED
            return False  # not open: numbers already used are not known, so none may be given out
        if state:
            floor = max(floor, state[1])
            if boot < 0 or (state[0] - boot) & 0xFFFF < 0x8000:  # the later of the two; the counter wraps
                boot = state[0]
        if floor > next_seq:
            next_seq = floor
            self._writer.seal()  # numbers inside a segment have no gaps
        self.boot = (max(boot, 0) + 1) & 0xFFFF
        self.next_seq = next_seq
        self.flushed_seq = next_seq - 1
        self.fault = OK
        try:
            marks.save(self.path + "/state", (self.boot, next_seq))
        except OSError:
            self.errors += 1
            self.fault = FAILED
        return self.fault == OK

    def append(self, record, n: int, t_ms: int, urgent: bool = False) -> int:
        """Take the record in record[:n], stamped with its number, which is returned; 0 when it could not be taken."""
        seq = self.next_seq
        if seq == 0 or seq > SEQ_MAX or n < HEADER or n > MAX_RECORD:
            self.refused += 1
            return 0
        room = (_MEMORY if urgent else _MEMORY - _URGENT_ROOM) - n - OVERHEAD
        if self._used > room and not self.flush(t_ms):
            self.refused += 1
            return 0
        at = self._used
        copy(record, 0, self._buf, at + 1, n)
        put_u32(self._buf, at + 1 + SEQ_AT, seq)
        put_u16(self._buf, at + 1 + BOOT_AT, self.boot)
        self._used = seal(self._buf, at, n)
        self.next_seq = seq + 1
        if self._count == 0:
            self._oldest_ms = t_ms
        self._count += 1
        if urgent or self._count >= self._flush_count:
            self.flush(t_ms)
        else:
            self.tick(t_ms)
        return seq

    def tick(self, t_ms: int) -> None:
        """Flush when the oldest unflushed record has waited long enough."""
        if self._count and ticks.diff(t_ms, self._oldest_ms) >= self._flush_ms:
            self.flush(t_ms)

    def flush(self, t_ms: int) -> bool:
        """Put every record on flash; True when nothing is left in memory."""
        if self._used == 0:
            return True
        if self._retry_ms >= 0 and ticks.diff(t_ms, self._retry_ms) < 0:
            return False  # a dead flash is not asked at every record
        for _ in range(3):
            try:
                self._store()
                self.fault = OK
                self._retry_ms = -1
                return True
            except OSError as e:
                self.errors += 1
                self.fault = FULL if e.args and e.args[0] == _ENOSPC else FAILED
            self._writer.seal()
            if self.fault == FULL and not self._discard():
                break
        self._retry_ms = ticks.add(t_ms, _RETRY_MS)
        return False

    def read(self, from_seq: int = 1):
        """Generate (seq, record) of the flushed records from `from_seq` on, while appending goes on."""
        return records(self, from_seq)

    def after(self, first: int) -> int:
        """First seq of the segment after the one named; -1 when that is the newest."""
        for following in self.firsts:
            if following > first:
                return following
        return -1

    def close(self, t_ms: int) -> bool:
        """Flush and let go of the file; the journal can go on afterwards, in a new segment."""
        stored = self.flush(t_ms)
        self._writer.seal()
        return stored

    def _store(self) -> None:
        """Write and sync what is in memory; raises OSError."""
        if self._writer.full(self._used):
            self._writer.seal()
            while len(self.firsts) >= self._max and self._discard():
                pass
        first = self.next_seq - self._count
        if self._writer.store(self._mv, self._used, first, self.boot):
            if self._ends:
                self._ends[-1] = first
            self.firsts.append(first)
            self._ends.append(SEQ_MAX + 1)
        self.flushed_seq = self.next_seq - 1
        self._used = self._count = 0

    def _discard(self) -> bool:
        """Give up one segment; False when there is none to give."""
        if len(self.firsts) < 2:
            return False
        i = least_worth(self.firsts, self._ends, self.keeper)
        self.keeper.gone(self.firsts[i], self._ends[i] - 1)
        self.discarded += self._ends[i] - self.firsts[i]
        return self._remove(i)

    def _remove(self, index: int) -> bool:
        """Delete one segment's file; it is no longer listed even when the filesystem refuses."""
        first = self.firsts.pop(index)
        self._ends.pop(index)
        try:
            os.remove(segment.path_of(self.path, first))
        except OSError:
            self.errors += 1
            return False
        return True
