"""One client's connection to the broker of `broker`: packets of MQTT 3.1.1 in and out, by the standard's own sections."""

import struct
from typing import TYPE_CHECKING

from davy.vtag.streams import Near

if TYPE_CHECKING:
    from davy.vtag.broker import Broker

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK, PINGREQ, PINGRESP, DISCONNECT = 1, 2, 3, 4, 8, 9, 12, 13, 14


class ProtocolError(Exception):
    """A client said what the standard forbids."""


class Connection:
    """One client's connection."""

    def __init__(self, broker: "Broker", stream: Near, t_us: int) -> None:
        self._broker = broker
        self._stream = stream
        self._data = bytearray()
        self._bytes = 0
        self._client = ""
        self._clean = True
        self._will: tuple[str, bytes, bool] | None = None
        self._keep_us = 0
        self._heard_us = t_us
        self._ident = 0
        self._open = True

    def received(self, data: bytes, t_us: int) -> None:
        """Bytes of the client."""
        if not self._open:
            return
        self._heard_us = max(self._heard_us, t_us)
        self._bytes += len(data)
        limit = self._broker.faults.cut_after_bytes
        if 0 <= limit < self._bytes:
            self._stream.reset(t_us)
            self.end(t_us)
            return
        self._data += data
        try:
            while self._open and (packet := self._packet()):
                self._take(*packet, t_us)
        except (ProtocolError, IndexError, UnicodeDecodeError, struct.error) as error:
            self._broker.violations.append(f"{self._client or '?'}: {error}")
            self._stream.finish(t_us)
            self.end(t_us)

    def lost(self, t_us: int) -> None:
        """The client has gone without a word."""
        self.end(t_us)

    def deliver(self, topic: str, payload: bytes, t_us: int, retained: bool = False) -> None:
        """A message to the client, QoS 1."""
        self._ident = self._ident % 65535 + 1
        self._say(PUBLISH << 4 | 2 | int(retained), _text(topic) + struct.pack(">H", self._ident) + payload, t_us)

    def end(self, t_us: int, clean: bool = False) -> None:
        """The connection is over; a will is published unless the client said goodbye."""
        if not self._open:
            return
        self._open = False
        session = self._broker.sessions.get(self._client)
        if session and session.connection is self:
            session.connection = None
            if self._clean:
                del self._broker.sessions[self._client]
        if self._will and not clean:
            topic, payload, retain = self._will
            self._broker.publish(topic, payload, t_us, retain)

    def _say(self, first: int, body: bytes, t_us: int) -> None:
        length, n = b"", len(body)
        while n > 127:
            length, n = length + bytes([n & 127 | 128]), n >> 7
        self._stream.send(bytes([first]) + length + bytes([n]) + body, t_us)

    def _packet(self) -> tuple[int, bytes] | None:
        length = 0
        for place in range(1, 5):
            if len(self._data) <= place:
                return None
            length |= (self._data[place] & 127) << 7 * (place - 1)
            if self._data[place] < 128:
                end = place + 1 + length
                if len(self._data) < end:
                    return None
                first, body = self._data[0], bytes(self._data[place + 1 : end])
                del self._data[:end]
                return first, body
        raise ProtocolError("remaining length of more than four bytes")

    def _take(self, first: int, body: bytes, t_us: int) -> None:
        kind, flags = first >> 4, first & 15
        if (kind == CONNECT) == bool(self._client):
            raise ProtocolError("CONNECT is the first packet, and the only one")
        if flags != (2 if kind == SUBSCRIBE else 0) and kind != PUBLISH:
            raise ProtocolError(f"flags {flags} of packet {kind}")
        match kind:
            case 1:
                self._connect(body, t_us)
            case 3:
                self._publish(flags, body, t_us)
            case 4:
                pass
            case 8:
                self._subscribe(body, t_us)
            case 12:
                if not self._broker.faults.no_pingresp:
                    self._say(PINGRESP << 4, b"", t_us)
            case 14:
                self.end(t_us, clean=True)
            case _:
                raise ProtocolError(f"packet {kind} from a client")

    def _connect(self, body: bytes, t_us: int) -> None:
        broker, faults = self._broker, self._broker.faults
        if body[:7] != b"\x00\x04MQTT\x04":
            raise ProtocolError("not MQTT 3.1.1")
        flags, keep_s = body[7], struct.unpack_from(">H", body, 8)[0]
        if flags & 1 or (flags & 0x40 and not flags & 0x80) or (not flags & 4 and flags & 0x38):
            raise ProtocolError(f"connect flags {flags:#x}")
        name, at = _read(body, 10)
        texts = []
        for present in (flags & 4, flags & 4, flags & 0x80, flags & 0x40):
            text, at = _read(body, at) if present else (b"", at)
            texts.append(text)
        if at != len(body) or not name:
            raise ProtocolError("CONNECT does not end where it should, or has no client")
        topic, will, user, password = texts
        self._client, self._clean = name.decode(), bool(flags & 2)
        self._keep_us = keep_s * 1_500_000
        broker.connects.append((t_us, self._client))
        if faults.no_connack:
            return
        if faults.garbage:
            self._stream.send(faults.garbage, t_us)
            faults.garbage = b""
            return
        wrong = broker.users is not None and broker.users.get(user.decode()) != password.decode()
        code = faults.connack_code or (4 if wrong else 0)
        if code:
            self._say(CONNACK << 4, bytes([0, code]), t_us)
            self._stream.finish(t_us)
            self.end(t_us, clean=True)
            return
        former = broker.sessions.get(self._client)
        if former and former.connection:
            former.connection._stream.finish(t_us)
            former.connection.end(t_us)
            former = broker.sessions.get(self._client)
        kept = former if not self._clean else None
        session = broker.sessions[self._client] = kept or broker.session()
        session.connection = self
        self._will = (topic.decode(), will, bool(flags & 0x20)) if flags & 4 else None
        self._say(CONNACK << 4, bytes([1 if kept else 0, 0]), t_us)
        for message in session.waiting:
            self.deliver(*message, t_us)
        session.waiting.clear()
        self._watch(t_us)

    def _watch(self, t_us: int) -> None:
        """A client that is silent for one and a half keep-alive times is gone."""
        if self._keep_us and self._broker.schedule and self._open:
            if t_us >= self._heard_us + self._keep_us:
                self._stream.finish(t_us)
                self.end(t_us)
            else:
                self._broker.schedule(self._heard_us + self._keep_us, self._watch)

    def _publish(self, flags: int, body: bytes, t_us: int) -> None:
        name, at = _read(body, 0)
        topic = name.decode()
        qos = flags >> 1 & 3
        if qos > 1 or not topic or "#" in topic or "+" in topic or (flags & 8 and not qos):
            raise ProtocolError(f"PUBLISH to {topic!r} with flags {flags:#x}")
        ident = b""
        if qos:
            ident = body[at : at + 2]
            at += 2
            if len(ident) < 2 or ident == b"\0\0":
                raise ProtocolError("PUBLISH without a number")
        faults = self._broker.faults
        if faults.drop_pubacks:
            faults.drop_pubacks -= 1
        elif qos:
            self._say(PUBACK << 4, ident, t_us)
        if faults.lose_messages:
            faults.lose_messages -= 1
            return
        self._broker.publish(topic, body[at:], t_us, bool(flags & 1))

    def _subscribe(self, body: bytes, t_us: int) -> None:
        at, answers = 2, b""
        while at < len(body):
            topics, at = _read(body, at)
            if body[at] > 2:
                raise ProtocolError("SUBSCRIBE with a strange QoS")
            at += 1
            if self._broker.faults.refuse_subscriptions:
                answers += b"\x80"
                continue
            answers += b"\x01"
            self._broker.sessions[self._client].topics[topics.decode()] = 1
        if not answers:
            raise ProtocolError("SUBSCRIBE to nothing")
        self._say(SUBACK << 4, body[:2] + answers, t_us)
        for topic, payload in self._broker.retained.items():
            if self._broker.sessions[self._client].wants(topic):
                self.deliver(topic, payload, t_us, retained=True)


def _text(text: str) -> bytes:
    return struct.pack(">H", len(text.encode())) + text.encode()


def _read(body: bytes, at: int) -> tuple[bytes, int]:
    end = at + 2 + struct.unpack_from(">H", body, at)[0]
    if end > len(body):
        raise ProtocolError("a text that is longer than its packet")
    return body[at + 2 : end], end
