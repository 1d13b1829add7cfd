"""The outbox: the journal itself, with cursors for each link that delivers (tag/reporting/uplink.py).

A record is delivered when any link has had its confirmation; the others then let go of it. The first uplink is the one that
delivers all: the cheapest. The cursors of each, the counts, and the last states of the alarms stand in one small file, written
at most every `_SAVE_ACKS` confirmations or `_SAVE_MS`, and every `_SAVE_RECORDS` records, so that a boot replays few. After a
power cut some records are sent again: the gateway knows them by (tag, seq).

All records of a tag are put through here: `put` counts what it gives to the journal.
"""

import ticks
from journal import marks
from journal.reader import Reader
from micropython import const
from tag import events
from tag.reporting import ages
from tag.reporting.holder import Holder
from tag.reporting.recall import IDS, Recall
from tag.reporting.recall import unresolved as unresolved  # the whole journal replayed, for tools and tests
from tag.reporting.records import KEPT, LARGEST, URGENT, encode
from tag.reporting.uplink import Uplink

_SAVE_ACKS = const(64)
_SAVE_MS = const(60000)
_SAVE_RECORDS = const(512)
# numbers in the file: cursors of the kept and of the readings, for each link; how many of both are not delivered; the next number;
# notes of ages; alarms
_KEPT = const(4)
_BULK = const(5)
_NEXT = const(6)
_AGES = const(7)


