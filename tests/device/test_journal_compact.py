"""Room for new segments: what is delivered goes first, then the oldest readings, an undelivered alarm never."""

import os

from journal_bytes import GAP, changed, findings, joined, number, read_all, split, with_parts
from test_journal_rig import Disk, record, value_of

from journal import log, verdict
from journal.keeper import Keeper
from journal.log import Journal
from journal.reader import Reader

KEY = b"0123456789abcdef"
URGENT = 4
READING = 3
BAD = (
    verdict.ALTERED,
    verdict.MISSING,
    verdict.INSERTED,
    verdict.REORDERED,
    verdict.UNVERIFIED,
    verdict.HEAD,
    verdict.GAP,
)
BAD += (verdict.BREAK, verdict.UNKNOWN_KEY, verdict.VERSION, verdict.DOWNGRADED)


class Holder(Keeper):
    """Knows what was delivered: all up to a number, and some more."""

    keeps = 1 << URGENT

    def __init__(self, through=0):
        self.through = through
        self.acked = set()
        self.told = []

    def delivered(self, first, last):
        return last <= self.through

    def waits(self, seq):
        return seq > self.through and seq not in self.acked

    def unread(self):
        return self.through + 1

    def gone(self, first, last, records, unread, t_ms):
        self.told.append((first, last, records, unread))
        return unread


def opened(disk, keeper, **options):
    options = dict(options)
    options.setdefault("segment_bytes", 2048)
    options.setdefault("max_segments", 4)
    journal = Journal(disk.folder, key=KEY, **options)
    assert journal.open()
    journal.keeper = keeper
    return journal


def fill(journal, n, every=0):
    """`n` records of 16 bytes, each `every`th an urgent one; numbers of these."""
    urgent = []
    for i in range(n):
        alarm = every and i % every == every // 2
        seq = journal.append(record(URGENT if alarm else READING, i), 16, 0, bool(alarm))
        if alarm and seq:
            urgent.append(seq)
    return urgent


def numbers(journal):
    found = []
    for seq, data in journal.read():
        value_of(data)
        found.append(seq)
    return found


def bad(segments, keys=(KEY,)):
    return [one for one in findings(segments, keys) if one[0] in BAD]


def test_what_is_delivered_goes_first_even_when_something_older_waits():
    disk = Disk(blocks=40)
    keeper = Holder()
    journal = opened(disk, keeper)
    while len(journal.firsts) < 4:
        fill(journal, 1)
    journal.flush(0)
    firsts = list(journal.firsts)
    waiting = [firsts[0], firsts[1] + 5]

    class Some(Holder):
        def delivered(self, first, last):
            return not any([first <= seq <= last for seq in waiting])

    journal.keeper = keeper = Some()
    while not keeper.told:
        fill(journal, 1)
    assert [one[:2] for one in keeper.told] == [(firsts[2], firsts[3] - 1)]
    assert journal.firsts[:3] == [firsts[0], firsts[1], firsts[3]]
    journal.close(0)
    assert bad(read_all(disk)) == []
    parts = split(disk.get(disk.segments()[1]))
    assert parts[-1][0] == GAP and len(disk.segments()) == 4  # the segment before says what is gone behind it
    disk.unmount()


def test_the_oldest_goes_and_the_next_head_says_so():
    disk = Disk(blocks=40)
    keeper = Holder(10**6)
    journal = opened(disk, keeper)
    fill(journal, 700)
    journal.close(0)
    assert len(disk.segments()) == 4 and journal.compactions == 0 and journal.discarded == journal.firsts[0] - 1
    assert keeper.told[0][0] == 1 and keeper.told[-1][1] == journal.firsts[0] - 1
    segments = read_all(disk)
    assert bad(segments) == []
    segments.pop(journal.firsts[0])  # one more than was given up
    assert bad(segments) == [(verdict.MISSING, journal.firsts[0], journal.firsts[1] - 1)]
    disk.unmount()


def test_undelivered_alarms_stay_readings_go_and_the_chain_holds():
    for every in (6, 10, 40, 200):
        disk = Disk(blocks=40)
        keeper = Holder()
        journal = opened(disk, keeper)
        urgent = fill(journal, 900 if every > 6 else 450, every)
        assert journal.fault == log.OK and journal.flush(0)
        assert len(disk.segments()) <= 4 and journal.compactions > 0
        last = journal.next_seq - 1
        found = numbers(journal)
        assert [seq for seq in urgent if seq not in found] == [], every
        newest = [seq for seq in found if seq >= journal.firsts[-1]]
        assert newest == list(range(journal.firsts[-1], last + 1))
        assert journal.discarded == last - len(found) and journal.undelivered == journal.discarded
        disk.mount()
        journal = opened(disk, keeper)
        assert numbers(journal) == found
        segments = read_all(disk)
        assert bad(segments) == [], (every, bad(segments))
        disk.unmount()


