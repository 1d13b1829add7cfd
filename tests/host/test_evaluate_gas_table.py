"""Tables of gas readings: units and names of columns, what an empty cell is, and one clear line for a broken file."""

from pathlib import Path

import pytest
from cli_here import davy, said_in_one_line

import quality
from davy.errors import DavyError
from davy.evaluate.gas import profile_of
from davy.evaluate.gastable import Air, meaning, read
from davy.limitprofile import FOLDER


def table(where: Path, text: str) -> Path:
    path = where / "table.csv"
    path.write_text(text)
    return path


# by ppm * M / 24.055 L/mol at 20 C and 1013 hPa; 25 C and 1013.25 hPa: 24.465
UNITS = [
    ("co_ppm", "35", 350),
    ("co_ppb", "3500", 35),
    ("co_mgm3", "20", 172),  # 17.2 ppm
    ("h2s_mgm3", "10", 71),  # 7.06 ppm
    ("CO_PPM", "35", 350),
    ("ch4_lel", "10", 50),
    ("ch4_ppm", "5000", 50),
    ("o2_pct", "20.9", 2090),
    ("co2_ppm", "5000", 500),
    ("co2_pct", "0.5", 500),
    ("no2_ppm", "0.25", 25),
    ("so2_ppm", "-0.04", -4),
    ("nh3_ppm", "1e1", 100),
    ("no_ppm", " 2.5 ", 25),
]


@pytest.mark.parametrize(("column", "text", "counts"), UNITS)
def test_units(tmp_path: Path, column: str, text: str, counts: int) -> None:
    [found] = read(table(tmp_path, f"t_s,{column}\n0,{text}\n")).columns
    assert (list(found.counts), list(found.qualities)) == ([counts], [quality.OK])
    assert found.value(0) == counts / found.per_unit


def test_air_and_lel_are_what_is_said(tmp_path: Path) -> None:
    path = table(tmp_path, "t_s,ch4_lel,co_mgm3\n0,10,20\n")
    ch4, co = read(path, air=Air(25, 1013.25, "iec")).columns
    assert (ch4.counts[0], co.counts[0]) == (44, 175)
    assert read(path, air=Air(lel="4.8")).columns[0].counts[0] == 48
    notes = read(path).notes
    assert notes == ["100 %LEL of ch4 is taken as 5 %vol (--lel)", "mg/m3 of co at 20 C and 1013 hPa (--temp, --press)"]


def test_what_is_no_reading_and_what_is_beyond_the_counts(tmp_path: Path) -> None:
    [co] = read(table(tmp_path, "t_s,co_ppm\n0,\n1, \n2,nan\n3,NaN\n4,3276.7\n5,3276.8\n6,1e308\n7,-3276.9\n")).columns
    assert list(co.qualities) == [quality.FAILED] * 4 + [quality.OK, quality.OVER, quality.OVER, quality.UNDER]
    assert list(co.counts) == [0, 0, 0, 0, 32767, 32767, 32767, -32768]
    assert [co.value(i) for i in (0, 4, 5)] == [None, 3276.7, None]


def test_times_and_periods(tmp_path: Path) -> None:
    found = read(table(tmp_path, "co_ppm,t_s\n1,100\n\n2,130\n3,160.5\n4,1000\n"))
    assert (list(found.t_s), found.period_s, found.duration_s) == ([100, 130, 160.5, 1000], 30.5, 930.5)
    found = read(table(tmp_path, "co_ppm\n1\n2\n3\n"), period_s=0.5)
    assert (list(found.t_s), found.period_s) == ([0, 0.5, 1], 0.5)
    found = read(table(tmp_path, "t_s,co_ppm\n7,1\n9,2\n"), period_s=30)
    assert list(found.t_s) == [0, 30] and found.notes == ["--period 30 counts, not the column t_s"]


def test_other_columns_are_named_and_left_out(tmp_path: Path) -> None:
    found = read(table(tmp_path, "t_s,co_ppm,site,co_alarm,co_ppmm\n0,1,x,,\n"))
    assert [column.gas for column in found.columns] == ["co"]
    assert found.notes == ["no gas, left out: site, co_alarm, co_ppmm"]
    done = davy("evaluate", "gas", str(tmp_path / "table.csv"))
    assert done.returncode == 0 and done.stderr == "davy: note: no gas, left out: site, co_alarm, co_ppmm\n"


def test_columns_may_be_named(tmp_path: Path) -> None:
    path = table(tmp_path, "time,MM31,MM116,ch4_pct\n0,0.4,1.2,9\n")
    found = read(path, renamed={"time": "t_s", "MM116": "ch4_pct", "ch4_pct": "unused"})
    assert [(column.name, column.gas, column.counts[0]) for column in found.columns] == [("MM116", "ch4", 120)]
    assert found.notes == ["no gas, left out: MM31, ch4_pct"]


