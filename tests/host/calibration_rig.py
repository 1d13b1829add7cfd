"""A virtual tag in quick motion for tests that speak to it over its serial port, and gas that comes when the tag waits for it."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from davy.vtag.assembly import make_tag
from davy.vtag.bench import Bench
from davy.vtag.board import HARD, Board

SPEED = (
    25.0  # times real time, while code runs on the tag; at its prompt it waits for a computer that has other work too
)


class Rig:
    """A tag whose world goes on in a thread of its own. `air` and `gas` change what its methane sensor breathes."""

    def __init__(self, speed: float = SPEED, board: str = "virtual", **settings: object) -> None:
        self._speed = speed
        self.bench = Bench(speed=speed)
        self.printed = bytearray()
        self.tag = make_tag(self.bench, board=board, config=settings, fresh_from_calibration=False)
        self.tag.console.on_output = self.printed.extend
        self.world = self.tag.board.world
        self._stop, self._stopped, self._end = threading.Event(), threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.error: BaseException | None = None

    @property
    def port(self) -> str:
        return self.tag.console.port

    @property
    def board(self) -> Board:
        return self.tag.board

    def __enter__(self) -> Self:
        self.tag.power_on(self.bench.now_us)
        self._beat(self.bench.now_us)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self.stop()
        finally:
            self.bench.close()
            self._end.set()
            self._thread.join(20)

    def stop(self) -> None:
        """The world stands still; from here on the test owns the bench."""
        self._stop.set()
        assert self._stopped.wait(20)
        if self.error:
            raise self.error

    def back_on_duty(self) -> bool:
        """Whether the tag has been reset: whoever let go of its port has not waited for that."""
        end_s = time.monotonic() + 30
        while self.board.reset_cause != HARD and time.monotonic() < end_s and not self._stop.is_set():
            time.sleep(0.05)
        return self.board.reset_cause == HARD

    def until(self, done: Callable[[], bool], most_s: float) -> bool:
        """Let the world go on until `done()`; whether it was in time."""
        end_s = time.monotonic() + most_s
        while not done() and time.monotonic() < end_s:
            time.sleep(0.05)
        return done()

    def hurry(self, speed: float) -> None:
        """Nothing has to be done for it for a while."""
        self._speed = speed

    def unplug(self) -> None:
        """The cable is pulled: the terminal is gone for the computer."""
        self.stop()
        self.bench.close()

    def air(self, percent: float = 0.0) -> None:
        """Methane in the air, for ever."""
        self.world.gas_source = lambda name, t_us: percent if name == "ch4" else 0.0

    def gas(self, percent: float, t90_s: float = 10.0) -> None:
        """From now on gas as a sensor with this T90 feels it."""
        begun_us = self.bench.now_us

        def feel(name: str, t_us: int) -> float:
            passed_s = max(0.0, (t_us - begun_us) / 1e6)
            return percent * (1 - 0.1 ** (passed_s / t90_s)) if name == "ch4" else 0.0

        self.world.gas_source = feel

    def _beat(self, t_us: int) -> None:
        """A bench with a tag at its prompt, and nothing else to come, would call it hung."""
        self.bench.at(t_us + 1_000_000, self._beat)

    def _paced(self) -> bool:
        console = self.tag.console
        speed = self._speed if console.raw_repl and not console.at_prompt() else 1.0
        if speed != self.bench.speed:
            self.bench.pace(speed)
        return self._stop.is_set()

    def _run(self) -> None:
        try:
            self.bench.run_until(None, until=self._paced)
        except BaseException as error:
            self.error = error
        self._stopped.set()
        self._end.wait()  # an interpreter ends with the thread that has started it
