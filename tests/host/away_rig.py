"""A tag's memory and links on a time of their own, without the rest of the tag, so that days pass in seconds: the shipped journal,
outbox, links, MAC and port; under them a radio by its documented interface and an air that loses frames."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from test_lorawan_days import Accountant

from davy.codecs.fragments import Assembler
from davy.codecs.payload import decode
from davy.gateway.core import Gateway
from davy.lorawan.network import Downlink, Network

import ticks  # isort: skip
from drivers.lora_radio import NOTHING, RECEIVED, SENT, SILENT  # isort: skip
from journal.log import Journal  # isort: skip
from lora_airtime import airtime_us, header_us  # isort: skip
from lorawan.mac import Mac  # isort: skip
from lorawan.regions.names import find  # isort: skip
from lorawan.session import Otaa  # isort: skip
from tag import events  # isort: skip
from tag.frame_link import FrameLink  # isort: skip
from tag.hal.lora_port import ALWAYS, FREE, LENDING, LoraPort  # isort: skip
from tag.reporting.lora_link import LoraLink  # isort: skip
from tag.reporting.outbox import Outbox  # isort: skip

TAG, KEY, APP_KEY = bytes(range(8)), bytes(range(32)), bytes(range(16))
BUSY_MS, IDLE_MS = 20, 200
SETTINGS = {"tag_id": TAG.hex(), "key": KEY.hex()}

Lose = Callable[[], bool]


@dataclass
class World:
    """What is outside the tag: time, gateway, network, losses; it outlives the tag's resets."""

    seed: int
    lose: Lose = lambda: False
    away: bool = False
    adr: bool = True  # the network orders the best data rate
    region: str = "EU868"
    cflist: bytes = b""
    t_us: int = 0
    held: dict[int, bytes] = field(default_factory=dict)
    held_us: dict[int, int] = field(default_factory=dict)  # when it came first
    came: int = 0  # records, as often as they came
    conflicts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.network = Network(self.region, self.seed, cflist=self.cflist)
        self.peer = self.network.add(TAG, bytes(8), APP_KEY)
        self.accountant = Accountant(self.region)
        self.aired: list[tuple[int, int, int]] = []  # start us, spreading factor, bytes
        self.gateway = Gateway({TAG.hex(): KEY.hex()}, on_record=lambda record: self.hold(record.seq, None))
        self.assembler = Assembler()
        self._taken = 0
        self._adr_from = 0

    def hold(self, seq: int, record: bytes | None) -> None:
        """A record has come."""
        self.came += 1
        before = self.held.setdefault(seq, record or b"")
        self.held_us.setdefault(seq, self.t_us)
        if record and before and before != record:
            self.conflicts.append(seq)

    def uplink(self, phy: bytes, freq_hz: int, sf: int, bw_hz: int, start_us: int, end_us: int) -> list[Downlink]:
        """A frame was on the air; what the network sends in answer."""
        self.accountant.add(freq_hz, start_us, end_us - start_us)
        self.aired.append((start_us, sf, len(phy)))
        if self.away or self.lose():
            return []
        if (
            self.adr
            and sf > 7
            and not self.peer.requests
            and self.peer.keys
            and len(self.peer.uplinks) >= self._adr_from
        ):
            self._adr_from = len(self.peer.uplinks) + 5
            self.network.request(self.peer, b"\x03\x50\xff\x00\x01")  # LinkADRReq: DR5, all channels, once
        downs = self.network.uplink(phy, freq_hz, sf, bw_hz, end_us)
        for data in self.peer.uplinks[self._taken :]:
            self._take(data.port, data.payload)
        self._taken = len(self.peer.uplinks)
        return [] if self.lose() else downs

    def _take(self, port: int, payload: bytes) -> None:
        if port <= 0:
            return
        found = decode(port, payload)
        assert not found.problems, found.problems
        whole = self.assembler.add("tag", found.fragment, self.t_us / 1e6) if found.fragment else None
        for record in [*found.raw, *([whole] if whole else [])]:
            self.hold(int.from_bytes(record[1:5], "little"), record)


