"""What the tag remembers of calibrations, and of the time: no power cut loses both files, no damage looks like a good one."""

import binascii
import os
import struct

from test_config_files import vfs, with_flash

from tag import calibration_store, calibrations, clock, settings
from tag.calibration_store import gains, generation, load, noted, problem_with, row_of, rows, save
from tag.calibrations import Calibrations, due
from tag.events import CO, CODE_CORRUPT, CODE_MISSING, CONFIG, FAULT_CONFIG, H2S, O2

ZERO, SPAN, BUMP = 1, 2, 3
PASSED, FAILED, UNSTABLE, TIMED_OUT, CANCELLED = 1, 2, 3, 4, 5
DAY = 86400
NOW = 830000000  # in 2026
OPEN, KEEP = "open", "keep"


def filled(gases=(CO, H2S)):
    """A store with one passed span a gas."""
    data = b""
    for gas in gases:
        data = noted(data, SPAN, PASSED, gas, 3, 4500, NOW)
    return data


def chosen(**values):
    found = dict(settings.DEFAULTS)
    found.update(values)
    return found


class FakeCore:
    """Hears what the core would."""

    def __init__(self):
        self.heard = []

    def correct(self, gas, zero, gain_q12):
        self.heard.append(("correct", gas, zero, gain_q12))

    def due(self, gas, state, t_ms):
        self.heard.append(("due", gas, state))
        return [("due", gas, state)]

    def fault(self, source, code, present, t_ms):
        self.heard.append(("fault", source, code, present))
        return [("fault", source)]


def test_a_passed_act_changes_what_it_is_for_and_nothing_else():
    data = noted(b"", ZERO, PASSED, CO, 12, 4096, NOW)
    assert row_of(data, CO) == (CO, 0, ZERO, PASSED, 12, 4096, NOW, 0, 0)
    data = noted(data, SPAN, PASSED, CO, 12, 4711, NOW + 1)
    assert row_of(data, CO) == (CO, 0, SPAN, PASSED, 12, 4711, NOW, NOW + 1, 0)
    data = noted(data, BUMP, PASSED, CO, 12, 4711, NOW + 2)
    assert row_of(data, CO) == (CO, 0, BUMP, PASSED, 12, 4711, NOW, NOW + 1, NOW + 2)
    assert row_of(data, H2S) == (H2S, 0, 0, 0, 0, 4096, 0, 0, 0)
    assert generation(data) == 3 and gains(data, CO) == [(NOW + 1, 4711)] and problem_with(data) == ""


def test_what_did_not_pass_changes_no_constant_and_no_date():
    good = filled()
    before = row_of(good, CO)
    for act in (ZERO, SPAN, BUMP):
        for outcome in (FAILED, UNSTABLE, TIMED_OUT, CANCELLED):
            row = row_of(noted(good, act, outcome, CO, 99, 5555, NOW + DAY), CO)
            assert row[4:] == before[4:] and row[2:4] == (act, outcome)
            assert row[1] == (0 if outcome == CANCELLED else 1 << act)
        assert gains(noted(good, act, FAILED, CO, 9, 5555, NOW + 9), CO) == gains(good, CO)


def test_failures_end_with_an_act_that_proves_the_contrary():
    data = noted(noted(filled(), BUMP, FAILED, CO, 3, 4500, NOW), ZERO, PASSED, CO, 3, 4500, NOW)
    assert row_of(data, CO)[1] == 1 << BUMP  # a zero shows no response
    assert row_of(noted(data, BUMP, PASSED, CO, 3, 4500, NOW), CO)[1] == 0
    assert row_of(noted(data, SPAN, PASSED, CO, 3, 4500, NOW), CO)[1] == 0
    data = noted(filled(), SPAN, FAILED, CO, 3, 4500, NOW)
    assert row_of(noted(data, BUMP, PASSED, CO, 3, 4500, NOW), CO)[1] == 1 << SPAN
    oxygen = noted(noted(b"", BUMP, FAILED, O2, 0, 4096, NOW), SPAN, PASSED, O2, 0, 4100, NOW)
    assert row_of(oxygen, O2)[1] == 1 << BUMP  # fresh air shows no response either


def test_history_keeps_the_last_twelve_spans():
    data = b""
    for i in range(20):
        data = noted(data, SPAN, PASSED, CO, 0, 4096 + i, NOW + i)
        data = noted(data, BUMP, PASSED, H2S, 0, 4096, NOW + i)
    assert gains(data, CO) == [(NOW + i, 4096 + i) for i in range(8, 20)]
    assert gains(data, H2S) == [] and len(rows(data)) == 2


