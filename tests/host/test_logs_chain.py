"""The host's verifier: every single altered, removed, inserted or moved record is found; the tag's own says the same, slower."""

import random
from collections.abc import Iterator, Mapping
from pathlib import Path

import logs_made
import pytest
from journal_damage import damaged
from test_journal_chain import written

from davy.logs import chain
from journal import verdict
from journal.verify import Verifier

KEY = logs_made.KEY
Segments = dict[int, bytes]


class Held:
    """Segments in memory, as the tag's verifier reads them."""

    def __init__(self, segments: Mapping[int, bytes]) -> None:
        self.segments = segments

    def read(self, first: int, offset: int, into: memoryview) -> int:
        data = self.segments[first][offset : offset + len(into)]
        into[: len(data)] = data
        return len(data)


def tags(segments: Mapping[int, bytes], keys: tuple[bytes, ...] = (KEY,)) -> list[tuple[int, int, int]]:
    """(first, last, kind) as the tag's verifier says it."""
    found: list[tuple[int, int, int]] = []
    verifier = Verifier(keys, lambda kind, first, last: found.append((first, last, kind)))
    firsts = sorted(segments)
    for first, following in zip(firsts, [*firsts[1:], -1], strict=True):
        verifier.segment(Held(segments), first, following)
    verifier.end()
    return sorted(found)


def hosts(segments: Mapping[int, bytes], keys: tuple[bytes, ...] = (KEY,)) -> list[tuple[int, int, int]]:
    """The same as the host says it."""
    return [(one.first, one.last, one.kind) for one in chain.check(segments, keys).findings]


def frames(data: bytes) -> list[bytes]:
    """A segment's head and frames."""
    parts, at = [data[:41]], 41
    while at < len(data):
        n = 24 if data[at] == 0xF1 else data[at] + 7
        parts.append(data[at : at + n])
        at += n
    return parts


def mended(frame: bytes) -> bytes:
    """With a checksum that fits."""
    return frame[:-2] + logs_made.crc(frame[:-2])


@pytest.fixture(scope="module")
def journal() -> Segments:
    """500 records in five segments."""
    made = logs_made.journal(logs_made.working(500), segment_bytes=2400)
    assert len(made) == 5 and hosts(made) == tags(made) == []
    return made


def damages(parts: list[bytes], i: int) -> Iterator[tuple[str, list[bytes]]]:
    """What somebody may do to the frame parts[i]."""
    frame = parts[i]
    at = 1 + (i * 5) % (len(frame) - 3)
    altered = frame[:at] + bytes([frame[at] ^ 1 << i % 8]) + frame[at + 1 :]
    yield "altered", [*parts[:i], altered, *parts[i + 1 :]]
    yield "altered", [*parts[:i], mended(altered), *parts[i + 1 :]]
    yield "removed", [*parts[:i], *parts[i + 1 :]]
    yield "inserted", [*parts[:i], frame, *parts[i:]]
    far = 1 + (i * 7) % (len(parts) - 1)
    yield "inserted", [*parts[:far], frame, *parts[far:]]
    if i + 1 < len(parts):
        yield "moved", [*parts[:i], parts[i + 1], frame, *parts[i + 2 :]]
    rest = [*parts[:i], *parts[i + 1 :]]
    if abs(far - i) > 1:
        yield "moved", [*rest[:far], frame, *rest[far:]]


NAMED = {
    "altered": {verdict.ALTERED, verdict.INSERTED, verdict.MISSING},
    "removed": {verdict.MISSING},
    "inserted": {verdict.INSERTED},
    "moved": {verdict.REORDERED},
}


def test_every_single_damage_to_500_records_is_found(journal: Segments) -> None:
    done = 0
    newest = max(journal)
    for first, data in journal.items():
        parts = frames(data)
        for i in range(1, len(parts)):
            seq = int.from_bytes(parts[i][2:6], "little")
            for what, changed in damages(parts, i):
                segments = {**journal, first: b"".join(changed)}
                checked = chain.check(segments, (KEY,), last=500)
                assert checked.state == "altered", (what, seq)
                named = [one for one in checked.wrong if one.kind in NAMED[what]]
                assert any(one.first <= seq + (what == "moved") and seq <= one.last for one in named), (
                    what,
                    seq,
                    [one.text for one in checked.findings],
                )
                assert hosts(segments) == tags(segments), (what, seq)
                if what == "removed" and first == newest and i + 1 == len(parts):
                    assert hosts(segments) == []  # only who knows the highest number sees it
                done += 1
    assert done > 500 * 6


