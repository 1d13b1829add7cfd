"""The sum of shares of gases that act alike: from the definition, rounded up, never turning over."""

from exposure_bench import Noise

import micropython
from tag.gas import mixture
from tag.gas.mixture import ONE

FULL = 32767


def total(gases):
    found = 0
    for figure_q4, level in gases:
        found = mixture.add(found, figure_q4, level)
    return found


def test_shares_of_a_limit():
    for gases, expected in (
        ((), 0),
        (((0, 350),), 0),
        (((350 * 16, 350),), ONE),
        (((175 * 16, 350), (10 * 16, 20)), ONE),
        (((349 * 16, 350),), 4085),
        (((1, 32767),), 1),
        (((-5 * 16, 10), (10 * 16, 40)), ONE // 4),  # a sensor below zero takes nothing off the others
    ):
        assert total(gases) == expected, gases


def test_thirds_make_a_whole():
    # Rounded to nearest, three thirds would be 4095: one short of the limit, and silent.
    assert total(((10 * 16, 30),) * 3) >= ONE
    for n in (3, 6, 7, 9):
        assert ONE <= total(((16, n),) * n) < ONE + n, n


def test_never_below_the_definition_and_above_it_by_less_than_one_a_gas():
    noise = Noise(2)
    for _ in range(2000):
        gases = [(noise.below(300) * 16 + noise.below(16), 1 + noise.below(400)) for _ in range(4)]
        common = 1
        for _, level in gases:
            common *= level
        exact = sum([figure_q4 * 256 * (common // level) for figure_q4, level in gases])
        found = total(gases)
        if found < FULL:
            assert 0 <= found * common - exact < 4 * common, gases
        else:
            assert exact > (FULL - 4) * common


def test_saturates_and_stays_there():
    assert total(((32767 * 16, 1),)) == FULL
    assert total(((32767 * 16, 1), (0, 5), (1, 5))) == FULL
    assert total(((1 << 21, 5000), ((1 << 30) - 1, 1))) == FULL
    assert mixture.add(FULL, 16, 1) == FULL


def test_a_limit_that_is_none_alarms():
    for level in (0, -1, -32768):
        assert total(((0, level),)) == FULL and total(((-9, level), (0, 10))) == FULL


def test_nothing_allocates():
    noise = Noise(9)
    micropython.heap_lock()
    for _ in range(50):
        mixture.add(noise.below(FULL), noise.below(60000) * 17000, 1 + noise.below(9))
    mixture.add(FULL, (1 << 30) - 1, 1)
    mixture.add(FULL, (1 << 30) - 1, 32767)
    micropython.heap_unlock()