def test_the_format_is_the_documented_one():
    data = noted(b"", SPAN, PASSED, CO, -5, 4711, NOW)
    body = (
        struct.pack("<BBBBhHIII", CO, 0, SPAN, PASSED, -5, 4711, 0, NOW, 0) + struct.pack("<IH", NOW, 4711) + bytes(66)
    )
    head = b"DCAL" + struct.pack("<BBHI", 1, 1, 0, 1)
    crc = binascii.crc32(head + body) & 0xFFFFFFFF
    assert data == head + struct.pack("<I", crc) + body


def test_no_damaged_byte_and_no_other_length_passes():
    data = filled()
    for i in range(len(data)):
        for mask in (1, 0x80, 0xFF):
            bad = bytearray(data)
            bad[i] ^= mask
            assert problem_with(bytes(bad)), i
    for size in range(len(data)):
        assert problem_with(data[:size]), size
    assert problem_with(data + b"\x00") and problem_with(data + data)


def signed(body, n):
    """A store with a right CRC around any rows."""
    head = b"DCAL" + struct.pack("<BBHI", 1, n, 0, 7)
    return head + struct.pack("<I", binascii.crc32(head + body) & 0xFFFFFFFF) + body


def test_rows_that_cannot_be():
    for gas, gain_q12 in ((0, 4096), (99, 4096), (CO, 0), (CO, 1023), (CO, 16385), (CO, 65535)):
        row = struct.pack("<BBBBhHIII", gas, 0, 0, 0, 0, gain_q12, 0, 0, 0) + bytes(72)
        assert problem_with(signed(row, 1)), (gas, gain_q12)
    row = struct.pack("<BBBBhHIII", CO, 0, 0, 0, 0, 16384, 0, 0, 0) + bytes(72)
    assert problem_with(signed(row, 1)) == "" and problem_with(signed(row + row, 2))


@with_flash
def test_a_new_tag_has_nothing(flash):
    assert load(flash.root) == (b"", CODE_MISSING, "")
    core = FakeCore()
    view = Calibrations(chosen(), (CO, H2S), flash.root)
    assert view.apply(core, 5) == []
    assert core.heard == [("correct", CO, 0, 4096), ("correct", H2S, 0, 4096)]
    assert view.check(core, NOW, 5) == [("due", CO, 1), ("due", H2S, 1)]  # never calibrated


@with_flash
def test_saves_alternate_and_the_newest_wins(flash):
    data = b""
    for i in range(1, 6):
        data = noted(data, SPAN, PASSED, CO, i, 4096 + i, NOW + i)
        assert save(flash.root, data) == ""
        assert load(flash.root) == (data, 0, "")
    assert generation(flash.get("calibration.a")) == 5 and generation(flash.get("calibration.b")) == 4
    assert save(flash.root, data) == "not newer than what is there" and load(flash.root)[0] == data


@with_flash
def test_damage_is_due_for_all_and_said_until_a_span_passes(flash):
    old, new = filled(), noted(filled(), SPAN, PASSED, CO, 4, 4600, NOW + 5)
    assert save(flash.root, old) == "" and save(flash.root, new) == ""
    flash.put("calibration.b", new[:-1])
    data, code, text = load(flash.root)
    assert (data, code) == (old, CODE_CORRUPT) and text.startswith("calibration.b: ")
    core = FakeCore()
    view = Calibrations(chosen(), (CO, H2S), flash.root)
    assert view.apply(core, 5) == [(CONFIG, 5, CODE_CORRUPT, text), ("fault", FAULT_CONFIG)]
    assert ("correct", CO, 3, 4500) in core.heard  # the other file is whole
    assert view.check(core, NOW + 9, 5) == [("due", CO, 1), ("due", H2S, 1)]
    # a span of one gas mends the files; the other gas stays due
    data = noted(data, SPAN, PASSED, CO, 3, 4500, NOW + 6, True)
    assert save(flash.root, data) == "" and load(flash.root)[1:] == (0, "")
    view = Calibrations(chosen(), (CO, H2S), flash.root)
    assert view.check(core, NOW + 9, 5) == [("due", CO, 0), ("due", H2S, 1)]


@with_flash
def test_both_damaged_gives_factory_values_and_mends(flash):
    flash.put("calibration.a", b"\xff" * 100)
    flash.put("calibration.b", b"D")
    assert load(flash.root)[:2] == (b"", CODE_CORRUPT)
    core = FakeCore()
    view = Calibrations(chosen(bump_force=1), (CO,), flash.root)
    assert len(view.apply(core, 5)) == 2 and core.heard[0] == ("correct", CO, 0, 4096)
    assert view.check(core, NOW, 5) == [("due", CO, 2)]
    data = noted(b"", SPAN, PASSED, CO, 0, 4096, NOW, True)
    assert save(flash.root, data) == "" and load(flash.root) == (data, 0, "")


@with_flash
def test_a_folder_in_place_of_a_file_is_no_exception(flash):
    os.mkdir(flash.root + "/calibration.a")
    assert load(flash.root)[:2] == (b"", CODE_CORRUPT)
    assert save(flash.root, filled()).startswith("calibration.a: not written")


