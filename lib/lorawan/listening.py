"""Orders to listen: the two windows of class A, and class C all the time."""

import ticks
from lorawan.exchange import BUSY, CONTINUOUS, OFF, Exchange
from lorawan.states import IDLE, LISTEN, NOTHING, SECOND, STOP
from micropython import const

_SLACK_MS = const(2000)  # the radio may be so late with its word


class Listening(Exchange):
    """What the radio is to be set to, and when to ask again."""

    def __init__(self, stack, sender, receiver, class_c: bool, error_ms: int, t_ms: int) -> None:
        super().__init__(stack, sender, receiver, class_c, error_ms, t_ms)
        self.due_ms = t_ms
        self.freq_hz = 0
        self.sf = 0
        self.bw_hz = 0
        self.power_dbm = 0
        self.open_ms = t_ms
        self.close_ms = t_ms
        self.continuous = False

    def _listen(self, t_ms: int) -> int:
        """Class C listens; class A lets the radio sleep."""
        if self.class_c and self.stack.session.live:
            if self._radio == CONTINUOUS:
                return NOTHING
            if self._deaf:
                if ticks.diff(t_ms, self._deaf_ms) < 0:
                    self._due(self._deaf_ms)
                    return NOTHING
                self._deaf = False
            self._windows.second()
            self._tune(True)
            self._radio = CONTINUOUS
            return LISTEN
        if self._radio == OFF or self.state != IDLE:
            return NOTHING
        self._radio = OFF
        return STOP

    def _window(self, t_ms: int) -> int:
        windows = self._windows
        self._until_ms = ticks.add(windows.close_ms, windows.longest_ms() + _SLACK_MS)
        if self.state == SECOND and self.class_c and not self.sender.joins:
            # The radio goes on listening; who waits for an answer gives a frame that has begun time to end.
            self._until_ms = ticks.add(windows.close_ms, windows.longest_ms() if self._awaits() else 0)
            self.due_ms = self._until_ms
            return self._listen(t_ms)
        self.due_ms = self._until_ms
        self._tune(False)
        self._radio = BUSY
        return LISTEN

    def _awaits(self) -> bool:
        return self._copies > 0 or self.sender.confirmed

    def _tune(self, continuous: bool) -> None:
        windows = self._windows
        self.freq_hz = windows.freq_hz
        self.sf = windows.sf
        self.bw_hz = windows.bw_hz
        self.open_ms = windows.open_ms
        self.close_ms = windows.close_ms
        self.continuous = continuous

    def _due(self, t_ms: int) -> None:
        """Ask again then at the latest."""
        if ticks.diff(t_ms, self.due_ms) < 0:
            self.due_ms = t_ms
