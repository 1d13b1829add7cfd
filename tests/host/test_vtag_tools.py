"""The real mpremote and ampy, as child processes, against `davy vtag start`: to them it is a board."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_here import Done, said_in_one_line

from davy import roots
from davy.vtag.station import Station

MPREMOTE = [sys.executable, "-m", "mpremote"]
AMPY = [sys.executable, "-m", "ampy.cli"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(roots.CHECKOUT / "host_tools")}


class Tag:
    """`davy vtag start` in a process of its own."""

    def __init__(self, flash: Path, *options: str) -> None:
        command = [sys.executable, "-m", "davy", "vtag", "start", "--json", "--flash", str(flash), *options]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read() if self.process.stderr else ""
        self.about = json.loads(line)
        self.port = self.about["port"]

    def mpremote(self, *words: str, check: bool = True) -> str:
        return run([*MPREMOTE, "connect", self.port, *words], check)

    def ampy(self, *words: str, check: bool = True) -> str:
        return run([*AMPY, "--port", self.port, "--delay", "0", *words], check)

    def stop(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        code = self.process.wait(30)
        for stream in (self.process.stdout, self.process.stderr):
            if stream:
                stream.close()
        return code


def run(command: list[str], check: bool = True) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if check:
        assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def tag(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tag]:
    """One tag for the tests that leave it as it was."""
    tag = Tag(tmp_path_factory.mktemp("flash") / "flash.bin")
    yield tag
    tag.stop()


def test_says_what_it_is(tag: Tag) -> None:
    assert tag.about["board"] == "virtual"
    assert Path(tag.port).exists()


def test_mpremote_exec(tag: Tag) -> None:
    assert tag.mpremote("exec", "print(6 * 7)") == "42\n"
    assert tag.mpremote("eval", "2 ** 20") == "1048576\n"


def test_exec_shows_the_tags_exception(tag: Tag) -> None:
    done = subprocess.run([*MPREMOTE, "connect", tag.port, "exec", "1/0"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stdout + done.stderr


def test_virtual_hardware_is_there(tag: Tag) -> None:
    code = (
        "import machine; i = machine.I2C(0, scl=machine.Pin(22), sda=machine.Pin(21)); "
        "print(i.scan(), i.readfrom_mem(0x19, 0x0F, 1))"
    )
    assert tag.mpremote("exec", code) == "[25] b'3'\n"


def test_mpremote_run(tag: Tag, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import time\nt = time.ticks_ms()\ntime.sleep_ms(300)\nprint(time.ticks_diff(time.ticks_ms(), t) >= 300)\n"
    )
    assert tag.mpremote("run", str(script)) == "True\n"


def test_mpremote_files(tag: Tag, tmp_path: Path) -> None:
    here = tmp_path / "here.txt"
    here.write_text("from here\n" * 500)
    tag.mpremote("fs", "cp", str(here), ":there.txt")
    assert tag.mpremote("fs", "cat", "there.txt") == here.read_text()
    tag.mpremote("fs", "mkdir", "folder", "+", "fs", "cp", ":there.txt", ":folder/copy.txt")
    assert "copy.txt" in tag.mpremote("fs", "ls", "folder")
    back = tmp_path / "back.txt"
    tag.mpremote("fs", "cp", ":folder/copy.txt", str(back))
    assert back.read_text() == here.read_text()
    tag.mpremote("fs", "rm", "folder/copy.txt", "+", "fs", "rmdir", "folder", "+", "fs", "rm", "there.txt")
    listing = tag.mpremote("fs", "ls")
    assert "there.txt" not in listing
    assert "folder" not in listing
    assert "main.py" in listing


def test_soft_reset_forgets_variables_and_keeps_files(tag: Tag) -> None:
    tag.mpremote("exec", "kept_here = 1\nwith open('kept.txt', 'w') as f: f.write('on flash')")
    tag.mpremote("soft-reset")
    assert tag.mpremote("exec", "print('kept_here' in globals(), open('kept.txt').read())") == "False on flash\n"
    tag.mpremote("fs", "rm", "kept.txt")


def test_ampy_files(tag: Tag, tmp_path: Path) -> None:
    script = tmp_path / "hello.py"
    script.write_text("print('hello from the tag')\n")
    tag.ampy("mkdir", "box")
    tag.ampy("put", str(script), "/box/hello.py")
    assert tag.ampy("ls", "/box").split() == ["/box/hello.py"]
    assert tag.ampy("get", "/box/hello.py").strip() == script.read_text().strip()
    tag.ampy("rm", "/box/hello.py")
    assert tag.ampy("ls", "/box").split() == []


def test_ampy_run(tag: Tag, tmp_path: Path) -> None:
    script = tmp_path / "count.py"
    script.write_text("for i in range(3):\n    print(i)\n")
    assert tag.ampy("run", str(script)).split() == ["0", "1", "2"]


def test_flash_survives_a_restart(tmp_path: Path) -> None:
    flash = tmp_path / "flash.bin"
    tag = Tag(flash)
    tag.mpremote("exec", "with open('note.txt', 'w') as f: f.write('still here')")
    assert tag.stop() == 130
    tag = Tag(flash)
    try:
        assert tag.mpremote("fs", "cat", "note.txt") == "still here"
    finally:
        tag.stop()
    tag = Tag(flash)
    tag.stop(signal.SIGKILL)
    assert flash.stat().st_size % 4096 == 0


def started(*options: str) -> "subprocess.CompletedProcess[str]":
    """`davy vtag start` that is to end at once."""
    command = [sys.executable, "-m", "davy", "vtag", "start", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=ENVIRONMENT)


@pytest.mark.parametrize(
    "image", [b"\0" * 4096, b"\x5a" * 8 * 4096, os.urandom(600 * 4096)], ids=["short", "other", "noise"]
)
def test_a_file_that_is_no_flash_stays_as_it_is(tmp_path: Path, image: bytes) -> None:
    """The tag would format it."""
    file = tmp_path / "precious.img"
    file.write_bytes(image)
    done = started("--flash", str(file))
    assert said_in_one_line(Done(done.returncode, done.stdout, done.stderr)), done
    assert "precious.img: no littlefs" in done.stderr
    assert file.read_bytes() == image


def test_a_flash_belongs_to_one_tag_and_keeps_its_settings(tmp_path: Path) -> None:
    flash, settings = tmp_path / "flash.bin", tmp_path / "tag.toml"
    flash.write_bytes(b"\xff" * 512 * 4096)  # erased: gets the firmware
    settings.write_text('wifi_ssid = "shaft 3"\nwifi_password = "12345678"\n')
    tag = Tag(flash, "--config", str(settings))
    try:
        assert "main.py" in tag.mpremote("fs", "ls")
        done = started("--flash", str(flash))
        assert (done.returncode, done.stdout) == (1, "")
        assert "another virtual tag" in done.stderr
    finally:
        tag.stop()
    station = Station(flash=flash)
    with station:
        assert station.keeps_settings
        assert station.network.ssid == "shaft 3"


@pytest.mark.skipif(sys.platform != "linux", reason="a parent's death is told on Linux only")
def test_a_killed_davy_leaves_no_interpreter(tmp_path: Path) -> None:
    tag = Tag(tmp_path / "flash.bin")
    tool = subprocess.Popen(
        [*MPREMOTE, "connect", tag.port, "exec", "print('busy')\nwhile True: pass"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert tool.stdout
    said = tool.stdout.readline()
    children = Path(f"/proc/{tag.process.pid}/task/{tag.process.pid}/children").read_text().split()
    tag.stop(signal.SIGKILL)
    tool.kill()
    tool.communicate()
    assert said.strip() == b"busy"
    until = time.monotonic() + 20
    while any(Path(f"/proc/{child}").exists() for child in children):
        assert time.monotonic() < until, "the interpreter runs on"
        time.sleep(0.02)
    assert children


def test_a_program_that_runs_is_interrupted(tmp_path: Path) -> None:
    """main.py never ends, as the tag's own: tools must get in nevertheless."""
    tag = Tag(tmp_path / "flash.bin")
    try:
        tag.mpremote(
            "exec", "with open('main.py', 'w') as f: f.write('import time\\nwhile True:\\n    time.sleep_ms(20)\\n')"
        )
        tag.mpremote("reset")
        time.sleep(1.0)
        assert tag.mpremote("exec", "print('in')") == "in\n"
        tag.mpremote("reset")
        time.sleep(1.0)
        assert "main.py" in tag.ampy("ls")
    finally:
        tag.stop()


def test_bad_options_are_one_line(tmp_path: Path) -> None:
    for options in (
        ["--board", "nonesuch"],
        ["--gateway", "nowhere"],
        ["--interpreter", "mp16"],
        ["--flash", "/nonesuch/f"],
    ):
        command = [sys.executable, "-m", "davy", "vtag", "start", *options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=ENVIRONMENT)
        assert done.returncode == 1, options
        assert done.stdout == ""
        assert done.stderr.startswith("davy: ") and done.stderr.count("\n") == 1, done.stderr
    odd = tmp_path / "odd.bin"
    odd.write_bytes(b"x" * 5000)
    command = [sys.executable, "-m", "davy", "vtag", "start", "--flash", str(odd)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=ENVIRONMENT)
    assert done.returncode == 1
    assert "whole number of 4096-byte blocks" in done.stderr
