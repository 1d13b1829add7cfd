"""Fatigue over hours: what is told when, what a shift leaves to the next, riding, bending. Too long for CPython's slow viper."""

from fatigue_rig import Worker, fatigue, work

import quality
from tag.alarms import patterns
from tag.events import (
    MSG_SHIFT_END,
    OCCASION_BROKEN,
    OCCASION_PERIOD,
    OCCASION_UNANSWERED,
)
from tag.fatigue.index import ALERTNESS, HIGH, UNKNOWN
from tag.fatigue.keeping import Keeping
from tag.fatigue.vibration import Vibration

INTERPRETERS = ("mp64", "mp32")
ASKS = patterns.TESTS[1]


def test_every_half_hour_it_is_told_and_every_hour_the_work_also_when_nothing_is_known():
    worker = Worker(window_s=0)
    found = worker.live(2 * 3600 + 1, 500)
    rows = [row for row in fatigue(found) if row["occasion"] == OCCASION_PERIOD]
    assert 3 <= len(rows) <= 4
    hours = work(found)
    assert [row["minutes"] for row in hours] == [60, 120] and not hours[0]["closed"]
    # two steps a second
    assert abs(hours[0]["steps"] - 7200) < 100 and abs(hours[1]["steps"] - 14400) < 200
    assert hours[0]["walking"] in (59, 60) and hours[0]["missing"] == 0
    assert hours[0]["posture"] == 0, "nobody said that it is worn on the trunk"
    blind = Worker(window_s=0)
    found = blind.live(3601, seen=False)
    assert [(row["level"], row["index"], row["confidence"]) for row in fatigue(found)] == [(UNKNOWN, -1, 0)] * 2
    assert [(row["steps"], row["missing"]) for row in work(found)] in ([(0, 59)], [(0, 60)])


def test_high_is_kept_when_the_sensor_dies():
    worker = Worker()
    worker.live(420, 480)
    worker.live(1200, 540, 75)
    assert worker.monitor.index.level == HIGH
    worker.block.quality = quality.FAILED
    worker.live(1900)
    assert worker.monitor.index.index == -1 and fatigue(worker.said)[-1]["level"] == HIGH


def test_a_rise_asks_where_the_setting_says_so_and_again_after_half_an_hour():
    for asks in (1, 2):
        worker = Worker(fatigue=asks)
        worker.live(420, 480)
        shown = []
        for _ in range(60):
            worker.live(30, 540, 75)
            shown.append(worker.shows() == ASKS)
        assert any(shown) == (asks == 2), asks
        if asks == 2:
            rows = [row["occasion"] for row in fatigue(worker.said)]
            assert rows.count(OCCASION_UNANSWERED) == 2, rows  # of WATCH and of HIGH
            before = len(fatigue(worker.said))
            worker.live(1900, 540, 75)
            more = [row["occasion"] for row in fatigue(worker.said)[before:]]
            assert more.count(OCCASION_UNANSWERED) == 1, more


def test_a_shift_ends_by_order_and_by_its_length():
    worker = Worker(shift_h=4)
    worker.live(601, 500)
    found = worker.core.downlink((MSG_SHIFT_END, 3), worker.t_ms)
    assert [(row["closed"], row["minutes"]) for row in work(found)] == [(1, 10)]
    assert fatigue(found)[-1]["level"] == UNKNOWN
    assert worker.monitor.ledger.steps == 0 and worker.monitor.watch.drift.state == 0
    found = worker.live(4 * 3600 + 60, 500)
    assert [row["minutes"] for row in work(found) if row["closed"]] == [240]


def test_who_works_on_past_the_length_of_a_shift_has_not_slept():
    worker = Worker(shift_h=4, awake_h=14, slept_h=5)
    worker.monitor.local_min = 240
    worker.live(420, 480)
    worker.monitor.shift.minutes = 235
    worker.live(60, 480)
    before = worker.monitor.index.part(ALERTNESS)
    assert worker.monitor.index.level == HIGH and before > 67
    found = worker.live(600, 480)
    assert [(row["closed"], row["minutes"]) for row in work(found)] == [(1, 240)]
    assert worker.monitor.index.level == HIGH and worker.monitor.index.part(ALERTNESS) >= before
    assert worker.monitor.watch.drift.state == 1 and worker.monitor.ledger.walking_s < 480
    # off and on: still the second shift of somebody who has not slept
    again = Worker(shift_h=4, awake_h=14, slept_h=5)
    data = bytearray(1024)
    worker.monitor.keep(Keeping(data, True))
    again.monitor.keep(Keeping(data, False))
    again.monitor.local_min = 240
    again.live(62, 480)
    assert again.monitor.index.level == HIGH and again.monitor.shift.minutes > 240
    found = again.core.shift_end(again.t_ms)
    assert [row["minutes"] < 20 for row in work(found)] == [True] and again.monitor.shift.minutes == 0


