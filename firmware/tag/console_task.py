"""The service console: whoever is at the other end of the USB cable asks in frames (lib/codec/hdlc.py) while the tag goes on duty.

What can be asked stands in tag/console/kinds.py. Who answers (desk.py) is not loaded before the first whole frame arrives; a tag
that nobody asks pays for ten looks a second.
"""

import ticks
from codec import hdlc
from micropython import const
from tag.hal.console import Console

_ROUND_MS = const(10)
_IDLE_MS = const(100)
_AWAKE_MS = const(10000)  # after a frame
_BYTES = const(128)  # of a round


class ConsoleTask:
    """`desk()` makes who answers: a `tag.console.desk.Desk`."""

    def __init__(self, desk, t_ms: int) -> None:
        self._desk_of = desk
        self._desk = None
        self._console = Console()
        self._receiver = hdlc.Receiver()
        self._heard_ms = t_ms
        self._awake = False

    def step(self, t_ms: int) -> int:
        """A round; in how many milliseconds the next one is due."""
        desk = self._desk
        if self._listen(t_ms):
            self._heard_ms = t_ms
            self._awake = True
            desk = self._desk
        if desk and desk.work(self._console, t_ms):
            return 0
        if self._awake and ticks.diff(t_ms, self._heard_ms) >= _AWAKE_MS:
            self._awake = False
        return _ROUND_MS if self._awake else _IDLE_MS

    def heard(self, event, seq: int) -> None:
        """The tag has remembered something: a watcher wants to know."""
        if self._desk:
            self._desk.heard(event, seq)

    def _listen(self, t_ms: int) -> bool:
        """Take the bytes that have come; whether there was a frame among them."""
        found = False
        receiver = self._receiver
        for _ in range(_BYTES):
            b = self._console.get()
            if b < 0:
                break
            if receiver.take(b):
                found = True
                if self._desk is None:
                    self._desk = self._desk_of()
                self._desk.take(receiver.buf, receiver.n, t_ms)
        return found
