"""Downlinks: doubted, and only when nothing is left to doubt, acted on.

A data frame changes the device in one go: counter, acknowledgement, commands, payload. The payload reaches the application
when the new state has been kept (see `Mac`), so that it cannot be played to the device again after a power cut.
"""

from lorawan.frame import (
    ACCEPTED,
    ACK,
    BUSY,
    CLASS_C,
    OPTIONS_AT,
    PENDING,
    REFUSALS,
    TOP_PORT,
    Downlink,
)
from lorawan.join import JoinAccept
from lorawan.session import DOWN, session_keys
from micropython import const

_PAYLOAD = const(242)


class Receiver:
    """Holds one payload until the application takes it."""

    def __init__(self, stack) -> None:
        self._stack = stack
        self._downlink = Downlink()
        self._accept = JoinAccept()
        self.stats = [0] * len(REFUSALS)
        self.payload = bytearray(_PAYLOAD)
        self.port = -1  # of the payload; -1: there is none
        self.n = 0
        self.confirmed = False
        self.acked = False  # the last frame carried an acknowledgement
        self.pending = False  # the network has more to say

    def join(self, buf, n: int, dev_nonce: int, dr: int) -> int:
        """A join accept that is waited for, asked for with `dev_nonce` at `dr`."""
        stack = self._stack
        refusal = self._accept.read(buf, n, stack.who.key, stack.join_nonce)
        if refusal == ACCEPTED:
            keys = session_keys(stack.who.key, self._accept.buf[1:7], dev_nonce)
            stack.join(self._accept, n, keys, dr)
        return refusal

    def data(self, buf, n: int, dr: int, class_a: bool, snr: int) -> int:
        """A data frame received at data rate `dr`, in a window of class A or outside."""
        stack = self._stack
        down = self._downlink
        refusal = down.read(buf, n, stack.session, stack.region.longest(dr))
        if refusal == ACCEPTED:
            if not class_a and (down.options or down.port == 0):
                return CLASS_C
            if 0 < down.port <= TOP_PORT and self.port >= 0:
                return BUSY
            stack.session.down = down.counter
            self._act(buf, down, class_a, snr)
        return refusal

    def _act(self, buf, down, class_a: bool, snr: int) -> None:
        stack = self._stack
        self.confirmed = down.confirmed
        self.acked = class_a and down.control & ACK != 0
        self.pending = class_a and down.control & PENDING != 0
        for i in range(down.n):
            self.payload[i] = buf[down.at + i]
        if down.n:
            stack.session.crypt(DOWN, down.port, down.counter, self.payload, 0, down.n)
        if class_a:
            stack.adr.heard()
            if down.port == 0:
                stack.commands.run(self.payload, 0, down.n, snr)
            else:
                stack.commands.run(buf, OPTIONS_AT, OPTIONS_AT + down.options, snr)
        if down.port > 0:
            self.port = down.port
            self.n = down.n
