"""Stillness: timer, table, what counts as motion, and what is made of an unknown input."""

from array import array

from motion_bench import STAND, blocks, joined, sampled

import micropython
from tag.motion import stillness
from tag.motion.path import MotionPath
from tag.motion.stillness import Stillness

# as numbered there; private on the tag, as names cost heap
STATES = MOVING, RIDING, RESTING, STILL = range(4)
INPUTS = MOTION, SHAKE, QUIET, DUE = range(4)


class Chunk:
    """What the detector reads of the motion path."""

    def __init__(self):
        self.mean = self.sway = array("h", (0, 0, 1000))
        self.activity_mg = 20
        self.first = False


def steps(still, chunk, n):
    """How often `n` chunks say STILL."""
    return sum([still.step(chunk) for _ in range(n)])


def lean(chunk):
    """A move of the wearer: the next chunk has another posture."""
    chunk.mean[0] = 0 if chunk.mean[0] > 150 else 310


def test_the_table_has_every_state_and_input():
    assert len(stillness.TABLE) == len(STATES)
    for state in STATES:
        row = stillness.TABLE[state]
        assert len(row) == len(INPUTS)
        assert row[MOTION] == MOVING
        assert row[SHAKE] == (STILL if state == STILL else RIDING)
        assert row[QUIET] == (STILL if state == STILL else RESTING)
        assert (row[DUE] == STILL) == (state != MOVING)
    for state in STATES:
        assert state in reached(), state


def reached():
    """The states that inputs lead to from MOVING."""
    seen = {MOVING}
    for _ in STATES:
        seen.update([stillness.TABLE[state][symbol] for state in seen for symbol in INPUTS])
    return seen


def test_still_is_said_once_after_its_time():
    for still_s in (20, 60, 1000):
        still = Stillness(still_s, 0)
        chunk = Chunk()
        chunk.first = True
        assert steps(still, chunk, 1) == 0
        chunk.first = False
        assert steps(still, chunk, still_s * 5 - 2) == 0 and still.state == RESTING
        assert steps(still, chunk, 1) == 1 and still.seconds == still_s
        assert steps(still, chunk, 3000) == 0 and still.state == STILL


def test_any_motion_starts_anew():
    chunk = Chunk()
    still = Stillness(20, 300)
    steps(still, chunk, 99)
    # shaken, with a sway of more than 0.1 g from one chunk to the next
    chunk.activity_mg = 101
    chunk.mean[0] = 101
    assert steps(still, chunk, 1) == 0 and still.state == MOVING and still.seconds == 0
    chunk.activity_mg = 100
    assert steps(still, chunk, 99) == 0
    # a lean of more than 9 degrees from where it was, however slow
    for mg in (0, 50, 100, 150):
        chunk.mean[0] = mg
        steps(still, chunk, 1)
        assert still.state != MOVING
    chunk.mean[0] = 151
    assert steps(still, chunk, 1) == 0 and still.state == MOVING
    assert steps(still, chunk, 99) == 0 and steps(still, chunk, 1) == 1
    # and again after STILL
    lean(chunk)
    steps(still, chunk, 1)
    assert still.state == MOVING
    assert steps(still, chunk, 99) == 0 and steps(still, chunk, 1) == 1


def test_a_sway_counts_for_three_chunks():
    still = Stillness(20, 300)
    chunk = Chunk()
    steps(still, chunk, 10)
    chunk.activity_mg = 300
    chunk.mean[0] = 101
    found = []
    for _ in range(5):
        steps(still, chunk, 1)
        found.append(still.state)
    assert found == [MOVING, MOVING, MOVING, RIDING, RIDING]


def test_shaking_alone_holds_the_short_timer_and_not_the_long_one():
    for longest, seconds in ((300, 300), (60, 60), (0, 20), (10, 20)):
        still = Stillness(20, longest)
        chunk = Chunk()
        steps(still, chunk, 10)
        chunk.activity_mg = 400
        still.restart()
        assert steps(still, chunk, seconds * 5 - 1) == 0 and still.state == RIDING and not still.moving
        assert steps(still, chunk, 1) == 1 and still.seconds == seconds
        # a machine ends nothing
        assert steps(still, chunk, 2000) == 0 and still.state == STILL
        lean(chunk)
        steps(still, chunk, 1)
        assert still.state == MOVING and still.seconds == 0


