"""The MAC on real MicroPython against the test network over lossy air: random sessions, each frame read by another decoder.

What must hold whatever is lost: the application's payloads arrive in order and at most once, an acknowledged one has arrived, every
confirmed downlink the network sees acknowledged was given to the application, and no frame breaks the region's rules.
"""

import random
from itertools import pairwise

import pytest
from pamoja import lorawan as other

from davy.lorawan import device as pipe
from davy.lorawan import wire
from davy.lorawan.air import Air, airtime_us
from davy.lorawan.device import ACKED, LOST, Device, device
from davy.lorawan.network import Network
from davy.lorawan.peer import Peer
from davy.lorawan.plans import plan
from lorawan import mac, states
from lorawan.regions.names import find

RUNS = (
    ("EU868", "mp64", False, 0.0),
    ("EU868", "mp32", True, 0.3),
    ("EU868", "mp64", True, 0.6),
    ("RU864", "mp64", False, 0.3),
    ("AS923-1", "mp32", False, 0.3),
    ("AS923-4", "mp64", True, 0.3),
    ("US915", "mp64", True, 0.3),
    ("US915", "mp32", False, 0.5),
    ("IN865", "mp64", False, 0.6),
    ("IN865", "cpython", True, 0.2),
)
EXCHANGES = 60


def test_the_pipe_speaks_the_macs_language() -> None:
    for name in pipe.ORDERS:
        assert getattr(pipe, name) == getattr(mac, name) == getattr(states, name)
    for name in ("NONE", "ACKED", "DONE", "NOT_ACKED", "LOST"):
        assert getattr(pipe, name) == getattr(states, name)


def start(mac: Device, network: Network, class_c: bool, chance: random.Random, loss: float) -> tuple[Air, Peer]:
    eui, join, key = (chance.randbytes(n) for n in (8, 8, 16))
    peer = network.add(eui, join, key)
    air = Air(
        mac, network, tick0=(1 << 30) - chance.randrange(400_000), loses=lambda number, way: chance.random() < loss
    )
    air.start(
        region=network.region,
        dev_eui=eui.hex(),
        join_eui=join.hex(),
        app_key=key.hex(),
        seed=chance.randrange(1 << 30),
        class_c=class_c,
        least=11,
    )
    return air, peer


