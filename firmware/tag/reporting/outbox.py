"""The outbox: the journal itself, with a cursor for each of two lanes. Urgent records go first, all others oldest first.

A record is delivered when the gateway has confirmed its number. Both cursors, the counts and the last states of the
alarms stand in one small file, written at most every `_SAVE_ACKS` confirmations or `_SAVE_MS`, and every
`_SAVE_RECORDS` records, so that a boot replays few. After a power cut some records are sent again: the gateway knows
them by (tag, seq).

All records of a tag are put through here: `put` counts what it gives to the journal.
"""

import ticks
from journal import marks
from journal.keeper import Keeper
from journal.reader import Reader
from micropython import const
from tag import events
from tag.reporting.lane import Lane
from tag.reporting.recall import IDS, Recall
from tag.reporting.recall import unresolved as unresolved  # the whole journal replayed, for tools and tests
from tag.reporting.records import LARGEST, URGENT, encode, urgent

_SAVE_ACKS = const(64)
_SAVE_MS = const(60000)
_SAVE_RECORDS = const(512)
_DISCARD_BYTES = const(24)
_CURSORS = const(5)  # numbers in the file before the alarms: cursor and count of each lane, next seq


class Outbox(Keeper):
    """Delivers what the journal holds. `random_bits(n)` gives n random bits."""

    keeps = URGENT

    def __init__(self, journal, path: str, random_bits, window: int = 32) -> None:
        self._journal = journal
        self._path = path
        self._record = bytearray(LARGEST)
        self.urgent = Lane(journal, True, window, 1000, 30000, random_bits)
        self.bulk = Lane(journal, False, 2 * window, 2000, 60000, random_bits)
        self._discards = []  # events that the journal has not taken yet
        self._discard = bytearray(_DISCARD_BYTES)
        self.recall = Recall()
        self.batch_records = 0  # records in the last batch
        self.unknown_acks = 0  # confirmations of records not in flight: repeated or late ones
        self.save_errors = 0
        self._acks = 0  # since the last save
        self._acked_ms = 0
        self._saved_seq = 0  # flushed_seq at the last save
        journal.keeper = self

    def open(self, t_ms: int) -> None:
        """Find the cursors again at boot, after the journal is open. `unresolved()` tells the alarms to restore."""
        journal = self._journal
        numbers = marks.load(self._path, _CURSORS + IDS)
        self.recall = Recall()
        if numbers and numbers[4] <= journal.next_seq:
            heads = numbers[0:2]
            self.urgent.unread, self.bulk.unread, counted = numbers[2:5]
            self.recall.unpack(numbers[_CURSORS:])
        else:  # lost, or of another journal: send all that is there, the gateway knows what it has
            heads = [1, 1]
            self.urgent.unread = self.bulk.unread = 0
            counted = 1
        if journal.firsts:
            counted = max(counted, journal.firsts[0])
        if self.urgent.unread == 0:
            heads[0] = counted
        self.bulk.unread += journal.next_seq - counted
        scan = Reader(journal)
        scan.seek(counted)  # older ones are in the file, also how many there are from the cursor on
        while scan.next(URGENT, journal.next_seq, True):
            self.urgent.unread += 1
            self.bulk.unread -= 1
            self.recall.note_record(scan.buf, scan.start, scan.end)
        self.urgent.seek(heads[0])
        self.bulk.seek(heads[1])
        self.urgent.unflushed = self.bulk.unflushed = 0
        self._saved_seq = counted - 1
        self._acked_ms = t_ms

    def unresolved(self) -> list:
        """[(alarm, state, cause, value), ...] of the alarms that are not OFF."""
        return self.recall.unresolved()

    def put(self, event, t_ms: int) -> int:
        """Journal an event; returns its number, 0 when the journal could not take it. Raises FieldError for a malformed event."""
        journal = self._journal
        kind = event[0]
        n = encode(event, 0, 0, self._record)
        lane = self._lane(kind)
        flushed = journal.flushed_seq
        seq = journal.append(self._record, n, t_ms, lane is self.urgent)
        if journal.flushed_seq != flushed:  # a flush takes all there is: everything put before this one can be read
            self._move(self.urgent)
            self._move(self.bulk)
        if seq:
            self._catch_up()
            if kind == events.ALARM:
                self.recall.note(event[2], event[3], event[4], event[5])
            if journal.flushed_seq >= seq:
                lane.unread += 1
            else:
                lane.unflushed += 1
            if lane is self.urgent:
                lane.nudge(t_ms)
        if self._discards:
            self._tell(t_ms)
            self._flushed()
        return seq

    def next_batch(self, buf, offset: int, max_bytes: int, t_ms: int) -> int:
        """Put the records to send now into buf[offset:offset + max_bytes], each as `length u8 | record`; returns the bytes used."""
        self._flushed()
        self._catch_up()
        end = offset + max_bytes
        at = self.urgent.fill(buf, offset, end, max_bytes, t_ms)
        self.batch_records = self.urgent.count
        if not self.urgent.full:
            at = self.bulk.fill(buf, at, end, max_bytes, t_ms)
            self.batch_records += self.bulk.count
        return at - offset

    def ack(self, seqs, t_ms: int) -> None:
        """The gateway holds these records."""
        done = 0
        for seq in seqs:
            if self.urgent.ack(seq, t_ms) or self.bulk.ack(seq, t_ms):
                done += 1
            else:
                self.unknown_acks += 1
        if done:
            self.urgent.hurry(t_ms)
            self.bulk.hurry(t_ms)
            if self._acks == 0:
                self._acked_ms = t_ms
            self._acks += done
            self._save_when_due(t_ms)

    def resume(self, t_ms: int) -> None:
        """The link is back: what was on its way when it went is sent again at once."""
        self.urgent.resume(t_ms)
        self.bulk.resume(t_ms)

    def pending(self) -> int:
        """Records not delivered yet; after damage or a cut it may count too many until all that can be read is delivered."""
        return self.urgent.pending() + self.bulk.pending()

    def tick(self, t_ms: int) -> None:
        """Flush and save what is due."""
        self._journal.tick(t_ms)
        self._flushed()
        self._save_when_due(t_ms)

    def close(self, t_ms: int) -> None:
        """Flush and save all, for a clean end."""
        self._journal.close(t_ms)
        self._flushed()
        self._save(t_ms)

    def delivered(self, first: int, last: int) -> bool:
        """See `Keeper`."""
        return self.urgent.through(first, last) and self.bulk.through(first, last)

    def waits(self, seq: int) -> bool:
        """See `Keeper`."""
        return not self.urgent.through(seq, seq)

    def unread(self) -> int:
        """See `Keeper`."""
        return self.bulk.fresh()

    def gone(self, first: int, last: int, records: int, unread: int, t_ms: int) -> int:
        """Take them out of the lane and the counts, and tell of it with the same flush."""
        lost = self.bulk.forget(first, last, unread)
        self._discards.append((events.DISCARD, t_ms, first, last, records, lost))
        self._tell(t_ms)
        return lost

    def _tell(self, t_ms: int) -> None:
        """Journal what was given up. The journal keeps memory for urgent records: these few bytes come from there."""
        while self._discards:
            n = encode(self._discards[0], 0, 0, self._discard)
            if not self._journal.append(self._discard, n, t_ms, True):
                return  # later
            self._discards.pop(0)
            self.bulk.unflushed += 1

    def _lane(self, kind: int) -> Lane:
        return self.urgent if urgent(kind) else self.bulk

    def _flushed(self) -> None:
        """A flush takes all or nothing: when the journal has nothing in memory, everything put can be read."""
        if self._journal.flushed_seq + 1 >= self._journal.next_seq:
            self._move(self.urgent)
            self._move(self.bulk)

    def _catch_up(self) -> None:
        if self._journal.firsts:
            self.urgent.catch_up(self._journal.firsts[-1])

    def _move(self, lane: Lane) -> None:
        lane.unread += lane.unflushed
        lane.unflushed = 0

    def _save_when_due(self, t_ms: int) -> None:
        if (
            self._acks >= _SAVE_ACKS
            or (self._acks and ticks.diff(t_ms, self._acked_ms) >= _SAVE_MS)
            or self._journal.flushed_seq - self._saved_seq >= _SAVE_RECORDS
        ):
            self._save(t_ms)

    def _save(self, t_ms: int) -> None:
        flushed = self._journal.flushed_seq
        u, b = self.urgent, self.bulk
        numbers = [u.cursor(), b.cursor(), u.ahead(), b.flying + b.unread, flushed + 1]
        try:
            marks.save(self._path, numbers + self.recall.packed())
        except OSError:
            self.save_errors += 1  # the journal's own fault says that the flash is ill; tried again later
        self._acks = 0
        self._acked_ms = t_ms
        self._saved_seq = flushed
