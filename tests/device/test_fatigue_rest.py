"""Sleep in the core: a worn tag's rest is told and lowers the sleepiness; a table, a seat, a tag of nobody's do not."""

from array import array

from fatigue_rig import Worker, fatigue, work

from tag.fatigue.alertness import Alertness
from tag.fatigue.index import ALERTNESS
from tag.fatigue.keeping import Keeping
from tag.fatigue.sleep import ASLEEP

LIES = (0, 1000)
SITS = (766, 643)
UP = (1000, 0)


def night(worn="belt", lean=LIES, breath_mg=15, minutes=50, **settings):
    """A worker at four in the morning who walks, rests so, and gets up."""
    worker = Worker(window_s=0, **settings)
    worker.monitor.wear(worn)
    worker.monitor.local_min = 240
    worker.live(70, 500)
    before = worker.monitor.index.part(ALERTNESS)
    worker.lean, worker.breath_mg = lean, breath_mg
    worker.live(60 * minutes)
    asleep = worker.monitor.sleep and worker.monitor.sleep.state == ASLEEP
    worker.lean, worker.breath_mg = UP, 0
    worker.live(600, 500)
    return worker, before, asleep


def test_who_lies_and_breathes_without_motion_has_slept_and_is_less_sleepy():
    worker, before, asleep = night(awake_h=14, slept_h=5)
    monitor = worker.monitor
    assert asleep and 35 <= monitor.sleep.asleep_min <= 46, monitor.sleep.asleep_min
    row = work(worker.said)[-1]
    assert row["asleep"] == monitor.sleep.asleep_min
    assert monitor.index.confidence == 40, "less than the roster alone: it is an estimate"
    assert monitor.index.part(ALERTNESS) > before, "just awake one is sleepier"
    awake, _, _ = night(breath_mg=0, awake_h=14, slept_h=5)
    later = []
    for one in (worker, awake):
        one.monitor.shift.minutes += 240  # sleep inertia is over
        one.live(61, 500)
        later.append(one.monitor.index.part(ALERTNESS))
    assert later[0] < later[1], later
    assert monitor.sleepiness.alertness.known and monitor.sleepiness.alertness.napped


def test_a_table_a_seat_a_draught_and_an_unknown_place_are_no_sleep():
    for worn, lean, breath_mg in (("belt", LIES, 0), ("belt", SITS, 15), ("belt", LIES, 2), (None, LIES, 15)):
        worker, _, asleep = night(worn, lean, breath_mg, awake_h=14, slept_h=5)
        assert not asleep and not worker.monitor.sleepiness.alertness.napped, (worn, lean, breath_mg)
        row = work(worker.said)[-1]
        assert row["asleep"] == (0 if worn else 65535)
        assert worker.monitor.index.confidence == 60


def test_who_lies_under_a_truck_and_works_does_not_sleep():
    worker = Worker(window_s=0)
    worker.monitor.wear("belt")
    worker.live(70, 500)
    worker.lean, worker.breath_mg = LIES, 15
    for _ in range(140):
        worker.live(15)
        for step_ms in (330, 900, 450, 1200) * 2:  # a wrench, no walk
            worker.live(1, step_ms, 25)
        worker.live(4)
    assert worker.monitor.ledger.walking_s < 100
    assert worker.monitor.sleep.actigraph.counts < 435, "Cole and Kripke alone take it for sleep"
    assert worker.monitor.sleep.state == 0 and worker.monitor.sleep.asleep_min == 0


def test_a_usual_night_that_was_assumed_is_not_known_for_a_nap():
    worker, _, asleep = night()
    assert asleep and worker.monitor.sleepiness.alertness.napped and not worker.monitor.sleepiness.alertness.known
    assert worker.monitor.index.confidence == 20


def test_who_has_not_walked_lies_by_nobodys_knowledge():
    worker = Worker(window_s=0)
    worker.monitor.wear("trunk")
    worker.lean, worker.breath_mg = LIES, 15
    [row] = work(worker.live(3660))
    assert row["asleep"] == 65535


