"""The rhythm of a signal against NumPy in double precision: the normalised autocorrelation, and periods known by construction."""

from array import array
from typing import Any

import numpy as np
import pytest

from davy import roots  # noqa: F401 (it puts the tag's folders on the path)

from dsp import rhythm  # isort: skip


def scanned(window: "np.ndarray[Any, Any]") -> "tuple[np.ndarray[Any, Any], list[int]]":
    """(n by lag, result) of a window in mg."""
    n, scaled, result = rhythm.make()
    rhythm.scan(array("h", [round(value) for value in window]), n, scaled, result)
    return np.array(n) / 1024, list(result)


def reference(window: "np.ndarray[Any, Any]", k: int) -> float:
    """McLeod's normalised square difference, upside down, of all samples."""
    a, b = window[: len(window) - k], window[k:]
    return max(0.0, float(2 * (a * b).sum() / ((a**2).sum() + (b**2).sum())))


@pytest.mark.parametrize("seed", range(6))
def test_autocorrelation_against_numpy(seed: int) -> None:
    draw = np.random.default_rng(seed)
    t = np.arange(128) / 25
    window = 20 * (seed + 4) * (np.sin(2 * np.pi * 1.8 * t) + 0.5 * np.sin(2 * np.pi * 0.9 * t + 1))
    # what the band-pass lets through: nothing above 3 Hz, so every second product is enough
    noise = np.convolve(draw.normal(0, 60, 140), np.ones(8) / 8, "valid")[:128]
    window = (window + noise).round()
    n, _ = scanned(window)
    for k in range(6, 53):
        assert n[k] == pytest.approx(reference(window, k), abs=0.05), k


@pytest.mark.parametrize("hertz", [0.95, 1.1, 1.37, 1.6, 1.85, 2.2, 2.61, 3.0])
def test_the_period_of_a_sine(hertz: float) -> None:
    t = np.arange(128) / 25
    _, result = scanned(300 * np.sin(2 * np.pi * hertz * t))
    assert result[rhythm.ALIVE] == 1 and result[rhythm.AGAIN] > 950
    assert result[rhythm.PERIOD] / 16 * 20 == pytest.approx(1000 / hertz, rel=0.01)


@pytest.mark.parametrize("stride_s", [0.9, 1.04, 1.16, 1.3])
def test_two_unlike_steps_make_one_stride(stride_s: float) -> None:
    t = np.arange(128) / 25
    phase = 2 * np.pi * t / stride_s
    _, result = scanned(200 * np.sin(2 * phase) + 150 * np.sin(phase + 0.4))
    assert result[rhythm.PERIOD] / 16 * 20 == pytest.approx(500 * stride_s, rel=0.02)
    assert result[rhythm.EVEN] < 900


def test_silence_has_no_rhythm() -> None:
    assert scanned(np.zeros(128))[1][:4] == [0, 0, 0, 0]
    assert scanned(np.full(128, 49.0))[1][:4] == [0, 0, 0, 0]
    still = np.concatenate([300 * np.sin(np.arange(40)), np.zeros(48), 300 * np.sin(np.arange(40))])
    assert scanned(still)[1][rhythm.ALIVE] == 0


def test_norms_of_pairs_against_numpy() -> None:
    draw = np.random.default_rng(1)
    mg = draw.integers(-18900, 18901, (500, 3))
    mg[100:200] //= 900
    norm, state = array("h", (0,) * 250), array("i", (0, 1000))
    assert rhythm.pairs(0, 0, 0, array("h", mg.ravel().tolist()), 1500, norm, state) == 250
    expected = np.linalg.norm((mg[::2] + mg[1::2] + 1) // 2, axis=1)
    assert np.abs(np.array(norm) - expected).max() <= 2
