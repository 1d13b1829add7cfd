"""Child processes of the device tests: one for a file and an interpreter, two at a time, and what each test in it did."""

import os
import re
import signal
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from davy.processes import started

RUNNER = Path(__file__).resolve().parent / "device" / "runner.py"
TIMEOUT_S = 420
_LAST_LINES = 60

_STEP = re.compile(r"@@ (RUN|PASS|FAIL|END) (\S+)(?: \d+)?$")
_PLACE = re.compile(r'^\s*File "(?P<file>[^"]+\.py)", line (?P<line>\d+)')


def command(interpreter: str, path: Path, names: list[str]) -> list[str]:
    """How a file of device tests is started: under the interpreter, with a virtual board around it."""
    return [sys.executable, "-m", "davy.vtag.script", interpreter, str(RUNNER), str(path), *names]


@dataclass
class Outcome:
    """How one test ended; `explanation` is for a person, empty when it passed."""

    passed: bool
    output: str
    explanation: str = ""


@dataclass
class Run:
    """One file under one interpreter."""

    path: Path
    interpreter: str
    names: list[str] = field(default_factory=list)
    future: "Future[dict[str, Outcome]] | None" = None

    def carry_out(self, children: "set[subprocess.Popen[str]]") -> dict[str, Outcome]:
        """Run the child to its end and read what it said."""
        child = started(
            lambda: subprocess.Popen(
                command(self.interpreter, self.path, self.names),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
            )
        )
        children.add(child)
        try:
            said, _ = child.communicate(timeout=TIMEOUT_S)
            ending = f"exit code {child.returncode}"
        except subprocess.TimeoutExpired:
            kill(child)
            said, _ = child.communicate()
            ending = f"stopped after {TIMEOUT_S} s"
        finally:
            children.discard(child)
        return read(said, self.names, f"{self.path.name} on {self.interpreter}: {ending}")


def kill(child: "subprocess.Popen[str]") -> None:
    """End a child and all that it started."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        child.poll()  # it ended by itself in between


class Runs:
    """All of a session. `ahead`: nobody else carries out any of them, so all can start when the first is asked for."""

    def __init__(self, ahead: bool = True) -> None:
        self._ahead = ahead
        self._runs: dict[tuple[Path, str], Run] = {}
        self._children: set[subprocess.Popen[str]] = set()
        self._pool = ThreadPoolExecutor(max_workers=min(2, os.cpu_count() or 1))

    def add(self, path: Path, interpreter: str, name: str) -> None:
        """Plan a test."""
        self._runs.setdefault((path, interpreter), Run(path, interpreter)).names.append(name)

    def outcome(self, path: Path, interpreter: str, name: str) -> Outcome:
        """How a planned test ended; its run starts now if it has not yet."""
        run = self._runs[path, interpreter]
        if run.future is None:
            for planned in self._runs.values() if self._ahead else [run]:
                planned.future = self._pool.submit(planned.carry_out, self._children)
        assert run.future is not None
        return run.future.result()[name]

    def stop(self) -> None:
        """Forget what has not started and end what runs."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        for child in list(self._children):
            kill(child)


def read(said: str, names: list[str], ending: str) -> dict[str, Outcome]:
    """Deal the output of a run out to its tests. A test without a result has failed, whatever the exit code says."""
    results: dict[str, Outcome] = {}
    lines: list[str] = []
    current = ""
    for line in said.splitlines():
        step = _STEP.search(line)
        if step is None:
            lines.append(line)
            continue
        if step.start():
            lines.append(line[: step.start()])
        kind, name = step.groups()
        text = "\n".join(lines)
        if kind in ("PASS", "FAIL") and name == current:
            results[name] = Outcome(kind == "PASS", text, "" if kind == "PASS" else f"{with_source(text)}\n{ending}")
        current = name if kind == "RUN" else ""
        lines = []
    rest = with_source("\n".join(lines[-_LAST_LINES:]))
    for name in names:
        if name not in results:
            why = "did not end" if name == current else "did not run"
            results[name] = Outcome(False, "", f"{name} {why}; the last output was:\n{rest}\n{ending}")
    return results


def with_source(traceback: str) -> str:
    """MicroPython names file and line of a failure; add what stands there, as CPython does, and leave the runner out."""
    shown: list[str] = []
    lines = traceback.splitlines()
    inside_runner = False
    for i, line in enumerate(lines):
        place = _PLACE.match(line)
        if place:
            inside_runner = Path(place["file"]).name == RUNNER.name
        elif not line.startswith("    "):
            inside_runner = False
        if inside_runner:
            continue
        shown.append(line)
        if place and not "".join(lines[i + 1 : i + 2]).startswith("    "):
            shown.extend(_source(Path(place["file"]), int(place["line"])))
    return "\n".join(shown)


def _source(path: Path, number: int) -> list[str]:
    try:
        return [f"    {path.read_text(encoding='utf-8').splitlines()[number - 1].strip()}"]
    except (OSError, IndexError):
        return []
