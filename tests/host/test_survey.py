"""`davy survey` on a virtual tag on duty over its serial port, and what it draws."""

import io
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from calibration_rig import Rig
from cli_here import davy, said_in_one_line
from duty import on_duty
from lora_life import APP_KEY, BEGAN, TAG

from davy import console
from davy.console import _sightings
from davy.errors import DavyError
from davy.site import source, survey, surveymap
from davy.site.survey import ANSWERED, Heard, Link
from davy.vtag.lora_station import LoRaStation
from tag import events
from tag.console.kinds import NO_ANSWER

B1 = bytes.fromhex("02011a1aff4c000215e2c56db5dffb48d2b060d0f5a71096e000010001c5")
STRANGE = bytes.fromhex("0201060bffffff445610c500090009")


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    found = tmp_path / "mine.toml"
    found.write_text(davy("site", "template").stdout, encoding="utf-8")
    return found


def test_a_walk_with_a_tag_on_duty(mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, lora, svg = tmp_path / "m.csv", tmp_path / "l.csv", tmp_path / "m.svg"
    with Rig(board="virtual-lora", place=1, lora_region="EU868", lora_app_key=APP_KEY, tag_id=TAG) as rig:
        station = LoRaStation(rig.world.ether, "EU868", began=BEGAN)
        peer = station.add(bytes.fromhex(TAG), bytes(8), bytes.fromhex(APP_KEY))
        rig.board.ble.beacons = lambda t_us: [(bytes(6), B1, -63), (bytes(6), STRANGE, -80)]
        on_duty(rig.port)
        assert rig.until(lambda: bool(peer.uplinks), 60)
        monkeypatch.setattr("sys.stdin", io.StringIO("10 12\nhere\n15, 5\n\n40 10\n"))
        files = ("--out", str(out), "--lora", str(lora), "--svg", str(svg))
        done = davy("survey", str(mine), "--port", rig.port, *files, "--seconds", "2")
        assert done.returncode == 0, done.stderr
        station.deaf = True
        rig.board.ble.beacons = lambda t_us: []
        monkeypatch.setattr("sys.stdin", io.StringIO("60 12\n"))
        again = davy("survey", str(mine), "--port", rig.port, *files, "--seconds", "2", "--json")
        assert again.returncode == 0, again.stderr
        boots = rig.tag.boots
        rig.stop()
    faults = [line for line in bytes(rig.printed).splitlines() if b" fault (" in line]
    assert boots == 1 and faults == [
        b"davy 0 fault (%d, %d, 1)" % (events.FAULT_DUE, events.CODE_DUE)
    ]  # on duty all the time
    assert re.search(
        r"^10 12: b1 -63 dBm \(\d+x\); 1 of elsewhere(, \d+ sightings lost)?; LoRaWAN: heard by 1 gateway, 27 dB to spare at SF7; ",
        done.stdout,
    )
    assert "15 5: b1 -63 dBm" in done.stdout and "40 10" not in done.stdout  # the empty line ended it
    assert "'here' is no place" in done.stderr
    assert '"beacons": [], ' in again.stdout and '"answer": "no answer"' in again.stdout
    heard = survey.read_heard(out)
    at_first = [one for one in heard if (one.x, one.y) == (10, 12)]
    assert len(at_first) >= 10 and {one.dbm for one in at_first} == {-63}
    assert [one.beacon for one in heard if one.x == 60] == [""]  # silence is a measurement
    first, second, third = survey.read_links(lora)
    assert first.answer == second.answer == ANSWERED and third.answer == NO_ANSWER
    assert first.gateways == 1 and first.margin_db and first.rssi_dbm and first.rssi_dbm < 0 and 7 <= first.sf <= 12
    root = ElementTree.fromstring(svg.read_text())
    titles = [one[0].text for one in root if one.tag.endswith("g")]
    assert len(titles) == 3 and titles[2] == "LoRaWAN: no answer; no beacon of the map"
    # and the map takes it
    assert source.read(mine, out).spots[0].dbm[0] != source.read(mine).spots[0].dbm[0]


def test_what_the_tag_cannot_is_said_in_a_line(mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def walk(*options: str) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO("1 1\n"))
        done = davy("survey", str(mine), "--port", rig.port, *options)
        assert done.returncode == 1 and not done.stdout
        return done.stderr

    with Rig() as rig:
        on_duty(rig.port)
        assert "place=1" in walk("--out", str(tmp_path / "m.csv"))
        assert "lora_region" in walk("--lora", str(tmp_path / "l.csv"))
        assert "where to? --out" in walk()
        assert "no folder" in walk("--out", str(tmp_path / "no" / "m.csv"))
        rig.stop()
    assert not (tmp_path / "m.csv").exists() and not (tmp_path / "l.csv").exists()


def test_what_a_tag_may_say(mine: Path, tmp_path: Path) -> None:
    site = source.read(mine)
    assert survey.heard_at(site, 0, 0, [(1, "00", -60), (1, "00", -128), (1, "00", 21)]) == [
        Heard(0, 0, "", -60, 1, "00")
    ]
    whole = bytes([2, 256 - 60, 1, 7, 8])
    for n in range(len(whole)):
        assert list(_sightings(whole[:n])) == []
    assert list(_sightings(whole + whole[:4])) == [(1, "0708", -60)]
    for said in (None, {}, {"why": "", "sf": 7}, {"why": 3, "sf": 7, "dbm": 14}, {"why": "", "sf": 7, "dbm": "x"}):
        with pytest.raises(DavyError, match="nothing of LoRaWAN"):
            survey.link_at(0, 0, said)
    assert survey.link_at(0, 0, {"why": "not joined", "sf": 0, "dbm": 0}).answer == "not joined"
    for text in ("", "1", "a b", "1 2 3", "nan 1", "9999 0"):
        with pytest.raises(DavyError):
            survey.place_of(text)


def test_files_that_somebody_has_changed_are_refused(mine: Path, tmp_path: Path) -> None:
    bad = tmp_path / "l.csv"
    survey.keep_link(bad, Link(1, 2, ANSWERED, 7, 14, 20, 1, -90, 5))
    assert survey.read_links(bad) == [Link(1, 2, ANSWERED, 7, 14, 20, 1, -90, 5)]
    bad.write_text(bad.read_text().replace(",20,", ",,"), encoding="utf-8")
    with pytest.raises(DavyError, match="a number is missing"):
        survey.read_links(bad)
    heard = tmp_path / "m.csv"
    heard.write_text("x,y,beacon,dbm,kind,id\n1,2,b1,,1,00\n", encoding="utf-8")
    with pytest.raises(DavyError, match="dbm is missing"):
        survey.read_heard(heard)


def test_weak_strong_silent_and_not_measured_look_different(mine: Path) -> None:
    site = source.read(mine)
    heard = [Heard(1, 1, "b1", -50, 1, ""), Heard(2, 1, "b1", -99, 1, ""), Heard(3, 1, "", 0, 0, "")]
    links = [Link(1, 1, ANSWERED, 7, 14, 30, 1, -70, 9), Link(2, 1, NO_ANSWER, 7, 14), Link(3, 1, "not joined", 0, 0)]
    root = ElementTree.fromstring(surveymap.drawing(site, heard, links))
    places = [one for one in root if one.tag.endswith("g")]
    marks = [[(c.get("fill"), c.get("stroke")) for c in one if c.tag.endswith("circle")] for one in places]
    assert len({str(mark[0]) for mark in marks}) == 3 and len({str(mark[1]) for mark in marks}) == 3
    assert marks[1][0] == ("none", surveymap._NONE) and marks[2][0] == ("none", surveymap._UNKNOWN)


def test_what_was_not_measured_is_no_silence_in_the_picture(mine: Path) -> None:
    site = source.read(mine)
    heard = [Heard(1, 1, "b1", -50, 1, ""), Heard(2, 1, "", 0, 0, "")]
    links = [Link(x, 1, ANSWERED, 7, 14, 30, 1, -70, 9) for x in (1, 2, 3)]
    root = ElementTree.fromstring(surveymap.drawing(site, heard, links))
    places = [one for one in root if one.tag.endswith("g")]
    assert str(places[2][0].text).endswith("beacons: not measured")
    assert [place[2].get("stroke") for place in places] == ["#333", surveymap._NONE, surveymap._UNKNOWN]


def test_hundreds_of_places_stay_readable(mine: Path) -> None:
    site = source.read(mine)
    links = [Link(x, y / 2, ANSWERED, 7, 14, 20, 1, -70, 9) for x in range(1, 20) for y in range(1, 39)]
    heard = [Heard(one.x, one.y, "b\x01<", -60, 1, "") for one in links]
    root = ElementTree.fromstring(surveymap.drawing(site, heard, links))
    at = [re.findall(r"[\d.]+", str(one.get("transform"))) for one in root if one.tag.endswith("g")]
    points = [(float(x), float(y)) for x, y, _ in at]
    assert len(points) == 722 and {scale for _, _, scale in at} == {"0.35"}
    texts = [one for one in root if str(one.text).endswith(" dB") and one.tag.endswith("text")]
    boxes = [(float(str(one.get("x"))), float(str(one.get("y")))) for one in texts]
    assert 5 < len(boxes) < 300
    width = float(str(root.get("viewBox")).split()[2])
    assert all(0 <= x < width - 55 for x, _ in boxes)
    apart = [(a, b) for a in boxes for b in boxes if a is not b and abs(a[0] - b[0]) < 50 and abs(a[1] - b[1]) < 9]
    assert not apart
    few = surveymap.drawing(site, heard[:1], [Link(35, 10, ANSWERED, 7, 14, 20, 1, -70, 9)])
    assert few.count("scale(1.0)") == 2 and ">? / 20 dB<" in few


@pytest.mark.parametrize(
    ("said", "n", "strangers", "lost"),
    [
        ({"seen": 9, "lost": 0, "listened_ms": 5000}, 9, False, 0),
        ({"seen": 0, "lost": 0, "listened_ms": 4000}, 0, True, 0),  # silence
        ({"seen": 100, "lost": 5, "listened_ms": 5000}, 52, False, 53),
        ({"seen": 100, "lost": 5, "listened_ms": 5000}, 100, True, 5),
        ({"seen": 100, "lost": 5, "listened_ms": 5000}, 52, True, "no silence"),
        ({"seen": 0, "lost": 0, "listened_ms": 0}, 0, True, "listened for 0.0 s of 5"),
        ({"seen": 0, "lost": 0, "listened_ms": 2500}, 0, True, "listened for 2.5 s of 5"),  # scans that do not end
        ({"seen": 0, "lost": 0}, 0, True, "nothing of beacons"),
        ({"seen": 0, "lost": -1, "listened_ms": 5000}, 0, True, "nothing of beacons"),
        ({"seen": True, "lost": 0, "listened_ms": 5000}, 0, True, "nothing of beacons"),
    ],
)
def test_a_fault_and_a_flood_are_no_silence(said: dict[str, int], n: int, strangers: bool, lost: int | str) -> None:
    if isinstance(lost, int):
        assert survey.lost_of(said, 5, n, strangers) == lost
    else:
        with pytest.raises(DavyError, match=lost):
            survey.lost_of(said, 5, n, strangers)


def test_files_that_would_be_spoilt_are_refused_before_the_walk(mine: Path, tmp_path: Path) -> None:
    out, old = tmp_path / "m.csv", tmp_path / "old.csv"
    old.write_text("x,y,beacon,dbm\n1,2,b1,-60\n", encoding="utf-8")
    binary = tmp_path / "b.csv"
    binary.write_bytes(b"\xff\xfe\x00")
    before = {path: path.read_bytes() for path in (mine, old, binary)}
    for options, word in (
        (("--out", str(out), "--lora", str(tmp_path / "x" / ".." / "m.csv")), "named twice"),
        (("--out", str(out), "--svg", str(out)), "named twice"),
        (("--out", str(mine)), "named twice"),
        (("--out", str(old)), "columns x, y, beacon, dbm, not"),
        (("--lora", str(old)), "columns x, y, beacon, dbm, not"),
        (("--lora", str(binary)), "cannot be read as CSV"),
    ):
        done = davy("survey", str(mine), "--port", "/dev/null", *options)
        assert said_in_one_line(done) and word in done.stderr, done.stderr
    assert {path: path.read_bytes() for path in before} == before and not out.exists()


def test_a_row_goes_on_a_line_of_its_own_and_cells_that_are_missing_are_told(mine: Path, tmp_path: Path) -> None:
    out, lora = tmp_path / "m.csv", tmp_path / "l.csv"
    survey.keep_heard(out, 1, 2, [Heard(1, 2, "b1", -60, 1, "00")])
    out.write_text(out.read_text().rstrip("\n"), encoding="utf-8")  # as some editors leave it
    survey.keep_heard(out, 3, 4, [])
    assert [(one.x, one.beacon) for one in survey.read_heard(out)] == [(1, "b1"), (3, "")]
    for cells in (",2,b1,-60,1,00", "1,nan,b1,-60,1,00", "1,9999,b1,-60,1,00", "1,2,b1,-200,1,00"):
        out.write_text(f"x,y,beacon,dbm,kind,id\n{cells}\n", encoding="utf-8")
        with pytest.raises(DavyError, match=r"m\.csv:2: "):
            survey.read_heard(out)
    lora.write_text(f"{','.join(survey.LINK_HEAD)}\n,2,no answer,7,14,,,,\n", encoding="utf-8")
    with pytest.raises(DavyError, match=r"l\.csv:2: x or y"):
        survey.read_links(lora)


class Cable:
    """A tag at the end of one that is pulled at the second place, in `Console`'s place."""

    listens_ms = 5000

    def __init__(self, port: str) -> None:
        self.asked = 0
        self.opened = 1

    def __enter__(self) -> "Cable":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def reopen(self) -> None:
        self.opened += 1
        if self.opened == 2:
            raise DavyError("p: cannot be opened")

    def survey(self, seconds: int, link: bool) -> tuple[list[console.Sighting], dict[str, object]]:
        self.asked += 1
        if self.asked == 2 or self.opened == 2:
            raise DavyError("p: the connection is lost")
        return [], {"seen": 0, "lost": 0, "listened_ms": self.listens_ms}


def test_a_cable_that_was_pulled_costs_the_place_alone(
    mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "Console", Cable)
    out = tmp_path / "m.csv"

    def walk(*typed: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in typed)))
        done = davy("survey", str(mine), "--port", "p", "--out", str(out))
        return done.returncode, done.stderr

    code, said = walk("1 1", "2 1", "2 1", "2 1", "3 1")
    assert code == 0 and said.count("connection is lost") == 1 and said.count("cannot be opened") == 1
    assert [one.x for one in survey.read_heard(out)] == [1, 2, 3]
    code, said = walk("4 1", "5 1", "\x1b[2J")
    assert code == 1 and said.splitlines()[-1] == "davy: not measured: 5 1" and "\x1b" not in said
    monkeypatch.setattr(Cable, "listens_ms", 0)
    assert walk("6 1")[0] == 1 and [one.x for one in survey.read_heard(out)] == [1, 2, 3, 4]


