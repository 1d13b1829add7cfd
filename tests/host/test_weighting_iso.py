"""The weightings of whole-body vibration: the fixed-point code against the standard's table, SciPy, and the small integers."""

import ast
import sys
from array import array
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import scipy.signal
from test_dsp_bounds import Most, _Watch

from davy import roots
from davy.design import vibration as design
from davy.errors import DavyError

from dsp import weighting  # isort: skip

signal: Any = scipy.signal
# ISO 2631-1:1997, table 3: third octaves from 0.5 to 80 Hz (true centres 10^(n/10)), weight * 1000
CENTRES_HZ = [10 ** (n / 10) for n in range(-3, 20)]
# fmt: off
WK = [418, 459, 477, 482, 484, 494, 531, 631, 804, 967, 1039, 1054, 1036, 988, 902, 768, 636, 513, 405, 314, 246, 186, 132]
WD = [853, 944, 992, 1011, 1008, 968, 890, 776, 642, 512, 409, 323, 253, 212, 161, 125, 100, 80, 63.2, 49.4, 38.8, 29.5, 21.1]
# fmt: on
# ISO 8041: what an instrument may differ by in the nominal range
MOST, LEAST = 1.12, 0.89
ALL = [
    ("k", 100, weighting.WK_100, WK, 40.0),
    ("k", 200, weighting.WK_200, WK, 80.0),
    ("d", 100, weighting.WD_100, WD, 40.0),
    ("d", 200, weighting.WD_200, WD, 80.0),
]


def weighted(sections: Any, samples: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """mg of one axis through the tag's code."""
    one = weighting.Weighting(sections)
    found: list[int] = []
    for at in range(0, len(samples) // 40 * 40, 40):
        mg = array("h", [v for x in samples[at : at + 40] for v in (int(x), 0, 0)])
        one.run(mg, 40, 0, 0)
        found += list(one.out)
    return np.array(found) / 2


@pytest.mark.parametrize(("kind", "rate", "sections", "table", "top_hz"), ALL)
def test_third_octaves_within_the_tolerance_of_iso_8041(
    kind: str, rate: int, sections: Any, table: list[float], top_hz: float
) -> None:
    for hertz, weight in zip(CENTRES_HZ, table, strict=True):
        if hertz > top_hz:
            continue
        t = np.arange(rate * 24) / rate
        out = weighted(sections, np.round(2000 * np.sin(2 * np.pi * hertz * t + 0.3)))
        gain = out[rate * 12 :].std() * np.sqrt(2) / 2000
        assert LEAST < gain / weight * 1000 < MOST, (hertz, gain)
        assert 0.95 < gain / weight * 1000 < 1.05, "and no less exact than docs/fatigue.md says"


@pytest.mark.parametrize("kind", ["k", "d"])
def test_the_analogue_filter_is_the_tables(kind: str) -> None:
    table = WK if kind == "k" else WD
    error = design.analogue(kind, CENTRES_HZ) * 1000 / np.array(table) - 1
    # the table says 212 for Wd at 10 Hz, the formula 202
    assert np.abs(np.delete(error, 13)).max() < 0.015 and abs(error[13]) < 0.05


@pytest.mark.parametrize(("kind", "rate", "sections"), [row[:3] for row in ALL])
def test_noise_against_scipy(kind: str, rate: int, sections: Any) -> None:
    """The same sections in double precision."""
    draw = np.random.default_rng(7)
    samples = np.clip(draw.normal(0, 400, rate * 20), -8000, 8000).round()
    expected = samples
    for section in sections:
        b0, b1, b2, a1, a2 = (section[i] / 2.0 ** section[i + 1] for i in range(0, 10, 2))
        b = [b0, b1 - 2 * b0, b0 - b1 + b2]
        expected = signal.lfilter(b, [1.0, a1 - 2, 1 - a1 + a2], expected)
    out = weighted(sections, samples)
    assert np.abs(out - expected[: len(out)]).max() < 3.0, "mg"


@pytest.mark.parametrize(("kind", "rate", "sections"), [row[:3] for row in ALL])
def test_sections_are_those_of_the_design(kind: str, rate: int, sections: Any) -> None:
    made = design.design(kind, rate)
    freq_hz = np.geomspace(0.5, 0.4 * rate, 100)
    assert design.magnitude(made, freq_hz, rate) == pytest.approx(design.magnitude(sections, freq_hz, rate), rel=0.01)


def test_silence_becomes_silence() -> None:
    for _, rate, sections, _, _ in ALL:
        out = weighted(sections, np.concatenate([np.full(rate * 5, 1000.0), np.zeros(rate * 60)]))
        assert np.abs(out[-rate:]).max() <= 1.0


def test_what_cannot_be_designed_is_said() -> None:
    for kind, rate in (("k", 20), ("x", 100), ("k", 1000)):
        with pytest.raises(DavyError):
            design.design(kind, rate)


def test_no_intermediate_reaches_2_30(monkeypatch: pytest.MonkeyPatch) -> None:
    most = Most()
    path = roots.LIB / "dsp" / "weighting.py"
    module = ModuleType("watched_weighting")
    module.__dict__["_watch"] = most
    monkeypatch.setitem(sys.modules, "watched_weighting", module)
    tree = _Watch().visit(ast.parse(path.read_text()))
    exec(compile(ast.fix_missing_locations(tree), str(path), "exec"), module.__dict__)
    for _, rate, sections, _, _ in ALL:
        # the worst there is for each section and for all: the sign of the reversed response to an impulse
        for n in range(1, len(sections) + 1):
            impulse = np.zeros(rate * 4)
            impulse[0] = 8000
            response = weighted(sections[:n], impulse)
            worst = np.where(response[::-1] >= 0, 32767, -32768)
            one = module.Weighting(sections)
            for at in range(0, len(worst) // 40 * 40, 40):
                mg = array("h", [v for x in worst[at : at + 40] for v in (0, int(x), 0)])
                one.run(mg, 40, 1, 0)
    assert 1 << 26 < most.value < 1 << 30
