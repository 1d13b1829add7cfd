"""A virtual tag and a LoRaWAN gateway with its network in one world: what the LoRa tests share."""

from datetime import UTC, datetime
from typing import Any

from tag_life import CONFIG, Life

from davy.gateway.core import Gateway
from davy.gateway.lora_bench import LoraBench
from davy.gateway.received import Received
from davy.vtag.lora_station import LoRaStation

from tag.reporting import messages  # isort: skip

TAG = CONFIG["tag_id"]
BEGAN = datetime(2026, 1, 1, 12, tzinfo=UTC)  # when the sensors were calibrated: nothing is due
BEGAN_S = 820_584_000  # since 2000
APP_KEY = "2b7e151628aed2a6abf7158809cf4f3c"


class LoraLife(Life):
    """A tag without Wi-Fi settings on a board with a radio; `held` are the records that the gateway took."""

    def __init__(self, region: str = "EU868", board: str = "virtual-lora", **settings: Any) -> None:
        chosen: dict[str, Any] = {"wifi_ssid": "", "lora_region": region, "lora_app_key": APP_KEY}
        super().__init__(board=board, **{**chosen, **settings})
        self.station = LoRaStation(self.board.world.ether, region, began=BEGAN)
        self.peer = self.station.add(bytes.fromhex(TAG), bytes(8), bytes.fromhex(APP_KEY))
        self.held: list[Received] = []
        self.gateway = Gateway({TAG: CONFIG["key"]}, on_record=self.held.append)
        self.link = LoraBench(self.gateway, self.station, self.bench)

    def __enter__(self) -> "LoraLife":
        return self

    def events(self, kind: int) -> list[tuple[Any, ...]]:
        """The records of that kind that the gateway holds, as the tag's events."""
        found = sorted((record for record in self.held if record.kind == kind), key=lambda record: record.seq)
        return [(kind, record.t_ms, *record.fields.values()) for record in found]

    def tell(self, kind: int, ident: int, *args: Any) -> None:
        """A message to the tag, class C, as the network sends it: once."""
        body = bytes([kind, ident & 255, ident >> 8]) + messages.encode(kind, args)
        self.station.push(self.peer, 1, body)

    def live_joined(self, most_s: float = 60) -> None:
        """Live until the network has a session and has heard from it."""
        assert self.live_until(lambda: self.peer.uplinks, most_s), self.station.aired()
        self.live(5)
