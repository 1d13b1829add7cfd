"""The chain: every record that is altered, removed, put in twice, moved or replaced is found and named, and nothing else is."""

import sys

from journal_bytes import changed, findings, joined, mended, number, read_all, split, with_parts
from test_journal_rig import Disk, record

from journal import verdict
from journal.log import Journal

KEY = b"0123456789abcdef"
OTHER = b"fedcba9876543210"
EVERY = 1 if sys.implementation.name == "cpython" else 23  # a full pass takes a minute on MicroPython
N = 500


def written(n=N, key=KEY, seed=0, floor=1, **options):
    """Segments of a journal of `n` records of changing length, with several flushes and boots."""
    disk = Disk(blocks=64)
    options.setdefault("segment_bytes", 3000)
    i = 0
    while i < n:
        journal = Journal(disk.folder, key=key, flush_count=7, **options)
        assert journal.open(floor)
        for _ in range(min(n - i, 170)):
            size = 11 + (i * 7 + seed) % 23
            assert journal.append(record(1 + i % 5, i + seed, size), size, i * 10, i % 40 == 9)
            i += 1
        journal.close(0)
        disk.mount()
    segments = read_all(disk)
    disk.unmount()
    return segments


def places(segments):
    """[(first of the segment, index of the frame in it, number), ...] of all records."""
    found = []
    for first in sorted(segments):
        parts = split(segments[first])
        for i in range(1, len(parts)):
            if number(parts[i]):
                found.append((first, i, number(parts[i])))
    return found


def test_an_untouched_journal_gives_no_finding():
    segments = written()
    assert len(segments) >= 5 and len(places(segments)) == N
    assert findings(segments, (KEY,)) == []
    assert findings(segments, (OTHER, KEY)) == []
    unknown = findings(segments, (OTHER,))
    assert [kind for kind, _, _ in unknown] == [verdict.UNKNOWN_KEY] * len(segments)
    firsts = sorted(segments)
    assert [(first, last) for _, first, last in unknown] == [
        (firsts[i], firsts[i + 1] - 1 if i + 1 < len(firsts) else N) for i in range(len(firsts))
    ]


def test_each_single_record_altered_in_one_byte_is_named():
    segments = written()
    for first, i, seq in places(segments)[::EVERY]:
        parts = split(segments[first])
        frame = parts[i]
        at = 1 + (seq * 5) % (len(frame) - 3)  # not the length: that is tried below
        for mend in (True, False):
            parts[i] = changed(frame, at, 0x10, mend)
            found = findings(with_parts(segments, first, parts), (KEY,))
            assert found == [(verdict.ALTERED, seq, seq)], (seq, at, mend, found)


def test_any_byte_of_a_record_altered_names_it():
    segments = written()
    every = places(segments)
    firsts = sorted(segments)
    edges = [place for place in every if place[2] in (1, 2, 3, N - 1, N, firsts[1] - 1, firsts[1], firsts[1] + 1)]
    assert len(edges) == 8
    for first, i, seq in edges if EVERY == 1 else edges[::3]:
        parts = split(segments[first])
        frame = parts[i]
        for at in range(len(frame)):
            for mask in (0x01, 0x80):
                for mend in (True, False):
                    parts[i] = changed(frame, at, mask, mend)
                    if parts[i] == frame:  # the checksum itself, made to fit
                        continue
                    found = findings(with_parts(segments, first, parts), (KEY,))
                    if at == 0 and seq == N:
                        assert found == [(verdict.TORN, seq - 1, seq - 1)], (
                            seq,
                            found,
                        )  # cut off: only the gateway knows
                    else:
                        assert (verdict.ALTERED, seq, seq) in found, (seq, at, mask, mend, found)
                        rest = [one for one in found if one[0] != verdict.TORN and one != (verdict.ALTERED, seq, seq)]
                        assert rest == [], (seq, at, mask, mend, found)


def test_each_single_record_removed_is_named():
    segments = written()
    firsts = sorted(segments)
    for first, i, seq in places(segments)[::EVERY]:
        parts = split(segments[first])
        newest = seq == N
        last = i + 1 == len(parts)
        parts.pop(i)
        found = findings(with_parts(segments, first, parts), (KEY,))
        expected = [] if newest else [(verdict.MISSING, seq, seq)]
        if not last:
            expected.append((verdict.UNVERIFIED, seq + 1, seq + 1))  # what it was chained to is gone
        assert found == expected, (seq, found)
    assert len(firsts) > 3


