"""A trace: a device's MAC joins the test network and exchanges uplinks and downlinks; every PHY payload, with all that explains it.

The plan of a trace is fixed (UPLINKS below), also which frames the air loses; the seed makes keys, EUIs, addresses, payloads of
uplinks, and the channels that the device draws. What is decoded here is decoded by the network's code, so a reader with another
decoder checks device and network at once.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from davy.errors import DavyError
from davy.lorawan import wire
from davy.lorawan.air import Air, OnAir
from davy.lorawan.device import device
from davy.lorawan.network import Network
from davy.lorawan.peer import Peer
from davy.lorawan.plans import Plan, plan

_ABOUT = (
    "LoRaWAN 1.0.4. EUIs, addresses and keys: hex as on a label, most significant byte first. phy: the PHY payload as sent. "
    "t_ms: when its preamble began. payload and fopts: decrypted; of a join, all between MHDR and MIC, as on the air. "
    "lost: nobody heard it."
)
CLASSES = ("A", "C")
_JOIN_MS = 4 * 3_600_000
_REST_MS = 14_000
_WAIT_MS = 3_600_000
_TICK0 = (1 << 30) - 60_000  # the device's ticks wrap in the middle of it


@dataclass(frozen=True)
class Step:
    """One uplink of the plan, and what the network has ready for its windows."""

    size: int
    port: int = 10
    confirmed: bool = False
    urgent: bool = False
    asks: str = ""  # "time", "link"
    lost: str = ""  # "up", "down"
    down: tuple[int, bytes, bool] | None = None  # port, payload, confirmed
    commands: str = ""  # what the network asks for: names of _commands
    window: int = 1


UPLINKS = (
    Step(8, down=(5, b"welcome", False)),
    Step(11, down=(5, b"hello", False)),
    Step(11, confirmed=True),
    Step(9, confirmed=True, down=(5, b"all clear", True)),
    Step(8, asks="time", down=(5, b"with the time", False)),
    Step(8, asks="link", commands="status"),
    Step(10, down=(5, b"with adr", False), commands="adr"),
    Step(10, lost="up", down=(6, b"late", False)),
    Step(10, confirmed=True, lost="down"),
    Step(10, window=2, down=(7, b"second window", False)),
    Step(10, commands="timing"),
    Step(10, down=(7, b"later", False), commands="rx2"),
    Step(10, window=2, down=(8, bytes(range(32)), False)),
    Step(16, port=99, confirmed=True, urgent=True, down=(9, b"help knows", True)),
    Step(48, down=(5, bytes(range(40)), False)),
    Step(51, down=(5, b"", False)),
    Step(10, commands="many"),
    Step(10, down=(223, b"highest port", False), commands="channels"),
    Step(10, confirmed=True, down=(10, b"evacuate", True), commands="dwell"),
    Step(8, asks="time", confirmed=True, down=(1, b"lowest port", False)),
    Step(9, commands="moved"),
    Step(9, down=(5, b"moved", False)),
    Step(9, confirmed=True, down=(5, b"moved again", False)),
    Step(9, down=(5, b"twice from now on", False), commands="twice"),
    Step(9),  # on the air twice: nobody answers
    Step(9, down=(5, b"once from now on", False), commands="once"),
    Step(9, confirmed=True, down=(5, b"nearly over", True)),
    Step(9, down=(5, b"over", False)),
)


def trace(region: str, device_class: str, seed: int, interpreter: str = "mp64") -> dict[str, Any]:
    """Run it; the value that `davy lorawan trace --json` writes."""
    network = Network(region, seed=seed, cflist=_cflist(plan(region)))
    if device_class not in CLASSES:
        raise DavyError(f"--class {device_class}: the device is of class {' or '.join(CLASSES)}")
    chance = random.Random(f"{region}/{device_class}/{seed}")
    eui, join, key = (chance.randbytes(n) for n in (8, 8, 16))
    peer = network.add(eui, join, key)
    with device(interpreter) as mac:
        lost: set[tuple[int, str]] = set()
        air = Air(mac, network, tick0=_TICK0, loses=lambda number, way: (number, way) in lost)
        air.start(
            region=region,
            dev_eui=eui.hex(),
            join_eui=join.hex(),
            app_key=key.hex(),
            seed=seed & 0x3FFFFFFF,
            class_c=device_class == "C",
            least=11,
        )
        if not air.run(_JOIN_MS, lambda: mac.said["joined"]):
            raise DavyError(f"{region}: the device has not joined in {_JOIN_MS // 3_600_000} h of the air")
        air.run(_REST_MS)
        for number, step in enumerate(UPLINKS):
            _step(air, peer, step, number, chance, lost)
        if device_class == "C":
            network.queue(peer, 11, b"at any time", confirmed=True)
            air.push(network.push(peer, air.t_ms * 1000 + 1_000_000))
            air.run(_REST_MS)
    assert peer.keys
    frames = [_frame(one, region, peer.keys, key) for one in air.frames]
    return {
        "about": _ABOUT,
        "region": region,
        "class": device_class,
        "seed": seed,
        "device": {"dev_eui": eui.hex(), "join_eui": join.hex(), "app_key": key.hex()},
        "session": {
            "dev_addr": peer.keys.dev_addr.hex(),
            "nwk_skey": peer.keys.nwk_skey.hex(),
            "app_skey": peer.keys.app_skey.hex(),
            "net_id": f"{network.net_id:06x}",
            "join_nonce": peer.join_nonce,
            "dev_nonce": peer.dev_nonce,
        },
        "frames": frames,
        "application": {
            "up": [
                {"fcnt": up.fcnt, "port": up.port, "payload": up.payload.hex()} for up in peer.uplinks if up.port > 0
            ],
            "down": [{"port": port, "payload": payload.hex()} for port, payload in mac.downs],
        },
    }


def _step(air: Air, peer: Peer, step: Step, number: int, chance: random.Random, lost: set[tuple[int, str]]) -> None:
    network = air.network
    peer.window = step.window
    if step.down:
        network.queue(peer, *step.down)
    for commands in _commands(step.commands, peer):
        network.request(peer, commands)
    if step.asks == "link":
        air.call("ask_link")
    elif step.asks:
        air.device.call(f"ask_{step.asks}")
    payload = bytes([number]) + chance.randbytes(step.size - 1)
    _wait_for_room(air, len(payload), step.urgent)
    if step.lost == "up":
        lost.add((air.ups + 1, "up"))
    elif step.lost == "down":
        lost.add((air.downs + 1, "down"))
    if not air.call("send", step.port, payload.hex(), step.confirmed, step.urgent)["ok"]:
        raise DavyError(f"uplink {number}: the MAC does not take {len(payload)} bytes")
    air.run(_REST_MS)


def _wait_for_room(air: Air, n: int, urgent: bool) -> None:
    """Until the device may send so much."""
    for _ in range(100):
        wait_ms = air.call("wait", n, urgent)["wait_ms"]
        if wait_ms < 0:
            raise DavyError(f"{n} bytes can never be sent at the terms the network has set")
        if wait_ms == 0 and air.device.said["state"] == 0:
            return
        air.run(max(200, min(wait_ms, _WAIT_MS)))
    raise DavyError("the device does not come to rest")


def _cflist(region: Plan) -> bytes:
    """The channels that the join accept gives: all but one of those that the network adds; of a fixed plan the second eight."""
    if region.fixed:
        return b"\x00\xff" + bytes(6) + b"\x02" + bytes(6) + b"\x01"
    channels = b"".join((hz // 100).to_bytes(3, "little") for hz in region.extra[:-1])
    return channels + bytes(16 - len(channels))


def _commands(name: str, peer: Peer) -> Iterator[bytes]:
    """MAC commands that suit the region."""
    region = peer.plan
    top = 3 if region.fixed else 5
    mask = (0xFF00, 0) if region.fixed else (2 ** len(region.channels) - 1, 0)
    if name == "status":
        yield b"\x06"
    elif name == "adr":
        if region.fixed:
            yield bytes([3, top << 4 | 2, 2, 0, 0x71])
        yield bytes([3, (top - 1) << 4 | 2]) + mask[0].to_bytes(2, "little") + bytes([mask[1] << 4 | 1])
    elif name == "timing":
        yield b"\x08\x02"
    elif name == "rx2":
        dr = 10 if region.fixed else 3
        yield bytes([5, 1 << 4 | dr]) + (region.rx2[0] // 100).to_bytes(3, "little")
    elif name == "many":
        yield b"\x06" * 4 + b"\x04\x00" + b"\x08\x01" + b"\x06" * 3
    elif name == "channels":
        if region.fixed:
            yield bytes([3, 3 << 4 | 1, 2, 0, 0x51])
        # one that the join accept gave and "adr" has switched off, and a new one
        for index, hz in list(enumerate(region.extra, len(region.channels)))[-2:]:
            yield bytes([7, index]) + (hz // 100).to_bytes(3, "little") + b"\x50"
    elif name == "dwell":
        yield b"\x09\x15" if region.name.startswith("AS923") else b"\x06"
    elif name == "moved":
        if region.fixed:
            yield b"\x06"  # a fixed plan knows no DlChannelReq
        for index in () if region.fixed else region.channels:
            yield bytes([10, index]) + (region.extra[0] // 100).to_bytes(3, "little")
    elif name in ("twice", "once"):
        times = 2 if name == "twice" else 1
        if region.fixed:
            yield b"\x03\xff\x02\x00\x70"
            yield b"\x03\xff\x00\xff" + bytes([times])
        else:
            yield b"\x03\xff\x00\x00" + bytes([0x60 | times])


def _frame(one: OnAir, region: str, keys: wire.Keys, app_key: bytes) -> dict[str, Any]:
    """A frame as it stands in the JSON."""
    shown: dict[str, Any] = {"t_ms": one.t_ms, "direction": one.direction, "kind": "data", "phy": one.phy.hex()}
    shown |= {"freq_hz": one.freq_hz, "sf": one.sf, "bw_hz": one.bw_hz}
    shown["dr"] = one.down.dr if one.down else plan(region).dr_of(one.sf, one.bw_hz)
    shown["lost"] = one.lost
    if one.direction == "up":
        shown["power_dbm"] = one.power_dbm
    else:
        assert one.down
        shown["window"] = {1: "RX1", 2: "RX2", 0: "class C"}[one.down.window]
    if one.phy[0] == wire.JOIN_REQUEST:
        shown["kind"] = "join_request"
        shown["dev_nonce"] = int.from_bytes(one.phy[17:19], "little")
        shown["payload"] = one.phy[1:-4].hex()
        return shown
    if one.phy[0] == wire.JOIN_ACCEPT:
        shown["kind"] = "join_accept"
        shown["payload"] = wire.accepted(app_key, one.phy).hex()
        return shown
    data = wire.decode(keys, one.phy, int.from_bytes(one.phy[6:8], "little"))
    shown |= {
        "fcnt": data.fcnt,
        "port": data.port if data.port >= 0 else None,
        "payload": data.payload.hex(),
        "fopts": data.fopts.hex(),
        "confirmed": data.confirmed,
        "ack": data.ack,
        "adr": data.adr,
    }
    if data.down:
        shown["f_pending"] = bool(data.control & 0x10)
    else:
        shown["adr_ack_req"] = data.adr_ack_req
    return shown
