"""Link frames against an independent HMAC and a hundred thousand mutations: refused, counted, never an exception."""

import hashlib
import hmac
import random

from davy import roots as roots
from tag import events
from tag.reporting import link
from tag.reporting.link import Link
from tag.reporting.link_gateway import LinkGateway
from tag.reporting.records import encode

ID = bytes.fromhex("0badcafe00112233")
KEY = bytes.fromhex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
NONCE = b"\xde\xad\xbe\xef"
MUTATIONS = 100_000


class Box:
    """An outbox with the same records for ever."""

    batch_records = 0

    def __init__(self, count: int) -> None:
        self.count = count

    def next_batch(self, buf: bytearray, offset: int, max_bytes: int, t_ms: int, urgent_only: bool) -> int:
        at = offset
        for seq in range(1, self.count + 1):
            event = (events.ALARM, t_ms, events.ALARM_SOS, events.ON, events.CAUSE_BUTTON, 0)
            end = encode(event, seq, 1, buf, at + 1)
            buf[at] = end - at - 1
            at = end
        self.batch_records = self.count
        return at - offset


def ends() -> tuple[Link, LinkGateway]:
    gateway = LinkGateway()
    gateway.add_tag(ID, KEY)
    return Link(ID, KEY, NONCE), gateway


def uplink(tag: Link, count: int) -> bytes:
    n = tag.build(Box(count), 1000, hello=True)
    return bytes(tag.buf[:n])


def independent(direction: str, data: bytes) -> bytes:
    """The mac of a frame by the standard library."""
    key = hmac.new(KEY, f"davy link 1 {direction}".encode(), hashlib.sha256).digest()
    return hmac.new(key, data, hashlib.sha256).digest()[:8]


def test_macs_agree_with_the_standard_library():
    tag, gateway = ends()
    for count in range(60):
        frame = uplink(tag, count)
        assert frame[-8:] == independent("up", frame[:-8])
        assert gateway.receive(frame) is not None
    for text in ("", "a", "leave by the north drift " * 4):
        frame = gateway.downlink(ID, events.MSG_TEXT, 1, text)
        assert frame[-8:] == independent("down", frame[:-8])
        assert tag.receive(frame, len(frame)) == (events.MSG_TEXT, 1, text)


def mutated(frame: bytes, chance: random.Random) -> bytes:
    data = bytearray(frame)
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        i = chance.randrange(len(data)) if data else 0
        match chance.randrange(7):
            case 0 if data:
                data[i] ^= 1 << chance.randrange(8)
            case 1:
                del data[i:]
            case 2:
                data += chance.randbytes(chance.randrange(1, 40))
            case 3 if data:
                data[i] = chance.randrange(256)
            case 4:
                del data[:i]
            case 5:
                del data[i : i + chance.randrange(1, 9)]
            case _:
                data[i:i] = chance.randbytes(chance.randrange(1, 9))
    return bytes(data)


def test_mutated_frames_never_pass():
    chance = random.Random(20261121)
    tag, gateway = ends()
    assert gateway.receive(uplink(tag, 0)) is not None
    up = uplink(tag, 5)
    down = gateway.downlink(ID, events.MSG_ACK, 7, list(range(1, 30)))
    tried = 0
    while tried < MUTATIONS:
        bad_up, bad_down = mutated(up, chance), mutated(down, chance)
        if bad_up == up or bad_down == down:
            continue
        tried += 2
        assert gateway.receive(bad_up) is None
        assert tag.receive(bad_down, len(bad_down)) is None
    assert tag.heard == 0 and tag.stats[link.ACCEPTED] == 0 and gateway.stats[link.ACCEPTED] == 1
    assert sum(tag.stats) + sum(gateway.stats) == tried + 1
    assert gateway.receive(up) is not None and tag.receive(down, len(down)) is not None


def test_any_body_with_a_right_mac_is_a_message_or_a_named_refusal():
    chance = random.Random(5)
    tag, gateway = ends()
    seen = set()
    for counter in range(1, 20_000):
        body = chance.randbytes(chance.choice((0, 1, 2, 4, 8, 12, 13, 60)))
        head = bytes([link.DOWN]) + ID + NONCE + counter.to_bytes(4, "little")
        frame = head + bytes([chance.randrange(8)]) + chance.randbytes(2) + body
        frame += independent("down", frame)
        message = tag.receive(frame, len(frame))
        assert (message is None) == (tag.refusal == link.BAD_BODY)
        seen.add((frame[link.MESSAGE_AT], message is None))
        head = bytes([link.UP]) + ID + NONCE + counter.to_bytes(4, "little") + bytes(4)
        frame = head + bytes([chance.randrange(4)]) + body
        frame += independent("up", frame)
        assert (gateway.receive(frame) is None) == (gateway.refusal == link.BAD_BODY)
    assert {(events.MSG_ACK, True), (events.MSG_ACK, False), (events.MSG_TEXT, True), (0, False)} <= seen


def test_random_bytes():
    chance = random.Random(6)
    tag, gateway = ends()
    for _ in range(20_000):
        data = chance.randbytes(chance.randrange(80))
        assert gateway.receive(data) is None and tag.receive(data, len(data)) is None
        assert tag.receive(data, len(data) + 5) is None
