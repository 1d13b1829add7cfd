"""Power cut at every write and erase of a workload with urgent records, in four ways, on the real littlefs.

After each cut the flash must mount, the journal must open, no record that was reported flushed may be lost or changed, no
number may be used for two different records, and a second life must go on rightly. One small segment size makes new
segments and discards part of it.
"""

from test_journal_rig import CUTS, Disk, record, value_of

from journal.log import Journal

INTERPRETERS = ("mp64", "mp32")  # littlefs is there alone
RECORDS = 150
OPTIONS = {"segment_bytes": 900, "max_segments": 3, "flush_count": 12, "flush_ms": 100000}


def opened(disk):
    journal = Journal(disk.folder, **OPTIONS)
    journal.open()
    return journal


def live(journal, disk, first_value, n, flushed):
    """One life: append until done or power fails; `flushed` maps seq -> value of all that was reported flushed."""
    waiting = {}
    for i in range(n):
        value = first_value + i
        seq = journal.append(record(1, value, 16 + i % 9), 16 + i % 9, i * 10, i % 7 == 3)
        if seq:
            waiting[seq] = value
        for seq in list(waiting):
            if seq <= journal.flushed_seq:
                assert seq not in flushed, "number used twice"
                flushed[seq] = waiting.pop(seq)
        if disk.flash.dead:
            return


def check(journal, flushed):
    """All that was flushed is there, except what was given up for room; returns the records found as {seq: value}."""
    first = oldest(journal)
    found = {}
    last = 0
    for seq, data in journal.read(1):
        assert seq > last
        last = seq
        found[seq] = value_of(data)
    for seq, value in flushed.items():
        if seq >= first:
            assert found.get(seq) == value, "flushed record %d lost" % seq
        assert seq < journal.next_seq
    assert last < journal.next_seq
    return found


def oldest(journal):
    """First number of the oldest segment the journal believes it has: what is below was given up on purpose."""
    return journal.firsts[0] if journal.firsts else 1


def cut_once(image, cut_at, cut, known=1):
    """Cut in the first life, check, live on, check again; returns False when the workload ended before the cut."""
    disk = Disk(image=image, cut_at=cut_at, cut=cut)
    flushed = {}
    journal = opened(disk)
    if not disk.flash.dead:
        live(journal, disk, 0, RECORDS, flushed)
    was_cut = disk.flash.dead
    given_up = max(known, oldest(journal))
    disk.power_up()
    journal = opened(disk)
    assert journal.fault == 0 and journal.damaged == 0
    seen = check(journal, flushed)
    assert oldest(journal) <= given_up
    flushed.update(seen)  # what is on flash now may be sent now
    live(journal, disk, 1000, 40, flushed)
    assert journal.close(10**6)
    given_up = oldest(journal)
    disk.mount()
    journal = opened(disk)
    found = check(journal, flushed)
    for seq, value in seen.items():
        assert seq < given_up or found[seq] == value
    assert oldest(journal) == given_up and len(journal.firsts) <= OPTIONS["max_segments"]
    disk.unmount()
    return was_cut


def image_with_history():
    """A flash that already holds two segments, so that discarding is part of the workload."""
    disk = Disk(blocks=24)
    journal = opened(disk)
    live(journal, disk, 5000, 50, {})
    journal.close(0)
    disk.unmount()
    return bytes(disk.flash.image), oldest(journal)


def test_power_cut_at_every_operation():
    image, known = image_with_history()
    points = 0
    for cut in CUTS:
        cut_at = 0
        while cut_once(image, cut_at, cut, known):
            cut_at += 1
        points += cut_at
    print("    power cut at %d points" % points)
    assert points >= 500


def test_cuts_in_the_first_life_of_an_empty_flash():
    disk = Disk(blocks=16)
    disk.unmount()
    image = bytes(disk.flash.image)
    for cut in CUTS:
        for cut_at in range(40):
            assert cut_once(image, cut_at, cut)


def test_cut_in_every_boot_never_stops_the_numbers():
    disk = Disk(blocks=16)
    flushed = {}
    for life in range(60):
        disk.flash.operations = 0
        disk.flash.cut = CUTS[life % 4]
        disk.flash.cut_at = 3 + life * 5 % 37
        journal = opened(disk)
        if not disk.flash.dead:
            live(journal, disk, life * 100, 30, flushed)
        disk.power_up()
        probe = Journal(disk.folder, **OPTIONS)
        assert probe.open()
        flushed.update(check(probe, flushed))
    assert len(flushed) > 60
    disk.unmount()
