"""`davy survey` on a virtual tag over its serial port, and what it draws."""

import io
from pathlib import Path
from xml.etree import ElementTree

import pytest
from calibration_rig import Rig
from cli_here import davy

from davy.errors import DavyError
from davy.site import source, survey


def test_a_walk_with_a_virtual_tag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(davy("site", "template").stdout, encoding="utf-8")
    b1 = bytes.fromhex("02011a1aff4c000215e2c56db5dffb48d2b060d0f5a71096e000010001c5")
    strange = bytes.fromhex("0201060bffffff445610c500090009")
    out, svg = tmp_path / "m.csv", tmp_path / "m.svg"
    monkeypatch.setattr("sys.stdin", io.StringIO("10 12\nhere\n15, 5\n\n40 10\n"))
    with Rig(place=1) as rig:
        rig.board.ble.beacons = lambda t_us: [(bytes(6), b1, -63), (bytes(6), strange, -80)]
        done = davy("survey", str(mine), "--port", rig.port, "--out", str(out), "--svg", str(svg), "--seconds", "1")
        rig.stop()
    assert done.returncode == 0, done.stderr
    assert "10 12: 1 beacons of the map, the loudest b1 at -63 dBm; 1 others" in done.stdout
    assert "15 5: 1 beacons" in done.stdout and "40 10" not in done.stdout  # the empty line ended it
    assert "'here' is no place" in done.stderr
    lines = out.read_text().splitlines()
    assert lines[0] == "x,y,beacon,dbm,kind,id" and {line.split(",")[2] for line in lines[1:]} == {"b1"}
    root = ElementTree.fromstring(svg.read_text())
    assert len([one for one in root if one.tag.endswith("circle")]) == 2
    # and the map takes it
    measured = source.read(mine, out)
    plain = source.read(mine)
    assert measured.spots[0].dbm[0] != plain.spots[0].dbm[0]


class Says:
    def __init__(self, *lines: dict[str, object]) -> None:
        self.lines = list(lines)

    def ask(self, code: str, on_line: object = None, most_s: float = 0) -> list[dict[str, object]]:
        return self.lines


def test_what_a_tag_may_say(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(davy("site", "template").stdout, encoding="utf-8")
    site = source.read(mine)
    with pytest.raises(DavyError, match="stopped listening"):
        survey.listen(Says({"kind": 1, "id": "00", "dbm": -60}), site, 0, 0)
    odd = Says({"kind": "x", "id": 3}, {"kind": 1, "id": "00", "dbm": -600}, {"lost": 0, "heard": 2})
    assert survey.listen(odd, site, 0, 0) == []
    for text in ("", "1", "a b", "1 2 3", "nan 1", "9999 0"):
        with pytest.raises(DavyError):
            survey.place_of(text)
    assert "nothing of the map" in survey.drawing(site, [survey.Heard(1, 2, "", -60, 1, "00")])
