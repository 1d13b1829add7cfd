"""Journal on a flash that refuses, dies or is full, under the real littlefs: never an exception, a fault, and healing."""

import os

from test_journal_rig import Disk, record, value_of

from journal import log
from journal.log import Journal

INTERPRETERS = ("mp64", "mp32")  # littlefs is there alone


def written(disk, n=40, **options):
    journal = Journal(disk.folder, **options)
    assert journal.open()
    for i in range(n):
        assert journal.append(record(1, i), 16, 0)
    assert journal.close(0)
    disk.mount()


def reopened(disk, **options):
    journal = Journal(disk.folder, **options)
    assert journal.open()
    return journal


def test_dead_flash_never_raises_and_heals():
    disk = Disk()
    journal = reopened(disk)
    assert journal.append(record(1, 0), 16, 0, True) and journal.fault == log.OK
    disk.flash.refuse = True
    t_ms = 0
    taken = 1
    for i in range(1, 200):
        t_ms += 10
        if journal.append(record(1, i), 16, t_ms, i % 40 == 0):
            taken += 1
    assert journal.fault == log.FAILED and journal.refused > 0 and journal.flushed_seq == 1
    assert journal.errors <= 3 * 3  # a dead flash is asked once a second, three times
    assert [seq for seq, _ in journal.read()] == [1]
    before = journal.refused
    assert journal.append(record(1, 0), 16, t_ms, True)  # memory is kept for urgent records
    taken += 1
    assert journal.append(record(1, 0), 16, t_ms, False) == 0 and journal.refused == before + 1
    disk.flash.refuse = False
    assert not journal.flush(t_ms)  # not yet asked again
    assert journal.flush(t_ms + 1000) and journal.fault == log.OK
    assert [seq for seq, _ in journal.read()] == list(range(1, taken + 1))
    disk.mount()
    assert reopened(disk).next_seq == taken + 1
    disk.unmount()


def test_one_failed_write_anywhere_loses_nothing():
    for done in (False, True):
        points = 0
        while True:
            disk = Disk(blocks=16)
            journal = Journal(disk.folder, segment_bytes=900, flush_count=6)
            journal.open()
            disk.flash.operations = 0
            disk.flash.fail_at = points
            disk.flash.fail_done = done
            taken = []
            for i in range(70):
                seq = journal.append(record(1, i), 16, i * 100, i % 9 == 4)
                assert seq
                taken.append(seq)
                if i % 10 == 0:
                    assert [seq for seq, _ in journal.read()] == taken[: journal.flushed_seq]
            assert journal.flush(20000) and journal.fault == log.OK
            assert [seq for seq, _ in journal.read()] == taken
            journal.close(20000)
            disk.flash.fail_at = -1
            over = disk.flash.operations <= points
            disk.mount()
            again = reopened(disk)
            assert [value_of(data) for _, data in again.read()] == list(range(70)) and again.next_seq == 71
            if over:
                break
            points += 1
        assert points > 40, points
    disk.unmount()


def test_flash_dead_at_boot_gives_no_numbers():
    disk = Disk()
    written(disk)
    disk.flash.dead = True
    journal = Journal(disk.folder)
    assert not journal.open() and journal.fault == log.FAILED
    assert journal.append(record(1, 0), 16, 0, True) == 0
    disk.power_up()
    assert journal.open() and journal.next_seq == 41 and journal.fault == log.OK
    disk.unmount()


def test_flash_that_is_read_only_at_boot_still_numbers_rightly():
    disk = Disk()
    written(disk)
    disk.flash.refuse = True
    journal = Journal(disk.folder)
    assert not journal.open() and journal.fault == log.FAILED and journal.next_seq == 41
    assert journal.append(record(1, 40), 16, 0, True) == 41 and journal.flushed_seq == 40
    disk.flash.refuse = False
    journal.tick(60000)
    assert journal.flushed_seq == 41 and journal.fault == log.OK
    disk.unmount()


def test_full_flash_gives_up_the_oldest_and_goes_on():
    disk = Disk(blocks=16)
    journal = Journal(disk.folder, segment_bytes=8192, max_segments=1000)
    assert journal.open()
    for i in range(6000):
        assert journal.append(record(1, i), 16, i, i % 50 == 0), i
    assert journal.flush(6000) and journal.fault == log.OK and journal.discarded > 0 and journal.refused == 0
    found = [seq for seq, _ in journal.read()]
    assert found == list(range(journal.firsts[0], 6001)) and len(found) > 1000
    disk.mount()
    assert reopened(disk).next_seq == 6001
    disk.unmount()


def test_flash_full_of_others_files_is_a_fault_until_there_is_room():
    disk = Disk(blocks=12)
    journal = reopened(disk)
    assert journal.append(record(1, 0), 16, 0, True)
    try:
        with open("/jt/hog", "wb") as file:
            while True:
                file.write(bytes(512))
    except OSError:
        pass
    with open("/jt/hog2", "wb") as file:
        try:
            while True:
                file.write(bytes(512))
                file.flush()
        except OSError:
            pass
    t_ms = 0
    for i in range(1, 300):
        t_ms += 100
        journal.append(record(1, i), 16, t_ms, i % 20 == 0)
    assert journal.fault == log.FULL and journal.refused > 0
    os.remove("/jt/hog2")
    try:
        os.remove("/jt/hog")
    except OSError:
        pass
    t_ms += 2000
    assert journal.append(record(1, 0), 16, t_ms, True) and journal.fault == log.OK
    found = [seq for seq, _ in journal.read()]
    assert found == list(range(1, len(found) + 1)) and found[-1] == journal.flushed_seq == journal.next_seq - 1
    disk.unmount()
