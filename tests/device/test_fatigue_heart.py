"""tag.fatigue.heart: each state and way out of it, when a measurement is due, and that no rate grows stale."""

from array import array

from fatigue_rig import Worker
from test_dsp_pulse import made

import ticks
from dsp.pulse import BRIGHT, DARK, MOVED, OK, SHORT
from tag.fatigue.heart import COUNT, EVERY_MS, LIGHT, OTHER, REST, UNKNOWN_MG, Heart
from tag.fatigue.keeping import Keeping

NONE = array("i", (0,) * 5)


class Bench:
    """A heart and the clock, which wraps soon."""

    def __init__(self, bpm=72, level=150000):
        self.t_ms = (1 << 30) - 30000
        self.heart = Heart(self.t_ms)
        self.wears(bpm, level)

    def wears(self, bpm, level=150000):
        self.counts = memoryview(made(bpm, level=level))
        self.at = 0

    def rests(self, seconds, motion_mg=0):
        """Whether a measurement became due; until then."""
        for _ in range(seconds * 2):
            self.t_ms = ticks.add(self.t_ms, 500)
            if self.heart.due(motion_mg, self.t_ms):
                return True
        return False

    def five(self, motion_mg=0):
        """Five samples, 0.2 s."""
        self.t_ms = ticks.add(self.t_ms, 200)
        self.heart.take(self.counts[self.at : self.at + 5], 5, motion_mg, self.t_ms)
        self.at = (self.at + 5) % 450

    def begins(self):
        assert self.rests(600)
        self.heart.begin(self.t_ms)
        assert self.heart.state == OTHER
        for _ in range(14):
            self.t_ms = ticks.add(self.t_ms, 200)
            self.heart.take(NONE, 5, 0, self.t_ms)
        assert self.heart.state == LIGHT

    def counts_on(self):
        """Up to COUNT."""
        self.begins()
        while self.heart.level < 0:
            self.five()
        self.heart.aimed(False, self.t_ms)
        assert self.heart.state == COUNT
        self.at = 0

    def measures(self):
        """A whole measurement."""
        self.counts_on()
        for _ in range(90):
            assert self.heart.state == COUNT
            self.five()
        assert self.heart.state == REST


def test_a_rate_is_found():
    bench = Bench()
    heart = bench.heart
    assert (heart.bpm_q4, heart.quality, heart.why, heart.measured) == (0, 0, SHORT, 0)
    bench.measures()
    assert abs(heart.bpm_q4 - 72 * 16) < 16 and heart.quality > 80 and heart.why == OK and heart.measured == 1


def test_the_first_is_due_after_five_calm_seconds_and_the_next_after_two_minutes():
    bench = Bench()
    begun_ms = bench.t_ms
    assert bench.rests(20)
    assert 5000 <= ticks.diff(bench.t_ms, begun_ms) <= 5500
    bench.measures()
    begun_ms = bench.t_ms
    assert bench.rests(200)
    assert 120000 <= ticks.diff(bench.t_ms, begun_ms) <= 120500


def test_who_moves_or_is_not_seen_is_not_measured():
    for motion_mg in (20, 500, UNKNOWN_MG):
        bench = Bench()
        assert not bench.rests(700, motion_mg), motion_mg
        begun_ms = bench.t_ms
        assert bench.rests(20)
        assert 4500 <= ticks.diff(bench.t_ms, begun_ms) <= 5500
    assert Bench().rests(10, 19)


def test_motion_breaks_off_and_it_is_tried_again():
    for motion_mg in (20, UNKNOWN_MG):
        for counting in (False, True):
            bench = Bench()
            if counting:
                bench.counts_on()
            else:
                bench.begins()
            bench.five()
            bench.five(motion_mg)
            heart = bench.heart
            assert (heart.state, heart.why, heart.bpm_q4, heart.measured) == (REST, MOVED, 0, 0)
            begun_ms = bench.t_ms
            assert bench.rests(60)
            assert 15000 <= ticks.diff(bench.t_ms, begun_ms) <= 15500


def test_a_rate_outlives_motion_for_three_minutes_from_when_it_was_found():
    bench = Bench()
    bench.measures()
    found_ms = bench.t_ms
    while bench.heart.bpm_q4:
        bench.t_ms = ticks.add(bench.t_ms, 500)
        assert not bench.heart.due(100, bench.t_ms)
    assert ticks.diff(bench.t_ms, found_ms) == 180000
    assert bench.heart.quality == 0