def test_meaning() -> None:
    assert meaning("h2s_ppm") == ("h2s", "ppm") and meaning(" O2_pct ") == ("o2", "%vol")
    assert [meaning(name) for name in ("", "co", "co_", "_ppm", "xe_ppm", "co_ppm_2", "t_s")] == [None] * 7


BROKEN = {
    "nothing": ("", "is empty: a table begins with a line of column names"),
    "blank": (",,\n1,2,3\n", "is empty"),
    "no rows": ("t_s,co_ppm\n", "has a header but no rows"),
    "no gas": ("t_s,temp_c\n0,1\n", "no column is a gas: one is called co_ppm"),
    "no time": ("co_ppm\n1\n", "there is no column t_s: how far apart the rows are says --period SECONDS"),
    "two times": ("t_s,t_s,co_ppm\n0,0,1\n", "column t_s appears twice"),
    "one gas twice": ("t_s,co_ppm,co_mgm3\n0,1,1\n", "columns co_ppm and co_mgm3 are both co"),
    "a word": ("t_s,co_ppm\n0,1\n1,high\n", "table.csv:3: co_ppm: 'high' is not a number"),
    "a comma": ('t_s,co_ppm\n0,"1,5"\n', "table.csv:2: co_ppm: '1,5' is not a number"),
    "grouped": ("t_s,co_ppm\n0,1_000\n", "table.csv:2: co_ppm: '1_000' is not a number"),
    "inf": ("t_s,co_ppm\n0,inf\n", "table.csv:2: co_ppm: 'inf' is not a number; a cell without a reading is empty"),
    "time is a word": ("t_s,co_ppm\n0,1\nx,1\n", "table.csv:3: t_s: 'x' is not a number"),
    "time is nan": ("t_s,co_ppm\nnan,1\n", "table.csv:2: t_s: 'nan' is not a number"),
    "no time in a row": ("t_s,co_ppm\n,1\n", "table.csv:2: t_s: '' is not a number"),
    "time runs back": ("t_s,co_ppm\n5,1\n4,1\n", "table.csv:3: t_s: 4 does not come after 5"),
    "time stands": ("t_s,co_ppm\n5,1\n5,1\n", "table.csv:3: t_s: 5 does not come after 5"),
    "milliseconds": ("t_s,co_ppm\n0,1\n99999999,1\n", "is 1.16e+03 days after the first row: write seconds"),
    "ragged": ("t_s,co_ppm\n0,1\n1\n", "table.csv:3: has 1 columns, the header has 2"),
    "quotes": ('t_s,co_ppm\n0,"1\n' + "9" * 200_000, "is not CSV: field larger than field limit"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_table_is_one_line(tmp_path: Path, name: str) -> None:
    text, said = BROKEN[name]
    done = davy("evaluate", "gas", str(table(tmp_path, text)))
    assert said_in_one_line(done) and said in done.stderr, done.stderr


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b"t_s,co_ppm\n0,\xff\xfe\n")
    with pytest.raises(DavyError, match="is not text"):
        read(path)
    with pytest.raises(DavyError, match="cannot be read"):
        read(tmp_path / "nowhere.csv")


WRONG = {
    "--profile nowhere": "no profile or file 'nowhere': there are acgih, default, eu",
    "--column x": "--column x: write NAME=co_ppm",
    "--column x=co_ppm": "there is no column x; there are t_s, co_ppm",
    "--interpreter mp16": "a core runs on mp64, mp32, cpython, not on 'mp16'",
    "--lel 0": "",
    "--json /nowhere/out.json": "there is no folder /nowhere",
}


@pytest.mark.parametrize("words", WRONG)
def test_a_wrong_word_is_one_line(tmp_path: Path, words: str) -> None:
    path = table(tmp_path, "t_s,co_ppm,ch4_lel\n0,1,1\n")
    done = davy("evaluate", "gas", str(path), *words.split())
    assert said_in_one_line(done) and WRONG[words] in done.stderr, done.stderr


def test_profiles_by_name_and_from_files(tmp_path: Path) -> None:
    assert profile_of("osha").name == "osha" and profile_of("default").ident == 0
    path = tmp_path / "site.toml"
    theirs = (FOLDER / "osha.toml").read_text()
    path.write_text(theirs.replace('name = "osha"', 'name = "ours"').replace("number = 1\n", "number = 130\n"))
    assert profile_of(str(path)).name == "ours"
    path.write_text("schema = 7")
    with pytest.raises(DavyError, match=r"site\.toml"):
        profile_of(str(path))
