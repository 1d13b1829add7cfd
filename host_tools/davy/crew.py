"""Many ports at once, a process each: one that fails or hangs never stops the others.

What is done at a port is a list of stages: the image, then the settings. A stage is one process, `python -m MODULE PORT`, which
hears and says lines of JSON (`davy.crewtalk`), and the part of this process that listens to it: what all ports share, such as the
registry, is touched here alone, one event at a time.

    waiting --a place is free--> working --"done"--> the next stage, or done
                                    |------"failed", or it dies, or says nothing for long--> failed
    waiting, working and nothing changed yet --Ctrl-C--> left

Ctrl-C: ports at which nothing was changed yet are left as they are, the others finish the stage they are in, so that no board is
left half written. A second Ctrl-C ends at once; then a second run finishes the job. The end of its standard input tells a worker
that nobody waits for it any more.
"""

import contextlib
import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from davy.errors import DavyError
from davy.processes import started

AT_ONCE = 16
LEFT = "stopped before anything was changed"

Event = dict[str, Any]


@dataclass
class Result:
    """What became of one port: `state` is `waiting`, `working`, `done`, `failed` or `left`; `facts`: what the stages learnt."""

    port: str
    state: str = "waiting"
    says: str = ""
    seconds: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)
    stage: int = field(default=0, repr=False)  # the one it is in
    changing: bool = field(default=False, repr=False)  # from here on it is finished, whatever happens

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"port": self.port, "state": self.state, **self.facts, "says": self.says, "seconds": self.seconds}


class Stage(Protocol):
    """One thing that is done at every port. `silent_s`: so long its worker may say nothing; `grace_s`: so long it may take to put
    the port back as it was when it is no longer wanted."""

    module: str
    silent_s: float
    grace_s: float

    def order(self, port: str) -> Event:
        """What the worker hears first."""
        ...

    def hear(self, result: Result, event: Event) -> Event | None:
        """Take what the worker says, and answer; None: it waits for none. A DavyError is the end of this port."""
        ...


Tell = Callable[[Result, Event], None]


def run(ports: Sequence[str], stages: Sequence[Stage], tell: Tell = lambda result, event: None) -> list[Result]:
    """Carry out the stages at all ports; the results in the order of the ports. Raises DavyError before anything is begun."""
    if len(set(ports)) < len(ports):
        raise DavyError("a port is named twice")
    crew = Crew(ports, stages, tell)
    try:
        while crew.busy:
            try:
                crew.step()
            except KeyboardInterrupt:
                if crew.stopping:
                    raise
                crew.stop()
    finally:
        crew.kill()  # none is left, unless this is left by an exception
    return crew.results


@dataclass
class _Worker:
    """A process at a port, and when it is ended if nothing more is heard of it."""

    process: "subprocess.Popen[str]"
    end_s: float
    wanted: bool = True
    passed: bool = False  # it has said that its stage is done


