"""Fatigue in the core: who tires is told, who is not seen is not rested, reaction tests give way to alarms, nothing allocates."""

from fatigue_rig import Worker, fatigue, of

import quality
from tag.alarms import patterns
from tag.core import Core
from tag.events import (
    ACKED,
    ALARM_GAS_HIGH,
    ALARM_SOS,
    BUTTON,
    CH4,
    DONE,
    DOWNLINK,
    FATIGUE,
    FAULT_LINK,
    FAULT_MOTION,
    MSG_REACTION,
    OCCASION_BROKEN,
    OCCASION_LEVEL,
    OCCASION_TEST,
    ON,
    REFUSED,
)
from tag.fatigue.index import ALERTNESS, HIGH, REACTION, RESTED, UNKNOWN, WATCH
from tag.settings import DEFAULTS
from ticks import add

ASKS, DARK, LIGHT = patterns.TESTS[1], patterns.TESTS[2], patterns.TESTS[3]


def test_off_it_is_not_there():
    core = Core(DEFAULTS, 0)
    assert core.fatigue is None
    assert of(DOWNLINK, core.downlink((MSG_REACTION, 7), 0)) == [(MSG_REACTION, 7, REFUSED)]
    assert of(FATIGUE, core.shift_end(0)) == []
    assert core.was_off(600, 0) == ()


def test_a_walk_that_slows_is_told_and_one_that_stays_is_rested():
    for slows in (False, True):
        worker = Worker()
        first = fatigue(worker.live(420, 480))
        assert [row["level"] for row in first] == [RESTED]
        assert first[0]["occasion"] == OCCASION_LEVEL and first[0]["confidence"] == 80
        then = fatigue(worker.live(1200, 540 if slows else 480, 75 if slows else 100))
        levels = [row["level"] for row in then if row["occasion"] == OCCASION_LEVEL]
        assert levels == ([WATCH, HIGH] if slows else []), (slows, then)
        if slows:
            assert then[1]["drift"] == then[1]["index"] >= 67 and then[1]["advice"] == 2
            assert then[1]["alertness"] == then[1]["reaction"] == -1
        assert worker.core.alarms.highest() == 0, "none of it is an alarm"


def test_who_is_not_seen_any_more_becomes_unknown_and_never_rested():
    worker = Worker(utc_offset_min=0)
    worker.live(420, 480)
    assert worker.monitor.index.level == RESTED
    worker.monitor.local_min = 600  # a morning, by the clock all is well
    worker.block.quality = quality.FAILED
    found = worker.live(600)
    assert worker.core.faults.mask & 1 << FAULT_MOTION
    assert [row["level"] for row in fatigue(found)] == [UNKNOWN]
    trust = []
    worker = Worker()
    worker.live(420, 480)
    for i in range(5):
        trust.append((worker.monitor.index.confidence, worker.monitor.index.level))
        worker.live(60 if i else 62, seen=False)  # a gap of two seconds is one of one
    assert trust == [(80, RESTED), (40, RESTED), (20, RESTED), (0, UNKNOWN), (0, UNKNOWN)], trust


def test_the_clock_alone_warns_and_does_not_reassure():
    worker = Worker(awake_h=14, slept_h=5)
    worker.monitor.local_min = 240  # four in the morning
    [row] = fatigue(worker.live(120, seen=False))
    assert row["level"] == HIGH and row["confidence"] == 60 and row["advice"] == 3
    assert row["drift"] == -1 and row["alertness"] == row["index"]
    rested = Worker(awake_h=2, slept_h=8)
    rested.monitor.local_min = 600
    assert fatigue(rested.live(120, seen=False)) == []
    assert rested.monitor.index.part(ALERTNESS) >= 0 and rested.monitor.index.level == UNKNOWN
    assumed = Worker()
    assumed.monitor.local_min = 600
    assumed.live(70, seen=False)
    assert assumed.monitor.index.confidence == 20
    assumed.monitor.local_min = -1
    assumed.live(70, seen=False)
    assert assumed.monitor.index.part(ALERTNESS) == -1, "without the local time nothing follows from it"


# -- reaction tests ----------------------------------------------------------------------------------------------------------


def tested(worker, taken_ms=300):
    """The whole test, pressed after so long each."""
    assert worker.shows() == ASKS
    worker.press()
    for _ in range(5):
        assert worker.wait(LIGHT), worker.shows()
        worker.t_ms = add(worker.t_ms, taken_ms)
        worker.press()
    worker.wait(patterns.OK, 1)


def test_the_gateway_asks_for_a_test_and_hears_its_result():
    worker = Worker()
    worker.live(5, 500)
    assert of(DOWNLINK, worker.core.downlink((MSG_REACTION, 9), worker.t_ms)) == [(MSG_REACTION, 9, DONE)]
    worker.live(1, 500)
    worker.said = []
    tested(worker)
    rows = fatigue(worker.said)
    assert [row["occasion"] for row in rows] == [OCCASION_TEST]
    assert 300 <= rows[0]["reaction_ms"] <= 420 and rows[0]["misses"] == 0
    assert rows[0]["reaction"] == 0, "it is the first, and says what is usual"
    assert of(BUTTON, worker.said) == [], "its presses mean nothing else"
    assert worker.monitor.testing.rested_ms == rows[0]["reaction_ms"]
    # three times as slow, an hour later
    worker.live(3600, 500)
    worker.core.downlink((MSG_REACTION, 10), worker.t_ms)
    worker.live(1, 500)
    worker.said = []
    tested(worker, 3 * rows[0]["reaction_ms"] + 50)
    rows = fatigue(worker.said)
    assert rows[-1]["reaction"] >= 95 and rows[-1]["level"] == HIGH and rows[-1]["confidence"] == 50
    worker.live(3700, 500)
    assert worker.monitor.index.part(REACTION) == -1, "after an hour it says nothing any more"


