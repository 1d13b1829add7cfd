"""The index: which part leads, what is unknown, the level's table walked, and advice."""

import micropython
from tag.fatigue.drift import LEARN
from tag.fatigue.index import (
    ADVISE_BREAK,
    ADVISE_CHECK_IN,
    ADVISE_HAND_OVER,
    ADVISE_NOTHING,
    ALERTNESS,
    DRIFT,
    HIGH,
    NODS,
    NONE,
    REACTION,
    RESTED,
    TABLE,
    UNKNOWN,
    WATCH,
    FatigueIndex,
    alertness_part,
    drift_part,
    nods_part,
    reaction_part,
)
from tag.fatigue.keeping import Keeping
from tag.fatigue.watch import DriftWatch

LEVELS = (UNKNOWN, RESTED, WATCH, HIGH)
# a number of points for each input: none, low, falling, middle, sinking, top
POINTS = (NONE, 29, 30, 40, 57, 67)
LAST = (NONE, 29, 39, 56, 66, 100)


def at(level):
    """An index that has come to a level."""
    index = FatigueIndex()
    index.set(DRIFT, (NONE, 0, 50, 100)[level], 100)
    index.judge()
    assert index.level == level
    return index


def test_every_level_and_every_input():
    for points in (POINTS, LAST):
        for level in LEVELS:
            for symbol in range(6):
                index = at(level)
                index.set(DRIFT, points[symbol], 100)
                changed = index.judge()
                assert index.level == TABLE[level][symbol], (level, points[symbol])
                assert changed == (index.level != level)


def test_the_table_is_on_the_safe_side():
    for level in LEVELS:
        assert TABLE[level][0] != RESTED  # nothing known is not rested
        assert TABLE[level][5] == HIGH and TABLE[level][1] == RESTED
        for symbol in range(2, 6):
            assert TABLE[level][symbol] >= TABLE[level][symbol - 1]  # more points, no lower level
    assert TABLE[HIGH][0] == HIGH  # a sensor that falls silent ends no warning
    assert TABLE[HIGH][4] == HIGH and TABLE[WATCH][2] == WATCH  # ten points of hysteresis
    seen = {UNKNOWN}
    for _ in LEVELS:
        for level in list(seen):
            seen.update(TABLE[level])
    assert seen == set(LEVELS)


def test_the_largest_part_leads_and_the_unknown_take_nothing_away():
    index = FatigueIndex()
    assert (index.index, index.leading, index.confidence) == (NONE, NONE, 0)
    index.set(ALERTNESS, 35, 60)
    assert (index.index, index.leading, index.confidence) == (35, ALERTNESS, 60)
    index.set(DRIFT, 70, 80)
    assert (index.index, index.leading, index.confidence) == (70, DRIFT, 80)
    index.set(REACTION, 70, 100)
    assert index.leading == DRIFT  # of equals the first
    index.set(DRIFT, 70, 0)  # not to be believed: unknown
    assert (index.index, index.leading, index.part(DRIFT)) == (70, REACTION, NONE)
    index.set(REACTION, NONE, 100)
    assert index.index == 35


def test_points_and_confidence_are_limited():
    index = FatigueIndex()
    index.set(DRIFT, 1000, 1000)
    assert (index.index, index.confidence) == (100, 100)


def test_what_the_parts_are_worth():
    # x / (x + 6)
    assert [drift_part(q8, 0) for q8 in (0, 256, 1024)] == [0, 14, 40]
    assert drift_part(1024, 32 * 256) == 66 and drift_part(1024, 65535) == 91
    assert drift_part(0, -5) == 0 and drift_part(1 << 20, 1 << 20) == 99
    # KSS 3, 5.4, 7, 7.1, 9, and beyond
    assert [alertness_part(q8) for q8 in (768, 1383, 1792, 1818, 2304, 3000, 0)] == [0, 40, 66, 68, 100, 100, 0]
    assert [reaction_part(p) for p in (80, 100, 200, 300, 900)] == [0, 0, 50, 100, 100]
    assert [nods_part(n) for n in (-1, 0, 1, 2, 3, 4, 5, 255)] == [0, 0, 15, 30, 45, 57, 70, 70]


def test_advice():
    assert at(UNKNOWN).advice == ADVISE_NOTHING and at(RESTED).advice == ADVISE_NOTHING
    assert at(WATCH).advice == ADVISE_BREAK and at(HIGH).advice == ADVISE_CHECK_IN
    index = at(HIGH)
    index.set(REACTION, 80, 100)
    assert index.advice == ADVISE_HAND_OVER
    for part in (ALERTNESS, NODS):
        index = FatigueIndex()
        index.set(part, 90, 100)
        index.judge()
        assert index.advice == ADVISE_HAND_OVER


