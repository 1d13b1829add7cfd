"""Hostile brokers: mutated and random bytes, 24000 of them a run. Nothing raises, no buffer grows, no wait is without end."""

from mqtt_rig import CONNACK, DOWN, SUBACK, Rig, publish

from mqtt import client as states

CASES = 24000
_PARTS = (
    CONNACK,
    SUBACK,
    b"\xd0\x00",
    b"\x40\x02\x00\x02",
    b"\x40\x02\x00\x03",
    publish(DOWN, b"{}", 5),
    publish(DOWN, b'{"devEui":"00112233445566aa"}', 6),
    publish(b"a", b""),
    publish(b"", bytes(60), 1),
    b"\x30\xff\x01",
    b"\x32\xff\xff\xff\x7f\x00\x01x\x00\x09",
)


class Dice:
    """A linear congruential generator: the same sequence on all interpreters."""

    def __init__(self, seed):
        self.state = seed

    def __call__(self, n):
        self.state = (self.state * 1103 + 12345) % 1048573
        return (self.state >> 4) % n


def hostile(dice):
    """A few packets, some of their bytes changed, dropped or added."""
    data = bytearray()
    for _ in range(1 + dice(4)):
        data += _PARTS[dice(len(_PARTS))]
    for _ in range(dice(4)):
        at = dice(len(data))
        what = dice(3)
        if what == 0:
            data[at] = dice(256)
        elif what == 1:
            data = data[:at]
            if not data:
                return bytearray(b"\x00")
        else:
            data[at] ^= 1 << dice(8)
    return data


def sound(rig, tx_bytes, rx_bytes):
    client = rig.client
    assert len(client.tx.buf) == tx_bytes and len(client.rx.buf) == rx_bytes
    assert 0 <= client.tx.at <= client.tx.end <= tx_bytes
    assert 0 <= client.rx.at <= rx_bytes and 0 <= client.rx.n <= rx_bytes
    assert 0 <= client.flight.free <= 4 and client.state in (states.CLOSED, states.GREETING, states.UP)
    assert (client.state == states.CLOSED) == (client.problem != states.NONE)


def test_hostile_bytes_end_in_a_state_and_never_in_an_exception():
    dice = Dice(4711)
    rig = Rig(rx_bytes=90, tx_bytes=180)
    tx_bytes, rx_bytes = len(rig.client.tx.buf), len(rig.client.rx.buf)
    ends = {}
    for case in range(CASES):
        rig.open()
        if case % 4:
            rig.hear(CONNACK)
            rig.written()
            if case % 4 > 1:
                rig.hear(SUBACK)
                rig.say(b"frame")
                if case % 8 > 3:
                    rig.written()
        rig.hear(hostile(dice), 1 + dice(40))
        rig.written(dice(60))
        sound(rig, tx_bytes, rx_bytes)
        key = (rig.client.state, rig.client.problem)
        ends[key] = ends.get(key, 0) + 1
        del rig.messages[:], rig.confirmed[:]
    # every kind of end was met
    for key in ((states.UP, states.NONE), (states.CLOSED, states.GARBLED), (states.CLOSED, states.REFUSED)):
        assert ends.get(key, 0) > 10, ends
    assert ends.get((states.GREETING, states.NONE), 0) > 20, ends


def test_whatever_was_heard_a_silent_broker_is_left_within_half_a_minute():
    dice = Dice(11)
    rig = Rig(rx_bytes=90, tx_bytes=180)
    for _ in range(300):
        rig.open()
        rig.hear(CONNACK)
        rig.say(b"frame")
        rig.hear(hostile(dice))
        for _ in range(4):
            rig.written()
            rig.wait(7500)
        assert rig.client.state == states.CLOSED
