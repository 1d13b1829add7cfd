"""Where the fall detector's limits lie: the judgement of features that are given, just inside and just outside each."""

import math

from motion_bench import blocks, sampled

from tag.motion.fall import FallDetector, points
from tag.motion.path import MotionPath

WATCH, IMPACT, JUDGE, FLOWN = range(4)
RIPE, FALL, DROP = 1, 3, 4


class Given(FallDetector):
    """A detector that has measured what it is told: it stands for the path, the past and the rings, too."""

    def __init__(self, found, rest_mg, rate_hz):
        super().__init__()
        _, self.surge_mg, self.hard, self.turned_deg = found
        self.rest_mg = rest_mg
        self.rate_hz = rate_hz
        self.past = self._spread = self._surges = self._hard = self

    def total_mg(self):
        return self.rest_mg

    def mean(self, first, last, out):
        turn = math.pi / 180 * (0 if first else self.turned_deg)
        out[0] = int(16000 * math.sin(turn))
        out[1] = 0
        out[2] = int(16000 * math.cos(turn))

    def best(self, first, last):
        return self.surge_mg << 6

    def total(self, first, last):
        return self.hard


def judged(found, rest_mg=100, rate_hz=50, state=JUDGE, held=20, flown=False):
    """(verdict, score) of hit, surge, hard samples and tilt."""
    detector = Given(found, rest_mg, rate_hz)
    detector.state = state
    detector._held = held
    return detector._judge(detector, found[0] << 6 | 7, flown), detector.score


HARD = (8000, 500, 8, 60)


def test_points_decide_and_the_limit_is_149():
    # surges for 148.5, 149.5 (8 points an octave, so one point is 9 %)
    assert judged((4000, 362, 8, 60))[0] == RIPE and judged((4000, 395, 8, 60))[0] == FALL
    # for a slow sensor it is one less: 147.5 and 148.5
    assert judged((4000, 332, 8, 60), rate_hz=39)[0] == RIPE and judged((4000, 362, 8, 60), rate_hz=39)[0] == FALL
    assert judged((4000, 362, 8, 60), rate_hz=40)[0] == RIPE
    # one point more is four more in the score, which ends at 255
    assert 100 < judged((4000, 395, 8, 60))[1] <= 104
    assert judged((32735, 8000, 32, 180))[1] == 255


def test_hard_samples_and_tilt_count_between_their_bounds():
    for hit, surge in ((1800, 300), (9000, 900)):
        assert points(hit, surge, 0, 60) == points(hit, surge, 4, 60) < points(hit, surge, 5, 60)
        assert points(hit, surge, 31, 60) < points(hit, surge, 32, 60) == points(hit, surge, 60, 60)
        assert points(hit, surge, 8, 89) < points(hit, surge, 8, 90) == points(hit, surge, 8, 180)


def test_who_is_not_at_rest_or_has_not_turned_has_not_fallen():
    assert judged(HARD, rest_mg=299)[0] == FALL and judged(HARD, rest_mg=300)[0] == RIPE
    assert judged((16000, 900, 8, 26))[0] == FALL and judged((16000, 900, 8, 25))[0] == RIPE


def test_no_fall_is_declared_before_its_hit_was_told_ripe():
    for state, verdict in ((WATCH, RIPE), (IMPACT, RIPE), (JUDGE, FALL)):
        assert judged(HARD, state=state)[0] == verdict, state


def test_after_a_flight_it_is_a_drop_when_dead_still_or_caught_else_a_person_from_2200_ms_on():
    assert judged(HARD, 39, state=FLOWN, held=5)[0] == DROP
    assert judged(HARD, 40, state=FLOWN, held=5)[0] == RIPE
    assert judged(HARD, 39, state=FLOWN, held=4)[0] == RIPE
    assert judged(HARD, 40, state=FLOWN, held=10)[0] == RIPE and judged(HARD, 40, state=FLOWN, held=11)[0] == FALL
    assert judged((5999, 800, 8, 60), state=FLOWN)[0] == DROP and judged((6000, 800, 8, 60), state=FLOWN)[0] == FALL
    # it flies again: so may a body that falls from board to board; the third time it is a tag that tumbles
    assert judged(HARD, 200, state=FLOWN, held=3, flown=True)[0] == RIPE
    detector = Given(HARD, 200, 50)
    detector.state = FLOWN
    detector._flights = 1
    verdicts = [detector._judge(detector, HARD[0] << 6 | 7, True) for _ in range(2)]
    assert verdicts == [RIPE, DROP]


def after(frames, before=()):
    """(falls, drops, score, peak, tilt, age) of `frames`, with or without a past that ended in a gap."""
    path = MotionPath()
    path.retune(50)
    detector = FallDetector()
    n = 0
    for part in (before, frames):
        path.lost()
        n = 0
        if part:
            for block, _ in blocks(sampled(part, 50), 50, (10,)):
                while path.advance(block):
                    n += detector.step(path)
    return n, detector.drops, detector.score, detector.peak_mg, detector.tilt_deg, detector.age_ms


def test_what_was_before_a_gap_has_no_say_in_what_comes_after():
    falls = ((0, 0, 0, 1000), (600, 0, 0, 1000), (800, 300, 0, 400), (850, 2500, 500, 2500), (950, 3000, 300, 600))
    falls += ((1050, 200, 0, 300), (1200, 1000, 0, 100), (8000, 1000, 0, 100))
    alone = after(falls)
    assert alone[:2] == (1, 0) and alone[2] < 250
    # shaken hard for a second
    shaken = [(0, 0, 0, 1000), (2000, 0, 0, 1000)]
    for t_ms in range(2100, 3100, 100):
        shaken.append((t_ms, 9000 if t_ms % 200 else -9000, 5000, 1000))
    assert after(falls, shaken) == alone
    # or it had just flown, with the ground still to come
    flew = (
        (0, 0, 0, 1000),
        (2000, 0, 0, 1000),
        (2020, 60, 60, 60),
        (2520, 60, 60, 60),
        (2530, 0, 0, 1000),
        (2620, 0, 0, 1000),
    )
    lands = ((0, 3000, 0, 6000), (60, 1000, 0, 3000), (100, 1000, 0, 0), (6000, 1000, 0, 0))
    assert after(lands, flew) == after(lands) and after(lands)[1] == 0


class Chunk:
    """What a summary says: the free fall that ended in it, and its hit."""

    def __init__(self, low_run, peak_mg):
        self.low_run = low_run
        self.peak_sq = peak_mg * peak_mg


def test_a_flight_lasts_340_to_800_ms_and_ends_in_a_hit_within_two_chunks():
    for low_run, flown in ((16, False), (17, True), (40, True), (41, False)):
        detector = FallDetector()
        assert detector._flew(Chunk(low_run, 1701)) == flown, low_run
        assert not flown or detector.flight_ms == low_run * 20
    for peaks, flown in (((1000, 1701), True), ((1000, 1700), False), ((1000, 1000, 1701), False)):
        detector = FallDetector()
        found = detector._flew(Chunk(20, peaks[0]))
        for peak_mg in peaks[1:]:
            found = detector._flew(Chunk(0, peak_mg))
        assert found == flown, peaks
