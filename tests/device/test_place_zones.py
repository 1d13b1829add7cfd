"""The estimator and the zone that is said: each state and symbol, walks through a gallery, hostile strengths, no allocation."""

import random

from place_rig import STEP_DM, expected, site

import micropython
import ticks
from tag.place.estimate import KEPT, Estimator
from tag.place.zones import (
    AGE_MS,
    DWELL,
    FEW,
    FIT_Q2,
    FOREIGN,
    KNOWN,
    LEAD_Q4,
    LEANING,
    OTHER,
    QUIET,
    SAME,
    SILENT,
    STRANGE,
    TABLE,
    UNKNOWN,
    Zones,
)

EVERY_MS = 3000
START = (1 << 30) - 20000  # the ticks wrap on the way


class Walk:
    """A tag that hears a map's beacons as they are expected, `louder` dB, and a noise of up to `noise` dB either way."""

    def __init__(self, louder=0, noise=0, **rest):
        self.site = site(**rest)
        self.estimator = Estimator(self.site)
        self.t_ms = START
        self.zones = Zones(self.estimator, START)
        self.louder = louder
        self.noise = noise

    def window(self, x_dm, times=1):
        for beacon in range(self.site.beacons):
            value = expected(x_dm, beacon)
            if self.site.vehicle[beacon] or value > 95:
                continue
            for _ in range(times):
                noise = random.randint(-self.noise, self.noise) if self.noise else 0
                self.estimator.hear(beacon, self.louder + noise - value)
        return self.close()

    def close(self):
        self.t_ms = ticks.add(self.t_ms, EVERY_MS)
        return self.zones.window(self.estimator.close(), self.t_ms)


def test_a_walk_through_the_gallery_says_each_zone_in_turn():
    for louder in (0, -17, 12):
        walk = Walk(louder=louder)
        said = []
        for x_dm in range(20, 4 * STEP_DM, 20):
            if walk.window(x_dm):
                said.append((walk.zones.zone, x_dm))
        assert [zone for zone, _ in said] == [1, 2, 3, 4], said
        for zone, x_dm in said[1:]:
            assert 0 <= x_dm - (zone - 1) * STEP_DM <= 80, said  # said within 8 m behind the border


def test_who_stands_stays():
    random.seed(3)
    switches = 0
    for x_dm in (50, 150, 190, 250):
        walk = Walk(noise=6)
        for _ in range(4):
            walk.window(x_dm)
        assert walk.zones.zone == x_dm // STEP_DM + 1
        for _ in range(200):
            switches += walk.window(x_dm)
    assert switches <= 8, switches  # 40 minutes in all


def test_nothing_heard_ages_out_and_stays_so_across_a_whole_turn_of_the_ticks():
    walk = Walk()
    walk.window(50)
    assert (walk.zones.state, walk.zones.zone) == (KNOWN, 1)
    quiet = 0
    while walk.zones.state == KNOWN:
        walk.close()
        quiet += EVERY_MS
    assert AGE_MS <= quiet <= AGE_MS + EVERY_MS and walk.zones.zone == 0
    for _ in range(12):
        walk.t_ms = ticks.add(walk.t_ms, 1 << 28)
        assert not walk.close() and walk.zones.state == UNKNOWN
    assert walk.window(350) and walk.zones.zone == 4  # the way there was not seen: no way costs anything


def test_what_fits_no_spot_is_no_zone():
    walk = Walk()
    walk.window(50)
    for turn in range(STRANGE):
        assert walk.zones.zone == 1
        walk.estimator.hear(0, -40 - 50 * (turn & 1))  # the far ends loud, the middle not: no such place
        walk.estimator.hear(3, -45)
        walk.estimator.hear(1, -95)
        walk.estimator.hear(2, -97)
        walk.close()
    assert (walk.zones.state, walk.zones.zone) == (UNKNOWN, 0)
    for _ in range(6):
        walk.window(150)
    assert walk.zones.zone == 2


class Given:
    """An estimator that says what it is told."""

    def __init__(self):
        self.best = 1
        self.fit_q2 = 0
        self.lead = 4096
        self.restarts = 0

    def lead_q4(self, zone):
        return self.lead if zone else 4096

    def restart(self):
        self.restarts += 1


def at(state, estimator, dwell):
    zones = Zones(estimator, START)
    if state == KNOWN:
        zones.window(1, START)
        assert zones.zone == 1
    zones.tune(LEAD_Q4, dwell)
    return zones


