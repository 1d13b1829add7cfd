"""`davy ports` and `davy doctor`: what is plugged in, what is wrong, how to mend it; against virtual tags, whole and broken."""

import fcntl
import json
import os
import pty
import signal
import subprocess
import sys
import tty
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cli_here import davy
from duty import on_duty
from test_vtag_tools import Tag

from davy import doctor, ports, tagconfig, tagfacts, tagport
from davy.errors import plain
from davy.vtag import flashimage
from davy.vtag.romloader import RomLoader

GOOD: dict[str, Any] = {
    "micropython": "1.29.0",
    "machine": "ESP32",
    "free_b": 90000,
    "disk_b": 2 << 20,
    "disk_free_b": 1 << 20,
    "files": {"main.py": 10, "board.json": 20},
    "board.json": ["virtual", "unix", 2],
    "board.bak.json": ["virtual", "unix", 2],
    "davy": 258,
    "epoch_s": 852_076_800,
}
SLOT: dict[str, Any] = {
    "name": "config.a",
    "generation": 3,
    "problem": "",
    "key": "01020304",
    "tag_id": "00000000000da771",
    "given": ["gateway_host", "key", "tag_id"],
}
NONE = {"name": "config.b", "generation": 0, "problem": "missing"}
NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)


def told(said: dict[str, Any], *slots: dict[str, Any]) -> dict[str, tuple[str, str]]:
    facts = tagfacts.Facts(said, {slot["name"]: slot for slot in slots})
    return {check.name: (check.state, check.says) for check in doctor.tag(facts, lambda: NEW_YEAR)}


def test_a_good_tag_has_nothing_to_mend() -> None:
    found = told(GOOD, SLOT, NONE)
    assert {state for state, _ in found.values()} == {"ok"}
    assert set(found) == {"MicroPython", "firmware", "board file", "settings", "clock", "flash"}


@pytest.mark.parametrize(
    ("change", "slots", "name", "state", "says"),
    [
        ({"davy": None, "why": "ImportError: no module named 'tag'"}, (), "firmware", "bad", "no module named"),
        ({"files": {}}, (SLOT,), "main.py", "bad", "does not start by itself"),
        ({"board.json": None}, (SLOT,), "board file", "warn", "not the same"),
        ({"board.json": "ValueError", "board.bak.json": None}, (SLOT,), "board file", "bad", "neither"),
        ({"board.json": ["x", "", 4], "board.bak.json": ["x", "", 4]}, (SLOT,), "board file", "warn", "does not know"),
        ({}, (), "settings", "bad", "none"),
        ({}, (SLOT, {**NONE, "problem": "damaged (CRC)"}), "settings", "warn", "config.b: damaged"),
        ({}, ({**SLOT, "key": ""},), "key", "bad", "none"),
        ({}, ({**SLOT, "key": tagfacts.PUBLIC_KEY},), "key", "warn", "public one"),
        ({}, ({**SLOT, "given": ["key"]},), "reports", "warn", "reports to nobody"),
        ({"epoch_s": 0}, (SLOT,), "clock", "warn", "not set"),
        ({"epoch_s": 852_080_400}, (SLOT,), "clock", "warn", "3600 s fast"),
        ({"disk_free_b": 1000}, (SLOT,), "flash", "warn", "0 of 2048 kB free"),
        ({"files": {"main.py": 1, "limits.bad": 5}}, (SLOT,), "limits", "warn", "refused or damaged"),
    ],
)
def test_each_trouble_has_its_line(
    change: dict[str, Any], slots: tuple[dict[str, Any], ...], name: str, state: str, says: str
) -> None:
    found = told({**GOOD, **change}, *slots)
    assert found[name][0] == state and says in found[name][1], found
    assert all(check.mend for check in doctor.tag(tagfacts.Facts({**GOOD, **change})) if check.state != "ok")


def test_a_tag_that_says_nothing() -> None:
    assert told({}) == {"tag": ("bad", "it answers, but says nothing that can be read")}


