"""Power cut at every write and erase of a workload, in four ways, on the real littlefs.

The workload lives through six boots, with alarms, confirmations, a link that is away for long, segments that are given up,
compacted and joined, and one change of key. After each cut the flash must mount, the journal must open with a bounded number of
reads, no record that was reported flushed may be lost or changed unless the journal itself says that it was given up, no
undelivered alarm may be given up, no number may be used for two records, and the chain must verify without a finding, also
after the next life has begun.
"""

import sys
from array import array

from journal_bytes import findings, read_all
from journal_tape import Replayed, Tape, cuts_of
from test_journal_rig import CUTS, MOUNT, Disk, record

from journal import verdict
from journal.log import Journal
from tag import events
from tag.reporting.outbox import Outbox
from tag.reporting.records import decode

INTERPRETERS = ("mp64", "mp32")  # littlefs is there alone
SMALL = sys.maxsize < 1 << 32  # the 32-bit one takes a sample
KEYS = (b"0123456789abcdef", b"fedcba9876543210")
OPTIONS = {"segment_bytes": 1000, "max_segments": 4, "flush_count": 6, "flush_ms": 100000}
BLOCKS = 24
READS = 8000  # of the flash, of at most 128 bytes, by a boot: a quarter of a second of an ESP32's


FLUSHED = 0  # all up to this number
ACKED = 1  # this number
KEY = 2  # the key from now on
READING = 3  # put: number, value
ALARM = 4
FREE = 5  # power was cut: numbers from this one on were never flushed
_SEQS = 2000
_MADE = 5000
_made = array("I", bytes(16 * _MADE))  # operation, what, two numbers
_kinds = bytearray(_SEQS)
_values = array("H", bytes(2 * _SEQS))
_acked = bytearray(_SEQS)


class Promises:
    """What was put and what was promised to the world, with the operations before which it was. One at a time."""

    def __init__(self):
        self._made = 0
        self._next = 0
        self._free(0)
        self.flushed = 0
        self.key = 0

    def make(self, operation, what, one, two=0):
        i = 4 * self._made
        _made[i], _made[i + 1], _made[i + 2], _made[i + 3] = operation, what, one, two
        self._made += 1

    def until(self, operation):
        """Take over all that was promised before an operation."""
        while self._next < self._made and _made[4 * self._next] <= operation:
            what, one, two = _made[4 * self._next + 1], _made[4 * self._next + 2], _made[4 * self._next + 3]
            if what == FLUSHED:
                self.flushed = one
            elif what == ACKED:
                _acked[one] = 1
            elif what == KEY:
                self.key = one
            elif what == FREE:
                self._free(one)
            else:
                _kinds[one] = events.ALARM if what == ALARM else events.READING
                _values[one] = two
            self._next += 1

    def _free(self, first):
        for seq in range(first, _SEQS):
            _kinds[seq] = _acked[seq] = 0

    def check(self, seq, kind, value):
        """A record that was found."""
        if kind == events.DISCARD:
            assert _kinds[seq] == 0
        else:
            assert _kinds[seq] == kind and _values[seq] == value, "another record of the same number"

    def lost(self, seq):
        """Whether a record that is not there was promised and may not be given up: an alarm that nobody confirmed."""
        return _kinds[seq] == events.ALARM and not _acked[seq]


