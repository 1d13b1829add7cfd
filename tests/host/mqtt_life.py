"""A virtual tag, a broker and a gateway in one world: what the MQTT tests share."""

from pathlib import Path
from typing import Any

from certificates import NAME, Authority
from tag_life import CONFIG, Life

from davy.gateway.core import Gateway
from davy.gateway.received import Received
from davy.gateway.uplinks import Uplinks
from davy.vtag import tls
from davy.vtag.broker import Broker
from tag import events

TAG = CONFIG["tag_id"]
HOST, PORT = "10.0.0.7", 8883
UP = f"application/davy/device/{TAG}/event/up"
DOWN = f"application/davy/device/{TAG}/command/down"
STATUS = f"application/davy/device/{TAG}/state/conn"


def near_a_level(name: str, t_us: int) -> float:
    """Methane between clear level and level, so that each reading is a record of its own."""
    return 0.45 if name == "ch4" else 0.0


class MqttLife(Life):
    """`site` and `certificate`: with TLS; the tag trusts `trusts`, or else `site`."""

    def __init__(
        self,
        site: Authority | None = None,
        certificate: Path | None = None,
        trusts: Authority | None = None,
        users: dict[str, str] | None = None,
        gateway: bool = True,
        **settings: Any,
    ) -> None:
        chosen: dict[str, Any] = {
            "mqtt_host": HOST,
            "mqtt_port": PORT,
            "mqtt_name": NAME,
            "mqtt_tls": int(site is not None),
        }
        super().__init__(**{**chosen, **settings})
        self.broker = Broker(self.bench.at, users)
        accept = tls.secured(certificate, self.broker.accept) if certificate else self.broker.accept
        self.network = self.board.wifi.network
        self.port = self.network.listen(HOST, PORT, accept)
        self.held: list[Received] = []
        self.gateway = Gateway({TAG: CONFIG["key"]}, on_record=self.held.append)
        self._now_us = 0
        self.uplinks = Uplinks(self.gateway, lambda topic, data: self.broker.publish(topic, data, self._now_us))
        if gateway:
            self.broker.listen("application/+/device/+/event/up", self._event)
        if site:
            self.flash(lambda files: files.update({"ca.der": (trusts or site).der}))

    def __enter__(self) -> "MqttLife":
        return self

    def _event(self, topic: str, payload: bytes, t_us: int) -> None:
        self._now_us = t_us
        self.uplinks.message(topic, payload, t_us / 1e6)

    def published(self, topic: str = UP) -> list[int]:
        """World times of the messages on a topic."""
        return [t_us for t_us, where, _ in self.broker.seen if where == topic]

    @property
    def up(self) -> bool:
        """Whether the broker knows the tag as online."""
        return self.broker.retained.get(STATUS) == b"online"

    def press_sos(self) -> None:
        """The wearer holds the button for four seconds from now."""
        start_us = self.bench.now_us
        self.board.world.button_source = lambda t_us: start_us <= t_us < start_us + 4_000_000

    def alarms(self, alarm: int = events.ALARM_SOS) -> list[Received]:
        """Records of an alarm that the gateway holds."""
        return [record for record in self.held if record.kind == events.ALARM and record.fields["alarm"] == alarm]
