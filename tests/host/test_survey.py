"""`davy survey` on a virtual tag on duty over its serial port, and what it draws."""

import io
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from calibration_rig import Rig
from cli_here import davy
from duty import on_duty
from lora_life import APP_KEY, BEGAN, TAG

from davy.console import _sightings
from davy.errors import DavyError
from davy.site import source, survey, surveymap
from davy.site.survey import ANSWERED, NO_ANSWER, Heard, Link
from davy.vtag.lora_station import LoRaStation
from tag import events

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
        r"^10 12: b1 -63 dBm \(\d+x\); 1 of elsewhere; LoRaWAN: heard by 1 gateway, 27 dB to spare at SF7; ",
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