class Life:
    """One boot of a tag, from its journal's folder on."""

    def __init__(self, folder, key, **options):
        self.journal = Journal(folder, key=KEYS[key], **(options or OPTIONS))
        assert self.journal.open(), "does not open"
        self.outbox = Outbox(self.journal, folder + "/outbox", lambda bits: 0)
        self.uplink = self.outbox.uplink(8)
        self.outbox.open(0)
        self.t_ms = 0
        self.buf = bytearray(600)

    def put(self, event):
        seq = self.outbox.put(event, self.t_ms)
        self.t_ms += 1000
        return seq

    def alarm(self, value):
        return self.put((events.ALARM, self.t_ms, events.ALARM_GAS_HIGH, events.ON, events.CH4, value))

    def reading(self, value):
        return self.put((events.READING, self.t_ms, events.CH4, 0, value))

    def deliver(self, confirmed):
        """Numbers of what is sent now, and confirmed, if it is."""
        self.t_ms += 100000
        n = self.uplink.next_batch(self.buf, 0, len(self.buf), self.t_ms)
        seqs = []
        at = 0
        while at < n:
            seqs.append(decode(self.buf, at + 1, at + 1 + self.buf[at])[1])
            at += 1 + self.buf[at]
        if not confirmed:
            return ()
        self.outbox.ack(self.uplink, seqs, self.t_ms)
        return seqs

    def stop(self):
        """Power is gone. A file left open would be closed by the collector some day, whatever is mounted then."""
        self.journal.writer.seal()


class Workload:
    """Lives on a tape and notes what is promised when."""

    def __init__(self, disk, **options):
        self.tape = disk.flash
        self.folder = disk.folder
        self.options = options
        self.promises = Promises()
        self.compactions = self.discarded = self.value = 0

    def boot(self, key, records, away, clean):
        """One boot; `away`: nothing is confirmed, and must make room; `clean`: closed at its end, not cut off."""
        promises = self.promises
        promises.make(self.tape.length, KEY, key)
        life = Life(self.folder, key, **self.options)
        promises.make(self.tape.length, FREE, life.journal.next_seq)
        for i in range(records):
            self.value += 1
            alarm = i % 16 == 5
            begun = self.tape.length
            seq = life.alarm(self.value) if alarm else life.reading(self.value)
            if seq:
                promises.make(begun, ALARM if alarm else READING, seq, self.value)
            promises.make(self.tape.length, FLUSHED, life.journal.flushed_seq)
            if i % 10 == 9:
                for acked in life.deliver(not away):
                    promises.make(self.tape.length, ACKED, acked)
        if clean:
            life.outbox.close(life.t_ms)
            promises.make(self.tape.length, FLUSHED, life.journal.flushed_seq)
        self.compactions += life.journal.compactions
        self.discarded += life.journal.discarded
        life.stop()


def try_out(disk, promises, used=0, alarm=0, **options):
    """The flash as a cut has left it: boot, look, live on. Returns the first number of the new life, and its operations.

    After a second cut, numbers from `used` on are of the life in between; `alarm`, if not 0, it had been promised."""
    flash = disk.flash
    disk.mount()
    flash.reads = 0
    life = Life(disk.folder, promises.key, **options)
    reads = flash.reads
    journal = life.journal
    assert reads <= READS and journal.damaged == 0 and journal.next_seq > max(promises.flushed, alarm)
    found = bytearray(journal.next_seq + 1)
    for seq, data in journal.read(1):
        kind, _, _, _, values = decode(data)
        if not used or seq < used:
            promises.check(seq, kind, values[-1])
        found[seq] = 1
    assert not alarm or found[alarm]
    first = life.alarm(1)
    done = len(flash.steps)
    assert first == len(found) - 1 and life.reading(2) and journal.close(0)
    segments = read_all(disk)
    told = findings(segments, KEYS)
    assert [one for one in told if one[0] < verdict.SKIPPED] == [], told
    given = [one for one in told if one[0] == verdict.GIVEN_UP]
    for seq in range(1, promises.flushed + 1):
        if not found[seq] and _kinds[seq]:
            assert not promises.lost(seq), "alarm %d is lost" % seq
            assert seq < journal.firsts[0] or [1 for _, low, high in given if low <= seq <= high], "%d is lost" % seq
    return first, done, reads


def recorded(live, blocks=BLOCKS, hog=0, **options):
    """A life on a flash that another file shares; its first operations, up to `begun`, prepare the flash."""
    disk = Disk(blocks=blocks, flash=Tape)
    if hog:
        with open(MOUNT + "/hog", "wb") as file:
            file.write(bytes(hog))
    workload = Workload(disk, **options)
    workload.begun = disk.flash.length
    live(workload)
    disk.unmount()
    return workload


