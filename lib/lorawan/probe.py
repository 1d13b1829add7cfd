"""How well network and device hear each other where the device is now: a LinkCheckReq (TS001 section 5.1) that goes soon.

    state     what happens                                 next
    WAITING   an exchange from before is under way         ASKING, once it is over; FULL: of no band's hour is as much left as
                                                           others are to find
    ASKING    the question is to go, or has gone           ANSWERED: the answer is here
                                                           UNHEARD: it went, and the exchange is over without one
                                                           OTHER: the network was heard meanwhile, but not that
                                                           DEAF: neither, but the radio could not send it, or not listen
                                                           FULL: no band's hour has room for it
    both                                                   UNJOINED: there is no session
                                                           LATE: `most_ms` are over, or nobody wants to know any more

The others are the end. What is lost on the way there and what is lost on the way back look the same: UNHEARD. A frame that has no
room for the question is none that asked: it is asked anew.
"""

import ticks
from lorawan.frame import ACCEPTED
from lorawan.states import IDLE
from micropython import const

WAITING = const(0)
ASKING = const(1)
ANSWERED = const(2)
UNHEARD = const(3)
FULL = const(4)
UNJOINED = const(5)
LATE = const(6)
DEAF = const(7)
OTHER = const(8)


class Probe:
    """Ask `over` again and again: often enough to see the device idle between two exchanges, else it waits for another one.
    `left_ms`: airtime that others are to find in the best band's hour when the question has gone."""

    def __init__(self, mac, most_ms: int, left_ms: int, t_ms: int) -> None:
        self._mac = mac
        self._left_ms = left_ms
        self._end_ms = ticks.add(t_ms, most_ms)
        self._up = 0  # counter of the first frame that can carry the question
        self._misses = 0  # the MAC's, before
        self._heard = 0  # genuine frames, before
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
            self._look(t_ms)
        elif mac.state == IDLE:
            self._ask(t_ms)
        return self.state > ASKING

    def drop(self) -> None:
        """Nobody wants to know any more."""
        if self.state <= ASKING:
            self._end(LATE)

    def _ask(self, t_ms: int) -> None:
        mac = self._mac
        if mac.beyond_ms(self._left_ms, t_ms) < mac.lasts_ms(0) * mac.stack.terms.nb_trans:
            self._end(FULL)
            return
        self.state = ASKING
        self._up = mac.stack.session.up
        self._misses = mac.misses
        self._heard = mac.stats[ACCEPTED]
        mac.ask_link(t_ms)

    def _look(self, t_ms: int) -> None:
        mac = self._mac
        commands = mac.stack.commands
        if commands.link_answered:
            self._note_sent()
            self.margin_db = commands.margin_db
            self.gateways = commands.gateways
            self.rssi_dbm = mac.rssi
            self.snr_db = mac.snr
            self._end(ANSWERED)
        elif mac.state != IDLE or mac.answering(t_ms):
            return
        elif commands.link_sent:
            self._note_sent()
            if mac.stats[ACCEPTED] != self._heard:
                self._end(OTHER)
            else:
                self._end(UNHEARD if mac.misses == self._misses else DEAF)
        elif mac.stack.session.up != self._up:
            self._ask(t_ms)
        elif not mac.owes:
            self._end(FULL)

    def _note_sent(self) -> None:
        self.sf = self._mac.sender.sf
        self.dbm = self._mac.sender.power_dbm

    def _end(self, state: int) -> None:
        if self.state == ASKING:
            self._mac.unask_link()
        self.state = state
