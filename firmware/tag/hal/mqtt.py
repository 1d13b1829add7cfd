"""The carrier of link frames to an MQTT broker: Wi-Fi, a stream on it, a session on that, each brought up anew for ever.

| state | event                                          | next                                                       |
|-------|------------------------------------------------|------------------------------------------------------------|
| REST  | Wi-Fi is up and the pause is over              | stream opens -> DIAL                                       |
| DIAL  | stream is open                                 | CONNECT is written, with TLS its handshake first -> GREET  |
| GREET | the broker accepts                             | subscription, "online" -> UP                               |
| UP    | 10 s of it                                     | UP; no fault any more, the next pause is the shortest      |
| not REST | stream or session ends                      | both closed, a longer pause -> REST                        |
| any   | Wi-Fi goes                                     | both closed -> REST, no pause                              |

Pauses from 1 s to 30 s as in `net.backoff`. After four ends in a row that no person has to mend, the radio is switched off and on.
A certificate or a name that does not hold, and a broker that refuses this tag, are a `fault` until a session has held for 10 s.

Topics and payloads are those of `mqtt.chirpstack`. `mqtt_host` is a numeric address: looking up a name would hold all tasks.
"""

import ticks
from micropython import const
from mqtt import client as session
from mqtt import packets
from mqtt.chirpstack import Envelope, topic
from net.backoff import Backoff
from tag.events import CODE_FAILED
from tag.hal import stream, system
from tag.hal.wifi import Wifi

REST = const(0)
DIAL = const(1)
GREET = const(2)
UP = const(3)

_KEEP_ALIVE_S = const(30)  # the broker tells the will after one and a half of it
_PING_MS = const(15000)
_FIRST_MS = const(1000)
_MOST_MS = const(30000)
_STEADY_MS = const(10000)
_WINDOW = const(8)  # frames that the broker has not confirmed yet
_FRAME_BYTES = const(512)
_MORE_BYTES = const(64)  # of a command: spaces, further keys
_READS = const(32)  # in one go: an outside that floods the tag must not hold the task
_EVENTS = const(16)
_PATIENCE = const(4)
_SERVER_UNAVAILABLE = const(3)  # CONNACK code that passes by itself