def test_this_computer_is_well_or_says_why() -> None:
    done = davy("doctor", "--json")
    checks = json.loads(done.stdout)
    assert [check["name"] for check in checks] == [
        "Python", "packages", "firmware", "mpy-cross", "MicroPython", "disk", "clock",
    ]  # fmt: skip
    assert done.returncode == int(any(check["state"] == "bad" for check in checks))


def test_what_is_missing_here_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(
        doctor.importlib.metadata, "requires", lambda name: ["nonesuch>=1", "rich>=13", 'x; extra == "dev"']
    )
    monkeypatch.setattr(doctor, "sources", dict)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda place: SimpleNamespace(free=1000))
    found = {check.name: check for check in doctor.computer()}
    assert (found["packages"].state, found["packages"].says) == ("bad", "missing: nonesuch")
    assert found["firmware"].state == "bad" and found["disk"].state == "warn"


# -- ports --------------------------------------------------------------------------------------------------------------


def test_usb_ports_are_known_without_touching_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    device = tmp_path / "ttyACM0"
    device.write_bytes(b"")
    one = SimpleNamespace(device=str(device), vid=0x303A, pid=0x1001, serial_number="34:85", manufacturer=None)
    old = SimpleNamespace(device="/dev/ttyS0", vid=None, pid=None, serial_number=None, manufacturer=None)
    monkeypatch.setattr(ports.list_ports, "comports", lambda: [one, old])
    found = ports.found()
    assert [port.name for port in found] == ["/dev/ttyS0", str(device)]
    assert found[1].what == "Espressif, USB in the chip itself (303a:1001), serial 34:85" and found[1].state == "there"


def test_what_may_not_be_opened_says_how(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert ports.found([str(tmp_path / "none")])[0].says.startswith("there is no such port")
    device = tmp_path / "ttyUSB0"
    device.write_bytes(b"")
    monkeypatch.setattr(ports.os, "access", lambda path, mode: False)
    monkeypatch.setattr(ports.Path, "group", lambda self: "dialout")
    assert "usermod -aG dialout" in ports.found([str(device)])[0].says
    assert ports.ask(ports.found([str(device)])[0]).state == "refused"


@pytest.mark.skipif(sys.platform != "linux", reason="who holds a port is told on Linux only")
def test_who_holds_a_port_is_told(tmp_path: Path) -> None:
    device = tmp_path / "ttyUSB0"
    device.write_bytes(b"")
    code = f"import time; f = open({str(device)!r}); print('open', flush=True); time.sleep(60)"
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    try:
        assert holder.stdout and holder.stdout.readline()
        [port] = ports.found([str(device)])
        assert port.state == "busy" and str(holder.pid) in port.says
    finally:
        holder.kill()
        holder.communicate()


@pytest.fixture(scope="module")
def tag(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tag]:
    tag = Tag(tmp_path_factory.mktemp("flash") / "flash.bin")
    yield tag
    tag.stop()


def test_a_tag_says_what_it_is(tag: Tag) -> None:
    untouched = json.loads(davy("ports", "--port", tag.port, "--json").stdout)
    assert [(one["state"], one["facts"]) for one in untouched] == [("there", {})]
    on_duty(tag.port)
    [one] = json.loads(davy("ports", "--port", tag.port, "--ask", "--json").stdout)
    assert one["state"] == "on duty" and one["facts"]["board"] == "virtual" and one["facts"]["davy"] == "0.1"
    tag.mpremote("exec", "print(1)")  # leaves it at its prompt
    done = davy("ports", "--port", tag.port, "--ask", "--json")
    [one] = json.loads(done.stdout)
    assert one["state"] == "tag" and one["facts"]["board"] == "virtual" and one["facts"]["tag_id"] == "00000000000da770"
    assert one["facts"]["davy"] == "0.1" and one["facts"]["micropython"].startswith("1.")
    assert "646176792d" not in done.stdout  # no key travels


def test_the_doctor_knows_the_development_tag(tag: Tag) -> None:
    done = davy("doctor", "--port", tag.port, "--json")
    found = {check["name"]: check for check in json.loads(done.stdout)}
    assert found["key"]["state"] == "warn" and found["firmware"]["says"] == "davy 0.1"
    assert done.returncode == 0


def test_broken_firmware_is_told_from_none(tmp_path: Path) -> None:
    flash = tmp_path / "flash.bin"
    Tag(flash).stop()
    files = {path: data for path, data in flashimage.read(flash.read_bytes()).items() if not path.startswith("lib/")}
    flash.write_bytes(flashimage.build(files | {"config.a": tagconfig.build({"name": "x"})}))
    tag = Tag(flash)
    try:
        [one] = json.loads(davy("ports", "--port", tag.port, "--ask", "--json").stdout)
        done = davy("doctor", "--port", tag.port, "--json")
    finally:
        tag.stop(signal.SIGKILL)
    assert one["state"] == "micropython" and "ImportError" in one["says"]
    checks = {check["name"]: check["state"] for check in json.loads(done.stdout)}
    assert checks["firmware"] == "bad" and done.returncode == 1


def test_a_port_where_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tagport, "TRIES", 1)
    monkeypatch.setattr(tagport, "ENTER_S", 1)
    monkeypatch.setattr(tagport, "READ_S", 0.2)
    near, far = pty.openpty()
    tty.setraw(far)
    try:
        [port] = ports.found([os.ttyname(far)])
        assert ports.ask(port).state == "silent"
        [port] = ports.found([os.ttyname(far)])
        asked = ports.ask(port, loader=lambda name: "ESP32-S3")
        assert asked.state == "loader" and "ESP32-S3" in asked.says
        fcntl.flock(far, fcntl.LOCK_EX)
        [port] = ports.found([os.ttyname(far)])
        assert ports.ask(port).state == "busy"
    finally:
        os.close(near)
        os.close(far)