def test_each_single_record_put_in_twice_is_named():
    segments = written()
    every = places(segments)
    for first, i, seq in every[::EVERY]:
        parts = split(segments[first])
        parts.insert(i, parts[i])
        found = findings(with_parts(segments, first, parts), (KEY,))
        assert found == [(verdict.INSERTED, seq, seq)], (seq, found)
        parts.pop(i)
        parts.insert(1 + (i * 5) % len(parts), parts[i])  # somewhere else in the segment
        found = findings(with_parts(segments, first, parts), (KEY,))
        assert found == [(verdict.INSERTED, seq, seq)], (seq, found)


def test_each_single_record_swapped_with_its_neighbour_is_named():
    segments = written()
    for first, i, seq in places(segments)[::EVERY]:
        parts = split(segments[first])
        if i + 1 == len(parts):
            continue
        parts[i], parts[i + 1] = parts[i + 1], parts[i]
        found = findings(with_parts(segments, first, parts), (KEY,))
        assert found == [(verdict.REORDERED, seq + 1, seq + 1)], (seq, found)


def test_each_single_record_moved_far_is_named():
    segments = written()
    for first, i, seq in places(segments)[:: max(EVERY, 3)]:
        parts = split(segments[first])
        to = 1 + (i * 7 + 11) % (len(parts) - 1)
        if abs(to - i) < 2:
            continue
        parts.insert(to, parts.pop(i))
        found = findings(with_parts(segments, first, parts), (KEY,))
        assert (verdict.REORDERED, seq, seq) in found, (seq, i, to, found)
        rest = [one for one in found if one[0] not in (verdict.REORDERED, verdict.UNVERIFIED)]
        assert rest == [] and len(found) <= 2, (seq, i, to, found)


def test_each_single_record_replaced_by_its_like_of_another_journal_is_named():
    segments = written()
    for key in (KEY, OTHER):
        others = {}
        foreign = written(key=key, seed=1000)
        for first, i, seq in places(foreign):
            others[seq] = split(foreign[first])[i]
        for first, i, seq in places(segments)[::EVERY]:
            parts = split(segments[first])
            last = i + 1 == len(parts)
            parts[i] = others[seq]
            found = findings(with_parts(segments, first, parts), (KEY,))
            expected = [(verdict.ALTERED, seq, seq)]
            if not last:
                expected.append((verdict.UNVERIFIED, seq + 1, seq + 1))
            if (
                key == KEY and seq == 1
            ):  # every journal of a key begins alike: the second record does not follow this first
                expected = [(verdict.ALTERED, 2, 2)]
            assert found == expected, (seq, found)


def test_bytes_that_are_no_record_are_named():
    segments = written()
    for first, i, _ in places(segments)[:: max(EVERY, 7)]:
        parts = split(segments[first])
        parts.insert(i, b"\x03garbage" * 9)
        assert findings(with_parts(segments, first, parts), (KEY,)) == [(verdict.INSERTED, 0, 0)]


def test_several_records_gone_or_overwritten_are_named_as_what_they_are():
    segments = written()
    first = sorted(segments)[2]
    parts = split(segments[first])
    seq = number(parts[10])
    gone = findings(with_parts(segments, first, parts[:10] + parts[15:]), (KEY,))
    assert gone == [(verdict.MISSING, seq, seq + 4), (verdict.UNVERIFIED, seq + 5, seq + 5)]
    noise = b"\xff" * len(joined(parts[10:15]))
    over = findings(with_parts(segments, first, parts[:10] + [noise] + parts[15:]), (KEY,))
    assert over == [(verdict.ALTERED, seq, seq + 4), (verdict.UNVERIFIED, seq + 5, seq + 5)]


def test_segments_removed_swapped_or_of_another_journal_are_named():
    segments = written()
    firsts = sorted(segments)
    for i in range(len(firsts) - 1):  # of the newest only the gateway knows
        less = dict(segments)
        less.pop(firsts[i])
        assert findings(less, (KEY,)) == [(verdict.MISSING, firsts[i], firsts[i + 1] - 1)], i
    foreign = written(seed=1000)
    for i in range(len(firsts)):
        if firsts[i] in foreign and i:
            mixed = dict(segments)
            mixed[firsts[i]] = foreign[firsts[i]]
            found = findings(mixed, (KEY,))
            assert (verdict.BREAK, firsts[i], firsts[i]) in found, found
    swapped = dict(segments)
    swapped[firsts[1]], swapped[firsts[2]] = swapped[firsts[2]], swapped[firsts[1]]
    found = findings(swapped, (KEY,))
    assert (verdict.HEAD, firsts[1], firsts[1]) in found and (verdict.HEAD, firsts[2], firsts[2]) in found


