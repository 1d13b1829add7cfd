"""Averages of a gas over 15 minutes, 8 hours and the shift, against their definition; how far the coded window may be off."""

from array import array

from exposure_bench import FULL, Noise, chain, feed, figures, mean_q4, series

import micropython
from tag.gas.exposure import Exposure


def coarsest(top_q4):
    """The step that the codes may reach with minute means up to this, in counts * 16."""
    step = 129
    while 255 * step < top_q4:
        step *= 2
    return step


def follow(minutes, exposure=None):
    """Feed a series; after each minute every figure against the definition."""
    exposure = exposure or Exposure()
    means = array("i")
    missing = peak = stel_max = twa_max = top = 0
    for readings in minutes:
        feed(exposure, readings)
        means.append(mean_q4(readings))
        top = max(top, means[-1])
        missing += not readings
        peak = max(peak, 0, *readings)
        assert exposure.mean_q4 == (means[-1] if readings else -1)
        assert exposure.stel_q4 == (sum(means[-15:]) + 14) // 15
        assert exposure.shift_q4 == (sum(means) + 479) // 480
        exact = sum(means[-480:])
        error = exposure.twa_q4 * 480 - exact
        # rounded up, and too large by less than a step; exact while the window has lost nothing
        assert 0 <= error < 480 + (coarsest(top) if len(means) > 480 else 0), (len(means), error)
        stel_max = max(stel_max, exposure.stel_q4)
        twa_max = max(twa_max, exposure.twa_q4)
        assert (exposure.stel_max_q4, exposure.twa_max_q4) == (stel_max, twa_max)
        assert (exposure.peak, exposure.minutes, exposure.missing) == (peak, len(means), missing)


def test_figures_of_a_steady_concentration():
    exposure = Exposure()
    for minute in range(1, 1001):
        feed(exposure, [350])
        assert exposure.mean_q4 == 350 * 16
        assert exposure.stel_q4 == (350 * 16 * min(minute, 15) + 14) // 15
        if minute in (480, 1000):
            assert 350 * 16 <= exposure.twa_q4 <= 350 * 16 + 1
    assert exposure.stel_q4 == exposure.stel_max_q4 == 350 * 16
    assert exposure.shift_q4 == (350 * 16 * 1000 + 479) // 480


def test_every_minute_agrees_with_the_definition():
    for seed, top in ((1, 600), (2, 2047), (3, 9000), (4, FULL)):
        follow(series(1100, seed, top))


def test_a_day_agrees_with_the_definition():
    follow(series(1440, 77))