def test_a_tag_that_lies_still_has_no_wearer_who_works_on():
    worker = Worker(shift_h=4)
    worker.live(420, 480)
    worker.monitor.shift.minutes = 170
    worker.live(4000)
    found = worker.live(600)
    assert [(row["closed"], row["minutes"]) for row in work(worker.said)][-1] == (1, 240), work(worker.said)
    assert worker.monitor.shift.minutes < 20 and worker.monitor.index.level == UNKNOWN
    assert not [row for row in work(found) if row["closed"] and row["minutes"] < 240]
    # for eight hours before its length is over: a night on the shelf
    worker = Worker(shift_h=24)
    worker.live(420, 480)
    worker.live(10)
    for n in (1, 160, 160, 160):
        worker.monitor._minute(n, worker.t_ms)
    worker.live(1)
    assert worker.monitor.shift.minutes <= 1 and worker.monitor.watch.drift.state == 0
    for _ in range(4):
        worker.monitor._minute(160, worker.t_ms)
    worker.live(1)
    rows = [row for row in work(worker.said) if row["closed"]]
    assert len(rows) == 1, "and nobody works in the next eight"


def test_a_tag_put_down_shortly_before_its_length_is_over_begins_anew_after_eight_hours():
    worker = Worker(window_s=0, shift_h=12, awake_h=2, slept_h=8)
    worker.monitor.local_min = 480
    worker.live(120, 500)
    worker.monitor.shift.minutes = 700
    worker.live(120)
    for n in (20, 160, 160, 130):
        worker.monitor._minute(n, worker.t_ms)
    assert worker.monitor.shift._from_min >= 720, "full, by somebody who may still wear it"
    assert worker.monitor.shift.minutes > 1170
    worker.monitor._minute(10, worker.t_ms)
    assert worker.monitor.shift.minutes == 0 and worker.monitor.index.level == UNKNOWN
    worker.live(240, 500)
    assert worker.monitor.shift.minutes <= 5


def test_hours_on_the_shelf_are_nobodys():
    worker = Worker(window_s=0, awake_h=2, slept_h=8)
    worker.monitor.local_min = 480
    shift = worker.monitor.shift
    worker.live(10)  # samples come, nothing moves
    for _ in range(9):
        worker.monitor._minute(160, worker.t_ms)
    assert shift.minutes == 0 and shift._still_min == 0 and not [row for row in work(worker.said) if row["closed"]]
    worker.monitor.was_off(300, worker.t_ms)
    worker.live(120)
    assert shift.minutes == 0, "nor those in which it was switched off"
    worker.live(120, 500)
    assert 1 <= shift.minutes <= 2
    worker.live(600)
    assert shift.minutes >= 11, "who has begun may sit still"
    worker.monitor.was_off(300, worker.t_ms)
    assert shift.minutes >= 311
    blind = Worker(window_s=0)
    blind.live(181, seen=False)
    assert blind.monitor.shift.minutes == 3, "who is not seen may be working"


class Lying:
    """A tag/fatigue/sleep.py of somebody who breathes without moving."""

    worn, known, asleep_min = True, True, 0

    def close(self):
        pass


def test_who_lies_and_breathes_has_begun():
    worker = Worker(window_s=0)
    shift = worker.monitor.shift
    shift.wear(Lying())
    worker.live(181)
    assert shift.minutes == 3 and shift._still_min == 0


def test_after_a_day_of_motion_or_of_silence_nobody_is_still_by_the_sums():
    for seen in (True, False):
        worker = Worker(window_s=0, shift_h=0)
        worker.live(70, 500)
        ledger = worker.monitor.ledger
        ledger.active_s = ledger.missing_s = 86400  # as much as they hold
        worker.live(200, 500 if seen else 0, seen=seen)
        assert worker.monitor.shift._still_min == 0, seen
        worker.live(200)
        assert worker.monitor.shift._still_min > 0


