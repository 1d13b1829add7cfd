"""One lane of the outbox: the records of one urgency, delivered oldest first, repeated until the gateway confirms them.

    journal ... | cursor ------ in flight (window) ------ | fresh ... flushed_seq
                  sent, not yet confirmed; gaps = done      not yet read

`cursor` is the first undelivered number: the oldest in flight, else where reading goes on. Everything of this urgency
below it is delivered. The window holds number, place in the journal, time of the next try and number of tries of the
records in flight; a confirmed record leaves it at once, so confirmations may come in any order and memory is bounded.

Next try: after base_ms, doubled each time up to max_ms, plus up to a quarter by chance, so that tags do not shout in
step. A confirmation proves that the link works: the other records in flight go back to the first delay.

The urgent lane finds its few records among all others at machine speed, skips to the newest segment while it is known that
there is none, and never reads more than `_BUDGET` chunks at a time.
"""

from array import array

import ticks
from codec.native import copy
from journal.reader import Reader
from micropython import const
from tag.reporting.records import URGENT, urgent

_TRIES = const(8)  # delays grow no further
_BUDGET = const(32)  # chunks of the journal read in one `fill`


class Lane:
    """Records whose urgency is `wanted`."""

    def __init__(self, journal, wanted: bool, window: int, base_ms: int, max_ms: int, random_bits) -> None:
        self._wanted = wanted
        self._reader = Reader(journal)
        self._random_bits = random_bits
        self._base_ms = base_ms
        self._max_ms = max_ms
        self._window = window
        self._seq = array("I", [0] * window)
        self._segment = array("I", [0] * window)
        self._offset = array("I", [0] * window)
        self._due = array("I", [0] * window)
        self._tries = bytearray(window)
        self._order = array("H", [0] * window)  # as the how manyeth since `seek` it was read, modulo 65536
        self._read = 0
        self._peeked = False  # the reader stands on a record of this lane that is not in the window yet
        self.flying = 0  # records in flight
        self.unread = 0  # flushed records not read yet; a count, put right whenever the reader reaches the end
        self.unflushed = 0
        self.full = False  # the last `fill` had more to send than room
        self.count = 0  # records in the last `fill`
        self.lost = 0  # records discarded or damaged before they were delivered
        self.oversize = 0  # records longer than a frame: they wait for a link with longer ones

    def seek(self, seq: int) -> None:
        """Begin at this number: everything below it is delivered."""
        self._reader.seek(seq)
        self._peeked = False
        self.flying = 0
        self._read = 0

    def cursor(self) -> int:
        """First undelivered number."""
        if self.flying:
            return self._seq[0]
        return self.fresh()

    def fresh(self) -> int:
        """First number not read yet."""
        return self._reader.seq + (0 if self._peeked else 1)

    def ahead(self) -> int:
        """Records of this lane from the cursor on, those among them that were confirmed out of order too."""
        return self.unread + (self._read + 1 - self._order[0] & 0xFFFF if self.flying else 0)

    def pending(self) -> int:
        """Records of this lane not delivered yet."""
        return self.flying + self.unread + self.unflushed

    def fill(self, buf, at: int, end: int, longest: int, t_ms: int) -> int:
        """Put due repeats, then fresh records, into buf[at:end] as `length u8 | record`; returns the offset after them.

        `longest` is the room an empty frame has."""
        reader = self._reader
        reader.budget = _BUDGET
        self.full = False
        self.count = 0
        i = 0
        while i < self.flying:
            if ticks.diff(t_ms, self._due[i]) >= 0:
                if not reader.fetch(self._segment[i], self._offset[i], self._seq[i]):
                    if reader.failed:
                        return at
                    self._drop(i)
                    self.lost += 1
                    continue
                self._segment[i] = reader.found_segment  # the journal may have moved it
                self._offset[i] = reader.found_offset
                at = self._put(i, buf, at, end, longest, t_ms)
                if self.full:
                    return at
            i += 1
        while self.flying < self._window and self._peek():
            i = self.flying
            self._seq[i] = reader.seq
            self._segment[i] = reader.at_segment
            self._offset[i] = reader.at_offset
            self._tries[i] = 0
            at = self._put(i, buf, at, end, longest, t_ms)
            if self.full:
                return at
            self._read = self._read + 1 & 0xFFFF
            self._order[i] = self._read
            self.flying += 1
            self._peeked = False
            if self.unread:
                self.unread -= 1
        return at

    def ack(self, seq: int, t_ms: int) -> bool:
        """The gateway holds this record; True when it was in flight here."""
        for i in range(self.flying):
            if self._seq[i] == seq:
                self._drop(i)
                return True
        return False

    def hurry(self, t_ms: int) -> None:
        """The link works: forget how often the records in flight were tried."""
        for i in range(self.flying):
            if self._tries[i] > 1:
                self._tries[i] = 1
                self._due[i] = ticks.add(t_ms, self._base_ms)

    def nudge(self, t_ms: int) -> None:
        """Something new cannot go out because the window is full: try what is in it now rather than late."""
        if self.flying == self._window:
            self.resume(t_ms)

    def resume(self, t_ms: int) -> None:
        """Try all in flight now. After a week without a link ticks no longer tell what is due from what is not."""
        for i in range(self.flying):
            self._due[i] = t_ms

    def through(self, first: int, last: int) -> bool:
        """Whether all records of this lane with numbers in this range are delivered."""
        for i in range(self.flying):
            if first <= self._seq[i] <= last:
                return False
        nothing = self._wanted and self.unread + self.unflushed == 0 and not self._peeked
        return nothing or last < self.fresh()

    def forget(self, first: int, last: int, unread: int) -> int:
        """The journal gives up these numbers, `unread` of which this lane had not read. Returns how many were not delivered."""
        lost = self.lost
        i = 0
        while i < self.flying:
            if first <= self._seq[i] <= last:
                self._drop(i)
                self.lost += 1
            else:
                i += 1
        self._reader.forget()
        if first <= self._reader.seq <= last:
            self._peeked = False
        self.unread = max(self.unread - unread, 0)
        self.lost += unread
        return self.lost - lost

    def _peek(self) -> bool:
        """Whether the reader stands on, or finds, a record of this lane; its bytes are then in the reader."""
        reader = self._reader
        if self._peeked:
            if reader.fetch(reader.at_segment, reader.at_offset, reader.seq):
                return True
            if reader.failed:
                return False
            self._peeked = False
            self.lost += 1
        while reader.next(URGENT if self._wanted else 0):
            if urgent(reader.buf[reader.start]) == self._wanted:
                self._peeked = True
                return True
        if not reader.failed and not reader.paused:
            self.unread = 0
        return False

    def catch_up(self, first: int) -> None:
        """With nothing unread, no record of this lane stands below the newest segment, which begins with `first`.

        The count of unread records may be too high, never too low."""
        if self.unread == 0 and self.unflushed == 0 and not self._peeked and self._reader.seq + 1 < first:
            self._reader.seek(first)

    def _put(self, i: int, buf, at: int, end: int, longest: int, t_ms: int) -> int:
        """Copy the reader's record into the frame as entry `i` of the window, and set its next try."""
        reader = self._reader
        n = reader.end - reader.start
        if n + 1 <= longest:
            if at + n + 1 > end:
                self.full = True
                return at
            buf[at] = n
            copy(reader.buf, reader.start, buf, at + 1, n)
            at += n + 1
            self.count += 1
        else:
            if self._tries[i] == 0:
                self.oversize += 1
            self._tries[i] = _TRIES
        delay = min(self._base_ms << self._tries[i], self._max_ms)
        if self._tries[i] < _TRIES:
            self._tries[i] += 1
        self._due[i] = ticks.add(t_ms, delay + (delay * self._random_bits(8) >> 10))
        return at

    def _drop(self, i: int) -> None:
        """Take entry `i` out of the window."""
        self.flying -= 1
        for j in range(i, self.flying):
            self._seq[j] = self._seq[j + 1]
            self._segment[j] = self._segment[j + 1]
            self._offset[j] = self._offset[j + 1]
            self._due[j] = self._due[j + 1]
            self._tries[j] = self._tries[j + 1]
            self._order[j] = self._order[j + 1]
