"""A new version of the app on trial: is it healthy? And the last change of versions is told to the journal.

    phase   seen, once a second                                            done
    start   news                                                           UPDATE record, then no news
    trial   `healthy_s` in a row every task in time, and no new fault      confirmed: written, UPDATE record
    trial   a task late or crashed, or a new fault                         the count begins anew
    trial   five times `healthy_s` since the start                         given up: the version before starts, at once

New is a fault that touches safety and that the version before did not have when it was stopped (`faults` of the state; a version
that left no note may have had them all). A task that crashes is new always. What makes the watchdog bite, or ends the app, needs
nothing of this: see `slotstate.py`.
"""

import ticks
from micropython import const
from tag import events

_MOST = const(5)
_CONFIRMED = const(2)
_FELL_BACK = const(4)


class Update:
    """`boot` is slots.Boot, `memory` tag/memory.py's."""

    def __init__(self, boot, memory, version: int, t_ms: int) -> None:
        self._boot = boot
        self._memory = memory
        self._begun_ms = self._since_ms = t_ms
        self._why = ""
        known = boot.state.faults & ~(1 << events.FAULT_TASK)
        self._new = 0
        for source in events.SAFETY_FAULTS:
            if not known & 1 << source:
                self._new |= 1 << source
        state = boot.state
        if state.news:
            self._tell(state.news, version if state.news == _FELL_BACK else state.version, state.text, t_ms)

    def _tell(self, outcome: int, version: int, text: str, t_ms: int) -> None:
        if self._memory.keep((events.UPDATE, t_ms, outcome, version, text)):
            self._boot.told()

    def step(self, well: bool, faults: int, t_ms: int) -> bool:
        """Every task is in time or not, these faults are present. False when there is nothing to watch any more."""
        if not self._boot.trial:
            return False
        state = self._boot.state
        healthy_ms = state.healthy_s * 1000
        new = faults & self._new
        if not well or new:
            self._since_ms = t_ms
            self._why = "faults %#x" % new if new else "a task was late"
        elif ticks.diff(t_ms, self._since_ms) >= healthy_ms and self._boot.confirm():
            self._tell(_CONFIRMED, state.version, "", t_ms)
            return False
        if ticks.diff(t_ms, self._begun_ms) >= _MOST * healthy_ms:
            self._memory.close(t_ms)
            self._boot.fail(self._why or "cannot be confirmed")
            self._begun_ms = t_ms  # it could not be written: later again
        return True
