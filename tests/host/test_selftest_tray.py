"""`davy selftest` of a tray: the plan, a process a port, the report; and that the tables of faults know all that the models can."""

import ast
import contextlib
import csv
import json
import os
import pty
import threading
import tty
from pathlib import Path
from typing import Any

import pytest
from cli_here import davy, said_in_one_line
from selftest_bench import BenchTag

from davy import crew, roots, tagport
from davy.selftesting import found, report
from davy.selftesting.found import checks, names
from davy.selftesting.plan import STEPS
from davy.vtag.chips import CHIPS
from davy.vtag.chips.ads1115 import Ads1115
from davy.vtag.world import World

DEVICE = roots.CHECKOUT / "tests" / "device"


def test_the_plan_says_all_that_will_be_done() -> None:
    done = davy(
        "selftest", "--port", "/dev/ttyNONE", "--radio", "--skip", "battery", "--skip", "load", "--dry-run", "--json"
    )
    told = json.loads(done.stdout)
    assert done.returncode == 0 and told["ports"] == ["/dev/ttyNONE"] and told["radio"]
    assert not any(step.startswith("battery") for step in told["steps"])
    assert any("one short frame" in step for step in told["steps"])
    done = davy("selftest", "--port", "/dev/ttyNONE", "--yes", "--dry-run")
    assert "nobody is asked" in done.stdout and done.stdout.endswith("nothing was opened\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--port", "a", "--port", "b"], "nobody can answer for several tags at once"),
        (["--port", "a", "--port", "a", "--yes"], "named twice"),
        (["--port", "a", "--skip", "gravty"], "no check 'gravty'"),
        (["--port", "a", "--by", "x" * 41], "more than 40 bytes"),
        (["--port", "a", "--peer", "b"], "say --radio too"),
        (["--port", "a", "--peer", "a", "--radio"], "another tag's port"),
        (["--port", "a", "--port", "b", "--yes", "--peer", "c", "--radio"], "for one tag"),
        (["--port", "a", "--all"], "say --port or --all"),
        (["--port", "a", "--report", "/nonesuch/bench.csv"], "no such folder"),
    ],
)
def test_what_cannot_be_done_is_said_first(words: list[str], said: str) -> None:
    done = davy("selftest", *words)
    assert said_in_one_line(done) and said in done.stderr, done.stderr


def test_every_check_has_a_step_a_unit_where_it_measures_and_a_remedy() -> None:
    in_steps = [number for numbers, _ in STEPS.values() for number in numbers]
    assert sorted(in_steps) == list(range(checks.COUNT)) and len(names.CHECKS) == checks.COUNT
    for number in range(checks.COUNT):
        line = {"check": number, "outcome": checks.FAILED, "value": 1, "cause": "x"}
        assert found.check(line).mend, number


@pytest.mark.parametrize(
    "line",
    [
        {},
        {"check": 31, "outcome": 1, "value": 1, "cause": ""},
        {"check": True, "outcome": 1, "value": 1, "cause": ""},
        {"check": 1, "outcome": 5, "value": 1, "cause": ""},
        {"check": 1, "outcome": [], "value": 1, "cause": ""},
        {"check": 1, "outcome": 1, "value": "1", "cause": ""},
        {"check": 1, "outcome": 1, "value": 1.5, "cause": ""},
    ],
)
def test_lines_that_cannot_be_are_refused(line: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        found.check(line)


def a_tag(port: str, outcome: int = checks.PASSED) -> found.Tested:
    lines = [(checks.GRAVITY, checks.PASSED, 1003, ""), (checks.GAS + 1, outcome, 12, "wrong in clean air")]
    told = [found.check(dict(zip(("check", "outcome", "value", "cause"), line, strict=True))) for line in lines]
    return found.Tested(port, "00000000000da770", "virtual", "0.1", "2026-06-24T12:00:00+00:00", True, "", told)


def test_a_report_is_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "bench.csv"
    report.check_file(path)
    report.append(path, [a_tag("/dev/a")], "Ada")
    report.check_file(path)
    broken = found.Tested("/dev/c", why="/dev/c: the connection is lost")
    report.append(path, [a_tag("/dev/b", checks.FAILED), broken], "=cmd")
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["port"] for row in rows] == ["/dev/a", "/dev/b", "/dev/c"]
    assert [row["result"] for row in rows] == ["passed", "failed", "broken off"]
    assert (rows[0]["gravity"], rows[0]["gravity [mg]"], rows[0]["ch4 [%vol]"]) == ("passed", "1003", "0.12")
    assert rows[1]["failed"] == "ch4" and rows[1]["by"] == "'=cmd" and rows[2]["why"].startswith("/dev/c")
    path.write_text("a,b\n")
    done = davy("selftest", "--port", "/dev/ttyNONE", "--report", str(path))
    assert said_in_one_line(done) and "is another file" in done.stderr
    assert path.read_text() == "a,b\n"


