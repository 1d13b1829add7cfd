"""A frame of our own that is due after a downlink: an acknowledgement, answers to MAC commands, or a chance for what the
network has pending. It goes 1 to 3 s later, unless a frame of the application takes all that along before.
"""

import ticks
from micropython import const

_LEAST_MS = const(1000)  # RETRANSMIT_TIMEOUT is 1 to 3 s
_SPREAD_MS = const(2000)
_LATER_MS = const(60000)
_CLASS_C_MS = const(8000)  # CLASS_C_RESP_TIMEOUT: then the acknowledgement counts as sent (TS001 section 15)


class Reply:
    """At most one is due."""

    def __init__(self, t_ms: int) -> None:
        self.wanted = False
        self.due_ms = t_ms
        self._ack_ends = False
        self._ack_ms = t_ms

    def want(self, t_ms: int, random: int) -> None:
        """One is due from now on."""
        self.wanted = True
        self.due_ms = ticks.add(t_ms, _LEAST_MS + random % _SPREAD_MS)

    def confirmed(self, class_a: bool, t_ms: int) -> None:
        """A confirmed frame came; outside the windows of class A it wants its answer soon or never."""
        self._ack_ends = not class_a
        self._ack_ms = ticks.add(t_ms, _CLASS_C_MS)

    def too_late(self, t_ms: int) -> bool:
        """Whether the acknowledgement is not wanted any more; True once."""
        if self._ack_ends and ticks.diff(t_ms, self._ack_ms) >= 0:
            self._ack_ends = False
            return True
        return False

    def later(self, t_ms: int, needed: bool) -> None:
        """It could not go: tried again when it is `needed`, else all goes with the next frame of the application."""
        self.wanted = needed
        self.due_ms = ticks.add(t_ms, _LATER_MS)

    def done(self) -> None:
        """A frame took all along."""
        self.wanted = self._ack_ends = False
