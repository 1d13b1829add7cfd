"""Events of devices, whatever link they came by, to the gateway's core; what the core answers, as commands for that link.

The seam for other links: `on_event(device, port, data)` may take ports of its own through `ports`. A port that nobody takes is
counted and said once.
"""

import time
from collections.abc import Callable

from davy.gateway.chirpstack import APPLICATION, command, read_event
from davy.gateway.core import Gateway
from mqtt.chirpstack import PORT

# Of a port: device and data in, what goes back to the device on the same port out.
Taker = Callable[[str, bytes, float], tuple[bytes, ...]]


class Uplinks:
    """One gateway core behind a broker. `publish(topic, payload)` sends; `on_heard` is told of each frame that was proved to be a
    tag's; `ports`: port -> who takes its data, link frames added."""

    def __init__(
        self,
        gateway: Gateway,
        publish: Callable[[str, bytes], None],
        on_note: Callable[[str], None] = lambda text: None,
        on_heard: Callable[[str], None] = lambda device: None,
        ports: dict[int, Taker] | None = None,
    ) -> None:
        self._gateway = gateway
        self._publish = publish
        self._on_note = on_note
        self._on_heard = on_heard
        self._ports: dict[int, Taker] = {PORT: self._frame, **(ports or {})}
        self._applications: dict[str, str] = {}  # device -> application that its last event named
        self.ignored: dict[str, int] = {}  # reason -> messages

    def message(self, topic: str, payload: bytes, now_s: float | None = None) -> None:
        """A message of the broker. Raises OSError when records cannot be kept: then it must come again."""
        event = read_event(topic, payload)
        if event.problem:
            self._ignore(event.problem)
            return
        self._applications[event.device] = event.application
        self.on_event(event.device, event.port, event.data, now_s)

    def on_event(self, device: str, port: int, data: bytes, now_s: float | None = None) -> None:
        """What a device said on a port, and back to it what that asks for."""
        taker = self._ports.get(port)
        if taker is None:
            self._ignore(f"port {port}")
            return
        for answer in taker(device, data, time.time() if now_s is None else now_s):
            self.send(device, answer, port)

    def send(self, device: str, data: bytes, port: int = PORT) -> None:
        """A command to a device, in the application of its last event."""
        self._publish(*command(self._applications.get(device, APPLICATION), device, data, port))

    def _frame(self, device: str, data: bytes, now_s: float) -> tuple[bytes, ...]:
        if data[1:9].hex() != device:
            self._ignore("a frame of another tag than its topic")
            return ()
        answer = self._gateway.receive(data, now_s)
        if answer.tag:
            self._on_heard(answer.tag)
        return answer.datagrams

    def _ignore(self, reason: str) -> None:
        self.ignored[reason] = self.ignored.get(reason, 0) + 1
        if self.ignored[reason] == 1:  # once: whoever sends rubbish sends much
            self._on_note(f"a message of the broker was ignored: {reason}")
