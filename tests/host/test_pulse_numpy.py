"""The heart rate of lib/dsp/pulse.py against NumPy and SciPy in double precision, and against made pulses whose rate is known."""

import json
import random
from array import array
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_here import davy
from scipy import signal

from davy.design import filters
from davy.evaluate import pulse as evaluation
from davy.vtag.skin import Skin

from dsp import pulse, rhythm  # isort: skip

Floats = "np.ndarray[Any, Any]"


def reference(samples: "array[int]") -> list[tuple[float, float, float]]:
    """(period in samples, n there, perfusion) of each window, in double precision."""
    x = np.clip(2.0 * (np.array(samples) - samples[0]), -32767, 32767)
    sos = signal.butter(2, (0.6, 3.6), btype="bandpass", fs=25, output="sos")
    y = signal.sosfilt(sos, x)
    slope = np.diff(y, prepend=0.0)[66:].reshape(3, 128)
    found = []
    for i, window in enumerate(slope):
        n = np.zeros(54)
        for k in range(3, 53):
            a, b = window[: 128 - k], window[k:]
            n[k] = max(0.0, 2 * (a * b).sum() / ((a**2).sum() + (b**2).sum()))
        peaks = [k for k in range(7, 45) if n[k] >= n[k - 1] and n[k] > n[k + 1]]
        first = next(k for k in peaks if n[k] >= 0.8 * max(n[peaks]))
        period = top(n, first)
        if period < 11:
            near = [k for k in range(7, 52) if abs(k - 2 * period) <= period / 4 and n[k] > max(n[k - 1], n[k + 1])]
            period = top(n, max(near, key=lambda k: n[k])) / 2 if near else period
        level = np.mean(samples[: 66 + 128 * (i + 1)])
        found.append((period, n[first], float(np.pi * np.abs(y[66 + 128 * i :][:128]).mean() / 2 / level * 1e4)))
    return found


def top(n: Any, k: int) -> float:
    """Of the parabola."""
    return k + 0.5 * (n[k + 1] - n[k - 1]) / (2 * n[k] - n[k - 1] - n[k + 1])


@pytest.mark.parametrize("bpm", [42, 55, 70, 95, 120, 140, 160, 178])
@pytest.mark.parametrize("seed", range(3))
def test_each_window_is_as_in_double_precision(bpm: float, seed: int) -> None:
    skin = Skin(bpm=bpm, seed=seed, perfusion=0.01)
    samples = evaluation.counts(skin)
    found = evaluation.measure(samples)
    wanted = reference(samples)
    for period, (exact, _, _) in zip(found._periods, wanted, strict=True):
        assert period / 64 == pytest.approx(exact, abs=0.06)
    assert found.quality == pytest.approx(100 * min(n for _, n, _ in wanted), abs=4)
    assert found.perfusion_e4 == pytest.approx(min(perfusion for *_, perfusion in wanted), abs=1.5, rel=0.02)
    mean = float(np.mean([period for period, _, _ in wanted]))
    assert found.bpm_q4 / 16 == pytest.approx(1500 / mean, rel=0.004)
    assert found.why == pulse.OK and found.level == pytest.approx(np.mean(samples), abs=1)


def test_the_autocorrelation_begins_at_three_samples() -> None:
    window = (300 * np.sin(2 * np.pi * 2.9 * np.arange(128) / 25)).round()
    n, scaled, result = rhythm.make()
    assert rhythm.compare(array("h", [int(v) for v in window]), n, scaled, result)
    for k in range(3, 53):
        a, b = window[: 128 - k], window[k:]
        exact = max(0.0, float(2 * (a * b).sum() / ((a**2).sum() + (b**2).sum())))
        assert n[k] / 1024 == pytest.approx(exact, abs=0.05), k
    assert result[rhythm.LARGEST] == max(abs(window))
    assert not rhythm.compare(array("h", (49, -49) * 64), n, scaled, result)


# Of 1000 a row: `davy evaluate pulse`. Bounds have room for other seeds.
@pytest.mark.parametrize(
    ("name", "least_known", "most_known", "worst_bpm"),
    [
        ("steady", 0.98, 1.0, 3.0),
        ("faint", 0.80, 1.0, 6.0),
        ("deep notch", 0.98, 1.0, 3.0),
        ("noise", 0.90, 1.0, 4.0),
        ("loud noise", 0.35, 0.70, 6.0),
        ("quick change", 0.90, 1.0, 4.0),
        ("deep breath", 0.02, 0.30, 8.0),
        ("irregular", 0.0, 0.08, 12.0),
        ("walking", 0.0, 0.0, 0.0),
        ("no pulse", 0.0, 0.01, 0.0),
        ("no pulse, noise", 0.0, 0.01, 0.0),
        ("off the skin", 0.0, 0.0, 0.0),
        ("too bright", 0.0, 0.0, 0.0),
    ],
)
def test_made_pulses_are_right_or_unknown(name: str, least_known: float, most_known: float, worst_bpm: float) -> None:
    figures = evaluation.evaluate(evaluation.FAMILIES[name], 60, 5000)
    assert least_known <= figures.known <= most_known, figures.whys
    if worst_bpm:
        assert all(error < worst_bpm for error in figures.errors), figures.errors[-5:]


def test_steps_that_nobody_sees_are_taken_for_a_pulse() -> None:
    """Why the accelerometer has the last word: an optical gate alone lets a walk pass."""
    figures = evaluation.evaluate(evaluation.FAMILIES["walking unseen"], 40)
    assert figures.known > 0.5 and figures.error(0.5) > evaluation.FAR_BPM


@pytest.mark.parametrize("seed", [477, 519])
def test_noise_on_a_breath_has_no_pulse(seed: int) -> None:
    """Two of 800 whose noise has peaks on the slope of a breath: the valley before a peak tells."""
    skin = evaluation.FAMILIES["no pulse"].make(random.Random(seed), seed)
    assert evaluation.measure(evaluation.counts(skin)).why == pulse.UNSTEADY


@pytest.mark.parametrize("bpm", range(40, 181, 5))
def test_no_octave_is_missed(bpm: int) -> None:
    """Neither half nor twice the rate, with any notch."""
    for notch in (0.0, 0.3, 0.6, 0.9):
        skin = Skin(bpm=bpm, seed=bpm, notch=notch)
        found = evaluation.measure(evaluation.counts(skin))
        assert found.bpm_q4 / 16 == pytest.approx(evaluation.true_bpm(skin), abs=2.5), notch


def test_the_tag_carries_what_is_designed() -> None:
    assert filters.design("band", (0.6, 3.6), 25, 2).sections == pulse._BAND


def test_the_command_prints_every_family_and_writes_its_figures(tmp_path: Path) -> None:
    done = davy("evaluate", "pulse", "--made", "2", "--json", str(tmp_path / "p.json"))
    assert done.returncode == 0 and all(name in done.stdout for name in evaluation.FAMILIES), done
    found = json.loads((tmp_path / "p.json").read_text())["datasets"]
    assert [one["name"] for one in found] == list(evaluation.FAMILIES)
    assert [one["known"] for one in found if one["name"] in ("steady", "no pulse")] == [1.0, 0.0]
