"""Falls and what only looks like one, at every rate and mounting. Movements are made up; recordings are for the host."""

from motion_bench import FALL, STAND, Block, falls, joined, sampled

import micropython
from tag.motion.fall import FallDetector
from tag.motion.path import MotionPath
from tag.names import FALL_STATES

HIT_MS = 6500
WATCH, FLOWN, DROPPED = 0, 3, 5

# fell clean for 0.48 s, hit with 15 g, lies on its side
DROP = (
    (0, 0, 0, 1000),
    (6000, 0, 0, 1000),
    (6020, 60, 60, 60),
    (6500, 60, 60, 60),
    (6510, 9000, 9000, 9000),
    (6530, 9000, 9000, 9000),
    (6560, 0, 0, 200),
    (6600, 0, 1000, 0),
    (14000, 0, 1000, 0),
)


def test_a_fall_is_declared_once_within_4_s_of_the_hit_at_every_rate():
    for rate_hz in (20, 25, 50, 60, 100, 119, 200, 208):
        found = falls(FALL, rate_hz)
        assert len(found) == 1, (rate_hz, found)
        t_ms, score, peak_mg, tilt_deg, age_ms = found[0]
        assert HIT_MS < t_ms <= HIT_MS + 4000, (rate_hz, t_ms)
        assert 100 <= score <= 255
        assert 1700 < peak_mg < 3700, (rate_hz, peak_mg)
        assert 80 <= tilt_deg <= 90, (rate_hz, tilt_deg)
        assert 1000 <= age_ms <= 3400 and abs(t_ms - age_ms - HIT_MS) <= 400, (rate_hz, t_ms, age_ms)


def test_any_mounting_is_the_same():
    expected = falls(FALL, 50, noise_mg=0)
    for mounting in range(24):
        found = falls(FALL, 50, mounting, noise_mg=0)
        assert len(found) == 1, mounting
        for i in (0, 3, 4):
            assert abs(found[0][i] - expected[0][i]) <= 1, (mounting, found, expected)


def test_how_blocks_are_cut_makes_no_difference():
    for rate_hz in (25, 100):
        # what is declared is equal; only the time at which a block delivers it may be later
        expected = [row[1:] for row in falls(FALL, rate_hz, sizes=(1,))]
        for sizes in ((10,), (25,), (32, 1, 7)):
            assert [row[1:] for row in falls(FALL, rate_hz, sizes=sizes)] == expected, sizes


def test_a_second_fall_is_declared_again():
    assert len(falls(joined(FALL, STAND, FALL), 50)) == 2


def moved(*changes):
    """STAND with these frames from 6 s on."""
    return ((0, 0, 0, 1000), (6000, 0, 0, 1000)) + changes


def test_what_is_no_fall():
    stories = {
        "standing": STAND,
        "a hit without another posture": moved(
            *((6050, 2500, 2500, 2500), (6150, -900, 900, 900), (6300, 0, 0, 1000), (12000, 0, 0, 1000))
        ),
        "lying down gently": moved((8000, 1000, 0, 0), (14000, 1000, 0, 0)),
        "a new posture and a small hit": moved(
            *((6400, 600, 0, 700), (6450, 1200, 0, 1200), (6600, 1000, 0, 0), (14000, 1000, 0, 0))
        ),
        "a hit straight down and a slow lean": moved(
            *((6050, 0, 0, 4000), (6100, 0, 0, 1000), (9000, 900, 0, 500), (14000, 900, 0, 500))
        ),
    }
    for name, frames in stories.items():
        for rate_hz in (25, 100):
            assert falls(frames, rate_hz) == [], (name, rate_hz)


def test_who_runs_on_has_not_fallen():
    frames = list(FALL[:7])
    t_ms = 6800
    while t_ms < 14000:
        frames += [(t_ms + 100, 2200, 0, -600), (t_ms + 300, 100, 0, 500)]
        t_ms += 300
    assert falls(frames, 50) == []


def test_a_dropped_tag_is_not_a_fallen_person():
    for rate_hz in (50, 100, 200):
        seen = set()
        assert falls(DROP, rate_hz, seen=seen) == [], rate_hz
        assert DROPPED in seen
        # and 5 s later it watches again
        found = falls(joined(DROP, STAND, FALL), rate_hz)
        assert len(found) == 1, (rate_hz, found)


