"""Limit profiles: what the bundled ones say, that every number has a source, and that mistakes are refused by name and line."""

import re
import tomllib
from pathlib import Path

import pytest

from davy import limitprofile, limitsource, roots
from davy.errors import DavyError
from davy.limitprofile import LimitProfile, Row

from tag import events, names  # isort: skip
from tag.gas import limits  # isort: skip

NAMES = limitprofile.bundled()
LAWS = [name for name in NAMES if name not in ("default", "site")]


def rows(name: str, gas: str, kind: str) -> list[Row]:
    return [row for row in limitsource.read(name).rows if (row.gas_name, row.kind_name) == (gas, kind)]


def levels(name: str, gas: str, kind: str) -> list[str]:
    return [row.shown(row.level) for row in rows(name, gas, kind)]


def test_the_profiles_of_the_issue_are_there() -> None:
    assert {"osha", "niosh", "acgih", "eu", "ru-by-kz", "msha-57-gassy", "site", "default"} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_bundled_profile_is_sound_and_sourced(name: str) -> None:
    profile = limitsource.read(name)
    assert limits.problem_with(profile.pack()) == ""
    assert limitprofile.unpack(profile.pack()) == tuple(bare(row) for row in profile.rows)
    for row in profile.rows:
        assert {"level", "clear"} <= set(row.sources) and all(len(text) > 10 for text in row.sources.values()), row


def bare(row: Row) -> Row:
    return Row.unpack(row.pack())


def test_built_in_is_the_default_profile() -> None:
    default = limitsource.read("default")
    assert default.pack() == limits.BUILT_IN, "run python -m davy.limitprofile"
    assert default.ident == 0
    text = (roots.FIRMWARE / "tag" / "gas" / "limits.py").read_text(encoding="utf-8")
    assert limitprofile.literal(limits.BUILT_IN) in text, "run python -m davy.limitprofile"


def test_numbers_of_profiles_differ_and_sites_have_their_own() -> None:
    idents = [limitsource.read(name).ident for name in NAMES]
    assert len(set(idents)) == len(idents)
    assert [limitsource.read(name).number < limitprofile.SITE_NUMBER for name in LAWS] == [True] * len(LAWS)
    assert limitsource.read("site").number >= limitprofile.SITE_NUMBER
    assert limitprofile.name_of(limitsource.read("acgih").ident) == "acgih version 1"
    assert limitprofile.name_of(0) == "built in"
    assert limitprofile.name_of(200 << 8 | 3) == "site profile 200 version 3"


def test_what_the_laws_say() -> None:
    """domain.md section 2, row by row."""
    assert levels("osha", "co", "twa") == ["50 ppm"] and levels("osha", "h2s", "ceiling") == ["20 ppm"]
    assert levels("osha", "no2", "ceiling") == ["5 ppm"] and levels("osha", "co", "stel") == []
    assert levels("niosh", "co", "ceiling") == ["200 ppm"] and levels("niosh", "no2", "stel") == ["1 ppm"]
    assert levels("acgih", "co", "shift") == ["25 ppm"] and levels("acgih", "co", "twa") == []
    assert levels("acgih", "so2", "stel") == ["0.25 ppm"] and levels("acgih", "h2s", "shift") == ["1 ppm"]
    assert levels("eu", "co", "twa") == ["20 ppm"] and levels("eu", "co", "stel") == ["100 ppm"]
    assert levels("eu", "so2", "twa") == ["0.5 ppm"] and levels("eu", "no", "twa") == ["2 ppm"]
    assert levels("ru-by-kz", "o2", "low") == ["20 %vol"]
    assert levels("msha-57-gassy", "ch4", "low") == ["0.5 %vol"]


def test_methane_in_gassy_mines_clears_below_half_a_percent() -> None:
    for name in ("msha-57-gassy", "default"):
        [low], [high] = rows(name, "ch4", "low"), rows(name, "ch4", "high")
        assert names.INSTRUCTIONS[low.instruction] == "ventilate and stop work"
        assert (high.level, high.clear, names.INSTRUCTIONS[high.instruction]) == (100, 50, "leave")
        assert high.latching


