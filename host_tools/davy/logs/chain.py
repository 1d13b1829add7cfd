"""A journal checked with its keys: `journal.verify`, the tag's own verifier, and a fast way for the host past all that is whole.

Every verdict is the verifier's. `_Walk` only spares it the records of which it could say nothing but "follows": a good frame with a
good link, while nothing is under suspicion. At the first frame that is not so, and after each gap or damage, the verifier goes on
itself. tests/host/test_logs_chain.py holds the two to each other over every damage.
"""

import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import davy.roots  # noqa: F401  puts the tag's own code on sys.path
from journal import verdict
from journal.verify import Verifier
from journal.walk import EVERY, LOST, RECORD, Walk

_CHUNK = 1 << 16
_KEY = 16
WRONG = frozenset(range(verdict.ALTERED, verdict.BREAK + 1)) - {verdict.UNVERIFIED} | {verdict.DOWNGRADED}
UNKNOWN = frozenset((verdict.UNVERIFIED, verdict.UNKNOWN_KEY, verdict.VERSION))

MEANINGS = {
    verdict.ALTERED: "what stands there is not what was written",
    verdict.MISSING: "written, gone, and nothing says why",
    verdict.INSERTED: "stands where no such record was written",
    verdict.REORDERED: "written at another place",
    verdict.UNVERIFIED: "the record before is altered or gone, so nobody can say",
    verdict.HEAD: "the head of this segment is not as it was written",
    verdict.GAP: "the journal's word on what it has given up is not as it was written",
    verdict.BREAK: "this segment does not follow the one before",
    verdict.UNKNOWN_KEY: "written with a key that was not given",
    verdict.VERSION: "written by a firmware newer than this davy",
    verdict.DOWNGRADED: "from here on without a key, though there was one before",
    verdict.SKIPPED: "never used: a power cut may have lost what was not on flash yet",
    verdict.GIVEN_UP: "given up for room, as the journal says",
    verdict.COPIES: "written twice, because of a failed write or a power cut",
    verdict.TORN: "bytes of a write that was cut follow it",
    verdict.PUBLIC: "from here on a tag without a key: accidents show, forgery does not",
}


@dataclass(frozen=True, order=True)
class Finding:
    """What the verifier says of the records with numbers first to last; `kind` is of `journal.verdict`."""

    first: int
    last: int
    kind: int

    @property
    def name(self) -> str:
        """In a word or two."""
        return verdict.NAMES[self.kind]

    @property
    def text(self) -> str:
        """In a line."""
        which = f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"
        which = "some bytes" if (self.kind, self.first) == (verdict.INSERTED, 0) else which
        return f"{self.name}: {which}: {MEANINGS[self.kind]}"


@dataclass(frozen=True)
class Checked:
    """A journal that was gone through: what the verifier said, and the records, once each, by number."""

    findings: tuple[Finding, ...]
    records: tuple[bytes, ...]
    last: int  # the highest number

    @property
    def wrong(self) -> tuple[Finding, ...]:
        """The journal is not as its owner wrote it."""
        return tuple(one for one in self.findings if one.kind in WRONG)

    @property
    def unknown(self) -> tuple[Finding, ...]:
        """Nobody can say."""
        return tuple(one for one in self.findings if one.kind in UNKNOWN)

    @property
    def state(self) -> str:
        """`whole`, `altered` or `unproved`."""
        if self.wrong:
            return "altered"
        return "unproved" if self.unknown or self.public else "whole"

    @property
    def public(self) -> bool:
        """Some of it was written without a key."""
        return any(one.kind == verdict.PUBLIC for one in self.findings)


