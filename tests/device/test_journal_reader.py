"""Reader: looking for a few kinds among many, pausing a long search, going on where it stopped."""

from array import array

from test_journal_rig import Disk, record

import micropython
from codec.fields import put_u32
from journal import segment
from journal.chain import Chain
from journal.frame import GAP, check, length, seal, seq_of
from journal.log import Journal
from journal.reader import Reader
from journal.segment import HEAD
from journal.skim import hunt, skim
from journal.survey import gap

FRAME = 23
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


def plain(buf, at, end, kinds, passed):
    """What `skim` does, one frame at a time."""
    passed[0] = -1
    while at + 1 < end:
        after = check(buf, at, end)
        gap = buf[at] == GAP
        if after <= 0 or (not gap and buf[at + 1] < 31 and kinds >> buf[at + 1] & 1):
            break
        passed[0] = at
        passed[1] += 0 if gap else 1
        at = after
    return at


def frames(n):
    """(buffer, its end) with frames of many kinds, numbers 1 to n, and gaps now and then."""
    buf = bytearray(900)
    end = 0
    for i in range(n):
        if i % 7 == 3:
            buf[end : end + 24] = gap(Chain(), 1000 + i, 2000 + i, 5, b"link", True)
            end += 24
        size = 11 + i % 8
        buf[end + 1 : end + 1 + size] = record((3, 3, 3, 200, 31, 30, 4, 3, 10, 0)[i % 10], i, size)
        put_u32(buf, end + 2, i + 1)
        end = seal(buf, end, size, bytes((i, 0, 0, 1)))
    return buf, end


def test_skim_is_what_one_frame_at_a_time_does():
    buf, end = frames(30)
    ours = array("i", [0, 0])
    theirs = array("i", [0, 0])
    for mask in (0, MASK, 1 << 30, 1, 1 << 3, 1 << 8):
        at = 0
        while at < end:
            for limit in (end, end - 1, at + 1, at + 13, at + 40):
                if limit <= end:
                    assert skim(buf, at, limit, mask, ours) == plain(buf, at, limit, mask, theirs), (at, limit, mask)
                    assert ours == theirs, (at, limit, mask)
            at += length(buf, at)
    assert theirs[1] > 100
    for i in range(0, end, 3):
        buf[i] ^= 0x40
        assert skim(buf, 0, end, MASK, ours) == plain(buf, 0, end, MASK, theirs), i
        buf[i] ^= 0x40
    for blank in (b"\x00", b"\xff"):
        assert skim(bytearray(blank * 50), 0, 50, 0, ours) == 0 and ours[0] == -1


def slow_hunt(buf, at, end, low, high, whole):
    """What `hunt` does, one byte at a time."""
    for i in range(at, end):
        n = length(buf, i)
        if not n:
            continue
        if i + (9 if buf[i] == GAP else 6) > end:
            if not whole:
                return i
        elif low < seq_of(buf, i) <= high:
            if check(buf, i, end) > 0 or (i + n > end and not whole):
                return i
    return end


def test_hunt_is_what_one_byte_at_a_time_does():
    buf, end = frames(30)
    x = 1
    for round_ in range(60):
        for at in (1, 5, 40, 41, 300):
            for low, high in ((0, 3000), (10, 20), (25, 24), (0, 0x3FFFFFFF)):
                for limit in (end, end - 3):
                    for whole in (0, 1):
                        found = hunt(buf, at, limit, low, high, whole)
                        assert found == slow_hunt(buf, at, limit, low, high, whole), (round_, at, low, limit, whole)
        x = (x * 1103515245 + 12345) & 0x3FFFFFFF
        buf[(x >> 8) % end] = x & 0xFF


def test_skim_and_hunt_do_not_allocate():
    buf, end = frames(20)
    passed = array("i", [0, 0])
    micropython.heap_lock()
    try:
        stop = skim(buf, 0, end, 0, passed)
        found = hunt(buf, 1, end, 0, 5000, 1)
    finally:
        micropython.heap_unlock()
    assert stop == end and passed[1] == 20 and found == 18


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
        disk.damage(name, HEAD + (hit - 1) * FRAME + 5)
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
    seal(frame, 0, 16, bytes(4))
    outer = record(3, 1, 40)
    outer[14 : 14 + FRAME] = frame
    journal.append(outer, 40, 0)
    for kind in (3, 4, 3, 3):
        seq = journal.append(record(kind, 1), 16, 0)
        if kind == 4:
            rare.append(seq)
    journal.close(0)
    disk.damage(disk.segments()[0], HEAD + 20 * FRAME + 40)
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
