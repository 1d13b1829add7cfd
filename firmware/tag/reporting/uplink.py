"""One link's way through the outbox: what it has in flight, what goes into its next frame, and what it leaves to another.

In this order: urgent records, the newest first; others that are kept until they are delivered (exposures, starts, times); then
readings and the like, oldest first, unless `hold` leaves those to a link that costs less, or they are older than `expiry_s`.
"""

from tag.reporting.ages import Ages
from tag.reporting.batch import Batch
from tag.reporting.lane import Lane
from tag.reporting.records import KEPT, ROUTINE, URGENT
from tag.reporting.window import Window


class Uplink:
    """`size` records in flight of those that are kept, twice as many readings; tried again after `first_ms`, later `last_ms`."""

    def __init__(self, journal, random_bits, size: int, first_ms: int, last_ms: int, expiry_s: int = 0) -> None:
        self.kept = Lane(journal, KEPT, URGENT, True, Window(size, first_ms, last_ms, random_bits))
        self.bulk = Lane(journal, ROUTINE, 0, False, Window(2 * size, 2 * first_ms, 2 * last_ms, random_bits))
        self.ages = Ages(expiry_s)
        self._journal = journal
        self._again_ms = (2 * first_ms, 2 * last_ms, random_bits)
        self._asked = None  # the lane of what somebody asks for once more
        self._asked_last = 0
        self.hold = False
        self.batch = Batch(3 * size)
        self.batch_records = 0
        self.urgent = False  # the last batch has a record that is
        self.long = None  # the lane of what was due for the last batch and is longer than a frame: its `long`

    def next_batch(self, buf, offset: int, max_bytes: int, t_ms: int, urgent_only=False) -> int:
        """Put the records to send now into buf[offset:offset + max_bytes], each as `length u8 | record`; returns the bytes used."""
        batch = self.batch
        kept = self.kept
        batch.begin(buf, offset, offset + max_bytes)
        kept.refill(t_ms)
        kept.emit(batch, max_bytes, t_ms, True)
        self.urgent = batch.n > 0
        self.long = None
        if not urgent_only and not kept.full:
            kept.emit(batch, max_bytes, t_ms, False)
            if not self.hold and not kept.full:
                self.bulk.refill(t_ms)
                self.bulk.emit(batch, max_bytes, t_ms, False)
                self.long = self.bulk if self.bulk.long else None
                if self._asked and not self.bulk.full:
                    self._answer(batch, max_bytes, t_ms)
        if kept.long:
            self.long = kept
        self.batch_records = batch.n
        return batch.at - offset

    def again(self, first: int, last: int) -> None:
        """Send these records, delivered or not, when there is nothing else to send."""
        self._asked = self._asked or Lane(self._journal, KEPT | ROUTINE, 0, False, Window(8, *self._again_ms))
        self._asked.seek(first)
        self._asked_last = last

    def _answer(self, batch, max_bytes: int, t_ms: int) -> None:
        asked = self._asked
        asked.refill(t_ms, self._asked_last)
        asked.emit(batch, max_bytes, t_ms, False)
        if asked.long and not self.long:
            self.long = asked
        if not asked.window.n and asked.unread() > self._asked_last:
            self._asked = None

    def confirm(self, seq: int) -> int:
        """This record is delivered: 1 it was one of the kept, 2 another, 3 one that was asked for again, 0 it was not in flight."""
        if self._asked and self._asked.window.find(seq) >= 0:
            self._asked.window.drop(self._asked.window.find(seq))
            return 3
        lane = self.kept
        for which in (1, 2):
            i = lane.window.find(seq)
            if i >= 0:
                lane.window.drop(i)
                return which
            lane = self.bulk
        return 0

    def hurry(self, t_ms: int) -> None:
        """A confirmation has come: the link works."""
        self.kept.window.hurry(t_ms)
        self.bulk.window.hurry(t_ms)

    def resume(self, t_ms: int) -> None:
        """The link is back: what was on its way when it went is sent again at once."""
        self.kept.window.resume(t_ms)
        self.bulk.window.resume(t_ms)
