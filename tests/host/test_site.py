"""`davy site` and `davy muster`: a map from text to a file that the tag reads, everything that is wrong named, who is where."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from cli_here import davy, said_in_one_line

from davy import limitkey
from davy.errors import DavyError
from davy.gateway import muster
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
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
    monkeypatch.setattr(pack, "MOST_NAMES", 5000)  # a limit unlike the tag's own is found before the leaf, too
    with pytest.raises(DavyError, match="the tag would refuse this file: its length is wrong"):
        pack.pack(named(4097), public, taking_a_leaf)


def said(tag: str, seq: int, kind: str, t_ms: int, at_s: float, boot: int = 1, **fields: object) -> str:
    words = {"why": "heard", "alarm": str(fields.get("alarm_word", "none"))}
    return json.dumps(
        {
            "tag": tag,
            "seq": seq,
            "boot": boot,
            "t_ms": t_ms,
            "at_s": at_s,
            "kind": kind,
            "fields": fields,
            "words": words,
        }
    )


def test_muster_does_not_trust_old_news(tmp_path: Path) -> None:
    lines = [
        # an alarm has overtaken what was said before it
        said("aa", 4, "place", 9_000, 4980.0, zone=1, before=0, sure=90, site=0x0101),
        said("aa", 5, "heartbeat", 9_500, 4981.0),
        said("aa", 9, "alarm", 30_000, 5001.0),
        # the gateway's clock was a day ahead
        said("bb", 1, "place", 9_000, 5000.0 + 86400, zone=2, before=0, sure=90, site=0x0101),
        said("cc", 1, "place", 9_000, 5020.0, zone=2, before=0, sure=90, site=0x0101),
    ]
    store = tmp_path / "records.jsonl"
    store.write_text("\n".join(lines) + "\n")
    people = {one.tag: one for one in muster.muster(muster.read(store), 5010.0)}
    assert [(one.zone, one.stale, one.missing) for one in people.values()] == [
        (1, False, 3),
        (2, True, 0),
        (2, False, 0),
    ]
    shown = davy("muster", str(store), "--at", "5010").stdout
    assert "3 later to come" in shown


def test_muster(tmp_path: Path) -> None:
    turn = 1 << 30
    lines = [
        # came an hour late: its ticks say when it was written, across their wrap
        said("aa", 1, "heartbeat", turn - 10_000, 1000.0),
        said("aa", 2, "place", 20_000, 5000.0, zone=1, before=0, sure=90, site=0x0101),
        said("aa", 3, "heartbeat", 60_000, 1070.5, alarm_word="sos"),
        # has started anew since it said its place
        said("bb", 7, "place", 5_000, 4000.0, zone=2, before=1, sure=80, site=0x0101),
        said("bb", 8, "boot", 100, 4990.0, boot=2),
        # silent for long
        said("cc", 3, "place", 9_000, 3000.0, zone=2, before=0, sure=99, site=0x0101),
        # where no beacon is
        said("dd", 2, "place", 9_000, 4000.0, zone=2, before=0, sure=99, site=0x0101),
        said("dd", 4, "place", 19_000, 4999.0, zone=0, before=2, sure=0, site=0x0101),
    ]
    store = tmp_path / "records.jsonl"
    store.write_text("\n".join(lines) + "\n" + '{"tag": "cut o')
    people = {one.tag: one for one in muster.muster(muster.read(store), 5010.0)}
    assert (people["aa"].zone, people["aa"].since_s, people["aa"].alarm) == (1, 1030.0, "sos") and not people[
        "aa"
    ].stale
    assert (people["bb"].zone, people["bb"].stale, people["bb"].why) == (0, False, "not said since its start")
    assert (people["cc"].zone, people["cc"].stale) == (2, True)
    assert (people["dd"].zone, people["dd"].stale) == (0, False)
    shown = davy("muster", str(store), "--map", str(template(tmp_path)), "--lang", "ru", "--at", "5010").stdout
    rows = shown.splitlines()
    assert "UNKNOWN" in rows[1] and "UNKNOWN" in rows[2] and "last in drift-1" in rows[3]
    assert "Околоствольный двор" in rows[4] and "66 min" in rows[4] and "sos" in rows[4]
    assert rows[-1].startswith("1 of 4 are where their tags say")
    found = json.loads(davy("muster", str(store), "--json", "--at", "5010").stdout)
    assert [one["known"] for one in found] == [True, False, False, False]
    store.write_text("{}\n")
    assert said_in_one_line(davy("muster", str(store)))


def test_muster_says_the_level_by_air_pressure_and_keeps_since_when(tmp_path: Path) -> None:
    def place(seq: int, at_s: float, zone: int, why: str, level: int) -> str:
        one = json.loads(said("aa", seq, "place", round(1000 * at_s), at_s, zone=zone, level=level))
        return json.dumps({**one, "words": {"why": why}})

    store = tmp_path / "records.jsonl"
    told = [
        (place(1, 100, 2, "heard", -1), None, 100),
        (place(2, 200, 0, "silence", -1), -1, 200),
        (place(3, 300, 0, "air pressure", -2), -2, 200),
        (place(4, 400, 0, "air pressure", -128), None, 200),
        (place(5, 500, 5, "boarded", -1), -1, 500),
        (place(6, 600, 5, "air pressure", -2), -2, 500),
        (place(7, 700, 2, "left the vehicle", -1), None, 700),
    ]
    for n, (_, hint, since_s) in enumerate(told, 1):
        store.write_text("".join(line + "\n" for line, _, _ in told[:n]))
        (person,) = muster.muster(muster.read(store), 700.0)
        assert (person.hint, person.since_s) == (hint, since_s), told[n - 1]
        if n == 3:
            shown = davy("muster", str(store), "--at", "310").stdout
            assert "UNKNOWN silence, level -2 by air pressure" in shown, shown


def mustered(*lines: str, now_s: float) -> muster.Person:
    (found,) = muster.muster([json.loads(line) for line in lines], now_s)
    return found


def test_muster_names_zones_by_the_map_that_the_tag_has_only(tmp_path: Path) -> None:
    store = tmp_path / "records.jsonl"
    lines = [
        said("aa", 1, "place", 9_000, 1000.0, zone=2, before=0, sure=90, site=0x0101),
        said("bb", 1, "place", 9_000, 1000.0, zone=2, before=0, sure=90, site=0x0102),
        said("cc", 1, "place", 9_000, 1000.0, zone=1, before=0, sure=90, site=0x0701),
    ]
    store.write_text("\n".join(lines) + "\n")
    path = template(tmp_path)
    done = davy("muster", str(store), "--map", str(path), "--at", "1010")
    assert [line.split("  ")[0] for line in done.stdout.splitlines()[1:4]] == [
        "drift-1",
        "zone 2 of site 1 version 2",
        "zone 1 of site 7 version 1",
    ]
    assert done.stderr == "davy: note: no map given names zones of site 1 version 2, site 7 version 1\n"
    assert davy("muster", str(store), "--at", "1010").stderr == ""
    found = json.loads(davy("muster", str(store), "--map", str(path), "--json", "--at", "1010").stdout)
    assert [(one["zone_name"], one["known"]) for one in found] == [("drift-1", True), (None, True), (None, True)]
    newer = tmp_path / "newer.toml"
    newer.write_text(
        path.read_text(encoding="utf-8").replace("version = 1 ", "version = 2 ").replace('"drift-1"', '"drift-9"'),
        encoding="utf-8",
    )
    shown = davy("muster", str(store), "--map", str(path), "--map", str(newer), "--at", "1010").stdout
    assert [line.split("  ")[0] for line in shown.splitlines()[1:3]] == ["drift-1", "drift-9"]


def test_muster_begins_anew_who_came_back_while_the_record_between_is_late() -> None:
    lines = [
        said("aa", 1, "place", 0, 1000.0, zone=1, before=0),
        said("aa", 3, "place", 600_000, 1600.0, zone=1, before=2),
    ]
    assert mustered(*lines, now_s=1610.0).since_s == 1600.0
    # air pressure says the zone that he is in once more: he did not come to it
    hint = said("aa", 4, "place", 605_000, 1605.0, zone=1, before=1)
    assert mustered(*lines, hint, now_s=1610.0).since_s == 1600.0


def test_muster_counts_what_is_to_come_where_the_place_itself_is_late() -> None:
    boot, alarm = said("aa", 10, "boot", 100, 1000.0, boot=2), said("aa", 12, "alarm", 9_000, 1009.0, boot=2)
    before = said("aa", 8, "heartbeat", 70_000, 900.0)
    late = mustered(boot, alarm, now_s=1610.0)
    assert (late.why, late.missing) == ("not said since its start", 1)
    assert mustered(before, boot, alarm, now_s=1610.0).missing == 1
    assert mustered(before, alarm, now_s=1610.0).missing == 3
    assert mustered(before, now_s=1610.0).missing == 0
    place = said("aa", 11, "place", 5_000, 1011.0, boot=2, zone=3, before=0)
    assert mustered(before, boot, place, alarm, now_s=1610.0).missing == 0


def test_muster_takes_ticks_out_of_order_across_their_wrap_for_one_wrap() -> None:
    turn = 1 << 30
    found = mustered(
        said("aa", 1, "place", turn - 60_000, 1000.0, zone=1, before=0),
        said("aa", 2, "heartbeat", 50, 1060.1),
        said("aa", 3, "heartbeat", turn - 20, 1060.2),
        said("aa", 4, "heartbeat", 60_000, 1120.0),
        now_s=1130.0,
    )
    assert found.since_s == 1000.0


def test_muster_leaves_what_a_tag_said_before_its_flash_was_erased() -> None:
    old = [
        said("aa", 1, "boot", 100, 1000.0),
        said("aa", 2, "place", 5_000, 1005.0, zone=4, before=0),
        said("aa", 5, "boot", 100, 1400.0, boot=2),
        said("aa", 6, "place", 9_000, 1409.0, boot=2, zone=5, before=0),
    ]
    again = [
        said("aa", 1, "boot", 200, 3000.0),
        said("aa", 2, "place", 7_000, 3006.8, zone=1, before=0),
    ]
    for lines in ([*old, *again], [*again, *old], [*old, *again, *old, *again]):
        found = mustered(*lines, now_s=3010.0)
        assert (found.zone, found.since_s, found.missing) == (1, 3006.8, 0), lines
    # beside a store of an older davy a gateway keeps only numbers that it had not yet: one of start 1 between two of start 2
    late = said("aa", 8, "heartbeat", 129_000, 1529.0, boot=2)
    gap = said("aa", 7, "place", 60_000, 3060.0, zone=3, before=0)
    assert mustered(*old, late, gap, now_s=3070.0).zone == 3
    # and a backlog of an earlier start that comes after the alarm of a later one is no other life
    alarm = said("aa", 9, "alarm", 500, 1500.0, boot=3)
    assert mustered(*old[:3], alarm, old[3].replace("1409.0", "1501.0"), now_s=1510.0).missing == 2


def test_boots_of_one_life_wrap() -> None:
    lines = [
        said("aa", 8, "heartbeat", 70_000, 900.0, boot=65535),
        said("aa", 9, "place", 9_000, 1000.0, boot=0, zone=2, before=0),
    ]
    assert mustered(*lines, said("aa", 7, "heartbeat", 10_000, 1001.0, boot=65535), now_s=1010.0).zone == 2
