"""Outbox: order, repeats, confirmations in any order, cursors over restarts, discards, and the whole way over a lossy link."""

import os
import random

from test_journal_rig import Disk

import ticks
from journal.log import Journal
from tag import events
from tag.reporting.outbox import Outbox, unresolved
from tag.reporting.records import decode

START = (1 << 30) - 3000  # ticks wrap early in every test


def no_chance(bits):
    return 0


class Tag:
    """A journal and an outbox over a disk; `restart` loses all memory."""

    def __init__(self, disk, bits=no_chance, window=32, **options):
        self.disk = disk
        self.options = options
        self.bits = bits
        self.window = window
        self.t_ms = START
        self.buf = bytearray(1200)
        self.restart()

    def restart(self):
        self.restart_journal()
        self.restart_outbox()

    def restart_journal(self):
        self.journal = Journal(self.disk.folder, **self.options)
        self.journal.open()

    def restart_outbox(self):
        self.outbox = Outbox(self.journal, self.disk.folder + "/outbox", self.bits)
        self.wifi = self.outbox.uplink(self.window)
        self.outbox.open(self.t_ms)

    def wait(self, ms):
        self.t_ms = ticks.add(self.t_ms, ms)

    def reading(self, value):
        return self.outbox.put((events.READING, self.t_ms, events.CH4, 0, value), self.t_ms)

    def alarm(self, state, alarm=events.ALARM_GAS_HIGH, value=150):
        return self.outbox.put((events.ALARM, self.t_ms, alarm, state, events.CH4, value), self.t_ms)

    def batch(self, room=1200):
        """Numbers of the records sent now, in their order."""
        n = self.wifi.next_batch(self.buf, 0, room, self.t_ms)
        assert n <= room
        seqs = []
        at = 0
        while at < n:
            after = at + 1 + self.buf[at]
            seqs.append(decode(self.buf, at + 1, after)[1])
            at = after
        assert at == n and len(seqs) == self.wifi.batch_records
        return seqs

    def ack(self, seqs):
        self.outbox.ack(self.wifi, seqs, self.t_ms)


def test_urgent_first_then_oldest_first_and_only_what_is_flushed():
    tag = Tag(Disk())
    readings = [tag.reading(i) for i in range(3)]
    assert tag.batch() == [] and tag.outbox.pending() == 3
    alarm = tag.alarm(events.ON)  # urgent: flushes all
    assert tag.batch() == [alarm] + readings
    assert tag.outbox.pending() == 4
    assert tag.batch() == []
    tag.ack([alarm] + readings)
    assert tag.outbox.pending() == 0 and tag.wifi.kept.cursor() == tag.wifi.bulk.cursor() == alarm + 1
    tag.disk.unmount()


def test_a_link_that_was_away_for_a_week_finds_everything_due():
    for days in (1, 6, 7, 9, 12, 13, 20):
        tag = Tag(Disk(), window=4)
        alarms = [tag.alarm(events.ON, value=i) for i in range(4)]
        readings = [tag.reading(i) for i in range(20)]
        alarms.append(tag.alarm(events.OFF))
        tag.outbox.tick(tag.t_ms)
        tag.wait(60000)
        first = tag.batch()
        assert set(first) == set(alarms[1:] + readings[:8])  # the newest alarms; the first one is behind
        for _ in range(days):
            tag.wait(24 * 3600 * 1000)
        tag.wifi.resume(tag.t_ms)
        assert set(tag.batch()) == set(first), days
        tag.disk.unmount()


def gaps(tag, rounds):
    """Times between two tries of all that is there."""
    sent = []
    for _ in range(rounds):
        if tag.batch():
            sent.append(tag.t_ms)
        tag.wait(100)
    return [ticks.diff(sent[i + 1], sent[i]) for i in range(len(sent) - 1)]


def test_repeats_back_off_and_end_with_the_confirmation():
    tag = Tag(Disk())
    reading = tag.reading(1)
    tag.journal.flush(tag.t_ms)
    assert gaps(tag, 4000)[:7] == [2000, 4000, 8000, 16000, 32000, 60000, 60000]
    tag.ack([reading])
    alarm = tag.alarm(events.ON)
    found = gaps(tag, 4000)
    assert found[:11] == [1000, 1000, 2000, 2000, 4000, 4000, 8000, 8000, 16000, 16000, 30000] and max(found) == 30000
    tag.ack([alarm])
    tag.wait(100000)
    assert tag.batch() == []
    tag.ack([alarm, 77])
    assert tag.outbox.unknown_acks == 2 and tag.outbox.pending() == 0
    tag.disk.unmount()