def test_an_alarm_ends_a_test_at_once_and_its_press_is_for_the_alarm():
    for light in (False, True):
        worker = Worker()
        worker.live(5, 500)
        worker.monitor.ask(worker.t_ms)
        worker.live(1, 500)
        worker.press()
        assert worker.wait(LIGHT if light else DARK)
        # between two ticks: nobody has told the test yet
        worker.core.alarms.raised(ALARM_GAS_HIGH, CH4, 150, worker.t_ms)
        assert worker.shows() not in (ASKS, LIGHT, DARK)
        worker.said = []
        worker.press()
        assert len(of(BUTTON, worker.said)) == 1, "the press was for the alarm"
        worker.live(1, 500)
        rows = fatigue(worker.said)
        assert [row["occasion"] for row in rows] == [OCCASION_BROKEN]
        assert rows[0]["reaction_ms"] == 0
        assert of(DOWNLINK, worker.core.downlink((MSG_REACTION, 9), worker.t_ms)) == [(MSG_REACTION, 9, REFUSED)]


def test_an_sos_works_in_the_middle_of_a_test():
    worker = Worker()
    worker.live(5, 500)
    worker.monitor.ask(worker.t_ms)
    worker.live(1, 500)
    worker.press()
    assert worker.wait(LIGHT)
    worker.said = list(worker.core.button(1, worker.t_ms))
    worker.live(4, 500)
    worker.said.extend(worker.core.button(0, worker.t_ms))
    assert worker.core.alarms.highest() == ALARM_SOS
    assert of(BUTTON, worker.said)[0][0] == 2
    assert [row["occasion"] for row in fatigue(worker.said)] == [OCCASION_BROKEN]


def test_a_press_that_bounces_counts_once():
    worker = Worker()
    worker.live(5, 500)
    worker.monitor.ask(worker.t_ms)
    worker.live(1, 500)
    for _ in range(5):
        worker.core.button(1, worker.t_ms)
    worker.live(0.25, 500)
    worker.core.button(0, worker.t_ms)
    assert worker.monitor.testing.asking.reaction.early == 0


def test_a_test_shows_its_light_also_where_no_sign_of_confidence_is_given():
    worker = Worker()
    worker.core.fault(FAULT_LINK, 2, 1, worker.t_ms)
    worker.live(5, 500)
    assert worker.shows() == patterns.DARK
    worker.monitor.ask(worker.t_ms)
    worker.live(1, 500)
    assert worker.shows() == ASKS
    worker.press()
    assert worker.wait(LIGHT)


def test_a_rate_that_cannot_be_weighed_is_no_fault():
    worker = Worker(window_s=0)
    worker.block.odr_hz = 50
    worker.live(600, engine=True)
    assert worker.monitor.vibration.ridden.measured == 0 and worker.core.faults.mask & 1 << FAULT_MOTION == 0
    worker.block.odr_hz = 200
    worker.live(300, engine=True)
    assert worker.monitor.vibration.rate_hz == 200


def test_whatever_happens_no_test_covers_an_alarm_or_swallows_its_press():
    seed = 11
    worker = Worker(fatigue=2, sos_hold_s=2)
    core, asking = worker.core, worker.monitor.testing.asking
    worker.live(5, 500)
    states = set()
    for _ in range(2000):
        worker.said = []
        seed = (seed * 1103515245 + 12345) & 0x3FFFFFFF
        what = seed >> 16 & 15
        pressed = 0
        if what < 3:
            core.downlink((MSG_REACTION, seed & 255), worker.t_ms)
        elif what < 9:
            on = core.alarms.highest()
            told = of(BUTTON, worker.press(2500 if what == 3 else 100 + (seed >> 20 & 255)))
            pressed = 1
            assert told or not on, "an alarm's press is told"
        elif what == 9:
            core.alarms.raised(ALARM_GAS_HIGH, CH4, 150, worker.t_ms)
        elif what == 10:
            core.alarms.cleared(ALARM_GAS_HIGH, CH4, 150, worker.t_ms)
        elif what == 11:
            core.alarms.cancel(worker.t_ms)
        else:
            worker.live((0.25, 0.5, 4, 12)[what - 12], 500)
        if core.alarms.highest():
            assert worker.shows() not in (ASKS, LIGHT, DARK), (what, pressed)
            worker.live(0.25, 500)
            assert asking.state == 0 or not core.alarms.highest()
        states.add((asking.state, asking.reaction.state))
    assert {(1, 0), (2, 1), (2, 2), (0, 0)} <= states, states


def test_a_press_is_for_the_test_also_when_an_alarm_comes_before_it_ends():
    worker = Worker()
    worker.live(5, 500)
    worker.monitor.ask(worker.t_ms)
    worker.live(1, 500)
    worker.press()
    assert worker.wait(LIGHT)
    found = list(worker.core.button(1, worker.t_ms))
    worker.core.alarms.raised(ALARM_GAS_HIGH, CH4, 150, worker.t_ms)
    worker.live(0.25, 500)
    found.extend(worker.core.button(0, worker.t_ms))
    assert of(BUTTON, found) == [] and worker.core.alarms.state(ALARM_GAS_HIGH) == ON, "nobody has answered the alarm"
    worker.press()
    assert worker.core.alarms.state(ALARM_GAS_HIGH) == ACKED


def test_samples_of_another_rate_are_another_walk():
    worker = Worker()
    worker.live(30, 500)
    assert worker.monitor.gait.state == 2
    worker.block.odr_hz = 50
    worker.live(0.5, 500)
    assert worker.monitor.gait.state == 0
