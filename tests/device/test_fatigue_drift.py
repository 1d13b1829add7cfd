"""The personal control chart: what is usual is learned, chance is no drift, drift on either side is, and what stays adds up."""

from array import array

from dsp_bench import digest, noise, raises

import micropython
from tag.fatigue.drift import LEARN, LEARNING, WATCHING, Drift
from tag.fatigue.index import drift_part

FLOORS = ((20, 0), (100, 0), (0, 50))
USUAL = (10000, 500, 0)
ALL = 7


def window(*values):
    return array("h", values)


def learned(floors=FLOORS, usual=USUAL, windows=LEARN):
    """A statistic that knows a wearer who is always the same."""
    drift = Drift(floors)
    for _ in range(windows):
        assert drift.take(array("h", usual), (1 << len(usual)) - 1)
    return drift


def test_it_learns_the_first_windows_and_only_then_speaks():
    drift = Drift(FLOORS)
    for i in range(LEARN):
        assert drift.state == LEARNING and drift.windows == i and drift.distance_q8 == 0
        assert drift.take(array("h", USUAL), ALL)
    assert drift.state == WATCHING and drift.used == 3
    assert [drift.spread_q4(i) // 16 for i in range(3)] == [151, 37, 37]  # sqrt(4/7) of 200, 50 and 50


def test_the_same_as_ever_is_no_drift():
    drift = learned()
    for _ in range(100):
        assert drift.take(array("h", USUAL), ALL)
    assert drift.distance_q8 == 0 and drift.burden_q8 == 0


def test_drift_on_either_side_counts_alike():
    slow = learned()
    fast = learned()
    for _ in range(20):
        slow.take(window(10400, 500, 0), ALL)
        fast.take(window(9600, 500, 0), ALL)
    assert slow.z_q8(0) > 0 > fast.z_q8(0)
    assert abs(slow.distance_q8 - fast.distance_q8) <= 4 and slow.distance_q8 > 384
    assert abs(slow.burden_q8 - fast.burden_q8) <= 64 and slow.burden_q8 > 1000


def test_what_nobody_sees_any_more_is_no_drift():
    """Like a heart rate: strange in a pause, then not known while the walk is as ever."""
    drift = learned()
    for _ in range(3):
        drift.take(window(10000, 1500, 0), ALL)
    assert drift.distance_q8 > 512
    burdens = []
    for _ in range(30):
        assert drift.take(window(10000, 0, 0), ALL - 2)
        burdens.append(drift.burden_q8)
    assert burdens[2] > burdens[1] > burdens[0]  # for a memory's length it may still be so
    assert drift.distance_q8 == 0 and drift.burden_q8 == 0
    drift.take(window(10000, 1500, 0), ALL)
    assert drift.z_q8(1) == 1024  # it begins anew


def test_a_window_that_does_not_count_ages_nothing():
    drift, other = learned(), learned()
    for one in (drift, other):
        for _ in range(3):
            one.take(window(10400, 500, 0), ALL)
    for _ in range(10):
        assert not drift.take(window(0, 500, 0), 2)
    for one in (drift, other):
        one.take(window(10400, 500, 0), ALL)
    assert drift.distance_q8 == other.distance_q8 > 256


def test_one_odd_window_is_forgotten_and_what_stays_adds_up():
    drift = learned()
    for _ in range(10):
        drift.take(array("h", USUAL), ALL)
    drift.take(window(30000, 5000, 5000), ALL)
    least = drift.burden_q8
    for _ in range(15):
        drift.take(array("h", USUAL), ALL)
    assert drift.burden_q8 == 0 and drift.distance_q8 < 16 and least < 1000
    before = -1
    for _ in range(30):
        drift.take(window(10600, 580, 90), ALL)
        assert drift.burden_q8 > before
        before = drift.burden_q8


def test_no_window_weighs_more_than_four_spreads():
    drift = learned()
    for _ in range(50):
        drift.take(window(32767, -32768, 32767), ALL)
    assert drift.z_q8(0) == 1024 and drift.z_q8(1) in (-1024, -1023) and drift.distance_q8 == 1024
    for _ in range(1000):
        drift.take(window(32767, -32768, 32767), ALL)
    assert drift.burden_q8 == 65535


def test_a_feature_that_is_not_known_is_not_guessed():
    drift = Drift(FLOORS)
    for _ in range(LEARN):
        assert drift.take(window(10000, 500, 32767), 3)
    assert drift.used == 2 and drift.spread_q4(2) == 0
    for _ in range(10):
        assert drift.take(window(10000, 500, -32768), 7)
    assert drift.distance_q8 == 0 and drift.seen == 2


def test_too_little_is_no_window():
    drift = Drift(FLOORS)
    assert not drift.take(array("h", USUAL), 1) and not drift.take(array("h", USUAL), 0) and drift.windows == 0
    drift = learned()
    drift.take(window(10600, 580, 90), ALL)
    before = drift.distance_q8, drift.burden_q8
    assert not drift.take(window(10600, 580, 90), 1) and not drift.take(window(0, 0, 0), 0)
    assert (drift.distance_q8, drift.burden_q8) == before


def test_a_short_learning_is_believed_less():
    """The same drift against means of two and of eight windows: what chance did to the mean is taken out."""
    found = []
    for learn in (2, 8):
        drift = Drift(FLOORS, learn)
        for i in range(learn):
            drift.take(window(10000 + 200 * (i & 1), 500, 0), ALL)
        for _ in range(20):
            drift.take(window(10700, 500, 0), ALL)
        found.append(drift.distance_q8)
    assert found[0] < found[1] * 3 // 4


def test_earlier_shifts_say_how_much_this_person_varies():
    drift = Drift(FLOORS)
    drift.restore(0, 800 * 16)
    drift.restore(1, -5)  # nonsense from a file
    drift.restore(2, 1 << 29)
    for _ in range(LEARN):
        drift.take(array("h", USUAL), ALL)
    assert drift.spread_q4(0) // 16 == 682  # 800 * sqrt(8/11)
    assert [drift.spread_q4(i) // 16 for i in (1, 2)] == [37, 37]


def test_an_even_wearer_is_not_held_to_ever_smaller_spreads():
    drift = Drift(FLOORS)
    points = []
    for shift in range(20):
        for _ in range(LEARN):
            drift.take(array("h", USUAL), ALL)
        found = [drift.spread_q4(i) // 16 for i in range(3)]
        # sqrt(8/11) and sqrt(4/7) of 200, 50 and 50
        assert found == ([170, 42, 42] if shift else [151, 37, 37]), (shift, found)
        for _ in range(90):  # then another place of work: half of the least spread away
            drift.take(window(USUAL[0] + 100, USUAL[1] + 25, USUAL[2] + 25), ALL)
        points.append(drift_part(drift.distance_q8, drift.burden_q8))
        drift.remember()
        drift.restart()
    assert max(points) < 30 and points[-1] <= points[0], points


def test_restart_learns_anew():
    drift = learned()
    for _ in range(30):
        drift.take(window(10600, 580, 90), ALL)
    drift.restart()
    assert (drift.state, drift.distance_q8, drift.burden_q8, drift.used) == (LEARNING, 0, 0, 0)
    for _ in range(LEARN + 20):
        drift.take(window(10600, 580, 90), ALL)
    assert drift.distance_q8 == 0 and drift.used == 3


def test_sizes_that_cannot_be_are_refused():
    assert raises(Drift, ()) and raises(Drift, FLOORS * 4) and raises(Drift, FLOORS, 1) and raises(Drift, FLOORS, 9)
    assert raises(Drift, FLOORS, 4, 320, 0)


def test_nine_features_are_the_most():
    drift = Drift(FLOORS * 3)
    usual, other = array("h", [100] * 9), array("h", [100] * 8 + [900])
    for _ in range(LEARN):
        assert drift.take(usual, 511)
    assert drift.used == 9
    for _ in range(4):
        assert drift.take(other, 511)
    assert drift.seen == 9 and drift.z_q8(8) > 500 and drift.z_q8(7) == 0
    assert raises(Drift, FLOORS * 3 + FLOORS[:1])


def test_every_interpreter_gives_the_same_numbers():
    d = 0
    for seed in range(4):
        drift = Drift(FLOORS + ((1000, 32767),) * 5)
        values = noise(8 * 60, seed)
        for i in range(60):
            drift.take(array("h", values[8 * i : 8 * i + 8]), 255 - (1 << i % 8))
            d = digest((drift.distance_q8, drift.burden_q8, drift.seen), d)
        d = digest([drift.z_q8(i) for i in range(8)], d)
    assert d == 185597, d  # by CPython


def test_nothing_allocates():
    drift = Drift(FLOORS)
    values = array("h", USUAL)
    micropython.heap_lock()
    for _ in range(40):
        drift.take(values, ALL)
        values[0] += 40
        told = drift.distance_q8 + drift.burden_q8 + drift.z_q8(0) + drift.spread_q4(0)
    micropython.heap_unlock()
    assert told > 0 and drift.burden_q8 > 0