def test_every_record_in_flight_has_its_own_time():
    tag = Tag(Disk())
    first = tag.alarm(events.ON)
    assert tag.batch() == [first]
    tag.wait(600)
    second = tag.alarm(events.ACKED)
    assert tag.batch() == [second]
    tag.wait(100)
    third = tag.reading(1)
    tag.journal.flush(tag.t_ms)
    assert tag.batch() == [third]
    tag.ack([first])
    tag.wait(899)
    assert tag.batch() == []
    tag.wait(1)
    assert tag.batch() == [second]
    tag.disk.unmount()


def test_readings_never_fill_what_an_alarm_did_not_fit():
    tag = Tag(Disk())
    alarms = [tag.alarm(events.ON, value=i) for i in range(3)]
    readings = [tag.reading(i) for i in range(2)]
    tag.journal.flush(tag.t_ms)
    assert tag.batch(2 * 17 + 16) == alarms[1:]
    assert tag.batch(2 * 17 + 16) == [alarms[0]] + readings
    tag.disk.unmount()


def test_jitter_is_bounded_by_a_quarter():
    for bits, first in ((0, 1000), (255, 1249)):
        tag = Tag(Disk(), bits=lambda n, bits=bits: bits)
        tag.alarm(events.ON)
        assert tag.batch()
        tag.wait(first - 1)
        assert tag.batch() == []
        tag.wait(1)
        assert len(tag.batch()) == 1
        tag.disk.unmount()


def test_confirmations_in_any_order():
    random.seed(7)
    tag = Tag(Disk())
    seqs = [tag.reading(i) for i in range(60)]
    tag.journal.flush(tag.t_ms)
    assert tag.batch() == seqs
    while seqs:
        seq = seqs.pop(random.getrandbits(10) % len(seqs))
        tag.ack([seq])
        assert tag.outbox.pending() == len(seqs)
        assert tag.wifi.bulk.cursor() == (seqs[0] if seqs else 61)
    tag.disk.unmount()


def test_whole_records_within_the_room_given():
    tag = Tag(Disk())
    alarm = tag.alarm(events.ON)  # 16 bytes + length
    seqs = [tag.reading(i) for i in range(10)]  # 15 bytes + length
    tag.journal.flush(tag.t_ms)
    assert tag.batch(17) == [alarm]
    assert tag.batch(17 + 31) == seqs[:3]
    assert tag.batch(1200) == seqs[3:]
    tag.disk.unmount()


def test_a_record_longer_than_a_frame_waits_without_blocking():
    tag = Tag(Disk())
    crash = tag.outbox.put((events.CRASH, tag.t_ms, 1, "x" * 100), tag.t_ms)
    alarm = tag.alarm(events.ON)
    assert tag.batch(51) == [alarm] and tag.wifi.kept.long == crash
    tag.ack([alarm])
    assert tag.outbox.pending() == 1 and tag.wifi.kept.cursor() == crash
    tag.wait(60000)
    assert tag.batch(1200) == [crash] and tag.wifi.kept.long == 0
    tag.disk.unmount()


def test_window_bounds_what_is_in_flight_and_a_new_alarm_tries_at_once():
    tag = Tag(Disk(), window=4)
    alarms = [tag.alarm(events.ON, value=i) for i in range(10)]
    assert tag.batch() == alarms[6:]
    assert tag.batch() == []
    tag.wait(10)
    alarms.append(tag.alarm(events.ON))  # it takes the place of the oldest in flight
    assert tag.batch() == alarms[10:]
    tag.ack(alarms[7:])
    assert tag.batch() == alarms[:4]  # what is behind comes in order
    tag.ack(alarms[:4])
    assert tag.batch() == alarms[4:7]
    tag.ack(alarms[4:7])
    assert tag.batch() == [] and tag.wifi.kept.drained() and tag.outbox.pending() == 0
    tag.disk.unmount()


def test_a_confirmation_ends_long_delays():
    tag = Tag(Disk())
    seqs = [tag.alarm(events.ON, value=i) for i in range(3)]
    for _ in range(8):
        tag.batch()
        tag.wait(40000)
    tag.batch()
    tag.ack(seqs[:1])
    tag.wait(999)
    assert tag.batch() == []
    tag.wait(1)
    assert tag.batch() == seqs[1:]
    tag.disk.unmount()


