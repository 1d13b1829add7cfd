"""Link frames: authentication against published vectors, both directions, every refusal, replays, and mutated frames."""

import random

from codec.mac import Mac
from tag import events
from tag.reporting import link
from tag.reporting.link import Link
from tag.reporting.link_gateway import LinkGateway
from tag.reporting.records import encode

ID = b"\x01\x02\x03\x04\x05\x06\x07\x08"
KEY = bytes(range(16))
NONCE = b"\x11\x22\x33\x44"


class Box:
    """An outbox that gives the records it was handed, once each."""

    def __init__(self, *records):
        self.records = list(records)
        self.batch_records = 0

    def next_batch(self, buf, offset, max_bytes, t_ms, urgent_only):
        at = offset
        self.batch_records = 0
        while self.records and at + 1 + len(self.records[0]) <= offset + max_bytes:
            record = self.records.pop(0)
            buf[at] = len(record)
            buf[at + 1 : at + 1 + len(record)] = record
            at += 1 + len(record)
            self.batch_records += 1
        return at - offset


def alarm(seq):
    buf = bytearray(40)
    return bytes(buf[: encode((events.ALARM, 1000, events.ALARM_SOS, events.ON, events.CAUSE_BUTTON, 0), seq, 1, buf)])


def pair(key=KEY, nonce=NONCE, tag_id=ID):
    gateway = LinkGateway()
    gateway.add_tag(tag_id, key)
    return Link(tag_id, key, nonce), gateway


def sent(tag, *records):
    """An uplink as bytes."""
    n = tag.build(Box(*records), 0, True)
    return bytes(tag.buf[:n])


def refusal(end, frame):
    """Why the frame is refused; the counter must say the same."""
    before = list(end.stats)
    message = end.receive(frame, len(frame)) if isinstance(end, Link) else end.receive(frame)
    assert (message is None) == (end.refusal != link.ACCEPTED)
    before[end.refusal] += 1
    assert before == end.stats
    return link.REFUSALS[end.refusal]


