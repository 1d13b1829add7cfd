"""`davy selftest` against whole virtual tags over their serial ports: what passes, what is found, what can go wrong."""

import io
import json
import sys
import time
from pathlib import Path

import pytest
from cli_here import Done, davy, said_in_one_line
from selftest_bench import BenchTag, records
from test_tag_heart import solder

from davy import tagport
from davy.selftesting import session
from davy.vtag import flashimage
from tag import names
from tag.selftest import checks

RADIO = ("lora", "listening", "sending", "peer")
BY_NOBODY = {"light", "buzzer", "motor", "button"}


def bits(*numbers: int) -> int:
    return sum(1 << number for number in numbers)


@pytest.fixture(autouse=True)
def no_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))


def run(rig: BenchTag, monkeypatch: pytest.MonkeyPatch, *words: str) -> Done:
    """The world runs ten times too fast, so that its clock is left out."""
    return davy("selftest", "--port", rig.port, "--skip", "clock", *words)


def outcomes(done: Done) -> dict[str, str]:
    [told] = json.loads(done.stdout)
    return {check["name"]: check["outcome"] for check in told["checks"]}


def test_a_good_tag_and_its_record(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with BenchTag() as rig:
        done = run(rig, monkeypatch, "--yes", "--json", "--by", "Ada")
        assert done.returncode == 0, done.stdout + done.stderr
        found = outcomes(done)
        assert {name for name, outcome in found.items() if outcome == "not judged"} == BY_NOBODY | {"clock"}
        not_fitted = {name for name, outcome in found.items() if outcome == "not fitted"}
        assert not_fitted == {"air", "heart", "lora", "listening", "sending"}
        assert "failed" not in found.values()
        [told] = json.loads(done.stdout)
        values = {check["name"]: (check["value"], check["unit"]) for check in told["checks"]}
        assert values["gravity"] == (1000, "mg") and values["rate"][0] == pytest.approx(100, abs=5)
        assert values["battery"] == (4050, "mV") and values["wi-fi"] == (-58, "dBm")
        assert (told["board"], told["recorded"], told["good"]) == ("virtual", True, True)
        assert rig.back_on_duty()
        rig.stop()
        [kept] = records(rig, tmp_path / "records")
        passed, failed, not_judged, version, epoch, text = kept
        assert failed == 0 and text == "Ada" and version == 1 and epoch > 789_004_800
        assert passed == bits(0, 1, 2, 3, 4, 5, 11, 12, 17, 18, 19, checks.GAS + 1)
        assert not_judged == bits(7, 8, 9, 10, checks.CLOCK)
        assert "selftest.tmp" not in flashimage.read(bytes(rig.board.flash.data))


@pytest.mark.parametrize("board", ["virtual-multigas", "virtual-lora"])
def test_other_boards(monkeypatch: pytest.MonkeyPatch, board: str) -> None:
    with BenchTag(board, lora_region="EU868") as rig:
        done = run(rig, monkeypatch, "--yes", "--radio", "--json")
        found = outcomes(done)
        assert done.returncode == 0, (found, done.stdout)
        if board == "virtual-lora":
            assert [found[name] for name in ("lora", "listening", "sending")] == ["passed"] * 3
            assert len(rig.world.ether.log) >= 1
        else:
            gases = ("ch4", "co", "h2s", "o2", "no2", "co2", "air")
            assert [found[name] for name in gases] == ["passed"] * 7, done.stdout


def test_a_person_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    with BenchTag() as rig:
        monkeypatch.setattr(sys, "stdin", io.StringIO("y\nmaybe\nyes\nn\n\n"))
        rig.world.button_source = lambda t_us: (t_us // 1_000_000) % 4 == 3
        done = run(rig, monkeypatch, "--skip", "ch4", "--wait", "5")
        assert done.returncode == 1, done.stderr
        lines = done.stdout.splitlines()
        assert "ok   light          passed" in lines and "ok   buzzer         passed" in lines
        assert "bad  motor          not noticed" in lines
        assert any(line.startswith("      ") and "its transistor" in line for line in lines)
        assert any(line.startswith(("ok   button", "bad  button")) for line in lines), lines
        assert "skip ch4            left out" in lines and sum("ch4" in line[:10] for line in lines) == 1
        assert sum(line[5:12] == "button " for line in lines) == 1
        assert "Did the buzzer sound? [y/n] y or n?" in done.stderr


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    with BenchTag() as rig:
        done = run(rig, monkeypatch)
        assert done.returncode == 0, done.stderr
        assert done.stderr.count("nobody answers") == 1
        assert done.stdout.splitlines()[-1].startswith(
            "not judged, so not known to be good: light, buzzer, motor, button"
        )


@pytest.mark.parametrize(
    ("chip", "fault", "check"),
    [("lis3dh", "nak", "accelerometer"), ("lis3dh", "frozen", "chip test"), ("winsen-ndir", "silent", "ch4")],
)
def test_a_fault_is_found_and_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, chip: str, fault: str, check: str
) -> None:
    with BenchTag() as rig:
        rig.board.chips[chip].faults.set(fault)
        done = run(rig, monkeypatch, "--yes", "--json", "--wait", "20")
        assert done.returncode == 1 and outcomes(done)[check] == "failed", done.stdout
        rig.stop()
        [kept] = records(rig, tmp_path / "records")
        # One that is frozen from its start has no gravity either.
        wanted = {"ch4": bits(checks.GAS + 1), "accelerometer": bits(1), "chip test": bits(3, 5)}
        assert kept[1] == wanted[check]
        assert kept[5]


def test_a_heart_rate_sensor_passes_then_fails_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rest = [word for name in names.CHECKS if name != "heart" for word in ("--skip", name)]
    with BenchTag() as rig:
        chip = solder(rig.board)
        done = davy("selftest", "--port", rig.port, "--yes", *rest)
        assert done.returncode == 0 and "ok   heart          76 nA" in done.stdout.splitlines(), done.stderr
        chip.faults.set("dead_led")
        done = davy("selftest", "--port", rig.port, "--yes", "--report", str(tmp_path / "bench.csv"), *rest)
        lines = done.stdout.splitlines()
        assert done.returncode == 1 and "bad  heart          0 nA: its light does not come back" in lines, done.stdout
        assert "white paper" in lines[lines.index("bad  heart          0 nA: its light does not come back") + 1]
        heads, row = (tmp_path / "bench.csv").read_text().splitlines()
        assert heads.endswith(",heart,heart [nA]") and row.endswith(",failed,0")
        rig.stop()
        good, bad = records(rig, tmp_path / "records")
        assert (good[0], good[1]) == (bits(checks.HEART), 0)
        assert (bad[0], bad[1], bad[5]) == (0, bits(checks.HEART), "its light does not come back")


def test_a_weak_cell_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    with BenchTag() as rig:
        rig.world.battery_source = lambda t_us: 4000.0 - 5.0 * rig.board.motor_percent
        done = run(rig, monkeypatch, "--yes", "--json", "--wait", "5", "--skip", "ch4")
        assert outcomes(done)["load"] == "failed" and outcomes(done)["battery"] == "passed"


@pytest.mark.parametrize(("rate", "outcome"), [(1.0, "passed"), (1.1, "failed")])
def test_a_clock(monkeypatch: pytest.MonkeyPatch, rate: float, outcome: str) -> None:
    """In real time; a busy computer may be late by a tenth of a second, and a good clock is looked at anew."""
    monkeypatch.setattr(session, "_CLOCK_S", 15.0)
    monkeypatch.setattr(session, "now_s", lambda: rate * time.monotonic())
    if outcome == "failed":
        monkeypatch.setattr(session, "_LOOKS", 1)
    rest = [word for name in names.CHECKS if name != "clock" for word in ("--skip", name)]
    with BenchTag(real=True) as rig:
        done = davy("selftest", "--port", rig.port, "--yes", "--json", *rest)
        assert outcomes(done)["clock"] == outcome, done.stdout


def test_two_tags_hear_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_CLOCK_S", 0.0)
    rest = [word for name in names.CHECKS if name not in RADIO for word in ("--skip", name)]
    with BenchTag("virtual-lora", twin=True, lora_region="EU868") as rig:
        assert rig.twin
        words = ("--yes", "--radio", "--json", *rest, "--peer", rig.twin.console.port)
        done = run(rig, monkeypatch, *words)
        assert done.stdout, done.stderr
        assert outcomes(done)["peer"] == "passed", done.stdout
        rig.twin.board.chips["sx1262"].faults.set("corrupt")
        done = run(rig, monkeypatch, *words)
        assert done.stdout, done.stderr
        [said] = [check for check in json.loads(done.stdout)[0]["checks"] if check["name"] == "peer"]
        assert done.returncode == 1 and (said["outcome"], said["cause"]) == ("failed", "is not heard")


def test_a_cable_that_is_pulled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with BenchTag() as rig:
        take = session.Session._take

        def cut(tag: session.Session, line: dict[str, object]) -> None:
            take(tag, line)
            if line["check"] == checks.NOISE:
                rig.unplug()

        monkeypatch.setattr(session.Session, "_take", cut)
        done = run(rig, monkeypatch, "--yes")
        assert done.returncode == 1
        last = done.stderr.splitlines()[-1]
        assert "the connection is lost: put the cable in again" in last and "nothing was recorded" in last, last
        assert not records(rig, tmp_path / "records")


def test_ctrl_c_records_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with BenchTag() as rig:
        take = session.Session._take

        def stop(tag: session.Session, line: dict[str, object]) -> None:
            take(tag, line)
            if line["check"] == checks.NOISE:
                raise KeyboardInterrupt

        monkeypatch.setattr(session.Session, "_take", stop)
        done = run(rig, monkeypatch, "--yes")
        assert done.returncode == 130
        assert done.stderr.splitlines()[-1] == "davy: cancelled: nothing was recorded, and the tag is back on duty"
        assert rig.back_on_duty()
        rig.stop()
        assert not records(rig, tmp_path / "records")


def test_foreign_firmware(monkeypatch: pytest.MonkeyPatch) -> None:
    with BenchTag() as rig:
        monkeypatch.setattr(session, "_START", "from nonesuch.run import SelfTest")
        done = run(rig, monkeypatch, "--yes")
        assert said_in_one_line(done) and "deploy the firmware of this davy first" in done.stderr, done.stderr
        monkeypatch.setattr(session, "_START", "class test:\n  def board(): print('{}')\n  board = staticmethod(board)")
        done = run(rig, monkeypatch, "--yes")
        assert said_in_one_line(done), done.stderr
        text = 'class test:\n  def board(): print(\'{"check": 99, "outcome": 7}\')\n  board = staticmethod(board)'
        monkeypatch.setattr(session, "_START", text)
        done = run(rig, monkeypatch, "--yes")
        assert said_in_one_line(done) and "does not know" in done.stderr, done.stderr


def test_a_wrong_port(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tagport, "OPEN_PAUSE_S", 0.0)
    done = davy("selftest", "--port", str(tmp_path / "none"), "--yes")
    assert said_in_one_line(done) and "cannot be opened" in done.stderr