def test_a_head_altered_anywhere_is_named():
    segments = written()
    for first in sorted(segments)[:: 1 if EVERY == 1 else 3]:
        parts = split(segments[first])
        head = parts[0]
        for at in range(len(head)):
            for mend in (True, False):
                parts[0] = changed(head, at, 0x04, mend)
                if parts[0] == head:
                    continue
                found = findings(with_parts(segments, first, parts), (KEY,))
                kinds = [kind for kind, _, _ in found]
                if at == 2 and mend:
                    assert verdict.VERSION in kinds, (first, at, found)
                elif (
                    15 <= at < 19 and mend
                ):  # a key that nobody has: nothing is proved, and nobody is accused of altering
                    assert (verdict.UNKNOWN_KEY in kinds) and not set(kinds) & {verdict.ALTERED}, (first, at, found)
                else:
                    assert (verdict.HEAD, first, first) in found and len(found) <= 2, (first, at, mend, found)
    assert mended(head) == head


def test_numbers_never_used_are_told_from_records_removed():
    disk = Disk(blocks=32)
    for floor in (1, 100, 200):
        journal = Journal(disk.folder, key=KEY)
        assert journal.open(floor)
        for i in range(20):
            journal.append(record(1, i), 16, 0)
        journal.close(0)
        disk.mount()
    segments = read_all(disk)
    disk.unmount()
    skips = [(verdict.SKIPPED, 21, 99), (verdict.SKIPPED, 120, 199)]
    assert findings(segments, (KEY,)) == skips
    parts = split(segments[100])
    parts.pop()
    assert findings(with_parts(segments, 100, parts), (KEY,)) == [(verdict.MISSING, 119, 119)] + skips
    parts = split(segments[100])
    parts.pop(1)
    assert (
        findings(with_parts(segments, 100, parts), (KEY,))
        == [
            (verdict.MISSING, 100, 100),
            (verdict.UNVERIFIED, 101, 101),
        ]
        + skips
    )


def test_a_key_that_changes_begins_a_segment_and_each_verifies_with_its_own():
    disk = Disk(blocks=32)
    for key in (b"", KEY, OTHER):
        journal = Journal(disk.folder, key=key)
        assert journal.open()
        for i in range(30):
            journal.append(record(1, i), 16, 0)
        journal.close(0)
    segments = read_all(disk)
    assert sorted(segments) == [1, 31, 61]
    public = (verdict.PUBLIC, 1, 1)
    assert findings(segments, (KEY, OTHER)) == [public]
    assert findings(segments, (OTHER,)) == [(verdict.UNKNOWN_KEY, 31, 60), public]
    assert findings(segments, (KEY,)) == [(verdict.UNKNOWN_KEY, 61, 90), public]
    parts = split(segments[31])
    parts.pop()
    assert findings(with_parts(segments, 31, parts), (OTHER,)) == [
        (verdict.MISSING, 60, 60),
        (verdict.UNKNOWN_KEY, 31, 59),
        public,
    ]
    disk.mount()
    journal = Journal(disk.folder, key=OTHER)
    assert journal.open()
    journal.append(record(1, 0), 16, 0, True)
    assert len(disk.segments()) == 3  # the same key goes on in the same segment
    for key in (KEY, b""):
        journal = Journal(disk.folder, key=key)
        assert journal.open()
        journal.append(record(1, 0), 16, 0, True)
        journal.close(0)
    segments = read_all(disk)
    assert sorted(segments) == [1, 31, 61, 92, 93]
    assert findings(segments, (KEY, OTHER)) == [(verdict.DOWNGRADED, 93, 93), public]
    disk.unmount()


def test_what_a_failed_write_has_left_twice_is_told_from_what_was_put_in():
    segments = written()
    firsts = sorted(segments)
    one, two = split(segments[firsts[1]]), split(segments[firsts[2]])
    twice = findings(with_parts(segments, firsts[1], one + two[1:6]), (KEY,))
    assert twice == [(verdict.COPIES, firsts[2], firsts[2] + 4)]
    altered = [two[1], changed(two[2], 8, 1, True), two[3]]
    found = findings(with_parts(segments, firsts[1], one + altered), (KEY,))
    assert found == [(verdict.ALTERED, firsts[2] + 1, firsts[2] + 1), (verdict.COPIES, firsts[2], firsts[2] + 2)]
    other = written(seed=23 * 44)  # the same numbers and sizes, another life
    joint = split(other[firsts[1]]) + split(other[firsts[2]])[1:6]
    found = findings(with_parts(segments, firsts[1], joint), (KEY,))
    assert (verdict.BREAK, firsts[1], firsts[1]) in found and (verdict.BREAK, firsts[2], firsts[2]) in found