def flown(flight_ms, hit_mg, *after):
    """Stands, flies, is hit, and then these frames, counted from the hit."""
    end = 6020 + flight_ms
    frames = [(0, 0, 0, 1000), (6000, 0, 0, 1000), (6020, 60, 60, 60), (end, 60, 60, 60)]
    frames += [(end + 10, hit_mg, hit_mg // 2, hit_mg), (end + 40, hit_mg, hit_mg // 2, -hit_mg)]
    for t_ms, x, y, z in after:
        frames.append((end + t_ms, x, y, z))
    return frames


def alive(first_ms, last_ms):
    """Lies on the side and breathes hard, moves a hand."""
    return [(t_ms, 950, 200 - t_ms % 200 * 2, 100 + t_ms % 300) for t_ms in range(first_ms, last_ms, 100)]


def told(frames, rate_hz, noise_mg=10):
    """(falls, drops, what the detector says of the last)"""
    path = MotionPath()
    path.retune(rate_hz)
    detector = FallDetector()
    samples = sampled(frames, rate_hz, 0, noise_mg)
    n = fed(path, detector, samples, rate_hz, 0, len(samples) // 3)
    return n, detector.drops, detector


def test_a_person_who_falls_from_a_height_and_moves_is_no_dropped_tag():
    frames = flown(460, 9000, *alive(100, 4000))
    for rate_hz in (50, 100):
        n, drops, detector = told(frames, rate_hz)
        assert (n, drops) == (1, 0), rate_hz
        assert 440 <= detector.flight_ms <= 500 and detector.peak_mg > 6000


def test_a_person_who_falls_from_a_height_and_lies_dead_still_is_asked():
    frames = flown(460, 9000, (200, 1000, 0, 0), (8000, 1000, 0, 0))
    n, drops, detector = told(frames, 100)
    assert (n, drops) == (0, 1)
    assert detector.peak_mg > 9000 and 1000 <= detector.age_ms <= 2200


def test_a_tag_thrown_up_and_caught_is_not_a_fallen_person():
    frames = flown(620, 2400, (160, -2400, 1200, 1200), *alive(200, 4000))
    for rate_hz in (50, 100):
        assert told(frames, rate_hz)[:2] == (0, 1), rate_hz


def test_a_tag_that_tumbles_is_dropped_before_it_lies_still():
    again = ((60, 300, 300, 900), (80, 60, 60, 60), (500, 60, 60, 60), (510, 7000, 7000, 7000))
    third = tuple((t_ms + 500, x, y, z) for t_ms, x, y, z in again)
    for rate_hz in (50, 100):
        assert told(flown(400, 7000, *again, *third, *alive(1060, 4500)), rate_hz)[:2] == (0, 1), rate_hz
        # twice is a body that falls from board to board
        assert told(flown(400, 7000, *again, *alive(560, 4500)), rate_hz)[:2] == (1, 0), rate_hz


def test_a_dropped_tag_may_rock_before_it_lies_still():
    # said at once it would be a fall: hard hit, another posture, no more than rocking
    rocks = [(t_ms, 950, 250 - t_ms // 100 % 2 * 500, 200) for t_ms in range(100, 1000, 100)]
    frames = flown(460, 9000, *rocks, (1000, 950, 0, 200), (8000, 950, 0, 200))
    for rate_hz in (50, 100):
        n, drops, detector = told(frames, rate_hz)
        assert (n, drops) == (0, 1) and detector.age_ms >= 1600, (rate_hz, detector.age_ms)


def test_who_jumps_down_and_stands_has_neither_fallen_nor_dropped_the_tag():
    after = [(t_ms, 300 - t_ms % 600, 0, 1000 + t_ms % 400) for t_ms in range(100, 5000, 100)]
    assert told(flown(400, 4000, *after), 100)[:2] == (0, 0)


def test_a_soft_free_fall_is_nothing_at_all():
    # caught again without a hit: the detector wakes, sees neither hit nor drop, and stays in WATCH
    frames = moved((6020, 60, 60, 60), (6400, 60, 60, 60), (6500, 0, 0, 1300), (6600, 0, 0, 1000), (14000, 0, 0, 1000))
    for rate_hz in (50, 100):
        seen = set()
        assert falls(frames, rate_hz, seen=seen) == [] and seen == {WATCH}
        # nor after a gap
        path = MotionPath()
        path.retune(rate_hz)
        detector = FallDetector()
        samples = sampled(joined(FALL, frames), rate_hz)
        fed(path, detector, samples, rate_hz, 0, 7 * rate_hz)
        assert detector.state != WATCH
        path.lost()
        fed(path, detector, samples, rate_hz, 16 * rate_hz, 22 * rate_hz)
        assert detector.state == WATCH


def test_a_longer_free_fall_is_a_person():
    frames = [(t_ms + 600 if t_ms >= 6500 else t_ms, x, y, z) for t_ms, x, y, z in DROP]
    assert len(falls(frames, 100)) == 1


def test_every_state_occurs():
    seen = set()
    falls(joined(FALL, STAND, DROP), 50, seen=seen)
    assert seen == set(range(len(FALL_STATES)))


def fed(path, detector, samples, rate_hz, first, last):
    """Feed samples first..last; how many falls."""
    block = Block(rate_hz)
    n = 0
    while first < last:
        first += block.load(samples, first, min(10, last - first))
        while path.advance(block):
            n += detector.step(path)
    return n


def test_a_gap_is_not_a_fall():
    # The sensor is lost while the wearer stands, and back when he lies: nothing can be said of what was in between.
    samples = sampled(FALL, 100)
    path = MotionPath()
    path.retune(100)
    detector = FallDetector()
    assert fed(path, detector, samples, 100, 0, 640) == 0
    path.lost()
    assert fed(path, detector, samples, 100, 645, 1390) == 0
    assert detector.state == WATCH


def test_the_largest_movement_does_not_overflow():
    frames = [(0, 18900, 18900, 18900)]
    for i in range(1, 80):
        s = 32767 if i % 2 else -32767
        frames.append((i * 100, s, -s, s))
    frames += [(8100, -1000, 0, 0), (14000, -1000, 0, 0)]
    found = falls(frames, 100, noise_mg=0)
    for _, score, peak_mg, tilt_deg, _ in found:
        assert score == 255 and peak_mg <= 32735 and tilt_deg <= 180
    assert found


def test_nothing_allocates_not_even_at_a_fall():
    samples = sampled(joined(FALL, STAND, DROP), 100)
    path = MotionPath()
    path.retune(100)
    detector = FallDetector()
    block = Block(100)
    parts = []
    for start in range(0, len(samples) // 3 - 10, 10):
        parts.append(samples[3 * start : 3 * start + 30])
    block.n = 10
    n = i = 0
    count = len(parts)
    micropython.heap_lock()
    while i < count:
        block.mg = parts[i]
        while path.advance(block):
            if detector.step(path):
                n += 1
        i += 1
    micropython.heap_unlock()
    assert n == 1 and detector.drops == 1