def test_due():
    rules = chosen(calibration_days=180, bump_days=30)
    row = row_of(filled(), CO)
    assert [due(row, NOW + s, rules) for s in (0, 30 * DAY - 1, 30 * DAY, 180 * DAY)] == [0, 0, 1, 1]
    bumped = row[:8] + (NOW + 170 * DAY,)
    assert [due(bumped, NOW + s, rules) for s in (170 * DAY, 180 * DAY - 1, 180 * DAY)] == [0, 0, 1]
    assert due(row, NOW - 1, rules) == 1  # done later than now: that clock was wrong
    assert due(row, 0, rules) == 1
    never = (CO, 0, 0, 0, 0, 4096, 0, 0, 0)
    assert due(never, NOW, rules) == 1
    assert due(never, NOW, chosen(calibration_days=0, bump_days=0)) == 0
    assert due(never, NOW, chosen(calibration_days=180, bump_days=0)) == 1
    forced = chosen(calibration_days=180, bump_days=30, bump_force=1)
    assert [due(row, NOW + s, forced) for s in (0, 31 * DAY, 181 * DAY)] == [0, 2, 2]
    for act in (ZERO, SPAN, BUMP):
        failed = row_of(noted(filled(), act, TIMED_OUT, CO, 0, 4096, NOW), CO)
        assert due(failed, NOW, rules) == 1 and due(failed, NOW, forced) == 2
        assert due(failed, NOW, chosen(calibration_days=0, bump_days=0)) == 1
    oxygen = row_of(noted(b"", SPAN, PASSED, O2, 0, 4096, NOW), O2)
    assert due(oxygen, NOW, rules) == 1  # it may have been fresh air
    assert due(oxygen[:8] + (NOW,), NOW, rules) == 0


@with_flash
def test_the_core_hears_of_changes_only(flash):
    save(flash.root, noted(filled((CO,)), BUMP, PASSED, CO, 3, 4500, NOW))
    core = FakeCore()
    view = Calibrations(chosen(), (CO,), flash.root)
    assert view.apply(core, 1) == [] and core.heard == [("correct", CO, 3, 4500)]
    assert view.check(core, NOW + 1, 1) == [("due", CO, 0)]
    assert view.check(core, NOW + 2, 1) == []
    assert view.check(core, NOW + 31 * DAY, 1) == [("due", CO, 1)]
    assert view.check(core, NOW + 32 * DAY, 1) == []


def cut_everywhere(flash, module, work, check):
    """`work` with the power failing at each change of the flash, then `check(done)`; gives the number of changes."""
    before = bytes(flash.disk.data)
    opened = []

    def opening(path, mode):
        opened.append(open(path, mode))
        return opened[-1]

    cut = 0
    while True:
        flash.restart(before)
        flash.disk.power(cut)
        setattr(module, OPEN, opening)
        done = work()
        setattr(module, OPEN, open)
        after = bytes(flash.disk.data)
        # The interpreter lives on, unlike that of a tag without power: let it close its file, on a disk nobody reads.
        flash.disk.power(-1)
        while opened:
            opened.pop().close()
        flash.restart(after)
        check(done, cut)
        if done:
            return cut
        cut += 1


@with_flash
def test_a_power_cut_at_any_write_leaves_the_old_or_the_new(flash):
    if not vfs:
        return  # no flash whose power could fail
    gases = (1, 2, 3, 4, 5, 6)
    old = noted(filled(gases), ZERO, PASSED, CO, 9, 4500, NOW)
    assert save(flash.root, filled(gases)) == "" and save(flash.root, old) == ""
    new = noted(old, SPAN, PASSED, CO, 9, 4800, NOW + 1)

    def check(done, cut):
        data, code, problem = load(flash.root)
        assert (code, problem) == (0, ""), (cut, problem)
        assert data == new or (not done and data == old), cut

    assert cut_everywhere(flash, calibration_store, lambda: save(flash.root, new) == "", check) >= 2


@with_flash
def test_a_power_cut_in_the_first_writes_is_no_damage(flash):
    if not vfs:
        return
    old, new = filled((CO,)), filled((CO, H2S))

    def check_first(done, cut):
        data, code, problem = load(flash.root)
        assert (problem == "" and (data, code) == (old, 0)) or (not done and (data, code) == (b"", CODE_MISSING)), (
            cut,
            problem,
        )

    def check_second(done, cut):
        assert load(flash.root) in ((new, 0, ""),) + (() if done else ((old, 0, ""),)), cut

    assert cut_everywhere(flash, calibration_store, lambda: save(flash.root, old) == "", check_first) >= 1
    assert cut_everywhere(flash, calibration_store, lambda: save(flash.root, new) == "", check_second) >= 1


