"""One MQTT 3.1.1 session with a clean start: QoS 1 out and in, bounded memory, a deadline on everything.

| state    | what happens                                     | next                                               |
|----------|--------------------------------------------------|----------------------------------------------------|
| CLOSED   | open: CONNECT is to be written                   | GREETING                                           |
| GREETING | CONNACK 0: SUBSCRIBE is to be written            | UP: publishing need not wait for SUBACK            |
| GREETING | CONNACK else, or another packet; 10 s over       | CLOSED, `problem` says why                         |
| UP       | PUBLISH                                          | UP, MESSAGE; PUBACK is to be written for QoS 1     |
| UP       | PUBACK of a packet in flight                     | UP, CONFIRMED                                      |
| UP       | SUBACK, PINGRESP; PUBACK of another packet       | UP                                                 |
| UP       | refused SUBACK, any other packet, a malformed one| CLOSED                                             |
| UP       | an answer is 10 s late, or no byte goes for 10 s | CLOSED                                             |
| any      | close                                            | CLOSED                                             |

The session is clean, and a packet is never sent twice (so DUP is never set): what was not confirmed when a connection ends is the
caller's to say again. Davy's frames carry a counter that must rise, and a repeated packet would be refused as a replay; its outbox
sends the records themselves anew, also after a reset, which no packet store in memory would survive.
"""

import ticks
from micropython import const
from mqtt import packets
from mqtt.flight import Flight
from mqtt.incoming import BROKEN, PACKET, Incoming
from mqtt.outgoing import Outgoing

CLOSED = const(0)
GREETING = const(1)
UP = const(2)

# what `fed` tells
NOTHING = const(0)
MESSAGE = const(1)  # topic in rx.buf[2:topic_end], payload in rx.buf[payload_at:rx.n], until the next byte is read
CONFIRMED = const(2)  # the broker has the packet `confirmed`
GREETED = const(3)  # the session is up

# `problem`: why it is CLOSED
NONE = const(0)
SILENT = const(1)  # no answer in time
STALLED = const(2)  # the stream takes nothing
GARBLED = const(3)  # what came is no MQTT, or not what a broker may say now
REFUSED = const(4)  # CONNACK says no: `code` as in the standard, 1..5
DEAF = const(5)  # the subscription is refused: orders would not be heard

SUBSCRIBE_ID = const(1)
ANSWER_MS = const(10000)
_SPARE = const(6)  # room for a PUBACK and a PINGREQ
_RESERVE = const(2)  # places in flight that `ready` leaves to what cannot wait


