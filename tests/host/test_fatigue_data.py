"""The formats of fatigue recordings as others write them: names, order, gaps, units; what cannot be is one clear line."""

import gzip
import itertools
import json
import math
import random
from pathlib import Path

import fatigue_made
import pytest
from cli_here import davy, said_in_one_line

from davy.errors import DavyError
from davy.evaluate import fatiguedata, fatiguerun
from davy.evaluate.fatiguefigures import figures, judged
from davy.evaluate.fatigueshow import rows

DRIFTS = {"1": 0.1, "2": 0.1, "3": -0.1}
HEAD = "subject,time.from.start,scaled.stride.len,scaled.stride.height,stride.duration"


def strides(tmp_path: Path) -> tuple[Path, list[list[str]]]:
    """A folder whose strides are a plain file, and their cells."""
    folder = fatigue_made.strides(tmp_path / "made", DRIFTS)
    packed = folder / "stride_features.csv.gz"
    _, *lines = gzip.decompress(packed.read_bytes()).decode().splitlines()
    packed.unlink()
    cells = [line.split(",") for line in lines]
    write(folder / "stride_features.csv", HEAD, cells)
    return folder, cells


def write(path: Path, head: str, cells: list[list[str]]) -> None:
    path.write_text("\n".join([head, *map(",".join, cells)]) + "\n")


def values(folder: Path) -> list[list[list[int | None]]]:
    [tired] = fatiguedata.read(folder)
    return [[list(window.values) for window in person.windows] for person in tired.people]


def test_the_order_of_strides_and_ratings_does_not_count(tmp_path: Path) -> None:
    folder, cells = strides(tmp_path)
    # A table that repeats what it had: only next to each other in time are they the same stride.
    cells[1:201] = [[*row[:2], *before[2:]] for before, row in itertools.pairwise(cells[:201])]
    write(folder / "stride_features.csv", HEAD, cells)
    straight = values(folder)
    random.Random(1).shuffle(cells)
    cells.sort(key=lambda row: row[0])
    write(folder / "stride_features.csv", HEAD, cells)
    assert values(folder) == straight
    rpe = folder / "RPE.csv"
    head, *said = rpe.read_text().splitlines()
    [before] = fatiguedata.read(folder)
    rpe.write_text("\n".join([head, *reversed(said)]) + "\n")
    [after] = fatiguedata.read(folder)
    assert [person.ratings for person in after.people] == [person.ratings for person in before.people]


def test_a_missing_column_is_no_feature(tmp_path: Path) -> None:
    folder, cells = strides(tmp_path)
    write(folder / "stride_features.csv", "subject,time.from.start,stride.duration", [[*c[:2], c[4]] for c in cells])
    [tired] = fatiguedata.read(folder)
    assert list(tired.features) == ["stride.duration", "stride.duration spread"]
    seen = figures(tired, fatiguerun.run(tired))
    assert seen.indexed == 3 and (seen.correlation or 0) > 0.8
    write(folder / "stride_features.csv", "subject,time.from.start", [c[:2] for c in cells])
    with pytest.raises(DavyError, match=r"none of the columns stride\.duration, scaled"):
        fatiguedata.read(folder)


@pytest.mark.parametrize("names", ["subject1,SUBJECT_2,Subject.3", "Subject 01,Subject 2.0,Subject-3"])
def test_people_are_named_in_many_ways(tmp_path: Path, names: str) -> None:
    folder, _ = strides(tmp_path)
    rpe = folder / "RPE.csv"
    rpe.write_text(rpe.read_text().replace("Subject 1,Subject 2,Subject 3", names))
    [tired] = fatiguedata.read(folder)
    assert [(person.name, len(person.ratings)) for person in tired.people] == [("1", 17), ("2", 17), ("3", 17)]


def test_an_empty_cell_in_a_repeated_stride_is_no_new_stride(tmp_path: Path) -> None:
    folder, _ = strides(tmp_path)
    lines = [["1", f"{i / 20:.2f}", "1.2", "0.1" if i % 2 else "NA", "1.05"] for i in range(2000)]
    write(folder / "stride_features.csv", HEAD, lines)
    assert {value for window in values(folder)[0] for value in window} == {None}


