"""`davy evaluate gait`: the independent count on made walks, any mounting, what is no walking, and the command."""

import json
import math
from pathlib import Path

import evaluate_made
import numpy as np
import pytest
from cli_here import davy, said_in_one_line

from davy.evaluate import dataset
from davy.evaluate.gait import Walked, groups, run
from davy.evaluate.gaitreference import Counted, count
from davy.recordings import Recording

Samples = evaluate_made.Samples


def walk(hertz: float, seconds: float, rate_hz: float = 100) -> Samples:
    """Steps of 300 mg with a heel's second swing, two seconds of standing before and after."""
    n = round(seconds * rate_hz)
    phases = [2 * math.pi * hertz * i / rate_hz for i in range(n)]
    swings = [round(300 * math.sin(phase) + 90 * math.sin(2 * phase + 1)) for phase in phases]
    rest = [(0, -1000, 0)] * round(2 * rate_hz)
    return [*rest, *((0, -1000 + swing, 0) for swing in swings), *rest]


def made(path: Path) -> Path:
    return evaluate_made.folder(
        path,
        ("slow", "walk", "adl", 100, walk(1.5, 80)),
        ("fast", "walk", "adl", 50, walk(2.1, 60, 50)),
        ("run", "run", "adl", 198.0, walk(2.7, 60, 198)),
        ("stand", "standing", "adl", 100, [(0, -1000, 0)] * 2000),
        ("fall", "walk and fall", "fall", 100, evaluate_made.fall()),
    )


def test_the_independent_count_finds_what_was_made() -> None:
    for hertz in (1.2, 1.5, 2.0, 2.7):
        counted = count(np.array(walk(hertz, 40)).ravel(), 0.01)
        assert counted is not None
        assert abs(counted.peaks - hertz * 40) <= 2 and counted.cadence == pytest.approx(60 * hertz, rel=0.02)
    assert count([0, 0, 1000] * 100, 0.01) is None, "a second is too short"
    assert count([0, 0, 1000] * 1000, 0.01) == Counted(0, 0, 0.0)


def test_the_top_of_a_dip_is_no_step() -> None:
    # Between every second pair of steps there is a pause, and in it a bump that stays below the mean.
    t = np.arange(0, 1.3, 0.01)
    stride = 500 * np.exp(-(((t - 0.3) / 0.1) ** 2)) + 500 * np.exp(-(((t - 0.75) / 0.1) ** 2))
    stride -= 250 * np.exp(-(((t - 1.0) / 0.08) ** 2)) + 250 * np.exp(-(((t - 1.25) / 0.08) ** 2))
    norm = np.tile(stride, 30).round()
    counted = count(np.stack([0 * norm, 0 * norm, 1000 + norm], axis=1).ravel(), 0.01)
    assert counted is not None and abs(counted.peaks - 60) <= 1


def test_steps_at_any_mounting_and_rate(tmp_path: Path) -> None:
    read = dataset.read(made(tmp_path / "made"))
    for turn in ("", "one", "two"):
        walked = run(read, turn=turn)
        assert [one.trial.name for one in walked] == ["slow", "fast", "run", "stand"], "falls are left out"
        for one, steps in zip(walked, (120, 126, 162, 0), strict=True):
            assert abs(one.steps - steps) <= 2, (turn, one.trial.name, one.steps)
    slow = walked[0]
    assert slow.cadence == pytest.approx(90, abs=1) and slow.stride_ms == pytest.approx(1333, rel=0.02)
    assert slow.variability_ms is not None and slow.variability_ms < 15 and (slow.regular or 0) > 0.9


def test_a_cut_out_of_the_middle(tmp_path: Path) -> None:
    read = dataset.read(made(tmp_path / "made"))
    walked = run(read, cut_s=20)
    assert [(one.trial.samples, one.steps) for one in walked[:2]] == [(2000, 30), (1000, 42)]
    assert walked[0].trial.t_s[0] == pytest.approx(32.0, abs=0.02)
    assert [one.steps for one in run(read, cut_s=200)] == [one.steps for one in run(read)]


def test_every_interpreter_counts_the_same(tmp_path: Path) -> None:
    read = dataset.read(made(tmp_path / "made"))
    found = [[one.as_dict() for one in run(read, interpreter=name)] for name in ("mp64", "mp32", "cpython")]
    assert found[0] == found[1] == found[2]