def test_the_step_doubles_without_losing_anything():
    # Each of these does not fit the step before; the window is full of codes that are made anew.
    for high in (2048, 4100, 8300, 16500, FULL):
        follow(chain(series(480, high, high // 3), [[high]], series(481, high + 1, high // 3)))
    follow(chain(series(500, 5, 100), [[FULL]] * 3, series(500, 6, 100)))  # four times at once


def test_the_bound_is_reached_and_not_passed():
    exposure = Exposure()
    # 32765.94 counts: 253 steps of 2064 and the largest rest there is, 2063; then means that are rounded up by almost 1
    feed(exposure, [32766] * 15 + [32765])
    assert exposure.mean_q4 == 253 * 2064 + 2063
    for _ in range(480):
        exposure.add(1)
        for _ in range(199):
            exposure.add(0)
        exposure.minute()
    exact_q4 = 16 / 200
    assert exposure.twa_q4 == 6 and 6 - exact_q4 < 2 + 2063 / 480 < 6.3
    assert exposure.twa_q4 >> 4 == 0, "and it is not shown"
    # What is in the window adds nothing to the error.
    follow(chain([[32766] * 15 + [32765]], [[FULL]] * 480, [[]] * 481, series(500, 9)))


def test_a_level_that_is_reached_is_not_missed():
    # 480 minutes at exactly the level, whatever was before: the figure is not below it.
    for level in (50, 200, 350, 5000):
        for before in ((), [[FULL]], [[1000, 1001]] * 7, series(300, level)):
            exposure = Exposure()
            for readings in chain(before, [[level]] * 480):
                feed(exposure, readings)
            assert level * 16 <= exposure.twa_q4 < level * 16 + 6 and exposure.stel_q4 == level * 16


def test_means_are_rounded_up_so_that_above_is_above():
    exposure = Exposure()
    for readings, expected in (
        ([20] * 300, 320),
        ([20] * 299 + [21], 321),
        ([20] * 299 + [19], 320),
        ([0] * 299 + [1], 1),
        ([1, 2], 24),
    ):
        feed(exposure, readings)
        assert exposure.mean_q4 == expected, readings[-1]


def test_a_missing_minute_counts_nothing_and_is_told():
    exposure = Exposure()
    for _ in range(5):
        feed(exposure, [300])
    for missing in range(1, 6):
        feed(exposure, [])
        assert (exposure.mean_q4, exposure.missing, exposure.minutes) == (-1, missing, 5 + missing)
        assert exposure.stel_q4 == 300 * 16 * 5 // 15 and exposure.shift_q4 == 300 * 16 * 5 // 480
    feed(exposure, [0])
    assert (exposure.mean_q4, exposure.missing) == (0, 5)


def test_values_beyond_the_limits_are_limited():
    exposure = Exposure()
    feed(exposure, [-5, -32768])
    assert figures(exposure) == (0, 0, 0, 0, 0, 0, 0, 1, 0)
    feed(exposure, [32768, 1 << 20])
    assert (exposure.mean_q4, exposure.peak) == (FULL * 16, FULL)


def test_more_readings_than_a_sum_can_hold():
    exposure = Exposure()
    for _ in range(60000):
        exposure.add(FULL)
    exposure.add(FULL - 1)
    exposure.minute()
    assert exposure.mean_q4 == FULL * 16
    for i in range(60001):
        exposure.add(i & 1)
    exposure.minute()
    assert exposure.mean_q4 == 8


def test_sums_saturate_and_figures_never_turn_over():
    exposure = Exposure()
    for _ in range(2100):
        feed(exposure, [FULL])
    assert exposure.stel_q4 == FULL * 16 and FULL * 16 <= exposure.twa_q4 <= FULL * 16 + 5
    assert exposure.shift_q4 == (1 << 30) // 480 + 1


def test_the_shift_ends_and_all_begins_anew():
    exposure = Exposure()
    for readings in series(700, 3):
        feed(exposure, readings)
    exposure.add(500)
    exposure.close()
    fresh = Exposure()
    assert figures(exposure) == figures(fresh)
    follow(series(600, 8, 1000), exposure)


def test_time_without_power_is_missing_minutes():
    for gap in (0, 1, 2, 14, 15, 100, 480, 481, 482, 700, 3000):
        one = Exposure()
        two = Exposure()
        for exposure in (one, two):
            for readings in series(300, 4):
                feed(exposure, readings)
            exposure.add(4000)
        one.skip(gap)
        for _ in range(gap):
            two.minute()
        assert figures(one) == figures(two), gap
        for readings in series(500, 5, 500):
            feed(one, readings)
            feed(two, readings)
            assert figures(one) == figures(two), gap
    one.skip(-3)
    assert figures(one) == figures(two)
    one.skip((1 << 30) - 1)
    assert one.minutes == (1 << 30) - 1 and one.twa_q4 <= 5


def test_every_interpreter_gives_the_same_figures():
    exposure = Exposure()
    found = 0
    for readings in series(900, 11):
        feed(exposure, readings)
        for figure in figures(exposure):
            found = (found * 31 + figure + 2) % 1048573
    assert found == 16173, found  # by CPython


def test_nothing_allocates_at_the_limits():
    # On the 32-bit build an int of 2^30 would come from the heap, too.
    noise = Noise(5)
    for scale in (0, 20000, 40000):
        exposure = Exposure()
        micropython.heap_lock()
        try:
            for minute in range(2100):
                for _ in range(3):
                    exposure.add(noise.below(scale) if scale else minute)
                exposure.minute()
        finally:
            micropython.heap_unlock()
    micropython.heap_lock()
    for _ in range(60000):
        exposure.add(FULL)
    exposure.minute()
    micropython.heap_unlock()
    assert exposure.minutes == 2101