def test_hmac_vectors_of_rfc_4231():
    long_data = (
        b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed"
        b" before being used by the HMAC algorithm."
    )
    for key, data, digest in (
        (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        (b"\xaa" * 20, b"\xdd" * 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        (bytes(range(1, 26)), b"\xcd" * 50, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
        (b"\x0c" * 20, b"Test With Truncation", "a3b6167473100ee06e0c796c2955552b"),
        (
            b"\xaa" * 131,
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
        (b"\xaa" * 131, long_data, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
    ):
        mac = Mac(key)
        whole = mac.digest(data)
        assert "".join(["%02x" % b for b in whole])[: len(digest)] == digest
        assert mac.digest(data) == whole  # a key is ready for more than one use
        buf = bytearray(data) + bytearray(8)
        assert mac.sign(buf, len(data)) == len(data) + 8
        assert bytes(buf[len(data) :]) == whole[:8] and mac.verify(buf, len(data))
        for i in range(len(buf)):
            buf[i] ^= 0x10
            assert not mac.verify(buf, len(data))
            buf[i] ^= 0x10


def test_uplink_layout_byte_by_byte():
    tag, _ = pair()
    tag.heard = 0x0A0B
    frame = sent(tag, b"\x04" + bytes(10), b"\x05" + bytes(15))
    assert frame[:22] == b"\xd1" + ID + NONCE + b"\x01\x00\x00\x00" + b"\x0b\x0a\x00\x00" + b"\x02"
    assert frame[22:34] == b"\x0b\x04" + bytes(10) and frame[34:51] == b"\x10\x05" + bytes(15)
    assert len(frame) == 59
    # HMAC-SHA256(HMAC-SHA256(key, "davy link 1 up"), frame)[:8] by CPython's hmac module
    assert "".join(["%02x" % b for b in frame[51:]]) == "200e06f1941c2475"


def test_downlink_layout_byte_by_byte():
    tag, gateway = pair()
    assert gateway.receive(sent(tag))
    frame = gateway.downlink(ID, events.MSG_ACK, 0x0201, [1, 0x01020304])
    assert frame[:28] == b"\xd2" + ID + NONCE + b"\x01\x00\x00\x00\x01\x01\x02\x01\x00\x00\x00\x04\x03\x02\x01"
    assert "".join(["%02x" % b for b in frame[28:]]) == "c7081f8342221884"


def test_records_arrive_whole():
    for key in (bytes(16), bytes(range(32))):
        tag, gateway = pair(key)
        records = [alarm(i) for i in range(1, 30)]
        uplink = gateway.receive(sent(tag, *records))
        assert uplink is not None
        assert uplink.records == records and uplink.tag_id == ID and uplink.nonce == NONCE and uplink.counter == 1
        uplink = gateway.receive(sent(tag))
        assert uplink is not None and uplink.records == []
    for key in (b"", bytes(15), bytes(33)):
        try:
            Link(ID, key, NONCE)
            raise AssertionError("a key of %d bytes was taken" % len(key))
        except ValueError:
            pass


def test_nothing_to_send_is_no_frame():
    tag, _ = pair()
    assert tag.build(Box(), 0) == 0 and tag.counter == 0
    assert tag.build(Box(), 0, True) == 30 and tag.counter == 1


def test_a_frame_is_never_longer_than_allowed():
    tag = Link(ID, KEY, NONCE, 64)
    box = Box(*[alarm(i) for i in range(5)])
    sizes = []
    while True:
        n = tag.build(box, 0)
        if n == 0:
            break
        sizes.append(n)
    assert sizes == [64, 64, 47]


def test_every_message_there_and_back():
    tag, gateway = pair()
    gateway.receive(sent(tag))
    for message in (
        (events.MSG_ACK, 1, ()),
        (events.MSG_ACK, 2, (1, 2, 0xFFFFFFFF)),
        (events.MSG_HELP, 3, events.ALARM_MAN_DOWN),
        (events.MSG_EVACUATE, 4),
        (events.MSG_ALL_CLEAR, 65535),
        (events.MSG_TEXT, 6, "Gas! \u00dcber Tage \U0001f525"),
        (events.MSG_TEXT, 7, ""),
        (200, 8, b"from the future"),
    ):
        frame = gateway.downlink(ID, message[0], message[1], *message[2:])
        assert tag.receive(frame, len(frame)) == message
    assert tag.stats[link.ACCEPTED] == 8


def test_every_refusal_has_its_name():
    tag, gateway = pair()
    up = sent(tag, alarm(1))
    for n in range(30):
        assert refusal(gateway, up[:n]) == "short"
    assert refusal(gateway, b"\xd2" + up[1:]) == "magic"
    assert refusal(gateway, up[:1] + b"\xff" + up[2:]) == "foreign"
    assert refusal(gateway, up[:-1] + bytes([up[-1] ^ 1])) == "bad tag"
    assert refusal(gateway, up) == "accepted"
    assert refusal(gateway, up) == "replay"
    down = gateway.downlink(ID, events.MSG_EVACUATE, 1)
    for n in range(28):
        assert refusal(tag, down[:n]) == "short"
    assert (
        tag.receive(down, len(down) + 1) is None and tag.refusal == link.SHORT
    )  # a length that points outside the buffer
    assert refusal(tag, b"\xd1" + down[1:]) == "magic"
    assert refusal(tag, down[:1] + b"\xff" + down[2:]) == "foreign"
    assert refusal(tag, down[:-1] + bytes([down[-1] ^ 1])) == "bad tag"
    assert tag.heard == 0
    assert refusal(tag, down) == "accepted"
    assert refusal(tag, down) == "replay"


def signed(tag, body, count):
    """An uplink with this body, rightly signed: what a tag with a fault in it could send."""
    frame = bytearray(link.UP_HEADER + len(body) + link.MAC_BYTES)
    sent(tag)
    frame[: link.UP_HEADER] = tag.buf[: link.UP_HEADER]
    frame[link.RECORDS_AT] = count
    frame[link.UP_HEADER : link.UP_HEADER + len(body)] = body
    link.direction_keys(KEY)[0].sign(frame, link.UP_HEADER + len(body))
    return bytes(frame)


def test_bad_bodies_with_a_right_mac():
    tag, gateway = pair()
    record = b"\x0b" + bytes(11)
    assert refusal(gateway, signed(tag, record, 1)) == "accepted"
    short = b"\x0a" + bytes(10)
    wrong = ((record, 0), (record, 2), (record[:-1], 1), (short, 1), (b"\x00", 1), (record + b"\xff", 2), (b"", 1))
    for body, count in wrong:
        assert refusal(gateway, signed(tag, body, count)) == "bad body", (body, count)
    assert refusal(gateway, signed(tag, record * 2, 2)) == "accepted"
    for message, body in (
        (events.MSG_ACK, bytes(5)),
        (events.MSG_HELP, b""),
        (events.MSG_HELP, b"\x01\x02"),
        (events.MSG_EVACUATE, b"\x00"),
        (events.MSG_ALL_CLEAR, b"\x00"),
        (events.MSG_TEXT, b"\xff\xfe"),
    ):
        frame = bytearray(gateway.downlink(ID, 200, 1, body))
        frame[link.MESSAGE_AT] = message
        link.direction_keys(KEY)[1].sign(frame, len(frame) - 8)
        heard = tag.heard
        assert refusal(tag, frame) == "bad body" and tag.heard == heard + 1  # it was genuine: not to be tried again


def test_keys_ids_and_directions_are_apart():
    tag, gateway = pair()
    other, other_gateway = pair(bytes(16))
    assert refusal(gateway, sent(other)) == "bad tag"
    gateway.receive(sent(tag))
    other_gateway.receive(sent(other))
    assert refusal(other, gateway.downlink(ID, events.MSG_EVACUATE, 1)) == "bad tag"
    stranger = Link(b"stranger", KEY, NONCE)
    assert refusal(stranger, gateway.downlink(ID, events.MSG_EVACUATE, 1)) == "foreign"
    up = link.direction_keys(KEY)[0]
    frame = bytearray(gateway.downlink(ID, events.MSG_EVACUATE, 1))
    up.sign(frame, len(frame) - 8)  # signed with the other direction's key
    assert refusal(tag, frame) == "bad tag"
    frame = bytearray(sent(tag))
    frame[0] = link.DOWN  # an uplink sent back as a downlink
    assert refusal(tag, frame) == "bad tag"


def test_nothing_is_replayed_across_restarts_of_either_end():
    tag, gateway = pair()
    first = sent(tag, alarm(1))
    gateway.receive(first)
    orders = [gateway.downlink(ID, events.MSG_EVACUATE, i) for i in range(3)]
    assert tag.receive(orders[1], len(orders[1])) == (events.MSG_EVACUATE, 1)
    assert refusal(tag, orders[0]) == "replay"  # overtaken: too late
    assert tag.receive(orders[2], len(orders[2])) is not None
    again = Link(ID, KEY, b"\x55\x66\x77\x88")  # the tag restarts
    for order in orders:
        assert refusal(again, order) == "replay"
    uplink = gateway.receive(sent(again))
    assert uplink is not None and uplink.nonce == b"\x55\x66\x77\x88"
    assert refusal(gateway, first) == "replay"
    order = gateway.downlink(ID, events.MSG_ALL_CLEAR, 9)
    assert refusal(tag, order) == "replay" and refusal(again, order) == "accepted"
    restarted = LinkGateway()  # the gateway restarts and knows no counters
    restarted.add_tag(ID, KEY)
    assert not restarted.can_reach(ID)
    uplink = restarted.receive(sent(again))
    assert uplink is not None and uplink.heard == 1
    order = restarted.downlink(ID, events.MSG_EVACUATE, 10)
    assert again.receive(order, len(order)) == (events.MSG_EVACUATE, 10)


def test_old_sessions_are_forgotten_without_locking_the_tag_out():
    gateway = LinkGateway(sessions=8)
    gateway.add_tag(ID, KEY)
    tags = [Link(ID, KEY, bytes([i, 0, 0, 0])) for i in range(12)]
    frames = []
    for tag in tags:
        frames.append(sent(tag))
        assert gateway.receive(frames[-1])
    for i in range(11, -1, -1):
        assert (gateway.receive(frames[i]) is None) == (i >= 4), i  # the 8 newest are known
    for _ in range(3):
        assert gateway.receive(sent(tags[-1]))  # the real tag is still heard
        order = gateway.downlink(ID, events.MSG_EVACUATE, 1)
        assert tags[-1].receive(order, len(order))


def test_a_tag_never_heard_cannot_be_spoken_to():
    _, gateway = pair()
    for args in ((ID, events.MSG_EVACUATE, 1), (b"nobody!!", events.MSG_EVACUATE, 1)):
        try:
            gateway.downlink(*args)
            raise AssertionError("downlink without a session")
        except ValueError:
            pass
    tag, gateway = pair()
    gateway.receive(sent(tag))
    for args in ((events.MSG_TEXT, 1, "x" * 121), (events.MSG_ACK, 1, [7] * 300), (events.MSG_HELP, 1)):
        try:
            gateway.downlink(ID, *args)
            raise AssertionError("text or frame too long, or an argument missing")
        except ValueError:
            pass


def mutate(frame, choose):
    """A frame with a few changes of one kind."""
    frame = bytearray(frame)
    how = choose(3)
    if how == 0:
        for _ in range(1 + choose(2)):
            frame[choose(16) % len(frame)] ^= 1 << choose(3)
    elif how == 1:
        frame = frame[: choose(16) % len(frame)]
    elif how == 2:
        frame += bytes([choose(8) for _ in range(1 + choose(4))])
    elif how == 3:
        i = choose(16) % len(frame)
        frame[i] = (frame[i] + 1 + choose(8) % 255) & 0xFF
    elif how == 4:
        frame = frame[choose(16) % len(frame) :]
    elif how == 5:
        i = choose(16) % len(frame)
        frame = frame[:i] + frame[i + 1 + choose(3) :]
    elif how == 6:
        frame = bytearray([choose(8) for _ in range(choose(7))])
    else:
        i = choose(16) % len(frame)
        frame = frame[:i] + bytes([choose(8)]) + frame[i:]
    return bytes(frame)


def test_mutated_frames_are_refused_and_change_nothing():
    random.seed(4231)
    tag, gateway = pair()
    up = sent(tag, alarm(1), alarm(2))
    gateway.receive(up)
    fresh_up = sent(tag, alarm(3), alarm(4))
    fresh_down = gateway.downlink(ID, events.MSG_TEXT, 5, "leave section 4 by the north drift")
    tried = 0
    for _ in range(5000):
        for end, frame in ((tag, fresh_down), (gateway, fresh_up)):
            bad = mutate(frame, random.getrandbits)
            if bad == frame:
                continue
            tried += 1
            assert refusal(end, bad) != "accepted"
    assert tried > 9900 and tag.heard == 0 and tag.stats[0] == 0 and gateway.stats[0] == 1
    for i in (link.SHORT, link.MAGIC, link.FOREIGN, link.BAD_TAG):
        assert tag.stats[i] > 0 and gateway.stats[i] > 0
    assert refusal(tag, fresh_down) == "accepted" and refusal(gateway, fresh_up) == "accepted"
