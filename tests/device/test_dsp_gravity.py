"""dsp.gravity and dsp.jerk against NumPy and SciPy, at the limits, and equal on every interpreter."""

from array import array

from dsp_bench import corners, digest, noise, raises

import micropython
from dsp.gravity import Gravity
from dsp.jerk import Crossings, Jerk

# scipy.signal.lfilter([k], [1, k - 1], x - x[0]) + x[0], k = 1 - exp(-1 / 50), x = noise(300) as 100 samples of three axes
LOW_PASS = (3262.17, -1853.68, -912.53)
# NumPy: samples, gravity, a @ g / |g|, |a - (a @ g) g / |g|^2|
PROJECTED = (
    ((1000, 0, 0), (0, 0, 1000), 0.0, 1000.0),
    ((300, -400, 1200), (30, -980, -75), 316.3, 1260.9),
    ((18900, -18900, 18900), (1, 2, 1000), 18881.1, 26742.0),
    ((-16000, 16000, 2), (700, 700, -100), -0.2, 22627.4),
    ((123, 456, -789), (18900, 18900, -18900), 789.8, 470.9),
    ((-2000, 50, 8000), (150, -150, -150), -5802.4, 5859.6),
)
# NumPy: floor(|diff| * 50 / 100) of noise(60) as 20 samples
JERKS = (
    0,
    14284,
    18162,
    10251,
    999,
    1006,
    12888,
    11231,
    9636,
    8954,
    12620,
    13232,
    2516,
    3329,
    9199,
    8402,
    11887,
    15110,
    4785,
    13543,
)


def test_the_low_pass_agrees_with_scipy():
    gravity = Gravity(1, 50)
    gravity.run(noise(300), 100)
    for axis in range(3):
        assert abs(gravity.vector[axis] - LOW_PASS[axis]) <= 1, (axis, list(gravity.vector))


def test_projection_agrees_with_numpy():
    for sample, down, along, across in PROJECTED:
        gravity = Gravity(1, 50)
        gravity.run(array("h", down), 1)
        gravity.project(array("h", (9, 9, 9) + sample), 1)
        assert abs(gravity.along_mg - along) <= 3, (sample, down, gravity.along_mg)
        assert abs(gravity.across_mg - across) <= 4, (sample, down, gravity.across_mg)


def test_it_rests_where_the_input_is():
    for seconds, rate_hz in ((1, 1), (1, 50), (10, 100)):
        for level in (-18900, -1, 0, 1000, 18900):
            gravity = Gravity(seconds, rate_hz)
            gravity.run(array("h", (5000, -5000, 0)), 1)
            block = array("h", (level, 1, -level) * 100)
            for _ in range(seconds * rate_hz // 5 + 1):
                gravity.run(block, 100)
            assert list(gravity.vector) == [level, 1, -level], (seconds, rate_hz, level, list(gravity.vector))


def test_a_turn_is_followed_with_the_time_constant():
    gravity = Gravity(2, 50)
    gravity.run(array("h", (0, 0, 1000)), 1)
    gravity.run(array("h", (1000, 0, 0) * 100), 100)
    # 1 - exp(-1), exp(-1)
    assert abs(gravity.vector[0] - 632) <= 2 and abs(gravity.vector[2] - 368) <= 2, list(gravity.vector)


def test_without_gravity_there_is_no_direction():
    gravity = Gravity(1, 50)
    gravity.run(array("h", (100, 100, 100)), 1)
    gravity.project(array("h", (3000, 4000, 0)), 0)
    assert gravity.along_mg == 0 and gravity.across_mg == 5000


def test_after_a_gap_it_begins_anew():
    gravity = Gravity(10, 50)
    gravity.run(array("h", (0, 0, 1000)), 1)
    gravity.lost()
    gravity.run(array("h", ()), 0)
    gravity.run(array("h", (0, -1000, 0)), 1)
    assert list(gravity.vector) == [0, -1000, 0]


def test_gravity_at_the_limits():
    gravity = Gravity(1, 1)
    for x in (18900, -18900):
        for y in (18900, -18900):
            for z in (18900, -18900):
                down = array("h", (x, y, z))
                gravity.run(array("h", (x, y, z) * 40), 40)
                assert list(gravity.vector) == list(down)
                gravity.project(down, 0)
                assert abs(gravity.along_mg - 32735) <= 6 and gravity.across_mg <= 12
                gravity.project(array("h", (-x, -y, z)), 0)
                assert abs(gravity.along_mg + 10911) <= 4 and abs(gravity.across_mg - 30863) <= 6
                assert min(gravity._state) >= 0 and max(gravity._state) < 1 << 30
    mg = corners(50)
    gravity.run(mg, 50)
    assert min(gravity._state) >= 0 and max(gravity._state) < 1 << 30


def test_jerk_agrees_with_numpy():
    jerk = Jerk(50)
    out = array("h", bytes(40))
    jerk.run(noise(60), 20, out)
    assert out[0] == 0
    for i in range(20):
        assert abs(out[i] - JERKS[i]) <= 1, (i, out[i])


def test_jerk_is_limited_and_forgets_across_a_gap():
    jerk = Jerk(1000)
    out = array("h", bytes(8))
    jerk.run(array("h", (18900, 18900, 18900, -18900, -18900, -18900, -18900, -18900, -18899)), 3, out)
    assert list(out[:3]) == [0, 32767, 10]
    jerk.lost()
    jerk.run(array("h", (0, 0, 0, 3, 4, 0)), 2, out)
    assert list(out[:2]) == [0, 50]
    slow = Jerk(1)
    slow.run(array("h", (18900, 18900, 18900, -18900, -18900, -18900)), 2, out)
    assert abs(out[1] - 654) <= 1  # 65 470 mg/s


def test_crossings_beyond_the_band():
    crossings = Crossings(10)
    assert crossings.run(array("h", (0, 5, -5, 11, -10, 10, -11, 32767)), 8) == 2
    assert crossings.run(array("h", (-32768, 0, 9, -9, 11)), 5) == 2
    assert crossings.run(array("h", (0,)), 0) == 0
    assert Crossings(0).run(array("h", (1, 0, -1, 0, 1)), 5) == 2


def test_what_cannot_be_is_refused():
    assert raises(Gravity, 0, 50) and raises(Gravity, 100, 100)
    assert raises(Jerk, 0) and raises(Jerk, 1001)


def test_every_interpreter_gives_the_same_bits():
    d = 0
    for seconds in (1, 2, 20):
        gravity = Gravity(seconds, 50)
        jerk = Jerk(50)
        mg = noise(600, seconds)
        gravity.run(mg, 200)
        for i in range(0, 200, 9):
            gravity.project(mg, i)
            d = digest((gravity.along_mg, gravity.across_mg), d)
        jerk.run(mg, 200, mg)
        d = digest(mg, digest(gravity.vector, d))
        d = digest((Crossings(100).run(noise(200, seconds), 200),), d)
    assert d == 454966, d  # by CPython


def test_nothing_allocates():
    gravity = Gravity(10, 100)
    jerk = Jerk(100)
    crossings = Crossings(5)
    mg = noise(60)
    out = array("h", bytes(40))
    micropython.heap_lock()
    gravity.run(mg, 20)
    gravity.project(mg, 7)
    found = gravity.along_mg + gravity.across_mg
    jerk.run(mg, 20, out)
    crossings.run(out, 20)
    micropython.heap_unlock()
    assert found
