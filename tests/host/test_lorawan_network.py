"""The test network by itself: joins, counters, windows, commands, replay protection."""

import random

from davy.lorawan import wire
from davy.lorawan.network import Network
from davy.lorawan.peer import Peer

EUI, JOIN, KEY = bytes(range(8)), bytes(range(8, 16)), bytes(range(16))
RATE = (868_100_000, 7, 125_000)


def request(nonce: int, key: bytes = KEY) -> bytes:
    frame = b"\0" + JOIN[::-1] + EUI[::-1] + nonce.to_bytes(2, "little")
    return frame + wire.mic(key, frame)


def joined() -> tuple[Network, Peer]:
    network = Network("EU868")
    peer = network.add(EUI, JOIN, KEY)
    assert len(network.uplink(request(0), *RATE, 1_000_000)) == 1
    return network, peer


def up(
    peer: Peer, fcnt: int, payload: bytes = b"x", *, confirmed: bool = False, control: int = 0x80, fopts: bytes = b""
) -> bytes:
    assert peer.keys
    return wire.encode(peer.keys, wire.Data(False, confirmed, peer.keys.dev_addr, control, fcnt, fopts, 1, payload))


def test_a_join_is_answered_after_five_seconds() -> None:
    network = Network("EU868", rx1_delay_s=3)
    network.add(EUI, JOIN, KEY)
    (accept,) = network.uplink(request(7), *RATE, 2_000_000)
    assert (accept.freq_hz, accept.sf, accept.t_us, accept.window) == (868_100_000, 7, 7_000_000, 1)
    plain = wire.ecb(KEY, accept.phy[1:])
    assert wire.mic(KEY, accept.phy[:1] + plain[:-4]) == plain[-4:] and plain[11] == 3
    for nonce in (7, 6, 0):
        assert network.uplink(request(nonce), *RATE, 9_000_000) == []
    assert network.refused["nonce"] == 3
    assert network.uplink(request(8, bytes(16)), *RATE, 9_000_000) == [] and network.refused["mic"] == 1
    (again,) = network.uplink(request(8), *RATE, 9_000_000)
    assert again.phy != accept.phy


def test_counters_must_rise() -> None:
    network, peer = joined()
    frames = [up(peer, fcnt) for fcnt in range(5)]
    for fcnt in (0, 2):
        assert network.uplink(frames[fcnt], *RATE, 0) == []
    assert network.uplink(frames[1], *RATE, 0) == [] and network.refused["mic"] == 1
    assert [data.fcnt for data in peer.uplinks] == [0, 2]
    assert network.uplink(frames[2], *RATE, 0) == [] and len(peer.uplinks) == 2  # a repetition
    assert network.uplink(up(peer, 0x10003), *RATE, 0) == []
    assert peer.uplinks[-1].fcnt == 2 and network.refused["mic"] == 2


def test_a_confirmed_uplink_is_acknowledged_each_time() -> None:
    network, peer = joined()
    frame = up(peer, 0, confirmed=True)
    for number in range(3):
        (down,) = network.uplink(frame, *RATE, 5_000_000)
        assert down.data and down.data.ack and down.data.fcnt == number and down.t_us == 6_000_000
    assert len(peer.uplinks) == 1


def test_the_second_window_and_class_c() -> None:
    network, peer = joined()
    peer.window = 2
    network.queue(peer, 5, b"hello", confirmed=True)
    (down,) = network.uplink(up(peer, 0), *RATE, 5_000_000)
    assert (down.freq_hz, down.sf, down.t_us) == (869_525_000, 12, 7_000_000)
    assert network.push(peer, 9) == []
    network.queue(peer, 6, b"now")
    (down,) = network.push(peer, 9)
    assert (down.freq_hz, down.sf, down.t_us, down.window) == (869_525_000, 12, 9, 0) and down.data
    assert down.data.payload == b"now"
    network.uplink(up(peer, 1, control=0xA0), *RATE, 0)
    assert peer.acknowledged == 0  # the last one was not confirmed


def test_commands_change_the_network_when_they_are_answered() -> None:
    network, peer = joined()
    network.request(peer, bytes.fromhex("0512d2ad84") + b"\x08\x03")
    (down,) = network.uplink(up(peer, 0), *RATE, 0)
    assert down.data and down.data.fopts == bytes.fromhex("0512d2ad840803") and down.t_us == 1_000_000
    network.queue(peer, 1, b"x")
    (down,) = network.uplink(up(peer, 1), *RATE, 0)
    assert down.t_us == 1_000_000 and down.dr == 5  # not answered yet
    network.queue(peer, 1, b"y")
    network.request(peer, b"\x06")
    (down,) = network.uplink(up(peer, 2), *RATE, 0)
    peer._asked = [bytes.fromhex("0512d2ad84"), b"\x08\x03"]
    network.queue(peer, 1, b"z")
    (down,) = network.uplink(up(peer, 3, fopts=b"\x05\x07\x08"), *RATE, 0)
    assert down.t_us == 3_000_000 and down.dr == 4 and (peer.offset, peer.rx2_dr) == (1, 2)
    assert peer.answers == [(5, b"\x07"), (8, b"")]


def test_questions_are_answered() -> None:
    network, peer = joined()
    (down,) = network.uplink(up(peer, 0, fopts=b"\x02\x0d"), *RATE, 1_500_000)
    assert down.data
    answer = down.data.fopts
    assert answer[0] == 2 and answer[2] == 1 and answer[3] == 13
    assert int.from_bytes(answer[4:8], "little") == 1_400_000_001 and answer[8] == 128


def test_many_commands_go_on_port_0_and_alone() -> None:
    network, peer = joined()
    network.request(peer, b"\x06" * 20)
    network.queue(peer, 5, b"later")
    (down,) = network.uplink(up(peer, 0), *RATE, 0)
    assert down.data and down.data.port == 0 and down.data.payload == b"\x06" * 20 and down.data.control & 0x10
    (down,) = network.uplink(up(peer, 1), *RATE, 0)
    assert down.data and down.data.payload == b"later"


def test_noise_is_refused() -> None:
    network, peer = joined()
    chance = random.Random(3)
    good = up(peer, 0)
    for _ in range(2000):
        frame = bytearray(good)
        frame[chance.randrange(len(frame))] ^= 1 << chance.randrange(8)
        assert network.uplink(bytes(frame), *RATE, 0) == []
        assert network.uplink(chance.randbytes(chance.randrange(1, 40)), *RATE, 0) == []
    assert peer.uplinks == [] and network.uplink(good, 868_100_000, 6, 125_000, 0) == []
    assert network.refused["data rate"] == 1 and peer.last_up == -1
