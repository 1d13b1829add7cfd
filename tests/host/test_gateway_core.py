"""The gateway without a network, with the tag's own end of the link on the other side."""

from typing import Any

import pytest

from davy.errors import DavyError
from davy.gateway.core import RETRY_S, Gateway, Order
from davy.gateway.received import Received
from tag import events
from tag.reporting import records
from tag.reporting.link import Link

TAG = "0000000000000007"
KEY = "00112233445566778899aabbccddeeff"


class Outbox:
    """What the tag's link takes records from."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []
        self.batch_records = 0

    def next_batch(self, buf: bytearray, offset: int, max_bytes: int, t_ms: int, urgent_only: bool) -> int:
        at = offset
        self.batch_records = len(self.waiting)
        for record in self.waiting:
            buf[at] = len(record)
            buf[at + 1 : at + 1 + len(record)] = record
            at += 1 + len(record)
        self.waiting.clear()
        return at - offset


class Tag:
    """The tag's end, with a memory of nothing."""

    def __init__(self, nonce: bytes = b"abcd", key: str = KEY) -> None:
        self.link = Link(bytes.fromhex(TAG), bytes.fromhex(key), nonce)
        self.outbox = Outbox()

    def frame(self, *waiting: bytes) -> bytes:
        self.outbox.waiting += waiting
        n = self.link.build(self.outbox, 0, hello=True)
        return bytes(self.link.buf[:n])

    def hear(self, datagrams: tuple[bytes, ...]) -> list[Any]:
        return [self.link.receive(datagram, len(datagram)) for datagram in datagrams]


def record(seq: int, event: tuple[Any, ...] = (events.STILL, 1000, 60)) -> bytes:
    buf = bytearray(records.LARGEST)
    return bytes(buf[: records.encode(event, seq, 1, buf)])


@pytest.fixture
def held() -> list[Received]:
    return []


@pytest.fixture
def troubles() -> list[str]:
    return []


@pytest.fixture
def gateway(held: list[Received], troubles: list[str]) -> Gateway:
    return Gateway({TAG: KEY}, on_record=held.append, on_trouble=troubles.append)


def test_records_are_held_and_receipted(gateway: Gateway, held: list[Received]) -> None:
    tag = Tag()
    answer = gateway.receive(tag.frame(record(4), record(5, (events.BUTTON, 2000, 1, 150))), 12.5)
    assert answer.tag == TAG
    assert tag.hear(answer.datagrams) == [(events.MSG_ACK, 0, (4, 5))]
    assert [(r.seq, r.boot, r.t_ms, r.name, r.fields, r.at_s) for r in held] == [
        (4, 1, 1000, "still", {"still_s": 60}, 12.5),
        (5, 1, 2000, "button", {"press": 1, "held_ms": 150}, 12.5),
    ]


def test_a_record_that_comes_again_is_receipted_but_not_held_twice(gateway: Gateway, held: list[Received]) -> None:
    tag = Tag()
    gateway.receive(tag.frame(record(4)), 1.0)
    answer = gateway.receive(tag.frame(record(4)), 2.0)
    assert tag.hear(answer.datagrams) == [(events.MSG_ACK, 0, (4,))]
    assert len(held) == 1
    assert gateway.tags[TAG].repeated == 1


def test_also_after_a_restart_of_either_side(gateway: Gateway, held: list[Received]) -> None:
    gateway.receive(Tag(b"boot").frame(record(4)), 1.0)
    gateway.receive(Tag(b"next").frame(record(4)), 2.0)
    assert len(held) == 1
    again = Gateway({TAG: KEY}, on_record=held.append)
    again.remember(TAG, 4)
    assert again.receive(Tag(b"more").frame(record(4)), 3.0).datagrams
    assert len(held) == 1


def test_one_number_with_two_contents_is_reported_and_both_are_kept(
    gateway: Gateway, held: list[Received], troubles: list[str]
) -> None:
    tag = Tag()
    gateway.receive(tag.frame(record(4)), 1.0)
    gateway.receive(tag.frame(record(4, (events.STILL, 1000, 61))), 2.0)
    assert [r.fields["still_s"] for r in held] == [60, 61]
    assert gateway.tags[TAG].conflicts == [4]
    assert "record 4 came again with other content: both are kept" in troubles[0]
    gateway.receive(tag.frame(record(4, (events.STILL, 1000, 61))), 3.0)
    assert len(held) == 2 and len(troubles) == 1


def test_a_call_for_help_of_a_tag_whose_flash_was_erased_is_heard(held: list[Received], troubles: list[str]) -> None:
    gateway = Gateway({TAG: KEY}, on_record=held.append, on_trouble=troubles.append)
    gateway.receive(Tag(b"long").frame(record(400, (events.ALARM, 9, events.ALARM_SOS, events.OFF, 1, 0))), 1.0)
    for seq in range(1, 60):
        gateway.remember(TAG, seq, 7)  # from a store, with its checksum
    gateway.receive(Tag(b"anew").frame(record(40, (events.ALARM, 9000, events.ALARM_SOS, events.ON, 1, 0))), 2.0)
    assert [r.seq for r in held] == [400, 40] and len(troubles) == 1
    assert gateway.tags[TAG].alarms == {events.ALARM_SOS: events.ON}, "the newest counts, though its number is lower"