def test_when_the_machine_stops_the_short_time_begins():
    still = Stillness(20, 300)
    chunk = Chunk()
    steps(still, chunk, 10)
    still.restart()
    chunk.activity_mg = 400
    steps(still, chunk, 500)
    chunk.activity_mg = 0
    assert steps(still, chunk, 99) == 0 and still.state == RESTING
    assert steps(still, chunk, 1) == 1 and still.seconds == 120
    # and one that stops and starts does not hold it for ever
    still.restart()
    told = 0
    for i in range(1500):
        chunk.activity_mg = 400 if i // 50 % 2 else 0
        told += still.step(chunk)
    assert told == 1


def test_a_machine_that_starts_beside_a_man_who_lies_is_no_move_of_his():
    still = Stillness(20, 300)
    chunk = Chunk()
    assert steps(still, chunk, 101) == 1
    chunk.activity_mg = 900
    for mg in (-200, 0):  # it starts with a jolt, there and back
        chunk.mean[0] = mg
        steps(still, chunk, 1)
        assert not still.moving
    for _ in range(200):
        steps(still, chunk, 1)
        assert not still.moving


def test_unknown_input_stops_the_timer_and_says_so():
    still = Stillness(20, 300)
    assert still.paused
    chunk = Chunk()
    steps(still, chunk, 60)
    assert not still.paused
    still.pause()
    assert still.paused and still.state == RESTING
    # back after the gap in another posture: nobody saw a move, so the timer goes on
    chunk.first = True
    chunk.mean[2] = -1000
    before = still.chunks
    steps(still, chunk, 1)
    chunk.first = False
    assert not still.paused and still.chunks == before + 1
    assert steps(still, chunk, 38) in (0, 1) and still.state in (RESTING, STILL)


def test_a_twitch_is_motion_but_not_yet_moving():
    still = Stillness(20, 300)
    chunk = Chunk()
    steps(still, chunk, 50)
    for n in range(4):
        lean(chunk)
        steps(still, chunk, 1)
        assert not still.moving, n
    lean(chunk)
    steps(still, chunk, 1)
    assert still.moving
    steps(still, chunk, 5)
    assert still.moving
    steps(still, chunk, 1)
    assert not still.moving
    for _ in range(5):
        lean(chunk)
        steps(still, chunk, 1)
    assert still.moving
    still.pause()
    assert not still.moving


def test_a_press_starts_the_timer_anew():
    still = Stillness(20, 300)
    chunk = Chunk()
    assert steps(still, chunk, 101) == 1
    still.restart()
    assert still.state == MOVING and steps(still, chunk, 99) == 0 and steps(still, chunk, 1) == 1


def still_time(frames, rate_hz=100, noise_mg=10):
    """Longest stillness that the movement gives, in seconds."""
    path = MotionPath()
    path.retune(rate_hz)
    still = Stillness(1000, 0)
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
    assert still_time(joined(STAND, STAND, swinging(400, 60, 500))) >= 37  # a machine that shakes the wearer is not he
    for period_ms in (140, 80, 60):  # 7 Hz, which raw means of 0.2 s would let through, and more
        assert still_time(joined(STAND, STAND, swinging(600, period_ms, 300))) >= 23 + 300 * period_ms // 2000, (
            period_ms
        )


def test_nothing_allocates():
    still = Stillness(20, 300)
    chunk = Chunk()
    n = 0
    micropython.heap_lock()
    for i in range(200):
        chunk.activity_mg = 500 if 50 < i < 80 else 0
        chunk.mean[0] = 200 if i == 50 else 0
        if still.step(chunk):
            n += 1
    micropython.heap_unlock()
    assert n == 1
