"""dsp.resample: means over time, whatever the ratio and however the input is cut."""

from array import array

from dsp_bench import corners, digest, noise, raises

import micropython
from dsp.resample import Resampler


def all_of(in_hz, out_hz, mg, sizes=(1000000,)):
    """Everything that comes out of `mg`, given in blocks of `sizes` samples in turn."""
    resampler = Resampler(in_hz, out_hz, 4)
    out = []
    start = turn = 0
    n = len(mg) // 3
    while start < n:
        size = min(sizes[turn % len(sizes)], n - start)
        turn += 1
        block = array("h", mg[3 * start : 3 * (start + size)])
        while resampler.run(block, size):
            out.extend(resampler.out)
        start += size
    return out


def test_halving_the_rate_takes_means_of_pairs():
    mg = array("h", [i * 11 - 100 for i in range(48)])
    got = all_of(100, 50, mg)
    for i in range(8):
        for axis in range(3):
            a, b = mg[6 * i + axis], mg[6 * i + 3 + axis]
            assert got[3 * i + axis] == (a + b + 1) // 2, (i, axis)


def test_the_same_rate_changes_nothing():
    mg = noise(48)
    assert all_of(50, 50, mg) == list(mg)


def test_doubling_the_rate_repeats():
    mg = noise(24)
    got = all_of(25, 50, mg)
    for i in range(16):
        assert got[3 * i : 3 * i + 3] == list(mg[3 * (i // 2) : 3 * (i // 2) + 3])


def test_an_odd_ratio_weighs_by_time():
    # 20 -> 50 Hz: an input lasts 2.5 outputs, so the third output is half of each neighbour.
    mg = array("h", (100, -100, 0, 300, -300, 0))
    got = all_of(20, 50, array("h", list(mg) + [0] * 12))
    assert got[0:15] == [100, -100, 0, 100, -100, 0, 200, -200, 0, 300, -300, 0, 300, -300, 0]


def test_cutting_the_input_otherwise_changes_nothing():
    mg = noise(3 * 240)
    for in_hz in (20, 25, 50, 60, 100, 119, 198, 208, 400):
        whole = all_of(in_hz, 50, mg)
        assert len(whole) // 3 == 240 * 50 // in_hz // 4 * 4
        for sizes in ((1,), (7,), (25, 1, 3), (10, 0, 2)):
            assert all_of(in_hz, 50, mg, sizes) == whole, (in_hz, sizes)


def test_a_constant_stays_what_it_is_at_every_ratio():
    for in_hz in (10, 20, 25, 37, 100, 208, 399, 1000):
        for level in (-32768, -18900, -1, 0, 1, 18900, 32767):
            got = all_of(in_hz, 50, array("h", (level, 0, 1) * (in_hz * 2)))
            assert len(got) >= 90 * 3
            assert set(got[0::3]) == {level} and set(got[1::3]) == {0} and set(got[2::3]) == {1}


def test_any_input_stays_in_range():
    got = all_of(1000, 1, corners(4000))
    assert len(got) == 12 and max(got) <= 32767 and min(got) >= -32768


def test_a_rate_that_cannot_be_is_refused():
    for in_hz, out_hz in ((0, 50), (-1, 50), (1001, 50), (50, 0), (50, 1001)):
        assert raises(Resampler, in_hz, out_hz, 4), (in_hz, out_hz)
    assert raises(Resampler(100, 50, 4).retune, 0)


def test_retune_forgets():
    resampler = Resampler(100, 50, 4)
    assert not resampler.run(array("h", (500, 500, 500) * 5), 5)
    resampler.retune(50)
    assert resampler.run(array("h", (1, 2, 3) * 4), 4)
    assert list(resampler.out) == [1, 2, 3] * 4


def test_every_interpreter_gives_the_same_bits():
    d = 0
    for in_hz in (20, 60, 119, 208):
        d = digest(all_of(in_hz, 50, noise(900, in_hz)), d)
    assert d == 564231, d  # by CPython


def test_nothing_allocates():
    resampler = Resampler(119, 50, 4)
    mg = noise(90)
    micropython.heap_lock()
    for _ in range(10):
        while resampler.run(mg, 30):
            pass
    resampler.retune(208)
    micropython.heap_unlock()
