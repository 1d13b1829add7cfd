"""What the shell is to do next."""

import ticks
from lorawan import states
from lorawan.exchange import BUSY, CONTINUOUS
from lorawan.frame import OPTIONS_MAX
from lorawan.listening import Listening
from lorawan.stack import LOST, NONCE_MAX
from lorawan.states import AGAIN, FIRST, IDLE, NOTHING, PAUSE_1, PAUSE_2, READY, SEND, SENDING
from micropython import const

_FAR_MS = const(60000)
_LEAD_MS = const(60)  # a window is ordered so long before it opens
_SLACK_MS = const(2000)  # the radio may be so late with its word
_STORE_MS = const(300)  # before a window there must be so much time to store something
_LATE_MS = const(10000)  # a repetition that finds no room by then is left out
_AGAIN_MS = const(1000)


class Orders(Listening):
    """`step` is called at `due_ms` and after every event; asking oftener changes nothing."""

    def __init__(self, stack, sender, receiver, class_c: bool, error_ms: int, t_ms: int) -> None:
        super().__init__(stack, sender, receiver, class_c, error_ms, t_ms)
        self._stuck = stack.found == LOST

    def step(self, t_ms: int) -> int:
        """The next order."""
        self.stack.duty.roll(t_ms)
        self._pace.roll(t_ms)
        self._expire(t_ms)
        if self._keeping:
            self.due_ms = self._store_ms
            if ticks.diff(t_ms, self._store_ms) < 0:
                return NOTHING
            self.was_kept(False, t_ms)
        state = self.state
        if state == IDLE:
            return self._idle(t_ms)
        if state == READY:
            return self._ready(t_ms)
        if state == PAUSE_1 or state == PAUSE_2:
            return self._pause(t_ms)
        self.due_ms = self._until_ms
        if ticks.diff(t_ms, self._until_ms) < 0:
            return NOTHING if state == SENDING or state == FIRST else self._listen(t_ms)
        if state == AGAIN:
            return self._again(t_ms)
        if state == SENDING:  # the radio says nothing: taken for failed
            self.failed(t_ms)
            self._radio = BUSY
            return self._idle(t_ms)
        if self._silence.hears(t_ms):
            self.due_ms = self._silence.end_ms(t_ms)
            return NOTHING
        if self._radio != CONTINUOUS:  # else it goes on listening
            self._miss()
        self._closed(t_ms)
        return self.step(t_ms)

    def _expire(self, t_ms: int) -> None:
        """Times that have passed are forgotten before the ticks come round again."""
        self._silence.holds(t_ms)
        self._may_keep(t_ms)
        if self._windowed and self.state == IDLE and ticks.diff(t_ms, self.sent_ms) > _FAR_MS:
            self._windowed = False

    def _idle(self, t_ms: int) -> int:
        stack = self.stack
        self.due_ms = ticks.add(t_ms, _FAR_MS)
        if self._stuck:  # nothing is stored either: it would look as if the numbers in it were known
            return NOTHING
        if self._must_keep or self._lend_band >= 0 or stack.duty.stale():
            if self._may_keep(t_ms):
                return self._keep(False, t_ms)
            self.delivered = self.receiver.port >= 0
            self._due(self._retry_ms)
        if self._try_reply(t_ms) if stack.session.live else self._try_join(t_ms):
            return self._ready(t_ms)
        return self._listen(t_ms)

    def _try_join(self, t_ms: int) -> bool:
        wait = ticks.diff(self._join_ms, t_ms)
        if wait <= 0 and not self._silence.holds(t_ms):
            if self.stack.nonce >= NONCE_MAX:
                self._stuck = True
                return False
            wait = _FAR_MS
            if self.sender.join(self._pace.attempt):
                wait = self._pace.wait_ms(self.sender.air_ms, t_ms)
                if not wait:
                    self._built(1)
                    return True
            self._join_ms = ticks.add(t_ms, min(wait, _FAR_MS))
        self._due(self._join_ms)
        return False

    def _try_reply(self, t_ms: int) -> bool:
        reply = self._reply
        if reply.too_late(t_ms):
            self.sender.owes_ack = False
        if not reply.wanted:
            return False
        if ticks.diff(t_ms, reply.due_ms) < 0:
            self._due(reply.due_ms)
            return False
        if self._silence.holds(t_ms):
            self._due(self._silence.end_ms(t_ms))
            return False
        if not self.sender.reply():
            reply.later(t_ms, self.stack.commands.n > OPTIONS_MAX)
            return False
        self._built(self.stack.terms.nb_trans)
        return True

    def _ready(self, t_ms: int) -> int:
        if self._must_keep and self._may_keep(t_ms):
            return self._keep(True, t_ms)
        if not self._covered(self._first):
            if self._may_keep(t_ms):
                return self._keep(True, t_ms)
            self._not_kept(t_ms)
            return self._idle(t_ms)
        stack = self.stack
        sender = self.sender
        if self._first:
            self._first = False
            if sender.joins:
                stack.nonce += 1
                self._pace.sent(sender.air_ms)
            else:
                stack.session.up += 1
                stack.commands.sent(sender.options)
                stack.adr.sent()
                self._reply.done()
                sender.owes_ack = False
        self._copies -= 1
        stack.duty.charge(sender.band, sender.air_ms)
        self.freq_hz = sender.freq_hz
        self.sf = sender.sf
        self.bw_hz = sender.bw_hz
        self.power_dbm = sender.power_dbm
        self._until_ms = self.due_ms = ticks.add(t_ms, sender.air_ms + _SLACK_MS)
        self._radio = BUSY
        self._windowed = False
        self._go(states.GO)
        return SEND

    def _pause(self, t_ms: int) -> int:
        """Until a window is due."""
        windows = self._windows
        first = self.state == PAUSE_1
        self.due_ms = ticks.add(windows.first_ms() if first else windows.second_ms(), -_LEAD_MS)
        left = ticks.diff(self.due_ms, t_ms)
        if left > 0:
            if self._must_keep and left > _STORE_MS and self._may_keep(t_ms):
                return self._keep(False, t_ms)
            return NOTHING if self.sender.joins else self._listen(t_ms)
        self._go(states.DUE)
        can = windows.first() if first else windows.second()
        # A window may be over: when the shell is late, or when the first one's frame has taken that long.
        if not can or ticks.diff(t_ms, windows.close_ms) >= 0:
            if can and (first or self._radio != CONTINUOUS):
                self._miss()
            self._closed(t_ms)
            return self.step(t_ms)
        return self._window(t_ms)

    def _again(self, t_ms: int) -> int:
        """The frame once more, on another channel."""
        if self._silence.holds(t_ms):
            self.due_ms = self._silence.end_ms(t_ms)
            return self._listen(t_ms)
        if self.sender.hop():
            self._go(states.DUE)
            return self._ready(t_ms)
        if ticks.diff(t_ms, self._until_ms) < _LATE_MS:
            self.due_ms = ticks.add(t_ms, _AGAIN_MS)
            return self._listen(t_ms)
        self._finish(self._came_to(False), states.DROP)
        return self._idle(t_ms)
