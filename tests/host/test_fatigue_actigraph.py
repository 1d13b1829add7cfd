"""The tag's counts beside the published ActiGraph algorithm, done by SciPy, on made motion and on the project's own recordings.

Neishabouri et al., Scientific Reports 12:11958 (2022): coefficients, scale, dead band, cut and order of the steps are theirs.
Motion comes at 50 Hz; to 30 Hz it is brought by SciPy's polyphase filter, not by the rough one of the original.
"""

import math
import random
from array import array
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import scipy.signal

from davy import resampling, roots
from davy.evaluate import dataset

from tag.fatigue.actigraph import Actigraph  # isort: skip
from tag.motion.path import MotionPath  # isort: skip

signal: Any = scipy.signal
B = (
    *(-0.009341062898525, -0.02547028965936, -0.004235264826105, 0.04415241545642),
    *(0.03649371834776, -0.01189396193474, -0.02291739062315, -0.00678816386231),
)
A = (
    *(1.0, -3.63367395910957, 5.03689812757486, -3.09612247819666),
    *(0.50620507633883, 0.32421701566682, -0.15685485875559, 0.0194913020589),
)
SCALE = 17.127404  # a g in counts, before the filter's own gain
RATE_HZ = 50


def published(mg: np.ndarray) -> float:
    """Counts of a minute at 50 Hz, x, y, z: the length of the vector of the three axes' counts."""
    total = []
    for axis in range(3):
        g = mg[:, axis] / 1000
        g = np.round(signal.resample_poly(g - g[0], 3, 5) + g[0], 3)
        state = signal.lfilter_zi(B, A) * g[0]
        out = np.abs(signal.lfilter(B, A, g, zi=state)[0] * SCALE)
        out = np.floor(np.where(out < 4, 0, np.minimum(out, 128)))
        n = len(out) // 3
        total.append(float(np.floor(out[: 3 * n].reshape(n, 3).mean(axis=1)).sum()))
    return math.sqrt(sum(one * one for one in total))


class Block:
    def __init__(self, mg: Sequence[int]) -> None:
        self.mg = array("h", mg)
        self.n = len(mg) // 3


def tag(mg: np.ndarray) -> int:
    """The same through the motion path."""
    path, one = MotionPath(), Actigraph()
    path.retune(RATE_HZ)
    block = Block([int(v) for v in np.clip(np.round(mg), -16000, 16000).ravel()])
    while path.advance(block):
        one.chunk(path.sway)
    one.close()
    return one.counts


def swing(hertz: float, size_mg: float, seconds: float = 60) -> np.ndarray:
    """A minute of a sine along all three axes, of different sizes, about gravity."""
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    wave = size_mg * np.sin(2 * np.pi * hertz * t)
    return np.stack([wave, 1000 + 0.5 * wave, -0.7 * wave], axis=1)


@pytest.mark.parametrize("hertz", [0.3, 0.5, 0.75, 1.0, 1.5, 2.0])
def test_swings_count_as_published_or_a_little_more(hertz: float) -> None:
    for size_mg in (300, 1000):
        mg = swing(hertz, size_mg)
        assert 0.94 <= tag(mg) / published(mg) <= 1.25, (hertz, size_mg)


def test_above_two_and_a_half_hertz_the_tag_is_blind() -> None:
    assert tag(swing(2.5, 300)) < 0.1 * published(swing(2.5, 300))


def test_below_the_dead_band_nothing_counts_and_above_the_cut_no_more() -> None:
    assert tag(swing(0.75, 40)) == published(swing(0.75, 40)) == 0
    for size_mg in (4000, 12000):
        mg = swing(0.75, size_mg)
        assert tag(mg) == pytest.approx(min(published(mg), 32735), rel=0.2)


def test_restless_minutes_are_awake_by_both_or_by_the_tag_alone() -> None:
    """Turns and twitches of many sizes: the sleeping minute's limit is 435 counts; the tag's error is to the side of waking."""
    draw = random.Random(4)
    tags, theirs = [], []
    for _ in range(60):
        mg = np.tile([1000.0, 0.0, 0.0], (60 * RATE_HZ, 1))
        for _ in range(draw.randrange(1, 8)):
            at, n = draw.randrange(0, 56 * RATE_HZ), draw.randrange(RATE_HZ // 2, 4 * RATE_HZ)
            push = draw.uniform(50, 900) * np.sin(np.pi * np.arange(n) / n)
            mg[at : at + n, draw.randrange(3)] += push
        mg += np.random.default_rng(5).normal(0, 4, mg.shape)
        tags.append(tag(mg))
        theirs.append(published(mg))
    assert np.corrcoef(tags, theirs)[0, 1] > 0.97
    missed = [(one, other) for one, other in zip(tags, theirs, strict=True) if other >= 435 > one]
    assert len(missed) <= 1, missed
    assert sum(tags) >= 0.95 * sum(theirs)


def test_on_the_projects_own_recordings() -> None:
    for trial in dataset.read(roots.CHECKOUT / "tests" / "recordings").trials:
        samples = resampling.at_rate(trial, RATE_HZ)
        mg = np.asarray(samples.mg, dtype=float).reshape(-1, 3)
        if len(mg) < 5 * RATE_HZ:
            continue
        expected = published(mg)
        assert 0.85 * expected - 60 <= tag(mg) <= 1.6 * expected + 60, (trial.name, tag(mg), expected)
