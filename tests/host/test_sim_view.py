"""The live picture fits every terminal it is made for, shows the alarm, and can be kept as SVG."""

import contextlib
import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from rich.console import Console
from test_vtag_tools import ENVIRONMENT

from davy.sim import scenario
from davy.sim.drawing import bar, colour_of, level_bar, spark
from davy.sim.runner import Runner
from davy.sim.view import View, picture

STORY = """
[scenario]
name = "a name that is much too long for the first line of any terminal, so that it has to be cut off somewhere"
duration_s = 25
[tag]
name = "miner 7"
[[gas]]
name = "ch4"
points = [[0, 0.2], [5, 0.7]]
[[button]]
at_s = 8
hold_s = 3.5
[[power_cut]]
at_s = 20
off_s = 10
"""


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[int, int, int], str]:
    """Pictures by (second, width, height)."""
    file = tmp_path_factory.mktemp("story") / "story.toml"
    file.write_text(STORY)
    runner = Runner(scenario.load(file))
    view = View(runner)
    taken: dict[tuple[int, int, int], str] = {}

    def look(_: Runner) -> None:
        view.frame()
        for size in ((80, 24), (100, 30), (160, 50)):
            second = int(runner.now_s)
            if second in (1, 7, 14, 22):
                taken[(second, *size)] = drawn(view, *size)
        if int(runner.now_s) == 14:
            taken[(14, 0, 0)] = picture(view)

    runner.run(look)
    return taken


def drawn(view: View, width: int, height: int) -> str:
    console = Console(width=width, height=height, file=io.StringIO(), force_terminal=True, color_system=None)
    with console.capture() as capture:
        console.print(view.render(width, height), height=height)
    return capture.get()


def test_it_fills_the_terminal_exactly(frames: dict[tuple[int, int, int], str]) -> None:
    for (_, width, height), text in frames.items():
        if width:
            lines = text.rstrip("\n").split("\n")
            assert len(lines) == height
            assert max(len(line) for line in lines) <= width


@pytest.mark.parametrize("size", [(80, 24), (100, 30)])
def test_it_shows_what_counts(frames: dict[tuple[int, int, int], str], size: tuple[int, int]) -> None:
    assert re.search(r"alarm\s+none", frames[1, *size])
    assert re.search(r"GAS LOW\s+on", frames[7, *size])
    assert re.search(r"SOS\s+on", frames[14, *size])
    assert "and gas low" in frames[14, *size]
    assert re.search(r"ch4 .* 0\.70 %vol", frames[14, *size])
    assert "sos: on (button)" in frames[14, *size]
    assert "NO POWER" in frames[22, *size]
    assert "power cut" in frames[22, *size]


def test_picture_as_svg(frames: dict[tuple[int, int, int], str], tmp_path: Path) -> None:
    svg = frames[14, 0, 0]
    assert svg.startswith("<svg")
    assert "SOS" in svg
    assert len(svg) < 200_000
    assert "@font-face" not in svg


def test_live_on_a_terminal(tmp_path: Path) -> None:
    """The command on a pseudo-terminal: it draws on the alternate screen, gives the terminal back, then says the result."""
    file = tmp_path / "story.toml"
    file.write_text('[scenario]\nname = "short"\nduration_s = 6\nspeed = 6\n[[expect]]\nkind = "crash"\ncount = 0\n')
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    command = [sys.executable, "-m", "davy", "sim", "run", str(file)]
    environment = {**ENVIRONMENT, "TERM": "xterm-256color"}
    process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment)
    os.close(slave)
    seen = bytearray()
    with contextlib.suppress(OSError):  # the terminal's end: nobody has it open any more
        while piece := os.read(master, 65536):
            seen += piece
    os.close(master)
    assert process.wait(30) == 0, seen.decode()
    text = seen.decode()
    live, screen_back, after = text.partition("\x1b[?1049l")
    assert "\x1b[?1049h" in live and "what it senses" in live and screen_back
    assert "all is well" in after or "each arrived" in after or "no record" in after


def test_bar() -> None:
    assert bar(0.5, 10, "red").plain == "█████·····"
    assert bar(0.0, 4, "red").plain == "····"
    assert bar(1.0, 4, "red").plain == "████"
    assert [len(bar(share / 50, 7, "red").plain) for share in range(-5, 60)] == [7] * 65


def test_spark() -> None:
    assert spark([0, 1, 2, 3, 4, 5, 6, 7], 8, 0, 8, "red").plain == "▁▂▃▄▅▆▇█"
    assert spark([-5, 99], 4, 0, 8, "red").plain == "  ▁█"


def test_level_bar_marks_where_the_levels_are() -> None:
    strip, marks = level_bar(0.75, (0.5, 1.0), 1.5, 30, "red")
    assert strip.plain.count("█") == 15
    assert (marks.plain.index("▲0.5"), marks.plain.index("▲1", 12)) == (10, 20)


def test_colour() -> None:
    assert colour_of((0, 0, 0)) is None
    assert colour_of((0, 64, 0)) == "rgb(0,255,0)"