def test_the_time_steps_of_co() -> None:
    """20, 50, 100, 200 mg/m3 at 20 C are 17.18, 42.95, 85.90, 171.8 ppm; the tag's counts are no higher."""
    steps = rows("ru-by-kz", "co", "step")
    assert [(row.level, row.delay_s, row.rest_min) for row in steps] == [
        (171, 3600, 120),
        (429, 1800, 120),
        (859, 900, 120),
    ]
    assert [row.level for row in rows("ru-by-kz", "co", "ceiling")] == [1718]


def test_nitrogen_oxides_count_together_as_no2() -> None:
    oxides = [row for gas in ("no", "no2") for row in rows("ru-by-kz", gas, "mixture") if row.group == 1]
    assert [row.shown(row.level) for row in oxides] == ["2.6 ppm", "2.61 ppm"]
    irritants = [row for row in limitsource.read("ru-by-kz").rows if row.group == 2]
    assert {row.gas_name for row in irritants} == {"no2", "so2", "nh3"}


@pytest.mark.parametrize("name", NAMES)
def test_every_profile_warns_early_and_watches_the_sensors(name: str) -> None:
    for gas in ("ch4", "co", "h2s"):
        [ahead] = rows(name, gas, "ahead")
        assert ahead.alarm == events.ALARM_WARNING and ahead.delay_s >= 60
        loud = [row.level for kind in ("high", "ceiling") for row in rows(name, gas, kind)]
        assert ahead.level <= max(loud)
        assert rows(name, gas, "rise")
    for gas in set(limitsource.GASES) - {"o2"}:
        [drift] = rows(name, gas, "drift")
        assert drift.level < 0 and drift.alarm == events.ALARM_FAULT
        limit = [row.level for kind in ("twa", "shift") for row in rows(name, gas, kind)]
        if limit and name != "niosh":
            assert -drift.level <= max(limit) / 2, (gas, "drift is half of the limit or less")
    o2 = [row for row in limitsource.read(name).rows if row.gas_name == "o2"]
    assert {row.falling for row in o2} == {True, False}


def test_no_kind_of_alarm_comes_later_than_the_makers_where_the_law_is_stricter() -> None:
    """A low alarm above the short-term limit would be no alarm."""
    for name in LAWS:
        for row in limitsource.read(name).rows:
            if row.kind_name in ("stel", "ceiling"):
                low = [other.level for other in limitsource.read(name).rows if other.gas == row.gas and other.kind == 1]
                assert min(low) <= row.level, (name, row.gas_name)


def test_the_instructions_that_the_tag_allows_are_those_that_have_names() -> None:
    row = limits.BUILT_IN[:13] + bytes([len(names.INSTRUCTIONS)]) + limits.BUILT_IN[14:]
    assert limits.problem_with(row).startswith("row 1: instruction")
    row = limits.BUILT_IN[:13] + bytes([len(names.INSTRUCTIONS) - 1]) + limits.BUILT_IN[14:]
    assert limits.problem_with(row) == ""


def test_unconfirmed_numbers_are_marked() -> None:
    """Western values are not read in their sources yet: domain.md section 2 marks them [G]."""
    for name in ("osha", "niosh", "acgih", "msha-57-gassy"):
        for row in limitsource.read(name).rows:
            if row.kind_name in ("stel", "twa", "shift", "ceiling"):
                assert row.unconfirmed, (name, row.gas_name, row.kind_name)
    assert not any(row.unconfirmed for row in rows("ru-by-kz", "co", "step"))


GOOD = """
schema = 1
name = "mine"
title = "Our mine"
number = 130
version = 1
extends = "default"
kinds = ["low", "high"]
[sources]
rule = "Mine rule 7"
[levels]
co = [
  { kind = "high", level = "60 ppm", source = "rule: item 3" },
]
"""


