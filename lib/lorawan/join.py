"""When to ask to join, and what an answer must look like.

The device tries for ever. Attempts differ in data rate (the region's order) and channel, and stand apart by a random time:
the first few by seconds, so that a device in reach of a gateway joins at once; then so that the time on the air comes to
the share of TS001 section 7, which is also counted and never exceeded: since power-up

    hour 0         36 s in all     1 %
    hours 1...10   36 s in all     0.1 %
    each 24 h      8.7 s           0.01 %
"""

import ticks
from lorawan.channels import get_u24
from lorawan.crypto import BLOCK, Key, same
from lorawan.frame import ACCEPTED, BAD_MIC, OLD_NONCE, SIZE
from lorawan.session import MIC
from micropython import const

# A phase: how long in ms, how much of it may be sent in ms, one part in how many that is
_PHASES = ((3600000, 36000, 100), (36000000, 36000, 1000), (86400000, 8700, 10000))
_QUICK = const(6)  # attempts that stand apart by seconds
_LEAST_MS = const(2000)
_SPREAD_MS = const(6000)
_SHORT = const(17)  # bytes of a join accept, without and with a CFList
_LONG = const(33)


class Pace:
    """Counts what was sent to join, since power-up."""

    def __init__(self, t_ms: int) -> None:
        self.attempt = 0
        self._phase = 0
        self._since_ms = t_ms
        self._spent_ms = 0

    def roll(self, t_ms: int) -> None:
        """Let time pass; called at least every 6 days."""
        while ticks.diff(t_ms, self._since_ms) >= _PHASES[self._phase][0]:
            self._since_ms = ticks.add(self._since_ms, _PHASES[self._phase][0])
            self._phase = min(self._phase + 1, 2)
            self._spent_ms = 0

    def wait_ms(self, ms: int, t_ms: int) -> int:
        """Milliseconds until a request of `ms` may be sent; 0: now."""
        length, most, _ = _PHASES[self._phase]
        if self._spent_ms + ms <= most:
            return 0
        return max(1, length - ticks.diff(t_ms, self._since_ms))

    def sent(self, ms: int) -> None:
        """A request was handed to the radio."""
        self._spent_ms += ms
        self.attempt += 1

    def undo(self, ms: int) -> None:
        """The radio did not take it."""
        self._spent_ms = max(0, self._spent_ms - ms)

    def pause_ms(self, ms: int, random: int) -> int:
        """Time to leave after a request of `ms`, from the end of its windows; `random` is any number."""
        if self.attempt <= _QUICK:
            return _LEAST_MS + random % _SPREAD_MS
        mean = ms * _PHASES[self._phase][2]
        return mean // 2 + random % mean


class JoinAccept:
    """Reads a join accept in place: decrypted it stands in `buf`, a copy of 33 bytes."""

    def __init__(self) -> None:
        self.buf = bytearray(_LONG)
        self._block = bytearray(BLOCK)
        self.nonce = 0

    def read(self, frame, n: int, key: Key, last_nonce: int) -> int:
        """ACCEPTED or why not; `last_nonce` is the JoinNonce of the last one accepted, -1: none."""
        if (n != _SHORT and n != _LONG) or n > len(frame):
            return SIZE
        buf = self.buf
        buf[0] = frame[0]
        for start in range(1, n, BLOCK):
            for i in range(BLOCK):
                self._block[i] = frame[start + i]
            key.encrypt(self._block, self._block)
            for i in range(BLOCK):
                buf[start + i] = self._block[i]
        if not same(key.cmac(None, buf, n - MIC), buf, n - MIC, MIC):
            return BAD_MIC
        self.nonce = get_u24(buf, 1)
        return ACCEPTED if self.nonce > last_nonce else OLD_NONCE