def test_a_picture_that_cannot_be_drawn_does_not_end_the_walk(
    mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "Console", Cable)
    out = tmp_path / "m.csv"
    out.write_text("x,y,beacon,dbm,kind,id\n1,2,b1,,1,00\n", encoding="utf-8")
    monkeypatch.setattr("sys.stdin", io.StringIO("1 1\n"))
    done = davy("survey", str(mine), "--port", "p", "--out", str(out), "--svg", str(tmp_path / "m.svg"))
    assert done.returncode == 0 and "1 1: no beacon" in done.stdout and done.stderr.startswith("davy: no picture: ")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe 1\n"), encoding="utf-8"))
    assert out.read_text().endswith("\n1.0,1.0,-,,,\n")
    done = davy("survey", str(mine), "--port", "p", "--out", str(out))
    assert said_in_one_line(done) and "no text" in done.stderr


def test_a_tag_that_comes_to_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    tag = object.__new__(console.Console)
    tag.port = "p"
    now_s = [0.0]
    frames = [0]

    def answers(kind: int, body: bytes, most_s: float):
        while frames[0] < 1000:
            frames[0] += 1
            now_s[0] += 1
            yield b"\x02"

    monkeypatch.setattr(tag, "_answers", answers)
    monkeypatch.setattr(console.time, "monotonic", lambda: now_s[0])
    with pytest.raises(DavyError, match="comes to no end"):
        tag.survey(60, True)
    assert 91 < frames[0] < 300