def test_who_is_not_seen_is_not_rested_by_the_clock_alone():
    for part in (ALERTNESS, REACTION, NODS):
        for level in LEVELS:
            for points in (0, 29, 39):
                index = at(level)
                index.set(DRIFT, NONE, 0)
                index.set(part, points, 100)
                index.judge()
                assert index.level == TABLE[level][0], (part, level, points)
            index = at(level)
            index.set(DRIFT, NONE, 0)
            index.set(part, 40, 100)
            index.judge()
            assert index.level == TABLE[level][3], "what is high enough to warn of needs nobody's eyes"


def test_a_part_that_has_warned_and_fell_silent_has_not_said_that_it_is_over():
    for part in (ALERTNESS, REACTION, NODS):
        for points, level in ((90, HIGH), (50, WATCH)):
            for low in (0, 29, 30, 39):
                index = FatigueIndex()
                index.set(DRIFT, low, 80)
                index.set(part, points, 50)
                index.judge()
                assert index.level == level
                index.set(part, NONE, 0)
                for _ in range(3):
                    index.judge()
                    assert index.level == TABLE[level][0], (part, points, low)
                # known again and low, it is over
                index.set(part, 20, 50)
                index.set(DRIFT, 0, 80)
                index.judge()
                assert index.level == RESTED
                index.set(part, NONE, 0)
                index.judge()
                assert index.level == RESTED, "what was over stays over"


def test_another_part_that_warns_meanwhile_takes_nothing_from_the_silent_one():
    index = FatigueIndex()
    index.set(NODS, 90, 30)
    index.judge()
    index.set(NODS, NONE, 0)
    found = []
    for points in (50, 20, 20):
        index.set(DRIFT, points, 80)
        index.judge()
        found.append(index.level)
    assert found == [WATCH, UNKNOWN, UNKNOWN]
    index.set(NODS, 0, 30)
    index.judge()
    assert index.level == RESTED
    index.set(NODS, 90, 30)
    index.judge()
    index.restart()
    index.set(DRIFT, 0, 80)
    index.judge()
    assert index.level == RESTED, "another shift knows nothing of it"


def test_windows_without_gait_make_it_unknown_but_high_is_kept():
    watch = DriftWatch(((20, 0), (20, 0)))
    index = FatigueIndex()
    for _ in range(LEARN):
        watch.take((1000, 2000), 3, index)
        assert index.index == NONE
    watch.take((1000, 2000), 1, index)
    assert index.index == 0 and index.confidence == 40  # half of the features
    watch.take((1000, 2000), 0, index)
    watch.take((1000, 2000), 3, index)
    assert index.index == 0 and index.confidence == 80  # 4 / 5: of so few windows
    watch.take((1000, 2000), 1, index)
    assert index.confidence == 40
    index.judge()
    assert index.level == RESTED
    found = []
    for _ in range(4):
        watch.take((0, 0), 0, index)
        index.judge()
        found.append((index.confidence, index.level))
    assert found == [(40, RESTED), (20, RESTED), (0, UNKNOWN), (0, UNKNOWN)]
    for _ in range(60):
        watch.take((1500, 3000), 3, index)
    index.judge()
    assert index.level == HIGH
    for _ in range(9):
        watch.take((0, 0), 0, index)
        index.judge()
    assert index.level == HIGH and index.index == NONE
    watch.restart()
    for _ in range(LEARN):
        watch.take((1500, 3000), 3, index)
    watch.take((1500, 3000), 0, index)
    assert index.index == NONE  # nothing was compared yet


def test_a_file_that_has_compared_with_nothing_is_none():
    data = bytearray(1024)
    watch = DriftWatch(((20, 0), (20, 0)))
    watch._compared = True
    watch.keep(Keeping(data, True))
    again = DriftWatch(((20, 0), (20, 0)))
    reading = Keeping(data, False)
    again.keep(reading)
    assert reading.bad
    index = FatigueIndex()
    again.take((0, 0), 0, index)
    assert index.index == NONE and index.confidence == 0


def test_nothing_allocates():
    watch = DriftWatch(((20, 0), (20, 0)))
    index = FatigueIndex()
    told = 0
    micropython.heap_lock()
    for _ in range(20):
        watch.take((1000, 2000), 3, index)
        index.set(ALERTNESS, 50, 50)
        index.judge()
        told += index.index + index.confidence + index.advice + index.leading
    micropython.heap_unlock()
    assert told > 0