def test_a_tray_with_a_good_tag_a_bad_one_and_two_that_are_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The worker processes wait in vain for a port that nobody answers on, and the others are not held up."""
    near, far = pty.openpty()
    tty.setraw(far)
    log = tmp_path / "bench.csv"
    with BenchTag(real=True) as good, BenchTag(real=True) as bad:
        bad.board.chips["lis3dh"].faults.set("nak")
        ports = [good.port, bad.port, os.ttyname(far), str(tmp_path / "none")]
        words = [word for port in ports for word in ("--port", port)]
        skip = [word for name in ("clock", "ch4") for word in ("--skip", name)]
        done = davy("selftest", *words, *skip, "--yes", "--wait", "5", "--by", "Ada", "--report", str(log))
    os.close(near)
    os.close(far)
    assert done.returncode == 1, done.stderr
    with log.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["result"] for row in rows] == ["passed", "failed", "broken off", "broken off"], done.stdout
    assert rows[1]["failed"] == "accelerometer" and rows[0]["tag_id"] == rows[1]["tag_id"] != ""
    assert "nothing there answers like a tag" in rows[2]["why"] and "cannot be opened" in rows[3]["why"]
    lines = done.stdout.splitlines()
    assert lines[-1] == "1 of 4 tags are good"
    assert f"{ports[1]}  accelerometer: 0 samples: no answer, or another chip" in lines
    assert any(line.startswith(f"{ports[3]}  cannot be opened") for line in lines)


def test_ctrl_c_lets_all_tags_go(monkeypatch: pytest.MonkeyPatch) -> None:
    near, far = pty.openpty()
    tty.setraw(far)
    seen = threading.Event()
    step = crew.Crew.step

    def interrupted(self: crew.Crew) -> None:
        step(self)
        if self._at_work and not seen.is_set():
            seen.set()
            raise KeyboardInterrupt

    monkeypatch.setattr(crew.Crew, "step", interrupted)
    done = davy("selftest", "--port", os.ttyname(far), "--port", "/dev/ttyNONE", "--yes")
    os.close(near)
    os.close(far)
    assert done.returncode == 130 and "nothing was recorded" in done.stderr


def tables(file: str) -> dict[str, Any]:
    """The upper-case tables of a device test, which says them as literals."""
    told: dict[str, Any] = {}
    for node in ast.parse((DEVICE / file).read_text()).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id.isupper():
            with contextlib.suppress(ValueError):
                told[node.targets[0].id] = ast.literal_eval(node.value)
    return told


def known(chip: str) -> set[str]:
    gas = {"winsen-ndir": "ch4", "scd41": "co2"}.get(chip, "co")
    part = {"chip": chip, "axes": ["x", "y", "z"], "gas": gas, "cell": "CO-B4", "address": 118, "range": "5vol"}
    if chip == "ads1115":
        return set(Ads1115(part, World()).faults.known)
    return set(CHIPS[chip](part, World()).faults.known)


def test_the_tables_name_every_fault_of_the_models() -> None:
    motion, gas, others, heart = (tables(f"test_selftest_{name}.py") for name in ("motion", "gas", "others", "heart"))
    only = gas["ONLY_GAS_TELLS"]
    told: dict[str, set[str]] = {}
    for chip in ("lis3dh", "adxl345", "lsm6dso", "mpu6050", "mpu6500"):
        told[chip] = {*motion["FAULTS"], "lost_config", "foreign_tag", "torn_fifo"}
    for chip in ("winsen-ndir", "dfrobot-gas", "scd41", "ads1115"):
        told[chip] = {*gas["FAULTS"][chip], *only.get(chip, ())}
    told["lmp91000"] = {*gas["FAULTS"]["cell"], *only["cell"]}
    for chip in ("bme280", "bmp390"):
        told[chip] = {*gas["FAULTS"]["air"], *gas["MENDED"]["air"]}
    told["max30102"] = {*heart["FAULTS"], *heart["MENDED"], *heart["LAMP"]}
    for chip, faults in others["RADIO_FAULTS"].items():
        told[chip] = {*faults, *others["ONLY_A_PEER_TELLS"], *others["MENDED"]}
    for chip, faults in told.items():
        assert known(chip) <= faults, (chip, known(chip) - faults)
    # The model of the sx1261 is that of the sx1262.
    assert {*CHIPS, "ads1115"} - set(told) == {"sx1261"}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tagport, "OPEN_PAUSE_S", 0.0)
