"""The service console: whoever is at the other end of the USB cable asks in frames (lib/codec/hdlc.py) while the tag goes on duty.

What can be asked stands in tag/console/kinds.py. Who answers (desk.py) is not loaded before the first whole frame arrives; a tag
that nobody asks pays for ten looks a second. Where memory is short he is not loaded at all, and who asks is told so: alarms need it
more.
"""

import ticks
from codec import hdlc
from micropython import const
from tag.hal import system
from tag.hal.console import Console

_ROUND_MS = const(10)
_IDLE_MS = const(100)
_AWAKE_MS = const(10000)  # after a frame
_BYTES = const(128)  # of a round
_ROOM_B = const(16000)  # what the desk takes, 8 kB of it for good, and the app's own spare
_ROOM_MS = const(1000)  # how often the heap is gone through for it
_REFUSAL = b"\xff\x00\x00no memory"  # kinds.REFUSED


class ConsoleTask:
    """`desk()` makes who answers: a `tag.console.desk.Desk`."""

    def __init__(self, desk, t_ms: int) -> None:
        self._desk_of = desk
        self._desk = None
        self._console = Console()
        self._receiver = hdlc.Receiver()
        self._heard_ms = t_ms
        self._awake = False
        self._refused_ms = -1

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
                if self._desk or self._opened(t_ms):
                    self._desk.take(receiver.buf, receiver.n, t_ms)
        return found

    def _opened(self, t_ms: int) -> bool:
        """The first question: load who answers, where there is room for him."""
        if self._refused_ms >= 0 and 0 <= ticks.diff(t_ms, self._refused_ms) < _ROOM_MS:
            return False
        if system.free_bytes() >= _ROOM_B:
            try:
                self._desk = self._desk_of()
                return True
            except MemoryError:  # a heap in pieces
                pass
        self._refused_ms = t_ms
        self._refuse(self._receiver.buf[1])
        return False

    def _refuse(self, ident: int) -> None:
        n = len(_REFUSAL)
        body = bytearray(n + hdlc.OVERHEAD)
        body[:n] = _REFUSAL
        body[1] = ident
        frame = bytearray(2 * len(body) + 2)
        n = hdlc.seal(body, n, frame)
        self._console.put(memoryview(frame)[:n])
