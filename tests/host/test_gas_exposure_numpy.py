"""Exposure, time steps and mixtures against an independent computation in NumPy, on random shifts as a tag meets them."""

import math
import struct
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import davy.roots  # noqa: F401  puts the tag's code on the path
from tag.gas import mixture
from tag.gas.exposure import Exposure
from tag.gas.timesteps import TimeSteps

Floats = NDArray[np.float64]

# How far a figure may be above the exact one, counts (never below): tag/gas/exposure.py. Half a count is the last digit shown.
STEL_MOST = SHIFT_MOST = 2 / 16
TWA_MOST = (2 + 2064 / 480) / 16
EXACT = 1e-6  # of NumPy's sums


def shift(rng: np.random.Generator, hours: int, a_minute: int, full: int) -> Floats:
    """A row a minute of so many readings in counts; NaN: no valid reading. Above `full` the sensor is over its range."""
    minutes = hours * 60
    level = np.zeros(minutes)
    at = 0
    while at < minutes:  # plateaus from nothing to far over the range, on a logarithmic scale
        length = int(rng.integers(1, 60))
        level[at : at + length] = 0 if rng.random() < 0.3 else 10 ** rng.uniform(0, math.log10(2 * full))
        at += length
    readings = level[:, None] * rng.normal(1, 0.15, (minutes, a_minute)) + rng.normal(0, 5, (minutes, a_minute))
    readings = np.round(readings)
    readings[rng.random(minutes) < 0.03] = np.nan  # missing minutes
    readings[rng.random(readings.shape) < 0.05] = np.nan  # missing readings
    for _ in range(int(rng.integers(0, 4))):  # stretches without a sensor, or without power
        start = int(rng.integers(0, minutes))
        readings[start : start + int(rng.integers(5, 130))] = np.nan
    return readings


def minute_means(readings: Floats, full: int) -> Floats:
    """Of what counts: below zero is zero, over the range is the full scale, a missing minute is zero."""
    valid = ~np.isnan(readings)
    limited = np.where(valid, np.clip(readings, 0, full), 0)
    return limited.sum(axis=1) / np.maximum(valid.sum(axis=1), 1)


def moving_sums(means: Floats, n: int) -> Floats:
    return np.convolve(means, np.ones(n))[: len(means)]


def lived(readings: Floats, full: int) -> tuple[Exposure, Floats, Floats]:
    """An exposure fed as the tag does, and after each minute its STEL, TWA and shift figure, and its mean, counts."""
    exposure = Exposure()
    figures = np.empty((len(readings), 3))
    means = np.empty(len(readings))
    for i, row in enumerate(readings):
        for value in row[~np.isnan(row)].astype(int).tolist():
            exposure.add(min(value, full))
        exposure.minute()
        figures[i] = exposure.stel_q4, exposure.twa_q4, exposure.shift_q4
        means[i] = exposure.mean_q4
    return exposure, figures / 16, means / 16


@pytest.mark.parametrize("full", [500, 5000, 32767])
@pytest.mark.parametrize(("hours", "a_minute"), [(1, 300), (8, 60), (12, 12), (24, 1)])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_figure_of_every_minute(seed: int, hours: int, a_minute: int, full: int) -> None:
    rng = np.random.default_rng([seed, hours, full])
    readings = shift(rng, hours, a_minute, full)
    exposure, figures, means = lived(readings, full)
    exact = minute_means(readings, full)
    wanted = np.stack([moving_sums(exact, 15) / 15, moving_sums(exact, 480) / 480, np.cumsum(exact) / 480], axis=1)

    over = figures - wanted
    assert over.min() >= -EXACT, "a figure is never below the exact one"
    assert np.all(over.max(axis=0) < (STEL_MOST, TWA_MOST, SHIFT_MOST))
    assert np.all(over[:480, 1] < SHIFT_MOST), "nothing has left the window yet"
    missing = np.isnan(readings).all(axis=1)
    assert np.all((means < 0) == missing) and np.all(np.abs(means - exact)[~missing] < 1 / 16)

    assert exposure.stel_max_q4 / 16 == figures[:, 0].max() == pytest.approx(wanted[:, 0].max(), abs=STEL_MOST)
    assert exposure.twa_max_q4 / 16 == figures[:, 1].max() == pytest.approx(wanted[:, 1].max(), abs=TWA_MOST)
    peak = 0 if missing.all() else max(0, int(np.nanmax(np.minimum(readings, full))))
    assert (exposure.peak, exposure.minutes, exposure.missing) == (peak, hours * 60, int(missing.sum()))


def test_what_is_shown_is_the_exact_figure_or_one_count_more() -> None:
    differ = total = 0
    for seed in range(6):
        readings = shift(np.random.default_rng(seed), 12, 5, 5000)
        _, figures, _ = lived(readings, 5000)
        exact = minute_means(readings, 5000)
        wanted = np.stack([moving_sums(exact, 15) / 15, moving_sums(exact, 480) / 480, np.cumsum(exact) / 480], axis=1)
        apart = np.floor(figures) - np.floor(wanted + EXACT)
        assert set(np.unique(apart)) <= {0, 1}
        differ += int(apart.sum())
        total += apart.size
    assert differ < 0.15 * total


