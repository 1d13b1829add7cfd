"""The core and what strikes the tag: drops, near misses, falls with their samples. The clock wraps early in each story."""

import struct

import ranks
from core_bench import Wearer, alarms, of
from motion_bench import FALL, blocks, sampled

import micropython
import quality
from tag.events import (
    ALARM,
    ALARM_FAULT,
    ALARM_MAN_DOWN,
    ALARM_WEAR,
    CAUSE_DROP,
    DROP,
    FAULT,
    IMPACT,
    OFF,
    ON,
    PRE,
    SAMPLES,
)
from tag.events import FALL as FALL_KIND
from ticks import add, diff


def drop(wearer):
    """The tag falls from a hand, alone; what was said."""
    block = wearer.block
    return wearer.feel(block.free, block.free, block.hit, *[block.rest] * 12)


def fall(wearer, size=25, lost_ms=0, back_ms=0):
    """The wearer falls and lies for six seconds, with the sensor failed from one time to another; what was said."""
    found = []
    start = wearer.t_ms
    for block, t_ms in blocks(sampled(FALL, 100), 100, (size,)):
        wearer.t_ms = add(start, t_ms)
        block.quality = quality.FAILED if lost_ms <= t_ms < back_ms else quality.OK
        found.extend(wearer.core.motion(block, wearer.t_ms))
        found.extend(wearer.core.tick(wearer.t_ms))
    return found


def samples(found):
    """[(part, [(x, y, z)])] and the times of the events that they belong to."""
    rows = of(SAMPLES, found)
    parts = []
    for _, part, data in rows:
        parts.append((part, [struct.unpack("<hhh", data[i : i + 6]) for i in range(0, len(data), 6)]))
    return parts, sorted({row[0] for row in rows})


def test_a_dropped_tag_asks_and_raises_man_down_only_when_nobody_answers():
    wearer = Wearer(still_s=120)
    wearer.live(8)
    found = drop(wearer)
    peak_mg, flight_ms, age_ms = of(DROP, found)[0]
    assert len(of(DROP, found)) == 1 and peak_mg > 14000 and 400 <= flight_ms <= 600 and age_ms <= 3400
    assert of(ALARM, found) == [(ALARM_WEAR, PRE, CAUSE_DROP, peak_mg)] and of(FALL_KIND, found) == []
    # the alarm is said before its reason
    assert [event[0] for event in found][:2] == [ALARM, DROP]
    assert wearer.shows() == ranks.WEAR
    found = wearer.live(56, moving=False)
    assert alarms(found) == [] and of(IMPACT, found) == [] and wearer.shows() == ranks.WEAR
    found = wearer.live(4, moving=False)
    assert of(ALARM, found)[1] == (ALARM_MAN_DOWN, PRE, CAUSE_DROP, peak_mg) and alarms(found)[0] == (ALARM_WEAR, ON)
    # a press answers both, and nothing is asked again
    assert sorted(alarms(wearer.press())) == [(ALARM_MAN_DOWN, OFF), (ALARM_WEAR, OFF)]
    assert alarms(wearer.live(20)) == []


def test_an_unanswered_question_ends_by_moving_and_pressing_when_it_is_an_alarm():
    wearer = Wearer(still_s=1000)
    wearer.live(8)
    drop(wearer)
    found = alarms(wearer.live(95, moving=False))
    assert found == [(ALARM_WEAR, ON), (ALARM_MAN_DOWN, PRE), (ALARM_MAN_DOWN, ON)]
    assert (ALARM_MAN_DOWN, OFF) not in alarms(wearer.live(10)) and wearer.core.alarms.state(ALARM_MAN_DOWN) == ON
    assert alarms(wearer.press()) == [(ALARM_MAN_DOWN, OFF)]
    # restored after a reset it is asked for again, by way of its own countdown
    wearer = Wearer()
    wearer.core.restore(ALARM_WEAR, ON, CAUSE_DROP, 9000, wearer.t_ms)
    assert alarms(wearer.live(1, moving=False)) == [(ALARM_MAN_DOWN, PRE)]


