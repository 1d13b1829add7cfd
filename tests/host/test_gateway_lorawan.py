"""LoRaWAN uplinks at the gateway: bare records, fragments, orders back by the network's queue, both links of one tag at once, and
what is hostile."""

import base64
import json
import random
from datetime import datetime
from typing import Any

import pytest
from test_gateway_core import KEY, TAG, Tag, record

from davy.codecs.payload import decode_downlink
from davy.gateway.account import ALIVE_S, HEAD_START_S, QUEUE_KEEP_S, QUEUE_RETRY_S
from davy.gateway.chirpstack import read_event
from davy.gateway.core import Gateway
from davy.gateway.lorawan import Again
from davy.gateway.orders import PART, PART_BY_LORAWAN, FileOnItsWay, Order
from davy.gateway.received import Received
from davy.gateway.uplinks import Uplinks
from tag import events
from tag.reporting import fragments

APPLICATION = "17c82e96-be03-4f38-aef3-f83d48582d97"
UP = f"application/{APPLICATION}/device/{TAG}/event/up"
DOWN = f"application/{APPLICATION}/device/{TAG}/command/down"
UNIX_S = 1_800_000_000.0
OTHER = "00000000000000ff"

# Made with chirpstack-api 4.20.0 from PyPI, the server's own schema: UplinkEvent, by json_format.MessageToJson with the fields that
# have no value, as the server writes them.
CHIRPSTACK = (
    '{"deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d", "deviceInfo": {"tenantId": '
    '"52f14cd4-c6f1-4fbd-8f87-4025e1d49242", "tenantName": "mine", "applicationId": "17c82e96-be03-4f38-aef3-f83d48582d97", '
    '"applicationName": "tags", "deviceName": "tag 7", "devEui": "0000000000000007", "deviceClassEnabled": "CLASS_C", '
    '"deviceProfileId": "", "deviceProfileName": "", "tags": {}}, "devAddr": "00189440", "adr": true, "dr": 5, "fCnt": 7, "fPort": '
    '1, "confirmed": true, "data": "AwECAw==", "rxInfo": [{"gatewayId": "0016c001f153a14c", "rssi": -36, "snr": 10.5, "uplinkId": '
    '0, "channel": 0, "rfChain": 0, "board": 0, "antenna": 0, "context": "", "metadata": {}, "crcStatus": "NO_CRC"}], '
    '"regionConfigId": ""}'
)
EMPTY = CHIRPSTACK.replace('"fPort": 1', '"fPort": 0').replace(
    "AwECAw==", ""
)  # the same tool's, of a frame without data


def batch(*found: bytes) -> bytes:
    return b"".join(bytes([len(one)]) + one for one in found)


def cut(whole: bytes, room: int) -> list[bytes]:
    """Fragments, by the tag's own code."""
    parts = fragments.count(len(whole), room)
    found = []
    for index in range(parts):
        buf = bytearray(255)
        found.append(bytes(buf[: fragments.put(whole, 0, len(whole), index, parts, buf, 0)]))
    return found


def event(data: bytes, port: int = 1, device: str = TAG, class_c: bool = False) -> bytes:
    said = json.loads(CHIRPSTACK)
    said["deviceInfo"] |= {"devEui": device, "deviceClassEnabled": "CLASS_C" if class_c else "CLASS_A"}
    return json.dumps({**said, "fPort": port, "data": base64.b64encode(data).decode()}).encode()


def receipt(seq: int, ident: int, kind: int = events.MSG_TEXT, result: int = events.DONE) -> bytes:
    return record(seq, (events.DOWNLINK, 100 + seq, kind, ident, result))


