"""A journal pulled over the serial port of a virtual tag, as from a board: on duty and stopped, whole, resumed, garbled, by ampy,
broken firmware."""

import hashlib
import json
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import logs_made
import pytest
from cli_here import Done, davy, said_in_one_line
from duty import on_duty
from serial_relay import Relay
from test_vtag_tools import Tag

from davy import console, tagport
from davy.errors import DavyError
from davy.logs import chain, pull
from davy.logs.pull import Local, OnTag, Step
from davy.logs.questions import Questions
from davy.vtag import flashimage
from davy.vtag.station import DEVELOPMENT_KEY

KEY = bytes.fromhex(DEVELOPMENT_KEY)


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def there(data: bytes, have: int = 0) -> OnTag:
    return OnTag(len(data), sha(data[:have]) if have <= len(data) else "")


def test_the_plan() -> None:
    data = bytes(range(200))
    tag = {
        "00000001.jnl": there(data, 200),
        "00000010.jnl": there(data, 50),
        "00000020.jnl": there(data, 200),
        "00000030.jnl": there(data, 0),
        "00000040.jnl": there(data[:100], 200),
        "00000050.jnl": there(data, 10),
    }
    here = {
        "00000001.jnl": Local(data, True),
        "00000010.jnl": Local(data[:50], False),
        "00000020.jnl": Local(b"x" * 200, True),
        "00000040.jnl": Local(data, True),  # the tag has made room in it
        "00000050.jnl": Local(b"x" * 10, False),
    }
    assert [(s.name, s.kind, s.fetches, s.aside) for s in pull.plan(tag, here)] == [
        ("00000001.jnl", "keep", 0, False),
        ("00000010.jnl", "resume", 150, False),
        ("00000020.jnl", "fetch", 200, True),
        ("00000030.jnl", "fetch", 200, False),
        ("00000040.jnl", "fetch", 100, True),
        ("00000050.jnl", "fetch", 200, False),
    ]


class Scripted:
    """A link that answers what a test says."""

    port = "/dev/ttyTEST"

    def __init__(self, answer: Callable[[str], list[dict[str, object]]]) -> None:
        self._answer = answer

    def ask(self, code: str, on_line: object = None, most_s: float = 0) -> list[dict[str, object]]:
        lines = self._answer(code)
        for line in lines:
            if callable(on_line):
                on_line(line)
        return lines


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([], "did not list"),
        ([{"name": "00000001.jnl", "size": 10}], "did not list"),
        ([{"name": "00000001.jnl", "size": 1 << 40}, {"end": 1}], "impossible size"),
        ([{"name": "00000001.jnl", "size": -1}, {"end": 1}], "impossible size"),
    ],
)
def test_what_a_tag_lists_may_be_anything(lines: list[dict[str, object]], why: str) -> None:
    with pytest.raises(DavyError, match=why):
        pull.look(Questions(Scripted(lambda code: lines if "listdir" in code else [])), {})


def test_a_file_that_the_tag_cannot_read_is_told() -> None:
    lines: list[dict[str, object]] = [{"name": "00000001.jnl", "size": 10}, {"end": 1}]
    tag = Questions(Scripted(lambda code: lines if "listdir" in code else []))
    with pytest.raises(DavyError, match="could not read it"):
        pull.look(tag, {"00000001.jnl": Local(b"12345", False)})


def test_names_lead_nowhere_else() -> None:
    names = ["../../etc/passwd", "/00000001.jnl", "00000001.jnl/../x", "0000001.jnl", "state", 5, None]
    lines: list[dict[str, object]] = [{"name": name, "size": 10} for name in names] + [{"end": 1}]
    assert pull.look(Questions(Scripted(lambda code: lines)), {}) == {}


def test_what_is_garbled_every_time_is_given_up(tmp_path: Path) -> None:
    step = Step("00000001.jnl", 3, 0)
    bad: list[dict[str, object]] = [{"o": 0, "c": 1, "d": "AAAA"}, {"o": "x"}, {"d": 7}, {"o": 3, "c": 0, "d": "!"}]
    with pytest.raises(DavyError, match="garbled every time"):
        pull.carry_out(Questions(Scripted(lambda code: bad)), tmp_path, [step])
    with pytest.raises(DavyError, match="has no more of it"):
        pull.carry_out(Questions(Scripted(lambda code: [{"end": 1}])), tmp_path, [step])