def problems(tmp_path: Path, old: str = "", new: str = "") -> list[str]:
    assert not old or old in GOOD, "the test changes nothing"
    file = tmp_path / "mine.toml"
    file.write_text(GOOD.replace(old, new) if old else GOOD, encoding="utf-8")
    return [f"{problem.key}: {problem.text}" for problem in limitsource.check(str(file))]


def test_a_sites_own_profile(tmp_path: Path) -> None:
    assert problems(tmp_path) == []
    profile = limitsource.read(str(tmp_path / "mine.toml"))
    [high] = [row for row in profile.rows if row.gas_name == "co" and row.kind_name == "high"]
    assert (high.level, high.clear, high.sources["level"]) == (600, 540, "Mine rule 7, item 3")
    assert not [row for row in profile.rows if row.kind_name == "drift"]


ROW = '{ kind = "high", level = "60 ppm", source = "rule: item 3" }'


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("co = [", "cl2 = [", "levels.cl2: unknown gas"),
        ('kind = "high"', 'kind = "hgih"', "line 13: co hgih: unknown kind"),
        ('kind = "high"', 'kind = "over"', "line 13: co over: unknown kind"),
        (', source = "rule: item 3"', "", "line 13: co high: source is missing"),
        ('source = "rule: item 3"', 'source = "rulle: item 3"', "line 13: co high: source 'rulle' is not in [sources]"),
        ('rule = "Mine rule 7"', 'rule = " "', "sources.rule: says nothing"),
        ('"60 ppm"', '"60"', "line 13: co high: '60' is no number with"),
        ('"60 ppm"', '"4000 ppm"', "line 13: co high: 4000 ppm of co is more than the tag can count"),
        ('"60 ppm"', '"60 %LEL"', "line 13: co high: %LEL"),
        ('"60 ppm"', "60", "line 13: co high: level is no text"),
        ('"60 ppm"', '"60 ppm", clear = "61 ppm"', "line 13: co high: clear level 610 is not inside of 600"),
        ('"60 ppm"', '"60 ppm", clear = "60 ppm"', "line 13: co high: clear level"),
        ('"60 ppm"', '"0 ppm"', "line 13: co high: level 0"),
        ('"60 ppm"', '"60 ppm", delay_s = 600', "line 13: co high: delay 600 s"),
        ('"60 ppm"', '"60 ppm", delay_s = -1', "line 13: co high: delay_s -1 is not within"),
        ('"60 ppm"', '"60 ppm", alarm = "loud"', "line 13: co high: unknown alarm 'loud'"),
        ('"60 ppm"', '"60 ppm", alarm = "fault"', "line 13: co high: alarm 1"),
        ('"60 ppm"', '"60 ppm", alarm = "none"', ""),
        ('"60 ppm"', '"60 ppm", instruction = "run"', "line 13: co high: unknown instruction 'run'"),
        ('"60 ppm"', '"60 ppm", falling = 1', "line 13: co high: falling is no true or false"),
        ('"60 ppm"', '"60 ppm", colour = "red"', "line 13: co high: unknown key 'colour'"),
        ('"60 ppm"', '"60 ppm", group = 1', "line 13: co high: group 1"),
        (ROW, ROW + ",\n" + ROW, "line 14: co high: is there already, line 13"),
        (ROW, ROW.replace("high", "mixture"), "line 13: co mixture: group 0"),
        (ROW, ROW.replace('"high"', '"mixture", group = 3'), "line 13: co mixture: mixture of one gas"),
        (ROW, ROW.replace('"high"', '"step", delay_s = 3600'), "line 13: co step: rest 0 min"),
        (ROW, ROW.replace("high", "ahead"), "line 13: co ahead: delay 0 s"),
        (ROW, ROW.replace("high", "drift"), "line 13: co drift: level 600"),
        (ROW, ROW.replace("high", "stel"), ""),
        ("co = [\n  " + ROW, "ch4 = [\n  " + ROW.replace("high", "twa"), "no exposure of this gas"),
        ("co = [\n  " + ROW, "o2 = [\n  " + ROW.replace("60 ppm", "24 %vol"), "line 13: o2 high: clear is missing"),
        ('"low", "high"]', '"high"]', ": no alarm for o2"),
        ("schema = 1", "schema = 2", "schema: is 2"),
        ("schema = 1", "", "schema: is missing"),
        ('name = "mine"', 'name = "osha"', "name: osha is a profile that comes with davy"),
        ('name = "mine"', 'name = "Our Mine"', "name: has 1 to 20"),
        ("number = 130", "number = 1", "number: 1 is kept for profiles"),
        ("number = 130", "number = 256", "number: 256 is not within"),
        ("version = 1", "version = 0", "version: 0 is not within 1..255"),
        ("version = 1", "version = true", "version: is no whole number"),
        ('extends = "default"', 'extends = "nix"', "extends: 'nix' is no profile to extend"),
        ('extends = "default"\n', "", "kinds: means something with extends only"),
        ('"low", "high"]', '"low", "hgih"]', "kinds: 'hgih' is no kind"),
        ("title = ", "titel = ", "titel: unknown key"),
        ("[sources]", "[sauces]", "sauces: unknown key"),
        ("co = [", "co = { }\nx = [", "is no list of rows"),
        ("schema = 1", "schema = ", "is not TOML"),
    ],
)
def test_a_mistake_is_refused_by_name_and_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    found = problems(tmp_path, old, new)
    assert any(said in problem for problem in found) if said else not found, found


