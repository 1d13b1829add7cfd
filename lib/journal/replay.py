"""What the newest segment says at boot: which number comes next, and whether it may be appended to.

Bytes after its last good frame held records once. They may have been flushed and sent, so their numbers must not be used again:
`next_seq` skips as many as could have stood there. Numbers in a segment have no gaps, so none in it can exceed
`first + size / smallest frame`; a journal that jumps to a higher number begins a new segment.
"""

from journal import segment
from journal.frame import SMALLEST, boot_of
from journal.reader import Reader


class Replay:
    """Found in the newest segment of a journal that lists at least one. Raises OSError when the filesystem refuses."""

    def __init__(self, journal) -> None:
        first = journal.firsts[-1]
        self.size = segment.size_of(journal.path, first)
        journal.flushed_seq = first + self.size // SMALLEST
        reader = Reader(journal)
        reader.seek(first)
        self.records = 0
        self.boot = -1  # of the last record
        clean = 0
        while reader.next():
            self.records += 1
            self.boot = boot_of(reader.buf, reader.start - 1)
            clean = reader.offset
        self.damaged = reader.damaged
        self.intact = reader.damaged == 0 and self.records > 0
        last = reader.seq if self.records else first - 1
        self.next_seq = last + (self.size - clean) // SMALLEST + 1