def test_kept_records_and_gaps_are_proved_like_all_others():
    disk = Disk(blocks=40)
    journal = opened(disk, Holder())
    fill(journal, 600, 20)
    journal.close(0)
    segments = read_all(disk)
    disk.unmount()
    first = min(segments)
    parts = split(segments[first])
    assert len(parts) > 20 and [part[0] == GAP for part in parts[1:]].count(True) > 8
    for i in range(1, len(parts)):
        gap = parts[i][0] == GAP
        seq = number(parts[i])
        for at in range(0, len(parts[i]), 3):
            new = list(parts)
            new[i] = changed(parts[i], at, 0x20, True)
            if new[i] == parts[i]:
                continue
            found = bad(with_parts(segments, first, new))
            if gap or at == 0:
                assert found, (i, at)
            else:
                assert found == [(verdict.ALTERED, seq, seq)], (i, at, found)
        found = bad(with_parts(segments, first, parts[:i] + parts[i + 1 :]))
        if gap:
            assert verdict.MISSING in [kind for kind, _, _ in found], (i, found)
        elif parts[i - 1][0] != GAP or i + 1 == len(parts) or parts[i + 1][0] == GAP:
            assert found[0] == (verdict.MISSING, seq, seq), (i, found)
        if i + 1 < len(parts) and not gap and parts[i - 1][0] == GAP and parts[i + 1][0] == GAP:
            found = bad(with_parts(segments, first, parts[: i - 1] + parts[i + 1 :]))  # with the gap before it
            assert len(found) == 1 and found[0][0] == verdict.MISSING and found[0][2] == seq, (i, found)


def test_what_was_delivered_meanwhile_is_given_up_with_its_segment():
    disk = Disk(blocks=40)
    keeper = Holder()
    journal = opened(disk, keeper)
    urgent = fill(journal, 600, 30)
    keeper.through = urgent[-3]
    fill(journal, 600)
    journal.close(0)
    found = numbers(journal)
    assert [seq for seq in urgent if seq in found] == urgent[-2:]
    assert bad(read_all(disk)) == []
    disk.unmount()


def test_when_alarms_fill_the_flash_readings_are_refused_first_and_alarms_last():
    disk = Disk(blocks=40)
    keeper = Holder()
    journal = opened(disk, keeper, max_segments=3)
    taken = []
    t_ms = 0
    while journal.fault != log.FULL:
        seq = journal.append(record(URGENT, 1), 16, t_ms, True)
        taken.append(seq)
        t_ms += 1000
        assert len(taken) < 1000
    assert journal.append(record(READING, 2), 16, t_ms) == 0 and journal.refused == 1
    more = []
    while True:
        seq = journal.append(record(URGENT, 3), 16, t_ms, True)
        t_ms += 1000
        if not seq:
            break
        more.append(seq)
    assert len(more) > 40 and journal.append(record(READING, 2), 16, t_ms) == 0  # memory is theirs alone
    assert numbers(journal) == taken[:-1] if journal.flushed_seq < taken[-1] else taken
    assert journal.discarded == 0
    keeper.through = journal.firsts[1]  # the first segment is delivered
    t_ms += 1000
    assert journal.flush(t_ms) and journal.fault == log.OK
    assert journal.append(record(READING, 2), 16, t_ms)
    assert set(taken + more) - set(numbers(journal)) == set(range(1, journal.firsts[0]))
    journal.close(t_ms + 1000)
    assert bad(read_all(disk)) == []
    disk.unmount()


def test_a_reader_finds_its_place_again_after_records_were_moved():
    disk = Disk(blocks=40)
    keeper = Holder()
    journal = opened(disk, keeper)
    urgent = fill(journal, 200, 10)
    journal.flush(0)
    readers = []
    for seq in urgent[::3]:
        reader = Reader(journal)
        reader.seek(seq)
        assert reader.next(1 << URGENT) == seq
        readers.append((reader, seq, reader.at_segment, reader.at_offset))
    urgent += fill(journal, 600, 10)
    journal.flush(0)
    assert journal.compactions > 3
    for reader, seq, segment, offset in readers:
        assert reader.fetch(segment, offset, seq)
        assert reader.buf[reader.start + 1] | reader.buf[reader.start + 2] << 8 == seq
        assert (reader.found_segment, reader.found_offset) != (segment, offset)
        assert reader.fetch(reader.found_segment, reader.found_offset, seq)
        rest = []
        while reader.next(1 << URGENT):
            rest.append(reader.seq)
        assert rest == [other for other in urgent if other > seq]
        assert not reader.fetch(segment, offset, seq + 1) and not reader.failed  # a reading: it is gone
    disk.unmount()


