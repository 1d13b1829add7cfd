"""Every kind of frame against another implementation, pamoja-lorawan, in both directions: the tag's code and the test network's."""

import random

import pytest
from pamoja import _native
from pamoja import lorawan as other

from davy.lorawan import wire
from lorawan.crypto import Key
from lorawan.frame import Downlink
from lorawan.join import JoinAccept
from lorawan.session import DOWN, UP, Session, session_keys

PamojaError: type[Exception] = vars(_native)["PamojaError"]  # which its stubs leave out
KEYS = wire.Keys(bytes.fromhex("26012e43"), bytes(range(16)), bytes(range(16, 32)))
THEIRS = other.session(0x26012E43, KEYS.nwk_skey, KEYS.app_skey)


def session() -> Session:
    ours = Session()
    ours.begin(KEYS.dev_addr[::-1], KEYS.nwk_skey + KEYS.app_skey, 0, -1)
    return ours


def cases(seed: int) -> list[tuple[int, int, bytes, bool, bool, bool, bytes]]:
    """fcnt, port, payload, confirmed, adr, ack, fopts."""
    chance = random.Random(seed)
    found = []
    for n in (*range(51), 115, 221, 242):
        fcnt = chance.choice((0, 1, 0xFFFF, 0x10000, chance.randrange(1 << 30), (1 << 30) - 1))
        port = chance.choice((1, 2, 199, 223))
        fopts = chance.randbytes(min(chance.choice((0, 1, 7, 15)), 242 - n))
        found.append((fcnt, port, chance.randbytes(n), *(chance.random() < 0.5 for _ in range(3)), fopts))
    return found


def test_the_tags_uplinks_are_read_by_another() -> None:
    for fcnt, port, payload, confirmed, adr, ack, fopts in cases(1):
        ours = session()
        frame = bytearray(256)
        frame[0] = 0x80 if confirmed else 0x40
        frame[1:5] = KEYS.dev_addr[::-1]
        frame[5] = adr << 7 | ack << 5 | len(fopts)
        frame[6:8] = (fcnt & 0xFFFF).to_bytes(2, "little")
        frame[8 : 8 + len(fopts)] = fopts
        at = 8 + len(fopts)
        frame[at] = port
        frame[at + 1 : at + 1 + len(payload)] = payload
        ours.crypt(UP, port, fcnt, frame, at + 1, len(payload))
        n = ours.sign(frame, at + 1 + len(payload), fcnt)
        theirs = THEIRS.encode_uplink(fcnt, port, payload, confirmed, adr, ack, fopts)
        assert bytes(frame[:n]) == bytes(theirs)
        assert wire.decode(KEYS, bytes(theirs), fcnt).payload == payload
        read = THEIRS.decode(bytes(frame[:n]), fcnt)
        assert bytes(read.payload) == payload


def test_the_tag_reads_downlinks_of_another() -> None:
    for fcnt, port, payload, confirmed, adr, ack, fopts in cases(2):
        for pending in (False, True):
            theirs = bytes(THEIRS.encode_downlink(fcnt, port, payload, confirmed, adr, ack, pending, fopts))
            ours = session()
            ours.down = fcnt - 1
            down = Downlink()
            assert down.read(theirs, len(theirs), ours, 255) == 0
            assert (down.counter, down.port, down.confirmed, down.options) == (fcnt, port, confirmed, len(fopts))
            assert down.control & 0xF0 == adr << 7 | ack << 5 | pending << 4
            body = bytearray(theirs[down.at : down.at + down.n])
            ours.crypt(DOWN, port, fcnt, body, 0, len(body))
            assert bytes(body) == payload
            assert theirs[8 : 8 + down.options] == fopts


def test_the_network_and_another_say_the_same() -> None:
    for fcnt, port, payload, confirmed, adr, ack, fopts in cases(3):
        control = adr << 7 | ack << 5
        down = wire.Data(True, confirmed, KEYS.dev_addr, control, fcnt, fopts, port, payload)
        theirs = bytes(THEIRS.encode_downlink(fcnt, port, payload, confirmed, adr, ack, False, fopts))
        assert wire.encode(KEYS, down) == theirs
        found = wire.decode(KEYS, theirs, fcnt)
        assert (found.port, found.payload, found.fopts, found.adr, found.ack) == (port, payload, fopts, adr, ack)


def test_port_0_goes_with_the_networks_key() -> None:
    commands = b"\x06\xff\x05" * 7
    theirs = bytes(THEIRS.encode_downlink(7, 0, commands))
    assert wire.decode(KEYS, theirs, 7).commands == commands
    ours = session()
    down = Downlink()
    assert down.read(theirs, len(theirs), ours, 255) == 0 and down.port == 0
    body = bytearray(theirs[down.at : down.at + down.n])
    ours.crypt(DOWN, 0, 7, body, 0, len(body))
    assert bytes(body) == commands


@pytest.mark.parametrize("cflist", [None, bytes.fromhex("184f84e85684b85e84886684586e8400"), bytes(15) + b"\1"])
def test_a_join_of_the_tag_with_another_network(cflist: bytes | None) -> None:
    chance = random.Random(4)
    for _ in range(20):
        eui, join, key = chance.randbytes(8), chance.randbytes(8), chance.randbytes(16)
        nonce, join_nonce, net_id = chance.randrange(1 << 16), chance.randrange(1, 1 << 24), chance.randrange(1 << 24)
        addr = chance.randrange(1 << 32)
        granted = other.grant(join_nonce, net_id, addr, 0x25, 3, cflist)
        accept = bytes(granted.accept(key, nonce))
        ours = JoinAccept()
        assert ours.read(accept, len(accept), Key(key), join_nonce - 1) == 0 and ours.nonce == join_nonce
        assert bytes(ours.buf[7:11]) == addr.to_bytes(4, "little") and (ours.buf[11], ours.buf[12]) == (0x25, 3)
        if cflist:
            assert bytes(ours.buf[13:29]) == cflist
        keys = session_keys(Key(key), ours.buf[1:7], nonce)
        theirs = granted.session(key, nonce)
        one = Session()
        one.begin(ours.buf[7:11], keys, 0, -1)
        down = bytes(theirs.encode_downlink(0, 5, b"hello"))
        read = Downlink()
        assert read.read(down, len(down), one, 255) == 0
        body = bytearray(down[read.at : read.at + read.n])
        one.crypt(DOWN, 5, 0, body, 0, len(body))
        assert bytes(body) == b"hello"
        # and the test network makes the same accept
        fields = (
            join_nonce.to_bytes(3, "little") + net_id.to_bytes(3, "little") + addr.to_bytes(4, "little") + b"\x25\x03"
        )
        assert wire.join_accept(key, fields + (cflist or b"")) == accept
        assert wire.session_keys(key, join_nonce, net_id, nonce) == (keys[:16], keys[16:])
        request = bytes(other.device(eui, join, key).join_request(nonce))
        assert wire.mic(key, request[:-4]) == request[-4:]
        assert Key(key).cmac(None, request, 19)[:4] == request[-4:]


def test_the_other_decoder_refuses_what_ours_refuses() -> None:
    frame = bytearray(THEIRS.encode_downlink(9, 5, b"evacuate"))
    for i in range(len(frame)):
        frame[i] ^= 0x10
        ours = session()
        assert Downlink().read(frame, len(frame), ours, 255) != 0
        with pytest.raises(PamojaError):
            THEIRS.decode(bytes(frame), 9)
        with pytest.raises(wire.Bad):
            wire.decode(KEYS, bytes(frame), 9)
        frame[i] ^= 0x10