def test_a_chip_without_micropython_is_told_by_its_loader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tagport, "TRIES", 1)
    monkeypatch.setattr(tagport, "ENTER_S", 1)
    with RomLoader("esp32c3") as rom:
        done = davy("ports", "--ask", "--json", "--port", rom.port)
    [one] = json.loads(done.stdout)
    assert one["state"] == "loader" and "loader of an ESP32-C3: davy flash" in one["says"]


class Says:
    """A tag that answers what a test says."""

    port = "/dev/ttyTEST"

    def __init__(self, *answers: list[dict[str, Any]]) -> None:
        self._answers = list(answers)

    def ask(self, code: str, on_line: object = None, most_s: float = 0) -> list[dict[str, Any]]:
        return self._answers.pop(0)


@pytest.mark.parametrize("odd", [None, 5, -1, "x", [], [1], {}, {"a": []}, True, "\x1b[2J"])
def test_a_tag_may_say_anything(odd: Any) -> None:
    said: dict[str, Any] = dict.fromkeys([*GOOD, "why", "id", "platform"], odd) | {"micropython": odd}
    slot: dict[str, Any] = dict.fromkeys([*SLOT], odd)
    for first in (said, {**said, "micropython": "1.29.0", "davy": 258}):
        facts = tagfacts.ask(Says([first], [slot, {**slot, "name": "config.a"}, {"name": "config.b", "given": [odd]}]))
        assert all(isinstance(check.says, str) for check in doctor.tag(facts, lambda: NEW_YEAR))
        assert isinstance(facts.board + facts.davy, str)


def test_what_a_terminal_would_obey_is_not_printed() -> None:
    assert plain("a\x1b[2Jb\nc\u202ed") == "a?[2Jb?c?d" and len(plain("x" * 500)) == 120
    found = tagconfig.usable(
        {"tag_id": "../../etc/passwd", "name": "\x1b]0;x\x07", "still_s": 45, "key": "zz", "odd": 1}
    )
    assert found == {"name": "?]0;x?", "still_s": 45}
