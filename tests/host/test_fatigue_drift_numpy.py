"""The control chart of tag/fatigue/drift.py against NumPy in double precision, and every intermediate below 2^30."""

import ast
import sys
from array import array
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from test_dsp_bounds import Most, _Watch

from davy import roots
from tag.fatigue.drift import Drift

FLOORS = [(15, 0), (150, 0), (60, 0), (0, 80)]


def reference(
    rows: "np.ndarray[Any, Any]", learn: int, memory: int, slack: float
) -> "tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]":
    """(distance, burden) of each window after learning; nan: unknown."""
    mean = np.nanmean(rows[:learn], axis=0)
    n = np.sum(~np.isnan(rows[:learn]), axis=0)
    floor = np.array([max(abs(m) * part / 1000, units) for m, (part, units) in zip(mean, FLOORS, strict=True)])
    sd = np.sqrt((4 * floor**2 + np.nansum((rows[:learn] - mean) ** 2, axis=0)) / (4 + n - 1))
    level, chance, age = np.zeros(len(mean)), np.zeros(len(mean)), np.zeros(len(mean))
    burden, found = 0.0, []
    for row in rows[learn:]:
        z = np.clip((row - mean) / sd, -4, 4)
        known = ~np.isnan(z)
        age = np.where(known, np.minimum(age + 1, memory), age)
        w = np.where(known, 1 / np.maximum(age, 1), 0)
        level = level + w * (np.nan_to_num(z) - level)
        chance = (1 - w) ** 2 * chance + w**2
        strange = np.where(age > 0, level**2 / (chance + 1 / n), 0)
        distance = min(4.0, float(np.sqrt(np.mean(strange))))
        burden = max(0.0, burden + distance - slack)
        age = np.where(known, age, np.maximum(age - 1, 0))
        found.append((distance, burden))
    return np.array(found)[:, 0], np.array(found)[:, 1]


@pytest.mark.parametrize("seed", range(8))
def test_against_double_precision(seed: int) -> None:
    draw = np.random.default_rng(seed)
    usual = np.array([10500, 800, -14000, 20])
    drifts = np.array([0.02, 0.3, -0.1, 0.0]) * (seed % 3)
    rows = np.array([usual * (1 + drifts * i / 40) + draw.normal(0, [150, 100, 700, 60]) for i in range(44)]).round()
    rows[7::5, 1] = np.nan
    rows[20:25, 1] = np.nan
    rows[2, 3] = np.nan
    drift = Drift(FLOORS)
    said = []
    for row in rows:
        known = sum(1 << i for i, value in enumerate(row) if not np.isnan(value))
        drift.take(array("h", [int(value) for value in np.nan_to_num(row)]), known)
        said.append((drift.distance_q8 / 256, drift.burden_q8 / 256))
    distance, burden = reference(rows, 4, 3, 1.25)
    assert np.abs(np.array(said)[4:, 0] - distance).max() < 0.03
    assert np.abs(np.array(said)[4:, 1] - burden).max() < 0.5


@pytest.mark.parametrize("memory", [1, 3, 8])
def test_no_intermediate_reaches_2_30(monkeypatch: pytest.MonkeyPatch, memory: int) -> None:
    most = Most()
    path = roots.FIRMWARE / "tag" / "fatigue" / "drift.py"
    tree = _Watch().visit(ast.parse(path.read_text()))
    module = ModuleType("watched_drift")
    module.__dict__["_watch"] = most
    monkeypatch.setitem(sys.modules, "watched_drift", module)
    exec(compile(ast.fix_missing_locations(tree), str(path), "exec"), module.__dict__)
    for floors in (((1000, 32767),) * 8, ((0, 0),) * 8, ((1, 1),) * 8):
        for first in (-32768, 0, 32767):
            for learn in (2, 8):
                drift = module.Drift(floors, learn, 0, memory)
                for i in range(learn):
                    drift.take(array("h", (first if i % 2 else -first - 1,) * 8 if first else (0,) * 8), 255)
                for i in range(400):
                    drift.take(array("h", (32767 if i // 7 % 2 else -32768,) * 8), 255)
    assert 1 << 27 < most.value < 1 << 30
