"""An uplink and what follows it: what the radio and the network do moves the device through the table of lorawan/states.py."""

import ticks
from lorawan import states
from lorawan.frame import ACCEPTED, JOIN_ACCEPT, SIZE, UNASKED
from lorawan.join import Pace
from lorawan.keeping import Keeping
from lorawan.reply import Reply
from lorawan.silence import Silence
from lorawan.states import AGAIN, FIRST, IDLE, NONE, READY, SECOND, SENDING
from lorawan.windows import Windows
from micropython import const

OFF, AWAKE, BUSY, CONTINUOUS = range(4)  # what the radio was told last; AWAKE: it has done it
_RETRANSMIT_MS = const(1000)  # RETRANSMIT_TIMEOUT is 1 to 3 s
_RETRANSMIT_SPREAD_MS = const(2000)
_COPY_SPREAD_MS = const(1000)
_START_MS = const(2000)
_DEAF_MS = const(1000)


class Exchange(Keeping):
    """Events of the radio; the orders are lorawan/orders.py."""

    def __init__(self, stack, sender, receiver, class_c: bool, error_ms: int, t_ms: int) -> None:
        super().__init__(stack, sender, receiver)
        self._windows = Windows(stack, sender, error_ms)
        self._pace = Pace(t_ms)
        self._silence = Silence(t_ms)
        self._reply = Reply(t_ms)
        self.class_c = class_c
        self.state = IDLE
        self.outcome = NONE
        self.refusal = ACCEPTED  # of the last frame heard
        self.misses = 0  # frames and windows that the radio could not do, or not in time; modulo 65536
        self.rssi = 0  # of the last frame accepted
        self.snr = 0
        self.sent_ms = t_ms  # when the last uplink ended
        self.gps_ms = t_ms  # the tick that belongs to the time the network told
        self._until_ms = t_ms  # of the state
        self._copies = 0  # still to be sent
        self._first = True  # the frame that is built has not been handed to the radio yet
        self._went = False  # the radio has sent it at least once
        self._radio = OFF
        self._windowed = False  # the windows are those of the last uplink
        self._deaf = False  # class C: the radio could not listen; it is not asked again before
        self._deaf_ms = t_ms
        self._join_ms = ticks.add(t_ms, sender.random() % _START_MS)  # not before

    def sent(self, t_ms: int) -> None:
        """The radio has sent the frame; `t_ms` is when it ended."""
        if self.state != SENDING:
            return
        stack = self.stack
        stack.duty.roll(t_ms)
        stack.duty.ended()
        self._radio = AWAKE
        self._went = True
        self.sent_ms = t_ms
        self._windows.begin(t_ms)
        self._windowed = True
        if stack.terms.max_duty:  # TS001 section 5.3
            self._silence.hush(t_ms, self.sender.air_ms * ((1 << stack.terms.max_duty) - 1))
        self._go(states.SENT)

    def refused(self, t_ms: int) -> None:
        """The radio has not taken the order: nothing went on the air, and no airtime was used."""
        if self.state == SENDING:
            self.stack.duty.undo()
            if self.sender.joins:
                self._pace.undo(self.sender.air_ms)
        self.failed(t_ms)

    def failed(self, t_ms: int) -> None:
        """The radio could not do what it was told."""
        self._miss()
        if self._radio == CONTINUOUS:
            self._deaf = True
            self._deaf_ms = ticks.add(t_ms, _DEAF_MS)
        if self._radio != OFF:
            self._radio = AWAKE
        if self.state == SENDING:
            self.stack.duty.roll(t_ms)
            self.stack.duty.ended()
            self._join_later(t_ms)
            self._finish(self._came_to(False), states.FAILED)
        elif self.state == FIRST or self.state == SECOND:
            self._closed(t_ms)

    def silent(self, t_ms: int) -> None:
        """The window has closed, and no frame came."""
        if self._in_window():
            self._radio = AWAKE
            self._closed(t_ms)

    def hearing(self, t_ms: int) -> None:
        """The radio has found a preamble: nothing is sent until the frame has ended. Calling it is useful in class C, never
        needed."""
        if self._in_window() or self._radio == CONTINUOUS:
            self._silence.hear(t_ms, self._windows.longest_ms())

    def heard(self, buf, n: int, rssi: int, snr: int, t_ms: int) -> None:
        """A frame was received, buf[:n], at `rssi` dBm and `snr` dB; `t_ms` is when it ended."""
        self._silence.heard()
        window = self._in_window()
        if window:
            self._radio = AWAKE
        elif self._radio != CONTINUOUS:
            self._count(UNASKED)
            return
        join = window and self.sender.joins
        class_a = window
        if not 0 < n <= len(buf):
            refusal = SIZE
        elif buf[0] == JOIN_ACCEPT:
            refusal = self.receiver.join(buf, n, self.stack.nonce - 1, self.sender.dr) if join else UNASKED
        else:
            class_a = window or (self._windowed and self._windows.second_began(n, t_ms))
            refusal = self.receiver.data(buf, n, self._windows.dr, class_a, snr)
        self._count(refusal)
        if refusal == ACCEPTED:
            self._must_keep = True
            self.rssi = rssi
            self.snr = snr
            if join:
                self._pace.attempt = 0
                self._finish(NONE, states.ANSWER)
            else:
                self._accepted(class_a, t_ms)
        elif window:
            self._closed(t_ms)

    def busy_ms(self, t_ms: int) -> int:
        """Milliseconds, about, until a frame could go as far as the exchange under way is concerned."""
        until = self._silence.end_ms(t_ms)
        if self.state == SENDING:
            until = ticks.add(self._until_ms, 1000 * self.stack.terms.delay_s)
        elif self.state != IDLE and self._windowed:
            until = self._windows.end_ms()
        return max(0, ticks.diff(until, t_ms))

    def _in_window(self) -> bool:
        """Whether a window is open that ends with its first frame."""
        return self._radio == BUSY and (self.state == FIRST or self.state == SECOND)

    def _accepted(self, class_a: bool, t_ms: int) -> None:
        receiver = self.receiver
        sender = self.sender
        commands = self.stack.commands
        if class_a and (self.state == FIRST or self.state == SECOND):
            if sender.confirmed and not receiver.acked:  # as if nothing had come
                self._silence.hush(t_ms, 1000 + self._spread_ms())
            self._finish(self._came_to(receiver.acked), states.ANSWER)
        if commands.time_answered and not commands.time_told:
            commands.time_told = True
            self.gps_ms = self.sent_ms
        if receiver.confirmed:
            sender.owes_ack = True
            self._reply.confirmed(class_a, t_ms)
        if receiver.confirmed or receiver.pending or (class_a and commands.n):
            self._reply.want(t_ms, sender.random())
        if self._radio == CONTINUOUS and not self._windows.tuned():
            self._radio = AWAKE  # to be told anew

    def _closed(self, t_ms: int) -> None:
        """A window is over without a frame that counts."""
        if self.state != SECOND:
            self._go(states.CLOSED)
        elif self._copies:
            self._until_ms = ticks.add(t_ms, self._spread_ms())
            self._go(states.MORE)
        else:
            if self.sender.confirmed:  # TS001 section 4.3.1.3: also before a new frame
                self._silence.hush(t_ms, self._spread_ms())
            self._join_later(t_ms)
            self._finish(self._came_to(False), states.CLOSED)

    def _spread_ms(self) -> int:
        """A random time before the next frame."""
        random = self.sender.random()
        if self.sender.confirmed:
            return _RETRANSMIT_MS + random % _RETRANSMIT_SPREAD_MS
        return random % _COPY_SPREAD_MS

    def _join_later(self, t_ms: int) -> None:
        """When the next join request may go, if the last frame was one."""
        if self.sender.joins:
            self._join_ms = ticks.add(t_ms, self._pace.pause_ms(self.sender.air_ms, self.sender.random()))

    def _came_to(self, acked: bool) -> int:
        """The outcome of a frame."""
        if not self._went:
            return states.LOST
        if self.sender.confirmed:
            return states.ACKED if acked else states.NOT_ACKED
        return states.DONE

    def _finish(self, outcome: int, symbol: int) -> None:
        """The exchange is over."""
        if self.sender.owned:
            self.outcome = outcome
            self.sender.owned = False
        self._copies = 0
        self._go(symbol)

    def _built(self, copies: int) -> None:
        """A frame is built, to be sent so often."""
        self._copies = copies
        self._first = True
        self._went = False
        self._go(states.BUILT)

    def _not_kept(self, t_ms: int) -> None:
        """The frame that waited for it cannot go, or not again."""
        if self.state == READY:
            if self.sender.joins:
                self._join_ms = self._retry_ms
            self._finish(self._came_to(False), states.DROP)

    def _free(self, urgent: bool, t_ms: int) -> bool:
        """Whether the application may send."""
        idle = self.state == IDLE or (urgent and self.state == AGAIN)
        return idle and self.stack.session.live and not self._silence.holds(t_ms)

    def _leave(self, t_ms: int) -> None:
        """The session is gone."""
        self._must_keep = True
        self._reply.done()
        self.sender.owes_ack = False
        self._join_ms = t_ms
        self._windowed = False

    def _miss(self) -> None:
        self.misses = (self.misses + 1) & 0xFFFF

    def _count(self, refusal: int) -> None:
        self.refusal = refusal
        self.receiver.stats[refusal] += 1

    def _go(self, symbol: int) -> None:
        self.state = states.TABLE[self.state][symbol]
