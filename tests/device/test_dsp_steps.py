"""dsp.steps: what is a rhythm and what is not, its figures, and equal on every interpreter. docs/dsp.md has real walks."""

from array import array

from dsp_bench import corners, digest, noise, raises

import micropython
from dsp.steps import StepCounter

# One step's rise and fall of |a|, mg from 1 g, 24 samples: 0.48 s, 125 steps a minute
# fmt: off
STEP = (0, 78, 150, 212, 260, 290, 300, 290, 260, 212, 150, 78, 0, -78, -150, -212, -260, -290, -300, -290, -260, -212, -150, -78)
# fmt: on


def stretched(period, scale=100):
    """A step that takes `period` samples, `scale` percent high."""
    return [STEP[24 * i // period] * scale // 100 for i in range(period)]


def feed(counter, mg, up=(0, 0, 1)):
    """Give |a| - 1 g in mg along an axis, in chunks of 10, and more than four seconds of rest at the end, so that all is seen."""
    mg = list(mg) + [0] * 220
    for at in range(0, len(mg) // 10 * 10, 10):
        chunk = array("h", bytes(60))
        for i in range(10):
            for axis in range(3):
                chunk[3 * i + axis] = up[axis] * (1000 + mg[at + i])
        counter.take(chunk)
    return counter


def test_a_walk_is_counted_from_its_first_step():
    for up in ((0, 0, 1), (-1, 0, 0)):
        for period in (18, 24, 32, 44):
            counter = feed(StepCounter(10), stretched(period) * 40, up)
            assert 39 <= counter.steps <= 41, (period, counter.steps)


def test_cadence_period_and_jitter():
    counter = StepCounter(10)
    walk = STEP * 42
    for at in range(0, 1000, 10):
        counter.take(array("h", [v for i in range(10) for v in (0, 0, 1000 + walk[at + i])]))
    assert abs(counter.cadence - 125) <= 1, counter.cadence
    assert counter.period == 24 and abs(counter.period_q4 - 384) <= 8
    assert counter.jitter_q4 <= 4
    feed(counter, ())
    assert counter.cadence == 0


def test_a_limp_is_a_rhythm_and_its_jitter_is_small():
    walk = (stretched(19) + stretched(29)) * 21
    counter = StepCounter(10)
    for at in range(0, 1000, 10):
        counter.take(array("h", [v for i in range(10) for v in (0, 0, 1000 + walk[at + i])]))
    assert 39 <= counter.steps <= 42 and counter.jitter_q4 < 48, (counter.steps, counter.jitter_q4)


def test_less_than_six_steps_are_none():
    assert feed(StepCounter(10), stretched(24) * 4).steps == 0
    assert feed(StepCounter(10), stretched(24) * 9).steps >= 8


def test_faint_slow_and_fast_swings_are_no_steps():
    assert feed(StepCounter(10), stretched(24, 8) * 40).steps == 0
    assert feed(StepCounter(10), stretched(90) * 40).steps == 0
    assert feed(StepCounter(10), stretched(6) * 100).steps == 0


def test_bumps_without_rhythm_are_no_steps():
    bumps = []
    for i in range(60):
        bumps += stretched(24, 40 + i * 37 % 160) + [0] * (i * 29 % 60)
    assert feed(StepCounter(10), bumps).steps == 0


def test_a_change_of_gait_goes_on_counting():
    counter = feed(StepCounter(10), stretched(30) * 20 + stretched(19, 300) * 40)
    assert 57 <= counter.steps <= 61, counter.steps


def test_rest_and_impacts_are_no_steps():
    counter = feed(StepCounter(10), [0] * 500 + [15000, -1000, 4000] + [0] * 500)
    assert counter.steps == 0


def test_a_gap_ends_the_rhythm_and_keeps_the_count():
    counter = feed(StepCounter(10), stretched(24) * 20)
    before = counter.steps
    counter.lost()
    assert counter.steps == before and counter.cadence == 0 and counter.period == 0
    feed(counter, [700] * 300)  # another level after the gap is not a step up
    assert counter.steps == before


def test_any_input_stays_in_range():
    counter = StepCounter(20)
    limited = array("h", [18900 if v > 0 else -18900 for v in corners(400)])
    for i in range(0, 1200, 60):
        counter.take(limited[i : i + 60])
        assert min(counter._state) >= 0 and max(counter._state) < 1 << 30


def test_free_fall_is_no_division_by_nothing():
    counter = StepCounter(10)
    for _ in range(60):
        counter.take(array("h", bytes(60)))
    assert counter.steps == 0
    # the jump to 1 g hides the first steps behind it
    assert 35 <= feed(counter, STEP * 40).steps <= 41


def test_odd_chunks_are_refused():
    assert raises(StepCounter, 9) and raises(StepCounter, 0)


def test_every_interpreter_gives_the_same_bits():
    counter = StepCounter(10)
    d = 0
    for seed in range(3):
        shake = noise(600, seed)
        feed(counter, [stretched(26)[i % 26] + shake[i] // 200 for i in range(600)], (0, 1, 0))
        d = digest(counter._state, d)
        for i in range(0, 600, 30):
            counter.take(shake[i : i + 30])
        d = digest(counter._state, d)
    assert d == 861118, d  # by CPython


def test_nothing_allocates():
    counter = StepCounter(10)
    chunks = [
        array("h", [v for i in range(10) for v in (0, 0, 1000 + STEP[(at + i) % 24])]) for at in range(0, 960, 10)
    ]
    micropython.heap_lock()
    for i in range(96):
        counter.take(chunks[i])
        told = counter.steps + counter.cadence + counter.period + counter.period_q4 + counter.jitter_q4
    counter.lost()
    counter.take(chunks[0])
    micropython.heap_unlock()
    assert counter.steps > 30 and told > 100
