"""Stillness: timer, table, what counts as motion, and what is made of an unknown input."""

from array import array

from motion_bench import STAND, blocks, joined, sampled

import micropython
from tag.motion import stillness
from tag.motion.path import MotionPath
from tag.motion.stillness import Stillness

STATES = (stillness.MOVING, stillness.RESTING, stillness.STILL)


class Chunk:
    """What the detector reads of the motion path."""

    def __init__(self):
        self.mean = array("h", (0, 0, 1000))
        self.summary = self
        self.activity_mg = 20
        self.first = False


def steps(still, chunk, n):
    """How often `n` chunks say STILL."""
    return sum([still.step(chunk) for _ in range(n)])


def test_the_table_has_every_state_and_input():
    assert len(stillness.TABLE) == len(STATES)
    for state in STATES:
        row = stillness.TABLE[state]
        assert row[stillness.MOTION] == stillness.MOVING
        assert row[stillness.QUIET] == (stillness.STILL if state == stillness.STILL else stillness.RESTING)
        assert (row[stillness.DUE] == stillness.STILL) == (state != stillness.MOVING)


def test_still_is_said_once_after_its_time():
    for still_s in (20, 60, 1000):
        still = Stillness(still_s)
        chunk = Chunk()
        chunk.first = True
        assert steps(still, chunk, 1) == 0
        chunk.first = False
        assert steps(still, chunk, still_s * 5 - 2) == 0 and still.state == stillness.RESTING
        assert steps(still, chunk, 1) == 1 and still.seconds == still_s
        assert steps(still, chunk, 3000) == 0 and still.state == stillness.STILL


def test_any_motion_starts_anew():
    chunk = Chunk()
    still = Stillness(20)
    steps(still, chunk, 99)
    chunk.activity_mg = 101
    assert steps(still, chunk, 1) == 0 and still.state == stillness.MOVING and still.seconds == 0
    chunk.activity_mg = 100
    assert steps(still, chunk, 99) == 0
    # a lean of more than 9 degrees, however slow
    for mg in (0, 50, 100, 150):
        chunk.mean[0] = mg
        if mg < 150:
            assert not still._moved(chunk)
    chunk.mean[0] = 151
    assert steps(still, chunk, 1) == 0 and still.state == stillness.MOVING
    assert steps(still, chunk, 99) == 0 and steps(still, chunk, 1) == 1
    # and again after STILL
    chunk.activity_mg = 500
    steps(still, chunk, 1)
    assert still.state == stillness.MOVING
    chunk.activity_mg = 0
    assert steps(still, chunk, 100) == 1


def test_unknown_input_stops_the_timer_and_says_so():
    still = Stillness(20)
    assert still.paused
    chunk = Chunk()
    steps(still, chunk, 60)
    assert not still.paused
    still.pause()
    assert still.paused and still.state == stillness.RESTING
    # back after the gap in another posture: nobody saw a move, so the timer goes on
    chunk.first = True
    chunk.mean[2] = -1000
    before = still.chunks
    steps(still, chunk, 1)
    chunk.first = False
    assert not still.paused and still.chunks == before + 1
    assert steps(still, chunk, 38) in (0, 1) and still.state in (stillness.RESTING, stillness.STILL)


def test_a_twitch_is_motion_but_not_yet_moving():
    still = Stillness(20)
    chunk = Chunk()
    steps(still, chunk, 50)
    chunk.activity_mg = 900
    for n in range(4):
        steps(still, chunk, 1)
        assert not still.moving, n
    steps(still, chunk, 1)
    assert still.moving
    chunk.activity_mg = 0
    steps(still, chunk, 5)
    assert still.moving
    steps(still, chunk, 1)
    assert not still.moving
    chunk.activity_mg = 900
    steps(still, chunk, 5)
    assert still.moving
    still.pause()
    assert not still.moving


def test_a_press_starts_the_timer_anew():
    still = Stillness(20)
    chunk = Chunk()
    assert steps(still, chunk, 101) == 1
    still.restart()
    assert still.state == stillness.MOVING and steps(still, chunk, 99) == 0 and steps(still, chunk, 1) == 1


def still_time(frames, rate_hz=100, noise_mg=10):
    """Longest stillness that the movement gives, in seconds."""
    path = MotionPath()
    path.retune(rate_hz)
    still = Stillness(1000)
    longest = 0
    for block, _ in blocks(sampled(frames, rate_hz, 5, noise_mg), rate_hz):
        while path.advance(block):
            still.step(path)
            longest = max(longest, still.seconds)
    return longest


def swinging(mg, period_ms, count):
    frames = [(0, 0, 0, 1000)]
    for i in range(count):
        frames.append((frames[-1][0] + period_ms // 2, mg if i % 2 else -mg, 0, 1000))
    return frames


def test_breath_and_a_coarse_sensor_are_still_and_work_is_not():
    assert still_time(joined(STAND, STAND)) >= 23
    assert still_time(joined(STAND, STAND), noise_mg=45) >= 23  # one step of +-16 g in ten bits is 48 mg
    assert still_time(swinging(40, 4000, 12)) >= 23  # breath
    assert still_time(swinging(300, 500, 100)) <= 1  # steps
    assert still_time(swinging(600, 6000, 10)) <= 1  # slow work
    assert still_time(swinging(400, 60, 500)) <= 1  # a machine shakes the wearer: motion, not stillness


def test_nothing_allocates():
    still = Stillness(20)
    chunk = Chunk()
    n = 0
    micropython.heap_lock()
    for i in range(200):
        chunk.activity_mg = 500 if i == 50 else 0
        if still.step(chunk):
            n += 1
    micropython.heap_unlock()
    assert n == 1
