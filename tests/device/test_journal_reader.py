"""Reader: looking for a few kinds among many, pausing a long search, going on where it stopped."""

from test_journal_rig import Disk, record

import micropython
from journal import segment
from journal.frame import check, seal
from journal.log import Journal
from journal.reader import Reader
from journal.skim import skim

FRAME = 19
MASK = (1 << 4) | (1 << 10)


def written(disk, n, every, **options):
    """`n` records of kind 3, each `every`th of kind 4; numbers of the latter."""
    journal = Journal(disk.folder, **options)
    assert journal.open()
    rare = []
    for i in range(n):
        kind = 4 if i % every == every - 1 else 3
        seq = journal.append(record(kind, i), 16, 0)
        if kind == 4:
            rare.append(seq)
    journal.flush(0)
    return journal, rare


def plain(buf, at, end, kinds):
    """What `skim` does, one frame at a time."""
    last = 0xFFF
    while at + 1 < end:
        after = check(buf, at, end)
        if after <= 0 or (buf[at + 1] < 31 and kinds >> buf[at + 1] & 1):
            break
        last = at
        at = after
    return at | last << 12


def test_skim_is_what_one_frame_at_a_time_does():
    buf = bytearray(700)
    end = 0
    kinds = []
    for i in range(30):
        kind = (3, 3, 3, 200, 31, 30, 4, 3, 10, 0)[i % 10]
        buf[end + 1 : end + 1 + 11 + i % 8] = record(kind, i, 11 + i % 8)
        end = seal(buf, end, 11 + i % 8)
        kinds.append(kind)
    for mask in (0, MASK, 1 << 30, 1, 1 << 3, 1 << 8):
        at = 0
        while at < end:
            for limit in (end, end - 1, at + 1, at + 13, at + 40):
                if limit <= end:
                    assert skim(buf, at, limit, mask) == plain(buf, at, limit, mask), (at, limit, mask)
            at += buf[at] + 3
    for i in range(0, end, 3):
        buf[i] ^= 0x40
        assert skim(buf, 0, end, MASK) == plain(buf, 0, end, MASK), i
        buf[i] ^= 0x40
    assert skim(bytearray(50), 0, 50, 0) == 0xFFF000 and skim(bytearray(b"\xff" * 50), 0, 50, 0) == 0xFFF000


def test_skim_does_not_allocate():
    buf = bytearray(400)
    end = 0
    for i in range(20):
        buf[end + 1 : end + 17] = record(3, i)
        end = seal(buf, end, 16)
    micropython.heap_lock()
    try:
        stop = skim(buf, 0, end, MASK)
    finally:
        micropython.heap_unlock()
    assert stop & 0xFFF == end and stop >> 12 == end - FRAME


def test_rare_kinds_are_all_found():
    for every in (1, 2, 7, 40, 500):
        disk = Disk(blocks=40)
        journal, rare = written(disk, 1000, every, segment_bytes=4096)
        for chunk in (250, 512, 1024):
            reader = Reader(journal, chunk)
            reader.seek(1)
            found = []
            while reader.next(MASK):
                assert reader.buf[reader.start] == 4
                found.append(reader.seq)
            assert found == rare
            assert reader.seq >= 999  # and the search has come to the end
        reader.seek(500)
        assert reader.next(MASK) == min([s for s in rare if s >= 500])
        disk.unmount()


def test_a_search_opens_each_file_once_and_keeps_to_its_segments():
    disk = Disk(blocks=40)
    journal, rare = written(disk, 1000, 400, segment_bytes=4096)
    assert len(journal.firsts) >= 4
    opened = []

    def counting(path, mode):
        opened.append(path)
        return open(path, mode)

    segment.open = counting  # pyright: ignore[reportAttributeAccessIssue]
    try:
        reader = Reader(journal, 250)
        reader.seek(1)
        last = journal.firsts[1] - 1
        assert last < rare[0] and reader.next(MASK, last) == 0
        assert len(opened) == 1
        assert reader.next(MASK) == rare[0]  # a bound is for one call
        opened.clear()
        found = []
        reader.seek(1)
        while reader.next(1 << 3, 1000, True):
            found.append(reader.seq)
        assert found == [s for s in range(1, 1001) if s not in rare]
        assert len(opened) == len(journal.firsts)
    finally:
        del segment.open  # pyright: ignore[reportAttributeAccessIssue]
    disk.unmount()


def test_a_search_goes_on_when_more_is_written():
    disk = Disk(blocks=40)
    journal, _ = written(disk, 100, 30)
    reader = Reader(journal)
    reader.seek(91)
    assert reader.next(MASK) == 0
    for i in range(300):
        kind = 10 if i % 100 == 50 else 3
        seq = journal.append(record(kind, i), 16, 0, kind == 10)
        assert reader.next(MASK) == (seq if kind == 10 else 0)
    disk.unmount()


def test_damage_does_not_hide_what_is_looked_for():
    disk = Disk()
    journal, rare = written(disk, 200, 10)
    journal.close(0)
    (name,) = disk.segments()
    for hit in (3, 10, 50, 51, 199):
        whole = disk.get(name)
        disk.damage(name, 12 + (hit - 1) * FRAME + 5)
        reader = Reader(journal)
        reader.seek(1)
        found = []
        while reader.next(MASK):
            found.append(reader.seq)
        assert found == [s for s in rare if s != hit] and reader.damaged == 1
        disk.put(name, whole)
    disk.unmount()


def test_a_frame_inside_a_damaged_record_does_not_mislead_a_search():
    disk = Disk()
    journal, rare = written(disk, 20, 10)
    frame = bytearray(FRAME)
    frame[1:17] = record(3, 9)
    frame[3] = 2  # 512: a number not given out yet
    seal(frame, 0, 16)
    outer = record(3, 1, 40)
    outer[14 : 14 + FRAME] = frame
    journal.append(outer, 40, 0)
    for kind in (3, 4, 3, 3):
        seq = journal.append(record(kind, 1), 16, 0)
        if kind == 4:
            rare.append(seq)
    journal.close(0)
    disk.damage(disk.segments()[0], 12 + 20 * FRAME + 40)
    reader = Reader(journal)
    reader.seek(1)
    found = []
    while reader.next(MASK):
        found.append(reader.seq)
    assert found == rare == [10, 20, 23] and reader.damaged == 1
    disk.unmount()


def test_a_long_search_pauses_and_goes_on():
    disk = Disk(blocks=40)
    journal, rare = written(disk, 3000, 2990, segment_bytes=8192)
    reader = Reader(journal)
    reader.seek(1)
    pauses = 0
    while True:
        reader.budget = 10
        seq = reader.next(MASK)
        if seq:
            break
        assert reader.paused
        pauses += 1
    assert [seq] == rare and 3000 * FRAME // 512 // 10 - 2 <= pauses <= 3000 * FRAME // 400 // 10 + 2
    reader.budget = 10
    assert reader.next(MASK) == 0 and not reader.paused
    disk.unmount()