def test_who_rides_is_not_asked_for_a_test():
    worker = Worker(fatigue=2, awake_h=14, slept_h=5, window_s=0, vehicle_still_s=3600)
    worker.live(60, engine=True)
    worker.monitor.local_min = 240
    for _ in range(30):
        worker.live(20, engine=True)
        assert worker.shows() != ASKS
    assert worker.monitor.index.level == HIGH
    # by the gateway he is
    assert worker.monitor.ask(worker.t_ms) and worker.live(1, engine=True) == [] and worker.shows() == ASKS
    worker.live(100, engine=True)
    asked = []
    for _ in range(100):
        worker.live(20, 500)
        asked.append(worker.shows() == ASKS)
    assert any(asked)


def test_the_end_of_a_shift_ends_a_test():
    worker = Worker()
    worker.live(5, 500)
    assert worker.monitor.ask(worker.t_ms)
    worker.live(1, 500)
    worker.press()
    found = worker.core.shift_end(worker.t_ms)
    assert fatigue(found)[0]["occasion"] == OCCASION_BROKEN and worker.monitor.testing.asking.state == 0


def test_what_is_usual_of_one_shift_is_worth_something_in_the_next():
    worker = Worker()
    worker.live(420, 480)
    worker.core.shift_end(worker.t_ms)
    first = [worker.monitor.watch.drift.spread_q4(i) for i in range(8)]
    worker.live(420, 480)
    second = [worker.monitor.watch.drift.spread_q4(i) for i in range(8)]
    fresh = Worker()
    fresh.live(420, 480)
    assert [fresh.monitor.watch.drift.spread_q4(i) for i in range(8)] == first
    assert sum(second) > sum(first), "eight windows of the least spread, not four imagined ones"
    worker.core.shift_end(worker.t_ms)
    worker.live(420, 480)
    third = [worker.monitor.watch.drift.spread_q4(i) for i in range(8)]
    assert sum(third) > sum(first), "and however even the shifts are, they are not less"


def test_riding_is_told_and_vibration_measured_then_alone():
    worker = Worker(window_s=0, vehicle_still_s=3600)
    worker.live(300, 500)
    assert worker.monitor.vibration.ridden.seconds == 0 and worker.monitor.vibration.state == 0
    worker.live(600, engine=True)
    [row] = work(worker.live(2761, 500))
    assert row["ridden"] in (9, 10) and 100 < row["measured"] < 220, row
    assert row["a8"] > 0
    seconds = worker.monitor.vibration.ridden.seconds
    worker.live(120, 500)
    assert worker.monitor.vibration.ridden.seconds == seconds


def test_who_rides_with_a_sensor_of_another_rate_rides_and_nothing_is_measured():
    for rate_hz in (104, 200):
        worker = Worker(window_s=0, vehicle_still_s=3600)
        worker.block.odr_hz = rate_hz
        worker.live(rate_hz, engine=True)  # 100 samples a second: 100 s of its own
        vibration = worker.monitor.vibration
        assert 60 < vibration.ridden.seconds <= 100, (rate_hz, vibration.ridden.seconds)
        assert (vibration.ridden.measured > 0) == (rate_hz == 200), (rate_hz, vibration.ridden.measured)
    # seconds of its own rate
    vibration = Vibration(100)
    for i in range(104 * 10):
        vibration.count(10, 104, i >= 104)
    assert vibration.ridden.seconds == 90 and vibration.ridden.measured == 0 and vibration.ridden.a8_mms2 == 0


def test_bent_is_told_where_the_tag_is_on_the_trunk():
    for trunk in (False, True):
        worker = Worker(window_s=0, axis=1)
        worker.monitor.ledger.trunk = trunk
        worker.live(600, 500)
        worker.lean = (777, 629)  # 39 degrees
        worker.live(1200, 0)
        worker.lean = (921, 391)  # 23 degrees
        [row] = work(worker.live(1801, 0))
        assert row["bent"] in ((19, 20) if trunk else (0,)), row
        assert row["posture"] in ((58, 59) if trunk else (0,)), row
