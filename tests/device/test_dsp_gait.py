"""dsp.gait: what is a walk and what is not, its figures, its table, and equal on every interpreter. docs/dsp.md has real walks."""

from array import array

from dsp_bench import corners, digest, noise, raises

import micropython
from dsp.gait import MAYBE, RESTING, TABLE, WALKING, Gait

# One step's rise and fall of |a|, mg from 1 g, 24 samples: 0.48 s, 125 steps a minute
# fmt: off
STEP = (0, 78, 150, 212, 260, 290, 300, 290, 260, 212, 150, 78, 0, -78, -150, -212, -260, -290, -300, -290, -260, -212, -150, -78)
# fmt: on
SAME, OTHER, WEAK, STILL, SURE, LONG = range(6)


def stretched(period, scale=100):
    """A step that takes `period` samples, `scale` percent high."""
    return [STEP[24 * i // period] * scale // 100 for i in range(period)]


def feed(gait, mg, up=(0, 0, 1), rest=320):
    """Give |a| - 1 g in mg along an axis, in chunks of 10, and six seconds of rest at the end, so that all is seen."""
    mg = list(mg) + [0] * rest
    for at in range(0, len(mg) // 10 * 10, 10):
        chunk = array("h", bytes(60))
        for i in range(10):
            for axis in range(3):
                chunk[3 * i + axis] = up[axis] * (1000 + mg[at + i])
        gait.take(chunk)
    return gait


def test_a_walk_is_counted_from_its_first_step():
    for up in ((0, 0, 1), (-1, 0, 0)):
        for period in (18, 24, 32, 44):
            gait = feed(Gait(10), stretched(period) * 40, up)
            assert 39 <= gait.steps <= 42, (period, gait.steps)


def test_the_seconds_in_which_a_walk_begins_and_ends_count_in_part():
    total = walks = 0
    for period in (18, 21, 24, 29, 33):
        for n in (9, 12, 17):
            for before in (200, 211, 223, 234, 246):
                gait = feed(Gait(10), [0] * before + stretched(period) * n)
                assert abs(gait.steps - n) <= 1, (period, n, before, gait.steps)
                total += gait.steps - n
                walks += 1
    assert 5 * abs(total) <= walks, (total, walks)  # whole seconds would be one step a walk too many


def test_every_cut_into_chunks_counts_the_same():
    found = []
    for size in (2, 10, 50):
        gait = Gait(size)
        walk = stretched(27) * 30 + [0] * 290
        for at in range(0, len(walk) - size + 1, size):
            gait.take(array("h", [v for i in range(size) for v in (0, 0, 1000 + walk[at + i])]))
        found.append(gait.steps)
    assert found[0] == found[1] == found[2] and 29 <= found[0] <= 32, found


def test_cadence_period_and_regularity():
    gait = feed(Gait(10), STEP * 42, rest=0)
    assert gait.state == WALKING
    assert abs(gait.cadence - 125) <= 1, gait.cadence
    assert abs(gait.period_q4 - 384) <= 4
    assert gait.regular_q10 > 990 and gait.even_q10 > 990
    assert 100 < gait.size_mg < 200  # of a sine of 300 mg, 191 in the middle of the band
    feed(gait, ())
    assert gait.cadence == 0 and gait.state == RESTING


def heard(walk):
    """Strides, their sum, changes and their sum over a walk."""
    gait = Gait(10)
    told = [0, 0, 0, 0]
    for at in range(0, len(walk) // 10 * 10, 10):
        if gait.take(array("h", [v for i in range(10) for v in (0, 0, 1000 + walk[at + i])])):
            for i, value in enumerate((gait.strides, gait.stride_sum_q4, gait.changes, gait.change_sum_q4)):
                told[i] += value
    return told


def test_stride_times_and_their_changes():
    strides, total, changes, change = heard(STEP * 80)
    assert 30 <= strides <= 40 and changes == strides - 1
    assert abs(total // strides - 768) <= 2, total // strides  # 0.96 s
    assert change // changes <= 8  # 10 ms
    # every other stride 80 ms longer, from top to top 40 ms; the band-pass, narrow as it is, lets half of that through
    walk = (stretched(24) + stretched(24) + stretched(26) + stretched(26)) * 20
    strides, total, changes, change = heard(walk)
    assert abs(total // strides - 800) <= 8 and 12 <= change // changes <= 36, (total // strides, change // changes)


def test_a_thigh_where_only_both_steps_together_repeat():
    """As in a trouser pocket: one foot three times as loud, and the other's step late."""
    walk = (stretched(22, 150) + stretched(34, 50)) * 25
    gait = feed(Gait(10), walk)
    assert 48 <= gait.steps <= 53, gait.steps
    gait = feed(Gait(10), walk, rest=0)
    assert abs(gait.period_q4 - 16 * 28) <= 16, gait.period_q4
    assert gait.even_q10 < 700


def test_a_slow_step_is_no_stride():
    gait = feed(Gait(10), stretched(41) * 25)
    assert 24 <= gait.steps <= 26, gait.steps


def test_a_short_rhythm_is_none():
    assert feed(Gait(10), stretched(24) * 3).steps == 0
    assert feed(Gait(10), stretched(24) * 12).steps >= 10


def test_faint_slow_and_fast_swings_are_no_steps():
    assert feed(Gait(10), stretched(24, 8) * 40).steps == 0
    assert feed(Gait(10), stretched(200) * 20).steps == 0
    assert feed(Gait(10), stretched(4) * 200).steps == 0


def test_what_does_not_repeat_is_no_walk():
    shake = noise(3000, 5)
    assert feed(Gait(10), [v // 40 for v in shake]).steps <= 6
    bumps = []
    for i in range(60):
        bumps += stretched(24, 40 + i * 37 % 160) + [0] * (shake[i] % 60)
    assert feed(Gait(10), bumps).steps <= 12  # of 60: here and there three seconds look like a rhythm


def test_who_turns_and_walks_on_has_not_stopped_and_who_stops_has():
    shake = [v // 25 for v in noise(150, 3)]
    gait = feed(Gait(10), STEP * 30 + tuple(shake) + STEP * 30)
    assert 64 <= gait.steps <= 69, gait.steps  # three seconds of turning are six steps
    gait = feed(Gait(10), STEP * 30 + (0,) * 150 + STEP * 30)
    assert 58 <= gait.steps <= 63, gait.steps


def test_weak_seconds_count_once_the_rhythm_comes_back():
    for weak, back, steps in ((2, 400, 6), (5, 400, 12), (5, 0, 0), (6, 400, 0)):
        gait = Gait(10)
        gait.state = WALKING
        gait.period_q4 = 400  # two steps a second
        gait._found[0] = 1
        gait._found[4] = 256
        for _ in range(weak):
            gait._found[1] = 0
            gait._second()
        gait._found[1] = back
        gait._found[2] = 400
        gait._second()
        assert gait.steps == steps, (weak, back, gait.steps)


def test_a_rhythm_known_wrongly_is_given_up():
    """Tumult may lead the search to twice the step; the walk after it leads it back."""
    for part in (25, 12, 8, 5):
        shake = [v // part for v in noise(200, 3)]
        gait = feed(Gait(10), STEP * 30 + tuple(shake) + STEP * 30, rest=0)
        assert gait.state == WALKING and abs(gait.period_q4 - 384) <= 4, (part, gait.period_q4)


def test_one_foot_alone_is_two_steps():
    """At an ankle: swings too slow for steps, and nothing at half of them."""
    for period in (60, 66):
        gait = feed(Gait(10), stretched(period) * 25)
        assert 49 <= gait.steps <= 52, (period, gait.steps)


def test_a_change_of_gait_goes_on_counting():
    gait = feed(Gait(10), stretched(30) * 20 + stretched(19, 300) * 40)
    assert 57 <= gait.steps <= 63, gait.steps


def test_rest_and_impacts_are_no_steps():
    gait = feed(Gait(10), [0] * 500 + [15000, -1000, 4000] + [0] * 500)
    assert gait.steps == 0


def test_a_gap_ends_the_rhythm_and_keeps_the_count():
    gait = feed(Gait(10), stretched(24) * 30)
    before = gait.steps
    gait.lost()
    assert gait.steps == before and gait.cadence == 0 and gait.state == RESTING
    feed(gait, [700] * 300)  # another level after the gap is not a step up
    assert gait.steps == before


def test_the_count_wraps():
    gait = Gait(10)
    gait.steps = (1 << 30) - 10
    feed(gait, STEP * 40)
    assert 28 <= gait.steps <= 32


def test_the_table():
    """Every state and every input; a walk needs its proof, and stillness ends it."""
    assert len(TABLE) == 3
    for state in (RESTING, MAYBE, WALKING):
        row = TABLE[state]
        assert len(row) == 6 and row[STILL] == RESTING
        for symbol in range(6):
            assert (row[symbol] == WALKING) == (
                (state == WALKING and symbol not in (STILL, LONG)) or (state == MAYBE and symbol == SURE)
            )
    assert TABLE[WALKING][LONG] == RESTING and TABLE[MAYBE][WEAK] == RESTING
    seen = {RESTING}
    for _ in range(3):
        for state in list(seen):
            seen.update(TABLE[state])
    assert seen == {RESTING, MAYBE, WALKING}


def test_every_state_and_input_comes_about():
    """Drives the machine through each of its edges by the rhythm that a second is found to have."""
    alive = 1
    for state, symbol, period, known, again, seconds in (
        (RESTING, OTHER, 400, 0, 600, 0),
        (RESTING, WEAK, 400, 0, 500, 0),
        (RESTING, WEAK, 0, 0, 0, 0),
        (RESTING, STILL, None, 0, 0, 0),
        (MAYBE, SAME, 410, 400, 600, 1),
        (MAYBE, SURE, 410, 400, 600, 2),
        (MAYBE, OTHER, 500, 400, 600, 2),
        (MAYBE, WEAK, 410, 400, 500, 2),
        (MAYBE, STILL, None, 400, 0, 2),
        (WALKING, SAME, 410, 400, 300, 0),
        (WALKING, SAME, 205, 400, 300, 0),  # half of it: one foot louder
        (WALKING, SAME, 810, 400, 300, 0),
        (WALKING, OTHER, 500, 400, 600, 0),
        (WALKING, WEAK, 500, 400, 500, 4),
        (WALKING, LONG, 410, 400, 200, 5),
        (WALKING, STILL, None, 400, 0, 5),
    ):
        gait = Gait(10)
        gait.state = state
        gait.period_q4 = known
        gait._seconds = seconds
        gait._found[0] = 0 if period is None else alive
        gait._found[1] = period or 0
        gait._found[2] = again
        assert gait._symbol() == symbol, (state, symbol, period)
        gait._second()
        assert gait.state == TABLE[state][symbol]


def test_any_input_stays_in_range():
    gait = Gait(10)
    limited = array("h", [18900 if v > 0 else -18900 for v in corners(2000)])
    for i in range(0, 6000, 30):
        gait.take(limited[i : i + 30])
        assert 0 <= gait.regular_q10 <= 1024 and 0 <= gait.even_q10 <= 1024
    for values in (gait._n, gait._found, gait._strides):
        assert min(values) >= 0 and max(values) < 1 << 30


def test_free_fall_is_no_division_by_nothing():
    gait = Gait(10)
    for _ in range(60):
        gait.take(array("h", bytes(60)))
    assert gait.steps == 0
    assert 36 <= feed(gait, STEP * 40).steps <= 42


def test_odd_chunks_are_refused():
    assert raises(Gait, 9) and raises(Gait, 0) and raises(Gait, 20) and raises(Gait, 4)


def test_every_interpreter_gives_the_same_bits():
    gait = Gait(10)
    d = 0
    for seed in range(3):
        shake = noise(900, seed)
        feed(gait, [stretched(26)[i % 26] + shake[i] // 200 for i in range(900)], (0, 1, 0), rest=0)
        d = digest((gait.steps, gait.period_q4, gait.regular_q10, gait.even_q10, gait.size_mg), d)
        d = digest(gait._strides, d)
        for i in range(0, 900, 30):
            gait.take(shake[i : i + 30])
        d = digest(gait._window, d)
    assert d == 684409, d  # by CPython


def test_nothing_allocates():
    gait = Gait(10)
    chunks = [
        array("h", [v for i in range(10) for v in (0, 0, 1000 + STEP[(at + i) % 24])]) for at in range(0, 1920, 10)
    ]
    told = 0
    micropython.heap_lock()
    for i in range(192):
        if gait.take(chunks[i]):
            told += gait.strides + gait.stride_sum_q4 + gait.changes + gait.change_sum_q4 + gait.cadence
    steps = gait.steps
    gait.lost()
    gait.take(chunks[0])
    micropython.heap_unlock()
    assert steps > 60 and told > 100