def test_every_bit_of_a_segment(journal: Segments) -> None:
    first = sorted(journal)[1]
    data = journal[first]
    for at in range(len(data)):
        segments = {**journal, first: data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :]}
        checked = chain.check(segments, (KEY,))
        assert checked.wrong, at


def test_the_same_verdicts_as_the_tags_own_over_random_damage(tmp_path: Path) -> None:
    written(tmp_path)  # by the tag's own journal: two starts, compacted segments, gaps
    whole = {int(path.name[:8], 16): path.read_bytes() for path in tmp_path.glob("*.jnl")}
    assert hosts(whole) == tags(whole) and any(kind == verdict.GIVEN_UP for _, _, kind in hosts(whole))
    chance = random.Random(11)
    seen = set()
    for _ in range(400):
        segments = dict(whole)
        for _ in range(chance.randrange(1, 3)):
            victim = chance.choice(sorted(segments))
            others = [whole[first] for first in sorted(whole)]
            segments[victim] = damaged(segments[victim], others, chance)
        for keys in ((KEY,), (), (b"x" * 16, KEY)):
            found = hosts(segments, keys)
            assert found == tags(segments, keys)
            seen.update(kind for _, _, kind in found)
    assert {verdict.ALTERED, verdict.MISSING, verdict.INSERTED, verdict.UNVERIFIED, verdict.HEAD} < seen


def test_what_is_kept_of_a_damaged_journal(journal: Segments) -> None:
    first = sorted(journal)[2]
    parts = frames(journal[first])
    torn = parts[5][:8] + b"\x00" + parts[5][9:]
    segments = {**journal, first: b"".join([*parts[:5], torn, *parts[6:], parts[3]])}
    checked = chain.check(segments, (KEY,))
    numbers = [int.from_bytes(record[1:5], "little") for record in checked.records]
    assert numbers == [seq for seq in range(1, 501) if seq != first + 4]  # once each, without the one that is torn


def test_numbers_cut_off_at_the_end_are_seen_by_who_knows_the_last(journal: Segments) -> None:
    less = {first: data for first, data in journal.items() if first != max(journal)}
    assert chain.check(less, (KEY,)).state == "whole"
    checked = chain.check(less, (KEY,), last=500)
    assert [one.text for one in checked.wrong] == [
        f"missing: {max(journal)} to 500: written, gone, and nothing says why"
    ]


def test_without_the_key_nothing_is_proved(journal: Segments) -> None:
    for keys in ((), (b"another key that",)):
        checked = chain.check(journal, keys)
        assert checked.state == "unproved" and not checked.wrong and len(checked.records) == 500
        assert [(one.first, one.last) for one in chain.joined(checked.findings)] == [(1, 500)]
    public = logs_made.journal(logs_made.working(50), key=b"")
    assert chain.check(public, ()).state == "unproved"


def test_pure_noise_never_raises() -> None:
    chance = random.Random(6)
    for _ in range(60):
        segments = {chance.randrange(1 << 30): chance.randbytes(chance.randrange(3000)) for _ in range(4)}
        chain.check(segments, (KEY,))
    assert chain.check({1: b""}, (KEY,)).records == ()


def test_what_a_failed_write_has_left_twice_is_told_from_another_life(journal: Segments) -> None:
    firsts = sorted(journal)
    one, two = frames(journal[firsts[1]]), frames(journal[firsts[2]])
    copies = {**journal, firsts[1]: b"".join(one + two[1:6])}
    assert hosts(copies) == tags(copies) == [(firsts[2], firsts[2] + 4, verdict.COPIES)]
    other = logs_made.journal(((2, record) for _, record in logs_made.working(500)), segment_bytes=2400)
    assert sorted(other) == firsts
    joint = frames(other[firsts[1]]) + frames(other[firsts[2]])[1:6]
    mixed = {**journal, firsts[1]: b"".join(joint)}
    assert hosts(mixed) == tags(mixed)
    broken = [first for first, _, kind in hosts(mixed) if kind == verdict.BREAK]
    assert broken == [firsts[1], firsts[2]]
