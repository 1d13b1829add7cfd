"""dsp.spread against NumPy; dsp.ring by age."""

from array import array

from dsp_bench import corners, digest, noise

import micropython
from dsp.ring import MaxRing, VectorRing
from dsp.spread import Spread

# w = noise(75, 777) as 25 samples; d = w - mean; u = g / |g|; sqrt(mean(|d|^2)), sqrt(mean(|d|^2 - (d @ u)^2)) by NumPy
TOTAL_MG = 14957.5
ACROSS_MG = (
    ((0, 0, 1000), 12855.0),
    ((500, -300, 800), 12868.9),
    ((-18900, 18900, 18900), 12288.4),
    ((300, 400, 0), 11323.7),
)


def test_spread_agrees_with_numpy_within_two_steps():
    mg = noise(75, 777)
    spread = Spread(25)
    for g, across in ACROSS_MG:
        got = spread.measure(mg, array("h", g))
        assert abs(got - across) <= 32, (g, got)
        assert abs(spread.total_mg() - TOTAL_MG) <= 32
    assert spread.measure(mg, array("h", (0, 0, 0))) == spread.total_mg()


def test_small_spreads_are_small():
    spread = Spread(25)
    up = array("h", (0, 0, 1000))
    assert spread.measure(array("h", (300, -400, 900) * 25), up) == 0
    # 400 mg up and down along z: all of it is along gravity
    mg = array("h", [0, 0, 600, 0, 0, 1400] * 12 + [0, 0, 1000])
    assert spread.measure(mg, up) <= 16
    assert abs(spread.total_mg() - 392) <= 16
    # and along x: all of it is across
    mg = array("h", [-400, 0, 1000, 400, 0, 1000] * 12 + [0, 0, 1000])
    assert abs(spread.measure(mg, up) - 392) <= 16


def test_a_stride_leaves_samples_out():
    mg = noise(150, 5)
    every_second = array("h", bytes(150))
    for i in range(25):
        every_second[3 * i : 3 * i + 3] = mg[6 * i : 6 * i + 3]
    g = array("h", (1, 2, 3))
    assert Spread(25, 2).measure(mg, g) == Spread(25).measure(every_second, g)


def test_spread_at_the_limits_stays_below_2_to_30():
    mg = array("h", bytes(6 * 63))
    for i in range(63):
        for axis in range(3):
            mg[3 * i + axis] = 18900 if i % 2 else -18900
    spread = Spread(63)
    # across sqrt(2/3), sqrt(1), sqrt(2/3) of the total; all of it where there is no direction
    for g, across in (
        ((18900, 18900, 18900), 0),
        ((148, 148, 148), 0),
        ((149, 149, -149), 30863),
        ((18900, -18900, 0), 32735),
        ((0, 0, 256), 26728),
        ((0, 0, -255), 32735),
        ((147, 147, 147), 32735),
        ((1, 1, 1), 32735),
        ((0, 0, 0), 32735),
    ):
        got = spread.measure(mg, array("h", g))
        assert 0 <= min(spread._sums) and max(spread._sums) < 1 << 30
        assert abs(spread.total_mg() - 32735) <= 32
        # rounding of the unit vector: a hundredth of the total, and never below nothing
        assert abs(got - across) <= (3000 if across == 0 else 200), (g, got)


def test_vectors_by_age():
    ring = VectorRing(5)
    out = array("h", (0, 0, 0))
    ring.fill(array("h", (10, -10, 0)))
    ring.mean(0, 4, out)
    assert list(out) == [10, -10, 0]
    for i in range(13):
        ring.push(array("h", (i, -i, 1000)))
    for age in range(5):
        ring.mean(age, age, out)
        assert list(out) == [12 - age, age - 12, 1000], age
    ring.mean(1, 3, out)
    assert list(out) == [10, -10, 1000]
    ring.mean(0, 4, out)
    assert list(out) == [10, -10, 1000]


def test_vector_means_round_to_nearest_and_fit():
    ring = VectorRing(4)
    out = array("h", (0, 0, 0))
    for x in (-32768, -32768, 32767, -32767):
        ring.push(array("h", (x, 1 if x > 0 else 0, x)))
    ring.mean(0, 3, out)
    assert list(out) == [-16384, 0, -16384]
    ring.mean(2, 3, out)
    assert out[0] == -32768


def test_best_finds_the_largest_and_its_age():
    ring = MaxRing(8)
    for value in (5, 9, 3, 9, 40000, 1, 2):
        ring.push(value)
    assert ring.best(0, 6) == 32767 << 6 | 2
    assert ring.best(3, 6) == 9 << 6 | 3  # of equals the youngest
    assert ring.best(4, 4) == 3 << 6 | 4
    assert ring.best(7, 7) == 0 << 6 | 7
    assert ring.total(0, 1) == 3 and ring.total(3, 6) == 26 and ring.total(2, 2) == 32767
    ring.clear()
    assert ring.best(0, 6) == 0


def test_every_interpreter_gives_the_same_bits():
    d = 0
    ring = VectorRing(7)
    out = array("h", (0, 0, 0))
    for seed in range(20):
        mg = noise(75, seed)
        spread = Spread(25)
        d = digest((spread.measure(mg, mg[3:6]), spread.total_mg()), d)
        ring.push(mg[6:9])
        ring.mean(seed % 3, 3 + seed % 4, out)
        d = digest(out, d)
    spread = Spread(40)
    d = digest((spread.measure(array("h", [v // 2 for v in corners(40)]), out), spread.total_mg()), d)
    assert d == 846571, d  # by CPython


def test_nothing_allocates():
    mg = noise(75)
    g = mg[0:3]
    out = array("h", (0, 0, 0))
    spread = Spread(25)
    ring = VectorRing(8)
    most = MaxRing(8)
    micropython.heap_lock()
    spread.measure(mg, g)
    spread.total_mg()
    ring.push(g)
    ring.mean(0, 6, out)
    most.push(7)
    most.best(0, 6)
    most.total(0, 6)
    micropython.heap_unlock()
