"""Journal: numbers, flush policy, segments, discard, reading while writing, replay."""

import os

from test_journal_rig import Disk, record, value_of

import micropython
from journal import segment
from journal.frame import SEQ_MAX
from journal.log import Journal

WRAP = (1 << 30) - 500  # ticks just before they wrap


def fresh(disk, **options):
    journal = Journal(disk.folder, **options)
    assert journal.open(), journal.fault
    return journal


def fill(journal, n, t_ms=0, start=0, size=16, urgent=False):
    for i in range(start, start + n):
        assert journal.append(record(1, i, size), size, t_ms, urgent) > 0


def contents(journal, from_seq=1):
    """[(seq, value)], with the stamps checked."""
    found = []
    for seq, data in journal.read(from_seq):
        assert data[1] | data[2] << 8 | data[3] << 16 | data[4] << 24 == seq
        found.append((seq, value_of(data)))
    return found


def test_numbers_begin_at_one_and_follow_each_other():
    disk = Disk()
    journal = fresh(disk)
    assert journal.boot == 1 and journal.next_seq == 1 and journal.flushed_seq == 0
    assert [journal.append(record(1, i), 16, 0) for i in range(5)] == [1, 2, 3, 4, 5]
    assert journal.flushed_seq == 0 and contents(journal) == []
    assert journal.flush(0) and journal.flushed_seq == 5
    assert contents(journal) == [(i + 1, i) for i in range(5)]
    assert contents(journal, 4) == [(4, 3), (5, 4)]
    assert contents(journal, 6) == []
    disk.unmount()


def test_flush_by_count_by_time_and_at_once():
    disk = Disk()
    journal = fresh(disk, flush_count=10, flush_ms=1000)
    fill(journal, 9, WRAP)
    assert journal.flushed_seq == 0
    fill(journal, 1, WRAP)
    assert journal.flushed_seq == 10
    fill(journal, 1, WRAP)
    journal.tick((WRAP + 999) & 0x3FFFFFFF)
    assert journal.flushed_seq == 10
    journal.tick((WRAP + 1000) & 0x3FFFFFFF)  # the ticks have wrapped
    assert journal.flushed_seq == 11
    fill(journal, 1, 5000)
    fill(journal, 1, 6000)  # an append flushes an old record too
    assert journal.flushed_seq == 13
    fill(journal, 1, 6000)
    fill(journal, 1, 6000, urgent=True)
    assert journal.flushed_seq == 15
    disk.unmount()


def test_memory_full_flushes_before_the_count():
    disk = Disk()
    journal = fresh(disk, flush_count=1000)
    fill(journal, 20, size=200)
    assert journal.flushed_seq > 0 and journal.fault == 0
    journal.flush(0)
    assert [v for _, v in contents(journal)] == list(range(20))
    disk.unmount()


def test_restart_goes_on_counting_and_counts_boots():
    disk = Disk()
    expected = []
    for boot in range(1, 6):
        journal = fresh(disk)
        assert journal.boot == boot and journal.recovered == len(expected) and journal.damaged == 0
        assert journal.next_seq == len(expected) + 1
        fill(journal, 7, start=boot * 100)
        expected += range(boot * 100, boot * 100 + 7)
        journal.close(0)
        fill(journal, 1)  # never flushed: gone, and its number is free again
        disk.mount()
        assert [v for _, v in contents(fresh_reader(disk))] == expected
    disk.unmount()


def fresh_reader(disk):
    """A journal opened without writing its state: what a reader of the files sees."""
    journal = Journal(disk.folder)
    journal.firsts = sorted([segment.first_of(name) for name in disk.segments()])
    journal.flushed_seq = SEQ_MAX
    return journal


def test_segments_are_bounded_and_the_oldest_goes():
    disk = Disk(blocks=40)
    journal = fresh(disk, segment_bytes=2048, max_segments=4)
    fill(journal, 700)
    journal.flush(0)
    assert len(disk.segments()) == 4 and len(journal.firsts) == 4
    for name in disk.segments():
        assert len(disk.get(name)) <= 2048
    found = contents(journal)
    assert found[-1] == (700, 699) and found[0][0] == journal.firsts[0] == journal.discarded + 1
    assert [s for s, _ in found] == list(range(journal.firsts[0], 701))
    assert contents(journal, 3)[0][0] == journal.firsts[0]
    disk.mount()
    again = fresh(disk, segment_bytes=2048, max_segments=4)
    assert again.next_seq == 701 and again.recovered == len(found)
    disk.unmount()


