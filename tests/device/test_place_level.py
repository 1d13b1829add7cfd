"""The level by air pressure: each state and symbol, a cage, a ramp, weather, doors, hostile readings, no allocation.

Pressures of heights are by the barometric formula, in floats: p0 exp(-h M g / (R T)), M g / R = 0.0341626 K/m (ISO 2533).
"""

import math
import random

import micropython
import quality
import ticks
from tag.place import level as subject
from tag.place.level import (
    AWAY,
    BLIND,
    DOOR_PA,
    EVERY_MS,
    FADE,
    GONE,
    HOLD,
    KNOWN,
    LOST,
    NO_LEVEL,
    OLD,
    OLD_MS,
    SETTLE,
    TABLE,
    Level,
    problem_with,
)

START = (1 << 30) - 100000  # the ticks wrap on the way


def heights(*entries):
    out = b""
    for number, metres in entries:
        out += bytes([number & 0xFF, metres & 0xFF, metres >> 8 & 0xFF])
    return out


MINE = heights((-3, -480), (-2, -420), (-1, -360), (0, 0))


class Air:
    def __init__(self):
        self.quality = quality.OK
        self.press_pa = 105000
        self.temp_c100 = 2000


class Wearer:
    """At a height, in air of `kelvin`; `offset_pa` is what doors and weather add."""

    def __init__(self, table=MINE, kelvin=293.15):
        self.air = Air()
        self.level = Level(table, START)
        self.t_ms = START
        self.kelvin = kelvin
        self.offset_pa = 0.0
        self.said = []

    def at(self, height_m, known=NO_LEVEL, times=1):
        for _ in range(times):
            self.t_ms = ticks.add(self.t_ms, EVERY_MS)
            pressure = 101325 * math.exp(-0.0341626 * height_m / self.kelvin)
            self.air.press_pa = round(pressure + self.offset_pa + random.uniform(-2, 2))
            if self.level.sample(known, self.air, self.t_ms):
                self.said.append(self.level.level)
        return self.level.level

    def travel(self, from_m, to_m, speed, known=NO_LEVEL):
        """At so many metres a second, 1 m/s2 at both ends."""
        way, v, sign = abs(to_m - from_m), 0.0, 1 if to_m > from_m else -1
        done = 0.0
        while done < way:
            for _ in range(20):
                v = min(speed, v + 0.1, math.sqrt(2 * max(0.05, way - done)))
                done = min(way, done + v * EVERY_MS / 20000)
            self.at(from_m + sign * done, known)


def state_of(wanted):
    one = Wearer()
    if wanted != LOST:
        one.at(-420, -2, times=12)
    if wanted == AWAY:
        one.at(-420)
    assert one.level.state == wanted
    return one


def test_each_state_and_symbol():
    seen = set()
    for state in (LOST, HOLD, AWAY):
        for symbol in (BLIND, KNOWN, OLD, GONE):
            if state == LOST and symbol == GONE:
                continue  # nothing was learned: the symbol is OLD
            one = state_of(state)
            known = NO_LEVEL
            if symbol == BLIND:
                one.air.quality = quality.STALE
            elif symbol == KNOWN:
                known = -2
            elif symbol == OLD:
                one.t_ms = ticks.add(one.t_ms, OLD_MS)
            one.at(-420, known)
            assert one.level.state == TABLE[state][symbol], (state, symbol)
            assert (one.level.level == NO_LEVEL) == (one.level.state == LOST), (state, symbol)
            seen.add((state, symbol))
    assert len(seen) == 11


def test_a_cage_to_another_level_and_back():
    random.seed(5)
    for kelvin in (278.0, 293.15, 303.0):
        for to_m, level in ((-360, -1), (-480, -3)):
            one = Wearer(kelvin=kelvin)
            one.at(-420, -2, times=40)
            one.travel(-420, to_m, 8)
            assert one.at(to_m, times=SETTLE + 1) == level, (kelvin, to_m, one.said)
            assert one.said == [-2, level], one.said  # and no other level was said on the way
            one.travel(to_m, -420, 8)
            assert one.at(-420, times=SETTLE + 1) == -2