class Radio:
    """The interface of drivers/lora_radio.py; ends come when they are due."""

    start_ms = 6
    working = True

    def __init__(self, world: World, ticks_of: Callable[[int], int]) -> None:
        self._world = world
        self._ticks = ticks_of
        self._what = NOTHING
        self._end_us = 0
        self._downs: list[Downlink] = []
        self._sent: tuple[bytes, int, int, int, int] | None = None
        self._got: Downlink | None = None
        self._ear: tuple[int, int, int] | None = None  # of a receiver that is on without end
        self.frame = bytearray(255)
        self.length = self.rssi_dbm = self.snr_db4 = self.done_ms = 0

    def begin_send(self, buf: Any, n: int, freq_hz: int, sf: int, bw_hz: int, *_: Any) -> bool:
        self._ear = None
        start_us = self._world.t_us + self.start_ms * 1000
        self._sent = (bytes(buf[:n]), freq_hz, sf, bw_hz, start_us)
        self._what, self._end_us = SENT, start_us + airtime_us(n, sf, bw_hz)
        return True

    def begin_receive(self, freq_hz: int, sf: int, bw_hz: int, timeout_ms: int, t_ms: int) -> bool:
        start_us = self._world.t_us + self.start_ms * 1000
        self._what, self._got = NOTHING, None
        self._ear = (freq_hz, sf, bw_hz) if not timeout_ms else None
        if timeout_ms:
            self._what, self._end_us = SILENT, start_us + timeout_ms * 1000 + header_us(sf, bw_hz)
            for down in self._downs:
                fits = (down.freq_hz, down.sf, down.bw_hz) == (freq_hz, sf, bw_hz)
                if (
                    fits
                    and start_us <= down.t_us + 3 * header_us(sf, bw_hz) // 20
                    and (down.t_us <= start_us + timeout_ms * 1000)
                ):
                    self._what, self._got = RECEIVED, down
                    self._end_us = down.t_us + airtime_us(len(down.phy), sf, bw_hz, 8, False)
        return True

    def poll(self, t_ms: int) -> int:
        if self._what == NOTHING and self._ear:  # class C: what the network sends in the second window
            for down in self._downs:
                end_us = down.t_us + airtime_us(len(down.phy), down.sf, down.bw_hz, 8, False)
                if self._ear == (down.freq_hz, down.sf, down.bw_hz) and end_us <= self._world.t_us:
                    self._downs.remove(down)
                    return self._hear(down, end_us)
        if self._what == NOTHING or self._world.t_us < self._end_us:
            return NOTHING
        what, self._what = self._what, NOTHING
        if what == SENT and self._sent:
            phy, freq_hz, sf, bw_hz, start_us = self._sent
            self._downs = self._world.uplink(phy, freq_hz, sf, bw_hz, start_us, self._end_us)
        elif what == RECEIVED and self._got:
            self._downs.remove(self._got)
            return self._hear(self._got, self._end_us)
        self.done_ms = self._ticks(self._end_us)
        return what

    def _hear(self, down: Downlink, end_us: int) -> int:
        self.length = len(down.phy)
        self.frame[: self.length] = down.phy
        self.rssi_dbm, self.snr_db4 = -90, 20
        self.done_ms = self._ticks(end_us)
        return RECEIVED

    def hearing(self) -> bool:
        return False

    def sleep(self) -> None:
        self._what, self._ear = NOTHING, None


class Carrier:
    """The interface of tag/hal/carriers.py: datagrams to the gateway and back, each lost by chance."""

    up = ready = room = True
    confirms = False
    fault = last_id = 0

    def __init__(self, world: World) -> None:
        self._world = world
        self._back: list[bytes] = []
        self.frame = bytearray(1500)

    def step(self, t_ms: int) -> None:
        pass

    def send(self, frame: Any, t_ms: int) -> bool:
        world = self._world
        if not world.away and not world.lose():
            answer = world.gateway.receive(bytes(frame), world.t_us / 1e6)
            self._back.extend(data for data in answer.datagrams if not world.lose())
        return True

    def receive(self) -> int:
        if not self._back:
            return 0
        data = self._back.pop(0)
        self.frame[: len(data)] = data
        return len(data)

    def confirmed(self) -> int:
        return 0


