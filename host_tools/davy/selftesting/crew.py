"""A tray of tags at once, a process a port: one that fails, hangs or loses its cable never stops the others.

Ctrl-C stops all: each worker lets its tag go back on duty; nothing of theirs is recorded. A second one ends at once.
"""

import json
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from davy.processes import started
from davy.selftesting.found import Check, Tested
from davy.selftesting.plan import Plan

AT_ONCE = 16
SILENT_S = 60.0  # a step that says nothing ends by itself before
END_S = 20.0

Event = dict[str, Any]
Tell = Callable[[Tested, str], None]


def run(plan: Plan, tell: Tell = lambda tested, what: None) -> list[Tested]:
    """Test all; in the order of the ports. `tell` is called with what a tag is doing, and with "" when it has ended."""
    crew = _Crew(plan, tell)
    stopped = False
    while crew.busy:
        try:
            crew.step()
        except KeyboardInterrupt:
            if stopped:
                crew.kill()
                raise
            stopped = True
            crew.stop()
    if stopped:
        raise KeyboardInterrupt
    return crew.results


class _Crew:
    """The processes and what they say."""

    def __init__(self, plan: Plan, tell: Tell) -> None:
        self.results = [Tested(port) for port in plan.ports]
        self._plan = json.dumps(plan.as_dict())
        self._tell = tell
        self._said: queue.Queue[tuple[Tested, Event | None]] = queue.Queue()
        self._waiting = list(self.results)
        self._at_work: dict[str, subprocess.Popen[str]] = {}
        self._heard_s: dict[str, float] = {}
        self._ended: set[str] = set()

    @property
    def busy(self) -> bool:
        """Whether anything is left to do."""
        return bool(self._waiting or self._at_work)

    def step(self) -> None:
        """Start who may start, hear what is said, end who says nothing."""
        while self._waiting and len(self._at_work) < AT_ONCE:
            self._start(self._waiting.pop(0))
        try:
            tested, event = self._said.get(timeout=0.1)
        except queue.Empty:
            self._end_silent()
            return
        self._heard_s[tested.port] = time.monotonic()
        if event is None:
            self._end(tested)
        else:
            self._take(tested, event)

    def stop(self) -> None:
        """Ask all to let go of their tags."""
        self._waiting.clear()
        for process in self._at_work.values():
            process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        """End all at once."""
        for process in self._at_work.values():
            process.kill()
            process.wait(10)

    def _take(self, tested: Tested, event: Event) -> None:
        kind = event.pop("event", "")
        if kind == "check":
            tested.checks.append(Check(**event))
        elif kind == "step":
            self._tell(tested, str(event["name"]))
        elif kind == "done":
            for key, value in event.items():
                setattr(tested, key, value)
            self._ended.add(tested.port)
        elif kind == "failed":
            tested.why = str(event["why"])

    def _start(self, tested: Tested) -> None:
        command = [sys.executable, "-m", "davy.selftesting.worker", tested.port]

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
        self._at_work[tested.port] = process
        self._heard_s[tested.port] = time.monotonic()
        threading.Thread(target=self._hear, args=(tested, process), daemon=True).start()

    def _hear(self, tested: Tested, process: "subprocess.Popen[str]") -> None:
        """In a thread: the worker's lines, then None."""
        try:
            if process.stdin:
                process.stdin.write(self._plan)
                process.stdin.close()
            for line in process.stdout or ():
                self._said.put((tested, json.loads(line)))
        except (OSError, ValueError):
            pass  # it has died: told below
        finally:
            self._said.put((tested, None))

    def _end(self, tested: Tested) -> None:
        process = self._at_work.pop(tested.port)
        process.wait(END_S)
        if process.stdout:
            process.stdout.close()
        if tested.port not in self._ended and not tested.why:
            tested.why = f"{tested.port}: its worker died; nothing was recorded: run it again"
        self._tell(tested, "")

    def _end_silent(self) -> None:
        for tested in self.results:
            port = tested.port
            if port in self._at_work and time.monotonic() - self._heard_s[port] > SILENT_S:
                tested.why = f"{port}: nothing was heard for {SILENT_S:.0f} s: put the cable in again, and run it again"
                self._heard_s[port] = time.monotonic()
                self._at_work[port].kill()
