"""Is the new version healthy? Every row of the table in tag/update.py, with the clock about to wrap."""

from slotstate import CONFIRMED, FELL_BACK, ROLLED_BACK, TAKEN_UP, UNKNOWN, A, State
from tag import events
from tag.update import Update

START = (1 << 30) - 30000
HEALTHY_S = 60


class FakeBoot:
    def __init__(self, faults=0, news=TAKEN_UP, trial=True, text=""):
        self.state = State()
        self.state.installed(A, 0x0102, HEALTHY_S)
        self.state.faults, self.state.news, self.state.text = faults, news, text
        self.trial = trial
        self.failed = []
        self.told_times = 0
        self.can = True

    def confirm(self):
        if self.can:
            self.trial = False
        return self.can

    def told(self):
        self.told_times += 1
        self.state.news = 0

    def fail(self, why):
        self.failed.append(why)


class FakeMemory:
    def __init__(self, seq=1):
        self.kept = []
        self.seq = seq
        self.closed = 0

    def keep(self, event):
        self.kept.append((event[0],) + event[2:])
        return self.seq

    def close(self, t_ms):
        self.closed += 1


def lived(boot, memory, seconds, well=lambda s: True, faults=lambda s: 0):
    """Seconds after which the watch ended or failed; -1: it goes on."""
    update = Update(boot, memory, 0x0203, START)
    for s in range(1, seconds + 1):
        if not update.step(well(s), faults(s), (START + s * 1000) & ((1 << 30) - 1)) or boot.failed:
            return s
    return -1


def told(outcome, version=0x0102, text=""):
    return (events.UPDATE, outcome, version, text)


def test_a_healthy_minute_confirms():
    boot, memory = FakeBoot(), FakeMemory()
    assert lived(boot, memory, 100) == HEALTHY_S
    assert memory.kept == [told(TAKEN_UP), told(CONFIRMED)] and not boot.failed and boot.told_times == 2


def test_a_late_task_or_a_new_fault_begins_the_count_anew():
    for kind in ("late", "fault"):
        boot, memory = FakeBoot(), FakeMemory()
        bad = 1 << events.FAULT_GAS
        at = lived(
            boot,
            memory,
            200,
            lambda s, kind=kind: kind != "late" or s != 50,
            lambda s, kind=kind, bad=bad: bad if kind == "fault" and s == 50 else 0,
        )
        assert at == 50 + HEALTHY_S and not boot.failed


def test_what_is_never_healthy_is_given_up_and_says_why():
    for well, faults, why in (
        (lambda s: s % 50 != 0, lambda s: 0, "a task was late"),
        (lambda s: True, lambda s: 1 << events.FAULT_JOURNAL, "faults 0x40"),
        (lambda s: True, lambda s: 1 << events.FAULT_TASK, "faults 0x200"),
    ):
        boot, memory = FakeBoot(), FakeMemory()
        assert lived(boot, memory, 400, well, faults) == 5 * HEALTHY_S
        assert boot.failed == [why] and memory.closed == 1, boot.failed
    boot, memory = FakeBoot(), FakeMemory()
    boot.can = False
    assert lived(boot, memory, 400) == 5 * HEALTHY_S and boot.failed == ["cannot be confirmed"]


def test_faults_of_the_version_before_and_those_that_touch_no_safety_are_no_reason():
    old = 1 << events.FAULT_GAS
    for known, now in ((old, old), (UNKNOWN, old | 1), (0, 1 << events.FAULT_LINK), (0, 1 << events.FAULT_DUE)):
        assert lived(FakeBoot(known), FakeMemory(), 100, faults=lambda s, now=now: now) == HEALTHY_S
    for known, now in ((0, old), (old, old | 1), (UNKNOWN, 1 << events.FAULT_TASK)):
        boot = FakeBoot(known)
        lived(boot, FakeMemory(), 400, faults=lambda s, now=now: now)
        assert boot.failed, (known, now)


def test_news_are_told_once_they_are_kept_and_not_before():
    boot, memory = FakeBoot(news=ROLLED_BACK, trial=False, text="why"), FakeMemory()
    assert lived(boot, memory, 5) == 1 and memory.kept == [told(ROLLED_BACK, text="why")] and boot.told_times == 1
    boot, memory = FakeBoot(news=FELL_BACK, trial=False, text="damaged"), FakeMemory()
    lived(boot, memory, 1)
    assert memory.kept == [told(FELL_BACK, 0x0203, "damaged")]  # the one that runs
    boot, memory = FakeBoot(news=ROLLED_BACK, trial=False), FakeMemory(seq=0)  # the journal refuses
    lived(boot, memory, 1)
    assert boot.told_times == 0 and boot.state.news == ROLLED_BACK
