"""The outbox as the keeper of the journal: what is not delivered yet, and what becomes of that when there is no room for it."""

from journal.keeper import Keeper
from micropython import const
from tag import events
from tag.reporting.records import KEPT, encode

_DISCARD_BYTES = const(24)


class Holder(Keeper):
    """`uplinks` deliver, the first one everything."""

    keeps = KEPT & ~(1 << events.DISCARD)  # what tells of earlier ones that were given up may go the same way

    def __init__(self, journal) -> None:
        self.journal = journal
        self.uplinks = []
        self._kept = 0  # not delivered yet
        self._bulk = 0
        self._discards = []  # events that the journal has not taken yet
        self._discard = bytearray(_DISCARD_BYTES)

    def written(self, seq: int, length: int, urgent: int, t_ms: int) -> None:
        """The journal has taken a record that is kept until it is delivered."""
        self._kept += 1
        journal = self.journal
        place = journal.last_place if journal.flushed_seq == seq else None
        for uplink in self.uplinks:
            uplink.kept.take(seq, place, length, urgent, t_ms)

    def delivered(self, first: int, last: int) -> bool:
        """See `Keeper`."""
        kept = 0
        for uplink in self.uplinks:
            kept = max(kept, uplink.kept.cursor())
        return last < kept and last < self.uplinks[0].bulk.cursor()

    def waits(self, seq: int) -> bool:
        """See `Keeper`."""
        for uplink in self.uplinks:
            if uplink.kept.has_delivered(seq):
                return False
        return True

    def unread(self) -> int:
        """See `Keeper`."""
        return self.uplinks[0].bulk.unread()

    def gone(self, first: int, last: int, records: int, unread: int, t_ms: int) -> int:
        """Take them out of the lanes and the counts, and tell of it with the same flush."""
        lost = self.uplinks[0].bulk.forget(first, last, unread)
        for uplink in self.uplinks[1:]:
            uplink.bulk.forget(first, last, 0)
        self._bulk = max(0, self._bulk - lost)
        self._discards.append((events.DISCARD, t_ms, first, last, records, lost))
        self.tell(t_ms)
        return lost

    def tell(self, t_ms: int) -> None:
        """Journal what was given up. The journal keeps memory for urgent records: these few bytes come from there."""
        while self._discards:
            n = encode(self._discards[0], 0, 0, self._discard)
            seq = self.journal.append(self._discard, n, t_ms, True)
            if not seq:
                return  # later
            self._discards.pop(0)
            self.written(seq, n, 0, t_ms)
