"""Scenarios on a whole virtual tag: the shipped firmware on real MicroPython, a fall, gas, power cuts, a gateway."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from test_vtag_tools import ENVIRONMENT

from davy import roots
from davy.sim import scenario
from davy.sim.runner import Runner

SCENARIOS = roots.CHECKOUT / "tests" / "scenarios"


def davy(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "davy", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, env=ENVIRONMENT)


def written(folder: Path, text: str) -> Path:
    file = folder / "story.toml"
    file.write_text('[scenario]\nname = "x"\nduration_s = 12\n' + text)
    return file


@pytest.fixture(scope="module")
def demo() -> dict[str, Any]:
    done = davy("sim", "run", str(SCENARIOS / "demo.toml"), "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_the_demo_is_as_expected(demo: dict[str, Any]) -> None:
    assert demo["good"]
    assert all(expectation["met"] for expectation in demo["expectations"])
    assert len(demo["starts_s"]) == 3


def test_every_record_came_exactly_once(demo: dict[str, Any]) -> None:
    seqs = [record["seq"] for record in demo["received"]]
    assert sorted(seqs) == list(range(1, len(seqs) + 1))
    assert demo["records"]["missing"] == demo["records"]["not_sent"] == demo["records"]["conflicting"] == []


def test_what_was_lost_with_the_power_was_not_urgent_but_for_the_cut_one(demo: dict[str, Any]) -> None:
    """The one urgent record that may be missing is the one whose write to flash was cut in its middle: it was said anew."""
    lost = demo["records"]["lost_before_flash"]
    assert lost.count("alarm") <= 1
    assert "fall" not in lost


def test_the_fall_was_told_after_the_network_was_back(demo: dict[str, Any]) -> None:
    fall = next(record for record in demo["received"] if record["kind"] == "fall")
    back = next(note for note in demo["notes"] if note["text"] == "Wi-Fi is back")
    assert fall["at_s"] > back["at_s"]
    assert fall["fields"]["peak_mg"] > 3000


@pytest.mark.parametrize("name", ["ordinary_work", "orders", "broken_parts", "drop", "vehicle", "lone_worker"])
def test_scenarios(name: str) -> None:
    done = davy("sim", "run", str(SCENARIOS / f"{name}.toml"), "--no-view")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all is well" in done.stdout


def test_an_expectation_that_fails_is_exit_1_and_one_line(tmp_path: Path) -> None:
    done = davy("sim", "run", str(written(tmp_path, '[[expect]]\nkind = "fall"\n[[button]]\nat_s = 5\nhold_s = 4\n')))
    assert done.returncode == 1
    assert done.stderr == f"davy: {tmp_path / 'story.toml'}: fall: 1 expected, 0 came\n"
    assert "NO" in done.stdout


def test_a_power_cut_that_never_came_is_a_failure(tmp_path: Path) -> None:
    file = written(tmp_path, "[[power_cut]]\nat_s = 11.9\noff_s = 1\nin_write = 100000\n")
    result = Runner(scenario.load(file)).run()
    assert result.failures == ["a power cut inside a flash write never came: nothing was written"]
    assert not result.good


def test_paced_it_takes_its_time(tmp_path: Path) -> None:
    frames = 0

    def count(_: Runner) -> None:
        nonlocal frames
        frames += 1

    result = Runner(scenario.load(written(tmp_path, "")), speed=6.0).run(count)
    assert result.wall_s > 1.9
    assert 20 <= frames <= 30


def test_a_bad_scenario_is_one_line() -> None:
    done = davy("sim", "run", "nonesuch.toml")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "davy: nonesuch.toml: cannot be read: No such file or directory\n"