def _one_cell(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("times", "said"),
    [(1.8, "is no time in per cent"), (0.01, "time.from.start ends at 0.9995"), (-1.0, "is no time in per cent")],
)
def test_times_in_another_unit_are_refused(tmp_path: Path, times: float, said: str) -> None:
    folder, cells = strides(tmp_path)
    write(folder / "stride_features.csv", HEAD, [[c[0], f"{float(c[1]) * times:.6g}", *c[2:]] for c in cells])
    done = davy("evaluate", "fatigue", str(folder))
    assert said_in_one_line(done) and said in done.stderr, done.stderr


def test_another_unit_is_told_by_what_a_tag_can_hold(tmp_path: Path) -> None:
    folder, cells = strides(tmp_path)
    write(folder / "stride_features.csv", HEAD, [[*c[:4], f"{1000 * float(c[4]):.1f}"] for c in cells])
    done = davy("evaluate", "fatigue", str(folder))
    assert said_in_one_line(done) and "stride.duration: 10" in done.stderr and "3.277 at most" in done.stderr
    one = (fatiguedata.HIP["number of steps"], 600.0)
    assert fatiguedata.values_of({"n": one[1]}, {"n": one[0]}) == [6000], "a walked window has 600 steps"


def test_ratings_of_another_scale_are_refused_and_a_slip_is_left_out(tmp_path: Path) -> None:
    folder, _ = strides(tmp_path)
    _one_cell(folder, "RPE.csv", "\n6,8,8,8", "\n6,88,8,8")
    done = davy("evaluate", "fatigue", str(folder), "--control", "0")
    assert done.returncode == 0 and "left out" in done.stderr and ": 88" in done.stderr
    [tired] = fatiguedata.read(folder)
    assert [len(person.ratings) for person in tired.people] == [16, 17, 17]
    rpe = folder / "RPE.csv"
    head, *said = (line.split(",") for line in rpe.read_text().splitlines())
    rpe.write_text("\n".join(",".join(row) for row in [head, *([t, "3", "4", "5"] for t, *_ in said)]) + "\n")
    done = davy("evaluate", "fatigue", str(folder))
    assert said_in_one_line(done) and "51 of 51 ratings are beyond the scale of 6 to 20, as 3" in done.stderr
    rpe.write_text("\n".join(",".join(row) for row in [head, *([t, "", "NA", ""] for t, *_ in said)]) + "\n")
    done = davy("evaluate", "fatigue", str(folder))
    assert said_in_one_line(done) and "there are no ratings" in done.stderr
    rpe.write_text("Time,1,2,3\n0,7,7,7\n50,8,8,8\n")
    done = davy("evaluate", "fatigue", str(folder))
    assert said_in_one_line(done) and "no column 'Subject N'" in done.stderr


def test_nobody_with_an_index_is_no_figure(tmp_path: Path) -> None:
    folder = fatigue_made.windows(tmp_path / "made", {"P1": 0.3, "P2": 0.3})
    path = folder / "TABLE_3p.csv"
    head, *lines = path.read_text().splitlines()
    path.write_text("\n".join([head, *(lines[:3] + lines[18:21])]) + "\n")
    done = davy("evaluate", "fatigue", str(folder), "--json", "-")
    assert said_in_one_line(done) and "nobody has more than 3 such windows" in done.stderr


def test_a_window_without_a_state_is_seen_and_not_judged(tmp_path: Path) -> None:
    folder = fatigue_made.windows(tmp_path / "made", {"P1": 0.3})
    path = folder / "TABLE_3p.csv"
    head, *lines = path.read_text().splitlines()
    cells = [line.split(",") for line in lines]
    for row in cells[6:9]:
        row[2] = ""
    write(path, head, cells)
    [tired] = fatiguedata.read(folder)
    [person] = judged(figures(tired, fatiguerun.run(tired))).people
    assert len(tired.people[0].windows) == 18 and len(person.moments) == 15
    write(path, head, [[*row[:2], "", *row[3:]] for row in cells])
    done = davy("evaluate", "fatigue", str(folder))
    assert said_in_one_line(done) and "fatiguestate1 is empty in every row" in done.stderr


