"""How long a tray takes against one board, image and settings: `python bench/tray.py [PORTS] [BAUD]`, seconds of wall time.

Each board is a virtual loader (`davy vtag loader`) and then a virtual tag (`davy vtag start`) behind one serial line that takes the
time of one: 115200 baud, or what esptool has set. The image has 1.6 MB, half of it noise. At the end all is compared: what is on
each loader's flash, what each tag itself says its settings are, and the registry.

This computer plays the boards too. Of a tag that is not at its line's end, as its chip is in the loader, or which has been let go,
nothing is played, as on a real tray it costs this computer nothing.
"""

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path += [str(Path(__file__).resolve().parents[1] / folder) for folder in ("host_tools", "tests", "tests/host")]

from davy import crew
from davy.flashing.crew import Image
from davy.flashing.plan import plan
from davy.provisioning import stage
from davy.provisioning.registry import Registry
from davy.tagport import TagPort
from host import paced_lines
from host.test_flash import image

SITE = {"wifi_ssid": "shaft 3", "wifi_password": "under the hill", "lora_region": "EU868", "gateway_host": "10.0.0.1"}
DAVY = [sys.executable, "-m", "davy", "vtag"]


class Board:
    """A loader, and the tag that is there once the chip has started."""

    def __init__(self, number: int, folder: Path) -> None:
        self.flash = folder / f"loader{number}.bin"
        tag = [*DAVY, "start", "--json", "--flash", str(folder / f"tag{number}.bin"), "--name", f"t{number}"]
        self.loader = _started([*DAVY, "loader", "--json", "--flash", str(self.flash)])
        self.tag = _started(tag)
        self.loader_port, self.tag_port = _port(self.loader), _port(self.tag)

    def play(self, on: bool) -> None:
        """Whether the tag's time goes on."""
        os.killpg(self.tag.pid, signal.SIGCONT if on else signal.SIGSTOP)

    def end(self) -> None:
        """Both; the loader writes down what is on its flash."""
        self.play(True)
        for process in (self.loader, self.tag):
            process.send_signal(signal.SIGINT)
            process.wait(20)


class Tray:
    """Boards behind paced lines."""

    def __init__(self, n: int, folder: Path) -> None:
        self.boards = [Board(i, folder) for i in range(n)]
        self._lines = subprocess.Popen(
            [sys.executable, paced_lines.__file__, str(n)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.ports: list[str] = self._answer()

    def _answer(self) -> Any:
        return json.loads(self._lines.stdout.readline()) if self._lines.stdout else None

    def plug(self, number: int, far: str | None) -> None:
        """What is at the other end of a line."""
        if self._lines.stdin:
            self._lines.stdin.write(json.dumps({"line": number, "far": far}) + "\n")
            self._lines.stdin.flush()
            self._answer()

    def end(self) -> None:
        """All, at once."""
        for board in self.boards:
            for process in (board.loader, board.tag):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
        if self._lines.stdin:
            self._lines.stdin.close()
        self._lines.wait(10)


class Started(stage.Provisioning):
    """The stage of `davy provision`, and on the bench: the chip that has been flashed starts, and is a tag."""

    tray: Tray

    def order(self, port: str) -> crew.Event:
        """Before its worker looks for a tag."""
        number = self.tray.ports.index(port)
        self.tray.boards[number].play(True)
        self.tray.plug(number, self.tray.boards[number].tag_port)
        return super().order(port)

    def hear(self, result: crew.Result, event: crew.Event) -> crew.Event | None:
        """The tag has been let go: what it does from here on is not waited for."""
        if event.get("event") == "done":
            self.tray.boards[self.tray.ports.index(result.port)].play(False)
        return super().hear(result, event)


def measure(n: int, baud: int) -> tuple[float, float, float]:
    """Seconds for `n` boards: of wall time, of that until all images are written, and of processor time of the workers."""
    with tempfile.TemporaryDirectory(prefix="davy-") as name, _tray(n, Path(name)) as tray:
        folder = Path(name)
        file = folder / "image.bin"
        file.write_bytes(image(n=1_600_000))
        for number, board in enumerate(tray.boards):
            board.play(False)
            tray.plug(number, board.loader_port)
        written_s: list[float] = []

        def tell(result: crew.Result, event: crew.Event) -> None:
            if result.stage == 0 and event["event"] == "done":
                written_s.append(time.monotonic() - start_s)

        with Registry(folder / "registry.davy", "a lamp in the dark", create=True) as book:
            work = Started(book, SITE, stage.names("miner {n}", tray.ports, []), keep_names=True)
            work.tray = tray
            spent_s = _children_s()
            start_s = time.monotonic()
            results = crew.run(tray.ports, [Image(plan("lilygo-t3-s3", file, tray.ports, baud=baud)), work], tell)
            took_s = time.monotonic() - start_s
            spent_s = _children_s() - spent_s
            assert all(result.state == "done" for result in results), results
            _compare(tray, results, book)
        for board in tray.boards:
            board.end()
            assert board.flash.read_bytes()[:1_600_000] == file.read_bytes(), "the loader's flash is not the image"
    return took_s, max(written_s), spent_s


def _compare(tray: Tray, results: list[crew.Result], book: Registry) -> None:
    """What each tag says by its own decoder against the registry and the site's settings."""
    seen = set()
    for number, result in enumerate(results):
        board = tray.boards[number]
        tray.plug(number, None)
        board.play(True)
        with TagPort(board.tag_port) as link:
            [said] = link.ask("import json\nfrom tag import config\nprint(json.dumps(config.load()[0]))")
        board.play(False)
        entry = book.get(result.facts["tag_id"])
        assert entry and entry.state == "written" and entry.name == f"miner {number + 1}", entry
        want = {**SITE, **entry.secrets, "tag_id": entry.tag_id, "name": entry.name}
        assert {name: said[name] for name in want} == want
        seen.add((entry.tag_id, entry.secrets["key"], entry.secrets["lora_app_key"]))
    assert len(seen) == len({one[1] for one in seen}) == len(results) == len(book.all())


@contextlib.contextmanager
def _tray(n: int, folder: Path) -> Iterator[Tray]:
    tray = Tray(n, folder)
    try:
        yield tray
    finally:
        tray.end()


def _started(command: list[str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)


def _port(process: "subprocess.Popen[str]") -> str:
    return json.loads(process.stdout.readline())["port"] if process.stdout else ""


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure, print."""
    n = int(sys.argv[1]) if sys.argv[1:] else 16
    baud = int(sys.argv[2]) if sys.argv[2:] else 921_600
    took = {}
    for ports in (1, n):
        took[ports], written_s, spent_s = measure(ports, baud)
        print(
            f"{ports:2} at {baud} baud: {took[ports]:.1f} s (images {written_s:.1f} s, workers' processor {spent_s:.1f} s)"
        )
    print(f"{took[n] / took[1]:.1f} times the time of one, all correct")


if __name__ == "__main__":
    main()
