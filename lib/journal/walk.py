"""Walks through one segment from its beginning, frame by frame, with one chunk of it in memory.

`begin` reads the head, then each `next` passes to an item:

    RECORD   a good frame; its record is buf[start:end], its link follows
    GAPPED   a gap, at buf[start - 1]
    BROKEN   a frame whose checksum is wrong, though the next one stands where it ends; else as RECORD
    LOST     bytes that hold no frame, up to the next good one or the end
    END      nothing more

Records of kinds that are not looked for are passed over at machine speed and only counted. `link` is the link of the last good
frame before the item given, or of the head, if `sure`. When `linked` too, nothing bad lies between: the item can be checked with
it.
"""

from codec.native import copy
from journal.frame import GAP, GAP_KNOWN, LARGEST, LINK, SEQ_MAX, boot_of, check, length, link_at, seq_of
from journal.segment import DAMAGED, GOOD, HEAD, UNLINKED, Head, judge
from journal.skim import PASSED, hunt, skim
from micropython import const

END = const(0)
RECORD = const(1)
GAPPED = const(2)
BROKEN = const(3)
LOST = const(4)

EVERY = const(-1)  # for `next`: records of all kinds


class Walk:
    """`begin` it on a segment, then `next` until END."""

    def __init__(self, chunk: int = 512) -> None:
        self.buf = bytearray(max(chunk, 2 * LARGEST))
        self._mv = memoryview(self.buf)
        self.link = bytearray(LINK)
        self.strange = bytearray(LINK)  # behind LOST: where the link of a frame that ends there would stand

    def begin(self, source, first: int, high: int = SEQ_MAX, rising: bool = True) -> int:
        """Read the head of a segment with source.read(first, offset, buffer): see `Source`. GOOD, DAMAGED or FOREIGN.

        Behind damage only frames with numbers up to `high` are believed, and only `rising` ones. Raises OSError, as `next` does."""
        self._source = source
        self._first = first
        self._high = high
        self._rising = rising
        self._base = 0
        self._have = source.read(first, 0, self._mv)
        self._stand = -1  # index in the chunk of the record or gap given last
        self._records = 0
        self.at = 0  # file offset of the item; at the END of the segment's last byte
        self.after = 0  # file offset after it
        self.start = 0
        self.end = 0
        self.seq = 0  # of the last good record; of a gap its last number
        self.boot = -1  # of the last good record
        self.clean = 0  # file offset after the last good frame
        self.damaged = 0  # BROKEN, LOST, or the head
        self.linked = self.sure = False
        self.head = None
        found = judge(self.buf, self._have)
        if found == GOOD:
            self.head = Head(self.buf)
            self.linked = self.sure = not self.head.flags & UNLINKED
            copy(self.head.link, 0, self.link, 0, LINK)
            self.after = self.clean = self.head.length
        elif found == DAMAGED and check(self.buf, HEAD, self._have) > 0:
            self.damaged = 1
            self.after = HEAD
        return found

    def records(self) -> int:
        """Good records so far, the one given last among them."""
        return self._records

    def next(self, kinds: int = EVERY) -> int:
        """Pass to the next item; of records only those whose kind is in this bit set."""
        if self._stand >= 0:
            self._leave(self._stand, self.after)
        if kinds != EVERY:
            self._skim(kinds)
        at = self._fill(self.after, LARGEST)
        self.at = self.after
        if at >= self._have:
            return END
        after = check(self.buf, at, self._have)
        self.start = at + 1
        if after <= 0:
            self.linked = False
            self.damaged += 1
            return self._broken() or self._lost()
        self.after = self._base + after
        self._stand = at
        if self.buf[at] == GAP:
            return GAPPED
        self.end = after - 6
        self._records += 1
        return RECORD

    def _leave(self, index: int, after: int) -> None:
        """Remember of the good frame at an index what is needed behind it."""
        buf = self.buf
        copy(buf, link_at(buf, index), self.link, 0, LINK)
        self.linked = self.sure = buf[index] != GAP or buf[index + GAP_KNOWN] != 0
        self.seq = seq_of(buf, index)
        if buf[index] != GAP:
            self.boot = boot_of(buf, index)
        self.clean = after
        self._stand = -1

    def _skim(self, kinds: int) -> None:
        """Pass over all that is good and not looked for."""
        while True:
            at = self._fill(self.after, LARGEST)
            PASSED[1] = 0
            stop = skim(self.buf, at, self._have, kinds, PASSED)
            if PASSED[0] < 0:
                return
            self._records += PASSED[1]
            self.after = self._base + stop
            self._leave(PASSED[0], self.after)

    def _broken(self) -> int:
        """BROKEN, when what stands here is as long as it says."""
        n = length(self.buf, self.start - 1)
        if n and self.buf[self.start - 1] != GAP:
            at = self._fill(self.after, n + LARGEST)
            self.start = at + 1
            after = at + n
            if after == self._have or check(self.buf, after, self._have) > 0:
                self.end = after - 6
                self.after += n
                return BROKEN
        return 0

    def _lost(self) -> int:
        """Look for the next good frame."""
        low = self.seq if self._rising else 0
        i = self.start
        while True:
            whole = self._have < len(self.buf)
            i = hunt(self.buf, i, self._have, low, self._high, whole)
            self.after = self._base + i
            if check(self.buf, i, self._have) > 0 or (whole and i == self._have):
                copy(self.buf, i - 6, self.strange, 0, LINK if i >= 6 else 0)
                return LOST
            keep = min(i, 6)
            self._base = -1
            i = self._fill(self.after - keep, LARGEST) + keep

    def _fill(self, offset: int, want: int) -> int:
        """Index of a file offset in the chunk, with `want` bytes behind it if the file has them."""
        at = offset - self._base
        if self._base < 0 or (at + want > self._have and self._have == len(self.buf)):
            self._have = self._source.read(self._first, offset, self._mv)
            self._base = offset
            at = 0
        return at