class Site:
    """A core behind a broker, a tag that has both links, and what was sent to it."""

    def __init__(self, **rest: Any) -> None:
        self.held: list[Received] = []
        self.notes: list[str] = []
        self.by_lorawan: list[str] = []
        self.published: list[tuple[str, dict[str, Any]]] = []
        self.full = False
        self.gateway = Gateway({TAG: KEY}, on_record=self._keep, on_trouble=self.notes.append, unix_s=UNIX_S)
        self.uplinks = Uplinks(
            self.gateway,
            lambda topic, data: self.published.append((topic, json.loads(data))),
            self.notes.append,
            on_lorawan=self.by_lorawan.append,
            unix_s=UNIX_S,
            **{"application": APPLICATION, **rest},
        )
        self.tag = Tag()

    def _keep(self, one: Received) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        self.held.append(one)

    def lora(self, now_s: float, *found: bytes, class_c: bool = False) -> list[tuple[int, int]]:
        """An uplink; (message, ident) of what was queued after it."""
        before = len(self.published)
        self.uplinks.message(UP, event(batch(*found), 1 if found else 0, class_c=class_c), now_s)
        return self.queued(before)

    def wifi(self, now_s: float, *found: bytes) -> list[Any]:
        """A frame; what it brings back but receipts and the time."""
        heard = self.tag.hear(self.gateway.receive(self.tag.frame(*found), now_s).datagrams)
        return [one[:2] for one in heard if one[0] not in (events.MSG_ACK, events.MSG_TIME)]

    def order(self, now_s: float, message: int, *args: Any) -> list[tuple[int, int]]:
        """(message, ident) of what was queued by LoRaWAN at once."""
        before = len(self.published)
        self.frames = self.tag.hear(self.gateway.order(TAG, Order(message, args), now_s))
        self.uplinks.lorawan.tick(now_s)
        return self.queued(before)

    def tick(self, now_s: float) -> list[tuple[int, int]]:
        before = len(self.published)
        self.uplinks.lorawan.tick(now_s)
        return self.queued(before)

    def queued(self, since: int = 0) -> list[tuple[int, int]]:
        found = []
        for topic, said in self.published[since:]:
            data = base64.b64decode(said["data"])
            assert topic == DOWN and said["fPort"] == 1 and said["confirmed"] is False and said["devEui"] == TAG
            assert not decode_downlink(1, data).problems  # the codec that the network server may run
            found.append((data[0], int.from_bytes(data[1:3], "little")))
        return found


# -- records --------------------------------------------------------------------------------------------------------------------


def test_the_servers_own_form_is_read() -> None:
    found = read_event(UP, CHIRPSTACK.encode())
    assert (found.device, found.application, found.port, found.data) == (TAG, APPLICATION, 1, b"\3\1\2\3")
    assert found.class_c and not found.problem
    found = read_event(UP, EMPTY.encode())
    assert (found.port, found.data, found.problem) == (0, b"", "")
    assert not read_event(UP, CHIRPSTACK.replace("CLASS_C", "CLASS_A").encode()).class_c


def test_records_of_a_batch_are_the_same_records() -> None:
    site = Site()
    assert site.lora(12.5, record(4), record(5, (events.BUTTON, 2000, 1, 150))) == []
    by_frames: list[Received] = []
    Gateway({TAG: KEY}, on_record=by_frames.append).receive(
        Tag().frame(record(4), record(5, (events.BUTTON, 2000, 1, 150))), 12.5
    )
    assert site.held == by_frames and site.by_lorawan == [TAG]
    assert site.published == [] and site.gateway.tags[TAG].pending == {}  # no receipt, and no time


def test_a_record_that_both_links_bring_is_held_once() -> None:
    site = Site()
    site.lora(1.0, record(4))
    assert site.tag.hear(site.gateway.receive(site.tag.frame(record(4), record(5)), 2.0).datagrams)[0] == (
        events.MSG_ACK,
        0,
        (4, 5),
    )
    site.lora(3.0, record(5), record(6))
    assert [r.seq for r in site.held] == [4, 5, 6] and site.gateway.tags[TAG].repeated == 2
    site.lora(4.0, record(6, (events.STILL, 1000, 61)))
    assert site.gateway.tags[TAG].conflicts == [6]


@pytest.mark.parametrize("room", [11, 51, 115])
def test_a_record_in_fragments_in_any_order(room: int) -> None:
    site = Site()
    long = record(70_000, (events.CONFIG, 0, 0, "x" * 100))
    parts = cut(long, room)
    random.Random(room).shuffle(parts)
    for part in parts:
        assert site.held == []
        site.uplinks.message(UP, event(part, 2), 5.0)
    assert [(r.seq, r.fields["text"]) for r in site.held] == [(70_000, "x" * 100)] and site.notes == []


