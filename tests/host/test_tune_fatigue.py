"""`davy tune fatigue`: of who is left out nothing is known, neither spreads nor numbers."""

import json
import random
from pathlib import Path

import fatigue_made
import pytest
from cli_here import davy, said_in_one_line

from davy.evaluate import fatiguedata, fatiguepeople
from davy.tuning import fatigue
from davy.tuning.fatigue import SHIPPED, tune
from davy.tuning.spreads import floors, spread_per_mille


@pytest.fixture(autouse=True)
def few_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three combinations do for tests."""
    monkeypatch.setattr(fatigue, "GRID", (SHIPPED, (3, 256, 2), (5, 512, 6)))


def test_tuning_leaves_people_out(tmp_path: Path) -> None:
    folder = fatigue_made.windows(tmp_path / "made", {"P1": 0.3, "P2": -0.3, "P3": 0.3})
    done = davy("tune", "fatigue", str(folder), "--json")
    [found] = json.loads(done.stdout)
    worth = {one["name"]: one for one in found["worth"]}
    assert next(iter(worth)) == "left out" and "as shipped" in worth
    assert all(one["auc"] > 0.9 and one["auc_pooled"] > 0.9 and one["correlation"] is None for one in worth.values())
    assert [fold["person"] for fold in found["folds"]] == ["P1", "P2", "P3"] and found["by"] == "AUC, pooled"
    assert "AUC by person" in davy("tune", "fatigue", str(folder)).stdout


def _steady(name: str, *values: int | None) -> fatiguepeople.Person:
    return fatiguepeople.Person(name, [fatiguepeople.Window(float(i), [value]) for i, value in enumerate(values)])


def test_the_spread_of_windows_is_free_of_drift() -> None:
    draw = random.Random(1)
    noise = [draw.gauss(0, 30) for _ in range(400)]
    still = spread_per_mille([round(1000 + one) for one in noise])
    drifting = spread_per_mille([round(1000 + one + i) for i, one in enumerate(noise)])
    assert still == pytest.approx(30, rel=0.1)
    assert drifting == pytest.approx(30 * 1000 / 1200, rel=0.1), "the mean has grown, the spread has not"
    assert spread_per_mille([1000, None, 900]) is None and spread_per_mille([-1, 1, -1, 1]) is None


def test_spreads_are_of_the_others() -> None:
    feature = fatiguepeople.Feature(1, 77, 5)
    people = [_steady("a", *(1000, 1100) * 5), _steady("b", *(1000, 1020) * 5), _steady("c", *(1000, 1010) * 5)]
    assert floors(people, [feature]) == [[14, 5]], "the median: sqrt(20^2 / 2) of 1010"
    assert floors(people[:2], [feature])[0][0] == round((1000 * 50**0.5 * 10 / 1050 + 1000 * 200**0.5 / 1010) / 2)
    assert floors([], [feature]) == [[77, 5]], "nobody has shown it"
    assert floors([_steady("d", *(1, 30000) * 5)], [feature]) == [[1000, 5]]


def test_nothing_is_learned_of_who_is_left_out(tmp_path: Path) -> None:
    folder = fatigue_made.windows(tmp_path / "made", {"P1": 0.3, "P2": -0.3, "P3": 0.3})
    [tired] = fatiguedata.read(folder)
    before = tune(tired)
    for window in tired.people[0].windows:
        window.values = [None if value is None else 3 * value % 500 for value in window.values]
        window.tired = not window.tired
    after = tune(tired)
    assert before is not None and after is not None
    assert before.folds[0].floors == after.folds[0].floors and before.folds[0].choice == after.folds[0].choice
    assert before.folds[1].floors != after.folds[1].floors


def test_nobody_to_leave_out_is_one_line(tmp_path: Path) -> None:
    done = davy("tune", "fatigue", str(fatigue_made.windows(tmp_path / "made", {"P1": 0.3})))
    assert said_in_one_line(done) and "nobody can be left out" in done.stderr
