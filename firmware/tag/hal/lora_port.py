"""Between MAC and radio: carries out the MAC's orders, tells it what became of them, and lends the radio to calls for help.

`step` every 20 ms or so. What the radio does, and for whom:

    duty       begun by                                      ends with                     told to the MAC as
    FREE       -                                             -                             -
    SENDING    SEND                                          SENT; FAULT                   sent; failed
    WAITING    LISTEN, its window is not due                 its time: WINDOW              -
    WINDOW     its time                                      RECEIVED; SILENT; FAULT       heard; silent; failed
    ALWAYS     LISTEN, continuous                            another order; FAULT          heard, each time; failed
    CALLING    a call for help, while the MAC is idle        SENT; FAULT; _CALL_MS over    returned
    LENDING    no order, and calls are listened for          another order; FAULT          -

A frame that begins as a call for help does is for `calls`; the MAC hears of it, too, and passes over it.
"""

import ticks
from drivers.lora_radio import FAULT, NOTHING, RECEIVED, SENT, SILENT
from lorawan import mac as lorawan
from micropython import const

FREE = const(0)
SENDING = const(1)
WAITING = const(2)
WINDOW = const(3)
ALWAYS = const(4)
CALLING = const(5)
LENDING = const(6)

_ORDERS = const(4)  # in one step: each leads to the next at once, or to none
_STEP_MS = const(20)
_AGAIN_MS = const(5000)
_HEED_MS = const(10000)
_CALL_MS = const(10000)  # the longest call takes 1.4 s


