"""MAC commands from the network (TS001 section 5): carried out in order, and answered in order.

The answers of a frame wait in `answers` for the next uplink. Those that are sticky stay there, and go with every uplink,
until a class A downlink is heard, so that the network never loses sight of how the device listens. A command that is
unknown, or cut short, ends the list, for nobody knows where the next one would begin.

A row of the table: bytes of a request, bytes of its answer with its CID (0: it is itself an answer to our request), sticky.
"""

from lorawan.channels import get_u24
from lorawan.requests import LINK_ADR, carry_out, link_adr
from micropython import const

ROOM = const(128)  # bytes of answers; more are cut off, as those are that a frame cannot hold

REQUEST, ANSWER, STICKY = range(3)
TABLE = {
    0x02: (2, 0, False),  # LinkCheckAns
    0x03: (4, 2, False),  # LinkADRReq
    0x04: (1, 1, False),  # DutyCycleReq
    0x05: (4, 2, True),  # RXParamSetupReq
    0x06: (0, 3, False),  # DevStatusReq
    0x07: (5, 2, False),  # NewChannelReq
    0x08: (1, 1, True),  # RXTimingSetupReq
    0x09: (1, 1, True),  # TXParamSetupReq
    0x0A: (4, 2, True),  # DlChannelReq
    0x0D: (5, 0, False),  # DeviceTimeAns
}
LINK_CHECK = const(0x02)
DEVICE_TIME = const(0x0D)


class Commands:
    """`region`, `terms`, `channels` and `adr` are changed by what the network asks for."""

    def __init__(self, region, terms, channels, adr) -> None:
        self.region = region
        self.terms = terms
        self.channels = channels
        self.adr = adr
        self.answers = bytearray(ROOM)
        self.n = 0
        self.said = False  # all of them have gone once: what is left are repetitions, and may be cut off
        self.battery = 255  # 0: powered from outside, 1...254: charge, 255: not known
        self.asked_link = False
        self.asked_time = False
        self.link_sent = False  # a frame has taken the question along
        self.link_answered = False
        self.margin_db = 0
        self.gateways = 0
        self.time_answered = False
        self.time_told = False
        self.gps_s = 0
        self.gps_256 = 0

    def reset(self) -> None:
        """A new session: nothing waits to be answered."""
        self.n = 0

    def run(self, buf, at: int, end: int, snr: int) -> None:
        """Carry out the commands in buf[at:end] of a class A downlink received at `snr` dB; what was sticky has been heard."""
        self.n = 0
        self.said = False
        while at < end:
            row = TABLE.get(buf[at])
            if row is None or at + 1 + row[REQUEST] > end:
                return
            cid = buf[at]
            if cid == LINK_ADR:
                count = 1
                while at + 5 * (count + 1) <= end and buf[at + 5 * count] == LINK_ADR:
                    count += 1
                status = link_adr(self, buf, at, count)
                for _ in range(count):
                    self._answer(cid, status, -1)
                at += 5 * count
                continue
            at += 1
            if cid == LINK_CHECK:
                self._link(buf, at)
            elif cid == DEVICE_TIME:
                self._time(buf, at)
            else:
                status = carry_out(self, cid, buf, at)
                if row[ANSWER] == 3:
                    self._answer(cid, max(0, min(255, self.battery)), max(-32, min(31, snr)) & 63)
                elif status >= 0:
                    self._answer(cid, status if row[ANSWER] == 2 else -1, -1)
            at += row[REQUEST]

    def fit(self, room: int) -> int:
        """Bytes of whole answers that fit in `room`."""
        at = 0
        while at < self.n and at + TABLE[self.answers[at]][ANSWER] <= room:
            at += TABLE[self.answers[at]][ANSWER]
        return at

    def sent(self, taken: int) -> None:
        """The first `taken` bytes of answers have gone: what is sticky stays, what was cut off is not sent any more. What is beyond
        all answers are our own requests."""
        self.link_sent = self.link_sent or (self.asked_link and taken > self.fit(taken))
        if not taken:
            return
        self.said = self.said or taken >= self.n
        to = at = 0
        while at < self.n:
            row = TABLE[self.answers[at]]
            if row[STICKY]:
                for i in range(row[ANSWER]):
                    self.answers[to + i] = self.answers[at + i]
                to += row[ANSWER]
            at += row[ANSWER]
        self.n = to

    def load(self, buf, at: int, n: int) -> None:
        """Take over answers that wait, from a kept form; what is none ends them."""
        self.n = 0
        while self.n < n and buf[at + self.n] in TABLE and TABLE[buf[at + self.n]][ANSWER]:
            self.n += TABLE[buf[at + self.n]][ANSWER]
        self.n = min(self.n, n)
        for i in range(self.n):
            self.answers[i] = buf[at + i]
        self.n = self.fit(n)

    def asks(self) -> int:
        """Bytes of our own requests that wait."""
        return self.asked_link + self.asked_time

    def put(self, buf, at: int, room: int) -> int:
        """Answers, then our own requests, as many as fit in `room`, into buf[at:]; returns the offset after them."""
        taken = self.fit(room)
        for i in range(taken):
            buf[at + i] = self.answers[i]
        at += taken
        room -= taken
        if self.asked_link and room:
            buf[at] = LINK_CHECK
            at += 1
            room -= 1
        if self.asked_time and room:
            buf[at] = DEVICE_TIME
            at += 1
        return at

    def _answer(self, cid: int, first: int, second: int) -> None:
        if self.n + TABLE[cid][ANSWER] > ROOM:
            return
        self.answers[self.n] = cid
        if first >= 0:
            self.answers[self.n + 1] = first
        if second >= 0:
            self.answers[self.n + 2] = second
        self.n += TABLE[cid][ANSWER]

    def _link(self, buf, at: int) -> None:
        if self.asked_link:
            self.asked_link = False
            self.link_answered = True
            self.margin_db = buf[at]
            self.gateways = buf[at + 1]

    def _time(self, buf, at: int) -> None:
        if self.asked_time:
            self.asked_time = False
            self.time_answered = True
            self.time_told = False
            self.gps_s = get_u24(buf, at) | buf[at + 3] << 24
            self.gps_256 = buf[at + 4]
