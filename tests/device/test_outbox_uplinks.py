"""Two links and one outbox: what one delivers the other lets go of, what is left to the cheaper one, what grows too old, what is
asked for again; and both over losses, outages and resets."""

from test_journal_rig import Disk

import ticks
from journal.log import Journal
from tag import events
from tag.reporting.ages import NUMBERS, Ages
from tag.reporting.outbox import Outbox
from tag.reporting.records import decode

START = (1 << 30) - 3000  # ticks wrap early in every test
DAY_S = 86400


class Dice:
    def __init__(self, seed):
        self.state = seed

    def __call__(self, bits):
        self.state = (self.state * 1664525 + 1013904223) & 0xFFFFFFFF
        return self.state >> (32 - bits)

    def percent(self, share):
        return self(10) % 100 < share


class Tag:
    """A journal with an outbox for Wi-Fi and LoRa; `restart` is a power cut."""

    def __init__(self, disk=None, dice=None, expiry=(0, 0), **options):
        self.disk = disk or Disk(blocks=40)
        self.dice = dice or (lambda bits: 0)
        self.expiry = expiry
        self.options = options
        self.t_ms = START
        self.buf = bytearray(500)
        self.restart()

    def restart(self):
        self.journal = Journal(self.disk.folder, **self.options)
        self.journal.open()
        self.outbox = Outbox(self.journal, self.disk.folder + "/outbox", self.dice)
        self.wifi = self.outbox.uplink(8, 1000, 30000, self.expiry[0])
        self.lora = self.outbox.uplink(4, 5000, 300000, self.expiry[1])
        self.outbox.open(self.t_ms)

    def wait(self, ms):
        self.t_ms = ticks.add(self.t_ms, ms)

    def reading(self, value=0):
        return self.outbox.put((events.READING, self.t_ms, events.CH4, 0, value), self.t_ms)

    def alarm(self, value=0):
        return self.outbox.put((events.ALARM, self.t_ms, 3, events.ON, events.CH4, value), self.t_ms)

    def exposure(self):
        return self.outbox.put((events.EXPOSURE, self.t_ms, 2, 1, 0, 0, 0, 0, 0, 0), self.t_ms)

    def readings(self, n):
        seqs = [self.reading(i) for i in range(n)]
        self.journal.flush(self.t_ms)
        return seqs

    def sent(self, uplink, room=500, urgent_only=False):
        """Numbers of what that link sends now."""
        n = uplink.next_batch(self.buf, 0, room, self.t_ms, urgent_only)
        seqs = []
        at = 0
        while at < n:
            seqs.append(decode(self.buf, at + 1, at + 1 + self.buf[at])[1])
            at += 1 + self.buf[at]
        assert seqs == list(uplink.batch.seqs[: uplink.batch.n])
        return seqs

    def ack(self, uplink, seqs):
        self.outbox.ack(uplink, seqs, self.t_ms)


def test_both_links_carry_an_alarm_and_one_confirmation_is_enough():
    tag = Tag()
    alarm = tag.alarm()
    assert tag.sent(tag.wifi) == tag.sent(tag.lora) == [alarm]
    tag.ack(tag.lora, [alarm])
    tag.wait(10**6)
    assert tag.sent(tag.wifi) == tag.sent(tag.lora) == [] and tag.outbox.pending() == 0
    tag.ack(tag.wifi, [alarm])
    assert tag.outbox.unknown_acks == 1
    tag.disk.unmount()


def test_urgent_then_kept_then_readings_and_only_urgent_when_that_is_asked_for():
    tag = Tag()
    readings = tag.readings(2)
    exposure, alarm = tag.exposure(), tag.alarm()
    assert tag.sent(tag.wifi, urgent_only=True) == [alarm] and tag.wifi.urgent
    assert tag.sent(tag.wifi) == [exposure] + readings and not tag.wifi.urgent
    tag.lora.hold = True
    assert tag.sent(tag.lora) == [alarm, exposure]
    tag.lora.hold = False
    assert tag.sent(tag.lora) == readings
    tag.disk.unmount()


def test_where_one_link_has_delivered_all_nothing_is_left_for_the_other():
    tag = Tag()
    tag.lora.hold = True
    seqs = tag.readings(30) + [tag.alarm(i) for i in range(20)]
    while tag.outbox.pending():
        tag.wait(2000)
        tag.ack(tag.wifi, tag.sent(tag.wifi))
    tag.wait(10**6)
    tag.lora.hold = False
    assert tag.sent(tag.lora) == []
    assert tag.lora.kept.cursor() == tag.lora.bulk.cursor() == seqs[-1] + 1
    new = [tag.alarm(), tag.exposure()]
    assert tag.sent(tag.lora) == new
    tag.disk.unmount()


def test_what_lora_has_delivered_is_not_said_again_by_wifi_after_a_reset():
    tag = Tag()
    alarms = [tag.alarm(i) for i in range(3)]
    tag.ack(tag.lora, tag.sent(tag.lora))
    assert tag.outbox.pending() == 0
    tag.outbox.close(tag.t_ms)
    tag.disk.mount()
    tag.restart()
    assert tag.sent(tag.wifi) == tag.sent(tag.lora) == []
    alarms.append(tag.alarm())
    assert tag.sent(tag.wifi) == alarms[3:]
    tag.disk.unmount()