def give(zones, estimator, symbol):
    """Bring one symbol about; its time."""
    heard, t_ms = FEW, ticks.add(START, 1000)
    estimator.fit_q2 = 0
    if symbol == QUIET:
        heard = 0
    elif symbol == SILENT:
        heard, t_ms = 0, ticks.add(START, AGE_MS)
    elif symbol == FOREIGN:
        estimator.fit_q2 = FIT_Q2
        zones._strange = STRANGE - 1
    elif symbol == SAME:
        estimator.best, estimator.lead = 2, LEAD_Q4 - 1
    else:
        estimator.best, estimator.lead = 2, LEAD_Q4
    zones.window(heard, t_ms)


def test_every_state_and_symbol():
    for state in (UNKNOWN, KNOWN):
        for symbol in (QUIET, SILENT, FOREIGN, SAME, LEANING, OTHER):
            if state == UNKNOWN and symbol == SAME:
                continue  # no zone said has none to be the same as
            estimator = Given()
            zones = at(state, estimator, 2 if symbol == LEANING else 1)
            give(zones, estimator, symbol)
            assert zones.state == TABLE[state][symbol], (state, symbol)
            expect = 2 if symbol == OTHER else 1
            assert zones.zone == (expect if TABLE[state][symbol] == KNOWN else 0), (state, symbol)
            assert estimator.restarts == (symbol == SILENT)
    assert DWELL == 1 and TABLE[KNOWN][SILENT] == TABLE[KNOWN][FOREIGN] == UNKNOWN


def test_one_or_two_beacons_need_a_longer_lead():
    for heard, lead, said in (
        (FEW, LEAD_Q4 - 1, 1),
        (FEW, LEAD_Q4, 2),
        (FEW - 1, LEAD_Q4, 1),
        (FEW - 1, LEAD_Q4 * 3 // 2 - 1, 1),
        (FEW - 1, LEAD_Q4 * 3 // 2, 2),
        (1, LEAD_Q4 * 3 // 2, 2),
    ):
        estimator = Given()
        zones = at(KNOWN, estimator, 1)
        estimator.best, estimator.lead = 2, lead
        zones.window(heard, START)
        assert zones.zone == said, (heard, lead)


def test_dwell_counts_windows_in_a_row_of_the_same_zone():
    estimator = Given()
    zones = at(KNOWN, estimator, 3)
    for best in (2, 2, 3, 3, 1, 3, 3):
        estimator.best = best
        assert not zones.window(1, START), best
    assert zones.window(1, START) and zones.zone == 3


def test_medians():
    one = Estimator(site())
    for heard, median in (
        ((-60,), -60),
        ((-70, -60), -65),
        ((-90, -60, -61), -61),
        ((-60, -64, -61, -99), -62),
        ((-60,) * 20, -60),
        ((5, -128, -200), -127),
    ):
        for dbm in heard:
            one.hear(1, dbm)
        assert one.median_dbm(1) == median, heard
        assert one.close() == 1 and one.median_dbm(1) == -128
        assert one.loudest == 1 and one.loudest_dbm == median


def test_a_vehicle_says_nothing_of_the_zone():
    walk = Walk()
    walk.window(150)
    before = bytes(walk.estimator._score)
    walk.estimator.hear(4, -40)
    assert walk.estimator.close() == 0 and bytes(walk.estimator._score) == before


def test_any_strengths_keep_the_ranges():
    random.seed(5)
    one = Estimator(site(zones=60, vehicles=4, spots=1))
    for turn in range(60):
        for beacon in range(64):
            for _ in range(random.getrandbits(4) if turn & 1 else KEPT):
                one.hear(beacon, random.choice((0, 127, -128, -1000, 1000, -random.getrandbits(7))))
        one.close()
        assert max(one._score) == 0 and min(one._score) >= -4096
        assert 0 <= one.fit_q2 <= 36 and one.clear_q4 >= 0 and 1 <= one.best <= 60
        assert abs(one._ref_q5) < 1 << 13


def test_a_window_allocates_nothing():
    walk = Walk()
    walk.window(50)
    micropython.heap_lock()
    try:
        for beacon in range(4):
            walk.estimator.hear(beacon, -60)
        walk.zones.window(walk.estimator.close(), 100)
    finally:
        micropython.heap_unlock()
