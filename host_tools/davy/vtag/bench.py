"""The bench on which virtual tags lie: world time, and who runs when.

Lockstep (the default): world time stands still while any tag computes and jumps to the next event when all sleep, so
a run repeats exactly and a 12-hour shift takes minutes. What a tag draws by chance, as every tag does that speaks by radio, repeats
where DAVY_DRAW names the draw (vtag/device/vchance.py). `speed` makes the same thing watchable: at 1.0 a second
takes a second. `real=True`: world time is the wall clock, for tags that somebody talks to over the console.
"""

import heapq
import itertools
import select
import time
from collections.abc import Callable

from davy.vtag.tag import VirtualTag

# A tag that neither sleeps nor asks for anything for so long has hung: no code of ours computes for seconds.
HUNG_S = 60.0


class TagHung(Exception):
    """A tag has stopped answering while world time stands still."""


class Bench:
    """All virtual tags of one world."""

    def __init__(
        self, *, speed: float | None = None, real: bool = False, start_us: int = 0, hung_s: float = HUNG_S
    ) -> None:
        self.now_us = start_us
        self.tags: list[VirtualTag] = []
        self.speed = speed
        self.real = real
        self.hung_s = hung_s
        self._anchor = (time.monotonic(), start_us)
        self._calendar: list[tuple[int, int, Callable[[int], None]]] = []
        self._order = itertools.count()

    def add(self, tag: VirtualTag) -> VirtualTag:
        """Put a tag on the bench."""
        tag.board.host_clock = self.real
        tag.board.world.ether.at = self.at
        self.tags.append(tag)
        return tag

    def at(self, t_us: int, action: Callable[[int], None]) -> None:
        """Do something at a world time."""
        heapq.heappush(self._calendar, (t_us, next(self._order), action))

    def pace(self, speed: float | None) -> None:
        """Go on at another speed from here; None: as fast as it goes."""
        self.speed = speed
        self._anchor = (time.monotonic(), self.now_us)

    def close(self) -> None:
        """End all tags."""
        for tag in self.tags:
            tag.close()
        self.tags.clear()

    def __enter__(self) -> "Bench":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run_until(self, t_us: int | None = None, until: Callable[[], bool] = lambda: False) -> None:
        """Let the world go on to `t_us` (None: for ever), or until `until()` holds."""
        while not until():
            if not self.real and self._computing():
                continue
            times = [t for t in (tag.next_us() for tag in self.tags) if t is not None]
            if self._calendar:
                times.append(self._calendar[0][0])
            if t_us is not None:
                times.append(t_us)
            if not times and not self.real:
                raise TagHung("every tag sleeps for ever and nothing is planned")
            due = max(min(times), self.now_us) if times else self.now_us + 1_000_000
            if self._wait_for(due):
                self._fire(due)
                if t_us is not None and self.now_us >= t_us:
                    return

    def run_for(self, us: int, until: Callable[[], bool] = lambda: False) -> None:
        """Let `us` of world time pass."""
        self.run_until(self.now_us + us, until)

    def _fire(self, due_us: int) -> None:
        self.now_us = max(self.now_us, due_us)
        while self._calendar and self._calendar[0][0] <= self.now_us:
            heapq.heappop(self._calendar)[2](self.now_us)
        for tag in self.tags:
            tag.advance(self.now_us)

    def _wait_for(self, due_us: int) -> bool:
        """Serve the tags until `due_us` has come; False when something happened before."""
        if self.speed is None and not self.real:
            return not self._listen(0.0)
        wall, world = self._anchor
        speed = 1.0 if self.real else (self.speed or 1.0)
        wait_s = wall + (due_us - world) / 1e6 / speed - time.monotonic()
        heard = self._listen(max(0.0, min(wait_s, 0.1)))
        return not heard and wait_s <= 0.1

    def _computing(self) -> bool:
        """Serve tags that compute, while time stands still; False when all sleep, are off, or wait at their prompt."""
        busy = [tag for tag in self.tags if tag.on and not tag.sleeping]
        if not busy:
            return False
        since = time.monotonic()
        while not self._serve(busy[0], wait=True):
            if self._listen(0.0):
                break
            busy = [tag for tag in busy if tag.on and not tag.sleeping]
            if all(tag.console.at_prompt() for tag in busy):
                return False
            if time.monotonic() - since >= self.hung_s:
                raise TagHung(f"a tag has neither slept nor spoken for {self.hung_s:.0f} s")
        return True

    def _serve(self, tag: VirtualTag, wait: bool = False) -> bool:
        """Answer what a tag asks; True when it asked."""
        after_us = tag.serve(self.now_us, wait)
        self.now_us = max(self.now_us, after_us)
        if tag.starving(self.now_us):
            tag.advance(self.now_us)
        return after_us >= 0

    def _listen(self, timeout_s: float) -> bool:
        """Serve what has come within `timeout_s`; True when a tag asked for something."""
        owners = {fd: tag for tag in self.tags for fd in tag.filenos()}
        readable = select.select(list(owners), [], [], timeout_s)[0]
        if self.real:
            wall, world = self._anchor
            self.now_us = max(self.now_us, world + int((time.monotonic() - wall) * 1e6))
        for tag in self.tags:
            tag.insist()
        heard = False
        for tag in {id(owners[fd]): owners[fd] for fd in readable}.values():
            tag.serve_console(self.now_us)
            heard |= self._serve(tag)
        return heard
