"""What stands in one segment, and what of it must not be given up; and the segment written anew without the rest.

A *compacted* segment holds the urgent records that nobody has confirmed yet, byte for byte as they were, and between them gaps:
which numbers are gone, and the link that the next record was chained to. So what is left can still be checked, and what is gone
is told by the journal itself.
"""

import os

from codec.fields import get_u32, put_u16, put_u32
from codec.native import copy, crc16
from journal import frame
from journal.chain import KEY_ID, same
from journal.segment import COMPACTED, FOREIGN, UNLINKED, Source, head_of, path_of
from journal.walk import END, GAPPED, RECORD, Walk

_NOTHING = b"\x00\x00\x00\x00"


class Survey:
    """One walk through a segment; raises OSError when it cannot be read.

    `keeper` (keeper.py) says which kinds are kept, which of these wait, and from which number on the others are unread."""

    def __init__(self, journal, walk: Walk, first: int, keeper) -> None:
        self.first = first
        self.after = first - 1  # the number before the segment's own
        self.last = first - 1  # the last number in it
        self.waiting = 0  # urgent records to keep
        self.bytes = 0  # of these and of the gaps around them
        self.unread = 0  # others that nobody has read yet
        self.compacted = False
        self.head = None
        source = Source(journal.path)
        try:
            self.foreign = walk.begin(source, first) == FOREIGN
            if not self.foreign:
                self._look(journal, walk, keeper)
        finally:
            source.close()

    def _look(self, journal, walk, keeper) -> None:
        head = walk.head
        if head and (head.maker != journal.chain.key_id or head.proved(journal.chain)):
            self.head = head
            self.after = head.after
            self.compacted = head.flags & COMPACTED != 0
        unread = keeper.unread()
        urgents = 0
        kept = -1
        item = walk.next(keeper.keeps)
        while item != END:
            if item == RECORD:
                seq = frame.seq_of(walk.buf, walk.start - 1)
                urgents += 1 if seq >= unread else 0
                if keeper.waits(seq):
                    self.waiting += 1
                    self.bytes += walk.end - walk.start + 7 + (0 if seq == kept + 1 else frame.GAP_BYTES)
                    kept = seq
            item = walk.next(keeper.keeps)
        self.bytes += frame.GAP_BYTES
        self.records = walk.records()
        self.last = max(walk.seq, self.after)
        self.damaged = walk.damaged
        self.size = walk.at
        if not self.compacted and unread <= self.last:
            # Numbers in a segment have no gaps.
            self.unread = min(self.records, self.last - unread + 1) - urgents


def gap(chain, first: int, last: int, records: int, link, known: bool) -> bytearray:
    """The bytes of a gap."""
    buf = bytearray(frame.GAP_BYTES)
    buf[0] = frame.GAP
    put_u32(buf, frame.GAP_FIRST, first)
    put_u32(buf, frame.GAP_LAST, last)
    put_u32(buf, frame.GAP_RECORDS, records)
    if known:
        buf[frame.GAP_KNOWN] = 1
        copy(link, 0, buf, frame.GAP_LINK, frame.LINK)
    copy(chain.mark(memoryview(buf)[: frame.GAP_MAC]), 0, buf, frame.GAP_MAC, frame.LINK)
    put_u16(buf, frame.GAP_BYTES - 2, crc16(buf, 0, frame.GAP_BYTES - 2))
    return buf


def gap_proved(chain, buf, at: int) -> bool:
    """Whether the owner of this chain's key has made the gap at buf[at]."""
    return same(chain.mark(memoryview(buf)[at : at + frame.GAP_MAC]), buf, at + frame.GAP_MAC, frame.LINK)


def rewrite(journal, walk: Walk, survey: Survey, keeper) -> None:
    """Put the compacted segment in the place of the one surveyed. All or nothing; raises OSError."""
    chain = journal.chain
    head = survey.head
    flags = COMPACTED
    if head is None or head.flags & UNLINKED:
        flags |= UNLINKED
    key = head.key if head else bytes(KEY_ID)
    link = head.link if head else _NOTHING
    begin = head_of(chain, survey.first, journal.boot, flags, key, survey.after, link, 0)
    temporary = path_of(journal.path, -1)
    _copy(journal, walk, survey, keeper, temporary, "wb", begin)
    os.rename(temporary, path_of(journal.path, survey.first))


def append(journal, walk: Walk, survey: Survey, keeper, to: int) -> None:
    """Put what is kept of a segment behind another compacted one. All or nothing; raises OSError."""
    _copy(journal, walk, survey, keeper, path_of(journal.path, to), "ab", b"")


def _copy(journal, walk: Walk, survey: Survey, keeper, path: str, mode: str, begin) -> None:
    source = Source(journal.path)
    file = open(path, mode)
    try:
        file.write(begin)
        walk.begin(source, survey.first)
        following = survey.after + 1  # the number after the last one dealt with
        passed = 0  # records of these
        gone = 0  # records told by older gaps since then
        while True:
            item = walk.next(keeper.keeps)
            if item == RECORD and keeper.waits(frame.seq_of(walk.buf, walk.start - 1)):
                seq = frame.seq_of(walk.buf, walk.start - 1)
                if seq > following:
                    known = walk.linked and (walk.seq == seq - 1 or (walk.seq == 0 and survey.head is not None))
                    gone += walk.records() - 1 - passed
                    file.write(gap(journal.chain, following, seq - 1, gone, walk.link, known))
                file.write(memoryview(walk.buf)[walk.start - 1 : walk.end + 6])
                following = seq + 1
                passed = walk.records()
                gone = 0
            elif item == GAPPED:
                gone += get_u32(walk.buf, walk.start - 1 + frame.GAP_RECORDS)
            elif item == END:
                break
        if survey.last >= following:
            gone += walk.records() - passed
            file.write(gap(journal.chain, following, survey.last, gone, walk.link, walk.sure))
    finally:
        source.close()
        file.close()
