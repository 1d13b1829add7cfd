"""Choosing the fall detector's numbers: the limit that loses least, people who are left out, and the device's own features."""

import json
import math
import random
from pathlib import Path

import pytest
from cli_here import davy, said_in_one_line

from davy import roots
from davy.recordings import load
from davy.tuning import falls
from davy.tuning.falls import NONE, SHIPPED, Trial, choose, tune, worth

OWN = roots.CHECKOUT / "tests" / "recordings"


def test_the_limit_that_loses_least_lies_in_the_middle_of_the_gap() -> None:
    scored = [(10.0, False), (12.0, False), (20.0, True), (30.0, True), (NONE, False)]
    choice = choose(scored, SHIPPED)
    assert (choice.enough, choice.lost) == (16.0, 0.0)
    # a fall below a false one: whichever is dearer gives way
    scored = [(10.0, True), *[(12.0, False)] * 3, *[(20.0, True)] * 9, *[(1.0, False)] * 3]
    choice = choose(scored, SHIPPED)
    assert choice.enough == 16.0
    assert choice.lost == pytest.approx(0.1)


def test_worth_counts() -> None:
    found = worth([(True, True), (True, False), (False, False), (False, False), (False, True)])
    assert (found.falls, found.found, found.others, found.quiet) == (2, 1, 3, 2)
    assert found.accuracy == pytest.approx(0.6)


def made(people: int, odd: str = "") -> list[Trial]:
    """Falls of 1000 (of `odd`: of 250) and others of 500 in every feature, a little spread."""
    dice = random.Random(1)
    trials = []
    for person in range(people):
        for number in range(20):
            fall = number % 2 == 0
            size = (250 if str(person) == odd else 1000) if fall else 500
            log = math.log2(size * dice.uniform(0.95, 1.05))
            trials.append(Trial(f"{person}-{number}", str(person), fall, ((log, log, log, log),)))
    return trials


def test_who_is_left_out_has_no_say_in_what_is_chosen_for_him() -> None:
    tuned = tune(made(4))
    assert tuned.left_out.accuracy == tuned.limit_only.accuracy == 1.0
    assert len(tuned.folds) == 4
    # One who falls otherwise: with him among the chosen-on his falls might be found, left out they cannot be.
    tuned = tune(made(4, odd="2"))
    assert tuned.left_out.found == 30
    assert tuned.left_out.quiet == 40
    alone = dict(tuned.folds)["2"]
    assert alone.lost == 0.0


def test_the_features_are_those_by_which_the_tag_decides() -> None:
    recording = load(OWN / "fall.csv")
    trial = next(iter(falls.measure([recording])))
    assert trial.hits
    # firmware/tag/motion/fall.py: more than 149 is a fall, and the tag says of this recording that it is one
    assert trial.points(SHIPPED) > 149


def test_the_gates_are_those_of_the_tag() -> None:
    from tag.motion import fall

    gates = (falls.REST_MG, falls.TILT_DEG, falls.HARD_MIN, falls.HARD_MAX, falls.TILT_MAX)
    assert gates == (fall._REST_MG, fall._TILT_DEG, fall._HARD_MIN, fall._HARD_MAX, fall._TILT_MAX)
    hit, surge, hard, tilt = 4000, 500, 8, 60
    expected = sum(w * math.log2(v) for w, v in zip(SHIPPED, (hit, surge, hard, tilt), strict=True))
    assert fall.points(hit, surge, hard, tilt) / 256 == pytest.approx(expected, abs=0.4)


def test_the_command_says_what_it_cannot_do(tmp_path: Path) -> None:
    done = davy("tune", "falls", str(tmp_path / "none"))
    assert said_in_one_line(done)
    assert "there is no such folder" in done.stderr
    row = "trial,subject,activity,desc,label,file\n"
    for rows, why in (
        ("a,sam,Falling,,fall,fall.csv\n", "nobody can be left out"),
        ("a,sam,Falling,,fall,fall.csv\nb,eve,Falling,,fall,fall.csv\n", "it takes falls and others"),
    ):
        (tmp_path / "manifest.csv").write_text(row + rows)
        (tmp_path / "fall.csv").write_bytes((OWN / "fall.csv").read_bytes())
        done = davy("tune", "falls", str(tmp_path))
        assert said_in_one_line(done)
        assert why in done.stderr


def test_the_command_tells_what_it_found() -> None:
    done = davy("tune", "falls", str(OWN), "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found) == {"left_out", "best", "shipped", "folds"}
    assert set(found["folds"]) == {"sam", "nicole", "phone"}
    assert found["shipped"]["weights"] == list(SHIPPED)
    done = davy("tune", "falls", str(OWN))
    assert "limit alone" in done.stdout