def test_a_rate_grows_old_in_a_measurement_too():
    bench = Bench()
    bench.measures()
    bench.t_ms = ticks.add(bench.t_ms, 170000)
    bench.begins()
    for _ in range(60):
        bench.heart.lost()
        bench.t_ms = ticks.add(bench.t_ms, 200)
        bench.heart.take(NONE, 0, 0, bench.t_ms)
    assert bench.heart.bpm_q4 == 0


def test_a_verdict_without_a_rate_makes_it_unknown_at_once():
    bench = Bench()
    bench.measures()
    assert bench.heart.bpm_q4
    bench.wears(72, 220000)
    bench.counts[200] = 262143
    bench.measures()
    assert (bench.heart.why, bench.heart.bpm_q4, bench.heart.quality, bench.heart.measured) == (BRIGHT, 0, 0, 2)


def test_the_light_is_aimed_until_it_stays():
    bench = Bench()
    bench.begins()
    looks = 0
    for changed in (True, True, False):
        while bench.heart.level < 0:
            bench.five()
            looks += 1
        assert abs(bench.heart.level - 150000) < 1000
        bench.heart.aimed(changed, bench.t_ms)
        assert bench.heart.level == -1
    assert bench.heart.state == COUNT and looks == 9  # 13 samples each


def test_other_light_has_to_be_steady():
    for swing, state in ((40, LIGHT), (41, REST)):
        bench = Bench()
        bench.rests(600)
        bench.heart.begin(bench.t_ms)
        for i in range(14):
            bench.t_ms = ticks.add(bench.t_ms, 200)
            bench.heart.take(array("i", (900,) * 4 + (900 + (swing if i == 7 else 0),)), 5, 0, bench.t_ms)
        assert bench.heart.state == state, swing
        assert state == LIGHT or (bench.heart.why, bench.heart.measured) == (BRIGHT, 1)


def test_no_skin_and_too_much_light():
    for level, why in ((20000, DARK), (240000, BRIGHT)):
        bench = Bench(level=level)
        bench.begins()
        while bench.heart.level < 0:
            bench.five()
        bench.heart.aimed(False, bench.t_ms)
        assert (bench.heart.state, bench.heart.why, bench.heart.measured) == (REST, why, 1)
        assert not bench.rests(119) and bench.rests(2)


def test_missing_samples_begin_the_count_anew():
    bench = Bench()
    bench.counts_on()
    for _ in range(80):
        bench.five()
    bench.heart.lost()
    assert bench.heart.state == LIGHT and bench.heart.bpm_q4 == 0
    while bench.heart.level < 0:
        bench.five()
    bench.heart.aimed(False, bench.t_ms)
    bench.at = 0
    for _ in range(89):
        bench.five()
    assert bench.heart.state == COUNT
    bench.five()
    assert bench.heart.why == OK and bench.heart.bpm_q4


def test_a_sensor_whose_clock_is_off_has_no_rate():
    for five_ms, why in ((188, SHORT), (190, OK), (200, OK), (215, OK), (217, SHORT)):
        bench = Bench()
        bench.counts_on()
        while bench.heart.state == COUNT:
            bench.t_ms = ticks.add(bench.t_ms, five_ms - 200)
            bench.five()
        assert bench.heart.why == why and (bench.heart.bpm_q4 > 0) == (why == OK), five_ms


def test_no_measurement_takes_longer_than_a_minute():
    bench = Bench()
    bench.begins()
    begun_ms = bench.t_ms
    while bench.heart.state != REST:
        bench.t_ms = ticks.add(bench.t_ms, 200)
        bench.heart.take(NONE, 0, 0, bench.t_ms)
        assert ticks.diff(bench.t_ms, begun_ms) <= 60000
    assert bench.heart.why == SHORT and bench.heart.measured == 1


def test_a_sensor_that_fails():
    bench = Bench()
    bench.counts_on()
    bench.heart.broken(bench.t_ms)
    assert bench.heart.state == REST and bench.heart.measured == 0
    begun_ms = bench.t_ms
    assert bench.rests(60)
    assert 10000 <= ticks.diff(bench.t_ms, begun_ms) <= 10500