class Outbox(Holder):
    """Delivers what the journal holds. `random_bits(n)` gives n random bits."""

    def __init__(self, journal, path: str, random_bits) -> None:
        super().__init__(journal)
        self._path = path
        self._random_bits = random_bits
        self._record = bytearray(LARGEST)
        self.recall = Recall()
        self.unknown_acks = 0  # confirmations of records not in flight: repeated or late ones
        self.save_errors = 0
        self._acks = 0  # since the last save
        self._acked_ms = 0
        self._saved_seq = 0  # flushed_seq at the last save
        self._on_delivered = None
        journal.keeper = self

    def uplink(self, size: int = 32, first_ms: int = 1000, last_ms: int = 30000, expiry_s: int = 0) -> Uplink:
        """One more link, before `open`; two at most. Readings older than `expiry_s` it does not send; 0: all."""
        uplink = Uplink(self.journal, self._random_bits, size, first_ms, last_ms, expiry_s)
        self.uplinks.append(uplink)
        return uplink

    def watch(self, on_delivered) -> None:
        """Somebody wants to hear the number of each record that is confirmed."""
        self._on_delivered = on_delivered

    def open(self, t_ms: int) -> None:
        """Find the cursors again at boot, after the journal is open. `unresolved()` tells the alarms to restore."""
        journal = self.journal
        numbers = marks.load(self._path, _AGES + ages.NUMBERS + IDS)
        self.recall = Recall()
        if numbers and numbers[_NEXT] <= journal.next_seq:
            self.uplinks[0].ages.unpack(numbers[_AGES:])
            self.recall.unpack(numbers[_AGES + ages.NUMBERS :])
        else:  # lost, or of another journal: send all that is there, the gateway knows what it has
            numbers = [1, 1, 1, 1, 0, 0, 1]
        counted = max(numbers[_NEXT], journal.firsts[0] if journal.firsts else 1)
        kept = max(numbers[0], numbers[2])  # what one link has delivered is delivered
        self._kept = numbers[_KEPT]
        self._bulk = numbers[_BULK] + journal.next_seq - counted
        self._replay(counted)
        for i in range(len(self.uplinks)):
            self.uplinks[i].kept.seek(kept)
            self.uplinks[i].bulk.seek(numbers[1] if i == 0 else journal.next_seq)
        self._saved_seq = counted - 1
        self._acked_ms = t_ms

    def _replay(self, counted: int) -> None:
        """Count what came after the file was written, and learn from it what the alarms are."""
        scan = Reader(self.journal)
        scan.seek(counted)
        while scan.next(KEPT, self.journal.next_seq, True):
            self._kept += 1
            self._bulk -= 1
            self.recall.note_record(scan.buf, scan.start, scan.end)

    def unresolved(self) -> list:
        """[(alarm, state, cause, value), ...] of the alarms that are not OFF."""
        return self.recall.unresolved()

    def put(self, event, t_ms: int) -> int:
        """Journal an event; returns its number, 0 when the journal could not take it. Raises FieldError for a malformed event."""
        kind = event[0]
        n = encode(event, 0, 0, self._record)
        kept = KEPT >> kind & 1
        seq = self.journal.append(self._record, n, t_ms, kept == 1)
        if seq:
            if kind == events.ALARM:
                self.recall.note(event[2], event[3], event[4], event[5])
            if kept:
                self.written(seq, n, URGENT >> kind & 1, t_ms)
            else:
                self._bulk += 1
        self.tell(t_ms)
        return seq

    def ack(self, uplink: Uplink, seqs, t_ms: int) -> None:
        """What is at the other end of that link holds these records."""
        done = 0
        for seq in seqs:
            if self._confirm(uplink, seq):
                done += 1
                if self._on_delivered:
                    self._on_delivered(seq)
            else:
                self.unknown_acks += 1
        if not done:
            return
        uplink.hurry(t_ms)
        if self._acks == 0:
            self._acked_ms = t_ms
        self._acks += done
        self._settle(uplink)
        self._save_when_due(t_ms)

    def _confirm(self, uplink: Uplink, seq: int) -> int:
        which = uplink.confirm(seq)
        if which:
            first = True
            for other in self.uplinks:
                if other is not uplink:
                    first = first and not other.kept.has_delivered(seq)
                    other.confirm(seq)
            if which == 1 and first:
                self._kept = max(0, self._kept - 1)
            elif which == 2 and uplink is self.uplinks[0]:
                self._bulk = max(0, self._bulk - 1)
        return which

    def _settle(self, uplink: Uplink) -> None:
        """Where one link has delivered all, nothing is left for the others."""
        if uplink.kept.drained():
            self._kept = 0
            for other in self.uplinks:
                if other is not uplink:
                    other.kept.settle(uplink.kept)
        if uplink is self.uplinks[0] and uplink.bulk.drained():
            self._bulk = self.journal.next_seq - 1 - self.journal.flushed_seq
            for other in self.uplinks[1:]:
                other.bulk.settle(uplink.bulk)

    def again(self, first: int, last: int) -> bool:
        """Somebody asks for these records once more; False: none of them is there. One request at a time."""
        journal = self.journal
        last = min(last, journal.flushed_seq)
        if not journal.firsts or last < first or last < journal.firsts[0]:
            return False
        self.uplinks[0].again(max(first, journal.firsts[0]), last)
        return True

    def pending(self) -> int:
        """Records not delivered yet; of readings, those that the first uplink has not. A count, right when all is delivered: damage
        makes it too high, a power cut too low by those that were confirmed out of order."""
        return self._kept + self._bulk

    def tick(self, t_ms: int, now_s: int = 0) -> None:
        """Flush and save what is due; `now_s` is the tag's idea of the time, 0: none."""
        self.journal.tick(t_ms)
        if now_s:
            for uplink in self.uplinks:
                uplink.bulk.expire(uplink.ages.note(self.journal.flushed_seq, now_s))
        self._save_when_due(t_ms)

    def close(self, t_ms: int) -> None:
        """Flush and save all, for a clean end."""
        self.journal.close(t_ms)
        self._save(t_ms)

    # -- the file --------------------------------------------------------------------------------------------------------

    def _save_when_due(self, t_ms: int) -> None:
        if (
            self._acks >= _SAVE_ACKS
            or (self._acks and ticks.diff(t_ms, self._acked_ms) >= _SAVE_MS)
            or self.journal.flushed_seq - self._saved_seq >= _SAVE_RECORDS
        ):
            self._save(t_ms)

    def _save(self, t_ms: int) -> None:
        flushed = self.journal.flushed_seq
        numbers = [1] * _AGES
        for i in range(len(self.uplinks)):
            numbers[2 * i] = self.uplinks[i].kept.cursor()
            numbers[2 * i + 1] = self.uplinks[i].bulk.cursor()
        numbers[_KEPT] = self._kept
        numbers[_BULK] = self._bulk
        numbers[_NEXT] = flushed + 1
        try:
            marks.save(self._path, numbers + self.uplinks[0].ages.packed() + self.recall.packed())
        except OSError:
            self.save_errors += 1  # the journal's own fault says that the flash is ill; tried again later
        self._acks = 0
        self._acked_ms = t_ms
        self._saved_seq = flushed
