"""A tag on duty asked over its cable: settings, live view, restart, ports; and it alarms meanwhile. Against a virtual tag."""

import json
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli_here import Done, davy, said_in_one_line
from duty import on_duty
from rich.console import Console as Screen
from serial_relay import Relay
from test_vtag_tools import Tag

from davy import console, ports, settingslink, tagport
from davy.cli import logs
from davy.console import Console, NotOnDuty
from davy.errors import DavyError
from davy.logs.watch import Watch
from davy.vtag.station import DEVELOPMENT_KEY
from tag import events
from tag.reporting import records

from codec import hdlc  # isort: skip
from tag.console import kinds  # isort: skip


@pytest.fixture(scope="module")
def tag(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tag]:
    tag = Tag(tmp_path_factory.mktemp("flash") / "flash.bin")
    on_duty(tag.port)
    yield tag
    tag.stop()


def test_settings_are_read_changed_and_compared_and_it_starts_anew_with_them(tag: Tag, tmp_path: Path) -> None:
    said = json.loads(davy("config", "get", "--port", tag.port, "--json").stdout)
    assert said["settings"]["still_s"] == 60 and said["settings"]["tag_id"] == "00000000000da770"
    assert said["settings"]["key"] != [] and DEVELOPMENT_KEY not in json.dumps(said)
    assert "key = (given)" in davy("config", "get", "--port", tag.port, "key").stdout
    words = ("config", "set", "--port", tag.port, "still_s=45", "name=miner = 7", "shift_h=12")
    done = davy(*words, "--dry-run")
    assert done.stdout.splitlines() == [
        "still_s: 60 -> 45",
        'name: "development tag" -> "miner = 7"',
        "nothing was changed",
    ]
    done = davy(*words, "--restart")
    assert done.returncode == 0 and "generation 2, the tag starts anew with it" in done.stdout, done
    with Console(tag.port) as link:
        assert link.about["name"] == "miner = 7" and link.about["boot"] == 2
    assert "nothing to change" in davy(*words).stdout
    file = tmp_path / "site.toml"
    file.write_text(f'still_s = 45\nname = "miner 8"\nkey = "{DEVELOPMENT_KEY}"\nwifi_password = "secret"\n')
    done = davy("config", "diff", "--port", tag.port, str(file))
    assert done.returncode == 1 and done.stdout.splitlines() == [
        f'name: the tag has "miner = 7", {file} says "miner 8"',
        f"wifi_password: the tag has (given), {file} says (given)",
    ]
    file.write_text('wifi_password = "hunter22"\nstill_s = 45\n')
    done = davy("config", "set", "--port", tag.port, "--file", str(file))
    assert done.stdout.startswith("wifi_password: (given) -> (given)\ngeneration 3"), done
    assert davy("config", "diff", "--port", tag.port, str(file)).returncode == 0
    assert davy("config", "diff", "--port", tag.port, str(file), "--all").returncode == 1


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("still_s=4",), "4 is not within 20..1000"),
        (("still_s",), "write NAME=VALUE"),
        (("nonsense=1",), "write NAME=VALUE"),
        (("still_s=soon",), "not a whole number"),
        (("key=" + "00" * 16,), "davy provision"),
        (("name=a\nstill_s=45",), "line end"),
        ((), "NAME=VALUE"),
    ],
)
def test_settings_that_cannot_be_are_one_line_before_a_port_is_opened(words: tuple[str, ...], why: str) -> None:
    done = davy("config", "set", "--port", "/dev/ttyNONE", *words)
    assert said_in_one_line(done) and why in done.stderr


def test_the_tag_itself_refuses_what_it_cannot_use_and_keeps_what_it_has(tag: Tag) -> None:
    with Console(tag.port) as link:
        before = link.settings()
        with pytest.raises(DavyError, match="4 is not within"):
            link.change({"prealarm_s": 60, "still_s": 4})
        with pytest.raises(DavyError, match="only by cable"):
            link.change({"key": "00" * 16})
        assert link.settings() == before


def test_more_settings_than_a_frame_holds_are_changed_at_once_or_not_at_all(tag: Tag) -> None:
    many: dict[str, int | str] = {"mqtt_name": "n" * 64, "mqtt_user": "u" * 64, "mqtt_password": "p" * 64}
    many |= {"wifi_ssid": "s" * 32, "wifi_password": "w" * 63, "name": "ö" * 16, "still_s": 50}
    with Console(tag.port) as link:
        generation = link.settings()["generation"]
        with pytest.raises(DavyError):
            link.change({**many, "heartbeat_s": 5})
        assert link.settings()["generation"] == generation
        assert link.change(many) == generation + 1
        _, values, _ = settingslink.known(link)
        assert values["name"] == "ö" * 16 and values["still_s"] == 50 and values["mqtt_user"] == "u" * 64
        assert isinstance(values["mqtt_password"], list)
        assert settingslink.differences(values, many) == []


