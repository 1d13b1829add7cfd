"""dsp.lowpass against SciPy, at rest, at the limits, and equal on every interpreter."""

from array import array

from dsp_bench import corners, digest, noise

import micropython
from dsp.lowpass import LowPass

# scipy.signal.lfilter([.5], [1, -.5], x) twice along each axis, zi = x[0] / 2, x = noise(60) as 20 samples of three axes
# fmt: off
REFERENCE = [
    16302.0, -7589.0, -14131.0, 15091.5, -7397.0, -7094.75, 8926.5, -8170.0, -7608.0, 7289.88, -9159.0, -6983.81,
    7231.5, -10043.5, -5740.81, 7716.28, -10257.25, -4417.11, 7284.66, -5166.38, 445.84, 1694.09, -2406.56, 4290.87,
    383.92, -2495.72, 5098.16, -2370.1, 164.17, 5325.44, -1992.08, -581.65, 856.4, -2138.81, 3358.56, 28.04,
    -3576.04, 7269.47, -9.56, -4873.58, 9193.83, 1485.68, -1607.83, 10264.96, 1127.32, 3345.57, 7269.51, 2109.15,
    5750.03, 1855.01, -2082.43, 1547.63, -1372.61, -1401.22, -2036.37, -1841.62, 1832.39, 169.97, 22.29, 306.19,
]
# fmt: on


def test_agrees_with_scipy():
    mg = noise(60)
    smooth = LowPass(1)
    smooth.settle(mg, 0)
    out = array("h", bytes(120))
    smooth.run(mg, 20, out)
    squares = 0
    for i in range(60):
        error = out[i] - REFERENCE[i]
        assert abs(error) <= 1, (i, error)
        squares += error * error
    assert squares / 60 <= 0.5


def test_tells_how_much_it_took_away():
    mg = noise(60)
    smooth = LowPass(1)
    smooth.settle(mg, 0)
    out = array("h", bytes(120))
    most = smooth.run(mg, 20, out)
    assert most == max([abs(mg[i] - out[i]) for i in range(60)])
    assert smooth.run(array("h", (0, 0, 0) * 40), 40, array("h", bytes(240))) < 20000
    assert smooth.run(array("h", (0, 0, 0) * 20), 20, out) <= 1


def test_constant_input_comes_out_within_1_mg_and_stays():
    for shift in (1, 2, 4):
        for level in (-18900, -1, 0, 1, 1000, 18900):
            smooth = LowPass(shift)
            block = array("h", (level, -level, 7) * 20)
            out = array("h", bytes(120))
            for _ in range(30):
                smooth.run(block, 20, out)
            before = list(out)
            smooth.run(block, 20, out)
            assert list(out) == before, (shift, level)
            assert max([abs(out[i] - block[i]) for i in range(60)]) <= 1, (shift, level, list(out[:3]))


def test_a_step_is_approached_without_overshoot():
    smooth = LowPass(2)
    block = array("h", (18900, -18900, 0) * 60)
    out = array("h", bytes(360))
    smooth.run(block, 60, out)
    for i in range(3, 180, 3):
        assert out[i - 3] <= out[i] <= 18900
        assert out[i - 2] >= out[i + 1] >= -18900


def test_in_place_is_the_same():
    a = noise(60)
    b = array("h", a)
    one = LowPass(1)
    two = LowPass(1)
    out = array("h", bytes(120))
    one.run(a, 20, out)
    two.run(b, 20, b)
    assert list(b) == list(out)
    for axis in range(3):
        assert one.mean[axis] == (sum([out[i] for i in range(axis, 60, 3)]) + 10) // 20
    assert list(one.mean) == list(two.mean)


def test_any_input_stays_in_range():
    smooth = LowPass(1)
    mg = corners(200)
    smooth.run(mg, 200, mg)
    assert max(mg) <= 32767 and min(mg) >= -32768
    constant = array("h", (-18900, 18900, -1) * 60)
    smooth.settle(constant, 0)
    smooth.run(constant, 60, constant)
    assert list(smooth.mean) == [-18900, 18900, -1]
    assert max(smooth._state) < 1 << 22 and min(smooth._state) >= 0


def test_every_interpreter_gives_the_same_bits():
    d = 0
    for shift in (1, 3, 6):
        smooth = LowPass(shift)
        mg = noise(600, shift)
        n = smooth.run(mg, 200, mg)
        d = digest(list(mg) + list(smooth.mean) + [n], d)
    assert d == 125229, d  # by CPython


def test_nothing_allocates():
    smooth = LowPass(1)
    mg = noise(60)
    micropython.heap_lock()
    smooth.run(mg, 20, mg)
    micropython.heap_unlock()
