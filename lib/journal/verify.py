"""Checks a journal with its keys: names every record that was altered, removed, inserted or moved, and what it cannot check.

    verifier = Verifier((key, ...), found)
    for each segment in the order of its name: verifier.segment(source, first, first of the next one or -1)
    verifier.end()

`found(kind, first, last)` is called for all there is to say; the kinds are in `journal.verdict`.

What cannot be seen from the files alone: newest records that were cut off together, and old ones that were removed together with
every head that knew of them. Who knows the highest number, as the gateway does, sees both: compare `last`.
"""

from codec.fields import get_u32
from journal.chain import Chain
from journal.frame import GAP_FIRST, GAP_KNOWN, GAP_LAST, GAP_LINK
from journal.segment import COMPACTED, FOREIGN, GOOD, UNLINKED
from journal.survey import gap_proved
from journal.thread import Thread
from journal.verdict import BREAK, COPIES, DOWNGRADED, GAP, GIVEN_UP, HEAD, PUBLIC, SKIPPED, TORN, UNKNOWN_KEY, VERSION
from journal.walk import BROKEN, END, GAPPED, LOST, Walk

_ANY = bytes(4)  # a key id: whoever rewrote the segment could not read which
_NOTHING = bytes(4)


class Verifier:
    """One pass over the segments of a journal, with the keys it may have been written with."""

    def __init__(self, keys, found, chunk: int = 512) -> None:
        self._found = found
        self._chains = [Chain(key) for key in keys] + [Chain()]
        self._walk = Walk(chunk)
        self._thread = Thread(found)
        self.last = 0  # highest number seen, and its link if `_sure`
        self._link = bytes(4)
        self._sure = True
        self._keyed = False
        self._joint = 0  # the number before the first of the next segment, and its link or None
        self._joint_link = None

    def segment(self, source, first: int, following: int = -1) -> None:
        """Check a segment; `source.read` is that of `Source`, which may raise OSError."""
        walk = self._walk
        thread = self._thread
        kind = walk.begin(source, first, rising=False)
        if kind == FOREIGN:
            self._found(VERSION, first, first)
            return
        head = walk.head if kind == GOOD else None
        maker = self._chain_of(head.maker) if head else None
        if head and (head.first != first or (maker and not head.proved(maker))):
            head = None
        thread.chains = self._chains
        sure_of_keys = True
        if head:
            self._enter(head, maker)
            if head.key != _ANY:
                chain = self._chain_of(head.key)
                thread.chains = [chain] if chain else []
            sure_of_keys = maker is not None and len(thread.chains) > 0
        else:
            self._found(HEAD, first, first)
            if first <= thread.good:
                thread.start(first - 1, _NOTHING, False)
        self._joint = following - 1
        self._joint_link = None
        self._frames(walk, sure_of_keys)
        if not sure_of_keys:
            self._found(UNKNOWN_KEY, first, max(thread.good, first))
        self._leave()

    def end(self) -> None:
        """All segments were given."""
        self._thread.end()
        self.last = max(self.last, self._thread.good)

    def _chain_of(self, key_id):
        for chain in self._chains:
            if chain.key_id == key_id:
                return chain
        return None

    def _enter(self, head, maker) -> None:
        """A head that may be believed, or that nobody can prove."""
        thread = self._thread
        if maker:
            thread.low = max(thread.low, head.low)
            chain = self._chain_of(head.key)
            if maker.public or (chain and chain.public):
                self._found(DOWNGRADED if maker.public and self._keyed else PUBLIC, head.first, head.first)
            self._keyed = self._keyed or not maker.public
        sure = not head.flags & UNLINKED
        fits = thread.join(head.after, head.link, sure)
        if thread.good > head.after:
            self._found(COPIES, head.after + 1, thread.good)
            if self._joint == head.after and self._joint_link and sure:
                fits = self._joint_link == head.link
        if not fits or not sure:
            self._found(BREAK, head.first, head.first)
        self._keep()
        skipped = not head.flags & COMPACTED and head.first > head.after + 1
        if skipped:
            self._found(SKIPPED, head.after + 1, head.first - 1)
        thread.start(head.first - 1 if skipped else head.after, head.link, sure)

    def _frames(self, walk, sure_of_keys: bool) -> None:
        """All that follows the head."""
        thread = self._thread
        lost = False
        item = walk.next()
        while item != END:
            if lost:
                thread.lost(walk.strange)
            lost = item == LOST
            if item == GAPPED:
                self._gap(walk.buf, walk.start - 1, sure_of_keys)
            elif not lost:
                record = memoryview(walk.buf)[walk.start : walk.end]
                own = bytes(walk.buf[walk.end : walk.end + 4])
                if thread.chains:
                    thread.record(get_u32(record, 1), record, own, item == BROKEN)
                else:
                    thread.start(get_u32(record, 1), own, True)
            if thread.good == self._joint and thread.sure:
                self._joint_link = thread.link
            item = walk.next()
        if lost:
            self._found(TORN, thread.good, thread.good)
            thread.torn = True

    def _gap(self, buf, at: int, sure_of_keys: bool) -> None:
        thread = self._thread
        first = get_u32(buf, at + GAP_FIRST)
        last = get_u32(buf, at + GAP_LAST)
        known = buf[at + GAP_KNOWN] != 0
        for chain in self._chains:
            if gap_proved(chain, buf, at):
                break
        else:
            if sure_of_keys:
                self._found(GAP, first, last)
                known = False
        thread.join(first - 1, _NOTHING, False)
        self._found(GIVEN_UP, first, last)
        thread.start(last, buf[at + GAP_LINK : at + GAP_LINK + 4], known)

    def _keep(self) -> None:
        """Remember how far the journal goes."""
        if self._thread.good >= self.last:
            self.last = self._thread.good
            self._link = self._thread.link
            self._sure = self._thread.sure

    def _leave(self) -> None:
        """A segment ends; one that held copies only does not count."""
        thread = self._thread
        if thread.good < self.last:
            thread.join(thread.good, _NOTHING, False)
            thread.start(self.last, self._link, self._sure)
        self._keep()