def test_another_level_is_learned_anew():
    one = Wearer()
    one.at(-420, -2, times=40)
    one.travel(-420, -480, 8)
    one.at(-480, -3, times=10)
    assert one.at(-480, times=FADE) == -3


def test_beacons_still_heard_while_the_cage_has_begun_do_not_spoil_the_reference():
    one = Wearer()
    one.at(-420, -2, times=40)
    one.travel(-420, -460, 4, known=-2)  # 14 s
    one.travel(-460, -480, 4)
    assert one.at(-480, times=SETTLE + 1) == -3


def test_to_the_surface_from_420_m_only_the_surface_fits():
    one = Wearer()
    one.air.temp_c100 = 2900  # warmer than the shaft: 12 m too much
    one.at(-420, -2, times=40)
    one.travel(-420, 0, 10)
    assert one.at(0, times=SETTLE + 1) == 0 and one.said == [-2, NO_LEVEL, 0], one.said  # 45 s on the way


def test_levels_too_near_each_other_for_what_was_climbed_are_not_told_apart():
    one = Wearer(heights((-3, -480), (-2, -450), (0, 0)))
    one.at(0, 0, times=40)
    one.travel(0, -465, 10)
    assert one.at(-465, times=FADE) == NO_LEVEL  # an error of 35 m either way: both fit


def test_half_way_up_a_ramp_no_level_is_said():
    one = Wearer()
    one.at(-420, -2, times=40)
    one.travel(-420, -390, 0.2)  # on foot
    assert one.at(-390, times=FADE) == NO_LEVEL
    assert one.said == [-2, NO_LEVEL], one.said
    one.travel(-390, -360, 0.2)
    assert one.at(-360, times=SETTLE) == -1