def test_restart_sends_what_was_not_confirmed():
    tag = Tag(Disk())
    seqs = [tag.reading(i) for i in range(20)]
    alarm = tag.alarm(events.ON)
    assert len(tag.batch()) == 21
    tag.ack([alarm] + seqs[:5] + seqs[10:12])
    tag.outbox.close(tag.t_ms)
    tag.disk.mount()
    tag.restart()
    assert tag.outbox.pending() == 15 - 2  # counted at the save; the two confirmed out of order come again
    assert tag.batch() == seqs[5:]
    tag.ack(seqs[5:])
    assert tag.outbox.pending() == 0
    tag.disk.unmount()


def test_alarms_confirmed_out_of_order_hide_no_other_after_a_restart():
    tag = Tag(Disk())
    alarms = [tag.alarm(events.ON, value=i) for i in range(6)]
    assert tag.batch() == alarms
    tag.ack(alarms[1:4])
    assert tag.outbox.pending() == 3
    tag.outbox.close(tag.t_ms)
    tag.restart()
    sent = tag.batch()
    assert sent == alarms and tag.outbox.pending() == 3  # those that were confirmed come again, and are not counted
    tag.ack(sent)
    tag.outbox.close(tag.t_ms)
    tag.restart()
    assert tag.batch() == [] and tag.outbox.pending() == 0
    tag.disk.unmount()


def test_an_alarm_behind_a_long_backlog_goes_first():
    for alarms_before in (0, 1, 40):
        tag = Tag(Disk(blocks=40), segment_bytes=8192, max_segments=15)
        old = [tag.alarm(events.ON, value=i) for i in range(alarms_before)]
        for i in range(4000):
            tag.reading(i)
        alarm = tag.alarm(events.ON)
        urgent = []
        calls = 0
        while calls < 20:
            calls += 1
            seqs = tag.batch(400)
            assert calls > 1 or alarm in seqs
            tag.ack(seqs)
            urgent += [s for s in seqs if s in old or s == alarm]
            if len(urgent) > len(old):
                break
        assert sorted(urgent) == old + [alarm] and calls <= (9 if old else 1), calls
        tag.disk.unmount()


def test_an_alarm_in_the_middle_of_a_long_backlog_is_not_passed_over():
    tag = Tag(Disk(blocks=40), segment_bytes=8192, max_segments=15)
    alarms = [tag.alarm(events.ON)]
    for n in (3000, 1500):
        for i in range(n):
            tag.reading(i)
        if n == 3000:
            alarms.append(tag.alarm(events.ACKED))
    seen = []
    while tag.outbox.pending():
        tag.wait(5000)
        seqs = tag.batch()
        tag.ack(seqs)
        seen += [s for s in seqs if s in alarms]
        assert len(seen) == 2 or tag.wifi.kept.pending()
    assert seen == alarms
    tag.disk.unmount()


def test_a_lost_or_damaged_cursor_file_sends_everything_again():
    for data in (None, b"", b"garbage" * 9):
        tag = Tag(Disk())
        seqs = [tag.reading(i) for i in range(5)] + [tag.alarm(events.ON)]
        tag.batch()
        tag.ack(seqs)
        tag.outbox.close(tag.t_ms)
        if data is None:
            os.remove(tag.disk.folder + "/outbox")
        else:
            tag.disk.put("outbox", data)
        tag.restart()
        assert sorted(tag.batch()) == seqs and tag.outbox.pending() == 6
        assert tag.outbox.unresolved() == [(events.ALARM_GAS_HIGH, events.ON, events.CH4, 150)]
        tag.disk.unmount()


def test_cursor_file_of_another_journal_is_not_trusted():
    tag = Tag(Disk())
    for i in range(50):
        tag.reading(i)
    tag.journal.flush(0)
    tag.ack(tag.batch())
    tag.outbox.close(tag.t_ms)
    for name in tag.disk.segments() + ["state"]:
        os.remove(tag.disk.folder + "/" + name)
    tag.restart()
    seq = tag.alarm(events.ON)
    assert seq == 1 and tag.batch() == [1]
    tag.disk.unmount()