def test_old_segments_of_another_key_keep_their_own():
    disk = Disk(blocks=40)
    journal = Journal(disk.folder, segment_bytes=2048, max_segments=5)
    assert journal.open()
    keeper = journal.keeper = Holder()
    urgent = fill(journal, 150, 20)
    journal.close(0)
    journal = Journal(disk.folder, segment_bytes=2048, max_segments=5, key=KEY)  # settings with a key, and a reset
    assert journal.open()
    journal.keeper = keeper
    urgent += fill(journal, 600, 20)
    journal.close(0)
    assert journal.compactions > 2 and [seq for seq in urgent if seq not in numbers(journal)] == []
    segments = read_all(disk)
    assert bad(segments) == [] and verdict.PUBLIC in [kind for kind, _, _ in findings(segments, (KEY,))]
    unknown = bad(segments, ())
    assert unknown and {kind for kind, _, _ in unknown} == {verdict.UNKNOWN_KEY}
    assert keeper.told
    disk.unmount()


def test_segments_of_another_version_are_left_alone():
    disk = Disk(blocks=40)
    keeper = Holder(10**6)
    journal = opened(disk, keeper)
    fill(journal, 250)
    journal.close(0)
    name = disk.segments()[1]
    parts = split(disk.get(name))
    parts[0] = changed(parts[0], 2, 1, True)  # version 3
    disk.put(name, joined(parts))
    old = disk.get(name)
    journal = opened(disk, keeper)
    last = journal.next_seq
    fill(journal, 700)
    journal.close(0)
    assert disk.get(name) == old and journal.foreign == [int(name[:8], 16)] and len(journal.firsts) == 4
    assert numbers(journal)[-1] == journal.next_seq - 1 == last + 699
    newest = disk.segments()[-1]
    parts = split(disk.get(newest))
    parts[0] = changed(parts[0], 2, 4, True)
    disk.put(newest, joined(parts))
    old = disk.get(newest)
    journal = opened(disk, keeper)
    assert journal.foreign == [int(newest[:8], 16)]
    assert journal.next_seq > last + 699  # more than could stand in it
    fill(journal, 60)
    journal.close(0)
    assert disk.get(newest) == old and len(numbers(journal)) > 60
    found = findings(read_all(disk), (KEY,))
    assert [one for one in found if one[0] == verdict.VERSION] == [
        (verdict.VERSION, int(name[:8], 16), int(name[:8], 16)),
        (verdict.VERSION, int(newest[:8], 16), int(newest[:8], 16)),
    ]
    disk.unmount()


def test_a_segment_removed_by_hand_or_half_rewritten_does_not_stop_the_journal():
    disk = Disk(blocks=40)
    keeper = Holder()
    journal = opened(disk, keeper)
    fill(journal, 250, 50)
    journal.flush(0)
    gone = journal.firsts[1]
    os.remove(disk.folder + "/" + disk.segments()[1])
    fill(journal, 300, 50)
    assert journal.fault == log.OK and gone not in journal.firsts and journal.next_seq == 551
    journal.close(0)
    disk.put("compact", b"half of one")
    journal = opened(disk, keeper)
    assert "compact" not in os.listdir(disk.folder)
    kinds = [one for one in bad(read_all(disk)) if one[0] == verdict.MISSING]
    assert len(kinds) == 1 and kinds[0][1] == gone  # removed by somebody, and named
    disk.unmount()


def test_damage_in_a_segment_that_is_compacted_spoils_its_own_record_only():
    disk = Disk(blocks=40)
    keeper = Holder()
    journal = opened(disk, keeper)
    urgent = fill(journal, 80, 10)
    journal.flush(0)
    name = disk.segments()[0]
    disk.damage(name, 41 + 23 * (urgent[2] - 2) + 4)  # the record before the third alarm
    disk.damage(name, 41 + 23 * (urgent[4] - 1) + 4)  # and the fifth alarm itself
    disk.mount()
    journal = opened(disk, keeper)
    urgent += fill(journal, 400, 10)
    journal.close(0)
    found = numbers(journal)
    assert [seq for seq in urgent if seq not in found] == [urgent[4]]
    assert bad(read_all(disk)) == [(verdict.UNVERIFIED, urgent[2], urgent[2])]
    disk.unmount()


def test_what_somebody_has_removed_is_not_hidden_by_what_is_given_up_later():
    disk = Disk(blocks=40)
    keeper = Holder(10**6)
    journal = opened(disk, keeper)
    fill(journal, 600)
    journal.close(0)
    oldest, following = journal.firsts[0], journal.firsts[1]
    os.remove(disk.folder + "/" + disk.segments()[0])
    for _ in range(3):
        journal = opened(disk, keeper)
        fill(journal, 500)
        journal.close(0)
        found = bad(read_all(disk))
        assert found == [(verdict.MISSING, oldest, following - 1)], found
    assert len(disk.segments()) == 4 and journal.discarded > 0
    disk.unmount()