def test_a_question_from_before_a_reset_is_answered_by_walking_whatever_the_ticks():
    for start in (0, (1 << 29) + 60000, (1 << 30) - 3000):
        wearer = Wearer(start)
        wearer.core.restore(ALARM_WEAR, PRE, CAUSE_DROP, 9000, wearer.t_ms)
        assert alarms(wearer.live(15)) == [(ALARM_WEAR, OFF)], start


def test_a_hit_after_which_the_sensor_dies_is_man_down():
    for hit, expected in ((True, [(ALARM_FAULT, ON), (ALARM_MAN_DOWN, PRE)]), (False, [(ALARM_FAULT, ON)])):
        for silent in (False, True):
            wearer = Wearer()
            wearer.live(8)
            if hit:
                wearer.feel(wearer.block.hit)
                wearer.live(1, moving=False)
            wearer.block.quality = quality.FAILED
            assert sorted(alarms(wearer.live(5, motion=not silent))) == sorted(expected), (hit, silent)
    # 4 s after the hit its story is told: what fails then is a sensor
    wearer = Wearer()
    wearer.live(8)
    wearer.feel(wearer.block.hit)
    wearer.live(6)
    wearer.block.quality = quality.FAILED
    assert alarms(wearer.live(5)) == [(ALARM_FAULT, ON)]


def test_a_dropped_tag_left_lying_alarms_like_a_man_who_lies_still():
    wearer = Wearer(still_s=60)
    wearer.live(8)
    drop(wearer)
    assert alarms(wearer.live(55, moving=False)) == []
    found = alarms(wearer.live(6, moving=False))
    assert sorted(found) == [(ALARM_MAN_DOWN, PRE), (ALARM_WEAR, ON)]
    assert alarms(wearer.live(31, moving=False)) == [(ALARM_MAN_DOWN, ON)]


def test_a_press_or_being_worn_ends_the_question():
    wearer = Wearer()
    wearer.live(8)
    drop(wearer)
    wearer.live(5, moving=False)
    assert alarms(wearer.press()) == [(ALARM_WEAR, OFF)]
    wearer.live(20, moving=False)
    drop(wearer)
    assert alarms(wearer.live(6)) == []  # whoever thrashes does that too
    assert alarms(wearer.live(6)) == [(ALARM_WEAR, OFF)]


def test_neither_the_walk_before_nor_the_bouncing_after_is_being_worn():
    wearer = Wearer()
    wearer.live(8)
    drop(wearer)
    block = wearer.block
    told_ms = next(event[1] for event in wearer.said if event[0] == DROP)
    while diff(wearer.t_ms, told_ms) < 7000:
        assert alarms(wearer.feel(block.walk)) == []
    assert alarms(wearer.live(20, moving=False)) == []
    # a machine beside it does not wear it either
    block.walk, block.engine = block.engine, block.walk
    assert alarms(wearer.live(20)) == [] and wearer.shows() == ranks.WEAR


def test_a_tag_that_tumbles_is_asked_at_once_and_its_own_motion_is_no_answer():
    wearer = Wearer()
    wearer.live(8)
    block = wearer.block
    found = wearer.feel(*[block.free, block.free, block.hit] * 3)
    assert alarms(found) == [(ALARM_WEAR, PRE)] and wearer.core.motions.still.moving
    assert alarms(wearer.live(30, moving=False)) == [] and wearer.shows() == ranks.WEAR


