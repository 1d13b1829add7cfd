"""Designed filters against SciPy, run by the tag's own code; what cannot be had is refused; what the tag carries is designed."""

from array import array

import numpy as np
import pytest
from scipy import signal

from davy.design import filters
from davy.errors import DavyError

from dsp import gait  # isort: skip
from dsp.biquad import Biquads  # isort: skip

LENGTH = 1200
FULL = filters.LIMIT_MG

GOOD = [
    ("low", (0.0075,), 2, "butter"),
    ("low", (0.01,), 4, "butter"),
    ("low", (0.05,), 4, "butter"),
    ("low", (0.05,), 4, "bessel"),
    ("low", (0.2,), 4, "butter"),
    ("low", (0.4,), 2, "butter"),
    ("high", (0.0075,), 2, "butter"),
    ("high", (0.02,), 2, "butter"),
    ("high", (0.1,), 4, "butter"),
    ("high", (0.3,), 2, "butter"),
    ("band", (0.016, 0.07), 2, "butter"),
    ("band", (0.016, 0.07), 2, "bessel"),
    ("band", (0.04, 0.12), 1, "butter"),
    ("band", (0.1, 0.2), 2, "butter"),
]

REFUSED = [
    ("low", (0.005,), 2, "rounding may hum"),
    ("high", (0.45,), 2, "rms"),
    ("low", (0.45,), 4, "may reach"),
    ("low", (0.6,), 2, "between 0 and half"),
    ("low", (0.1,), 3, "even"),
    ("low", (0.1, 0.2), 2, "one cut-off"),
    ("band", (0.2, 0.1), 2, "two rising"),
    ("stop", (0.1,), 2, "low, high or band"),
]


def full_scale(cut: float) -> np.ndarray:
    """Six signals of +-18900: steps, a square wave, noise, and sines below, at and above the cut-off."""
    t = np.arange(LENGTH)
    sines = [np.sin(2 * np.pi * f * t) for f in (cut / 3, cut, min(3 * cut, 0.49))]
    square = np.where((2 * cut * t).astype(int) % 2, -1, 1)
    noise = np.random.default_rng(1).uniform(-1, 1, LENGTH)
    return np.round(FULL * np.array([np.where(t // 300 % 2, -1, 1), square, noise, *sines]).T).astype(np.int16)


def run(sections: tuple[filters.Section, ...], samples: np.ndarray) -> np.ndarray:
    block = array("h", samples.astype(np.int16).reshape(-1).tolist())
    Biquads(sections, samples.shape[1]).run(block, len(samples), block)
    return np.array(block, dtype=float).reshape(samples.shape)


@pytest.mark.parametrize(("kind", "cut", "order", "family"), GOOD)
def test_within_1_mg_rms_and_3_mg_peak_of_scipy(kind: str, cut: tuple[float, ...], order: int, family: str) -> None:
    found = filters.design(kind, cut, 1.0, order, family)
    samples = full_scale(cut[0])
    make = {"butter": signal.butter, "bessel": signal.bessel}[family]
    extra = {"norm": "mag"} if family == "bessel" else {}
    sos = make(order, cut if kind == "band" else cut[0], btype=kind, fs=1.0, output="sos", **extra)
    wanted = np.clip(signal.sosfilt(sos, samples.astype(float), axis=0), -32768, 32767)
    error = run(found.sections, samples) - wanted
    assert np.sqrt((error**2).mean(axis=0)).max() <= 1.0
    assert np.abs(error).max() <= 3.0
    assert found.rms_mg <= 1.0 and found.peak_mg <= 3.0


@pytest.mark.parametrize(("kind", "cut", "order", "reason"), REFUSED)
def test_what_cannot_be_had_is_refused(kind: str, cut: tuple[float, ...], order: int, reason: str) -> None:
    with pytest.raises(DavyError, match=reason):
        filters.design(kind, cut, 1.0, order)


def test_the_estimate_is_above_what_is_seen() -> None:
    found = filters.design("low", (5,), 100, 4)
    samples = full_scale(0.05)
    error = run(found.sections, samples) - signal.sosfilt(found.sos, samples.astype(float), axis=0)
    assert np.abs(error).max() <= found.peak_mg


def test_one_wrong_digit_is_seen() -> None:
    """The comparison can fail: a coefficient off by 1 in 1000 is 10 mg."""
    sections = list(filters.design("low", (5,), 100, 4).sections)
    k1, k2, g, g_shift, e, e_shift, c, c_shift = sections[1]
    sections[1] = (k1, k2, g, g_shift, e, e_shift, c + c // 1000, c_shift)
    samples = full_scale(0.05)
    sos = signal.butter(4, 5, fs=100, output="sos")
    error = run(tuple(sections), samples) - signal.sosfilt(sos, samples.astype(float), axis=0)
    assert np.abs(error).max() > 3


def test_the_tag_carries_what_is_designed() -> None:
    assert filters.design("band", (1, 3), 25, 1).sections == gait._BAND


def test_it_prints_source(capsys: pytest.CaptureFixture[str]) -> None:
    filters.main(["band", "1", "3", "--rate", "25", "--order", "1"])
    text = capsys.readouterr().out
    assert text.startswith("# at most ") and eval(text) == gait._BAND
    with pytest.raises(SystemExit, match="rounding may hum"):
        filters.main(["low", "0.1", "--rate", "100"])
