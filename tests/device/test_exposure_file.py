"""What was breathed, on flash: it outlives resets, sensors that die, clocks that are set; what is damaged is told, never taken."""

from gas_bench import Reading, profile, row
from test_config_files import with_flash
from test_journal_rig import MICROPYTHON

from tag.clock import Clock
from tag.core import Core
from tag.events import ALARM_GAS_LOW, CO, CODE_CORRUPT, CODE_FAILED, CONFIG, EXPOSURE, FAULT, FAULT_CONFIG, H2S
from tag.exposure_file import ExposureFile, undate
from tag.settings import DEFAULTS

LIMITS = profile(
    row(CO, "twa", 350, 310, ALARM_GAS_LOW), row(CO, "step", 170, 170, ALARM_GAS_LOW, delay_s=3600, rest_min=120)
)
NOW = 830000000  # in 2026
FILE = "exposure"


class Tag:
    """A core with its file; `chip_s` is what the chip's clock says at boot, 0: not set."""

    def __init__(self, flash, chip_s=NOW, gases=(CO,), **settings):
        chosen = dict(DEFAULTS)
        chosen.update(settings)
        self.t_ms = 0
        self.chip_s = chip_s
        self.readings = [Reading(gas, 0) for gas in gases]
        self.core = Core(chosen, 0, LIMITS)
        self.clock = Clock(lambda: self.chip_s + self.t_ms // 1000 if self.chip_s else 0, 0, flash.root)
        self.file = ExposureFile(self.core, self.clock, 0, flash.root)
        self.told = list(self.file.load(0))

    def live(self, seconds, value):
        for _ in range(seconds // 5):
            self.t_ms += 5000
            for reading in self.readings:
                reading.value = value
            self.told.extend(self.core.gas(self.readings, self.t_ms))
            self.told.extend(self.core.tick(self.t_ms))
            self.told.extend(self.file.tick(self.t_ms))
        return self

    def exposure(self, gas=CO):
        return self.core.gases.channel(gas, self.t_ms).exposure

    def kinds(self, kind):
        return [event for event in self.told if event[0] == kind]


@with_flash
def test_it_outlives_a_reset_at_any_moment(flash):
    tag = Tag(flash).live(3600, 300)
    before = tag.exposure().shift_q4
    again = Tag(flash, NOW + 3660)
    assert before * 58 // 60 <= again.exposure().shift_q4 <= before and again.told == []
    again.live(600, 300)
    assert again.exposure().shift_q4 > before


@with_flash
def test_time_off_counts_only_where_both_clocks_are_sure(flash):
    Tag(flash).live(1800, 300)
    assert 88 <= Tag(flash, NOW + 1800 + 3600).exposure().minutes <= 90
    assert Tag(flash, 0).exposure().minutes in (29, 30)
    undate(flash.root)  # somebody has set the clock, by months
    assert Tag(flash, NOW + 10**7).exposure().minutes in (29, 30)
    Tag(flash, 0).live(1800, 300)
    assert Tag(flash, NOW + 10**7).exposure().minutes in (58, 59, 60)


@with_flash
def test_setting_the_clock_needs_no_larger_piece_of_memory_than_the_file(flash):
    Tag(flash).live(1800, 300)
    undate(flash.root)
    held = []
    while MICROPYTHON:
        try:
            held.append(bytearray(6000))
        except MemoryError:
            break
    for i in range(1, len(held), 2):
        held[i] = b""  # half of the heap is free, in pieces
    undate(flash.root)
    assert flash.get(FILE)[4:8] == bytes(4)


@with_flash
def test_after_eight_hours_off_another_shift_has_begun_and_stays_so(flash):
    Tag(flash).live(1800, 300)
    tag = Tag(flash, NOW + 1800 + 9 * 3600)
    assert [event[-1] for event in tag.kinds(EXPOSURE)] == [1] and not tag.core.breathed()
    assert Tag(flash, NOW + 1860 + 9 * 3600).kinds(EXPOSURE) == []


@with_flash
def test_a_shift_that_was_closed_does_not_come_back(flash):
    tag = Tag(flash).live(3600, 300)
    tag.told.extend(tag.core.shift_end(tag.t_ms))
    tag.live(10, 0)
    assert not Tag(flash, NOW + 3700).core.breathed()


@with_flash
def test_a_sensor_that_died_keeps_its_exposure_through_many_resets(flash):
    Tag(flash).live(3600, 300)
    for i in range(3):
        tag = Tag(flash, NOW + 3660 + 120 * i, (H2S,)).live(120, 0)
        assert tag.exposure().peak == 300, i
        assert tag.core.gases.fault != 0, "its silence is a fault"


@with_flash
def test_an_automatic_end_forgets_no_gas_that_is_still_breathed(flash):
    tag = Tag(flash, shift_h=4).live(4 * 3600 - 60, 400)
    causes = tag.core.gases.channel(CO, 0).causes
    twa = tag.exposure().twa_q4
    tag.live(300, 400)
    assert tag.exposure().minutes < 10 and causes
    assert tag.core.gases.channel(CO, 0).causes == causes and tag.exposure().twa_q4 > twa
    assert tag.core.gases.channel(CO, 0).steps.used
    assert Tag(flash, NOW + 4 * 3600 + 300).exposure().twa_q4 >= twa, "what was saved can be loaded"


@with_flash
def test_what_is_damaged_is_told_and_not_taken(flash):
    Tag(flash).live(1800, 300)
    good = flash.get(FILE)
    flipped = bytes((good[0] ^ 1,)) + good[1:]
    for bad in (good[:-1], good + b"\0", good[:9], b"x", flipped, good[:99] + b"\xff" + good[100:], bytes(8200)):
        flash.put(FILE, bad)
        tag = Tag(flash, NOW + 1860)
        assert not tag.core.breathed(), len(bad)
        assert tag.kinds(CONFIG)[0][2] == CODE_CORRUPT and tag.kinds(FAULT)[0][2] == FAULT_CONFIG
        undate(flash.root)  # nor does setting the clock make it a good one
        assert flash.get(FILE) == bad
    flash.put(FILE, b"")  # cut while it was first made
    assert Tag(flash, NOW + 1860).told == []


@with_flash
def test_a_flash_that_refuses_is_a_fault_and_ends(flash):
    tag = Tag(flash)
    path = tag.file._path
    tag.file._path = flash.root + "/no/such/folder"
    tag.live(300, 300)
    assert [event[2:] for event in tag.kinds(FAULT)] == [(FAULT_CONFIG, CODE_FAILED, 1)]
    tag.file._path = path
    tag.live(120, 300)
    assert [event[4] for event in tag.kinds(FAULT)] == [1, 0]
