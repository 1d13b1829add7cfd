"""A LoRaWAN 1.0.4 network server for tests: joins, sessions, downlinks in either window or in class C, every MAC command,
replay protection.

It is pure: uplinks and their time go in, downlinks and the time at which they must be on the air come out. Times are
microseconds of the air, at the *end* of an uplink and at the *beginning* of a downlink. What it hears and does not believe
is counted in `refused`.
"""

import random
from collections import Counter
from dataclasses import dataclass, field

from davy.lorawan import wire
from davy.lorawan.peer import ANSWERS, Peer, Queued
from davy.lorawan.plans import Plan, plan
from davy.vtag.loratime import SNR_LEAST_DB

GPS_US = 1_400_000_000_000_000
_JOIN_DELAY_S = 5
_ACK = 0x20
_PENDING = 0x10
_ADR = 0x80


@dataclass(frozen=True)
class Downlink:
    """What a gateway must send, and when; `data` is None for a join accept."""

    phy: bytes
    freq_hz: int
    sf: int
    bw_hz: int
    t_us: int
    dr: int
    window: int  # 1, 2; 0: class C
    data: wire.Data | None


@dataclass
class Network:
    """One region's. `seed` makes the addresses it gives out; `gps_us` is GPS time, in microseconds, at the air's time 0."""

    region: str
    seed: int = 1
    net_id: int = 0x13
    rx1_delay_s: int = 1
    rx1_offset: int = 0
    rx2_dr: int | None = None  # told in the join accept; None: the region's
    cflist: bytes = b""
    gps_us: int = GPS_US
    peers: dict[bytes, Peer] = field(default_factory=dict)  # by DevEUI
    refused: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.plan: Plan = plan(self.region)
        self._random = random.Random(self.seed)

    def add(self, dev_eui: bytes, join_eui: bytes, app_key: bytes) -> Peer:
        """Know a device that joins over the air."""
        peer = Peer(dev_eui, join_eui, app_key, self.plan)
        self.peers[dev_eui] = peer
        return peer

    def add_session(self, dev_eui: bytes, keys: wire.Keys) -> Peer:
        """Know a device that was given its session."""
        peer = self.add(dev_eui, bytes(8), bytes(16))
        peer.keys = keys
        return peer

    def uplink(
        self, phy: bytes, freq_hz: int, sf: int, bw_hz: int, t_us: int, rssi: int = -80, snr: int = 7
    ) -> list[Downlink]:
        """A frame was heard whose end was at `t_us`; what is to be sent to the device in its windows."""
        dr = self.plan.dr_of(sf, bw_hz)
        if dr < 0 or not phy:
            return self._refuse("data rate")
        if phy[0] == wire.JOIN_REQUEST:
            return self._join(phy, freq_hz, dr, t_us)
        if phy[0] not in (wire.UP, wire.UP_CONFIRMED) or len(phy) < 12:
            return self._refuse("kind")
        heard = self._believed(phy)
        if heard is None:
            return []
        peer, data, again = heard
        if not again:
            peer.last_up = data.fcnt
            peer.uplinks.append(data)
            self._commands(peer, data, t_us, snr - SNR_LEAST_DB[sf])
        if data.ack and peer.awaits_ack:
            peer.acknowledged += 1
        peer.awaits_ack = False
        return self._reply(peer, data, freq_hz, dr, t_us)

    def queue(self, peer: Peer, port: int, payload: bytes, confirmed: bool = False) -> None:
        """Send this to the device when it can be: after its next uplink, or by `push`. What turns out longer than a frame may be
        then is dropped and counted, as network servers do: else it would hold up all that comes after it."""
        peer.queue.append(Queued(port, payload, confirmed))

    def request(self, peer: Peer, commands: bytes) -> None:
        """Send these MAC commands with the next downlink after an uplink."""
        peer.requests.append(commands)

    def push(self, peer: Peer, t_us: int) -> list[Downlink]:
        """Class C: the next queued payload at once, where the device always listens."""
        self._drop_long(peer, self.plan.sizes[peer.rx2_dr])
        if not peer.queue or peer.keys is None:
            return []
        data = self._next(peer, 0, b"", peer.queue.popleft())
        return [self._in(0, peer, data, 0, 0, t_us)]

    def _drop_long(self, peer: Peer, room: int) -> None:
        while peer.queue and len(peer.queue[0].payload) > room:
            peer.queue.popleft()
            self.refused["too long"] += 1

    def _refuse(self, why: str) -> list[Downlink]:
        self.refused[why] += 1
        return []

    def _join(self, phy: bytes, freq_hz: int, dr: int, t_us: int) -> list[Downlink]:
        if len(phy) != 23:
            return self._refuse("size")
        peer = self.peers.get(phy[16:8:-1])
        if peer is None or peer.join_eui != phy[8:0:-1]:
            return self._refuse("foreign")
        if wire.mic(peer.app_key, phy[:-4]) != phy[-4:]:
            return self._refuse("mic")
        nonce = int.from_bytes(phy[17:19], "little")
        if nonce <= peer.dev_nonce:
            return self._refuse("nonce")
        peer.dev_nonce = nonce
        peer.join_nonce += 1
        address = bytes([0x26 + (self.seed & 1), *self._random.randbytes(3)])
        nwk_skey, app_skey = wire.session_keys(peer.app_key, peer.join_nonce, self.net_id, nonce)
        peer.begin(wire.Keys(address, nwk_skey, app_skey), self)
        fields = peer.join_nonce.to_bytes(3, "little") + self.net_id.to_bytes(3, "little") + address[::-1]
        fields += bytes([self.rx1_offset << 4 | peer.rx2_dr, self.rx1_delay_s]) + self.cflist
        accept = wire.join_accept(peer.app_key, fields)
        if peer.window == 1:
            down_dr = self.plan.rx1_dr(dr, 0)
            hz, at_us = self.plan.rx1_hz(freq_hz), t_us + _JOIN_DELAY_S * 1_000_000
        else:
            (hz, down_dr), at_us = self.plan.rx2, t_us + (_JOIN_DELAY_S + 1) * 1_000_000
        sf, bw_hz = self.plan.down[down_dr]
        return [Downlink(accept, hz, sf, bw_hz, at_us, down_dr, peer.window, None)]

    def _believed(self, phy: bytes) -> tuple[Peer, wire.Data, bool] | None:
        """The device, its frame, and whether that was heard before; None when it is not to be believed."""
        known = False
        for peer in self.peers.values():
            if peer.keys is None or peer.keys.dev_addr != wire.address(phy):
                continue
            known = True
            low = int.from_bytes(phy[6:8], "little")
            fcnt = max(peer.last_up, 0) & ~0xFFFF | low
            if fcnt < peer.last_up:
                fcnt += 0x10000
            try:
                data = wire.decode(peer.keys, phy, fcnt)
            except wire.Bad:
                continue
            again = fcnt == peer.last_up
            if again and phy != peer.last_phy:
                self._refuse("replay")
                return None
            peer.last_phy = phy
            return peer, data, again
        self._refuse("mic" if known else "foreign")
        return None

    def _commands(self, peer: Peer, data: wire.Data, t_us: int, margin_db: float) -> None:
        """Answers and requests of the device."""
        commands, at = data.commands, 0
        while at < len(commands):
            cid = commands[at]
            if cid not in ANSWERS or at + 1 + ANSWERS[cid] > len(commands):
                self.refused["command"] += 1
                return
            body = commands[at + 1 : at + 1 + ANSWERS[cid]]
            at += 1 + ANSWERS[cid]
            if cid == 0x02:
                peer.requests.append(bytes([0x02, max(0, min(254, int(margin_db))), 1]))
            elif cid == 0x0D:
                now_us = self.gps_us + t_us
                peer.requests.append(
                    bytes([0x0D])
                    + (now_us // 1_000_000).to_bytes(4, "little")
                    + bytes([now_us % 1_000_000 * 256 // 1_000_000])
                )
            else:
                peer.answered(cid, body)

    def _reply(self, peer: Peer, up: wire.Data, freq_hz: int, dr: int, t_us: int) -> list[Downlink]:
        commands = b"".join(peer.requests)
        if not (peer.queue or commands or up.confirmed or up.adr_ack_req):
            return []
        window = peer.window
        if window == 1 and peer.rx1_dr(dr) not in self.plan.down:
            window = 2
        room = self.plan.sizes[peer.rx1_dr(dr) if window == 1 else peer.rx2_dr]
        control = _ADR | (_ACK if up.confirmed else 0)
        self._drop_long(peer, room)
        alone = len(commands) > 15
        queued = None
        if alone:
            commands = commands[:room]
        elif peer.queue and len(peer.queue[0].payload) + len(commands) <= room:
            queued = peer.queue.popleft()
        if peer.queue:
            control |= _PENDING
        peer.requests.clear()
        peer.asked(commands)
        data = self._next(peer, control, commands, queued)
        return [self._in(window, peer, data, freq_hz, dr, t_us)]

    def _next(self, peer: Peer, control: int, commands: bytes, queued: Queued | None) -> wire.Data:
        """The next frame to the device."""
        assert peer.keys
        peer.last_down += 1
        alone = len(commands) > 15
        port = 0 if alone else queued.port if queued else -1
        payload = commands if alone else queued.payload if queued else b""
        confirmed = bool(queued and queued.confirmed)
        peer.awaits_ack = confirmed
        fopts = b"" if alone else commands
        return wire.Data(True, confirmed, peer.keys.dev_addr, control, peer.last_down, fopts, port, payload)

    def _in(self, window: int, peer: Peer, data: wire.Data, freq_hz: int, dr: int, t_us: int) -> Downlink:
        """The frame with the radio's parameters of a window."""
        assert peer.keys
        phy = wire.encode(peer.keys, data)
        if window == 1:
            down_dr, hz, at_us = peer.rx1_dr(dr), peer.rx1_hz(freq_hz), t_us + peer.delay_s * 1_000_000
        else:
            down_dr, hz = peer.rx2_dr, peer.rx2_hz
            at_us = t_us + (peer.delay_s + 1) * 1_000_000 if window else t_us
        sf, bw_hz = self.plan.down[down_dr]
        return Downlink(phy, hz, sf, bw_hz, at_us, down_dr, window, data)