def played(workload):
    """Generate (operation, disk) for each operation of a workload, before it is done."""
    tape = workload.tape
    disk = Disk(blocks=tape.blocks, flash=Replayed)
    for i in range(tape.length):
        if i >= workload.begun:
            workload.promises.until(i)
            yield i, disk
        disk.flash.step(tape.step(i))
    disk.unmount()


def cut_everywhere(workload, every=1, **options):
    """(operations, trials, most reads of a boot): power fails at every operation, or at each `every`-th."""
    trials = most = 0
    for i, disk in played(workload):
        step = workload.tape.step(i)
        for cut in cuts_of(step) if i % every == 0 else ():
            disk.flash.begin()
            disk.flash.step(step, cut)
            most = max(most, try_out(disk, workload.promises, **options)[2])
            disk.flash.undo()
            trials += 1
    return workload.tape.length - workload.begun, trials, most


def ordinary(workload):
    """Six boots, some without a link, one with a new key."""
    for boot in range(6):
        workload.boot(0 if boot < 3 else 1, 220, boot in (1, 2, 4), boot % 2 == 1)


SAID = (
    "    %d operations, 4 kinds of cut at each; %d that leave different bytes were tried; a boot reads %d times at most"
)


def test_power_cut_at_every_operation():
    workload = recorded(ordinary)
    assert workload.compactions > 10 and workload.discarded > 500
    n, trials, most = cut_everywhere(workload, 13 if SMALL else 1)
    assert n >= 2000 and trials > (400 if SMALL else 2 * n)
    print(SAID % (n, trials, most))


def crowded(workload):
    """Two boots on a flash that is full: no link first, then one that works."""
    workload.boot(0, 200, True, False)
    workload.boot(0, 120, False, True)


def test_power_cut_at_every_operation_of_a_full_flash():
    options = {"segment_bytes": 4096, "max_segments": 64, "flush_count": 8}
    workload = recorded(crowded, 16, 40000, **options)
    assert workload.compactions > 10 and workload.discarded > 200
    print(SAID % cut_everywhere(workload, 13 if SMALL else 1, **options))


def test_power_cut_at_every_operation_of_the_boot_after_a_cut():
    workload = recorded(ordinary)
    promises = workload.promises
    points = trials = 0
    for i, disk in played(workload):
        if i % (601 if SMALL else 41) != 7:
            continue
        flash = disk.flash
        step = workload.tape.step(i)
        cuts = cuts_of(step)
        cut = cuts[i // 41 % len(cuts)]
        flash.begin()
        flash.step(step, cut)
        used, done, _ = try_out(disk, promises)
        recovery = flash.steps
        flash.undo()
        points += 1
        for j in range(len(recovery)):
            for second in cuts_of(recovery[j]):
                flash.begin()
                flash.step(step, cut)
                for k in range(j):
                    flash.step(recovery[k])
                flash.step(recovery[j], second)
                try_out(disk, promises, used, used if j >= done else 0)
                flash.undo()
                trials += 1
    print("    %d boots after a cut, cut again at each of their operations: %d times" % (points, trials))


def test_cut_in_every_boot_never_stops_the_numbers():
    disk = Disk(blocks=16)
    highest = 0
    for turn in range(60):
        disk.flash.operations = 0
        disk.flash.cut = CUTS[turn % 4]
        disk.flash.cut_at = 3 + turn * 5 % 37
        journal = Journal(disk.folder, key=KEYS[0], **OPTIONS)
        journal.open()
        for i in range(30):
            if not disk.flash.dead:
                journal.append(record(1, turn * 30 + i), 16, i * 10, i % 7 == 3)
        highest = max(highest, journal.flushed_seq)
        journal.writer.seal()
        disk.power_up()
        probe = Journal(disk.folder, key=KEYS[0], **OPTIONS)
        assert probe.open() and probe.next_seq > highest
        assert [one for one in findings(read_all(disk), KEYS) if one[0] < verdict.SKIPPED] == []
    assert highest > 300
    disk.unmount()
