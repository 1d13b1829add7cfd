"""The Wi-Fi link: frames with records to the gateway over a carrier, orders back.

The tag says hello when its connection comes up and nothing waits to be sent, so that the gateway can speak to it. Without a key and
an id in the settings the link stays closed: records wait in the journal.

A record is delivered when the gateway's receipt has come; where the settings say that the broker's word is enough, when the broker
has confirmed the frame it was in.
"""

import binascii

import ticks
from micropython import const
from tag.events import MSG_ACK
from tag.reporting.link import Link

_ORDERS_A_STEP = const(4)  # an outside that floods the tag must not hold the task
_HELLO_MS = const(20000)
_FRAME_BYTES = const(512)  # some thirty records; heap is dearer than a second frame
_ALIVE_MS = const(120000)


class FrameLink:
    """`carrier` as in tag/hal/carriers.py, `uplink` one of the outbox's, `nonce` 4 random bytes."""

    def __init__(self, settings, outbox, uplink, carrier, nonce: bytes, t_ms: int) -> None:
        self._outbox = outbox
        self._uplink = uplink
        self.carrier = carrier
        self._hello_ms = t_ms
        self._was_up = False
        self._heard_ms = t_ms
        self._heard = False
        self._frames = {}  # id of a frame that the broker has not confirmed -> numbers of its records
        self.link = None
        if settings["key"] and settings["tag_id"]:
            key = binascii.unhexlify(settings["key"])
            self.link = Link(binascii.unhexlify(settings["tag_id"]), key, nonce, _FRAME_BYTES)

    def step(self, t_ms: int):
        """One round, several times a second: the orders that have come."""
        if self.link is None:
            return ()
        carrier = self.carrier
        carrier.step(t_ms)
        if not carrier.up:
            self._was_up = self._heard = False
            self._frames.clear()
            return ()
        orders = self._listen(t_ms)
        self._confirm(t_ms)
        self._speak(t_ms)
        return orders

    def alive(self, t_ms: int) -> bool:
        """Whether somebody at the other end has confirmed anything lately."""
        return self._heard and 0 <= ticks.diff(t_ms, self._heard_ms) < _ALIVE_MS

    def _ack(self, seqs, t_ms: int) -> None:
        self._heard = True
        self._heard_ms = t_ms
        self._outbox.ack(self._uplink, seqs, t_ms)

    def _listen(self, t_ms: int):
        orders = []
        for _ in range(_ORDERS_A_STEP):
            n = self.carrier.receive()
            if n == 0:
                break
            message = self.link.receive(self.carrier.frame, n)
            if message is None:
                continue  # refused, and counted in link.stats
            if message[0] == MSG_ACK:
                self._ack(message[2], t_ms)
            else:
                orders.append(message)
        return orders

    def _confirm(self, t_ms: int) -> None:
        ident = self.carrier.confirmed()
        while ident:
            self._ack(self._frames.pop(ident, ()), t_ms)
            ident = self.carrier.confirmed()

    def _speak(self, t_ms: int) -> None:
        carrier = self.carrier
        if not carrier.ready and not carrier.room:
            return  # a frame that is built counts as a try of its records
        if not self._was_up:
            self._uplink.resume(t_ms)
        hello = not self._was_up or ticks.diff(t_ms, self._hello_ms) >= _HELLO_MS
        n = self.link.build(self._uplink, t_ms, hello, not carrier.ready)
        if n == 0:
            return
        self._was_up = True
        self._hello_ms = t_ms
        if carrier.send(memoryview(self.link.buf)[:n], t_ms) and carrier.confirms:
            self._frames[carrier.last_id] = self.link.numbers()
