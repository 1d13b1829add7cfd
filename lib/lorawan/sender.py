"""Uplinks as bytes. A frame is built at once into a buffer that is made once; its counter, or DevNonce, is used up only
when it is handed to the radio, so a frame that never goes costs none.
"""

from codec.fields import put_u16
from lorawan.choice import BARE, Choice
from lorawan.frame import ACK, ADR, ADR_ACK, JOIN_REQUEST, LONGEST, OPTIONS_AT, OPTIONS_MAX, UP_CONFIRMED, UP_PLAIN
from lorawan.session import MIC, UP
from micropython import const

_JOIN = const(23)


class Sender(Choice):
    """Builds one frame at a time into `frame[:length]`."""

    def __init__(self, stack, least: int, seed: int) -> None:
        super().__init__(stack, least, seed)
        self.frame = bytearray(LONGEST)
        self.options = 0  # bytes of commands in the frame
        self.joins = False  # it is a join request
        self.confirmed = False
        self.owned = False  # the application's
        self.owes_ack = False  # a confirmed downlink waits for its answer

    def data(self, port: int, buf, n: int, confirmed: bool, urgent: bool) -> bool:
        """Build a data frame for the application; False: it cannot go now."""
        stack = self._stack
        dr = self.first_dr()
        while 0 <= dr <= stack.region.top_dr:
            capacity = stack.terms.capacity(dr)
            options = self.pending()
            if urgent:
                options = self.fit(min(OPTIONS_MAX, capacity - n))
            if n + options <= capacity and options <= OPTIONS_MAX and stack.channels.carry(dr):
                if self.take(dr, BARE + options + 1 + n, urgent):
                    at = self._head(confirmed, options)
                    self.frame[at] = port
                    for i in range(n):
                        self.frame[at + 1 + i] = buf[i]
                    self._seal(port, at + 1, n)
                    self.owned = True
                    self.urgent = urgent
                    return True
                if not urgent:
                    return False
            dr += 1
        return False

    def reply(self) -> bool:
        """Build a frame of our own: an acknowledgement, answers, in FOpts or on port 0; False: it cannot go now."""
        stack = self._stack
        dr = self.first_dr()
        if dr < 0:
            return False
        n = self.fit(stack.terms.capacity(dr))
        if n <= OPTIONS_MAX:
            if not self.take(dr, BARE + n, False):
                return False
            self._seal(-1, self._head(False, n), 0)
        else:
            if not self.take(dr, BARE + 1 + n, False):
                return False
            at = self._head(False, 0)
            self.frame[at] = 0
            stack.commands.put(self.frame, at + 1, n)
            self.options = n
            self._seal(0, at + 1, n)
        self.owned = self.urgent = False
        return True

    def join(self, attempt: int) -> bool:
        """Build a join request; False: it cannot go now."""
        stack = self._stack
        dr = stack.region.join_dr(attempt, stack.terms.up_dwell)
        stack.terms.power = 0
        if not stack.channels.carry(dr) or not self.take(dr, _JOIN, False):
            return False
        frame = self.frame
        frame[0] = JOIN_REQUEST
        for i in range(16):
            frame[1 + i] = stack.who.euis[i]
        put_u16(frame, 17, stack.nonce)
        mic = stack.who.key.cmac(None, frame, _JOIN - MIC)
        for i in range(MIC):
            frame[19 + i] = mic[i]
        self.length = _JOIN
        self.options = 0
        self.joins = True
        self.owned = self.urgent = self.confirmed = False
        return True

    def _head(self, confirmed: bool, options: int) -> int:
        """Everything before the port; returns the offset after it."""
        stack = self._stack
        frame = self.frame
        frame[0] = UP_CONFIRMED if confirmed else UP_PLAIN
        for i in range(4):
            frame[1 + i] = stack.session.addr[i]
        control = options | (ADR if stack.adr.on else 0) | (ADR_ACK if stack.adr.asks() else 0)
        frame[5] = control | (ACK if self.owes_ack else 0)
        put_u16(frame, 6, stack.session.up)
        self.joins = False
        self.confirmed = confirmed
        self.options = options
        return stack.commands.put(frame, OPTIONS_AT, options) if options else OPTIONS_AT

    def _seal(self, port: int, at: int, n: int) -> None:
        """Encrypt the payload of `n` bytes at `at`, and sign."""
        session = self._stack.session
        if n:
            session.crypt(UP, port, session.up, self.frame, at, n)
        self.length = session.sign(self.frame, at + n, session.up)