def test_reading_goes_on_while_writing():
    disk = Disk(blocks=40)
    journal = fresh(disk, segment_bytes=2048, flush_count=5)
    fill(journal, 50)
    seen = []
    for seq, data in journal.read(1):
        seen.append(seq)
        assert value_of(data) == seq - 1
        if seq <= 200:
            fill(journal, 2, start=len(seen) * 2 + 48)
    journal.flush(0)
    assert seen == list(range(1, len(seen) + 1)) and len(seen) >= 400
    disk.unmount()


def test_reader_passes_over_a_segment_discarded_under_it():
    disk = Disk(blocks=40)
    journal = fresh(disk, segment_bytes=2048, max_segments=3)
    fill(journal, 200)
    journal.flush(0)
    seen = []
    for seq, _ in journal.read(1):
        seen.append(seq)
        if len(seen) == 10:
            fill(journal, 300, start=200)
            journal.flush(0)
    assert seen[-1] == 500 and seen == sorted(seen)
    disk.unmount()


def test_records_of_wrong_size_are_refused():
    disk = Disk()
    journal = fresh(disk)
    for n in (0, 10, 241, 255):
        assert journal.append(bytearray(256), n, 0) == 0
    assert journal.refused == 4 and journal.next_seq == 1 and journal.fault == 0
    for n in (11, 240):
        assert journal.append(record(1, n, 256), n, 0) > 0
    journal.flush(0)
    assert [len(data) for _, data in journal.read()] == [11, 240]
    disk.unmount()


def test_a_journal_that_is_not_open_takes_nothing():
    disk = Disk()
    journal = Journal(disk.folder + "/no/such/folder")
    assert not journal.open() and journal.fault
    assert journal.append(record(1, 1), 16, 0, True) == 0 and journal.refused == 1
    assert journal.flush(0) and contents(journal) == []
    disk.unmount()


def test_floor_is_respected_and_survives():
    disk = Disk()
    journal = fresh(disk)
    fill(journal, 3)
    journal.close(0)
    disk.mount()
    journal = Journal(disk.folder)
    assert journal.open(1000) and journal.next_seq == 1000
    fill(journal, 3)
    journal.close(0)
    disk.mount()
    journal = fresh(disk)
    assert journal.next_seq == 1003 and [s for s, _ in contents(journal)] == [1, 2, 3, 1000, 1001, 1002]
    journal.close(0)
    for name in disk.segments():  # all segments lost: the state file remembers the number at boot
        os.remove(disk.folder + "/" + name)
    disk.mount()
    assert fresh(disk).next_seq == 1003
    disk.unmount()


def test_numbers_end_before_they_would_need_more_than_a_small_integer():
    disk = Disk()
    journal = Journal(disk.folder)
    assert journal.open(SEQ_MAX - 1)
    fill(journal, 2)
    assert journal.append(record(1, 9), 16, 0) == 0 and journal.refused == 1
    assert journal.flush(0) and [s for s, _ in contents(journal)] == [SEQ_MAX - 1, SEQ_MAX]
    disk.unmount()


def test_boot_counter_wraps_and_outlives_its_file():
    disk = Disk()
    for state, boot in ((65535, 0), (0, 1)):
        journal = Journal(disk.folder)
        journal.open()
        from journal import marks

        marks.save(disk.folder + "/state", (state, 1, 0, 0))
        journal = fresh(disk)
        assert journal.boot == boot
        fill(journal, 1)
        journal.close(0)
    os.remove(disk.folder + "/state")
    assert fresh(disk).boot == 2  # taken from the last record
    disk.unmount()


def test_append_does_not_allocate():
    disk = Disk()
    journal = fresh(disk)
    data = record(1, 1)
    journal.append(data, 16, 0)
    micropython.heap_lock()
    try:
        for _ in range(20):
            journal.append(data, 16, 0)
        journal.tick(0)
    finally:
        micropython.heap_unlock()
    assert journal.next_seq == 22
    disk.unmount()