def test_links_tell_of_one_tag() -> None:
    site = Site()
    site.lora(1.0, record(1, (events.ALARM, 0, events.ALARM_MAN_DOWN, events.ON, 1, 0)))
    assert site.gateway.tags[TAG].pressing == events.ALARM_MAN_DOWN
    site.wifi(2.0, record(2, (events.ALARM, 0, events.ALARM_MAN_DOWN, events.HELP, 1, 0)))
    assert site.gateway.tags[TAG].pressing == 0


def test_a_dev_eui_of_its_own() -> None:
    site = Site(euis={OTHER: TAG})
    topic = UP.replace(TAG, OTHER)
    site.uplinks.message(topic, event(batch(record(1)), device=OTHER), 1.0)
    assert [(r.tag, r.seq) for r in site.held] == [(TAG, 1)]
    site.gateway.order(TAG, Order(events.MSG_EVACUATE), 2.0)
    site.uplinks.lorawan.tick(2.0)
    ((where, said),) = site.published
    assert where == DOWN.replace(TAG, OTHER) and said["devEui"] == OTHER
    site.uplinks.message(UP, event(batch(record(2))), 3.0)
    assert len(site.held) == 1 and site.uplinks.lorawan.ignored == {"a device that is no tag of ours": 1}


def test_what_cannot_be_kept_must_come_again() -> None:
    site = Site()
    long = record(9, (events.CONFIG, 0, 0, "y" * 100))
    parts = cut(long, 51)
    site.uplinks.message(UP, event(parts[0], 2), 1.0)
    site.uplinks.message(UP, event(parts[2], 2), 1.0)
    site.full = True
    for message in (event(parts[1], 2), event(batch(record(1), record(2)))):
        with pytest.raises(Again):
            site.uplinks.message(UP, message, 2.0)
    assert site.held == [] and site.gateway.tags[TAG].uplinks == 2
    site.full = False
    for message in (event(parts[1], 2), event(batch(record(1), record(2)))):
        site.uplinks.message(UP, message, 3.0)
    assert [r.seq for r in site.held] == [9, 1, 2]


# -- orders ---------------------------------------------------------------------------------------------------------------------


def test_a_command_as_the_server_takes_it() -> None:
    """Parsed by chirpstack-api 4.20.0 as DownlinkCommand when this was written: the same keys, and a time in that form."""
    site = Site()
    site.lora(10.0)
    site.order(11.0, events.MSG_TEXT, "come up")
    ((topic, said),) = site.published
    assert topic == DOWN and set(said) == {"devEui", "confirmed", "fPort", "data", "expiresAt"}
    assert base64.b64decode(said["data"]) == bytes([events.MSG_TEXT, 1, 0]) + b"come up"
    assert said["expiresAt"] == "2027-01-15T08:30:11.000Z"
    assert datetime.fromisoformat(said["expiresAt"]).timestamp() == UNIX_S + 11 + QUEUE_KEEP_S


def test_a_class_a_tag_is_given_time_to_hear_and_to_answer() -> None:
    site = Site()
    site.lora(0.0)
    assert site.order(1.0, events.MSG_TEXT, "come up") == [(events.MSG_TEXT, 1)]
    for now_s in range(2, 130):
        assert site.tick(float(now_s)) == []
    assert site.lora(130.0) == []  # it gets the message after this uplink
    assert site.lora(131.0) == [(events.MSG_TEXT, 1)]  # it has not answered: the same ident
    assert site.lora(132.0) == [] and site.lora(133.0) == []  # minutes, not seconds
    assert site.lora(140.0, receipt(8, 1)) == []
    assert site.lora(900.0) == [] and site.tick(9000.0) == [] and site.gateway.tags[TAG].pending == {}
    assert site.gateway.tags[TAG].receipts == {1: [(events.DONE, 1, 108)]}


