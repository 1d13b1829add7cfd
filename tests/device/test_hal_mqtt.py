"""The broker's carrier with a scripted stream and radio: every row of its table, and what a reporter asks of a carrier."""

import binascii

from mqtt_rig import CONNACK, SUBACK, publish

import ticks
from tag.events import CODE_FAILED, CODE_UNSIGNED
from tag.hal import carriers, stream
from tag.hal.mqtt import DIAL, GREET, REST, UP, MqttLink
from tag.settings import DEFAULTS

START = (1 << 30) - 4000
TAG = "00112233445566aa"
DOWN = b"application/mine/device/00112233445566aa/command/down"
SETTINGS = dict(
    DEFAULTS, tag_id=TAG.upper(), wifi_ssid="davy", mqtt_host="10.0.0.7", mqtt_app="mine", mqtt_confirm="broker"
)


class Air:
    """A radio that is up when a test says so."""

    def __init__(self):
        self.up = True
        self.complaints = 0

    def step(self, t_ms):
        pass

    def complain(self):
        self.complaints += 1


class Wire:
    """A stream whose far end is a test: `said` is what the carrier wrote, `heard` what it will read."""

    def __init__(self):
        self.state = stream.CLOSED
        self.next = stream.DIALLING
        self.fault = 0
        self.opened = self.closed = 0
        self.said = b""
        self.heard = b""
        self.blocked = False

    def open(self, t_ms):
        self.opened += 1
        self.state = self.next
        self.said = self.heard = b""

    def step(self, t_ms):
        pass

    def write(self, buf, at, end):
        if self.blocked or self.state != stream.OPEN:
            return 0
        self.said += bytes(buf[at:end])
        return end - at

    def read(self, buf, at, n):
        data, self.heard = self.heard[:n], self.heard[n:]
        buf[at : at + len(data)] = data
        return len(data)

    def close(self):
        self.closed += 1
        self.state = stream.CLOSED