def test_the_end_of_a_shift_by_stillness_and_sleep_agree():
    # the length of the shift passes while somebody sleeps with the tag on: he is its wearer, and has been awake as long
    for breath_mg, goes_on in ((15, True), (0, False)):
        worker = Worker(window_s=0, shift_h=4, awake_h=14, slept_h=5)
        monitor = worker.monitor
        monitor.wear("belt")
        worker.live(70, 500)
        monitor.shift.minutes = 150
        worker.lean, worker.breath_mg = LIES, breath_mg
        said = worker.live(100 * 60)
        assert [row["closed"] for row in work(said)][-1] == 1
        assert (monitor.shift.minutes > 240) == goes_on, monitor.shift.minutes
        if goes_on:
            assert monitor.sleep.state == ASLEEP or monitor.sleepiness.alertness.napped


def test_a_shift_that_is_full_wakes_nobody():
    worker = Worker(window_s=0, shift_h=4, awake_h=14, slept_h=5)
    monitor = worker.monitor
    monitor.wear("belt")
    worker.live(70, 500)
    monitor.shift.minutes = 200
    worker.lean, worker.breath_mg = LIES, 15
    said = worker.live(80 * 60)
    [full] = [row for row in work(said) if row["closed"]]
    sleep = monitor.sleep
    assert full["minutes"] == 240 and sleep.state == ASLEEP and sleep._now_min > 65 and monitor.shift._still_min == 0
    assert full["asleep"] > 25 and full["asleep"] + sleep.asleep_min == sleep._now_min, "no minute is told twice"
    worker.core.shift_end(worker.t_ms)
    assert not monitor.ledger.upright.known, "of another shift it is not known"


def test_a_sleep_that_was_seen_outlives_a_reset_and_a_new_shift_forgets_it():
    worker, _, _ = night(awake_h=14, slept_h=5)
    counting = Keeping(b"", True)
    worker.monitor.keep(counting)
    data = bytearray(counting.at)
    worker.monitor.keep(Keeping(data, True))
    again = Worker(window_s=0, awake_h=14, slept_h=5)
    again.monitor.wear("belt")
    reading = Keeping(data, False)
    again.monitor.keep(reading)
    assert not reading.bad and again.monitor.sleep.asleep_min == worker.monitor.sleep.asleep_min > 0
    for minute in (240, 900):
        one, other = worker.monitor.sleepiness.alertness, again.monitor.sleepiness.alertness
        assert one.kss_q8(200, minute) == other.kss_q8(200, minute)
    again.core.shift_end(again.t_ms)
    assert not again.monitor.sleepiness.alertness.napped and again.monitor.sleep.asleep_min == 0
    # kept under another place of wearing, it is not for this tag
    belt = Worker(window_s=0)
    reading = Keeping(data, False)
    belt.monitor.keep(reading)
    assert reading.at != len(data)


def test_a_nap_is_of_the_hours_awake_before_it():
    alertness = Alertness()
    alertness.assume(0, 600)
    tired = alertness.kss_q8(480, 240)
    assert alertness.nap(400, 480) and alertness.napped and not alertness.known
    assert alertness.kss_q8(600, 240) < tired
    for from_min, to_min in ((479, 500), (500, 500), (600, 590)):
        assert not alertness.nap(from_min, to_min), "before the last waking, or none at all"
    more = Alertness()
    more.assume(0, 600)
    more.nap(200, 480)
    assert more.kss_q8(600, 240) < alertness.kss_q8(600, 240), "a longer one is worth more"
    told = Alertness()
    told.slept(-1080, -600)
    told.nap(400, 480)
    assert told.known
    told.assume(0)
    assert not told.napped


def test_days_without_an_end_of_shift_do_not_wrap_to_rested():
    worker = Worker(window_s=0, shift_h=0, awake_h=2, slept_h=8)
    monitor = worker.monitor
    monitor.local_min = 240
    worker.live(61, 500)
    monitor.shift.minutes = 6000
    monitor.sleepiness.alertness.nap(5000, 5040)
    worker.live(61, 500)
    assert monitor.index.part(ALERTNESS) > 66, "sixteen hours after a nap, at four in the morning"
    assert fatigue(worker.said)


def test_no_posture_is_a_sleep_by_itself():
    worker = Worker(window_s=0)
    worker.monitor.wear("helmet")
    sleep = worker.monitor.sleep
    mean = array("h", (0, 0, 0))
    for _ in range(3000):
        sleep.actigraph.chunk(mean)
    sleep.minute(1)
    assert sleep.state == 0