def commands(network: Network, chance: random.Random) -> bytes:
    """A MAC command the region knows, with values that mostly make sense."""
    fixed = network.plan.fixed
    kind = chance.randrange(6)
    if kind == 0:
        return b"\x06"
    if kind == 1:
        top = 4 if fixed else 6
        mask = b"\xff\x00\x50" if fixed else b"\x07\x00\x00"
        control = mask[2] | chance.randrange(1, 3)
        return bytes([3, chance.randrange(top) << 4 | chance.randrange(8)]) + mask[:2] + bytes([control])
    if kind == 2:
        return bytes([8, chance.randrange(1, 4)])
    if kind == 3:
        dr = chance.randrange(8, 14) if fixed else chance.randrange(2, 6)
        return bytes([5, chance.randrange(4) << 4 | dr]) + (network.plan.rx2[0] // 100).to_bytes(3, "little")
    if kind == 4 and not fixed and network.plan.extra:
        at = chance.randrange(len(network.plan.extra))
        index = len(network.plan.channels) + at
        return bytes([7, index]) + (network.plan.extra[at] // 100).to_bytes(3, "little") + b"\x50"
    return bytes([4, 0])


@pytest.mark.parametrize(("region", "interpreter", "class_c", "loss"), RUNS)
def test_random_sessions(region: str, interpreter: str, class_c: bool, loss: float) -> None:
    chance = random.Random(f"{region}{interpreter}{class_c}{loss}")
    network = Network(region, seed=chance.randrange(1000))
    sent: list[tuple[bytes, bool, int]] = []
    queued: list[bytes] = []
    with device(interpreter) as mac:
        air, peer = start(mac, network, class_c, chance, loss)
        assert air.run(40 * 3_600_000, lambda: mac.joined)
        air.run(20_000)
        for number in range(EXCHANGES):
            peer.window = chance.choice((1, 1, 2))
            if chance.random() < 0.5 and not peer.queue:
                queued.append(b"down %d" % number)
                network.queue(peer, chance.randrange(1, 224), queued[-1], confirmed=chance.random() < 0.5)
            if chance.random() < 0.4:
                network.request(peer, commands(network, chance))
            if chance.random() < 0.2:
                mac.call("ask_time")
            if chance.random() < 0.2:
                mac.call("ask_link", air.t_ms)
            if class_c and peer.queue and chance.random() < 0.5:
                air.push(network.push(peer, air.t_ms * 1000))
                air.run(5_000)
            payload = b"up %d " % number + chance.randbytes(chance.randrange(5))
            confirmed, urgent = chance.random() < 0.5, chance.random() < 0.2
            for _ in range(200):
                if air.call("send", 1 + number % 223, payload.hex(), confirmed, urgent)["ok"]:
                    break
                air.run(max(500, min(600_000, air.call("wait", len(payload), urgent)["wait_ms"])))
            else:
                raise AssertionError(number)
            before = len(mac.outcomes)
            assert air.run(120_000, lambda before=before: len(mac.outcomes) > before)
            sent.append((payload, confirmed, mac.outcomes[-1]))
        air.run(60_000)
        assert sum(mac.said["stats"][1:]) == mac.said["stats"][9]  # nothing refused but what nobody waited for
    heard = [up.payload for up in peer.uplinks if up.port > 0]
    order = [payload for payload, _, _ in sent]
    assert [payload for payload in order if payload in heard] == heard and len(set(heard)) == len(heard)
    assert all(payload in heard for payload, _, outcome in sent if outcome == ACKED)
    assert not any(outcome == LOST for _, _, outcome in sent)
    assert any(outcome == ACKED for _, _, outcome in sent)
    downs = [payload for _, payload in mac.downs]
    assert [payload for payload in queued if payload in downs] == downs and len(set(downs)) == len(downs)
    if not loss:
        assert heard == order and downs == queued[: len(downs)] and len(downs) >= len(queued) - 1
        assert all((outcome == ACKED) == confirmed for _, confirmed, outcome in sent)
    check(air, peer, region)


def check(air: Air, peer: Peer, region: str) -> None:
    """Every frame by another decoder, and by the region's rules."""
    assert peer.keys
    theirs = other.session(int.from_bytes(peer.keys.dev_addr, "big"), peer.keys.nwk_skey, peer.keys.app_skey)
    rules = find(region)
    known = plan(region)
    last = -1
    nonces = []
    for frame in air.frames:
        if frame.phy[0] == wire.JOIN_REQUEST:
            nonces.append(other.parse_join_request(frame.phy, peer.app_key).dev_nonce)
            continue
        if frame.phy[0] == wire.JOIN_ACCEPT:
            continue
        fcnt = int.from_bytes(frame.phy[6:8], "little")
        data = wire.decode(peer.keys, frame.phy, fcnt)
        read = theirs.decode(frame.phy, fcnt)
        assert bytes(read.payload) == data.payload
        if frame.direction == "down":
            continue
        assert fcnt in (last, last + 1)
        last = fcnt
        dr = known.dr_of(frame.sf, frame.bw_hz)
        assert len(data.payload) + len(data.fopts) <= rules.capacity(dr, region.startswith("AS923"))
        assert frame.freq_hz in set(peer.channels.values()) | set(known.extra)
        assert rules.band(frame.freq_hz) >= 0 and len(data.fopts) <= 15
        assert not (data.port == 0 and data.fopts)
        if region.startswith("AS923") or (region == "US915" and frame.bw_hz == 125_000):
            assert airtime_us(frame.sf, frame.bw_hz, len(frame.phy)) <= 400_000
    assert nonces == list(range(len(nonces)))
    ups = [frame for frame in air.frames if frame.direction == "up"]
    for one, two in pairwise(ups):
        assert two.t_ms * 1000 >= one.t_ms * 1000 + airtime_us(one.sf, one.bw_hz, len(one.phy))
