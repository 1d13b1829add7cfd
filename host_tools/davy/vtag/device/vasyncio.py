"""The scheduler's two classes, which firmware has in C (`_asyncio`), in Python on the virtual clock.

The C ones read the machine's own clock when a task becomes ready; here time is the host's. Behaviour is that which
MicroPython's `asyncio.core` relies on: a queue ordered by wake-up tick, first come first served within one tick.
"""

import vtime


class TaskQueue:
    """Tasks ordered by `ph_key`."""

    def __init__(self) -> None:
        self._tasks = []

    def peek(self):
        """First task, or None."""
        return self._tasks[0] if self._tasks else None

    def push(self, task, key=None) -> None:
        """Insert behind all tasks that are due no later."""
        task.data = None
        task.ph_key = vtime.ticks_ms() if key is None else key
        tasks = self._tasks
        at = len(tasks)
        while at and vtime.ticks_diff(tasks[at - 1].ph_key, task.ph_key) > 0:
            at -= 1
        tasks.insert(at, task)

    def pop(self):
        """Take the first task."""
        return self._tasks.pop(0)

    def remove(self, task) -> None:
        """Take `task` out, wherever it stands."""
        self._tasks.remove(task)


class Task:
    """A coroutine and where it stands: `state` True running, a TaskQueue while others await it, None or False at its
    end."""

    def __init__(self, coro, globals=None) -> None:
        self.coro = coro
        self.data = None
        self.state = True
        self.ph_key = 0
        self._core = globals

    def __iter__(self):
        if not self.state:
            self.state = False  # somebody has taken the result: its exception is no stray any more
        elif self.state is True:
            self.state = TaskQueue()
        elif not isinstance(self.state, TaskQueue):
            raise RuntimeError("can't wait")
        return self

    def __next__(self):
        if not self.state:
            raise self.data
        current = self._core["cur_task"]
        self.state.push(current)
        current.data = self

    def done(self) -> bool:
        """Whether the coroutine has ended."""
        return not self.state

    def cancel(self) -> bool:
        """Raise CancelledError in the coroutine at its next turn; False when it has ended already."""
        if not self.state:
            return False
        if self is self._core["cur_task"]:
            raise RuntimeError("can't cancel self")
        task = self
        while isinstance(task.data, Task):
            task = task.data
        queue = self._core["_task_queue"]
        if hasattr(task.data, "remove"):
            task.data.remove(task)
            queue.push(task)
        elif vtime.ticks_diff(task.ph_key, vtime.ticks_ms()) > 0:
            queue.remove(task)
            queue.push(task)
        task.data = self._core["CancelledError"]
        return True