def test_each_message_in_the_queue_has_its_turn() -> None:
    site = Site()
    site.lora(0.0)
    for number in range(3):
        assert site.order(1.0, events.MSG_TEXT, f"{number}") == [(events.MSG_TEXT, number + 1)]
    assert [site.lora(200.0 + i) for i in range(3)] == [[], [(events.MSG_TEXT, 1)], [(events.MSG_TEXT, 2)]]


def test_a_copy_that_nobody_fetched_is_replaced() -> None:
    site = Site()
    site.lora(0.0)
    site.order(1.0, events.MSG_EVACUATE)
    assert site.tick(QUEUE_KEEP_S) == [] and site.tick(1.0 + QUEUE_KEEP_S) == [(events.MSG_EVACUATE, 1)]


def test_a_class_c_tag_hears_without_speaking() -> None:
    site = Site()
    site.lora(0.0, class_c=True)
    assert site.order(1.0, events.MSG_EVACUATE) == [(events.MSG_EVACUATE, 1)]
    assert site.tick(QUEUE_RETRY_S) == [] and site.tick(1.0 + QUEUE_RETRY_S) == [(events.MSG_EVACUATE, 1)]
    said = site.published[-1][1]
    assert datetime.fromisoformat(said["expiresAt"]).timestamp() == UNIX_S + 1 + 2 * QUEUE_RETRY_S


def test_wifi_has_a_head_start_while_it_is_alive() -> None:
    site = Site()
    site.lora(0.0, class_c=True)
    site.wifi(1.0)
    assert site.order(2.0, events.MSG_EVACUATE) == [] and [one[:2] for one in site.frames] == [(events.MSG_EVACUATE, 2)]
    assert site.tick(1.9 + HEAD_START_S) == []
    assert site.tick(2.0 + HEAD_START_S) == [(events.MSG_EVACUATE, 2)]  # the same ident: the tag knows it
    assert site.wifi(20.0) == [(events.MSG_EVACUATE, 2)]  # by both
    site.wifi(21.0, receipt(3, 2, events.MSG_EVACUATE))
    assert site.tick(500.0) == [] and site.wifi(500.0) == []
    assert site.order(501.0, events.MSG_TEXT, "x") == []
    assert site.order(500.0 + ALIVE_S, events.MSG_TEXT, "y") == [(events.MSG_TEXT, 3), (events.MSG_TEXT, 4)]


def test_an_answer_by_lorawan_ends_the_order_by_wifi() -> None:
    site = Site()
    site.wifi(0.0)
    site.order(1.0, events.MSG_EVACUATE)
    site.lora(2.0, receipt(3, 2, events.MSG_EVACUATE))
    assert site.wifi(10.0) == [] and site.tick(500.0) == []


def test_the_time_never_waits_in_a_queue() -> None:
    site = Site()
    site.lora(0.0)
    assert site.order(1.0, events.MSG_TIME) == [] and "time from its LoRaWAN network" in site.notes[-1]
    assert site.gateway.tags[TAG].pending == {}
    site.wifi(2.0)
    assert site.order(3.0, events.MSG_TIME) == [] and site.tick(5000.0) == []


def test_an_order_ends_the_repetitions_of_what_it_contradicts() -> None:
    site = Site()
    site.wifi(0.0)
    site.order(1.0, events.MSG_EVACUATE)
    site.order(2.0, events.MSG_TEXT, "hurry")
    site.order(3.0, events.MSG_ALL_CLEAR)
    assert site.wifi(20.0) == [(events.MSG_TEXT, 3), (events.MSG_ALL_CLEAR, 4)]
    site.order(21.0, events.MSG_EVACUATE)
    assert site.wifi(40.0) == [(events.MSG_TEXT, 3), (events.MSG_EVACUATE, 5)]