def test_the_mean_of_what_was_found_since_it_was_asked():
    bench = Bench()
    assert bench.heart.mean_q4() == 0
    for bpm in (60, 90):
        bench.wears(bpm)
        bench.measures()
    assert abs(bench.heart.mean_q4() - 75 * 16) < 16
    assert bench.heart.mean_q4() == 0


def test_weeks_of_motion_do_not_wrap():
    bench = Bench()
    for _ in range(80):
        bench.t_ms = ticks.add(bench.t_ms, 1 << 28)
        assert not bench.heart.due(100, bench.t_ms)
    assert EVERY_MS == 120000 and bench.rests(6)


# -- what the fatigue monitor makes of it ---------------------------------------------------------------------------------


class Beats:
    """A heart whose windows have this rate; 0: none was found."""

    def __init__(self, bpm):
        self.bpm = bpm
        self.bpm_q4 = self.quality = 0

    def age(self, t_ms):
        pass

    def mean_q4(self):
        return 16 * self.bpm


def worker(bpm):
    found = Worker()
    found.heart = Beats(bpm)
    found.monitor.beat(found.heart)
    return found


def test_a_rate_that_falls_is_drift_where_the_walk_has_not_changed():
    points = []
    for bpm in (72, 50, 0):
        one = worker(72)
        one.live(60 * 5, 480)
        drift = one.monitor.watch.drift
        assert drift.state == 1 and drift.used == 9 and drift.features == 9
        one.heart.bpm = bpm
        one.live(60 * 4, 480)
        points.append((drift.distance_q8, drift.seen, drift.z_q8(8)))
    assert points[1][0] > points[0][0] + 100 and points[1][2] < -500, points
    assert points[2][1] == 8 and abs(points[2][2]) < 100, points  # nobody knows it: no drift


def test_where_no_rate_was_learned_none_is_compared():
    one = worker(0)
    one.live(60 * 5, 480)
    assert one.monitor.watch.drift.used == 8
    one.heart.bpm = 50
    one.live(60 * 2, 480)
    assert one.monitor.watch.drift.seen == 8


def test_without_the_sensor_all_is_as_it_was():
    one = Worker()
    one.live(60 * 5, 480)
    assert one.monitor.watch.drift.features == 8 and one.monitor.heart is None


def test_the_record_tells_the_rate_while_it_counts():
    one = worker(72)
    for bpm_q4, alike, told in ((72 * 16 + 7, 93, (72, 93)), (72 * 16 + 8, 93, (73, 93)), (0, 0, (0, 0))):
        one.heart.bpm_q4, one.heart.quality = bpm_q4, alike
        said = []
        one.monitor._say = said.append
        one.monitor._tell(2, one.t_ms)
        assert said[0][-2:] == told, said


def test_a_rate_that_nobody_ages_is_not_told():
    """The heart's task hangs, or dies again and again."""
    bench = Bench()
    bench.measures()
    monitor = Worker().monitor
    monitor.beat(bench.heart)
    said = []
    monitor._say = said.append
    monitor._tell(2, ticks.add(bench.t_ms, 179999))
    monitor._tell(2, ticks.add(bench.t_ms, 180000))
    assert abs(said[0][-2] - 72) <= 1 and said[0][-1] > 60
    assert said[1][-2:] == (0, 0)


def test_the_baseline_with_a_rate_outlives_a_reset_and_is_not_taken_for_one_without():
    one = worker(72)
    one.live(60 * 5, 480)
    size = Keeping(b"", True)
    one.monitor.keep(size)
    data = bytearray(size.at)
    one.monitor.keep(Keeping(data, True))
    again = worker(72)
    reading = Keeping(data, False)
    again.monitor.keep(reading)
    assert not reading.bad and reading.at == len(data)
    assert again.monitor.watch.drift.used == 9
    again.heart.bpm = 50
    again.live(60 * 3, 480)
    assert again.monitor.watch.drift.z_q8(8) < -400
    other = Worker()
    reading = Keeping(data, False)
    other.monitor.keep(reading)
    assert reading.bad or reading.at != len(data)  # tag/fatigue_memory.py begins anew