def test_no_receipt_when_the_record_could_not_be_kept() -> None:
    def full(_: Received) -> None:
        raise OSError(28, "No space left on device")

    gateway = Gateway({TAG: KEY}, on_record=full)
    tag = Tag()
    with pytest.raises(OSError):
        gateway.receive(tag.frame(record(4)), 1.0)
    assert gateway.tags[TAG].held == {}


def test_what_is_not_from_the_tag_is_refused(gateway: Gateway, held: list[Received], troubles: list[str]) -> None:
    good = Tag().frame(record(4))
    forged = bytearray(good)
    forged[-1] ^= 1
    wrong_key = Tag(key="ff" * 16).frame(record(4))
    for datagram in (b"", b"\xd1", b"x" * 2000, bytes(forged), wrong_key, good[:-3]):
        answer = gateway.receive(datagram, 1.0)
        assert (answer.tag, answer.datagrams) == ("", ())
    assert held == []
    assert sum(gateway.refused.values()) == 6
    assert len(troubles) == len(gateway.refused)  # one line a reason, however much rubbish comes
    gateway.receive(good, 1.0)
    assert gateway.receive(good, 2.0).datagrams == ()  # the same frame, caught and sent again
    assert len(held) == 1


def test_a_record_of_a_newer_tag_is_kept_and_receipted(gateway: Gateway, held: list[Received]) -> None:
    strange = bytearray(record(9))
    strange[0] = 200
    tag = Tag()
    assert tag.hear(gateway.receive(tag.frame(bytes(strange)), 1.0).datagrams) == [(events.MSG_ACK, 0, (9,))]
    assert (held[0].seq, held[0].known, held[0].name) == (9, False, "kind 200?")
    assert held[0].as_dict()["words"] == {"bytes": "3c00"}


def test_a_damaged_record_is_kept_as_bytes(gateway: Gateway, held: list[Received], troubles: list[str]) -> None:
    tag = Tag()
    cut = record(9, (events.BUTTON, 0, 1, 2))[:-1]
    assert tag.hear(gateway.receive(tag.frame(cut), 1.0).datagrams) == [(events.MSG_ACK, 0, (9,))]
    assert not held[0].known
    assert "record 9 cannot be read" in troubles[0]


def test_an_order_is_repeated_until_the_tag_answers(gateway: Gateway) -> None:
    tag = Tag()
    order = Order(events.MSG_TEXT, ("come up",))
    assert gateway.order(TAG, order, 0.0) == ()  # never heard: nobody to speak to yet
    answer = gateway.receive(tag.frame(), 1.0)
    assert tag.hear(answer.datagrams) == [(events.MSG_TEXT, 1, "come up")]
    assert gateway.receive(tag.frame(), 2.0).datagrams == ()
    assert tag.hear(gateway.receive(tag.frame(), 1.0 + RETRY_S).datagrams) == [(events.MSG_TEXT, 1, "come up")]
    receipt = record(8, (events.DOWNLINK, 5, events.MSG_TEXT, 1, events.DONE))
    assert tag.hear(gateway.receive(tag.frame(receipt), 20.0).datagrams) == [(events.MSG_ACK, 0, (8,))]
    assert gateway.receive(tag.frame(), 60.0).datagrams == ()


def test_each_order_has_its_own_number(gateway: Gateway) -> None:
    tag = Tag()
    gateway.receive(tag.frame(), 1.0)
    said = [
        tag.hear(gateway.order(TAG, order, 2.0)) for order in (Order(events.MSG_EVACUATE), Order(events.MSG_ALL_CLEAR))
    ]
    assert said == [[(events.MSG_EVACUATE, 1)], [(events.MSG_ALL_CLEAR, 2)]]


def test_what_help_is_about(gateway: Gateway) -> None:
    """Records may come out of order: an alarm's last word counts, and one that help knows of does not press any more."""
    tag = Tag()

    def alarm(seq: int, which: int, state: int) -> bytes:
        return record(seq, (events.ALARM, 0, which, state, 1, 0))

    gateway.receive(
        tag.frame(alarm(5, events.ALARM_MAN_DOWN, events.ON), alarm(2, events.ALARM_MAN_DOWN, events.PRE)), 1.0
    )
    assert gateway.tags[TAG].pressing == events.ALARM_MAN_DOWN
    gateway.receive(
        tag.frame(alarm(6, events.ALARM_MAN_DOWN, events.HELP), alarm(7, events.ALARM_GAS_LOW, events.ACKED)), 2.0
    )
    assert gateway.tags[TAG].pressing == events.ALARM_GAS_LOW


def test_bad_keys_and_unknown_tags() -> None:
    for keys in ({TAG: "00"}, {TAG: "xyz"}):
        with pytest.raises(DavyError, match=f"tag {TAG}"):
            Gateway(keys)
    with pytest.raises(DavyError, match="no tag ff"):
        Gateway({TAG: KEY}).order("ff", Order(events.MSG_EVACUATE), 0.0)
