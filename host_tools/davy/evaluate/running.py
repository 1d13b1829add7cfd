"""Puts a dataset through several cores at once; what comes out does not depend on how many."""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from davy.devicescript import start
from davy.evaluate.dataset import Dataset
from davy.evaluate.turning import turned
from davy.recordings import Recording
from davy.replay import Replayed, replay

_ASK_S = 0.2  # how often the waiting main thread looks for Ctrl-C


@dataclass(frozen=True)
class Options:
    """How trials are put through the core."""

    interpreter: str = "mp64"
    jobs: int = 1
    rate_hz: int | None = None  # None: each trial's own
    turn: str = ""  # seed of random mountings; "": as recorded
    hold_s: float = 0.0
    settings: dict[str, Any] = field(default_factory=dict)
    trace: bool = False


@dataclass(frozen=True)
class Run:
    """A dataset's trials, in its order, and how long they took together."""

    dataset: Dataset
    done: list[Replayed]
    wall_s: float

    @property
    def samples(self) -> int:
        """What the cores took in."""
        return sum(one.samples for one in self.done)


def run(dataset: Dataset, options: Options, on_done: Callable[[Replayed], None] = lambda one: None) -> Run:
    """Every trial of a dataset; `on_done` hears of each as it comes, from any thread. The first error ends it."""
    start(options.interpreter)  # fetched once, not by every worker
    waiting = iter(enumerate(dataset.trials))
    lock = threading.Lock()
    found: list[Replayed | None] = [None] * len(dataset.trials)
    ended: queue.Queue[BaseException | None] = queue.Queue()
    stopped = threading.Event()

    def trials(taken: "deque[int]") -> Iterator[Recording]:
        while not stopped.is_set():
            with lock:
                index, trial = next(waiting, (-1, None))
            if trial is None:
                return
            taken.append(index)
            yield turned(trial, f"{options.turn}/{dataset.name}") if options.turn else trial

    def work() -> None:
        taken: deque[int] = deque()  # what was given to this core and is not done
        try:
            for one in replay(
                trials(taken),
                interpreter=options.interpreter,
                settings=options.settings,
                rest_s=options.hold_s,
                odr_hz=options.rate_hz,
                trace=options.trace,
            ):
                found[taken.popleft()] = one
                on_done(one)
        except BaseException as error:  # of any kind: the main thread says it
            ended.put(error)
        else:
            ended.put(None)

    began = time.monotonic()
    workers = [threading.Thread(target=work, daemon=True) for _ in range(min(options.jobs, len(dataset.trials)))]
    for worker in workers:
        worker.start()
    try:
        for _ in workers:
            error = _next(ended)
            if error:
                raise error
    finally:
        stopped.set()
    return Run(dataset, [one for one in found if one], time.monotonic() - began)


def _next(ended: "queue.Queue[BaseException | None]") -> BaseException | None:
    """Has a deadline: `replay` gives up on a core that does not answer."""
    while True:
        try:
            return ended.get(timeout=_ASK_S)
        except queue.Empty:
            continue
