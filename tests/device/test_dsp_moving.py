"""dsp.moving against the definition in whole numbers, and against NumPy."""

from array import array

from dsp_bench import corners, digest, noise, raises

import micropython
from dsp.moving import Moving

# NumPy: w = noise(90, 3)[-25:]; w.min(), w.max(), w.mean(), w.var()
NUMPY = (-16382, 12511, -2039.4, 67691721.76)


def exact(window):
    """(smallest, largest, mean to nearest, variance rounded down), by the definition and with numbers of any length."""
    n = len(window)
    total = sum(window)
    squares = sum([v * v for v in window])
    return min(window), max(window), (2 * total + n) // (2 * n), (n * squares - total * total) // (n * n)


def found(moving):
    return moving.smallest, moving.largest, moving.mean, moving.variance


def test_agrees_with_numpy():
    moving = Moving(25)
    moving.run(noise(90, 3), 90)
    smallest, largest, mean, variance = found(moving)
    assert (smallest, largest) == NUMPY[:2]
    assert abs(mean - NUMPY[2]) <= 0.5
    assert 0 <= NUMPY[3] - variance < 1


def test_every_window_is_exact_to_the_last_digit():
    for size in (1, 2, 7, 50):
        samples = noise(160, size)
        moving = Moving(size)
        for i in range(160):
            moving.run(samples, 1, i)
            window = samples[max(0, i + 1 - size) : i + 1]
            assert found(moving) == exact(window), (size, i)


def test_is_exact_at_the_limits():
    ends = array("h", [-18900 if i * 7 // 3 % 2 else 18900 for i in range(1100)])
    for size in (3, 64, 1024):
        moving = Moving(size)
        moving.run(ends, 1100)
        assert found(moving) == exact(ends[1100 - size :]), size
        assert min(moving._state) >= 0 and max(moving._state) < 1 << 30
    moving = Moving(1024)
    moving.run(array("h", (-18900,) * 1024), 1024)
    assert found(moving) == (-18900, -18900, -18900, 0)


def test_beyond_the_limits_is_limited():
    samples = corners(40)
    moving = Moving(120)
    moving.run(samples, 120)
    assert found(moving) == exact([18900 if v > 0 else -18900 for v in samples])


def test_one_axis_of_three_and_any_cut():
    mg = noise(300, 9)
    one = Moving(30)
    one.run(mg, 100, 1, 3)
    two = Moving(30)
    for i in range(0, 100, 20):
        two.run(mg, 20, 3 * i + 1, 3)
    assert found(one) == found(two) == exact([mg[i] for i in range(211, 300, 3)])


def test_no_samples_is_nothing():
    moving = Moving(5)
    assert found(moving) == (0, 0, 0, 0)
    moving.run(noise(3), 0)
    assert found(moving) == (0, 0, 0, 0)
    moving.run(array("h", (7, -7)), 2)
    moving.clear()
    assert found(moving) == (0, 0, 0, 0)
    moving.run(array("h", (5,)), 1)
    assert found(moving) == (5, 5, 5, 0)


def test_a_size_out_of_range_is_refused():
    assert raises(Moving, 0) and raises(Moving, 1025)


def test_every_interpreter_gives_the_same_bits():
    d = 0
    for size in (1, 10, 50):
        moving = Moving(size)
        samples = noise(200, size)
        for i in range(0, 200, 10):
            moving.run(samples, 10, i)
            d = digest((moving.variance & 0x3FFFF,) + found(moving)[:3], d)
    assert d == 796017, d  # by CPython


def test_nothing_allocates():
    moving = Moving(20)
    samples = noise(60)
    micropython.heap_lock()
    moving.run(samples, 20, 1, 3)
    variance = moving.variance
    micropython.heap_unlock()
    assert variance