def test_cursor_file_is_written_seldom():
    tag = Tag(Disk())
    seqs = []
    for i in range(63):
        seqs.append(tag.reading(i))
    tag.journal.flush(tag.t_ms)

    def saved():
        return "outbox" in os.listdir(tag.disk.folder)

    assert tag.batch() == seqs
    tag.ack(seqs[:32])
    tag.ack(seqs[32:])
    assert not saved()
    tag.wait(59999)
    tag.outbox.tick(tag.t_ms)
    assert not saved()
    tag.wait(1)
    tag.outbox.tick(tag.t_ms)
    assert saved()
    os.remove(tag.disk.folder + "/outbox")
    for i in range(64):
        tag.reading(i)
    tag.journal.flush(tag.t_ms)
    tag.ack(tag.batch())
    assert saved()
    os.remove(tag.disk.folder + "/outbox")
    for i in range(511):
        tag.reading(i)
    tag.journal.flush(tag.t_ms)
    tag.outbox.tick(tag.t_ms)
    assert not saved()
    tag.reading(0)
    tag.journal.flush(tag.t_ms)
    tag.outbox.tick(tag.t_ms)
    assert saved()  # so that a boot has few records to count
    tag.disk.unmount()


def test_alarms_are_recalled_after_a_restart():
    tag = Tag(Disk(blocks=40), segment_bytes=2048)
    tag.alarm(events.PRE, events.ALARM_MAN_DOWN, 0)
    tag.alarm(events.ON, events.ALARM_MAN_DOWN, 0)
    tag.alarm(events.ON, events.ALARM_GAS_LOW, -300)
    tag.alarm(events.ACKED, events.ALARM_GAS_LOW, -301)
    tag.alarm(events.ON, events.ALARM_SOS)
    tag.alarm(events.OFF, events.ALARM_SOS)
    expected = [
        (events.ALARM_GAS_LOW, events.ACKED, events.CH4, -301),
        (events.ALARM_MAN_DOWN, events.ON, events.CH4, 0),
    ]
    assert tag.outbox.unresolved() == expected and unresolved(tag.journal) == expected
    for n in (0, 100, 1500):  # so many readings later, and with the cursor file written in between
        for i in range(n):
            tag.reading(i)
            tag.outbox.tick(tag.t_ms)
        tag.disk.mount()  # power cut
        tag.restart()
        assert tag.outbox.unresolved() == expected, n
        assert unresolved(tag.journal) == expected
    tag.alarm(events.OFF, events.ALARM_GAS_LOW)
    tag.disk.mount()
    tag.restart()
    assert tag.outbox.unresolved() == expected[1:]
    tag.disk.unmount()


def kinds_and_values(journal):
    """[(seq, kind, values)] of all that can be read."""
    found = []
    for seq, record in journal.read():
        kind, _, _, _, values = decode(record)
        found.append((seq, kind, values))
    return found


def deliver_all(tag):
    """Send and confirm until nothing is left; numbers of what was sent."""
    tag.journal.flush(tag.t_ms)
    tag.outbox.tick(tag.t_ms)
    sent = []
    while tag.outbox.pending():
        tag.wait(70000)
        seqs = tag.batch()
        tag.ack(seqs)
        sent += seqs
    return sent


def test_readings_are_given_up_before_undelivered_alarms():
    tag = Tag(Disk(blocks=40), segment_bytes=2048, max_segments=4)
    n = 0
    alarms = []
    while tag.journal.discarded < 400:
        if n % 50 == 5:
            alarms.append(tag.alarm(events.ON, value=n))
        tag.reading(n)
        n += 1
    assert len(alarms) > 5 and tag.journal.compactions > 2 and tag.journal.undelivered == tag.journal.discarded
    assert len(tag.disk.segments()) <= 4
    tag.journal.flush(tag.t_ms)
    tag.disk.mount()
    tag.restart()
    found = kinds_and_values(tag.journal)
    assert [seq for seq, kind, _ in found if kind == events.ALARM] == alarms
    sent = []
    while len(sent) < len(alarms):
        seqs = tag.batch(17)
        tag.ack(seqs)
        sent += seqs
    assert sent == alarms
    told = [values for _, kind, values in found if kind == events.DISCARD]  # the first ones are given up themselves
    readings = [values[2] for _, kind, values in found if kind == events.READING]
    assert readings == list(range(n - len(readings), n)) and len(told) > 1
    assert told[1][0] == told[0][1] + 1 and 0 < told[1][2] == told[1][3] < told[1][1] - told[1][0] + 1
    assert sorted(deliver_all(tag)) == [seq for seq, kind, _ in found if kind != events.ALARM]
    tag.disk.unmount()