def test_a_hard_hit_without_a_fall_is_a_near_miss():
    wearer = Wearer()
    wearer.live(8)
    found = wearer.feel(wearer.block.hit)
    told_ms = wearer.t_ms
    found.extend(wearer.live(3.5))
    assert found == []
    found = wearer.live(8)
    peak_mg, duration_ms, hits = of(IMPACT, found)[0]
    assert len(of(IMPACT, found)) == 1 and peak_mg > 14000 and duration_ms in (20, 40, 60) and hits == 1
    assert alarms(found) == []
    parts, times = samples(found)
    assert [part for part, _ in parts] == list(range(10)) and len(times) == 1
    peaks = [max([abs(z) for _, _, z in rows]) for _, rows in parts]
    # the chunk of the hit is the eleventh of the twenty
    assert peaks[5] > 13000 and max(peaks[:5]) < 2000 and wearer.t_ms != told_ms


def test_the_limit_of_a_near_miss_is_a_setting():
    for limit_g, expected in ((3, 1), (14, 1), (16, 0)):
        wearer = Wearer(near_miss_g=limit_g)
        wearer.live(8)
        wearer.feel(wearer.block.hit)
        assert len(of(IMPACT, wearer.live(8))) == expected, limit_g


def test_a_day_of_hammering_is_no_flood():
    wearer = Wearer()
    wearer.live(8)
    block = wearer.block
    found = []
    for _ in range(480):  # a blow a second, eight minutes
        found.extend(wearer.feel(block.hit, block.walk, block.walk, block.walk))
    assert 40 <= len(of(IMPACT, found)) <= 48 and len(of(SAMPLES, found)) == 10
    assert sum([row[2] for row in of(IMPACT, found)]) > 450
    assert alarms(found) == []


def test_a_fall_comes_with_its_samples_after_the_alarm():
    wearer = Wearer()
    wearer.live(1)
    found = fall(wearer)
    kinds = [event[0] for event in found]
    assert kinds.index(ALARM) < kinds.index(FALL_KIND) < kinds.index(SAMPLES)
    told = next(event for event in found if event[0] == FALL_KIND)
    parts, times = samples(found)
    assert [part for part, _ in parts] == list(range(10)) and times == [told[1]]
    rows = []
    for _, part in parts:
        rows.extend(part)
    assert len(rows) == 200
    # upright before, the hit in the middle, lying after
    assert all([abs(z - 1000) < 60 for _, _, z in rows[:60]])
    assert all([abs(x - 1000) < 60 and abs(z - 100) < 60 for x, _, z in rows[150:]])
    energy = [x * x + y * y + z * z for x, y, z in rows]
    peak_at = energy.index(max(energy))
    assert 100 <= peak_at < 110 and abs(max(energy) ** 0.5 - told[3]) < 30
    # one chunk lies between two parts, so that no block of the sensor has to wait
    assert alarms(found) == [(ALARM_MAN_DOWN, PRE)] and of(IMPACT, found) == []


def test_a_short_fault_between_hit_and_verdict_hides_no_fall():
    for lost_ms in range(6700, 7800, 100):
        wearer = Wearer()
        wearer.live(1)
        found = fall(wearer, 10, lost_ms, lost_ms + 300)
        assert len(of(FALL_KIND, found)) == 1 and (ALARM_MAN_DOWN, PRE) in alarms(found), lost_ms
        # the fault is said, too
        assert [row[2] for row in of(FAULT, found)] == [1, 0], lost_ms
    # after more than a second nothing is made of what was before
    wearer = Wearer()
    wearer.live(1)
    assert of(FALL_KIND, fall(wearer, 10, 7400, 8400)) == []


def test_a_hit_that_waits_to_be_told_and_an_engine_cost_no_memory():
    wearer = Wearer()
    wearer.live(8)
    wearer.feel(wearer.block.hit)
    core, block, t_ms = wearer.core, wearer.block, wearer.t_ms
    n = 0
    micropython.heap_lock()
    for i in range(13):
        block.mg = block.engine if i & 1 else block.walk
        t_ms = add(t_ms, 250)
        n += len(core.motion(block, t_ms))
        n += len(core.tick(t_ms))
    micropython.heap_unlock()
    wearer.t_ms = t_ms
    assert n == 0 and len(of(IMPACT, wearer.live(2))) == 1
