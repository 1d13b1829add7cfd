"""Many ports at once, a process each: one that fails or hangs never stops the others.

Ctrl-C: ports that are not being written yet are left as they are, those that are finish, so that no board is left half written. A
second Ctrl-C ends at once; then a second run finishes the job, since the chip's own loader is always there.
"""

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from davy.errors import DavyError
from davy.flashing.plan import Plan
from davy.processes import started

SILENT_S = 150.0  # erasing all of 16 MB takes a minute
AT_ONCE = 16
PROBE_S = 20

Event = dict[str, Any]


@dataclass
class Result:
    """What became of one port: `state` is `waiting`, `working`, `done`, `failed` or `left`."""

    port: str
    state: str = "waiting"
    says: str = ""
    chip: str = ""
    mac: str = ""
    flash_b: int = 0
    seconds: float = 0.0
    writing: bool = field(default=False, repr=False)

    def take(self, event: Event) -> None:
        """What the worker says."""
        match event.get("event"):
            case "chip":
                self.chip, self.mac, self.flash_b = event["chip"], event["mac"], event["flash_b"]
            case "erase" | "write":
                self.writing = True
            case "done":
                self.state, self.says = "done", "was there already" if event["skipped"] else "written and verified"
            case "failed":
                self.state, self.says = "failed", str(event["why"])


def run(plan: Plan, tell: Callable[[Result, Event], None] = lambda result, event: None) -> list[Result]:
    """Carry out the plan on all its ports; the results in the order of the ports."""
    crew = _Crew(plan, tell)
    while crew.busy:
        try:
            crew.step()
        except KeyboardInterrupt:
            if crew.stopping:
                crew.kill()
                raise
            crew.stop()
    return crew.results


def chip_on(port: str) -> str:
    """The chip whose own loader answers on a port, which is reset for it. Raises DavyError when none does."""
    command = [sys.executable, "-m", "davy.flashing.worker", port]
    try:
        done = started(
            lambda: subprocess.run(
                command, input='{"probe": true}', capture_output=True, text=True, timeout=PROBE_S, check=False
            )
        )
    except subprocess.TimeoutExpired as error:
        raise DavyError(f"{port}: no loader answers") from error
    for line in done.stdout.splitlines():
        event = json.loads(line)
        if event["event"] == "chip":
            return str(event["chip"])
    raise DavyError(f"{port}: no loader answers")


class _Crew:
    """The processes and what they say."""

    def __init__(self, plan: Plan, tell: Callable[[Result, Event], None]) -> None:
        self.results = [Result(port) for port in plan.ports]
        self.stopping = False
        self._plan = json.dumps(plan.as_dict())
        self._tell = tell
        self._said: queue.Queue[tuple[Result, Event | None]] = queue.Queue()
        self._at_work: dict[str, tuple[subprocess.Popen[str], float]] = {}
        self._heard_s: dict[str, float] = {}

    @property
    def busy(self) -> bool:
        """Whether anything is left to do."""
        waits = any(result.state == "waiting" for result in self.results)
        return bool(self._at_work) or (waits and not self.stopping)

    def step(self) -> None:
        """Start who may start, hear what is said, end who says nothing."""
        for result in self.results:
            if result.state == "waiting" and len(self._at_work) < AT_ONCE and not self.stopping:
                self._start(result)
        try:
            result, event = self._said.get(timeout=0.1)
        except queue.Empty:
            self._end_silent()
            return
        self._heard_s[result.port] = time.monotonic()
        if event is not None:
            result.take(event)
            self._tell(result, event)
        else:
            self._ended(result)

    def stop(self) -> None:
        """Leave alone what is not being written."""
        self.stopping = True
        for result in self.results:
            if not result.writing and result.state in ("waiting", "working"):
                result.says = "stopped before anything was changed"
                if result.port in self._at_work:
                    self._at_work[result.port][0].kill()
                result.state = "left"

    def kill(self) -> None:
        """End all at once."""
        for process, _ in self._at_work.values():
            process.kill()
            process.wait(10)

    def _start(self, result: Result) -> None:
        command = [sys.executable, "-m", "davy.flashing.worker", result.port]

        def start() -> "subprocess.Popen[str]":
            return subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                start_new_session=True,  # Ctrl-C is for us: we decide who is ended
            )

        process = started(start)
        result.state = "working"
        now_s = time.monotonic()
        self._at_work[result.port] = (process, now_s)
        self._heard_s[result.port] = now_s
        threading.Thread(target=self._hear, args=(result, process), daemon=True).start()

    def _hear(self, result: Result, process: "subprocess.Popen[str]") -> None:
        """In a thread: the worker's lines, then None."""
        try:
            if process.stdin:
                process.stdin.write(self._plan)
                process.stdin.close()
            for line in process.stdout or ():
                try:
                    event = json.loads(line)
                except ValueError:
                    continue
                self._said.put((result, event))
        except OSError:
            pass  # it has died: told below
        finally:
            self._said.put((result, None))

    def _ended(self, result: Result) -> None:
        process, start_s = self._at_work.pop(result.port)
        process.wait(10)
        if process.stdout:
            process.stdout.close()
        result.seconds = round(time.monotonic() - start_s, 1)
        if result.state == "working":
            result.state, result.says = "failed", result.says or "its worker died: run it again"
        self._tell(result, {"event": "ended"})

    def _end_silent(self) -> None:
        for result in self.results:
            if result.port in self._at_work and time.monotonic() - self._heard_s[result.port] > SILENT_S:
                result.says = (
                    f"nothing was heard for {SILENT_S:.0f} s: pull the cable, put it in again, and run it again"
                )
                self._heard_s[result.port] = time.monotonic()
                self._at_work[result.port][0].kill()
