"""How well network and device hear each other where the device is now: a LinkCheckReq (TS001 section 5.1) that goes soon.

    state     what happens                                 next
    WAITING   an exchange from before is under way         ASKING, once it is over
    ASKING    the question is to go, or has gone           ANSWERED: the answer is here
                                                           UNHEARD: a frame went since, and its exchange is over without one
                                                           FULL: no band's hour has room for it
    both                                                   UNJOINED: there is no session
                                                           LATE: `most_ms` are over

The others are the end. What is lost on the way there and what is lost on the way back look the same: UNHEARD. So does a network
that does not know the command.
"""

import ticks
from lorawan.states import IDLE
from micropython import const

WAITING = const(0)
ASKING = const(1)
ANSWERED = const(2)
UNHEARD = const(3)
FULL = const(4)
UNJOINED = const(5)
LATE = const(6)


class Probe:
    """Ask `over` again and again: often enough to see the device idle between two exchanges, else it waits for another one."""

    def __init__(self, mac, most_ms: int, t_ms: int) -> None:
        self._mac = mac
        self._end_ms = ticks.add(t_ms, most_ms)
        self._up = 0  # counter of the first frame that can carry the question
        self.state = WAITING
        self.sf = 0  # of the question
        self.dbm = 0  # with which it was sent
        self.margin_db = 0  # by which the best gateway heard it above what it needs, 0..254
        self.gateways = 0  # that have heard it
        self.rssi_dbm = 0  # of the answer, here
        self.snr_db = 0

    def over(self, t_ms: int) -> bool:
        """A step: whether the state is one of the last."""
        mac = self._mac
        if self.state > ASKING:
            return True
        if not mac.joined:
            self._end(UNJOINED)
        elif ticks.diff(t_ms, self._end_ms) >= 0:
            self._end(LATE)
        elif self.state == ASKING:
            self._look()
        elif mac.state == IDLE:
            self.state = ASKING
            self._up = mac.stack.session.up
            mac.ask_link(t_ms)
        return self.state > ASKING

    def _look(self) -> None:
        mac = self._mac
        commands = mac.stack.commands
        if commands.link_answered:
            self.sf = mac.sender.sf
            self.dbm = mac.sender.power_dbm
            self.margin_db = commands.margin_db
            self.gateways = commands.gateways
            self.rssi_dbm = mac.rssi
            self.snr_db = mac.snr
            self._end(ANSWERED)
        elif mac.state == IDLE:
            if mac.stack.session.up != self._up:
                self.sf = mac.sender.sf
                self.dbm = mac.sender.power_dbm
                self._end(UNHEARD)
            elif not mac.owes:
                self._end(FULL)

    def _end(self, state: int) -> None:
        self._mac.stack.commands.asked_link = False
        self.state = state
