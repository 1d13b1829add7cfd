"""What is typed becomes an order; orders that take several messages; what the tag tells of each."""

from pathlib import Path
from typing import Any

import pytest
from cli_here import davy
from test_gateway_core import KEY, TAG, Tag, record

from davy.errors import DavyError
from davy.gateway.core import RETRY_S, Gateway
from davy.gateway.orders import PART, TYPED, FileOnItsWay, Order, parse
from davy.words import EPOCH
from tag import events

UNIX_S = 1_800_000_000.25


def order(line: str, pressing: int = 0) -> Order:
    found = parse(line, pressing)
    assert isinstance(found, Order)
    return found


def test_what_can_be_typed(tmp_path: Path) -> None:
    assert order("help", events.ALARM_SOS) == Order(events.MSG_HELP, (events.ALARM_SOS,))
    assert order("EVACUATE").message == events.MSG_EVACUATE
    assert order("all clear").message == events.MSG_ALL_CLEAR
    assert order(" Shift end ").message == events.MSG_SHIFT_END
    assert order("drill start").message == events.MSG_DRILL_START
    assert order("drill stop").message == events.MSG_DRILL_STOP
    assert order("time").message == events.MSG_TIME
    assert order("text two  words").args == ("two  words",)
    assert order("config still_s=40").args == ("still_s=40",)
    assert order("readings 10 200").args == (10, 200)
    assert order("Readings again 10 200") == order("readings 10 200")
    (tmp_path / "site.dav").write_bytes(b"DVLM")
    assert parse(f"limits {tmp_path / 'site.dav'}", 0) == FileOnItsWay(b"DVLM")


def test_help_and_page_tell_all_that_can_be_typed(tmp_path: Path) -> None:
    (tmp_path / "site.dav").write_bytes(b"DVLM")
    said = set()
    example = {
        "WORDS": "come up",
        "NAME=VALUE": "still_s=40",
        "FILE": str(tmp_path / "site.dav"),
        "FIRST": "1",
        "LAST": "9",
    }
    for typed in TYPED:
        line = " ".join(example.get(word, word) for word in typed.split())
        found = parse(line, events.ALARM_SOS)
        said.add(found.part.message if isinstance(found, FileOnItsWay) else found.message)
    assert said == set(events.MESSAGES) - {events.MSG_ACK}
    shown = " ".join(davy("gateway", "--help").stdout.split())
    assert f"Type an order for all tags heard: {', '.join(TYPED)}." in shown
    page = (Path(__file__).resolve().parents[2] / "docs" / "network.md").read_text(encoding="utf-8")
    table = page[page.index("| typed | what it does |") :].split("\n\n")[0]
    assert table.splitlines()[2:] == [f"| `{typed}` | {does} |" for typed, does in TYPED.items()]


@pytest.mark.parametrize(
    "line",
    [
        "help",
        "help me",
        "all",
        "text",
        "text  ",
        "evacuate now",
        "x",
        "",
        "drill",
        "readings 1",
        "readings a b",
        "limits",
    ],
)
def test_mistakes_are_told_with_what_can_be_typed(line: str) -> None:
    with pytest.raises(DavyError, match=r"is no order|no alarm waits"):
        parse(line, 0)


def test_what_is_too_long_or_not_there_is_said() -> None:
    with pytest.raises(DavyError, match="120"):
        parse("text " + "x" * 121, 0)
    with pytest.raises(DavyError, match="No such file"):
        parse("limits /no/such/file", 0)


def answer(seq: int, ident: int, result: int, kind: int = events.MSG_TEXT) -> bytes:
    return record(seq, (events.DOWNLINK, 100 + seq, kind, ident, result))


def test_receipts_are_kept_with_when_they_were_given() -> None:
    gateway, tag = Gateway({TAG: KEY}), Tag()
    gateway.receive(tag.frame(), 0.0)
    gateway.order(TAG, order("text come up"), 0.0)
    for seq, result in enumerate((events.DONE, events.SHOWN, events.ANSWERED), 1):
        gateway.receive(tag.frame(answer(seq, 1, result)), 1.0)
    assert gateway.tags[TAG].receipts == {1: [(1, 1, 101), (4, 1, 102), (5, 1, 103)]}
    assert gateway.tags[TAG].pending == {}