def test_another_content_than_the_hash_says_never_takes_the_name(tmp_path: Path) -> None:
    good: list[dict[str, object]] = [{"o": 0, "c": 0xFF41D912, "d": "AAAA"}, {"end": 1}]

    def tag(digest: str) -> Questions:
        hashed: list[dict[str, object]] = [{"sha256": digest, "left": 0}]
        return Questions(Scripted(lambda code: hashed if "sha256" in code else good))

    step = Step("00000001.jnl", 3, 0)
    with pytest.raises(DavyError, match="is not what the tag has"):
        pull.carry_out(tag("0" * 64), tmp_path, [step])
    assert list(tmp_path.iterdir()) == []
    pull.carry_out(tag(sha(bytes(3))), tmp_path, [step])
    assert (tmp_path / "00000001.jnl").read_bytes() == bytes(3)


# -- a virtual tag ------------------------------------------------------------------------------------------------------


JOURNAL = logs_made.journal(logs_made.working(2500), key=KEY, segment_bytes=12_000)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The flash of a tag that has a journal."""
    flash = tmp_path_factory.mktemp("flash") / "flash.bin"
    Tag(flash).stop()
    files = {
        path: data for path, data in flashimage.read(flash.read_bytes()).items() if not path.startswith("records/")
    }
    assert "config.a" in files and "main.py" in files
    files |= {f"records/{first:08x}.jnl": data for first, data in JOURNAL.items()}
    return flashimage.build(files)


@pytest.fixture(scope="module")
def tag(image: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tag]:
    flash = tmp_path_factory.mktemp("flash") / "flash.bin"
    flash.write_bytes(image)
    tag = Tag(flash)
    yield tag
    tag.stop()


def is_whole(folder: Path) -> bool:
    """All of the journal that was on the flash is here, and what the tag has said since."""
    for first, data in JOURNAL.items():
        here = (folder / f"{first:08x}.jnl").read_bytes()
        assert here == data or (first == max(JOURNAL) and here.startswith(data))
    found = pull.verdict(folder, [KEY])
    assert not list(folder.glob("*.part"))
    return found.state == "whole" and len(found.records) >= 2500


def pulled(port: str, folder: Path, *more: str) -> Done:
    """One run, when the tag is ready for it."""
    words = ("logs", "pull", "--port", port, "--out", str(folder), *more)
    done = davy(*words)
    for _ in range(2):
        if "cannot be opened" in done.stderr:
            time.sleep(0.5)  # it is starting anew
            done = davy(*words)
    return done


@pytest.fixture
def secret(tmp_path: Path) -> str:
    """Settings with the tag's key, as a person has them."""
    path = tmp_path / "tag.toml"
    path.write_text(f'key = "{DEVELOPMENT_KEY}"\n')
    return str(path)


@pytest.mark.parametrize("how", [(), ("--stop",)], ids=["on duty", "stopped"])
def test_a_pull_a_plan_and_a_second_pull(tag: Tag, tmp_path: Path, secret: str, how: tuple[str, ...]) -> None:
    if not how:
        on_duty(tag.port)
        how = ("--tag", secret)  # a stopped tag gives its key
    done = pulled(tag.port, tmp_path / "p", "--dry-run", *how)
    assert done.returncode == 0 and not (tmp_path / "p").exists(), done
    assert done.stdout.count("fetch ") >= len(JOURNAL) and "nothing was fetched" in done.stdout
    done = pulled(tag.port, tmp_path / "p", *how)
    assert done.returncode == 0 and "the journal is whole" in done.stdout, done
    assert is_whole(tmp_path / "p")
    told = json.loads(pulled(tag.port, tmp_path / "p", "--json", *how).stdout)
    assert told["fetched"] < 3000 and told["state"] == "whole"  # what the tag has said meanwhile
    assert {step["do"] for step in told["steps"][:-2]} == {"keep"}
    kept = b"".join(path.read_bytes() for path in (tmp_path / "p").iterdir())
    assert DEVELOPMENT_KEY.encode() not in kept and KEY not in kept  # no secret leaves the tag
    assert json.loads((tmp_path / "p" / "pull.json").read_text())["tag_id"] == "00000000000da770"
    assert davy("logs", "verify", str(tmp_path / "p")).returncode == 3


def test_without_its_key_a_journal_from_a_tag_on_duty_is_unproved_and_it_is_said_how_to_prove_it(
    tag: Tag, tmp_path: Path
) -> None:
    on_duty(tag.port)
    done = pulled(tag.port, tmp_path / "p")
    assert done.returncode == 0 and "unproved" in done.stdout and "--tag FILE" in done.stdout, done
    assert is_whole(tmp_path / "p")


