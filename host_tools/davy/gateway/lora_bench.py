"""The virtual air's LoRaWAN station (vtag/lora_station.py) before the gateway's core: what ChirpStack and a broker are in life.

    link = LoraBench(gateway, station, bench)
    link.order(tag, Order(events.MSG_EVACUATE))

Peers are added at the station; a peer's DevEUI is its tag's id, unless `euis` says otherwise. A message leaves the station's queue
when it is good no more, as it leaves ChirpStack's.
"""

from collections.abc import Callable, Mapping

from davy.codecs.payload import DOWNLINK
from davy.gateway.account import Message
from davy.gateway.core import Gateway
from davy.gateway.lorawan import Lorawan
from davy.gateway.orders import FileOnItsWay, Order
from davy.lorawan.peer import Peer
from davy.lorawan.wire import Data
from davy.vtag.bench import Bench
from davy.vtag.lora_station import LoRaStation

_SECOND_US = 1_000_000


class LoraBench:
    """`class_c`: the DevEUIs of devices that listen all the time, asked at each uplink; by default all. `datagrams` takes what an
    order is by frames, for a tag that is on Wi-Fi too."""

    def __init__(
        self,
        gateway: Gateway,
        station: LoRaStation,
        bench: Bench,
        *,
        euis: Mapping[str, str] | None = None,
        class_c: Callable[[str], bool] = lambda device: True,
        datagrams: Callable[[str, tuple[bytes, ...]], None] = lambda tag, frames: None,
        on_note: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._gateway = gateway
        self._station = station
        self._bench = bench
        self._class_c = class_c
        self._datagrams = datagrams
        self._queued: list[tuple[Peer, bytes, float]] = []  # until when it is good, in seconds
        self.lorawan = Lorawan(gateway, self._send, on_note, euis=euis)
        station.on_uplink = self._uplink
        bench.at(bench.now_us + _SECOND_US, self._tick)

    def order(self, tag: str, order: Order | FileOnItsWay) -> None:
        """Say something to a tag, by whichever links it is heard on."""
        now_s = self._bench.now_us / 1e6
        self._datagrams(tag, self._gateway.order(tag, order, now_s))
        self.lorawan.tick(now_s)

    def _uplink(self, peer: Peer, data: Data) -> None:
        device = peer.dev_eui.hex()
        self.lorawan.take(device, data.port, data.payload, self._bench.now_us / 1e6, self._class_c(device))

    def _send(self, device: str, message: Message, now_s: float) -> None:
        peer = self._station.network.peers[bytes.fromhex(device)]
        put = self._station.push if self._class_c(device) else self._station.send
        put(peer, DOWNLINK, message.data)
        self._queued.append((peer, message.data, now_s + message.good_s))

    def _tick(self, t_us: int) -> None:
        for peer, data, good_until_s in self._queued:
            lies = next((one for one in peer.queue if one.payload == data), None)
            if lies and t_us >= good_until_s * 1e6:
                peer.queue.remove(lies)
        self._queued = [one for one in self._queued if t_us < one[2] * 1e6]
        self.lorawan.tick(t_us / 1e6)
        self._bench.at(t_us + _SECOND_US, self._tick)