@pytest.mark.parametrize("class_c", [False, True])
def test_an_all_clear_in_the_queue_does_not_end_the_evacuation_after_it(class_c: bool) -> None:
    site = Site()
    site.lora(0.0, class_c=class_c)
    assert site.order(1.0, events.MSG_ALL_CLEAR) == [(events.MSG_ALL_CLEAR, 1)]
    site.wifi(2.0)  # Wi-Fi is there again
    assert site.order(3.0, events.MSG_EVACUATE) == [(events.MSG_EVACUATE, 4)]  # behind it, as another order
    assert [one[:2] for one in site.frames] == [(events.MSG_EVACUATE, 3)]
    assert site.wifi(5.0, receipt(1, 3, events.MSG_EVACUATE)) == []
    again = [site.lora(200.0 + i, class_c=class_c) for i in range(3)]
    assert [one for found in again for one in found] == [(events.MSG_EVACUATE, 4)]  # not answered: again, and alone
    site.lora(300.0, receipt(2, 4, events.MSG_EVACUATE), class_c=class_c)
    assert [w.order.message for w in site.gateway.tags[TAG].pending.values()] == [events.MSG_TIME]
    # The evacuation's copy may lie there still for class A: the all clear goes behind it under an ident of its own.
    assert site.order(400.0, events.MSG_ALL_CLEAR) == [(events.MSG_ALL_CLEAR, 5 if class_c else 6)]


def test_the_answer_to_the_one_in_the_queue_is_one_to_both() -> None:
    site = Site()
    site.lora(0.0)
    site.order(1.0, events.MSG_EVACUATE)
    assert site.order(2.0, events.MSG_ALL_CLEAR) == [(events.MSG_ALL_CLEAR, 3)]
    site.lora(3.0)
    site.lora(4.0, receipt(1, 3, events.MSG_ALL_CLEAR))
    assert site.gateway.tags[TAG].pending == {}


def test_a_copy_that_was_fetched_or_is_good_no_more_is_not_chased() -> None:
    for fetched in (True, False):
        site = Site()
        site.lora(0.0)
        site.order(1.0, events.MSG_ALL_CLEAR)
        site.gateway.tags[TAG].answered(1)
        if fetched:
            site.lora(2.0)
            site.lora(3.0)
        now_s = 10.0 if fetched else 1.0 + QUEUE_KEEP_S
        site.wifi(now_s)
        assert site.order(now_s, events.MSG_EVACUATE) == []


def test_a_copy_that_was_answered_is_not_chased_unless_wifi_may_have_brought_the_order() -> None:
    for wifi in (False, True):
        site = Site()
        site.lora(0.0, class_c=True)
        if wifi:
            site.wifi(1.0)
        site.order(2.0, events.MSG_EVACUATE)
        ((_, ident),) = site.tick(2.0 + HEAD_START_S) or [(0, 1)]
        site.lora(20.0, receipt(1, ident, events.MSG_EVACUATE), class_c=True)
        now_s = 20.0 + ALIVE_S
        assert site.order(now_s, events.MSG_ALL_CLEAR) == [(events.MSG_ALL_CLEAR, ident + 1 + wifi)]


def test_parts_of_a_file_fit_the_lowest_data_rate() -> None:
    site = Site()
    site.lora(0.0, class_c=True)
    data = bytes(range(200))
    site.gateway.order(TAG, FileOnItsWay(data), 1.0)
    taken, queued = b"", site.tick(1.0)
    for number in range(1, 10):
        if not queued:
            break
        ((_, ident),) = queued
        payload = base64.b64decode(site.published[-1][1]["data"])
        assert len(payload) <= 51 and int.from_bytes(payload[5:7], "little") == len(taken)
        taken += payload[7:]
        queued = site.lora(1.0 + number, receipt(number, ident, events.MSG_LIMITS), class_c=True)
    assert taken == data and site.gateway.tags[TAG].file is None and PART_BY_LORAWAN < PART


def test_a_part_made_for_wifi_is_cut_for_lorawan() -> None:
    site = Site()
    site.lora(0.0, class_c=True)
    site.wifi(1.0)
    site.gateway.order(TAG, FileOnItsWay(bytes(range(200))), 2.0)
    site.tick(2.0 + HEAD_START_S)
    assert base64.b64decode(site.published[-1][1]["data"])[7:] == bytes(range(PART_BY_LORAWAN))


# -- hostile --------------------------------------------------------------------------------------------------------------------


