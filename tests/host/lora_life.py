"""A virtual tag and a LoRaWAN gateway with its network in one world: what the LoRa tests share."""

from datetime import UTC, datetime
from typing import Any

from tag_life import CONFIG, Life

from davy.codecs.fragments import Assembler
from davy.codecs.payload import decode
from davy.lorawan.peer import Peer
from davy.lorawan.wire import Data
from davy.vtag.lora_station import LoRaStation

from tag.reporting import messages, records  # isort: skip

TAG = CONFIG["tag_id"]
BEGAN = datetime(2026, 1, 1, 12, tzinfo=UTC)  # when the sensors were calibrated: nothing is due
BEGAN_S = 820_584_000  # since 2000
APP_KEY = "2b7e151628aed2a6abf7158809cf4f3c"


class LoraLife(Life):
    """A tag without Wi-Fi settings on a board with a radio. `held`: (seq, event, received at, in s) of each record, as often as it
    came."""

    def __init__(self, region: str = "EU868", board: str = "virtual-lora", **settings: Any) -> None:
        chosen: dict[str, Any] = {"wifi_ssid": "", "lora_region": region, "lora_app_key": APP_KEY}
        super().__init__(board=board, **{**chosen, **settings})
        self.station = LoRaStation(self.board.world.ether, region, began=BEGAN)
        self.peer = self.station.add(bytes.fromhex(TAG), bytes(8), bytes.fromhex(APP_KEY))
        self.station.on_uplink = self._hear
        self.held: list[tuple[int, tuple[Any, ...], float]] = []
        self.boots: dict[int, int] = {}  # number of a record -> boot
        self.assembler = Assembler()

    def __enter__(self) -> "LoraLife":
        return self

    def _hear(self, peer: Peer, data: Data) -> None:
        now_s = self.bench.now_us / 1e6
        found = decode(data.port, data.payload)
        assert not found.problems, found.problems
        whole = self.assembler.add(TAG, found.fragment, now_s) if found.fragment else None
        for record in [*found.raw, *([whole] if whole else [])]:
            kind, seq, boot, t_ms, values = records.decode(record)
            self.boots.setdefault(seq, boot)
            self.held.append((seq, (kind, t_ms, *(values or ())), now_s))

    def events(self, kind: int) -> list[tuple[Any, ...]]:
        """Each record of that kind that came, once."""
        return [event for _, event in sorted({(seq, event) for seq, event, _ in self.held if event[0] == kind})]

    def tell(self, kind: int, ident: int, *args: Any) -> None:
        """A message to the tag, class C."""
        body = bytes([kind, ident & 255, ident >> 8]) + messages.encode(kind, args)
        self.station.push(self.peer, 1, body)

    def live_until(self, done: Any, most_s: float) -> bool:
        """Live until `done()` holds; whether it did in time."""
        end_us = self.bench.now_us + int(most_s * 1e6)
        while not done() and self.bench.now_us < end_us:
            self.live(0.1)
        return bool(done())

    def live_joined(self, most_s: float = 60) -> None:
        """Live until the network has a session and has heard from it."""
        assert self.live_until(lambda: self.peer.uplinks, most_s), self.station.aired()
        self.live(5)