def test_a_stopped_tag_is_asked_in_its_repl(tag: Tag) -> None:
    with tagport.TagPort(tag.port) as link:
        stopped = settingslink.Stopped(link)
        _, values, _ = settingslink.known(stopped)
        assert values["key"] and isinstance(values["key"], list)
        assert stopped.change({"still_s": 55}) > 0
        assert settingslink.known(stopped)[1]["still_s"] == 55
        with pytest.raises(DavyError, match="not within"):
            stopped.change({"still_s": 5})


def test_differences_of_secrets_say_nothing_of_them() -> None:
    tag: dict[str, settingslink.Value] = {"key": [], "still_s": 60}
    found = settingslink.differences(tag, {"key": "00" * 16, "still_s": 60})
    assert [(one.name, settingslink.shown(one.tag), settingslink.shown(one.file)) for one in found] == [
        ("key", "(not given)", "(given)")
    ]


@pytest.fixture(autouse=True)
def duty(request: pytest.FixtureRequest) -> None:
    """Each test that has a tag finds it on duty."""
    if "tag" in request.fixturenames:
        on_duty(request.getfixturevalue("tag").port)


def test_who_watches_sees_its_state_and_a_port_is_one_commands_alone(tag: Tag, tmp_path: Path) -> None:
    done = davy("logs", "watch", "--port", tag.port, "--seconds", "4", "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    states = [line["state"] for line in lines if "state" in line]
    assert len(states) >= 2 and {state["moving"] for state in states} <= {0, 1}
    assert [row[0] for row in states[-1]["gases"]] == [events.CH4]
    with Console(tag.port) as link:
        before = link.about
        done = davy("logs", "pull", "--port", tag.port, "--out", str(tmp_path))
        assert said_in_one_line(done) and "no other program on the port" in done.stderr
        after = link._greet()
    assert after["boot"] == before["boot"] and after["up_s"] >= before["up_s"]


def test_ports_ask_leaves_a_tag_on_duty(tag: Tag) -> None:
    with Console(tag.port) as link:
        boot = link.about["boot"]
    done = davy("ports", "--port", tag.port, "--ask")
    assert "on duty" in done.stdout and "00000000000da770" in done.stdout, done
    with Console(tag.port) as link:
        assert link.about["boot"] == boot


def test_a_stopped_tag_and_no_tag_at_all_are_told_apart_from_one_on_duty(tag: Tag, tmp_path: Path) -> None:
    tag.mpremote("exec", "print(1)")  # leaves it at its prompt
    start_s = time.monotonic()
    with pytest.raises(NotOnDuty):
        Console(tag.port)
    assert time.monotonic() - start_s < 10
    done = davy("logs", "watch", "--port", tag.port)
    assert said_in_one_line(done) and "no tag on duty" in done.stderr
    tag.mpremote("reset")
    on_duty(tag.port)
    assert said_in_one_line(davy("logs", "watch", "--port", "/dev/ttyNONE"))


def test_a_cable_that_is_pulled_while_watching_is_one_line(tag: Tag, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "ANSWER_S", 0.5)
    with Relay(tag.port, cut_after=1500) as cable:
        done = davy("logs", "watch", "--port", cable.port)
    assert said_in_one_line(Done(done.returncode, "", done.stderr)) and "cable" in done.stderr, done


class Garbage:
    """A port that answers anything at all."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.timeout = 0.0

    def read(self, n: int) -> bytes:
        got, self.data = self.data[:n], self.data[n:]
        return got

    @property
    def in_waiting(self) -> int:
        return len(self.data)

    def write(self, data: bytes) -> int:
        return len(data)

    def close(self) -> None:
        pass


def test_garbage_is_not_on_duty_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "GREET_S", 0.05)
    monkeypatch.setattr(console, "START_S", 1.0)
    for data in (b"", b"~" * 500, bytes(range(256)) * 20, b"~\x81\x01\x00{}\x00\x00\x00\x00~"):
        monkeypatch.setattr(console, "_opened", lambda port, data=data: Garbage(data))
        with pytest.raises(NotOnDuty):
            Console("/dev/ttyTEST")


class Liar(Garbage):
    """A port that answers HELLO as a tag does, and all else with `says(kind, ident)`: frames of (kind, body)."""

    def __init__(
        self, says: Callable[[int], list[tuple[int, bytes]]], hello: tuple[int, bytes] = (kinds.HELLO | 0x80, b"\0{}")
    ) -> None:
        super().__init__(b"")
        self._says = says
        self._hello = hello
        self._receiver = hdlc.Receiver()

    def write(self, data: bytes) -> int:
        for byte in data:
            if self._receiver.take(byte):
                kind, ident = self._receiver.buf[0], self._receiver.buf[1]
                for answer, body in [self._hello] if kind == kinds.HELLO else self._says(kind):
                    said, frame = bytearray([answer, ident]) + body + bytes(4), bytearray(hdlc.ROOM)
                    self.data += bytes(frame[: hdlc.seal(said, len(said) - 4, frame)])
        return len(data)


def test_whatever_a_tag_answers_is_one_line_without_orders_to_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = [(kinds.SETTINGS | kinds.ANSWER, b"\1" + b"[" * 240)] * 50 + [(kinds.SETTINGS | kinds.ANSWER, b"\0")]
    endless = [(kinds.SETTINGS | kinds.ANSWER, b"\1" + b" " * 240)] * 400
    rude = [(kinds.REFUSED, b"\0\x1b[2J\nsecond line")]
    monkeypatch.setattr(console, "ANSWER_S", 0.2)
    for answers in (deep, endless, rude):
        liar = Liar(lambda kind, answers=answers: answers)
        monkeypatch.setattr(console, "_opened", lambda port, liar=liar: liar)
        with pytest.raises(DavyError) as told, Console("/dev/ttyTEST") as link:
            link.settings()
        assert told.value.message.isprintable()
    for said in ({"generation": "x"}, {"generation": [1]}, {}, {"problem": "\x1b[2J\n"}):
        answers = [(kinds.SET | kinds.ANSWER, b"\0" + json.dumps(said).encode())]
        liar = Liar(lambda kind, answers=answers: answers)
        monkeypatch.setattr(console, "_opened", lambda port, liar=liar: liar)
        with pytest.raises(DavyError) as told, Console("/dev/ttyTEST") as link:
            link.change({"still_s": 50})
        assert told.value.message.isprintable() and "keeps its settings" in told.value.message
    last = [(kinds.LIST | kinds.ANSWER, struct.pack("<II", 0xFFFFFFFF, 5))]
    monkeypatch.setattr(console, "_opened", lambda port: Liar(lambda kind: last))
    with Console("/dev/ttyTEST") as link:
        assert link.segments() == {}


def test_a_tag_without_memory_to_answer_is_left_on_duty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "_opened", lambda port: Liar(lambda kind: [], (kinds.REFUSED, b"\0no memory")))
    monkeypatch.setattr(ports, "TagPort", None)  # nobody stops it
    monkeypatch.setattr(settingslink, "TagPort", None)
    port = ports.ask(ports.Port("/dev/ttyTEST", "test"))
    assert (port.state, port.says) == ("on duty", "the tag says: no memory")
    with pytest.raises(DavyError, match="no memory"), settingslink.opened("/dev/ttyTEST"):
        pass


@pytest.mark.parametrize("tag_id", ["../../../tmp/x", "/tmp/x", 5, ["x"], None])
def test_no_tag_says_where_its_journal_is_written(tag_id: object, monkeypatch: pytest.MonkeyPatch) -> None:
    hello = b"\0" + json.dumps({"tag_id": tag_id, "name": tag_id}).encode()
    monkeypatch.setattr(console, "_opened", lambda port: Liar(lambda kind: [], (kinds.HELLO | kinds.ANSWER, hello)))
    with logs._tag("/dev/ttyTEST", stop=False) as (_, settings):
        assert not settings.get("tag_id")


# -- the picture --------------------------------------------------------------------------------------------------------


def picture(look: Watch, width: int = 90, height: int = 26) -> str:
    screen = Screen(width=width, height=height, record=True, force_terminal=True, file=open("/dev/null", "w"))  # noqa: SIM115
    screen.print(look.render(width, height))
    return screen.export_text()


def alarm_record() -> bytes:
    buf = bytearray(records.LARGEST)
    return bytes(buf[: records.encode((events.ALARM, 1, events.ALARM_SOS, events.ON, 3, 0), 9, 1, buf)])


def test_the_picture_shows_what_matters_and_never_an_old_one_as_calm(monkeypatch: pytest.MonkeyPatch) -> None:
    look = Watch({"tag_id": "00000000000da771", "name": "miner 7", "board": "virtual"})
    assert "waiting for the tag" in picture(look)
    state = {
        "alarms": [[5, 2, 0], [1, 2, 5]],
        "faults": 64,
        "moving": -1,
        "battery_mv": 3900,
        "up_s": 600,
        "pending": 3,
    }
    look.take("state", {**state, "gases": [[1, 0, 150], [2, 5, 0]], "now_s": 857_000_000, "wifi": 1, "lost": 0})
    look.take("record", alarm_record())
    text = picture(look)
    for word in ("miner 7", "SOS", "FAULT", "1.50 %vol", "FAILED", "journal", "no samples", "3.90 V", "2027-", "#9"):
        assert word in text, word
    assert "NOTHING HEARD" not in text
    later = time.monotonic() + 30
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert "NOTHING HEARD FOR 30 s" in picture(look)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"alarms": 5, "gases": [[1]], "faults": "x"},
        {"gases": [[99, 0, 1], [1, 99, 1], "x"], "alarms": [[1, 99, 0]]},
    ],
)
def test_a_picture_of_anything(told: dict[str, object]) -> None:
    look = Watch({"name": "\x1b[2J", "tag_id": 5})
    look.take("state", told)
    look.take("record", b"\x01")
    look.take("record", bytes([200]) + bytes(20))
    look.take("record", bytes([events.ALARM]) + bytes(11))
    assert "\x1b[2J" not in picture(look)