def test_bare_records_are_believed_under_the_named_application_alone() -> None:
    for application, topic in (("", UP), (APPLICATION, UP.replace(APPLICATION, "davy"))):
        site = Site(application=application)
        for _ in range(3):
            site.uplinks.message(topic, event(batch(record(1))), 1.0)
        assert site.held == [] and site.by_lorawan == []
        assert site.uplinks.ignored == {"a LoRaWAN uplink of an application that is not to be believed": 3}
        assert len(site.notes) == 1


def test_a_frame_answered_under_its_own_application() -> None:
    site = Site()
    site.lora(0.0)
    framed = json.loads(event(site.tag.frame(record(1)), 201))
    site.uplinks.message(f"application/davy/device/{TAG}/event/up", json.dumps(framed).encode(), 1.0)
    assert {topic for topic, _ in site.published} == {f"application/davy/device/{TAG}/command/down"}
    site.published.clear()
    assert site.order(2000.0, events.MSG_EVACUATE)  # by the other application: `queued` looks at the topic


@pytest.mark.parametrize(
    ("port", "data", "reason"),
    [
        (1, b"\x05", "a record that is cut short"),
        (1, batch(record(1))[:-1], "a record that is cut short"),
        (1, b"\x00", "a record that is too short to be one"),
        (1, b"\x03abc", "a record that is too short to be one"),
        (2, b"", "a fragment that is none"),
        (2, b"\1\0\0", "a fragment that is none"),
        (2, b"\1\0\x30xyz", "a fragment that is none"),
        (2, b"\1\0\0xyz", "fragments that do not fit together"),
    ],
)
def test_what_is_wrong_is_counted_and_said_once(port: int, data: bytes, reason: str) -> None:
    site = Site()
    for _ in range(3):
        site.uplinks.message(UP, event(data, port), 1.0)
    assert site.uplinks.lorawan.ignored == {reason: 3} and site.held == []
    assert site.notes == [f"by LoRaWAN came {reason}: ignored"]


def test_good_records_before_a_cut_are_kept() -> None:
    site = Site()
    site.uplinks.message(UP, event(batch(record(1), record(2)) + b"\x20abc"), 1.0)
    assert [r.seq for r in site.held] == [1, 2]


def test_fragments_that_never_complete_take_bounded_room() -> None:
    site = Site()
    for seq in range(500):
        site.uplinks.message(UP, event(seq.to_bytes(2, "little") + b"\x0fpart", 2), float(seq))
    assert site.uplinks.lorawan._fragments.waiting() == 32
    assert site.uplinks.lorawan.ignored == {"records whose fragments did not all come": 500 - 32}
    assert len(site.notes) == 1


def test_foreign_devices_are_counted() -> None:
    site = Site()
    for _ in range(3):
        site.uplinks.message(UP.replace(TAG, OTHER), event(batch(record(1)), device=OTHER), 1.0)
    assert site.uplinks.lorawan.ignored == {"a device that is no tag of ours": 3} and len(site.notes) == 1
    assert site.held == [] and list(site.gateway.tags) == [TAG]


def test_noise_never_raises() -> None:
    site = Site()
    chance = random.Random(5)
    good = event(batch(record(1), record(2, (events.CONFIG, 0, 0, "z" * 60))))
    fine = batch(record(3), record(4))
    for number in range(20_000):
        if number % 2:
            message = bytearray(good)
            for _ in range(chance.randrange(1, 6)):
                message[chance.randrange(len(message))] = chance.randrange(256)
            site.uplinks.message(UP, bytes(message[: chance.randrange(1, len(message) + 1)]), float(number))
        else:
            data = bytearray(fine if number % 4 else chance.randbytes(chance.randrange(60)))
            if data:
                data[chance.randrange(len(data))] = chance.randrange(256)
            site.uplinks.message(UP, event(bytes(data), chance.randrange(4)), float(number))
    assert sum(site.uplinks.ignored.values()) > 5000 and sum(site.uplinks.lorawan.ignored.values()) > 1000
    kinds = [note for note in site.notes if "ignored" in note]
    assert len(kinds) == len(site.uplinks.ignored) + len(site.uplinks.lorawan.ignored) and len(kinds) < 15
    json.dumps([one.as_dict() for one in site.held])