class MqttLink:
    """The carrier of a tag whose settings name an access point and a broker."""

    def __init__(self, settings, t_ms: int) -> None:
        tag = settings["tag_id"].lower()
        application = settings["mqtt_app"]
        self._topic = topic(application, tag, "event/up")
        self._down = topic(application, tag, "command/down")
        self._status = topic(application, tag, "state/conn")
        self._envelope = Envelope(tag)
        user, password = settings["mqtt_user"].encode(), settings["mqtt_password"].encode()
        hello = packets.connect(tag.encode(), _KEEP_ALIVE_S, user, password, self._status, b"offline")
        subscribe = packets.subscribe(session.SUBSCRIBE_ID, self._down)
        size = self._envelope.size(_FRAME_BYTES)
        tx_bytes = 9 + len(self._topic) + size
        rx_bytes = 4 + len(self._down) + size + _MORE_BYTES
        self._client = session.Client(hello, subscribe, _PING_MS, _WINDOW, tx_bytes, rx_bytes)
        ca = "/" + settings["mqtt_ca"] if settings["mqtt_tls"] else ""
        self._stream = stream.Stream(settings["mqtt_host"], settings["mqtt_port"], settings["mqtt_name"], ca)
        self._backoff = Backoff(_FIRST_MS, _MOST_MS, system.random_bits)
        self.wifi = Wifi(settings["wifi_ssid"], settings["wifi_password"], t_ms)
        self.confirms = settings["mqtt_confirm"] == "broker"  # whether `confirmed` counts as delivered
        self.frame = self._client.rx.buf  # holds what `receive` has taken, until the next call
        self.last_id = 0  # of the frame sent last, for `confirmed`
        self.fault = 0  # what a person has to mend: a CODE_ of tag.events
        self.ends = 0  # connections and tries that ended
        self.state = REST
        self._t_ms = self._due_ms = t_ms
        self._fruitless = 0
        self._confirmed = []

    @property
    def up(self) -> bool:
        """Whether frames can be sent."""
        return self.state == UP

    @property
    def ready(self) -> bool:
        """Whether to send what can wait."""
        return self.state == UP and self._client.ready

    @property
    def room(self) -> bool:
        """Whether an alarm can go: there is any room at all."""
        return self.state == UP and self._client.room(self._topic, self._envelope.size(_FRAME_BYTES))

    def step(self, t_ms: int) -> None:
        """Drive all three; call several times a second."""
        self._t_ms = t_ms
        self.wifi.step(t_ms)
        if not self.wifi.up:
            if self.state != REST:
                self._end(0)
            self._due_ms = t_ms
        elif self.state != REST:
            self._drive(t_ms)
        elif ticks.diff(t_ms, self._due_ms) >= 0:
            self.state = DIAL
            self._stream.open(t_ms)
            self._look(t_ms)

    def _drive(self, t_ms: int) -> None:
        self._stream.step(t_ms)
        if self.state == DIAL and self._stream.state == stream.OPEN:
            self.state = GREET
            self._client.open(t_ms)
        self._write(t_ms)
        if self.state == GREET and self._read(t_ms) == session.GREETED:
            self.state = UP
            self._due_ms = ticks.add(t_ms, _STEADY_MS)
            self._say(b"online", t_ms)
        self._client.tick(t_ms)
        self._write(t_ms)
        if self.state == UP and self._client.state == session.UP and ticks.diff(t_ms, self._due_ms) >= 0:
            self._due_ms = t_ms
            self.fault = self._fruitless = 0
            self._backoff.reset()
        self._look(t_ms)

    def _look(self, t_ms: int) -> None:
        """Whether it is over."""
        client = self._client
        if self._stream.state != stream.CLOSED and (self.state == DIAL or client.state != session.CLOSED):
            return
        fault = self._stream.fault
        if client.problem == session.DEAF or (client.problem == session.REFUSED and client.code != _SERVER_UNAVAILABLE):
            fault = CODE_FAILED
        if fault:
            self.fault = fault
        else:
            self._fruitless += 1
            if self._fruitless >= _PATIENCE:
                self._fruitless = 0
                self.wifi.complain()
        self._end(self._backoff.pause_ms())

    def _end(self, pause_ms: int) -> None:
        self._stream.close()
        self._client.close()
        self._confirmed.clear()
        self.state = REST
        self.ends = min(self.ends + 1, 65535)
        self._due_ms = ticks.add(self._t_ms, pause_ms)

    def _write(self, t_ms: int) -> None:
        tx = self._client.tx
        if tx.end and self._client.state != session.CLOSED:
            tx.taken(self._stream.write(tx.buf, tx.at, tx.end), t_ms)

    def _read(self, t_ms: int) -> int:
        """Read until something happened or nothing more has come; what, as `mqtt.client` says."""
        client = self._client
        for _ in range(_READS):
            n = client.wants()
            if n == 0:
                self._write(t_ms)  # the answer to what was read before
                n = client.wants()
            n = self._stream.read(client.rx.buf, client.rx.at, n) if n else 0
            if n == 0:
                break
            event = client.fed(n, t_ms)
            if event != session.NOTHING:
                return event
        return session.NOTHING

    def _say(self, status: bytes, t_ms: int) -> None:
        at = self._client.publish(self._status, len(status), t_ms, True)
        if at:
            self._client.tx.buf[at : at + len(status)] = status

    def send(self, frame, t_ms: int) -> bool:
        """One frame to the broker, known as `last_id`; False when there is no room for it now."""
        if self.state != UP:
            return False
        at = self._client.publish(self._topic, self._envelope.size(len(frame)), t_ms)
        if at == 0:
            return False
        self._envelope.put(frame, len(frame), self._client.tx.buf, at)
        self.last_id = self._client.last_id
        self._write(t_ms)
        return True

    def receive(self) -> int:
        """Bytes of one frame, now in `frame`; 0 for none. Whoever may publish may have sent it: the frame's own key decides."""
        client = self._client
        for _ in range(_EVENTS):
            event = self._read(self._t_ms) if self.state == UP else session.NOTHING
            if event == session.NOTHING:
                break
            if event == session.CONFIRMED and self.confirms:
                self._confirmed.append(client.confirmed)
            elif event == session.MESSAGE and bytes(memoryview(client.rx.buf)[2 : client.topic_end]) == self._down:
                n = self._envelope.take(client.rx.buf, client.payload_at, client.rx.n)
                if n:
                    return n
        self._write(self._t_ms)
        return 0

    def confirmed(self) -> int:
        """`last_id` of a frame that the broker has; 0: of no further one. Each is told once."""
        return self._confirmed.pop(0) if self._confirmed else 0

    def close(self, t_ms: int) -> None:
        """The tag goes to service: say so, instead of leaving it to the will."""
        if self.state == UP:
            self._say(b"offline", t_ms)
            self._client.goodbye(t_ms)
            self._write(t_ms)
            self._end(0)