class LoraPort:
    """`radio` is a driver of lib/drivers, `store(bytes) -> bool` keeps the MAC's state, `link` is told of airtime, `calls`
    (tag/reporting/shout.py) may be None: this site allows none."""

    def __init__(self, radio, mac, store, link, calls, t_ms: int) -> None:
        self._radio = radio
        self._mac = mac
        self._store = store
        self._link = link
        self._calls = calls
        self.duty = FREE
        self._begin_ms = t_ms  # of the window
        self._lend_ms = t_ms  # not before; in CALLING: until then at most
        self._heed_ms = t_ms  # not before
        self.news = []  # PEER events that nobody has taken yet

    def step(self, t_ms: int) -> bool:
        """A round: what the radio says, then what the MAC wants. False: flash has taken its time, `t_ms` is not now any more."""
        said = self._radio.poll(t_ms)
        if said != NOTHING:
            self._hear(said, t_ms)
        if not self._obey(t_ms):
            return False
        if self.duty == WAITING and ticks.diff(t_ms, self._begin_ms) > -_STEP_MS:
            self._open(t_ms)  # rather a little early than after the next step
        if self._calls:
            self._lend(t_ms)
        return True

    def listen_first(self, t_ms: int) -> None:
        """Before something is sent: a frame that is coming in is heard to its end. Not oftener than every _HEED_MS: who sends one
        after the other must not silence the tag."""
        if ticks.diff(t_ms, self._heed_ms) < 0:
            return
        self._heed_ms = t_ms
        if self.duty == ALWAYS and self._radio.hearing():
            self._mac.hearing(t_ms)
            self._heed_ms = ticks.add(t_ms, _HEED_MS)

    # -- what the radio says ---------------------------------------------------------------------------------------------

    def _hear(self, said: int, t_ms: int) -> None:
        if said == RECEIVED:
            self._received(t_ms)
            return
        mac = self._mac
        duty = self.duty
        if said == FAULT or duty != ALWAYS:
            self.duty = FREE
        if duty == CALLING:
            mac.returned(t_ms)
        if said == FAULT:
            self._lend_ms = ticks.add(t_ms, _AGAIN_MS)
            if duty < CALLING:
                mac.failed(t_ms)
        elif said == SENT and duty == SENDING:
            mac.sent(self._radio.done_ms)
        elif said == SILENT and duty == WINDOW:
            mac.silent(t_ms)

    def _received(self, t_ms: int) -> None:
        radio = self._radio
        if self._calls:
            event = self._calls.heard(radio.frame, radio.length, radio.rssi_dbm, t_ms)
            if event:
                self.news.append(event)
        if self.duty == WINDOW or self.duty == ALWAYS:
            self._mac.heard(radio.frame, radio.length, radio.rssi_dbm, radio.snr_db4 >> 2, radio.done_ms)
        if self.duty == WINDOW:
            self.duty = FREE

    # -- what the MAC wants ----------------------------------------------------------------------------------------------

    def _obey(self, t_ms: int) -> bool:
        mac = self._mac
        for _ in range(_ORDERS):
            order = mac.step(t_ms)
            if order == lorawan.NOTHING:
                return True
            if order == lorawan.KEEP:
                mac.was_kept(self._store(mac.kept()), t_ms)
                return False
            if order == lorawan.SEND:
                self._send(t_ms)
            elif order == lorawan.LISTEN:
                self._listen(t_ms)
            else:
                self.duty = FREE
                self._radio.sleep()
        return True

    def _send(self, t_ms: int) -> None:
        mac = self._mac
        self.duty = SENDING
        if not self._radio.working:  # then surely nothing goes out; else it may have begun before it failed
            self.duty = FREE
            mac.refused(t_ms)
        elif self._radio.begin_send(mac.frame, mac.length, mac.freq_hz, mac.sf, mac.bw_hz, mac.power_dbm, t_ms):
            self._link.on_air(mac.air_ms)
        else:
            self._refused(t_ms)

    def _listen(self, t_ms: int) -> None:
        mac = self._mac
        if mac.continuous:
            self.duty = ALWAYS
            if not self._radio.begin_receive(mac.freq_hz, mac.sf, mac.bw_hz, 0, t_ms):
                self._refused(t_ms)
            return
        self.duty = WAITING
        self._begin_ms = ticks.add(mac.open_ms, -self._radio.start_ms)

    def _open(self, t_ms: int) -> None:
        mac = self._mac
        self.duty = WINDOW
        window_ms = max(1, ticks.diff(mac.close_ms, t_ms) - self._radio.start_ms)
        if not self._radio.begin_receive(mac.freq_hz, mac.sf, mac.bw_hz, window_ms, t_ms):
            self._refused(t_ms)

    def _refused(self, t_ms: int) -> None:
        """The radio does not take the order."""
        self.duty = FREE
        self._mac.failed(t_ms)

    # -- calls for help --------------------------------------------------------------------------------------------------

    def _lend(self, t_ms: int) -> None:
        """Call, and listen for others' calls, while the MAC needs the radio for nothing else."""
        mac = self._mac
        calls = self._calls
        over = ticks.diff(t_ms, self._lend_ms) >= 0
        if over:
            self._lend_ms = t_ms  # not left to the wrap of the ticks
        if self.duty == CALLING and over:  # the radio has not said a word
            self.duty = FREE
            mac.returned(t_ms)
        if self.duty != FREE and self.duty != ALWAYS and self.duty != LENDING:
            return
        if calls.waits(t_ms) and mac.borrow(len(calls.frame), t_ms):
            hz, sf, bw_hz = mac.common()
            n = calls.next(t_ms)
            self.duty = CALLING
            self._lend_ms = ticks.add(t_ms, _CALL_MS)
            if not n or not self._radio.begin_send(
                calls.frame, n, hz, sf, bw_hz, mac.common_dbm(), t_ms, True, 8, False
            ):
                self.duty = FREE
                mac.returned(t_ms)
        elif self.duty == FREE and over:
            hz, sf, bw_hz = mac.common()
            if self._radio.begin_receive(hz, sf, bw_hz, 0, t_ms):
                self.duty = LENDING
            else:
                self._lend_ms = ticks.add(t_ms, _AGAIN_MS)