def test_a_new_alarm_goes_first_however_many_wait():
    tag = Tag()
    old = [tag.alarm(i) for i in range(60)]
    new = tag.alarm(99)
    assert tag.sent(tag.lora, 17) == [new]
    tag.ack(tag.lora, [new])
    seen = []
    for _ in range(100):
        tag.wait(5000)
        if len(seen) == 20:
            newer = tag.alarm(100)
            assert tag.sent(tag.lora, 17) == [newer]
            tag.ack(tag.lora, [newer])
            old.append(newer)
            seen.append(newer)
        seqs = tag.sent(tag.lora, 35)
        tag.ack(tag.lora, seqs)
        seen += seqs
        if not tag.outbox.pending():
            break
    assert sorted(seen) == sorted(old) and tag.lora.kept.drained()
    tag.disk.unmount()


def test_old_readings_expire_on_each_link_by_itself_and_nothing_else_does():
    tag = Tag(expiry=(7 * DAY_S, 900))
    now_s = 10**8
    kept = [tag.alarm(), tag.exposure()]
    old = tag.readings(5)
    for _ in range(40):  # twenty minutes
        tag.wait(30000)
        now_s += 30
        tag.outbox.tick(tag.t_ms, now_s)
    new = tag.readings(3)
    assert tag.sent(tag.lora) == kept + new and tag.lora.bulk.expired >= 5
    assert tag.sent(tag.wifi) == kept + old + new and tag.wifi.bulk.expired == 0
    for _ in range(9):
        tag.wait(DAY_S * 500)
        tag.outbox.tick(tag.t_ms, now_s)
        now_s += DAY_S
    tag.wifi.resume(tag.t_ms)
    assert tag.sent(tag.wifi) == kept and tag.wifi.bulk.expired >= 8
    tag.disk.unmount()


def test_ages_outlive_a_reset_and_a_clock_that_was_set_back_forgets_them():
    ages = Ages(800)
    for i in range(30):
        assert ages.note(10 + i, 5000 + 100 * i) == (10 + i - 8 if i >= 8 else 0), i
    other = Ages(800)
    packed = ages.packed()
    assert len(packed) == NUMBERS
    other.unpack(packed)
    assert other.note(40, 7990) == 31
    assert other.note(41, 100) == 0 and other.note(42, 200) == 0 and other.note(60, 900) == 41
    assert Ages(0).note(5, 10**9) == 0


def test_records_that_are_asked_for_again_come_after_everything_else():
    tag = Tag()
    seqs = tag.readings(40)
    while tag.outbox.pending():
        tag.wait(2000)
        tag.ack(tag.wifi, tag.sent(tag.wifi))
    assert tag.outbox.again(5, 24)
    alarm = tag.alarm()
    assert tag.sent(tag.wifi) == [alarm] + seqs[4:12]
    seen = seqs[4:12]
    tag.ack(tag.wifi, [alarm] + seen)
    for _ in range(9):
        tag.wait(3000)
        more = tag.sent(tag.wifi)
        tag.ack(tag.wifi, more)
        seen += more
    assert seen == seqs[4:24] and tag.outbox.pending() == 0
    # the end of what is there, what is not there, and the wrong way round
    assert tag.outbox.again(39, 9000) and not tag.outbox.again(50, 60) and not tag.outbox.again(9, 8)
    assert tag.sent(tag.wifi) == [39, 40, 41]
    tag.disk.unmount()


def live(seed, wifi_up, lora_up, lost_percent):
    """A tag's 900 steps of half a second with resets: what the gateway holds, what was flushed, what was sent twice or more."""
    dice = Dice(seed)
    tag = Tag(Disk(blocks=40), dice, segment_bytes=8192, max_segments=15)
    books = bytearray(
        1024
    )  # by number: 1 it was flushed, 2 the gateway holds it; tables would not find a place in a small heap
    taken = []
    resent = 0
    for step in range(1400):
        tag.wait(500)
        if step < 900:
            seq = tag.alarm(step) if dice.percent(6) else tag.reading(step)
            if seq:
                taken.append(seq)
        while taken and taken[0] <= tag.journal.flushed_seq:
            books[taken.pop(0)] = 1
        over = step >= 900
        for uplink, up, every, room in ((tag.wifi, wifi_up, 1, 300), (tag.lora, lora_up, 8, 51)):
            if (not over and not up(step)) or step % every:
                continue
            tag.lora.hold = not over and wifi_up(step)
            seqs = tag.sent(uplink, room)
            arrived = [seq for seq in seqs if over or not dice.percent(lost_percent)]
            for seq in arrived:
                assert books[seq], "nothing leaves before it is flushed"
                resent += 1 if books[seq] == 2 else 0
                books[seq] = 2
            if over or not dice.percent(lost_percent):
                tag.ack(uplink, arrived)
        tag.outbox.tick(tag.t_ms)
        if step < 900 and dice(8) < 5:
            taken.clear()
            tag.disk.mount()  # power cut
            tag.restart()
        if over and tag.wifi.kept.drained() and tag.wifi.bulk.drained() and not taken:
            break
    missing = [seq for seq in range(len(books)) if books[seq] == 1]
    assert not missing, missing[:9]
    tag.disk.unmount()
    return sum(books) // 2, resent


def test_two_links_with_losses_outages_and_resets_deliver_everything():
    for seed, wifi_up, lora_up, lost in (
        (1, lambda step: step % 300 < 150, lambda step: True, 20),
        (2, lambda step: False, lambda step: True, 50),
        (3, lambda step: step > 600, lambda step: step < 300, 30),
        (4, lambda step: True, lambda step: True, 60),
    ):
        held, resent = live(seed, wifi_up, lora_up, lost)
        print("    outbox over two links:", held, "held,", resent, "came again")
        assert held > 500