def test_methane_in_lel_needs_its_basis(tmp_path: Path) -> None:
    methane = GOOD.replace("co = [", "ch4 = [").replace("60 ppm", "20 %LEL")
    file = tmp_path / "mine.toml"
    for basis, level in (("us", 100), ("iec", 88)):
        file.write_text(methane.replace("[sources]", f'lel = "{basis}"\n[sources]'), encoding="utf-8")
        [high] = [row for row in limitsource.read(str(file)).rows if row.gas_name == "ch4" and row.kind_name == "high"]
        assert high.level == level
    file.write_text(methane, encoding="utf-8")
    assert "which LEL" in limitsource.check(str(file))[0].text


def test_levels_are_rounded_so_that_the_alarm_comes_no_later() -> None:
    assert limitsource.counts("co", "17.19 ppm", False) == 171
    assert limitsource.counts("o2", "19.501 %vol", True) == 1951
    assert limitsource.counts("co", "-8.59 ppm", True) == -85
    assert limitsource.counts("no2", "0.2 ppm", False) == 20  # exact: no float is in it
    assert limitsource.counts("co2", "5000 ppm", False) == 500


def test_the_template_tells_every_kind_and_alarm() -> None:
    text = limitsource.path_of("site").read_text(encoding="utf-8")
    for word in (*limitsource.DEFAULTS, *limitprofile.ALARMS, *limitprofile.BASES):
        assert re.search(rf"\b{word}\b", text), word
    assert (
        tomllib.loads(re.sub(r"(?m)^# (?=rule|ch4|  \{|\])", "", text))["levels"]["ch4"][0]["source"] == "rule: item 12"
    )


def test_differences_are_told_by_meaning() -> None:
    osha = limitsource.read("osha")
    assert limitprofile.differences(osha, limitprofile.without_sources(osha)) == []
    changed = [row for row in osha.rows if row.kind_name != "twa"]
    louder = LimitProfile("x", 130, 1, tuple(changed))
    found = dict(limitprofile.differences(osha, louder))
    assert found["co twa"].startswith("gone (was 50 ppm") and len(found) == 5
    assert "co twa" in dict(limitprofile.differences(louder, osha))


def test_what_is_no_file_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(DavyError, match=r"cannot be read.*osha"):
        limitsource.read("nix")
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(DavyError, match="is not UTF-8"):
        limitsource.read(str(tmp_path / "x.toml"))
