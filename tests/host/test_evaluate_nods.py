"""`davy evaluate nods`: made heads are what they say, the detector tells them apart, false nods are counted, and the command."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

import evaluate_made
import pytest
from cli_here import davy, said_in_one_line

from davy.errors import DavyError
from davy.evaluate import dataset
from davy.evaluate.nods import heads, recorded
from davy.evaluate.nodsmade import AFTER_S, BEFORE_S, KINDS, RATE_HZ, made, vertical

Samples = evaluate_made.Samples


def nodding(seconds: float = 12) -> Samples:
    """A second after another: still, sinks in 3 s to 45 degrees, is down for 2 s, up at once, still."""
    story = [0.0] * int(seconds * 50) + [45 * i / 150 for i in range(150)] + [45.0] * 100 + [0.0] * 200
    return [(0, -round(1000 * math.cos(math.radians(one))), round(1000 * math.sin(math.radians(one)))) for one in story]


def walking(seconds: float = 20) -> Samples:
    return [(0, -1000 + round(300 * math.sin(2 * math.pi * 2 * i / 50)), 0) for i in range(int(50 * seconds))]


def apart(mg: Sequence[float], up: Sequence[float]) -> float:
    """Degrees between two postures."""
    cosine = sum(a * b for a, b in zip(mg, up, strict=True)) / math.hypot(*mg) / math.hypot(*up)
    return math.degrees(math.acos(min(1.0, cosine)))


def test_made_heads_are_what_they_say() -> None:
    before, after = round(BEFORE_S * RATE_HZ), round(AFTER_S * RATE_HZ) - RATE_HZ
    for kind in KINDS:
        for number in range(20):
            one = made(kind, number, "a")
            mg = one.recording.mg
            for start in (0, len(mg) // 3 - after):
                mean = [sum(mg[3 * start + axis : 3 * (start + after) : 3]) / after for axis in range(3)]
                assert apart(mean, one.up) < 3, (kind, number, start)
                assert math.hypot(*mean) == pytest.approx(1000, rel=0.01)
            if kind == "nod":
                at = before + round((one.drawn["down_s"] + one.drawn["held_s"] / 2) * RATE_HZ)
                down = [mg[3 * at + axis] for axis in range(3)]
                assert apart(down, one.up) == pytest.approx(one.drawn["degrees"], abs=6)
    assert made("nod", 3, "a").recording.mg == made("nod", 3, "a").recording.mg != made("nod", 3, "b").recording.mg


def test_most_slow_nods_are_found_and_what_looks_like_one_is_not() -> None:
    found = {one.what: one for one in heads(40, "test")}
    for kind in ("look", "read", "yes"):
        assert found[kind].made == 40 and found[kind].counted == 0, kind
    assert found["brake"].counted <= 1
    slow = found["nod of 40 and more, sinks in 4 to 5 s"]
    assert slow.counted >= 0.8 * slow.made
    assert found["nod of 20 to 30 degrees"].counted <= 1, "too small to be told from looking about"
    assert sum(one.made for name, one in found.items() if "degrees" in name) == 40


def test_a_rough_road_hides_nods_and_makes_none() -> None:
    road = [300.0 * math.sin(i / 7) * math.sin(i / 101) for i in range(2000)]
    found = {one.what: one for one in heads(30, "test", road)}
    quiet = {one.what: one for one in heads(30, "test")}
    assert found["nod"].counted < quiet["nod"].counted
    assert sum(found[kind].counted for kind in ("look", "read", "yes", "brake")) <= 1


def test_false_nods_of_recordings_with_the_way_up_of_the_same_persons_walk(tmp_path: Path) -> None:
    folder = evaluate_made.folder(
        tmp_path / "made",
        ("walk", "walk", "adl", 50, walking()),
        ("stand", "standing", "adl", 50, [(0, -1000, 0)] * 1000),
        ("bow", "bowing", "adl", 50, nodding()),
        ("fall", "bow and fall", "fall", 100, evaluate_made.fall()),
    )
    rows = {one.activity.replace("what ", "").replace(" is", ""): one for one in recorded(dataset.read(folder))}
    assert rows["bowing"].nods == 1 and rows["standing"].nods == rows["walk"].nods == 0
    assert rows["all"].trials == 3 and rows["all"].nods == 1, "falls are left out"
    assert rows["standing"].watched_h == pytest.approx(17 / 3600, rel=0.1)
    assert rows["walk"].watched_h < 0.4 * rows["walk"].hours
    done = davy("evaluate", "nods", str(folder), "--made", "2", "--json", "-")
    said = json.loads(done.stdout)["datasets"]
    assert [one["name"] for one in said] == ["made", "made"] and said[1]["activities"][-1]["nods"] == 1
    done = davy("evaluate", "nods", str(folder), "--made", "2")
    assert "bowing" in done.stdout and "made heads" in done.stdout and "standing" not in done.stdout


def test_vehicles_of_another_rate_are_refused(tmp_path: Path) -> None:
    folder = evaluate_made.folder(tmp_path / "made", ("bump", "road", "adl", 100, [(0, 0, 1000), (0, 0, 1200)] * 200))
    with pytest.raises(DavyError, match="not sampled at 50 Hz"):
        vertical(dataset.read(folder).trials)
    done = davy("evaluate", "nods", "--made", "1", "--shake", str(folder))
    assert done.returncode == 1 and said_in_one_line(done)


def test_nothing_to_judge_is_said() -> None:
    done = davy("evaluate", "nods", "--made", "0")
    assert done.returncode == 1 and said_in_one_line(done) and "nothing to judge" in done.stderr
    done = davy("evaluate", "nods", "--percent", "30")
    assert done.returncode == 1 and said_in_one_line(done) and "--shake" in done.stderr
