"""Hostile air: 10^5 and more mutated downlinks on each interpreter. None raises, none changes anything without a MIC that is right.

A mutated frame is refused for a reason that is counted; what may not change is compared whole, as the kept form and the MAC's own
numbers. One more test signs what it has mutated, with any MAC commands: such a frame may be accepted, and must not raise.
"""

from lorawan_rig import Rig, join_accept, lcg

from lorawan.commands import TABLE
from lorawan.frame import REFUSALS
from lorawan.mac import KEEP, NOTHING, SEND

FRAMES = 100000
BATCH = 500


def face(mac):
    """All that a downlink could change."""
    stack = mac.stack
    stack.save(stack.nonce_bound, -1, 0)
    stack.buf[2] = stack.buf[3] = 0  # the serial goes up with every look
    return (
        bytes(stack.buf[:2]) + bytes(stack.buf[4:-2]),
        mac.state,
        mac.outcome,
        mac.down_port,
        mac.receiver.port,
        mac._must_keep,
        mac.sender.owes_ack,
        mac._reply.wanted,
        stack.commands.n,
        stack.commands.gps_s,
        mac.rssi,
        mac.snr,
    )


def mutated(frame, other, below):
    """One of the ways in which a frame can be wrong."""
    what = below(8)
    buf = bytearray(frame)
    if what < 3:
        for _ in range(1 + below(3)):
            buf[below(len(buf))] ^= 1 << below(8)
    elif what == 3:
        del_at = below(len(buf))
        buf = buf[:del_at] + buf[del_at + 1 + below(3) :]
    elif what == 4:
        buf = buf[: below(len(buf))]
    elif what == 5:
        buf = buf + bytearray([below(256) for _ in range(1 + below(8))])
    elif what == 6:  # the head of one, the tail of another
        cut = 1 + below(len(buf) - 1)
        buf = buf[:cut] + bytearray(other[cut:])
    else:
        buf = bytearray([below(256) for _ in range(below(64))])
        if len(buf) > 5 and below(2):
            buf[:5] = frame[:5]
    return bytes(buf)


def test_mutated_downlinks_change_nothing():
    below = lcg(4)
    rig = Rig(class_c=True).join(settings=0x05)
    mac = rig.mac
    frames = [
        rig.side.down(5, b"all clear", confirmed=True),
        rig.side.down(0, b"\x06\x08\x03"),
        rig.side.down(options=b"\x03\x52\x07\x00\x01\x06", ack=True),
        rig.side.down(9, bytes(range(48)), b"\x05\x03\xd2\xad\x84"),
        rig.side.down(ack=True, pending=True),
        join_accept(9),
    ]
    genuine = set(frames)
    count = 0
    refused = 0
    before = face(mac)
    while count < FRAMES:
        for _ in range(BATCH):
            frame = mutated(frames[below(6)], frames[below(6)], below)
            if frame in genuine:
                continue
            mac.heard(frame, len(frame), -100, 3, rig.t_ms)
            refused += mac.refusal != 0
            count += 1
        assert face(mac) == before, count
        assert mac.step(rig.t_ms) == NOTHING
    assert refused == count == sum(mac.stats) - 1  # the join was accepted
    for name in ("size", "kind", "foreign", "mic", "unasked"):
        assert mac.stats[REFUSALS.index(name)] > 100, name
    mac.heard(frames[4], len(frames[4]), -100, 3, rig.t_ms)
    assert mac.refusal == 0  # and what is genuine is still heard


def test_mutated_join_accepts_let_nobody_in():
    below = lcg(5)
    rig = Rig("US915")
    frames = (join_accept(1), join_accept(2, cflist=bytes(15) + b"\x01"))
    count = 0
    while count < 4000:
        rig.until((3,), 90000000)
        rig.orders, rig.sent, rig.stored = [], [], []
        frame = mutated(frames[below(2)], frames[below(2)], below)
        if frame not in frames:
            rig.hear(frame)
            assert rig.mac.refusal != 0 and not rig.mac.joined
            count += 1
    assert rig.mac.stack.join_nonce == -1


def test_replays_are_refused_every_time():
    below = lcg(6)
    rig = Rig(class_c=True).join()
    frames = []
    for i in range(40):
        frames.append(rig.side.down(5, b"%d" % i))
        assert rig.hear(frames[i]) == 0
        rig.settle()
        rig.mac.taken()
    before = face(rig.mac)
    for _ in range(4000):
        frame = frames[below(40)]
        rig.mac.heard(frame, len(frame), -90, 5, rig.t_ms)
        assert REFUSALS[rig.mac.refusal] == "replay"
    assert face(rig.mac) == before


def test_foreign_keys_open_nothing():
    below = lcg(7)
    rig = Rig(class_c=True).join()
    other = Rig(class_c=True).join(nonce=2)
    before = face(rig.mac)
    for _ in range(4000):
        counter = below(70000)
        frame = other.side.down(below(224), bytes(below(30)), counter=counter)
        rig.mac.heard(frame, len(frame), -90, 5, rig.t_ms)
        assert REFUSALS[rig.mac.refusal] == "mic"
    assert face(rig.mac) == before


def test_signed_nonsense_is_survived():
    below = lcg(8)
    cids = sorted(TABLE)
    for region in ("EU868", "US915", "AS923-1"):
        rig = Rig(region, class_c=True).join()
        mac = rig.mac
        for _ in range(1500):
            options = b""
            while below(3):
                cid = cids[below(len(cids))]
                options += bytes((cid,)) + bytes(
                    [below(256) for _ in range(TABLE[cid][0] - (below(9) == 0 and TABLE[cid][0] > 0))]
                )
            port = below(260) - 4
            payload = bytes([below(256) for _ in range(below(30))])
            if port == 0:
                payload, options = options, b""
            if port < 0:
                port, payload = -1, b""
            frame = rig.side.down(
                port, payload, options[:15], below(2) == 1, below(2) == 1, below(2) == 1, control=below(2) << 7
            )
            if mac.state == 0 and below(2):
                mac.send(1, b"x", 1, below(2) == 1, True, rig.t_ms)
            for _ in range(below(4)):
                if rig.step() == NOTHING:
                    rig.t_ms = mac.due_ms if below(2) else (rig.t_ms + below(2000)) & 0x3FFFFFFF
            mac.heard(frame, len(frame), -90, 5, rig.t_ms)
            if below(2):
                mac.taken()
            assert mac.step(rig.t_ms) is not None
            mac.was_kept(below(8) > 0, rig.t_ms)
            assert mac.stack.commands.n <= 128 and 0 <= mac.stack.terms.dr <= mac.stack.region.top_dr
            assert mac.stack.region.hears(mac.stack.terms.rx2_hz)
        assert mac.stats[0] > 100
        assert KEEP in rig.orders or SEND in rig.orders
