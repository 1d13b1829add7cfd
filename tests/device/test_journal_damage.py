"""Journal over damaged files: torn tails, flipped bits, garbage, missing and foreign files, at boot and while reading."""

import os

from test_journal_rig import Disk, record, value_of

from journal import marks
from journal.frame import SMALLEST, seal
from journal.log import Journal
from journal.segment import HEAD, first_of, path_of

FRAME = 23  # a record of 16 bytes in its frame


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


def numbers(journal):
    found = []
    for seq, data in journal.read(1):
        value_of(data)
        found.append(seq)
    return found


def test_torn_tails_of_every_length_are_never_appended_to():
    disk = Disk()
    written(disk)
    (name,) = disk.segments()
    whole = disk.get(name)
    assert len(whole) == HEAD + 40 * FRAME
    for cut in range(1, 3 * FRAME + 2):
        for other in disk.segments():
            os.remove(disk.folder + "/" + other)
        os.remove(disk.folder + "/state")
        torn = whole[: len(whole) - cut]
        disk.put(name, torn)
        journal = reopened(disk)
        kept = (len(torn) - HEAD) // FRAME
        lost_b = (len(torn) - HEAD) % FRAME
        assert journal.damaged == (1 if lost_b else 0) and journal.recovered == kept
        assert journal.next_seq == kept + 1 + lost_b // SMALLEST
        expected = list(range(1, kept + 1)) + [journal.next_seq]
        assert journal.append(record(1, 99), 16, 0, True)
        assert numbers(journal) == expected
        assert len(disk.segments()) == (2 if lost_b else 1)
        if lost_b:
            assert disk.get(name) == torn
        journal.close(0)
        again = reopened(disk)
        assert numbers(again) == expected and again.next_seq == expected[-1] + 1 and again.damaged == 0
    disk.unmount()


def test_any_damaged_byte_loses_at_most_its_own_record():
    disk = Disk()
    written(disk)
    (name,) = disk.segments()
    whole = disk.get(name)
    for at in range(len(whole)):
        for mask in (0x01, 0xFF):
            if mask == 1 and at % 3:
                continue
            data = bytearray(whole)
            data[at] ^= mask
            disk.put(name, data)
            hit = (at - HEAD) // FRAME + 1 if at >= HEAD else 0
            journal = reopened(disk)
            assert journal.damaged == 1, at
            assert numbers(journal) == [s for s in range(1, 41) if s != hit], at
            assert journal.next_seq >= 41, at  # even when the last record is the one that was lost
            assert journal.append(record(1, 99), 16, 0, True) >= 41
            for other in disk.segments()[1:]:
                os.remove(disk.folder + "/" + other)
            os.remove(disk.folder + "/state")
            journal.close(0)
    disk.unmount()


def test_garbage_and_foreign_files_in_the_folder():
    disk = Disk()
    written(disk)
    noise = bytearray(3000)
    x = 12345
    for i in range(len(noise)):
        x = (x * 1103515245 + 12345) & 0x3FFFFFFF
        noise[i] = x >> 16 & 0xFF
    disk.put("00000029.jnl", noise)  # the next segment, pure garbage
    disk.put("notes.txt", b"hello")
    disk.put("nothexno.jnl", b"hello")
    journal = reopened(disk)
    assert journal.damaged == 1 and journal.next_seq >= 41 + len(noise) // SMALLEST
    assert numbers(journal) == list(range(1, 41))
    seq = journal.append(record(1, 0), 16, 0, True)
    assert numbers(journal) == list(range(1, 41)) + [seq]
    assert disk.get("notes.txt") == b"hello"
    disk.unmount()


