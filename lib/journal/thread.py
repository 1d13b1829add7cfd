"""Follows the chain from record to record and says what is wrong with which: the verifier's work inside the segments.

`good` is the last number that is accounted for, and `link` is its link. A frame that follows from there is as it was written. One
that does not becomes a *suspect*, and a later frame decides:

    a frame follows from                then
    `good`                              the suspects do not belong there: they are *strays*
    a suspect, by the link it carries   that one and those before it stand where others were written: altered, or records are
    or by the one that is due there     missing before it; those after it are strays

A stray that follows from `good` later, or fills a hole, was moved; any other was inserted. A record whose predecessor's link is
gone cannot be checked by itself: it is unverified, and proves the next one only by its own link.

Memory is bounded: `_DEPTH` suspects, strays and holes each, the oldest being settled first.
"""

from codec.fields import put_u32
from journal.verdict import ALTERED, INSERTED, MISSING, REORDERED, UNVERIFIED
from micropython import const

_DEPTH = const(6)

_SEQ = const(0)
_OWN = const(1)
_DUE = const(2)
_RECORD = const(3)


class Thread:
    """The chain of one journal; found(kind, first, last) is called for all that is wrong."""

    def __init__(self, found) -> None:
        self._found = found
        self.chains = []  # the keys that the records may have
        self.low = 0  # records below this number may be missing
        self.good = 0
        self.link = bytes(4)
        self.sure = True  # `link` is that of `good`
        self.torn = False  # the bytes after `good` are no frames
        self._suspects = []  # [number it bears, 0: none; own link; link due there or None; bytes, None: no frame]
        self._strays = []
        self._holes = []  # [first, last, link of the record before or None]

    def start(self, seq: int, link, sure: bool) -> None:
        """The next record follows this number, as a proved head or gap says."""
        self.good = seq
        self.link = bytes(link)
        self.sure = sure
        self.torn = False

    def record(self, seq: int, record, own, broken: bool) -> None:
        """The next frame: a record and its link; `broken`: its checksum is wrong."""
        if self._follows(self.link, record, own) or (self._collect() and self._follows(self.link, record, own)):
            self._set_aside(0)
            self._accept(seq, own, broken)
            return
        i = self._ancestor(record, own)
        if i >= 0:
            self._set_aside(i + 1)
            self._settle(seq - 1)
            self._accept(seq, own, broken)
            return
        due = None
        if self.chains and (self._suspects or self.sure):
            due = self.chains[0].link(self._suspects[-1][_OWN] if self._suspects else self.link, record)[:4]
        record = bytearray(record)
        if not self._suspects and seq != self.good + 1:
            put_u32(record, 1, self.good + 1)
            if self._follows(self.link, record, own):
                seq = self.good + 1  # only its number was altered
            else:
                put_u32(record, 1, seq)
        self._suspect([seq, bytes(own), due, record])

    def lost(self, own) -> None:
        """Bytes that hold no frame; `own` would be the link in them, if a frame ended here."""
        self._suspect([0, bytes(own), None, None])

    def join(self, seq: int, link, sure: bool) -> bool:
        """A proved head or gap says that the record before it had this number and link. False: it is another one, though its
        number is right."""
        fits = True
        self._collect()
        if not self._suspects:
            fits = seq != self.good or not sure or not self.sure or link == self.link
        elif sure:
            for i in range(len(self._suspects) - 1, -1, -1):
                if link == self._suspects[i][_OWN] or link == self._suspects[i][_DUE]:
                    self._set_aside(i + 1)
                    break
            else:
                if seq == self.good:
                    self._set_aside(0)
        self._settle(max(seq, self.good))
        return fits

    def end(self) -> None:
        """Nothing more comes."""
        self._collect()
        last = self.good
        for one in self._suspects:
            last = max(last, one[_SEQ])
        self._settle(last)
        while self._strays:
            self._insert(self._strays.pop(0))
        while self._holes:
            self._missed(self._holes.pop(0))

    def _follows(self, before, record, own) -> bool:
        for chain in self.chains:
            if chain.link(before, record)[:4] == own:
                return True
        return False

    def _ancestor(self, record, own) -> int:
        """Index of the suspect after which the record was written; -1 for none."""
        for i in range(len(self._suspects) - 1, -1, -1):
            one = self._suspects[i]
            if self._follows(one[_OWN], record, own) or (one[_DUE] and self._follows(one[_DUE], record, own)):
                return i
        return -1

    def _accept(self, seq: int, own, broken: bool) -> None:
        """It follows: go on from here."""
        self.good = seq
        self.link = bytes(own)
        self.sure = True
        if broken:
            self._found(ALTERED, seq, seq)

    def _collect(self) -> bool:
        """Strays that follow from here, where no other frame does, were moved. True when there were some."""
        moved = False
        i = 0
        while i < len(self._strays):
            at = i
            seq, own, _, record = self._strays[at]
            i += 1
            if record and self._follows(self.link, record, own):
                i = 0
                moved = True
                self._strays.pop(at)
                self._found(REORDERED, seq, seq)
                self.good = seq
                self.link = own
        return moved

    def _suspect(self, one) -> None:
        self._suspects.append(one)
        if len(self._suspects) > _DEPTH:
            rest = self._suspects[1:]
            self._suspects = self._suspects[:1]
            self._settle(max(self._suspects[0][_SEQ], self.good + 1))
            self._suspects = rest

    def _set_aside(self, i: int) -> None:
        """The suspects from the i-th on do not belong where they stand."""
        while len(self._suspects) > i:
            self._strays.append(self._suspects.pop(i))
            if len(self._strays) > _DEPTH:
                self._insert(self._strays.pop(0))

    def _insert(self, stray) -> None:
        seq, own, _, record = stray
        for hole in self._holes:
            if record and hole[0] == seq and hole[2] and self._follows(hole[2], record, own):
                self._found(REORDERED, seq, seq)
                hole[0] += 1
                hole[2] = own
                return
        self._found(INSERTED, seq, seq)

    def _miss(self, last: int) -> None:
        """Nothing stands for the numbers up to `last`."""
        self._holes.append([self.good + 1, last, self.link if self.sure else None])
        if len(self._holes) > _DEPTH:
            self._missed(self._holes.pop(0))

    def _missed(self, hole) -> None:
        first = max(hole[0], self.low)
        if first <= hole[1]:
            self._found(MISSING, first, hole[1])

    def _settle(self, last: int) -> None:
        """The suspects stand for the numbers up to `last`; say what is wrong with each, and which numbers nothing stands for."""
        doubt = not self.sure  # what stands before is not known: a record that does not follow need not be altered
        while self._suspects:
            seq, own, _, record = self._suspects.pop(0)
            most = last - len(self._suspects)  # leave numbers for the others
            if most <= self.good:
                self._insert([seq, own, None, record])
                continue
            number = seq
            if record is None:
                following = self._suspects[0][_SEQ] if self._suspects else last + 1
                number = min(max(following - 1, self.good + 1), most)
            elif not self.good < seq <= most:
                number = self.good + 1 if self._suspects else last
            if record is None:
                self._found(ALTERED, self.good + 1, number)
                doubt = True
            else:
                if number > self.good + 1:
                    self._miss(number - 1)
                    doubt = True
                self._found(UNVERIFIED if doubt and number == seq else ALTERED, number, number)
                doubt = not (doubt and number == seq)
            self.good = number
            self.link = own
            self.sure = True
        if last > self.good:
            if self.torn:
                self._found(ALTERED, self.good + 1, last)
            else:
                self._miss(last)
            self.good = last
            self.sure = False
