"""Alertness on the tag: what is assumed, what cannot be, and equal on every interpreter. tests/host has the formulas."""

from dsp_bench import digest

import micropython
from tag.fatigue.alertness import RESTED_Q12, Alertness, asleep_q12, awake_q12, kss_q8

HOUR = 60


def test_without_a_word_a_usual_night_is_assumed():
    alertness = Alertness()
    alertness.assume(6 * HOUR)
    assert not alertness.known
    assert alertness.kss_q8(6 * HOUR, 6 * HOUR) == kss_q8(RESTED_Q12, 120, 6 * HOUR)
    assert alertness.kss_q8(14 * HOUR, 14 * HOUR) == kss_q8(RESTED_Q12, 600, 14 * HOUR)


def test_a_short_night_makes_sleepier():
    found = []
    for hours in (8, 6, 4, 2):
        alertness = Alertness()
        assert alertness.slept((30 - hours) * HOUR, 30 * HOUR) and alertness.known
        found.append(alertness.kss_q8(36 * HOUR, 12 * HOUR))
    assert found == sorted(found) and found[3] - found[0] > 256


def test_a_sleep_that_cannot_be_changes_nothing():
    alertness = Alertness()
    assert alertness.slept(0, 480)
    before = alertness.kss_q8(900, 900)
    for from_min, to_min in ((500, 500), (600, 400), (400, 700), (-5, 490)):
        assert not alertness.slept(from_min, to_min)
        assert alertness.kss_q8(900, 900) == before


def test_the_scale_is_limited():
    for awake_min in (0, 1, 60, 6000, -60):
        for minute in range(-1440, 2880, 60):
            for s in (0, 9830, 30000, 58573, 1 << 20):
                assert 256 <= kss_q8(s, awake_min, minute) <= 2304
    assert asleep_q12(RESTED_Q12, 100000) <= 58573 and awake_q12(RESTED_Q12, 100000) >= 9830


def test_every_interpreter_gives_the_same_numbers():
    d = 0
    for awake_min in range(0, 3000, 173):
        s = asleep_q12(20000 + 11 * awake_min, awake_min)
        d = digest((s, awake_q12(s, awake_min), kss_q8(s, awake_min, 7 * awake_min)), d)
    assert d == 355123, d  # by CPython


def test_nothing_allocates():
    alertness = Alertness()
    told = 0
    micropython.heap_lock()
    alertness.assume(360)
    for i in range(100):
        told += alertness.kss_q8(360 + 7 * i, 360 + 7 * i)
    alertness.slept(2000, 2400)
    told += alertness.kss_q8(2500, 1060)
    micropython.heap_unlock()
    assert told > 0
