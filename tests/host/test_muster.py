"""`davy muster`: who is where, by records that come late, out of order, with other maps, and of a tag that began anew."""

import json
from pathlib import Path

from cli_here import davy, said_in_one_line
from test_site import template

from davy.gateway import muster


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
