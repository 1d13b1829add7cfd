"""The reporting task's work: heartbeats, records to the gateway, orders from it.

The tag says hello when its connection comes up and nothing waits to be sent, so that the gateway can speak to it. Without a
key and an id in the settings the link stays closed: records wait in the journal.

A record is delivered when the gateway's receipt has come; where the settings say that the broker's word is enough, when the broker
has confirmed the frame it was in.
"""

import binascii

import ticks
from micropython import const
from tag import events
from tag.hal import system
from tag.reporting.link import Link

_ORDERS_A_STEP = const(4)  # an outside that floods the tag must not hold the task
_HELLO_MS = const(20000)
_FRAME_BYTES = const(512)  # some thirty records; heap is dearer than a second frame


class Reporter:
    """`step` does a round and returns the orders that the core has to hear."""

    def __init__(self, core, memory, settings, radio, t_ms: int) -> None:
        self._core = core
        self._memory = memory
        self._radio = radio
        self._start_ms = t_ms
        self._uptime_s = 0
        self._hello_ms = t_ms
        self._was_up = False
        self._frames = {}  # id of a frame that the broker has not confirmed -> numbers of its records
        self.battery_mv = -1
        self.link = None
        if settings["key"] and settings["tag_id"]:
            tag_id = binascii.unhexlify(settings["tag_id"])
            key = binascii.unhexlify(settings["key"])
            self.link = Link(tag_id, key, system.nonce().to_bytes(4, "little"), _FRAME_BYTES)

    def step(self, t_ms: int):
        """One round; the time between two is at most a few seconds."""
        self._count(t_ms)
        self._memory.tick(t_ms)
        if self._core.heartbeat_due(t_ms):
            pending = self._memory.outbox.pending()
            beat = self._core.heartbeat(self._uptime_s, self.battery_mv, system.free_bytes(), pending, t_ms)
            self._memory.keep(beat)
        if self.link is None:
            return ()
        self._radio.step(t_ms)
        if not self._radio.up:
            self._was_up = False
            self._frames.clear()
            return ()
        orders = self._listen(t_ms)
        self._confirm(t_ms)
        self._speak(t_ms)
        return orders

    @property
    def fault(self) -> int:
        """What keeps the link down until somebody mends it: a CODE_, 0 for nothing."""
        return self._radio.fault

    def close(self, t_ms: int) -> None:
        """The tag goes to service."""
        self._radio.close(t_ms)

    def _count(self, t_ms: int) -> None:
        """Uptime goes on where ticks wrap."""
        passed_s = ticks.diff(t_ms, self._start_ms) // 1000
        if passed_s > 0:
            self._start_ms = ticks.add(self._start_ms, passed_s * 1000)
            self._uptime_s += passed_s

    def _listen(self, t_ms: int):
        orders = []
        for _ in range(_ORDERS_A_STEP):
            n = self._radio.receive()
            if n == 0:
                break
            message = self.link.receive(self._radio.frame, n)
            if message is None:
                continue  # refused, and counted in link.stats
            if message[0] == events.MSG_ACK:
                self._memory.outbox.ack(message[2], t_ms)
            else:
                orders.append(message)
        return orders

    def _confirm(self, t_ms: int) -> None:
        ident = self._radio.confirmed()
        while ident:
            self._memory.outbox.ack(self._frames.pop(ident, ()), t_ms)
            ident = self._radio.confirmed()

    def _speak(self, t_ms: int) -> None:
        if not self._radio.ready and not (self._radio.room and self._memory.outbox.urgent.pending()):
            return  # a frame that is built counts as a try of its records
        hello = not self._was_up or ticks.diff(t_ms, self._hello_ms) >= _HELLO_MS
        if not self._was_up:
            self._memory.outbox.resume(t_ms)
        n = self.link.build(self._memory.outbox, t_ms, hello)
        if n == 0:
            return
        self._was_up = True
        self._hello_ms = t_ms
        if self._radio.send(memoryview(self.link.buf)[:n], t_ms) and self._radio.confirms:
            self._frames[self._radio.last_id] = self.link.numbers()