def test_weather_of_2_hpa_an_hour_keeps_the_level_for_as_long_as_it_is_said():
    for sign in (1, -1):
        one = Wearer()
        one.at(-420, -2, times=40)
        for i in range(OLD_MS // EVERY_MS + 2):
            one.offset_pa = sign * 200.0 * i * EVERY_MS / 3600000
            one.at(-420)
            if i == OLD_MS // EVERY_MS - 2:
                assert one.said == [-2]
        assert one.said == [-2, NO_LEVEL] and one.level.state == LOST, one.said


def test_a_door_is_taken_out():
    """750 Pa are 60 m: without that, the next level."""
    for step in (750, -750, DOOR_PA + 20):
        for at_once in (True, False):
            one = Wearer()
            one.at(-420, -2, times=40)
            one.at(-420, times=5)
            if not at_once:
                one.offset_pa = step / 3
                one.at(-420)
            one.offset_pa = step
            one.at(-420, times=60)
            assert one.said == [-2], (step, at_once, one.said)
            one.offset_pa = 0
            one.at(-420, times=60)
            assert one.said == [-2], (step, at_once, one.said)
            one.travel(-420, -480, 8)
            assert one.at(-480, times=SETTLE + 1) == -3


def test_a_door_that_opens_slowly_is_taken_for_a_height():
    """The page says so: 750 Pa in ten seconds."""
    one = Wearer()
    one.at(-420, -2, times=40)
    for i in range(5):
        one.offset_pa = 150.0 * (i + 1)
        one.at(-420)
    assert one.at(-420, times=SETTLE + 1) == -3


def test_samples_that_come_late_tell_no_door():
    one = Wearer()
    one.at(-420, -2, times=40)
    one.at(-420, times=5)
    one.t_ms = ticks.add(one.t_ms, 10000)  # and a cage has gone down meanwhile
    assert one.at(-480, times=SETTLE + 1) == -3


def test_the_fastest_cage_is_no_door():
    one = Wearer()
    one.at(-420, -2, times=40)
    for _ in range(3):
        one.travel(-420, -360, 16)
        assert one.at(-360, times=SETTLE + 1) == -1
        one.travel(-360, -420, 16)
        assert one.at(-420, times=SETTLE + 1) == -2


def test_a_sensor_that_fails_makes_the_level_unknown_until_beacons_tell():
    one = Wearer()
    one.at(-420, -2, times=40)
    one.at(-420)
    one.air.quality = quality.FAILED
    assert one.at(-420) == NO_LEVEL
    one.air.quality = quality.OK
    assert one.at(-420, times=30) == NO_LEVEL
    assert one.at(-480, -3) == -3
    assert one.at(-480, times=1) == NO_LEVEL  # one reading is no reference
    one.at(-480, -3, times=12)
    assert one.at(-480, times=20) == -3


def test_a_zone_whose_level_has_no_height_is_as_none():
    one = Wearer()
    one.at(-420, -2, times=40)
    one.at(-420, 5, times=3)
    assert one.level.state == AWAY and one.level.level == -2


def test_hostile_readings_never_raise_and_say_known_levels_or_none():
    random.seed(9)
    one = Wearer()
    table = (-3, -2, -1, 0, NO_LEVEL)
    for i in range(6000):
        one.air.quality = quality.OK if random.randint(0, 199) else quality.STALE
        one.air.press_pa = random.choice((1, 30000, 105000, 105200, 106000, 120000, 200000, -5, 0))
        one.air.temp_c100 = random.choice((-27315, -4000, 2000, 8500, 32767))
        one.t_ms = ticks.add(one.t_ms, random.choice((0, EVERY_MS, EVERY_MS, 5000)))
        one.level.sample(random.choice((NO_LEVEL, NO_LEVEL, -2, 0, 9)), one.air, one.t_ms)
        assert one.level.level in table
        assert max([abs(value) for value in one.level._ring]) < 1 << 29, i


def test_a_door_that_moves_the_reference_below_nothing():
    one = Wearer()
    rise = [(pa, NO_LEVEL, 1) for pa in (100100, 100200, 150000, 150250)]
    # the step, -125250, moves 100000 to -25250
    for pressure, known, times in [(100000, -2, 12)] + rise + [(150500, NO_LEVEL, 5), (25250, NO_LEVEL, 9)]:
        for _ in range(times):
            one.air.press_pa = pressure
            one.t_ms = ticks.add(one.t_ms, EVERY_MS)
            one.level.sample(known, one.air, one.t_ms)
    one.air.press_pa = 0
    assert one.level.sample(-2, one.air, one.t_ms) in (True, False) and one.level.state == LOST


def test_small_integers_are_enough():
    assert 117 * subject_most("_MOST_K", 340) * subject_most("_MOST_PA", 25000) < 1 << 30


def subject_most(name, value):
    """The constant; MicroPython keeps none that begins with _."""
    return getattr(subject, name, value)


def test_tables_that_make_no_sense_are_refused():
    assert problem_with(b"") == "" and problem_with(MINE) == ""
    for wrong in (
        b"\x00",
        MINE[:-1],
        MINE[:3],
        heights((1, 5), (1, 6)),
        heights((2, 5), (1, 6)),
        heights((-128, 0), (1, 6)),
    ):
        assert problem_with(wrong)


def test_nothing_is_allocated():
    one = state_of(AWAY)
    air, level = one.air, one.level
    level.sample(-2, air, one.t_ms)
    micropython.heap_lock()
    try:
        i = 0
        while i < 40:
            air.press_pa = 106000 + (i & 8) * 100
            level.sample(-2 if i < 20 else NO_LEVEL, air, ticks.add(one.t_ms, i * EVERY_MS))
            i += 1
    finally:
        micropython.heap_unlock()
