"""Faults: what is broken, as a set of sources with one code each; the safety-related ones raise the fault alarm.

A source is faulty when the hardware layer or the supervisor told so, or when the core found it itself (bad readings,
silence, a button that stays down); each takes back only its own word. A change is said as a FAULT event: present or
gone, or present with another code. A fault that the journal brings back at boot holds until somebody tells anew, or
10 s: by then all that watches itself has looked once.
"""

import ticks
from micropython import const
from tag.events import ALARM_FAULT, CODE_FAILED, FAULT, FAULT_COUNT, SAFETY_FAULTS

_CONFIRM_MS = const(10000)


class Faults:
    """`.mask` has bit n set while source n is faulty. Repeating what is known changes nothing and allocates nothing."""

    def __init__(self, alarms, say) -> None:
        self._alarms = alarms
        self._say = say
        # source -> code, 0: none
        self._told = bytearray(FAULT_COUNT)
        self._found = bytearray(FAULT_COUNT)
        self.mask = 0
        self._unsure = 0
        self._unsure_ms = 0

    def tell(self, source: int, code: int, present, t_ms: int) -> None:
        """The hardware layer or the supervisor reports; no code with `present` counts as CODE_FAILED."""
        before = self.code(source)
        if self._unsure:
            self._unsure &= ~(1 << source)
        self._told[source] = (code or CODE_FAILED) if present else 0
        self._settle(source, before, t_ms)

    def find(self, source: int, code: int, t_ms: int) -> None:
        """The core's own finding, 0: none."""
        if code != self._found[source]:
            before = self.code(source)
            self._found[source] = code
            self._settle(source, before, t_ms)

    def proved(self, source: int, t_ms: int) -> None:
        """It works: nobody's word against it counts any longer."""
        if self.mask & 1 << source:
            before = self.code(source)
            self._found[source] = self._told[source] = 0
            self._unsure &= ~(1 << source)
            self._settle(source, before, t_ms)

    def code(self, source: int) -> int:
        """What is wrong with a source, 0: nothing."""
        return self._found[source] or self._told[source]

    def restore(self, source: int, code: int, t_ms: int) -> None:
        """At boot: this source was faulty."""
        if 0 <= source < FAULT_COUNT:
            self.mask |= 1 << source
            self._told[source] = code & 255 or CODE_FAILED
            self._unsure |= 1 << source
            self._unsure_ms = ticks.add(t_ms, _CONFIRM_MS)

    def tick(self, t_ms: int) -> None:
        """Let go of restored faults that nobody has confirmed."""
        if self._unsure and ticks.diff(t_ms, self._unsure_ms) >= 0:
            for source in range(FAULT_COUNT):
                if self._unsure & 1 << source:
                    self.tell(source, 0, 0, t_ms)

    def _settle(self, source: int, before: int, t_ms: int) -> None:
        code = self.code(source)
        bit = 1 << source
        had = self.mask & bit
        if code:
            if had and code == before:
                return
            self.mask |= bit
            self._say((FAULT, t_ms, source, code, 1))
            if not had and source in SAFETY_FAULTS:
                self._alarms.raised(ALARM_FAULT, source, code, t_ms)
        elif had:
            self.mask &= ~bit
            self._say((FAULT, t_ms, source, before, 0))
            if source in SAFETY_FAULTS:
                self._alarms.cleared(ALARM_FAULT, source, before, t_ms)