class Crew:
    """The processes and what they say."""

    def __init__(self, ports: Sequence[str], stages: Sequence[Stage], tell: Tell) -> None:
        self.results = [Result(port) for port in ports]
        self.stopping = False
        self._stages = stages
        self._tell = tell
        self._said: queue.Queue[tuple[Result, Event | None]] = queue.Queue()
        self._at_work: dict[str, _Worker] = {}
        self._start_s: dict[str, float] = {}

    @property
    def busy(self) -> bool:
        """Whether anything is left to do."""
        waits = any(result.state == "waiting" for result in self.results)
        return bool(self._at_work) or (waits and not self.stopping)

    def step(self) -> None:
        """Start who may start, hear what is said, end who says nothing."""
        for result in self.results:
            if result.state == "waiting" and len(self._at_work) < AT_ONCE and not self.stopping:
                self._start_s[result.port] = time.monotonic()
                self._start(result)
        try:
            result, event = self._said.get(timeout=0.1)
        except queue.Empty:
            pass
        else:
            if event is None:
                self._ended(result)
            else:
                self._take(result, event)
        self._end_silent()

    def stop(self) -> None:
        """Leave alone what is not being changed."""
        self.stopping = True
        for result in self.results:
            if not result.changing and result.state in ("waiting", "working"):
                result.state, result.says = "left", LEFT
                self._let_go(result)

    def kill(self) -> None:
        """End all that are at work, at once."""
        for worker in self._at_work.values():
            worker.process.kill()
            worker.process.wait(10)

    def _start(self, result: Result) -> None:
        stage = self._stages[result.stage]
        command = [sys.executable, "-m", stage.module, result.port]

        def start() -> "subprocess.Popen[str]":
            return subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                start_new_session=True,  # Ctrl-C is for us: we decide who is ended
            )

        try:
            process = started(start)
        except OSError as error:
            result.state, result.says = "failed", f"its worker cannot be started: {error.strerror}: run it again"
            return
        result.state, result.changing = "working", False
        self._at_work[result.port] = _Worker(process, time.monotonic() + stage.silent_s)
        threading.Thread(target=self._hear, args=(result, process), daemon=True).start()
        self._say(result, stage.order(result.port))

    def _hear(self, result: Result, process: "subprocess.Popen[str]") -> None:
        """In a thread: the worker's lines, then None."""
        try:
            for line in process.stdout or ():
                with contextlib.suppress(ValueError):
                    event = json.loads(line)
                    if isinstance(event, dict):
                        self._said.put((result, event))
        except OSError:
            pass  # it has died: told below
        finally:
            self._said.put((result, None))

    def _say(self, result: Result, words: Event) -> None:
        stdin = self._at_work[result.port].process.stdin
        if stdin:
            with contextlib.suppress(OSError):  # it has died, and its end is heard
                stdin.write(json.dumps(words) + "\n")
                stdin.flush()

    def _let_go(self, result: Result) -> None:
        """Whoever is at work there is not wanted any more."""
        worker = self._at_work.get(result.port)
        if worker and worker.process.stdin:
            worker.wanted = False
            worker.end_s = time.monotonic() + self._stages[result.stage].grace_s
            with contextlib.suppress(OSError):
                worker.process.stdin.close()
        self._end_silent()

    def _take(self, result: Result, event: Event) -> None:
        worker = self._at_work[result.port]
        stage = self._stages[result.stage]
        if not worker.wanted or result.state != "working":
            return
        worker.end_s = time.monotonic() + stage.silent_s
        try:
            answer = stage.hear(result, event)
        except Exception as error:  # the others go on; a text that is not ours could hold anything, a key too
            told = isinstance(error, DavyError)
            result.state = "failed"
            result.says = error.message if told else f"davy failed here ({type(error).__name__}): run it again"
            self._let_go(result)
        else:
            if answer is not None:
                self._say(result, answer)
            if event.get("event") == "failed":
                result.state, result.says = "failed", str(event.get("why", ""))
            worker.passed = event.get("event") == "done"
        self._tell(result, event)

    def _ended(self, result: Result) -> None:
        worker = self._at_work.pop(result.port)
        worker.process.wait(10)
        for stream in (worker.process.stdin, worker.process.stdout):
            if stream:
                with contextlib.suppress(OSError):
                    stream.close()
        result.seconds = round(time.monotonic() - self._start_s[result.port], 1)
        if result.state == "working":
            if not worker.passed:
                result.state, result.says = "failed", result.says or "its worker died: run it again"
            elif result.stage + 1 == len(self._stages):
                result.state = "done"
            elif self.stopping:
                result.state, result.says = "left", f"{result.says}, then stopped: run it again for the rest"
            else:
                result.stage += 1
                self._start(result)
        self._tell(result, {"event": "ended"})

    def _end_silent(self) -> None:
        now_s = time.monotonic()
        for result in self.results:
            worker = self._at_work.get(result.port)
            if worker and now_s >= worker.end_s:
                if worker.wanted:
                    silent_s = self._stages[result.stage].silent_s
                    again = "pull the cable, put it in again, and run it again"
                    result.says = f"nothing was heard for {silent_s:g} s: {again}"
                worker.wanted, worker.passed = False, False
                worker.process.kill()