def check(segments: Mapping[int, bytes], keys: Sequence[bytes], last: int = 0) -> Checked:
    """Verify segments (first number -> bytes). `last`: the highest number that somebody has seen, such as the gateway."""
    found: list[Finding] = []
    verifier = _Verifier(keys, lambda kind, first, last: found.append(Finding(first, last, kind)))
    firsts = sorted(segments)
    for first, following in zip(firsts, [*firsts[1:], -1], strict=True):
        verifier.segment(_Held(segments), first, following)
    verifier.end()
    if last > verifier.last:
        found.append(Finding(verifier.last + 1, last, verdict.MISSING))
    records = verifier.records
    if any(one.kind in (verdict.COPIES, verdict.INSERTED, verdict.REORDERED) for one in found):
        records = sorted(dict.fromkeys(records), key=_number)
    return Checked(tuple(sorted(found)), tuple(records), verifier.last)


def joined(findings: Sequence[Finding]) -> list[Finding]:
    """For people: what the verifier says segment by segment of neighbours, once."""
    found: list[Finding] = []
    for one in findings:
        before = found[-1] if found else None
        if before and one.kind == before.kind == verdict.UNKNOWN_KEY and one.first == before.last + 1:
            found[-1] = Finding(before.first, one.last, one.kind)
        elif not (one.kind == verdict.PUBLIC and any(other.kind == verdict.PUBLIC for other in found)):
            found.append(one)
    return found


def _number(record: bytes) -> int:
    return int.from_bytes(record[1:5], "little")


class _Held:
    """Segments in memory, as the verifier reads them."""

    def __init__(self, segments: Mapping[int, bytes]) -> None:
        self._segments = segments

    def read(self, first: int, offset: int, into: memoryview) -> int:
        data = self._segments[first][offset : offset + len(into)]
        into[: len(data)] = data
        return len(data)

    def whole(self, first: int) -> bytes:
        return self._segments[first]


class _Verifier(Verifier):
    """The tag's, over `_Walk`."""

    def __init__(self, keys: Sequence[bytes], found: Callable[[int, int, int], None]) -> None:
        super().__init__(keys, found)
        self.records: list[bytes] = []
        self._walk = _Walk(self)


class _Walk(Walk):
    """The tag's, which hands plain records to the verifier's thread by itself; all good records are kept."""

    def __init__(self, verifier: _Verifier) -> None:
        super().__init__(_CHUNK)
        self._verifier = verifier
        self._data = b""
        self._after_loss = False

    def begin(self, source: _Held, first: int, high: int = 0x3FFFFFFF, rising: bool = True) -> int:
        self._data = source.whole(first)
        self._after_loss = False
        return super().begin(source, first, high, rising)

    def next(self, kinds: int = EVERY) -> int:
        if not self._after_loss:  # else the verifier has yet to hear of what is lost
            self._ahead()
        item = super().next(kinds)
        self._after_loss = item == LOST
        if item == RECORD:
            self._verifier.records.append(bytes(self.buf[self.start : self.end]))
        return item

    def _ahead(self) -> None:
        """Pass over frames that are whole and follow: what `Thread.record` would do with each."""
        thread = self._verifier._thread
        if thread._suspects or len(thread.chains) != 1:
            return
        data, keep, joint, crc16 = self._data, self._verifier.records.append, self._verifier._joint, binascii.crc_hqx
        key = bytes(thread.chains[0]._begin[:_KEY])
        link, number, at, end = thread.link, thread.good, self.after, len(data)
        start = at
        while at < end:
            after = at + data[at] + 7
            if not 18 <= after - at <= 247 or after > end:
                break
            record = data[at + 1 : after - 6]
            own = data[after - 6 : after - 2]
            if sha256(key + link + record).digest()[:4] != own:
                break
            if crc16(data[at : after - 2], 0xFFFF) != data[after - 2] | data[after - 1] << 8:
                break
            seq = int.from_bytes(record[1:5], "little")
            if seq == joint:  # the verifier compares its link with the next segment's head
                break
            keep(record)
            number, link, at = seq, own, after
        if at > start:
            self.after = at
            thread.good, thread.link, thread.sure = number, link, True