class Bench:
    def __init__(self, **settings):
        self.t_ms = START
        self.link = MqttLink(dict(SETTINGS, **settings), START)
        self.air = self.link.wifi = Air()  # pyright: ignore[reportAttributeAccessIssue]
        self.wire = self.link._stream = Wire()  # pyright: ignore[reportAttributeAccessIssue]

    def step(self, ms=200):
        self.t_ms = ticks.add(self.t_ms, ms)
        self.link.step(self.t_ms)

    def run(self, ms):
        for _ in range(ms // 200):
            self.step()

    def at(self, state):
        """Bring it to a state; two seconds later the pause of a REST is over, an UP is not steady yet."""
        if state == REST:
            return self
        self.step()
        assert self.link.state == DIAL
        if state > DIAL:
            self.wire.state = stream.OPEN
            self.step()
            assert self.link.state == GREET and self.wire.said[:1] == b"\x10"
        if state == UP:
            self.wire.heard = CONNACK + SUBACK
            self.step()
            self.link.receive()
            assert self.link.up and self.wire.heard == b""
            self.wire.said = b""
        return self


def wifi_goes(bench):
    bench.air.up = False


def stream_ends(bench):
    bench.wire.state = stream.CLOSED


def certificate_fails(bench):
    bench.wire.state, bench.wire.fault = stream.CLOSED, CODE_UNSIGNED


def stream_opens(bench):
    bench.wire.state = stream.OPEN


def nothing(bench):
    pass


def broker_accepts(bench):
    bench.wire.heard = CONNACK


def broker_refuses(bench):
    bench.wire.heard = b"\x20\x02\x00\x05"


def broker_is_unavailable(bench):
    bench.wire.heard = b"\x20\x02\x00\x03"


def broker_babbles(bench):
    bench.wire.heard = b"\xf0\x00"


# state, event -> next state, fault, whether it counts as an end
TABLE = (
    (REST, nothing, DIAL, 0, 0),
    (REST, wifi_goes, REST, 0, 0),
    (DIAL, nothing, DIAL, 0, 0),
    (DIAL, stream_opens, GREET, 0, 0),
    (DIAL, stream_ends, REST, 0, 1),
    (DIAL, certificate_fails, REST, CODE_UNSIGNED, 1),
    (DIAL, wifi_goes, REST, 0, 1),
    (GREET, nothing, GREET, 0, 0),
    (GREET, broker_accepts, UP, 0, 0),
    (GREET, broker_refuses, REST, CODE_FAILED, 1),
    (GREET, broker_is_unavailable, REST, 0, 1),
    (GREET, broker_babbles, REST, 0, 1),
    (GREET, stream_ends, REST, 0, 1),
    (GREET, certificate_fails, REST, CODE_UNSIGNED, 1),
    (GREET, wifi_goes, REST, 0, 1),
    (UP, nothing, UP, 0, 0),
    (UP, broker_babbles, REST, 0, 1),
    (UP, stream_ends, REST, 0, 1),
    (UP, wifi_goes, REST, 0, 1),
)


def test_every_state_meets_every_event_as_the_table_says():
    for state, event, after, fault, ends in TABLE:
        bench = Bench().at(state)
        event(bench)
        bench.step()
        bench.link.receive()
        bench.step()
        where = (state, event.__name__)
        assert bench.link.state == after, (where, bench.link.state)
        assert bench.link.fault == fault, (where, bench.link.fault)
        assert bench.link.ends == ends and (bench.wire.closed > 0) == (ends > 0), where
        assert bench.link.up == (after == UP), where


def test_pauses_grow_and_the_radio_is_blamed_after_four_ends_that_nobody_has_to_mend():
    bench = Bench()
    bench.wire.next = stream.CLOSED
    opened = []
    for _ in range(3000):
        before = bench.wire.opened
        bench.step()
        if bench.wire.opened > before:
            opened.append(ticks.diff(bench.t_ms, START))
    gaps = [opened[n + 1] - opened[n] for n in range(len(opened) - 1)]
    for n in range(len(gaps)):
        most = min(1000 << n, 30000)
        assert most // 2 <= gaps[n] <= most + 400, (n, gaps)
    assert bench.air.complaints == len(opened) // 4
    told = Bench()
    told.wire.next, told.wire.fault = stream.CLOSED, CODE_UNSIGNED
    told.run(300000)
    assert told.air.complaints == 0 and told.link.fault == CODE_UNSIGNED


def test_a_fault_goes_and_pauses_are_short_again_only_when_a_session_has_held():
    bench = Bench()
    bench.wire.next, bench.wire.fault = stream.CLOSED, CODE_UNSIGNED
    bench.run(100000)
    bench.wire.next, bench.wire.fault = stream.DIALLING, 0
    while bench.link.state != DIAL:
        bench.step()
    bench.wire.state = stream.OPEN
    bench.step()
    bench.wire.heard = CONNACK + SUBACK + b"\x40\x02\x00\x02"
    bench.step()
    bench.link.receive()
    bench.run(9000)
    assert bench.link.up and bench.link.fault == CODE_UNSIGNED
    bench.run(1400)
    assert bench.link.up and bench.link.fault == 0
    stream_ends(bench)
    opened = bench.wire.opened
    bench.step()
    bench.run(1200)
    assert bench.wire.opened == opened + 1


def test_online_is_told_first_and_offline_with_a_goodbye():
    bench = Bench().at(GREET)
    bench.wire.said = b""
    bench.wire.heard = CONNACK
    bench.step()
    assert bench.wire.said[:1] == b"\x82" and bench.wire.said[-6:] == b"online" and b"/state/conn" in bench.wire.said
    bench.wire.said = b""
    bench.link.close(bench.t_ms)
    assert bench.wire.said[-9:] == b"offline\xe0\x00" and bench.wire.closed == 1 and not bench.link.up
    bench.link.close(bench.t_ms)


def test_a_frame_leaves_at_once_and_is_confirmed_by_its_id():
    bench = Bench().at(UP)
    link = bench.link
    bench.wire.heard = b"\x40\x02\x00\x02"  # of "online"
    link.receive()
    assert link.confirmed() == 2 and link.confirmed() == 0
    assert link.ready and link.room and link.confirms
    assert link.send(memoryview(b"\xd1" + bytes(99)), bench.t_ms)
    first = link.last_id
    assert b'"fPort":201,"data":"' + binascii.b2a_base64(b"\xd1" + bytes(99))[:-1] + b'"}' in bench.wire.said
    assert b"application/mine/device/00112233445566aa/event/up" in bench.wire.said
    assert link.send(b"\xd1", bench.t_ms)
    second = link.last_id
    bench.wire.heard = bytes([0x40, 2, 0, second, 0x40, 2, 0, first])
    assert link.receive() == 0
    assert (link.confirmed(), link.confirmed(), link.confirmed()) == (second, first, 0)


def test_frames_in_flight_when_it_ends_are_confirmed_no_more():
    bench = Bench().at(UP)
    bench.link.send(b"\xd1", bench.t_ms)
    bench.wire.heard = bytes([0x40, 2, 0, bench.link.last_id])
    bench.link.receive()
    stream_ends(bench)
    bench.step()
    assert bench.link.confirmed() == 0 and not bench.link.send(b"\xd1", bench.t_ms) and not bench.link.room


def test_with_the_gateways_word_nothing_is_noted():
    bench = Bench(mqtt_confirm="gateway").at(UP)
    assert not bench.link.confirms
    for _ in range(50):
        assert bench.link.send(b"\xd1", bench.t_ms)
        bench.wire.heard = bytes([0x40, 2, 0, bench.link.last_id])
        bench.link.receive()
    assert bench.link.confirmed() == 0 and bench.link._confirmed == []


def test_what_can_wait_leaves_room_for_an_alarm():
    bench = Bench().at(UP)
    sent = 0
    while bench.link.ready:
        assert bench.link.send(bytes(512), bench.t_ms)
        sent += 1
    assert sent == 5 and bench.link.room  # and "online"
    while bench.link.room:
        assert bench.link.send(bytes(512), bench.t_ms)
        sent += 1
    assert sent == 7 and not bench.link.send(bytes(512), bench.t_ms)
    bench = Bench().at(UP)
    bench.wire.blocked = True
    assert bench.link.send(bytes(512), bench.t_ms)
    assert not bench.link.ready and not bench.link.room and not bench.link.send(bytes(512), bench.t_ms)


def command(data, topic=DOWN, ident=7):
    text = b'{"devEui":"00112233445566aa","fPort":201,"data":"' + binascii.b2a_base64(data)[:-1] + b'"}'
    return publish(topic, text, ident)


def test_an_order_is_taken_and_confirmed_and_others_are_not():
    bench = Bench().at(UP)
    bench.wire.heard = (
        command(b"\xd2no", b"application/mine/device/ffffffffffffffff/command/down")
        + publish(DOWN, b"rubbish", 8)
        + command(b"\xd2" + bytes(500), ident=9)
        + command(b"\xd2end", ident=10)
    )
    assert bench.link.receive() == 501 and bytes(bench.link.frame[:2]) == b"\xd2\x00"
    assert bench.link.receive() == 4 and bytes(bench.link.frame[:4]) == b"\xd2end"
    assert bench.link.receive() == 0
    assert bench.wire.said == b"".join([bytes([0x40, 2, 0, n]) for n in (7, 8, 9, 10)])


def test_a_flood_does_not_hold_the_task():
    bench = Bench().at(UP)
    bench.wire.heard = publish(DOWN, b"rubbish", 8) * 1000
    left = len(bench.wire.heard)
    assert bench.link.receive() == 0
    assert 0 < left - len(bench.wire.heard) < 2000 and bench.link.up


def test_settings_choose_it_and_each_tag_has_its_own_name_and_topics():
    link = carriers.chosen(SETTINGS, START)
    assert isinstance(link, MqttLink)
    bench = Bench(mqtt_user="u", mqtt_password="p").at(GREET)
    assert bench.wire.said[12:30] == b"\x00\x10" + TAG.encode()
    assert bench.wire.said[-6:] == b"\x00\x01u\x00\x01p"
    assert b"application/mine/device/" + TAG.encode() + b"/state/conn\x00\x07offline" in bench.wire.said
