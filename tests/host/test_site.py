"""`davy site`: a map from text to a file that the tag reads, everything that is wrong named."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from cli_here import davy, said_in_one_line

from davy import limitkey
from davy.errors import DavyError
from davy.site import learn, pack, source
from davy.site.model import SiteMap

from tag import sitefile  # isort: skip
from tag.place import estimate  # isort: skip


def template(folder: Path, *changes: tuple[str, str]) -> Path:
    text = davy("site", "template").stdout
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_template_is_good_and_comes_back_from_its_signed_file(tmp_path: Path) -> None:
    path = template(tmp_path)
    assert davy("site", "check", str(path)).stdout == f"{path}: good\n"
    key = tmp_path / "site.key"
    assert davy("limits", "keygen", str(key), "--signatures", "32").returncode == 0
    done = davy("site", "sign", str(path), "--key", str(key), "-o", str(tmp_path / "m.dav"))
    assert done.returncode == 0, done.stderr
    shown = [json.loads(davy("site", "show", str(file), "--json").stdout) for file in (path, tmp_path / "m.dav")]
    assert shown[0]["zones"] == shown[1]["zones"] and shown[0]["beacons"] == shown[1]["beacons"]
    assert [zone["name"] for zone in shown[1]["zones"]] == ["shaft", "drift-1", "loco-3"]
    assert shown[1]["zones"][0]["names"]["ru"] == "Околоствольный двор" and shown[1]["zones"][2]["vehicle"]
    assert len(shown[0]["spots"]) == len(shown[1]["spots"]) == 16 + 16
    for one, other in zip(shown[0]["spots"], shown[1]["spots"], strict=True):
        assert all(abs(max(-100, a) - b) <= 0.5 for a, b in zip(one["dbm"], other["dbm"], strict=True))
    assert "Locomotive 3" in davy("site", "show", str(tmp_path / "m.dav")).stdout
    # and the tag takes it
    public = json.loads(davy("limits", "key", str(key), "--json").stdout)["public"]
    (tmp_path / "site.new").write_bytes((tmp_path / "m.dav").read_bytes())
    site, code, text = sitefile.load(str(tmp_path), public)
    assert (site.ident, code, text) == (0x0101, 0, "site: 1 version 1 is in force")
    assert site.find(1, bytes.fromhex("e2c56db5dffb48d2b060d0f5a71096e000010001"), 20) == 0


LEVELS = "[[level]]\nnumber = -1\nheight_m = -420\n[[level]]\nnumber = -2\nheight_m = -480\n[[vehicle]]"


def test_heights_of_levels_come_back_and_a_map_without_them_is_what_it_was(tmp_path: Path) -> None:
    key = tmp_path / "site.key"
    public = bytes.fromhex(
        json.loads(davy("limits", "keygen", str(key), "--signatures", "32", "--json").stdout)["public"]
    )
    plain, levelled = source.read(template(tmp_path)), source.read(template(tmp_path, ("[[vehicle]]", LEVELS)))
    assert plain.heights == () and levelled.heights == ((-2, -480), (-1, -420))
    data = [pack.pack(one, public, lambda body: limitkey.sign(key, body)[0]) for one in (plain, levelled)]
    # by hand: level i8, height i16; schema in byte 4, bytes of heights in 14 and 15
    assert [one[4] for one in data] == [1, 2] and [one[14:16] for one in data] == [b"\0\0", b"\6\0"]
    assert bytes.fromhex("fe20fe" + "ff5cfe") in data[1] and len(data[1]) == len(data[0]) + 6
    assert pack.parse(data[0]).map.heights == () and pack.parse(data[1]).map.heights == levelled.heights
    assert pack.parse(data[0]).map.zones == pack.parse(data[1]).map.zones
    (tmp_path / "m.dav").write_bytes(data[1])
    assert "-2 at -480 m, -1 at -420 m" in davy("site", "show", str(tmp_path / "m.dav")).stdout


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("[[vehicle]]", LEVELS.replace("-2", "-1"), "level[2].number: -1 is there already"),
        ("[[vehicle]]", LEVELS.replace("-2", "-128"), "level[2].number: is no whole number"),
        ("[[vehicle]]", LEVELS.replace("-480", "-480.5"), "level[2].height_m: is no whole number"),
        ("[[vehicle]]", LEVELS.replace("height_m", "heigth_m"), "level[1].heigth_m: unknown key"),
        ("[[vehicle]]", LEVELS[37:], "level: 1 of them"),
        ("schema = 1", "schema = 2", "schema: is 2"),
        ('name = "my-mine"', 'name = "My mine"', "name: has 1 to 16"),
        ("number = 1 ", "number = 0 ", "number: is no whole number"),
        ("version = 1 ", "version = true ", "version: is no whole number"),
        ("pitch_m = 5.0", "pitch_m = 0", "pitch_m: is no number"),
        ("pitch_m = 5.0", "pitch_m = 1.0", "720 spots, 3 beacons: a map has 255"),
        ("schema = 1", "schema = 1\ncolour = 3", "colour: unknown key"),
        ("[[20, 6, 60, 14]]", "[[20, 6, 20, 14]]", r"zone[2].areas"),
        ("level = -1", "level = 200", r"zone[1].level"),
        ('"drift-1"', '"shaft"', r"zone[2].name: shaft is there already"),
        ('name = "b1"', 'name = "-"', r"beacon[1].name: - is what a survey writes for silence"),
        ('kind = "ibeacon"', 'kind = "beacon"', r"beacon[1].kind: is none of"),
        (":1:1", ":1", r"beacon[1].id"),
        (":1:1", ":1:70000", r"beacon[1].id"),
        ('zone = "shaft"', 'zone = "cellar"', r"beacon[1].zone: is none of shaft, drift-1"),
        ("at = [10, 10]", "", r"beacon[1].at"),
        ('vehicle = "loco-3"', 'vehicle = "shaft"', r"beacon[3].vehicle"),
        ("schema = 1", "schema = = 1", "is not TOML"),
    ],
)
def test_what_is_wrong_with_a_map_is_named(tmp_path: Path, old: str, new: str, word: str) -> None:
    done = davy("site", "check", str(template(tmp_path, (old, new))))
    assert done.returncode == 1 and word in done.stderr, done.stderr


def test_the_same_beacon_twice_and_files_that_are_none(tmp_path: Path) -> None:
    path = template(
        tmp_path, ('kind = "eddystone"', 'kind = "davy"'), ('"00010203040506070809:000000000002"', '"1:103"')
    )
    assert "is that of beacon[2], too" in davy("site", "check", str(path)).stderr
    assert said_in_one_line(davy("site", "check", str(tmp_path / "none.toml")))
    (tmp_path / "x.dav").write_bytes(b"DVSM")
    assert said_in_one_line(davy("site", "show", str(tmp_path / "x.dav")))


def test_a_survey_bends_the_law_where_it_was_measured(tmp_path: Path) -> None:
    path = template(tmp_path)
    plain = source.read(path)
    survey = tmp_path / "s.csv"
    survey.write_text("x,y,beacon,dbm\n" + "".join("12.5,12.5,b1,-80\n40,10,b2,-59\n" for _ in range(10)))
    bent = source.read(path, survey)
    at = min(range(len(bent.spots)), key=lambda s: math.hypot(bent.spots[s].x - 12.5, bent.spots[s].y - 12.5))
    far = min(range(len(bent.spots)), key=lambda s: math.hypot(bent.spots[s].x - 57, bent.spots[s].y - 10))
    assert bent.spots[at].dbm[0] < plain.spots[at].dbm[0] - 5
    assert abs(bent.spots[far].dbm[1] - plain.spots[far].dbm[1]) < 6
    for line, word in (
        ("1,1,b9,-60", "beacon: 'b9' is none"),
        ("1,1,b1,-300", "no strength"),
        ("1,,b1,-60", "is missing"),
    ):
        survey.write_text(f"x,y,beacon,dbm\n{line}\n")
        with pytest.raises(DavyError, match=word):
            source.read(path, survey)


def test_the_law_is_that_of_the_page() -> None:
    # -59 dBm at 1 m, 25 dB a decade: -84 at 10 m, -91.5 at 20 m; nearer than a metre is a metre
    row = learn.expected([(0.0, 0.0)], [(10.0, 0.0), (0.0, 20.0), (0.1, 0.0)], [], 2.0)
    assert [round(dbm[0], 1) for dbm in row] == [-84.0, -91.5, -59.0]


def test_too_large_a_map_is_refused_with_the_way_out(tmp_path: Path) -> None:
    site = source.read(template(tmp_path))
    big = type(site)(site.name, 1, 1, site.zones, site.beacons * 22, site.spots)
    with pytest.raises(DavyError, match="66 beacons: a map has"):
        pack.tag_site(big)


STACK = """
schema = 1
name = "stack"
number = 1
version = 1
pitch_m = 5
[[zone]]
name = "up"
areas = [[0, 0, 20, 5]]
[[zone]]
name = "down"
areas = [[AT, 0, 40, 5], [FAR, 0, 240, 5]]
level = LEVEL
[[beacon]]
name = "bu"
kind = "davy"
id = "1:0"
zone = "up"
at = [10, 2]
[[beacon]]
name = "bd"
kind = "davy"
id = "1:1"
zone = "down"
at = [230, 2]
"""


def stack(folder: Path, at: float, far: float, level: int) -> Path:
    path = folder / "stack.toml"
    path.write_text(STACK.replace("AT", str(at)).replace("FAR", str(far)).replace("LEVEL", str(level)))
    return path


@pytest.mark.parametrize(
    ("at", "far", "level", "place"),
    [(19.5, 220, -1, "[19.5, 0, 20, 5]"), (30, -1, -1, "[0, 0, 20, 5]"), (0, 1, 0, "[0, 0, 20, 5]")],
)
def test_zones_above_each_other_are_refused(tmp_path: Path, at: float, far: float, level: int, place: str) -> None:
    done = davy("site", "check", str(stack(tmp_path, at, far, level)))
    assert said_in_one_line(done), done.stderr
    assert f"zone[2].areas: down lies over up in {place}: draw them side by side" in done.stderr, done.stderr


def test_a_level_drawn_beside_another_is_said_when_its_beacon_is_heard(tmp_path: Path) -> None:
    path = stack(tmp_path, 20, 220, -1)  # edges touch
    assert davy("site", "check", str(path)).stdout == f"{path}: good\n"
    heard = estimate.Estimator(pack.tag_site(source.read(path)))
    for beacon, zone in ((0, 1), (1, 2), (0, 1)):
        for _ in range(4):
            heard.hear(beacon, -60)
            heard.close()
        assert heard.best == zone


def cyrillic(folder: Path, zones: int) -> Path:
    """Names of zones in three languages."""
    text = 'schema = 1\nname = "drifts"\nnumber = 1\nversion = 1\npitch_m = 10\n'
    for n in range(zones):
        name = f"Штрек откаточный номер {n:02}"
        names = f'{{ en = "Haulage drift number {n}", ru = "{name}", kk = "{name}" }}'
        text += f'[[zone]]\nname = "{name}"\nnames = {names}\nareas = [[{10 * n}, 0, {10 * n + 10}, 5]]\n'
        text += f'[[beacon]]\nname = "b{n}"\nkind = "davy"\nid = "1:{n}"\nzone = "{name}"\nat = [{10 * n + 5}, 2]\n'
    path = folder / "drifts.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_names_that_a_tag_would_refuse_are_named_and_cost_no_signature(tmp_path: Path) -> None:
    key = tmp_path / "site.key"
    assert davy("limits", "keygen", str(key), "--signatures", "32").returncode == 0
    path = cyrillic(tmp_path, 30)
    for command in (("check",), ("sign", "--key", str(key), "-o", str(tmp_path / "m.dav"))):
        done = davy("site", *command, str(path))
        assert said_in_one_line(done) and "and a map has 4096: shorten names" in done.stderr, done.stderr
    assert limitkey.read(key).left == 32 and not (tmp_path / "m.dav").exists()
    path = cyrillic(tmp_path, 20)
    assert davy("site", "sign", str(path), "--key", str(key), "-o", str(tmp_path / "m.dav")).returncode == 0
    assert limitkey.read(key).left == 31


class LeafTaken(Exception):
    """A signature would be used up."""


def taking_a_leaf(body: bytes) -> bytes:
    raise LeafTaken


def test_all_that_a_tag_would_refuse_is_found_before_a_signature_is_used_up(
    tmp_path: Path,
) -> None:
    made = davy("limits", "keygen", str(tmp_path / "key"), "--signatures", "32", "--json")
    public = bytes.fromhex(json.loads(made.stdout)["public"])
    site = source.read(stack(tmp_path, 20, 220, -1))

    def named(size: int) -> SiteMap:
        """Names of so many bytes: without "up" they are "\\n\\ndown\\nbu\\nbd"."""
        return replace(site, zones=(replace(site.zones[0], name="u" * (size - 12)), site.zones[1]))

    with pytest.raises(LeafTaken):
        pack.pack(named(4096), public, taking_a_leaf)
    for size in (4097, 70_000):
        with pytest.raises(DavyError, match=f"names take {size} bytes, and a map has 4096"):
            pack.pack(named(size), public, taking_a_leaf)
    for number, version in ((0, 1), (1, 0), (256, 1), (1, 256)):
        with pytest.raises(DavyError, match="each is 1 to 255"):
            pack.pack(replace(site, number=number, version=version), public, taking_a_leaf)
    with pytest.raises(DavyError, match="the tag would refuse this file: its length is wrong"):
        pack.pack(replace(site, heights=tuple((n, n) for n in range(33))), public, taking_a_leaf)
