"""Asks a time server now and then, while Wi-Fi is up. Loaded by tags whose settings name one: `ntp_host`, a numeric address.

    state    means                        then
    WAITING  nothing is asked             its time, and Wi-Fi up: a datagram goes -> ASKED
    ASKED    the answer is on its way     a good one, or 2 s over -> WAITING: 6 h after an answer, else 30 s doubled to an hour

Nobody proves who a time server is: whoever has a better clock, a gateway or a network with keys, is believed instead.
"""

import os
import socket

import ticks
from micropython import const
from net import sntp

_PORT = const(123)
_WAIT_MS = const(2000)
_FIRST_MS = const(30000)
_MOST_MS = const(3600000)
_PERIOD_MS = const(21600000)


class Ntp:
    """`step` gives (seconds since 2000, milliseconds) now, once, when an answer has come."""

    def __init__(self, host: str, t_ms: int) -> None:
        self._host = host
        self._buf = bytearray(sntp.SIZE + 1)
        self._nonce = b""
        self._socket = None
        self._due_ms = t_ms
        self._asked_ms = t_ms
        self._pause_ms = _FIRST_MS

    def step(self, up, t_ms: int):
        """Call several times a second; None mostly."""
        if self._socket is None:
            if up and ticks.diff(t_ms, self._due_ms) >= 0:
                self._ask(t_ms)
            return None
        took_ms = ticks.diff(t_ms, self._asked_ms)
        found = None
        try:
            n = self._socket.readinto(self._buf) or 0
        except OSError:
            n = 0
        if n:
            found = sntp.answer(self._buf, n, self._nonce, took_ms)
        if found:
            self._pause_ms = _FIRST_MS
            self._end(_PERIOD_MS, t_ms)
        elif took_ms > _WAIT_MS or not up:
            self._end(self._pause_ms, t_ms)
            self._pause_ms = min(2 * self._pause_ms, _MOST_MS)
        return found

    def _ask(self, t_ms: int) -> None:
        self._nonce = os.urandom(8)
        self._asked_ms = t_ms
        sntp.question(self._buf, self._nonce)
        try:
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._socket.setblocking(False)
            self._socket.connect((self._host, _PORT))
            self._socket.send(memoryview(self._buf)[: sntp.SIZE])
        except OSError:
            self._end(_FIRST_MS, t_ms)

    def _end(self, pause_ms: int, t_ms: int) -> None:
        self._due_ms = ticks.add(t_ms, pause_ms)
        if self._socket is not None:
            self._socket.close()
            self._socket = None