MINUTES = st.lists(
    st.one_of(
        st.lists(st.integers(-50, 33000), max_size=4).map(lambda readings: ("minute", readings)),
        st.tuples(st.just("many"), st.tuples(st.integers(1, 500), st.integers(0, 32767))),
        st.tuples(st.just("off"), st.integers(0, 600)),
        st.just(("reset", 0)),
        st.just(("close", 0)),
    ),
    max_size=40,
)


@settings(max_examples=150)
@given(MINUTES)
def test_any_course_of_a_shift(course: list[tuple[str, object]]) -> None:
    exposure = Exposure()
    means: list[Fraction] = []
    for what, more in course:
        if what == "minute":
            assert isinstance(more, list)
            for value in more:
                exposure.add(value)
            exposure.minute()
            means.append(Fraction(sum(max(0, min(v, 32767)) for v in more), max(1, len(more))))
        elif what == "many":
            assert isinstance(more, tuple)
            for _ in range(more[0]):
                exposure.add(more[1])
                exposure.minute()
            means += [Fraction(more[1])] * more[0]
        elif what == "off":
            assert isinstance(more, int)
            exposure.skip(more)
            means += [Fraction(0)] * more
        elif what == "reset":
            buf = bytearray(Exposure.SIZE)
            exposure.save(buf, 0)
            exposure = Exposure()
            assert exposure.load(buf, 0)
        else:
            exposure.close()
            means = []
        for figure_q4, window, n, most in (
            (exposure.stel_q4, means[-15:], 15, STEL_MOST),
            (exposure.twa_q4, means[-480:], 480, TWA_MOST),
            (exposure.shift_q4, means, 480, SHIFT_MOST),
        ):
            if sum(means) * 16 < 1 << 30:
                assert 0 <= Fraction(figure_q4, 16) - sum(window) / n < most


def rows(*steps: tuple[int, int, int]) -> tuple[bytes, list[int]]:
    """Step rows of a profile: level in counts, minutes allowed, minutes of rest."""
    data = b"".join(
        struct.pack("<BBBBhhHHBBxx", 2, 7, 0, 3, level, level, 60 * a, rest, 0, 5) for level, a, rest in steps
    )
    return data, [16 * i for i in range(len(steps))]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("hours", [8, 12, 24])
def test_time_steps(hours: int, seed: int) -> None:
    allowed, rest = (60, 30, 15), 120
    levels = np.array((171, 429, 859))
    rng = np.random.default_rng([seed, hours])
    chosen = np.array([0, 171, 172, 300, 429, 430, 859, 860, 1718, 30000, -1])
    chance = np.array([0.45, 0.2] + [0.04] * 8 + [0.03])
    lengths = rng.integers(1, 90, hours * 60)
    counts = np.repeat(rng.choice(chosen, hours * 60, p=chance), lengths)[: hours * 60]

    times = TimeSteps(*rows(*((int(level), a, rest) for level, a in zip(levels, allowed, strict=True))))
    found = []
    for count in counts.tolist():
        times.minute(count * 16)
        found.append(times.used)

    known = counts >= 0
    calm = known & (counts <= levels[0])
    above = counts[:, None] > levels
    wanted = []
    begin = run = 0
    for i in range(len(counts)):  # from the definition: what was above since the last rest
        run = run + 1 if calm[i] else run if not known[i] else 0
        if run >= rest:
            begin = i + 1
        minutes = above[begin : i + 1].sum(axis=0)
        wanted.append(int((minutes >= allowed) @ (1, 2, 4)))
    assert found == wanted and (hours < 24 or max(found) > 0)


def test_a_walk_by_hand() -> None:
    times = TimeSteps(*rows((171, 60, 120), (429, 30, 120), (859, 15, 120)))
    for minutes, count, used in ((14, 1718, 0), (1, 1718, 4), (15, 430, 6), (30, 172, 7), (119, 171, 7), (1, 0, 0)):
        for _ in range(minutes):
            times.minute(count * 16)
        assert times.used == used


@given(
    st.lists(st.tuples(st.integers(-1000, 32767 * 16 * 4), st.integers(1, 32767)), max_size=9),
)
def test_mixture(gases: list[tuple[int, int]]) -> None:
    found = 0
    for figure_q4, level in gases:
        found = mixture.add(found, figure_q4, level)
    figures, levels = np.array(gases, dtype=float).reshape(-1, 2).T
    exact = float((np.clip(figures, 0, None) / 16 / levels).sum())
    if exact * mixture.ONE > 32767:
        assert found == 32767
    else:
        assert -EXACT <= found / mixture.ONE - exact < max(1, len(gases)) / mixture.ONE + EXACT or found == 32767


def test_heavy_use_stays_in_the_range_of_small_integers() -> None:
    exposure = Exposure()
    for _ in range(2200):
        for _ in range(3):
            exposure.add(32767)
        exposure.minute()
    assert max(exposure._s) < 1 << 30 and min(exposure._s) >= 0