@pytest.mark.parametrize("how", [(), ("--stop",)], ids=["on duty", "stopped"])
@pytest.mark.parametrize("after", [3, 400, 2500, 20_000, 47_311])
def test_a_cable_pulled_costs_only_what_was_not_checked(
    tag: Tag, tmp_path: Path, after: int, how: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "ANSWER_S", 1.0)
    monkeypatch.setattr(console, "GREETINGS", 4)
    monkeypatch.setattr(tagport, "SILENT_S", 2.0)
    monkeypatch.setattr(tagport, "ENTER_S", 3)
    if not how:
        on_duty(tag.port)
    with Relay(tag.port, cut_after=after) as cable:
        done = pulled(cable.port, tmp_path, *how)
    assert said_in_one_line(Done(done.returncode, done.stdout, done.stderr.splitlines(True)[-1])), done
    got = sum(path.stat().st_size for path in tmp_path.iterdir() if ".jnl" in path.name)
    told = json.loads(pulled(tag.port, tmp_path, "--json").stdout)
    assert is_whole(tmp_path)
    total = sum(path.stat().st_size for path in tmp_path.glob("*.jnl"))
    assert told["fetched"] == total - got  # nothing that was checked travelled twice
    assert after < 20_000 or got > 5000


def test_a_cable_that_garbles_one_frame_in_four_only_delays_a_tag_on_duty(tag: Tag, tmp_path: Path) -> None:
    on_duty(tag.port)
    with Relay(tag.port, flip=lambda n: n % 997 == 500) as cable:
        done = pulled(cable.port, tmp_path)
    assert done.returncode == 0 and is_whole(tmp_path), done


def test_a_garbling_cable_delays_and_nothing_more(tag: Tag, tmp_path: Path) -> None:
    with Relay(tag.port, flip=lambda n: n > 4000 and n % 9973 == 0) as cable:
        done = pulled(cable.port, tmp_path, "--stop")
    if done.returncode:  # a byte of the REPL's own was hit
        assert said_in_one_line(done)
        done = pulled(tag.port, tmp_path, "--stop")
    assert done.returncode == 0 and is_whole(tmp_path)


def test_where_raw_paste_gets_lost_ampy_gets_through(tag: Tag, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tagport, "READ_S", 0.5)
    with Relay(tag.port, deaf_to=b"\x05A\x01") as cable:
        done = pulled(cable.port, tmp_path, "--stop")
    assert done.returncode == 0 and "trying ampy's way" in done.stderr, done
    assert is_whole(tmp_path)


def test_a_segment_in_which_the_tag_made_room_is_set_aside(tag: Tag, tmp_path: Path) -> None:
    first = min(JOURNAL)
    old = JOURNAL[first][:-1] + b"\x00"
    logs_made.write(tmp_path, {first: old})
    assert pulled(tag.port, tmp_path).returncode == 0 and is_whole(tmp_path)
    [aside] = (tmp_path / "earlier").iterdir()
    assert aside.read_bytes() == old and aside.name.startswith("00000001-")


def test_the_folder_of_another_tag_is_left_alone(tag: Tag, tmp_path: Path) -> None:
    (tmp_path / "pull.json").write_text('{"tag_id": "00000000000da799"}')
    done = pulled(tag.port, tmp_path)
    assert said_in_one_line(done) and "holds the journal of tag 00000000000da799" in done.stderr
    assert len(list(tmp_path.iterdir())) == 1


def test_a_tag_whose_firmware_is_broken_is_pulled_too(image: bytes, tmp_path: Path) -> None:
    files = {path: data for path, data in flashimage.read(image).items() if not path.startswith(("tag/", "lib/"))}
    flash = tmp_path / "flash.bin"
    flash.write_bytes(flashimage.build(files))
    tag = Tag(flash)
    try:
        done = pulled(tag.port, tmp_path / "p")
    finally:
        tag.stop(signal.SIGKILL)
    assert done.returncode == 0 and is_whole(tmp_path / "p"), done
    dumped = chain.check(
        {int(p[8:16], 16): d for p, d in flashimage.read(flash.read_bytes()).items() if p.endswith(".jnl")}, [KEY]
    )
    assert dumped.state == "whole"


def test_no_tag_there_is_one_line(tmp_path: Path) -> None:
    done = davy("logs", "pull", "--port", "/dev/ttyNONE", "--out", str(tmp_path / "p"))
    assert said_in_one_line(done) and "cannot be opened" in done.stderr