class Client:
    """`hello` and `subscribe` are whole packets (`packets.connect`, `packets.subscribe` with SUBSCRIBE_ID).

    To be written is tx.buf[tx.at:tx.end]: tell `tx.taken`. Read only while `wants()` is not 0, and tell `fed`.
    """

    def __init__(self, hello, subscribe, ping_ms: int, window: int, tx_bytes: int, rx_bytes: int) -> None:
        self._hello = hello
        self._subscribe = subscribe
        self._ping_ms = ping_ms  # a PINGREQ after so long without sending: well below the keep-alive time in `hello`
        self.flight = Flight(window, ANSWER_MS)
        self.tx = Outgoing(max(tx_bytes, len(hello), len(subscribe)) + _SPARE)
        self.rx = Incoming(rx_bytes)
        self.state = CLOSED
        self.problem = NONE
        self.code = 0
        self.last_id = self.confirmed = 0
        self.topic_end = self.payload_at = 0
        self.oversize = 0  # messages longer than rx_bytes: confirmed, and not looked at
        self._asked = ""  # what the broker owes besides PUBACKs
        self._asked_ms = 0

    def open(self, t_ms: int) -> None:
        """A stream to the broker is there, or will be when bytes go."""
        self.flight.clear()
        self.tx.clear(t_ms)
        self.rx.reset()
        self.problem = NONE
        self.code = 0
        self.state = GREETING
        self.tx.put(self._hello, t_ms)
        self._ask("connack", t_ms)

    def close(self, problem: int = NONE) -> int:
        """The stream is gone, or is to go; returns NOTHING."""
        self.state = CLOSED
        self.problem = problem
        return NOTHING

    @property
    def ready(self) -> bool:
        """Whether to publish what can wait."""
        return self.state == UP and self.tx.end == 0 and self.flight.free > _RESERVE

    def room(self, topic: bytes, n: int) -> bool:
        """Whether `publish` takes a payload of `n` bytes now."""
        size = 2 + len(topic) + 2 + n
        whole = 1 + packets.length_bytes(size) + size
        return self.state == UP and self.flight.free > 0 and whole + _SPARE <= self.tx.room()

    def publish(self, topic: bytes, n: int, t_ms: int, retain: bool = False) -> int:
        """A PUBLISH of QoS 1, number `last_id`, whose payload of `n` bytes the caller puts into tx.buf[the offset returned:].

        0: not now, there is no place in flight or no room."""
        if not self.room(topic, n):
            return 0
        size = 2 + len(topic) + 2 + n
        buf = self.tx.buf
        at = self.tx.reserve(1 + packets.length_bytes(size) + size, t_ms)
        buf[at] = packets.PUBLISH | packets.QOS_1 | (packets.RETAIN if retain else 0)
        at = packets.put_text(buf, packets.put_length(buf, at + 1, size), topic)
        self.last_id = self.flight.add(t_ms)
        return packets.put_u16(buf, at, self.last_id)

    def goodbye(self, t_ms: int) -> None:
        """DISCONNECT is to be written, if there is room: the broker forgets the will."""
        if self.state == UP and self.tx.room() >= 2:
            self.tx.put(b"\xe0\x00", t_ms)

    def wants(self) -> int:
        """Bytes to read into rx.buf[rx.at:]; 0 while there is no room for the answer to what they might say."""
        return self.rx.wants() if self.state != CLOSED and self.tx.room() >= _SPARE else 0

    def fed(self, n: int, t_ms: int) -> int:
        """`n` bytes have been read: what they say."""
        rx = self.rx
        found = rx.fed(n)
        if found == BROKEN:
            return self.close(GARBLED)
        if found != PACKET:
            return NOTHING
        if self.state == GREETING:
            return self._greet(t_ms)
        kind = rx.first & packets.KIND
        if kind == packets.PUBLISH:
            return self._message(t_ms)
        if rx.cut or rx.first & 15:
            return self.close(GARBLED)
        if kind == packets.PUBACK and rx.n == 2:
            ident = packets.get_u16(rx.buf, 0)
            if not self.flight.confirm(ident):
                return NOTHING
            self.confirmed = ident
            return CONFIRMED
        if kind == packets.PINGRESP and rx.n == 0:
            if self._asked == "pingresp":
                self._asked = ""
            return NOTHING
        if (
            kind == packets.SUBACK
            and rx.n == 3
            and self._asked == "suback"
            and packets.get_u16(rx.buf, 0) == SUBSCRIBE_ID
        ):
            self._asked = ""
            return NOTHING if rx.buf[2] <= 1 else self.close(DEAF)
        return self.close(GARBLED)

    def tick(self, t_ms: int) -> None:
        """What is due: a PINGREQ, or the end. Call it several times a second."""
        if self.state == CLOSED:
            return
        still_ms = self.tx.still_ms(t_ms)
        if self.tx.end and still_ms >= ANSWER_MS:
            self.close(STALLED)
        elif (self._asked and ticks.diff(t_ms, self._asked_ms) >= ANSWER_MS) or self.flight.late(t_ms):
            self.close(SILENT)
        elif not self._asked and still_ms >= self._ping_ms:
            self.tx.put(b"\xc0\x00", t_ms)
            self._ask("pingresp", t_ms)

    def _ask(self, what: str, t_ms: int) -> None:
        self._asked = what
        self._asked_ms = t_ms

    def _greet(self, t_ms: int) -> int:
        rx = self.rx
        if self.tx.end or rx.first != packets.CONNACK or rx.cut or rx.n != 2 or rx.buf[0] > 1:
            return self.close(GARBLED)
        if rx.buf[1]:
            self.code = rx.buf[1]
            return self.close(REFUSED)
        self.state = UP
        self.tx.put(self._subscribe, t_ms)
        self._ask("suback", t_ms)
        return GREETED

    def _message(self, t_ms: int) -> int:
        rx = self.rx
        qos = rx.first & packets.QOS
        end = 2 + packets.get_u16(rx.buf, 0) if rx.n >= 2 else 0
        start = end + 2 if qos else end
        if qos > packets.QOS_1 or end == 0 or (not qos and rx.first & packets.DUP) or (start > rx.n and not rx.cut):
            return self.close(GARBLED)
        if qos and start <= rx.n:
            ident = packets.get_u16(rx.buf, end)
            if ident == 0:
                return self.close(GARBLED)
            at = self.tx.reserve(4, t_ms)
            self.tx.buf[at] = packets.PUBACK
            self.tx.buf[at + 1] = 2
            packets.put_u16(self.tx.buf, at + 2, ident)
        if rx.cut:
            self.oversize = min(self.oversize + 1, 65535)
            return NOTHING
        self.topic_end = end
        self.payload_at = start
        return MESSAGE
