"""One lane of an uplink: the records of some kinds on their way through the window, each until it is confirmed.

    journal ... | delivered | behind: read by and by ....... | fresh: in flight since they were written, or delivered ... |
                            ^ reader                         ^ `_fresh`                                  flushed_seq

A lane that is `direct` takes each record as it is written, before all that waits from earlier: news are worth more than history.
When the window is full, an urgent one takes the place of the oldest there, which is behind again; any other waits behind. What is
behind is read in order whenever there is room, and passed over where it is in flight, or in the one stretch that is known to have
been fresh (`_skip`). Else some that were delivered may be sent again, as after a reset: the gateway knows them by (tag, seq).

Other lanes only read, and may give up what is too old (`expire`).
"""

from codec.native import copy
from journal.frame import SEQ_MAX
from journal.reader import Reader
from micropython import const
from tag.reporting.window import NEWS, ORDINARY, URGENT, Window

_BUDGET = const(32)  # chunks of the journal read in one `refill`


class Lane:
    """Records of `kinds`, a bit set; those of `urgent` kinds go first."""

    def __init__(self, journal, kinds: int, urgent: int, direct, window: Window) -> None:
        self._journal = journal
        self._kinds = kinds
        self._urgent = urgent
        self._direct = direct
        self._reader = Reader(journal)
        self.window = window
        self._behind = True
        self._fresh = 0  # from this number on all were put in the window as they were written; 0: none
        self._skip = (0, 0)  # first and last of some before that were fresh, too
        self._waits = 0  # the last one that was written and is not on flash
        self.full = False  # the last `emit` had more to send than room
        self.long = 0  # number of the first since `refill` that is due and longer than a frame; 0: none
        self.lost = 0  # records discarded or damaged before they were delivered
        self.expired = 0  # numbers given up because they were too old

    def seek(self, seq: int) -> None:
        """Begin at this number: everything below it is delivered."""
        self._reader.seek(seq)
        self._behind = not self._direct or seq <= self._journal.flushed_seq
        self._fresh = 0
        self._skip = (0, 0)
        self.window.n = 0

    def unread(self) -> int:
        """First number that may be a record of this lane which is neither delivered nor in flight."""
        return self._reader.seq + 1 if self._behind else self._journal.flushed_seq + 1

    def cursor(self) -> int:
        """Everything of this lane below this number is delivered."""
        least = self.window.least()
        return min(least, self.unread()) if least else self.unread()

    def has_delivered(self, seq: int) -> bool:
        """Whether that record of this lane is delivered, as far as this link knows."""
        if self.window.find(seq) >= 0 or seq > self._journal.flushed_seq:
            return False
        return seq < self.unread() or 0 < self._fresh <= seq or self._skip[0] <= seq <= self._skip[1]

    def drained(self) -> bool:
        """Whether everything that is on flash is delivered."""
        return not self.window.n and self.unread() > self._journal.flushed_seq

    def take(self, seq: int, place, length: int, urgent, t_ms: int) -> None:
        """A record of `length` bytes was written at `place` (segment, offset) of the journal; None: it is not on flash yet."""
        window = self.window
        if place and urgent and window.n == window.size:
            self._go_back(window.least(), seq)
            window.drop(window.find(window.least()))
        if place and window.n < window.size:
            window.add(seq, place[0], place[1], length, NEWS if urgent else ORDINARY, t_ms)
            if self._behind and not self._fresh:
                self._fresh = seq
            return
        if not place:
            self._waits = seq
        self._go_back(seq, seq)
        if urgent:
            window.resume(t_ms)  # the link is tried now rather than late

    def _go_back(self, seq: int, now: int) -> None:
        """What is `seq` is behind from now on; what came after it, before `now`, was fresh."""
        if not self._behind:
            self._reader.seek(seq)
            self._behind = True
            self._fresh = seq + 1 if seq < now else 0
        elif 0 < self._fresh <= seq:
            self._skip = (self._fresh, seq - 1)
            self._fresh = seq + 1 if seq < now else 0
        elif seq <= self._reader.seq:
            self._reader.seek(seq)

    def settle(self, other) -> None:
        """The same lane of another uplink has delivered all that is on flash."""
        self.window.n = 0
        self._fresh = 0
        self._skip = (0, 0)
        self._behind = other._behind
        self._waits = other._waits
        self._reader.follow(other._reader)

    def expire(self, seq: int) -> None:
        """All up to this number are too old."""
        self.expired += self.window.drop_range(1, seq)
        if self._reader.seq < seq:
            self.expired += seq - self._reader.seq
            self._reader.seek(seq + 1)

    def forget(self, first: int, last: int, unread: int) -> int:
        """The journal gives up these numbers, `unread` records of which were not read yet; how many were not delivered."""
        n = self.window.drop_range(first, last) + unread
        self._reader.forget()
        self.lost += n
        return n

    def refill(self, t_ms: int, last: int = SEQ_MAX) -> None:
        """Read what is behind, up to number `last`, into the window while it has room."""
        self.long = 0
        reader = self._reader
        reader.budget = _BUDGET
        window = self.window
        while self._behind and window.n < window.size:
            seq = reader.next(self._kinds)
            if not seq:
                if not reader.failed and not reader.paused and self._waits <= self._journal.flushed_seq:
                    self._catch_up()
                return
            if seq > last:
                return
            if 0 < self._fresh <= seq:
                self._catch_up()
            elif window.find(seq) < 0 and not self._skip[0] <= seq <= self._skip[1]:
                urgent = self._urgent >> reader.buf[reader.start] & 1
                length = reader.end - reader.start
                window.add(seq, reader.at_segment, reader.at_offset, length, urgent, t_ms)

    def _catch_up(self) -> None:
        self._behind = not self._direct
        self._fresh = 0

    def emit(self, batch, longest: int, t_ms: int, urgent) -> None:
        """Put what is due, urgent or not, into `batch` (tag/reporting/batch.py); `longest` is the room that an empty frame has.
        News go first: the newest that fit, in their order, then older ones."""
        self.full = False
        if urgent:
            self._emit_from(batch, self._newest(batch.room, longest, t_ms), NEWS, longest, t_ms)
            self._emit_from(batch, 0, NEWS, longest, t_ms)
        self._emit_from(batch, 0, URGENT if urgent else ORDINARY, longest, t_ms)

    def _newest(self, room: int, longest: int, t_ms: int) -> int:
        """Index of the oldest of the newest news that go together into `room`."""
        window = self.window
        found = i = window.n
        while i:
            i -= 1
            n = window.length[i] + 1
            if window.rank[i] == NEWS and n <= longest and window.due(i, t_ms):
                room -= n
                if room < 0:
                    break
                found = i
        return found

    def _emit_from(self, batch, i: int, rank: int, longest: int, t_ms: int) -> None:
        while i < self.window.n and not self.full:
            if self.window.rank[i] == rank and self._emit(batch, i, longest, t_ms):
                continue  # that one is gone: the next has taken its place
            i += 1

    def _emit(self, batch, i: int, longest: int, t_ms: int) -> bool:
        """Try one; True when it was taken out of the window."""
        window = self.window
        reader = self._reader
        if not window.due(i, t_ms):
            return False
        if not reader.fetch(window.segment[i], window.offset[i], window.seq[i]):
            if reader.failed:
                self.full = True  # the flash cannot be read: nothing more for now
                return False
            window.drop(i)
            self.lost += 1
            return True
        window.segment[i] = reader.found_segment  # the journal may have moved it
        window.offset[i] = reader.found_offset
        n = reader.end - reader.start
        if n + 1 > longest:
            self.long = self.long or window.seq[i]
        elif batch.add(reader.buf, reader.start, n, window.seq[i]):
            window.sent(i, t_ms)
        else:
            self.full = True
        return False

    def whole(self, seq: int, buf, t_ms: int) -> int:
        """The bytes of one in flight into `buf`, to be sent in fragments; how many, 0: it is gone. It counts as tried."""
        window = self.window
        i = window.find(seq)
        reader = self._reader
        if i < 0 or not reader.fetch(window.segment[i], window.offset[i], seq):
            return 0
        n = reader.end - reader.start
        copy(reader.buf, reader.start, buf, 0, n)
        window.sent(i, t_ms)
        return n
