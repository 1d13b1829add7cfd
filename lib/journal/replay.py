"""What the newest segment says at boot: which number comes next, what it is chained to, and whether it may be appended to.

It is passed over at machine speed. Bytes after its last good frame held records once. They may have been flushed and sent, so their
numbers must not be used again: `next_seq` skips as many as could have stood there. Numbers in a segment have no gaps, so none in
it can exceed `first + size / smallest frame`; a journal that jumps to a higher number begins a new segment.
"""

from journal.frame import SMALLEST
from journal.segment import COMPACTED, FOREIGN, Source, size_of
from journal.walk import END, Walk


class Replay:
    """Found in the newest segment of a journal that lists at least one. Raises OSError when the filesystem refuses."""

    def __init__(self, journal, walk: Walk) -> None:
        first = journal.firsts[-1]
        self.size = size_of(journal.path, first)
        most = first + self.size // SMALLEST
        source = Source(journal.path)
        try:
            self.foreign = walk.begin(source, first, most) == FOREIGN
            while not self.foreign and walk.next(0) != END:
                pass
        finally:
            source.close()
        head = walk.head
        self.boot = walk.boot  # of the last record; -1: there is none
        self.records = walk.records()
        self.damaged = walk.damaged
        self.linked = walk.sure
        self.after = walk.seq or (head.after if head else first - 1)  # the last number, and its link if `linked`
        self.link = bytes(walk.link)
        self.low = 0
        own = head is not None and head.maker == journal.chain.key_id
        if head and (not own or head.proved(journal.chain)):  # of another key's head nothing can be proved
            self.low = head.low
        self.intact = (
            own and self.damaged == 0 and self.records > 0 and head.key == head.maker and not head.flags & COMPACTED
        )
        last = most if self.foreign else walk.seq or first - 1
        self.next_seq = last + (self.size - walk.clean) // SMALLEST + 1
