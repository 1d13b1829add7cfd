"""What comes over the broker to the gateway's core, and what that answers as commands: link frames of tags on Wi-Fi (fPort 201),
and the uplinks that a ChirpStack server publishes of tags on LoRaWAN (gateway/lorawan.py).

Frames prove themselves, by the tag's key. LoRaWAN's records do not: they are believed only under the application that was named for
them, where the broker must let nobody publish but the network server. What cannot be used is counted and said once.
"""

import time
from collections.abc import Callable, Mapping

from davy.gateway.account import Message
from davy.gateway.chirpstack import APPLICATION, Event, command, read_event
from davy.gateway.core import Gateway
from davy.gateway.lorawan import PORTS, Lorawan
from mqtt.chirpstack import PORT

DOWN_PORT = 1


class Uplinks:
    """One gateway core behind a broker. `publish(topic, payload)` sends; `on_heard(tag)` is told of each frame that was proved to
    be a tag's, `on_lorawan(tag)` of each uplink by LoRaWAN; `application`: ChirpStack's, whose uplinks are believed, empty for
    none; `euis` as in gateway/lorawan.py; `unix_s` the Unix time when `now_s` is 0."""

    def __init__(
        self,
        gateway: Gateway,
        publish: Callable[[str, bytes], None],
        on_note: Callable[[str], None] = lambda text: None,
        on_heard: Callable[[str], None] = lambda tag: None,
        *,
        application: str = "",
        euis: Mapping[str, str] | None = None,
        on_lorawan: Callable[[str], None] = lambda tag: None,
        unix_s: float = 0.0,
    ) -> None:
        self._gateway = gateway
        self._publish = publish
        self._on_note = on_note
        self._on_heard = on_heard
        self._application = application
        self._unix_s = unix_s
        self._applications: dict[str, str] = {}  # device -> application that its last frame came under
        self.lorawan = Lorawan(gateway, self._queue, on_note, on_lorawan, euis)
        self.ignored: dict[str, int] = {}  # reason -> messages

    def message(self, topic: str, payload: bytes, now_s: float | None = None) -> None:
        """A message of the broker. Raises OSError when records cannot be kept; the subclass `Again`: it must come again."""
        now_s = time.time() if now_s is None else now_s
        event = read_event(topic, payload)
        if event.problem:
            self._ignore(event.problem)
        elif event.port == PORT:
            self._frame(event, now_s)
        elif event.port not in PORTS:
            self._ignore(f"port {event.port}")
        elif event.application != self._application:
            self._ignore("a LoRaWAN uplink of an application that is not to be believed")
        else:
            self.lorawan.take(event.device, event.port, event.data, now_s, event.class_c)

    def send(self, device: str, data: bytes) -> None:
        """A frame to a tag on Wi-Fi, under the application of its last one."""
        self._publish(*command(self._applications.get(device, APPLICATION), device, data, PORT))

    def _queue(self, device: str, message: Message, now_s: float) -> None:
        good_until_s = self._unix_s + now_s + message.good_s
        self._publish(*command(self._application, device, message.data, DOWN_PORT, good_until_s))

    def _frame(self, event: Event, now_s: float) -> None:
        if event.data[1:9].hex() != event.device:
            self._ignore("a frame of another tag than its topic")
            return
        answer = self._gateway.receive(event.data, now_s)
        if answer.tag:
            self._applications[event.device] = event.application  # only now: it was proved to come from the tag
            self._on_heard(answer.tag)
        for datagram in answer.datagrams:
            self.send(event.device, datagram)

    def _ignore(self, reason: str) -> None:
        self.ignored[reason] = self.ignored.get(reason, 0) + 1
        if self.ignored[reason] == 1:  # once: whoever sends rubbish sends much
            self._on_note(f"a message of the broker was ignored: {reason}")
