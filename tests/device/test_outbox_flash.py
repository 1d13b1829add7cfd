"""Outbox on a flash that fails or loses power, under the real littlefs."""

from test_journal_rig import Disk
from test_outbox_delivery import Tag

from tag import events

INTERPRETERS = ("mp64", "mp32")  # littlefs is there alone


def test_flash_that_cannot_be_read_for_a_while_loses_nothing():
    tag = Tag(Disk())
    seqs = [tag.reading(i) for i in range(50)]
    tag.journal.flush(tag.t_ms)
    assert tag.batch(200) == seqs[:12]
    tag.disk.flash.dead = True
    tag.wait(10000)
    seen = tag.batch()  # what is in memory still goes
    assert len(seen) < 50 and tag.batch() == [] and tag.outbox.pending() == 50
    tag.disk.flash.dead = False
    seen += tag.batch()
    tag.wait(10000)
    seen += tag.batch()
    assert sorted(set(seen)) == seqs
    tag.disk.unmount()


def test_records_in_flight_outlive_a_flash_that_cannot_be_read():
    tag = Tag(Disk())
    seqs = [tag.reading(i) for i in range(60)]
    tag.journal.flush(tag.t_ms)
    assert tag.batch() == seqs
    tag.disk.flash.dead = True
    for _ in range(10):
        tag.wait(60000)
        tag.batch()
    tag.disk.flash.dead = False
    tag.wait(200000)
    assert tag.batch() == seqs and tag.wifi.bulk.lost == 0 and tag.outbox.pending() == 60
    tag.disk.unmount()


def test_an_idle_outbox_leaves_the_flash_alone():
    tag = Tag(Disk())
    for i in range(20):
        tag.reading(i)
    tag.outbox.close(tag.t_ms)
    tag.disk.damage(tag.disk.segments()[0], -4)  # the last record: its number is flushed, and will never be read
    tag.restart()
    seqs = tag.batch()
    assert len(seqs) == 19
    tag.ack(seqs)
    tag.batch()
    reads = tag.disk.flash.reads
    for _ in range(50):
        assert tag.batch() == []
    assert tag.disk.flash.reads == reads
    tag.disk.unmount()


def test_power_cut_in_any_write_of_the_cursor_file():
    for cut in range(4):
        for cut_at in range(0, 60, 3):
            disk = Disk(blocks=16)
            tag = Tag(disk)
            seqs = [tag.alarm(events.ON, value=i) for i in range(3)]
            tag.batch()
            tag.ack(seqs[:1])
            tag.outbox.close(tag.t_ms)
            disk.flash.operations = 0
            disk.flash.cut = cut
            disk.flash.cut_at = cut_at
            tag.ack(seqs[1:])
            for i in range(20):
                seqs.append(tag.alarm(events.ON, value=i))
                if i % 5 == 0:
                    tag.outbox.close(tag.t_ms)
            flushed = tag.journal.flushed_seq
            disk.power_up()
            tag.restart()
            sent = tag.batch()
            assert set(sent) >= set([s for s in seqs if 3 < s <= flushed]) and 1 not in sent
            assert sent == sorted(sent)
            disk.unmount()


def test_a_boot_reads_as_much_however_old_the_oldest_alarm_is():
    reads = []
    for n in (600, 5000):
        tag = Tag(Disk(blocks=48), segment_bytes=8192, max_segments=24)
        alarms = [tag.alarm(events.ON, value=i) for i in range(5)]
        assert tag.batch() == alarms
        tag.ack(alarms[1:3])  # the first stays undelivered: everything behind it is still to be counted
        for i in range(n):
            tag.reading(i)
            tag.outbox.tick(tag.t_ms)
        alarms.append(tag.alarm(events.ON))
        tag.disk.mount()  # power cut
        tag.restart_journal()
        tag.disk.flash.reads = 0
        tag.restart_outbox()
        reads.append(tag.disk.flash.reads)
        assert tag.outbox._kept == 4
        seen = []
        for _ in range(30):  # a round looks through a few kilobytes only
            tag.wait(100)
            seqs = [seq for seq in tag.batch(17 * 6) if seq in alarms]
            tag.ack(seqs)
            seen += seqs
        assert seen == alarms and tag.wifi.kept.drained()
        tag.disk.unmount()
    assert reads[1] < 2 * reads[0] < 2000, reads