class Tag:
    """One boot after the other, on one folder."""

    def __init__(self, world: World, folder: Path, *, wifi: bool, lora: bool, air_s: int = 3600) -> None:
        self.world = world
        self.folder = folder
        self.wifi, self.lora, self.air_s = wifi, lora, air_s
        self.kept: list[bytes] = [b"", b""]
        self.expected: dict[int, int] = {}  # number -> kind, of records that are on flash
        self._unflushed: dict[int, int] = {}
        self.boots = 0
        self.start()

    def start(self) -> None:
        """Power comes."""
        world = self.world
        self.boots += 1
        self._shift_ms = world.dice.randrange(1 << 30) - world.t_us // 1000
        t_ms = self.t_ms
        self.journal = Journal(str(self.folder / "records"))
        self.journal.open()
        self.outbox = Outbox(self.journal, str(self.folder / "outbox"), world.dice.getrandbits)
        expiry_s = 168 * 3600
        frames = self.outbox.uplink(32, 1000, 30000, expiry_s) if self.wifi else None
        radio = self.outbox.uplink(16, 5000, 300000, 900 if self.wifi else expiry_s) if self.lora else None
        self.outbox.open(t_ms)
        self.link = self.port = None
        if frames:
            nonce = world.dice.randbytes(4)
            self.link = FrameLink(SETTINGS, self.outbox, frames, Carrier(world), nonce, t_ms)
        if radio:
            who = Otaa(TAG, bytes(8), APP_KEY)
            self.mac = Mac(
                find(world.region), who, t_ms, world.dice.getrandbits(29), self.kept, class_c=True, share=25, least=21
            )
            self.lora_link = LoraLink(self.mac, self.outbox, radio, self.air_s, t_ms)
            self.port = LoraPort(Radio(world, self._ticks), self.mac, self._store, self.lora_link, None, t_ms)
        self._link_ms = t_ms
        self.put((events.BOOT, t_ms, 1, 1, self.journal.boot, 0, 0))
        self.journal.flush(t_ms)

    def _ticks(self, t_us: int) -> int:
        return ticks.add(0, self._shift_ms + t_us // 1000)

    @property
    def t_ms(self) -> int:
        """The tag's clock."""
        return self._ticks(self.world.t_us)

    def _store(self, state: Any) -> bool:
        self.kept = [bytes(state)] * 2
        return True

    def cut(self) -> None:
        """Power goes: what was not flushed is gone."""
        self._flushed()
        self._unflushed.clear()

    def put(self, event: tuple[Any, ...]) -> int:
        """An event of the tag's."""
        seq = self.outbox.put(event, self.t_ms)
        assert seq
        self._unflushed[seq] = event[0]
        return seq

    def _flushed(self) -> None:
        safe = [seq for seq in self._unflushed if seq <= self.journal.flushed_seq]
        self.expected.update((seq, self._unflushed.pop(seq)) for seq in safe)

    def live(self, until_us: int) -> None:
        """Rounds as the shell makes them, up to a time of the world."""
        world = self.world
        while world.t_us < until_us:
            t_ms = self.t_ms
            quiet = True
            if self.port:
                self.port.step(t_ms)
                quiet = self.port.duty in (FREE, ALWAYS, LENDING) and self.mac.state == 0
            if ticks.diff(t_ms, self._link_ms) >= 0:
                self._link_ms = ticks.add(t_ms, IDLE_MS)
                self.outbox.tick(t_ms, 0)
                alone = True
                if self.link:
                    self.link.step(t_ms)
                    alone = not self.link.alive(t_ms)
                if self.port:
                    self.lora_link.step(alone, True, t_ms)
            world.t_us += 1000 * (IDLE_MS if quiet else BUSY_MS)
        self._flushed()

    def missing(self) -> list[int]:
        """Numbers of records on flash that the gateway does not hold."""
        return [seq for seq in self.expected if seq not in self.world.held]
