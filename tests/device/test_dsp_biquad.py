"""dsp.biquad against SciPy, in silence, at the limits, and equal on every interpreter."""

from array import array

from dsp_bench import corners, digest, noise, raises

import micropython
from dsp.biquad import Biquads

# python -m davy.design.filters low 5 --rate 100 --order 4, and so on
# fmt: off
LOW_5_100 = ((2, 1, 0, 0, 19962, 6, 116439, 6), (2, 1, 0, 0, 22947, 6, 110887, 7))
HIGH_05_50 = ((-2, 1, 31344, 2, 31699, 11, 11144, 5),)
BAND_50 = ((0, -1, 34314, 5, 33092, 6, 81031, 6), (0, -1, 46211, 5, 25848, 9, 13641, 5))
SLOW = ((2, 1, 0, 0, 18024, 11, 67603, 8),)  # low 0.75 --rate 100: the slowest there is
# scipy.signal.sosfilt(design(...).sos, noise(40)), which is SciPy's filter in double precision, limited to int16
REFERENCE = (
    (LOW_5_100,
        (
            6.8, 45.6, 141.0, 276.3, 402.6, 488.1, 535.6, 558.4, 537.4, 412.5, 129.4, -321.6,
            -912.0, -1583.4, -2262.1, -2883.9, -3394.0, -3747.4, -3925.4, -3924.0, -3722.3, -3285.4, -2615.3, -1778.7,
            -864.7, 57.2, 926.1, 1674.4, 2238.0, 2580.9, 2714.0, 2683.9, 2530.0, 2254.4, 1842.4, 1319.1,
            764.3, 264.9, -114.0, -325.4,
        ),
    ),
    (HIGH_05_50,
        (
            15593.6, -8644.0, -14193.0, 11520.0, -6962.2, 13569.5, -9025.1, -10486.9, -14826.5, 10177.1, -9671.3, -2300.8,
            10703.6, -9665.9, -74.8, 11372.7, -7952.2, 766.0, 7658.2, 11659.8, 13915.0, -14442.4, 1548.1, 11154.1,
            1631.3, -5794.8, 3468.9, -9298.7, 8278.8, 4637.1, 1028.3, -6171.6, -12663.3, -2179.2, 16088.9, 1373.2,
            -8117.3, 14371.1, -651.1, -8347.3,
        ),
    ),
    (BAND_50,
        (
            376.2, 1122.0, 1085.0, 285.7, -263.1, -344.9, -99.8, -297.1, -1486.7, -2822.2, -3440.3, -3649.0,
            -3341.8, -2392.7, -1557.0, -648.2, 516.1, 1255.8, 1730.2, 2597.7, 4019.3, 5128.1, 4922.9, 4148.5,
            3686.4, 3064.3, 2027.7, 788.5, -405.9, -967.1, -869.8, -781.1, -1305.2, -2407.1, -2954.8, -2263.1,
            -1314.2, -581.7, 405.3, 1065.4,
        ),
    ),
)
# fmt: on
ALL = (LOW_5_100, HIGH_05_50, BAND_50, SLOW)


def test_agrees_with_scipy():
    for sections, reference in REFERENCE:
        samples = noise(40)
        Biquads(sections, 1).run(samples, 40, samples)
        squares = 0
        for i in range(40):
            error = samples[i] - reference[i]
            assert abs(error) <= 3, (sections, i, error)
            squares += error * error
        assert squares / 40 <= 1, (sections, squares)


def test_after_any_signal_silence_is_exactly_zero():
    for sections in ALL:
        for signal in (noise(600), corners(200), array("h", (18900, -18900, 1) * 200)):
            filters = Biquads(sections)
            filters.run(signal, 200, signal)
            for _ in range(4):
                out = array("h", bytes(1200))
                filters.run(out, 200, out)
            silent = array("h", bytes(1200))
            filters.run(silent, 200, silent)
            assert max(silent) == 0 and min(silent) == 0, (sections, max(silent), min(silent))


def test_a_constant_comes_out_within_1_mg_of_what_it_should_and_rests():
    for sections in ALL:
        for level in (-18900, -1, 1, 1000, 18900):
            filters = Biquads(sections, 1)
            out = array("h", bytes(400))
            for _ in range(5):
                block = array("h", (level,) * 200)
                filters.run(block, 200, out)
            due = level if sections[0][2] == 0 else 0
            assert max(out) - min(out) <= 1 and abs(max(out) - due) <= 1 and abs(min(out) - due) <= 1, (sections, level)


def test_settle_is_the_state_of_a_long_rest():
    for sections in ALL:
        filters = Biquads(sections)
        block = array("h", (-1000, 18900, 7) * 50)
        filters.settle(block, 1)
        filters.run(block, 50, block)
        for i in range(0, 150, 3):
            if sections[0][2] == 0:
                assert list(block[i : i + 3]) == [-1000, 18900, 7]
            else:
                assert list(block[i : i + 3]) == [0, 0, 0]


def test_what_leaves_int16_is_limited_never_wrapped():
    # A high-pass doubles a jump from end to end.
    filters = Biquads(HIGH_05_50, 1)
    block = array("h", (-32768,) * 105 + (32767,) * 100 + (-32768,) * 5)
    filters.run(block, 210, block)
    assert list(block[105:108]) == [32767] * 3
    assert list(block[205:208]) == [-32768] * 3
    # and comes back
    for _ in range(5):
        block = array("h", bytes(220))
        filters.run(block, 110, block)
    assert max(block) == 0 and min(block) == 0


def test_state_stays_positive_and_31_bits():
    for sections in ALL:
        filters = Biquads(sections)
        for _ in range(3):
            mg = corners(200)
            filters.run(mg, 200, mg)
            assert min(filters._memory) >= 0 and max(filters._memory) < 1 << 30


def test_blocks_and_place_make_no_difference():
    for sections in ALL:
        mg = noise(300, 5)
        whole = array("h", bytes(600))
        Biquads(sections).run(mg, 100, whole)
        filters = Biquads(sections)
        found = []
        for i in range(0, 300, 30):
            part = mg[i : i + 30]
            filters.run(part, 10, part)
            found += list(part)
        assert found == list(whole)


def test_clear_forgets():
    filters = Biquads(LOW_5_100)
    one = noise(60)
    filters.run(one, 20, one)
    filters.clear()
    two = noise(60)
    filters.run(two, 20, two)
    assert list(one) == list(two)


def test_a_section_of_another_kind_is_refused():
    assert raises(Biquads, ((1.0, 2.0, 1.0, 0.5),))


def test_every_interpreter_gives_the_same_bits():
    d = 0
    for sections in ALL:
        filters = Biquads(sections)
        for mg in (noise(600, 3), corners(200)):
            filters.run(mg, 200, mg)
            d = digest(mg, d)
        d = digest(filters._memory, d)
    assert d == 36631, d  # by CPython


def test_nothing_allocates():
    filters = Biquads(LOW_5_100)
    mg = noise(60)
    micropython.heap_lock()
    filters.run(mg, 20, mg)
    micropython.heap_unlock()
