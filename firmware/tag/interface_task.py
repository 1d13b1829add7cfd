"""The task for the wearer: the button to the core, the alarms' pattern to light, buzzer and motor."""

import ticks
from micropython import const
from tag.alarms.patterns import Player
from tag.events import CODE_FAILED, CODE_MISSING, FAULT_OUTPUTS

_TICK_MS = const(100)


class InterfaceTask:
    """`parts` as in tag/hal/parts.py; `confidence_s` between two signs of life."""

    def __init__(self, core, memory, parts, confidence_s: int, t_ms: int) -> None:
        self._core = core
        self._memory = memory
        self._parts = parts
        self._player = Player(confidence_s)
        self._tick_ms = t_ms
        self._failed = False

    def step(self, t_ms: int) -> None:
        """A round, 50 times a second."""
        parts = self._parts
        if parts.button:
            edge = parts.button.poll(t_ms)
            if edge >= 0:
                self._memory.keep_all(self._core.button(edge, t_ms))
        if ticks.diff(t_ms, self._tick_ms) >= 0:
            self._tick_ms = ticks.add(t_ms, _TICK_MS)
            self._memory.keep_all(self._core.tick(t_ms))
            self._watch_outputs(t_ms)
        player = self._player
        if player.step(self._core.alarms.pattern(t_ms), t_ms):
            parts.show(player.r, player.g, player.b, player.hz, player.motor)

    def _watch_outputs(self, t_ms: int) -> None:
        failed = self._parts.outputs_failed()
        if failed != self._failed:
            self._failed = failed
            # What works again does not bring back an output that was never there.
            missing = FAULT_OUTPUTS in self._parts.missing
            code = CODE_FAILED if failed else CODE_MISSING
            self._memory.keep_all(self._core.fault(FAULT_OUTPUTS, code, 1 if failed or missing else 0, t_ms))
