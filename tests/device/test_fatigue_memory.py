"""A wearer's baseline on flash: it outlives resets and power cuts, is nobody else's, and damage is told and not taken."""

from fatigue_rig import Worker, fatigue, work
from test_calibration_store import cut_everywhere
from test_config_files import vfs, with_flash

from tag import fatigue_memory
from tag.clock import Clock
from tag.events import CODE_CORRUPT, CONFIG
from tag.fatigue.index import HIGH, RESTED, UNKNOWN
from tag.fatigue_memory import FILES, FatigueMemory
from tag.settings import DEFAULTS
from ticks import diff

NOW = 830000000  # in 2026
HOUR = 3600


class Kept:
    """As tag/memory.py: what the tag says, told to nobody."""

    def __init__(self, worker):
        self.said = worker.said

    def keep(self, event):
        self.said.append(event)

    def keep_all(self, found):
        self.said.extend(found)


class Tag(Worker):
    """A worker's core with its files; `chip_s` is what the chip's clock says at boot, 0: not set."""

    def __init__(self, flash, chip_s=NOW, worn=None, name="", **settings):
        super().__init__(name=name, **settings)
        self.boot_ms = self.t_ms
        self.chip_s = chip_s
        clock = Clock(self.now_s, self.t_ms, flash.root)
        chosen = dict(DEFAULTS)
        chosen["name"] = name
        chosen["utc_offset_min"] = settings.get("utc_offset_min", 900)
        self.memory = FatigueMemory(self.core, Kept(self), chosen, worn, clock, self.t_ms, flash.root)

    def now_s(self):
        return self.chip_s + diff(self.t_ms, self.boot_ms) // 1000 if self.chip_s else 0

    def live(self, seconds, step_ms=0, percent=100, engine=False, seen=True, round_ms=250):
        found = []
        for _ in range(max(1, int(seconds) // 10)):
            found.extend(super().live(min(10, seconds), step_ms, percent, engine, seen, round_ms))
            self.memory.tick(self.t_ms)
        return found

    def configs(self):
        return [event[2:] for event in self.said if event[0] == CONFIG]


@with_flash
def test_a_reset_in_mid_shift_keeps_the_baseline(flash):
    tag = Tag(flash)
    assert tag.said == [], "a new tag has nothing to tell"
    tag.live(420, 480)
    assert tag.monitor.index.level == RESTED
    steps = tag.monitor.ledger.steps
    again = Tag(flash, NOW + 480)
    assert again.said == [] and again.monitor.index.level == RESTED
    assert steps * 6 // 7 <= again.monitor.ledger.steps <= steps
    assert again.monitor.shift.minutes in (7, 8), "the time off has passed"
    found = fatigue(again.live(900, 540, 75))
    assert found[-1]["level"] == HIGH
    # without its files the tired walk is what is usual
    for name in FILES:
        flash.put(name, b"")
    fresh = Tag(flash, NOW + 600)
    fresh.live(900, 540, 75)
    assert fresh.monitor.index.level == RESTED and fresh.configs() == []


@with_flash
def test_who_was_not_seen_while_the_tag_was_off_is_not_rested(flash):
    tag = Tag(flash)
    tag.live(420, 480)
    assert tag.monitor.index.level == RESTED
    again = Tag(flash, NOW + 420 + 2 * HOUR)
    assert [row["level"] for row in fatigue(again.said)] == [UNKNOWN] and again.monitor.watch.drift.state == 1
    again.live(130, 480)
    assert again.monitor.index.level == RESTED and again.monitor.ledger.missing_s >= 2 * HOUR - 60


@with_flash
def test_after_eight_hours_off_another_shift_has_begun(flash):
    tag = Tag(flash)
    tag.live(420, 480)
    spreads = [tag.monitor.watch.drift.spread_q4(i) for i in range(8)]
    again = Tag(flash, NOW + 420 + 9 * HOUR)
    assert [row["closed"] for row in work(again.said)] == [1]
    assert again.monitor.shift.minutes == 0 and again.monitor.index.level == UNKNOWN
    again.live(420, 480)
    later = sum(again.monitor.watch.drift.spread_q4(i) for i in range(8))
    assert later > sum(spreads), "but this wearer is known: eight windows of the least spread, not four imagined ones"
    # the same where the tag learns the time only later
    late = Tag(flash, 0)
    late.live(120, 480)
    assert late.monitor.index.level == RESTED and work(late.said) == []
    late.chip_s = NOW + 24 * HOUR
    late.live(20, 480)
    assert [row["closed"] for row in work(late.said)] == [1] and late.monitor.index.level == UNKNOWN


@with_flash
def test_a_pause_of_unknown_length_is_none(flash):
    tag = Tag(flash, 0)
    tag.live(420, 480)
    again = Tag(flash, NOW)
    again.live(30, 480)
    assert again.monitor.index.level == RESTED and again.monitor.shift.minutes <= 7


@with_flash
def test_the_local_time_follows_from_clock_and_setting(flash):
    for chip_s, offset, minute in (
        (NOW, 900, -1),  # nobody said where the tag is
        (0, 330, -1),  # nobody said what time it is
        (NOW, 0, NOW // 60 % 1440),
        (NOW, 330, (NOW // 60 + 330) % 1440),
        (NOW, -720, (NOW // 60 + 720) % 1440),
    ):
        for name in ("clock.a", "clock.b"):
            flash.put(name, b"")
        assert Tag(flash, chip_s, utc_offset_min=offset).monitor.local_min == minute, (chip_s, offset)


@with_flash
def test_where_it_is_worn_is_the_boards_word(flash):
    for worn, trunk in ((None, False), ("belt", False), ("helmet", False), ("trunk", True), (7, False)):
        assert Tag(flash, worn=worn).monitor.ledger.trunk == trunk


@with_flash
def test_of_another_wearer_nothing_is_taken(flash):
    Tag(flash, name="A. Kim").live(420, 480)
    other = Tag(flash, NOW + 480, name="B. Lee")
    assert other.monitor.shift.minutes == 0 and other.monitor.index.level == UNKNOWN
    assert other.configs() == [(0, "fatigue: another wearer, begins anew")]
    other.live(70, 480)
    assert Tag(flash, NOW + 600, name="B. Lee").configs() == [], "from the first window on it is this one's"


@with_flash
def test_damage_is_told_and_the_other_file_taken(flash):
    Tag(flash).live(420, 480)
    good = {name: flash.get(name) for name in FILES}
    assert all(good.values()), "both are there"
    newer = max(FILES, key=lambda name: good[name][4])
    for name in FILES:
        data = good[name]
        for bad in (data[:-1], data + b"\0", data[:21], b"x", bytes(3000), data[:40] + b"\xff" + data[41:]):
            for other in FILES:
                flash.put(other, good[other])
            flash.put(name, bad)
            tag = Tag(flash, NOW + 480)
            assert tag.configs() == [(CODE_CORRUPT, "fatigue: a damaged file")], (name, len(bad))
            assert tag.monitor.shift.minutes >= 5 and (name == newer or tag.monitor.index.level == RESTED)
            for other in FILES:
                flash.put(other, bad)
            tag = Tag(flash, NOW + 480)
            assert tag.configs() == [(CODE_CORRUPT, "fatigue: a damaged file, begins anew")]
            assert tag.monitor.shift.minutes == 0 and tag.monitor.index.level == UNKNOWN


@with_flash
def test_what_another_firmware_wrote_is_not_taken(flash):
    tag = Tag(flash)
    tag.live(420, 480)
    tag.monitor.index.keep = lambda keeping: keeping.number(9, 0, 9)
    tag.memory._data = bytearray(len(tag.memory._data) - 24)
    assert tag.memory.save(tag.t_ms)
    again = Tag(flash, NOW + 480)
    assert again.configs() == [(CODE_CORRUPT, "fatigue: not for this firmware, begins anew")]
    assert again.monitor.shift.minutes == 0 and again.monitor.watch.drift.state == 0


@with_flash
def test_a_whole_file_that_cannot_be_is_set_aside_and_the_tag_starts(flash):
    tag = Tag(flash)
    tag.live(120, 480)  # learning
    tag.monitor.watch._compared = True
    assert tag.memory.save(tag.t_ms)
    again = Tag(flash, NOW + 720)
    assert again.configs() == [(CODE_CORRUPT, "fatigue: not for this firmware, begins anew")]
    assert again.monitor.shift.minutes == 0


@with_flash
def test_what_was_refused_once_is_not_written_again(flash):
    tag = Tag(flash)
    tag.live(420, 480)
    keep = tag.monitor.keep

    def wider(keeping):
        keeping.number(1, 0, 9)
        keep(keeping)

    tag.monitor.keep = wider
    tag.memory._data = bytearray(len(tag.memory._data) + 4)
    assert tag.memory.save(tag.t_ms)
    again = Tag(flash, NOW + 480)
    assert len(again.configs()) == 1
    again.live(30, 480)
    assert again.memory.save(again.t_ms)
    later = Tag(flash, NOW + 540)
    assert later.configs() == [], "its numbers are this firmware's"


@with_flash
def test_a_power_cut_at_any_write_leaves_the_old_or_the_new(flash):
    if not vfs:
        return  # no flash whose power could fail
    tag = Tag(flash)
    tag.live(420, 480)
    tag.memory.save(tag.t_ms)
    tag.monitor.shift.minutes = 100
    tag.memory.save(tag.t_ms)

    def saved():
        tag.monitor.shift.minutes = 200
        return tag.memory.save(tag.t_ms)

    def check(done, cut):
        again = Tag(flash, 0)
        assert again.configs() == [], cut
        assert again.monitor.shift.minutes == 200 or (not done and again.monitor.shift.minutes == 100), cut
        assert again.monitor.index.level == RESTED

    assert cut_everywhere(flash, fatigue_memory, saved, check) >= 2


@with_flash
def test_two_resets_before_the_clock_is_told_still_tell_a_new_shift(flash):
    Tag(flash).live(420, 480)
    Tag(flash, 0).live(30, 480)
    again = Tag(flash, 0)
    again.live(30, 480)
    again.chip_s = NOW + 10 * HOUR
    again.live(20, 480)
    assert [row["closed"] for row in work(again.said)] == [1]


@with_flash
def test_a_flash_that_refuses_costs_the_file_only(flash):
    tag = Tag(flash)
    tag.memory._paths = [flash.root + "/no/such/" + name for name in FILES]
    tag.live(420, 480)
    assert tag.monitor.index.level == RESTED and not tag.memory.save(tag.t_ms)