def test_what_is_delivered_is_given_up_first_even_when_an_alarm_sticks():
    tag = Tag(Disk(blocks=40), window=64, segment_bytes=2048, max_segments=4)
    stuck = tag.alarm(events.ON)
    for _ in range(12):
        for i in range(50):
            tag.reading(i)
        tag.journal.flush(tag.t_ms)
        seqs = tag.batch()
        tag.ack([seq for seq in seqs if seq != stuck])
    assert tag.journal.discarded > 300 and tag.journal.undelivered == 0
    tag.wait(100000)
    assert tag.batch(17) == [stuck]
    tag.disk.unmount()


def test_an_alarm_in_flight_is_sent_again_from_where_the_journal_has_moved_it():
    tag = Tag(Disk(blocks=40), window=8, segment_bytes=2048, max_segments=4)
    for i in range(30):
        tag.reading(i)
    alarms = [tag.alarm(events.ON, value=i) for i in range(12)]
    assert tag.batch(200)[:8] == alarms[4:]
    while tag.journal.compactions < 2:
        tag.reading(0)
    tag.wait(100000)
    assert tag.batch(17 * 8) == alarms[4:]
    tag.ack(alarms[4:])
    assert [seq for seq in tag.batch() if seq in alarms] == alarms[:4] and tag.wifi.kept.lost == 0
    tag.disk.unmount()


def test_discard_under_records_in_flight():
    tag = Tag(Disk(blocks=40), segment_bytes=2048, max_segments=3)
    for i in range(100):
        tag.reading(i)
    tag.journal.flush(tag.t_ms)
    assert len(tag.batch()) == 64
    for i in range(1000):
        tag.reading(i)
    tag.journal.flush(tag.t_ms)
    lost = tag.wifi.bulk.lost
    assert lost == tag.journal.discarded == tag.journal.undelivered > 64
    last = tag.journal.flushed_seq
    told = sum([values[3] for _, kind, values in kinds_and_values(tag.journal) if kind == events.DISCARD])
    assert last > 1100 and 0 < told <= lost  # those that told of the first are given up, too
    sent = deliver_all(tag)
    readings = [seq for seq, kind, _ in kinds_and_values(tag.journal) if kind == events.READING]
    discards = [seq for seq, kind, _ in kinds_and_values(tag.journal) if kind == events.DISCARD]
    assert sent == discards + readings and len(discards) > 1
    tag.disk.unmount()


def test_lossy_link_with_restarts_delivers_everything_once():
    random.seed(20261121)

    def chance(percent):
        return random.getrandbits(16) % 100 < percent

    tag = Tag(Disk(blocks=40), bits=random.getrandbits, window=8, segment_bytes=4096, max_segments=30)
    gateway = {}
    flushed = {}
    taken = {}
    alarm_ids = []
    for step in range(1500):
        tag.wait(500)
        away = 300 < step < 900
        if step < 1200:
            urgent = chance(4)
            seq = tag.alarm(events.ON, value=step) if urgent else tag.reading(step)
            taken[seq] = step
            if urgent:
                alarm_ids.append((seq, step))
        for seq in list(taken):
            if seq <= tag.journal.flushed_seq:
                flushed[seq] = taken.pop(seq)
        for _ in range(2):
            n = tag.wifi.next_batch(tag.buf, 0, 200, tag.t_ms)
            at = 0
            seqs = []
            while at < n:
                _, seq, _, _, values = decode(tag.buf, at + 1, at + 1 + tag.buf[at])
                at += 1 + tag.buf[at]
                assert seq in flushed  # nothing leaves before it is flushed
                if not away and not chance(30):
                    assert gateway.get(seq, values[-1]) == values[-1]
                    gateway[seq] = values[-1]
                    seqs.append(seq)
            if seqs and not chance(30):
                tag.ack(seqs)
        tag.outbox.tick(tag.t_ms)
        if step < 1400 and chance(2):
            taken.clear()
            tag.disk.mount()  # power cut
            tag.restart()
    for _ in range(300):
        tag.wait(5000)
        tag.journal.flush(tag.t_ms)
        seqs = tag.batch()
        for seq in seqs:
            gateway.setdefault(seq, flushed.get(seq, taken.get(seq)))
        tag.ack(seqs)
    assert tag.outbox.pending() == 0 and tag.journal.discarded == 0
    for seq, value in flushed.items():
        assert gateway.get(seq) == value, seq
    for seq, value in alarm_ids:
        assert gateway.get(seq) == value
    tag.disk.unmount()
