"""Whoever watches over the service console: records as they are kept, and the state once a second, for 15 s each time."""

import json

import ticks
from micropython import const
from tag import events
from tag.console import kinds, live
from tag.reporting import records

_STATE_MS = const(1000)
_KEPT = const(12)  # records that wait


class Watcher:
    """`app` as in tag/app.py. `heard` what is kept, `tell` it by the desk."""

    def __init__(self, app) -> None:
        self._app = app
        self._watching = False
        self._until_ms = self._state_ms = 0
        self._kept = []
        self._lost = 0

    def watch(self, on: bool, t_ms: int) -> None:
        """From now on, or no more."""
        if on != self._watching:
            self._watching = on
            self._kept = []
            self._lost = 0
            self._state_ms = t_ms
        self._until_ms = ticks.add(t_ms, kinds.WATCH_MS)

    def heard(self, event, seq: int) -> None:
        """An event became record `seq`; 0 when the journal refused it."""
        if not self._watching or event[0] == events.SAMPLES:
            return
        try:
            self._keep(event, seq)
        except MemoryError:  # whoever keeps it goes on: neighbours and wearer still have to hear of it
            self._lost += 1

    def _keep(self, event, seq: int) -> None:
        if len(self._kept) == _KEPT:
            self._kept.pop(0)
            self._lost += 1
        buf = bytearray(records.LARGEST)
        n = records.encode(event, seq, self._app.memory.journal.boot, buf)
        self._kept.append(buf[:n])

    def tell(self, desk, console, t_ms: int) -> bool:
        """What is due; False when nobody takes it."""
        if not self._watching:
            return True
        if ticks.diff(t_ms, self._until_ms) >= 0:
            self.watch(False, t_ms)
            return True
        while self._kept:
            record = self._kept[0]
            n = len(record)
            desk.body[kinds.HEAD : kinds.HEAD + n] = record
            if not desk.put(console, kinds.RECORD, 0, n):
                return False
            self._kept.pop(0)
        if ticks.diff(t_ms, self._state_ms) >= 0:
            self._state_ms = ticks.add(t_ms, _STATE_MS)
            said = live.state(self._app, t_ms)
            said["lost"] = self._lost
            left = json.dumps(said).encode()
            while left:
                before = len(left)
                left = desk.part(console, kinds.STATE, 0, left)
                if len(left) == before:
                    return False  # the rest would make no sense later: the next one is whole again
        return True