def test_what_cannot_be_measured_is_said(tmp_path: Path) -> None:
    folder = fatigue_made.strides(tmp_path / "made", {"1": 0.0})
    [tired] = fatiguedata.read(folder)
    told = dict(rows(judged(figures(tired, fatiguerun.run(tired))), []))
    for name in ("index and rating", "fatigued or rested", "watch before fatigue", "high before fatigue"):
        assert told[name].startswith("not measurable: "), (name, told[name])
    found = json.loads(davy("evaluate", "fatigue", str(folder), "--json", "-", "--control", "0").stdout)["datasets"][0]
    assert found["correlation_median"] is None and found["people_with_index"] == 1
    assert found["unit"] == "per cent of the session"


def _series(tmp_path: Path) -> Path:
    return fatigue_made.sensors(tmp_path / "made", {"P1": 1.0})


def test_another_rate_of_the_series(tmp_path: Path) -> None:
    folder = _series(tmp_path)
    path = folder / "series_2hz.csv"
    head, *lines = path.read_text().splitlines()
    path.write_text("\n".join([head, *lines[::4]]) + "\n")  # a row in two seconds
    [tired] = fatiguedata.read(folder)
    assert all(value is not None for window in tired.people[0].windows for value in window.values)
    kept = [line for i, line in enumerate(lines) if i % 4 == 0 or i >= 2400]  # slow, then at the file's own rate
    path.write_text("\n".join([head, *kept]) + "\n")
    [tired] = fatiguedata.read(folder)
    known = [None not in window.values for window in tired.people[0].windows]
    assert not any(known[:17]) and all(known[18:]), "fewer than half of the rows that the rate gives are unknown"


def test_a_gap_is_no_jerk(tmp_path: Path) -> None:
    """What lies on both sides of lost rows says nothing of how fast it moved."""
    folder = _series(tmp_path)
    path = folder / "series_2hz.csv"
    head, *_ = path.read_text().splitlines()
    rows = [f"P1,lay-up,{i / 2},{math.sin(i / 40):.4f},0,0" for i in range(3840) if i % 60 < 45]
    path.write_text("\n".join([head, *rows]) + "\n")
    [tired] = fatiguedata.read(folder)
    spread = [window.values[1] for window in tired.people[0].windows]
    assert all(value is not None and value < 120 for value in spread), "1/40 g at most from row to row"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (",120,720,", ",,720,", "from t0_s nan to t1_s 720 is no time"),
        (",120,720,", ",720,120,", "from t0_s 720 to t1_s 120 is no time"),
        (",120,720,", ",120,1e12,", "is no time at work"),
        ("Rep", "Rest", "no part that is work"),
        (",0,6\n", ",0,60\n", "beyond the scale of 0 to 10"),
    ],
)
def test_a_manifest_that_cannot_be(tmp_path: Path, old: str, new: str, said: str) -> None:
    folder = _series(tmp_path)
    _one_cell(folder, "manifest.csv", old, new)
    done = davy("evaluate", "fatigue", str(folder))
    assert said_in_one_line(done) and said in done.stderr, done.stderr


def test_files_that_are_damaged(tmp_path: Path) -> None:
    folder = fatigue_made.windows(tmp_path / "made", {"P1": 0.3})
    path = folder / "TABLE_3p.csv"
    packed = bytearray(gzip.compress(path.read_bytes()))
    packed[60:200] = bytes(range(140))
    (folder / "OTHER.csv.gz").write_bytes(packed)
    done = davy("evaluate", "fatigue", str(folder))
    assert said_in_one_line(done) and "OTHER.csv.gz: cannot be read" in done.stderr, done.stderr
    (folder / "OTHER.csv.gz").unlink()
    head, *lines = path.read_text().splitlines()
    path.write_text("\n".join([f"{head},Subject", *(f"{line},x" for line in lines)]) + "\n")
    done = davy("evaluate", "fatigue", str(folder))
    assert said_in_one_line(done) and "more than one column subject" in done.stderr, done.stderr
    (tmp_path / "b").mkdir()
    made, _ = strides(tmp_path / "b")
    (made / "stride_features.csv").write_text("")
    done = davy("evaluate", "fatigue", str(made))
    assert said_in_one_line(done) and "stride_features.csv: is empty" in done.stderr, done.stderr