def _one(activity: str, desc: str, steps: int, peaks: int) -> Walked:
    trial = Recording("t", activity=activity, desc=desc)
    return Walked(trial, steps, None, None, None, None, Counted(peaks, peaks, 100.0))


def test_groups() -> None:
    ones = [
        _one("D01", "Walking slowly", 97, 100),
        _one("D01", "Walking slowly", 110, 100),
        _one("D05", "Walking upstairs and downstairs", 50, 100),
        _one("D18", "Stumble while walking", 90, 100),
        _one("D07", "Slowly sit, crunching", 5, 100),
    ]
    assert [one.walking for one in ones] == [True, True, True, True, False]
    found = {group.name: group for group in groups(ones)}
    assert list(found) == ["D01", "D05", "D18", "plain", "others"]
    assert found["plain"].errors() == pytest.approx([0.03, 0.1])
    assert found["D01"].within == 0.5 and found["D01"].median() == pytest.approx(0.065)
    assert found["D01"].p90 == pytest.approx(0.1) and found["D05"].p90 == pytest.approx(0.5)
    assert found["D05"].enough == 0.0 and found["plain"].enough == 0.5
    assert found["plain"].total == pytest.approx(0.035), "97 and 110 of 200"
    assert groups([])[-1].median() is None and groups([])[-1].total is None


@pytest.mark.parametrize("name", ["slow_walk", "GoDownstairs", "WAL: FastRun", "RUN", "run_2", "running"])
def test_what_says_walking(name: str) -> None:
    assert _one(name, "", 1, 1).walking


@pytest.mark.parametrize("name", ["Trunk bent", "crunching", "runway", "a grunt", "TRUNK"])
def test_what_does_not(name: str) -> None:
    assert not _one(name, "", 1, 1).walking


def test_where_nobody_walks_there_is_no_error(tmp_path: Path) -> None:
    rock = [(0, -1000 + round(200 * math.sin(i / 9)), 0) for i in range(3000)]
    folder = evaluate_made.folder(tmp_path / "made", ("rock", "rocking", "adl", 100, rock))
    done = davy("evaluate", "gait", str(folder))
    assert (
        done.returncode == 0 and "no trial says walk, jog, run or stairs" in done.stdout and "SciPy" not in done.stdout
    )
    [found] = json.loads(davy("evaluate", "gait", str(folder), "--json", "-").stdout)["datasets"]
    [_, others] = found["groups"]
    assert (others["trials"], others["median"], others["total"], others["peaks"]) == (1, None, None, None)
    falls = evaluate_made.folder(tmp_path / "falls", ("fall", "walk and fall", "fall", 100, evaluate_made.fall()))
    done = davy("evaluate", "gait", str(falls))
    assert said_in_one_line(done) and "every trial is a fall" in done.stderr


def test_one_step_of_a_short_walk_is_near_enough() -> None:
    assert [_one("D05", "Walking", steps, 20).enough for steps in (18, 19, 21, 22)] == [False, True, True, False]
    assert [_one("D01", "Walking", steps, 200).enough for steps in (193, 194, 206, 207)] == [False, True, True, False]
    assert _one("D07", "Sitting", 3, 0).enough is None


def test_the_command(tmp_path: Path) -> None:
    folder = made(tmp_path / "made")
    out = tmp_path / "figures.json"
    done = davy("evaluate", "gait", str(folder), "--rotate", "any", "--json", str(out))
    assert done.returncode == 0 and "within" in done.stdout and "where nobody is known to walk: 0 steps" in done.stdout
    [found] = json.loads(out.read_text())["datasets"]
    plain = next(group for group in found["groups"] if group["name"] == "plain")
    assert plain["trials"] == 3 and plain["within_3_percent"] == plain["within_3_percent_or_a_step"] == 1.0
    assert abs(plain["total"]) < 0.02
    assert len(found["trials_detail"]) == 3
    printed = davy("evaluate", "gait", str(folder), "--json", "-", "--limit", "2")
    assert len(json.loads(printed.stdout)["datasets"]) == 1
    assert said_in_one_line(davy("evaluate", "gait", str(tmp_path / "none")))


def test_the_projects_own_walk() -> None:
    [found] = json.loads(davy("evaluate", "gait", "--json", "-").stdout)["datasets"]
    [walk] = found["trials_detail"]
    assert walk["trial"] == "walking" and abs(walk["steps"] - walk["peaks"]) <= 2
