"""Keeps the tasks alive: none dies in silence, none hangs in silence, and the watchdog is fed only for all of them.

Every task calls `report` at least as often as its deadline says. `check`, once a second:

| seen                                    | done                                                                        |
|-----------------------------------------|-----------------------------------------------------------------------------|
| every task has reported in time         | watchdog fed                                                                |
| a task raised                           | crash record, task fault, restarted after a pause (in `guard`)              |
| a task is late                          | task fault, cancelled and started again; the watchdog is not fed            |
| a minute without either                 | task fault ends                                                             |

A task that never yields stops this one too: then nobody feeds the watchdog, which is what it is for.
"""

import asyncio
import io
import sys

import ticks
from micropython import const
from tag.events import CODE_CRASHED, CODE_LATE, TASK_COUNT

_RESTART_MS = const(500)
_QUIET_MS = const(60000)
_TEXT_BYTES = const(96)


def describe(error) -> str:
    """The exception and the place it came from, at most 96 characters."""
    name = type(error).__name__
    try:
        out = io.StringIO()
        sys.print_exception(error, out)  # pyright: ignore[reportArgumentType] - the stubs know files only
        text = out.getvalue()  # pyright: ignore[reportAttributeAccessIssue] - the stubs lack it
        lines = [line.strip() for line in text.strip().split("\n")]
        places = [line for line in lines if line.startswith("File ")]
        place = places[-1].replace("File ", "").replace(", line ", ":").replace('"', "") if places else ""
        return (lines[-1] + " " + place)[:_TEXT_BYTES]
    except MemoryError:
        return name  # no memory for more: the name is already there


class Supervisor:
    """Watches the tasks named in `tag.events`. `on_crash(task, text, t_ms)` and `on_fault(code, t_ms)` (0: over) tell the app."""

    def __init__(self, watchdog, clock, on_crash, on_fault) -> None:
        self._watchdog = watchdog
        self._clock = clock
        self._on_crash = on_crash
        self._on_fault = on_fault
        n = TASK_COUNT
        self._bodies: list = [None] * n
        self._tasks: list = [None] * n
        self._deadline_ms = [0] * n
        self._reported_ms = [0] * n
        self._faulty_ms = -1  # time of the last crash or delay; -1: none

    def start(self, task: int, body, deadline_ms: int) -> None:
        """Run the coroutine function `body` for ever."""
        self._bodies[task] = body
        self._deadline_ms[task] = deadline_ms
        self._launch(task)

    def _launch(self, task: int) -> None:
        self._reported_ms[task] = self._clock()
        self._tasks[task] = asyncio.create_task(self._guard(task))

    async def _guard(self, task: int) -> None:
        while True:
            try:
                await self._bodies[task]()
            except (
                Exception
            ) as error:  # the one place that stops every exception: it is recorded and the task starts anew
                self._fault(CODE_CRASHED)
                self._on_crash(task, describe(error), self._clock())
            await asyncio.sleep_ms(_RESTART_MS)

    def report(self, task: int, t_ms: int) -> None:
        """A task says that it has done its round."""
        self._reported_ms[task] = t_ms

    def check(self, t_ms: int) -> bool:
        """Feed the watchdog if all is well; restart who is late. True when the watchdog was fed."""
        well = True
        for task in range(len(self._bodies)):
            if self._bodies[task] is None or ticks.diff(t_ms, self._reported_ms[task]) <= self._deadline_ms[task]:
                continue
            well = False
            self._fault(CODE_LATE)
            self._on_crash(task, "late", t_ms)
            self._tasks[task].cancel()
            self._launch(task)
        if well:
            self._watchdog.feed()
            if self._faulty_ms >= 0 and ticks.diff(t_ms, self._faulty_ms) >= _QUIET_MS:
                self._faulty_ms = -1
                self._on_fault(0, t_ms)
        return well

    def _fault(self, code: int) -> None:
        self._faulty_ms = self._clock()
        self._on_fault(code, self._faulty_ms)
