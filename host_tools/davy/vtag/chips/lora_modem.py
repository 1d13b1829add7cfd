"""The LoRa modem inside both families of chips: what it does on the air, whatever the registers or commands around it look like.

    state   event                                                      told as           next
    IDLE    `send`, `listen`                                           -                 SEND, LISTEN
    SEND    the frame is out                                           sent              IDLE
    LISTEN  a preamble                                                 -                 LOCKED
    LISTEN  symbols without a preamble, timer                          timeout           IDLE
    LOCKED  header good                                                header            LOCKED
    LOCKED  header destroyed                                           header_error      LISTEN
    LOCKED  timer before the header is in                              timeout           IDLE
    LOCKED  end of the frame                                           frame             IDLE, or LISTEN when it goes on
    any     `stop`                                                     -                 IDLE

The count of symbols ends with the first preamble: after a destroyed header a receiver without a timer listens for ever, which is
what is reported of the SX1276 in RXSINGLE. The timer stops when a header is in (SX1261/2: StopTimerOnPreamble off).
"""

from dataclasses import replace

from davy.vtag.ether import Ear, Ether, Reception, Transmission

IDLE, SEND, LISTEN, LOCKED = "IDLE", "SEND", "LISTEN", "LOCKED"
NEVER_US = 1 << 62

Event = tuple[int, str, Reception | None]  # world time, what, frame


class LoraModem:
    """One modem, at `station` in the ether."""

    def __init__(self, ether: Ether, station: str) -> None:
        self.ether = ether
        self.station = station
        self.state = IDLE
        self.sending: Transmission | None = None
        self._ear: Ear | None = None
        self._since_us = 0
        self._symbols_us = NEVER_US
        self._timer_us = NEVER_US
        self._single = False
        self._lock: Transmission | None = None
        self._header = False

    def send(self, sent: Transmission, t_us: int) -> None:
        """Begin; the frame may start a little later."""
        self.stop(t_us)
        self.state = SEND
        self.sending = self.ether.send(replace(sent, sender=self.station))

    def listen(
        self, ear: Ear, from_us: int, *, single: bool, symbols: int | None = None, timer_us: int | None = None
    ) -> list[int]:
        """Begin at `from_us`; `symbols` without a preamble, or `timer_us` without a header, end it. Returns when that would be."""
        self.stop(from_us)
        self.state = LISTEN
        self._ear = ear
        self._since_us = from_us
        self._single = single
        self._symbols_us = NEVER_US if symbols is None else from_us + int(symbols * ear.modulation.symbol_us)
        self._timer_us = NEVER_US if timer_us is None else from_us + timer_us
        return [one for one in (self._symbols_us, self._timer_us) if one != NEVER_US]

    def stop(self, t_us: int) -> None:
        """End whatever it does; a frame that was going out is cut."""
        if self.state == SEND and self.sending and t_us < self.sending.whole_us:
            self.sending.cut_us = max(t_us, self.sending.start_us)
        self.state = IDLE
        self.sending = self._lock = None

    def advance(self, t_us: int) -> list[Event]:
        """Everything that has happened up to `t_us`."""
        events: list[Event] = []
        while (event := self._next(t_us)) is not None:
            if event[1]:
                events.append(event)
        return events

    def _next(self, t_us: int) -> Event | None:
        if self.state == SEND:
            return self._sent(t_us)
        if self.state == LISTEN:
            return self._wait(t_us)
        if self.state == LOCKED:
            return self._follow(t_us)
        return None

    def _sent(self, t_us: int) -> Event | None:
        assert self.sending is not None
        end_us = self.sending.whole_us
        if t_us < end_us:
            return None
        self.state, self.sending = IDLE, None
        return end_us, "sent", None

    def _timeout(self, at_us: int) -> Event:
        self.state, self._lock = IDLE, None
        return at_us, "timeout", None

    def _wait(self, t_us: int) -> Event | None:
        assert self._ear is not None
        limit_us = min(self._symbols_us, self._timer_us)
        found = self.ether.lock(self._ear, self.station, self._since_us, min(t_us, limit_us))
        if found is not None:
            self._symbols_us = NEVER_US
            self.state, self._header, self._lock = LOCKED, False, found[1]
            return found[0], "", None
        return self._timeout(limit_us) if t_us >= limit_us else None

    def _follow(self, t_us: int) -> Event | None:
        sent = self._lock
        assert sent is not None
        damaged_us = self.ether.damaged(sent, self.station)
        if not self._header:
            if self._timer_us < sent.header_us:
                return self._timeout(self._timer_us) if t_us >= self._timer_us else None
            if t_us < sent.header_us:
                return None
            if damaged_us is not None and damaged_us < sent.header_us:
                self.state, self._lock, self._since_us = LISTEN, None, sent.header_us
                return sent.header_us, "header_error", None
            self._header = True
            return sent.header_us, "header", None
        if t_us < sent.whole_us:
            return None
        self._lock, self._since_us = None, sent.whole_us
        self.state = IDLE if self._single else LISTEN
        return sent.whole_us, "frame", self.ether.received(sent, self.station)