def test_a_frame_inside_a_damaged_record_is_taken_only_if_its_number_fits():
    for inner, found in ((500, [1, 3]), (1, [1, 3]), (2, [1, 2, 3])):
        disk = Disk()
        journal = Journal(disk.folder)
        assert journal.open()
        frame = bytearray(FRAME)
        frame[1:17] = record(1, 99)
        frame[2] = inner & 0xFF
        frame[3] = inner >> 8
        seal(frame, 0, 16, bytes(4))
        outer = record(1, 1, 40)
        outer[14 : 14 + FRAME] = frame
        for data in (record(1, 0), outer, record(1, 2)):
            assert journal.append(data, len(data), 0)
        journal.close(0)
        disk.damage(disk.segments()[0], HEAD + FRAME + 40)  # the outer frame's last byte but two
        journal = reopened(disk)
        assert [seq for seq, _ in journal.read()] == found, inner
        disk.unmount()


def test_what_a_failed_flush_left_behind_is_read_once_and_only_when_it_counts():
    disk = Disk()
    journal = Journal(disk.folder)
    assert journal.open()
    for i in range(3):
        journal.append(record(1, i), 16, 0)
    assert journal.close(0)
    frame = bytearray(FRAME)
    frame[1:17] = record(1, 3)
    frame[2] = 4
    frame[6] = journal.boot
    seal(frame, 0, 16, bytes(4))
    (name,) = disk.segments()
    disk.put(name, disk.get(name) + frame)  # record 4 is stored, but its flush was reported as failed
    assert numbers(journal) == [1, 2, 3]
    assert journal.append(record(1, 3), 16, 0) == 4
    assert numbers(journal) == [1, 2, 3]
    assert journal.append(record(1, 4), 16, 0, True) == 5
    assert numbers(journal) == [1, 2, 3, 4, 5] and len(disk.segments()) == 2
    journal.close(0)
    journal = reopened(disk)
    assert numbers(journal) == [1, 2, 3, 4, 5] and journal.next_seq == 6
    disk.unmount()


def test_empty_segment_left_by_a_cut_is_removed():
    disk = Disk()
    written(disk)
    disk.put("00000029.jnl", b"")
    journal = reopened(disk)
    assert disk.segments() == ["00000001.jnl"] and journal.next_seq == 41 and journal.damaged == 0
    disk.unmount()


def test_damage_in_an_older_segment_is_counted_and_passed():
    disk = Disk(blocks=40)
    written(disk, 400, segment_bytes=2048)
    disk.damage(disk.segments()[1], 500)
    journal = reopened(disk, segment_bytes=2048)
    assert journal.damaged == 0
    found = [seq for seq, _ in journal.read()]
    assert len(found) == 399 and journal.unreadable == 1
    disk.unmount()


def test_a_missing_segment_is_passed():
    disk = Disk(blocks=40)
    written(disk, 400, segment_bytes=2048)
    journal = reopened(disk, segment_bytes=2048)
    gone = journal.firsts[1]
    os.remove(path_of(disk.folder, gone))
    found = [seq for seq, _ in journal.read()]
    assert found == list(range(1, gone)) + list(range(journal.firsts[2], 401)) and journal.unreadable >= 1
    disk.unmount()


def test_damaged_state_file_costs_nothing_but_the_floor():
    disk = Disk()
    written(disk)
    whole = disk.get("state")
    flipped = [whole[:i] + bytes([whole[i] ^ 4]) + whole[i + 1 :] for i in range(len(whole))]
    for data in [b"", b"\x02", whole[:-1], b"\xff" * 40, bytes(len(whole))] + flipped:
        disk.put("state", data)
        assert marks.load(disk.folder + "/state", 4) is None
        journal = reopened(disk)
        assert journal.boot == 2 and journal.next_seq == 41
    disk.unmount()


def test_marks_of_a_longer_file_are_read_as_far_as_known():
    disk = Disk()
    written(disk, 1)
    path = disk.folder + "/m"
    marks.save(path, (1, 2, 0xFFFFFFFF))
    assert marks.load(path, 2) == [1, 2] and marks.load(path, 3) == [1, 2, 0xFFFFFFFF] and marks.load(path, 4) is None
    disk.unmount()


def test_names_of_segments():
    assert first_of("0000002a.jnl") == 42
    for name in ("2a.jnl", "zz00002a.jnl", "state", "0000002a.txt", ""):
        assert first_of(name) == -1