@with_flash
def test_a_power_cut_while_mending_leaves_a_whole_file(flash):
    if not vfs:
        return
    old = filled()
    assert save(flash.root, old) == ""
    flash.put("calibration.b", b"junk" * 300)
    new = noted(old, SPAN, PASSED, CO, 9, 4800, NOW + 1, True)

    def check(done, cut):
        data, code, _ = load(flash.root)
        assert data == new or (not done and data == old), cut
        assert code == 0 or not done

    assert cut_everywhere(flash, calibration_store, lambda: save(flash.root, new) == "", check) >= 1


@with_flash
def test_a_power_cut_while_the_time_is_kept_forgets_nothing(flash):
    if not vfs:
        return
    kept = clock.Clock(lambda: NOW, 0, flash.root)
    kept.now_s(0)
    assert kept.keep() and kept.keep()

    def later():
        mine = clock.Clock(lambda: NOW + 5000, 0, flash.root)
        mine.now_s(0)
        return mine.keep()

    def check(done, cut):
        found = clock.Clock(lambda: 0, 0, flash.root).now_s(0)
        assert found == NOW + 5000 or (not done and found == NOW), (cut, found)

    assert cut_everywhere(flash, clock, later, check) >= 1


@with_flash
def test_the_time_goes_on_without_a_clock(flash):
    chip = [NOW]
    mine = clock.Clock(lambda: chip[0], 1000, flash.root)
    assert mine.now_s(1000) == NOW
    mine.tick(1000)  # the first that is known is kept at once
    chip[0] = 0  # a power cut
    mine = clock.Clock(lambda: chip[0], 2**30 - 1500, flash.root)
    assert mine.now_s(2**30 - 1500) == NOW
    assert mine.now_s(2**30 - 501) == NOW
    assert mine.now_s(500) == NOW + 2  # ticks have wrapped
    chip[0] = NOW - 100  # a clock that is slow does not turn time back
    assert mine.now_s(600) == NOW + 2
    chip[0] = NOW + 9000
    assert mine.now_s(700) == NOW + 9000


@with_flash
def test_the_older_time_is_written_over(flash):
    for i in range(4):
        mine = clock.Clock(lambda: NOW + i, 0, flash.root)  # noqa: B023
        mine.now_s(0)
        assert mine.keep()
        kept = [struct.unpack("<I", flash.get(name)[:4])[0] - NOW for name in clock.FILES[: min(2, i + 1)]]
        assert kept == ([0], [0, 1], [2, 1], [2, 3])[i]


@with_flash
def test_the_time_is_kept_every_ten_minutes(flash):
    mine = clock.Clock(lambda: 0, 0, flash.root)
    writes = []
    keep = mine.keep
    setattr(mine, KEEP, lambda: writes.append(1) or keep())
    for minute in range(1, 24 * 60):
        mine.tick(minute * 60000)
    assert len(writes) == 143
    assert clock.Clock(lambda: 0, 0, flash.root).now_s(0) == 143 * 600


@with_flash
def test_a_person_may_turn_time_back(flash):
    mine = clock.Clock(lambda: 0, 0, flash.root)
    assert mine.set(NOW + 10**9, 0) and clock.Clock(lambda: 0, 0, flash.root).now_s(0) == NOW + 10**9
    assert mine.set(NOW, 0) and mine.now_s(0) == NOW
    assert clock.Clock(lambda: 0, 0, flash.root).now_s(0) == NOW


@with_flash
def test_damaged_times_are_not_believed(flash):
    mine = clock.Clock(lambda: NOW, 0, flash.root)
    mine.now_s(0)
    assert mine.keep() and mine.keep()
    good = flash.get("clock.a")
    for bad in (b"", good[:7], good + b"\x00", b"\xff" * 8, bytes(8)[:7], bytes((good[0] ^ 1,)) + good[1:]):
        flash.put("clock.a", bad)
        assert clock.Clock(lambda: 0, 0, flash.root).now_s(0) == NOW
    flash.put("clock.b", b"\xff" * 8)
    flash.put("clock.a", b"\xff" * 8)
    assert clock.Clock(lambda: 0, 0, flash.root).now_s(0) == 0


def test_numbers_agree_with_the_names():
    from tag import names
    from tag.gas import acts

    assert names.ACTS.index("span") == acts.SPAN == SPAN and names.ACTS.index("bump") == acts.BUMP == BUMP
    for name, number in (("passed", 1), ("failed", 2), ("unstable", 3), ("timed out", 4), ("cancelled", 5)):
        assert names.OUTCOMES.index(name) == number
    assert (acts.PASSED, acts.FAILED, acts.UNSTABLE, acts.TIMED_OUT, acts.CANCELLED) == (1, 2, 3, 4, 5)
    assert calibrations.DAMAGED == 1