def test_a_tag_that_starts_is_told_the_time_as_it_is_when_it_is_said() -> None:
    gateway, tag = Gateway({TAG: KEY}, unix_s=UNIX_S), Tag()
    epoch_s = int(UNIX_S - EPOCH.timestamp())

    def told(frame: bytes, now_s: float) -> list[Any]:
        return tag.hear(gateway.receive(frame, now_s).datagrams)

    assert told(tag.frame(), 10.5) == [(events.MSG_TIME, 1, epoch_s + 10, 750)]
    assert told(tag.frame(), 11.0) == []
    assert told(tag.frame(), 10.5 + RETRY_S) == [(events.MSG_TIME, 1, epoch_s + 15, 750)]
    done = answer(3, 1, events.DONE, events.MSG_TIME)
    assert told(tag.frame(done), 30.0) == [(events.MSG_ACK, 0, (3,))]
    assert told(tag.frame(), 60.0) == []
    tag = Tag(b"next")
    assert told(tag.frame(), 90.0)[0][0] == events.MSG_TIME


class Taking:
    """A tag that takes parts of a file as the real one does: in order, telling where to go on."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway, self.tag = gateway, Tag()
        self.data = b""
        self.seq = 0
        self.t_s = 0.0
        self.problem = ""

    def say(self, *found: bytes) -> list[Any]:
        self.t_s += RETRY_S
        return self.tag.hear(self.gateway.receive(self.tag.frame(*found), self.t_s).datagrams)

    def records(self, ident: int, text: str) -> list[bytes]:
        self.seq += 2
        told = [record(self.seq, (events.CONFIG, 0, events.CODE_RANGE, text))] if text else []
        result = events.REFUSED if text else events.DONE
        return [*told, answer(self.seq + 1, ident, result, events.MSG_LIMITS)]

    def take(self, messages: list[Any]) -> list[Any]:
        """Answer the parts that came; what came then."""
        found = []
        for kind, ident, *args in messages:
            if kind != events.MSG_LIMITS:
                continue
            size, offset, part = args
            if self.problem:
                found += self.records(ident, self.problem)
            elif offset > len(self.data):
                found += self.records(ident, f"limits: go on at {len(self.data)}")
            else:
                self.data = self.data[:offset] + part
                assert len(self.data) <= size
                found += self.records(ident, "")
        return self.say(*found)


def test_a_file_goes_out_in_parts_and_goes_on_where_the_tag_is() -> None:
    data = bytes(range(256)) * 9
    troubles: list[str] = []
    gateway = Gateway({TAG: KEY}, on_trouble=troubles.append)
    tag = Taking(gateway)
    tag.say()
    gateway.order(TAG, FileOnItsWay(data), 0.0)
    said = tag.say()
    for step in range(60):
        if step == 5:
            tag.data = tag.data[: 2 * PART]  # it has lost some: a power cut between two flushes
        said = tag.take(said)
    assert tag.data == data and troubles == []
    assert gateway.tags[TAG].file is None and gateway.tags[TAG].pending == {}


def test_a_file_that_the_tag_refuses_is_given_up_and_the_reason_said() -> None:
    troubles: list[str] = []
    gateway = Gateway({TAG: KEY}, on_trouble=troubles.append)
    tag = Taking(gateway)
    tag.say()
    gateway.order(TAG, FileOnItsWay(bytes(500)), 0.0)
    tag.problem = "limits: not signed by limits_key"
    said = tag.say()
    for _ in range(5):
        said = tag.take(said)
    assert troubles == [f"tag {TAG}: limits: not signed by limits_key"]
    assert gateway.tags[TAG].file is None and gateway.tags[TAG].pending == {}


def test_help_is_about_alarms_that_help_makes_sense_for() -> None:
    gateway, tag = Gateway({TAG: KEY}), Tag()
    states = [
        record(seq, (events.ALARM, 0, which, events.ON, 1, 0))
        for seq, which in enumerate((events.ALARM_MAN_DOWN, events.ALARM_WARNING, events.ALARM_MESSAGE), 1)
    ]
    gateway.receive(tag.frame(*states), 1.0)
    assert gateway.tags[TAG].pressing == events.ALARM_MAN_DOWN
