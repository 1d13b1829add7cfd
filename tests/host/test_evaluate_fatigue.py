"""`davy evaluate fatigue`: the three formats, figures against SciPy, the shuffled control, one clear line for a broken file."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fatigue_made
import pytest
import scipy.stats
from cli_here import davy, said_in_one_line

from davy.evaluate import fatiguedata, fatiguerun
from davy.evaluate.fatiguefigures import Moment, auc, figures, ranks, spearman
from davy.evaluate.fatiguerun import Numbers

stats: Any = scipy.stats
DRIFTS = {"1": 0.1, "2": 0.1, "3": -0.1}


def test_statistics_against_scipy() -> None:
    draw = random.Random(4)
    for n in (5, 18, 60):
        a = [float(draw.randrange(12)) for _ in range(n)]
        b = [x + draw.randrange(10) for x in a]
        assert ranks(a) == pytest.approx(list(stats.rankdata(a)))
        assert spearman(a, b) == pytest.approx(stats.spearmanr(a, b).statistic)
        tired = [draw.random() < 0.4 for _ in a]
        moments = [Moment(0, int(x), None, y) for x, y in zip(a, tired, strict=True)]
        yes, no = ([x for x, y in zip(a, tired, strict=True) if y is side] for side in (True, False))
        parts = [Moment(0, 0, None, one.tired, float(one.index or 0)) for one in moments]
        assert (
            auc(moments)
            == auc(parts, "distance")
            == pytest.approx(stats.mannwhitneyu(yes, no).statistic / len(yes) / len(no))
        )


def test_nothing_to_say_is_none() -> None:
    assert spearman([1.0, 2.0], [1.0, 2.0]) is None and spearman([1.0] * 5, [1.0, 2, 3, 4, 5]) is None
    assert auc([Moment(0, 5, None, True), Moment(0, None, None, False)]) is None


def test_strides(tmp_path: Path) -> None:
    [tired] = fatiguedata.read(fatigue_made.strides(tmp_path / "made", DRIFTS))
    assert (tired.kind, [person.name for person in tired.people]) == ("stride", ["1", "2", "3"])
    person = tired.people[0]
    assert len(person.windows) == 36 and len(person.ratings) == 17
    first = dict(zip(tired.features, person.windows[0].values, strict=True))
    assert first["stride.duration"] == pytest.approx(10500, rel=0.01)
    assert first["scaled.stride.len spread"] == pytest.approx(1200, rel=0.3)
    seen = figures(tired, fatiguerun.run(tired))
    assert seen.correlation is not None and seen.correlation > 0.9
    assert seen.people[0].moments[1].index is None, "while it learns there is no index"
    assert seen.false_high == 0


def test_who_does_not_tire_has_a_low_index(tmp_path: Path) -> None:
    [tired] = fatiguedata.read(fatigue_made.strides(tmp_path / "made", {"1": 0.0, "2": 0.0}))
    seen = figures(tired, fatiguerun.run(tired))
    indices = [moment.index or 0 for person in seen.people for moment in person.moments]
    assert max(indices) < 40
    assert all(person.correlation is None for person in seen.people)  # they said the same all the time


def test_a_stride_told_twice_is_one_stride(tmp_path: Path) -> None:
    folder = fatigue_made.strides(tmp_path / "made", {"1": 0.0})
    rows = "".join(f"1,{i / 20:.2f},1.2,0.1,1.05\n" for i in range(2000))
    (folder / "stride_features.csv.gz").unlink()
    header = "subject,time.from.start,scaled.stride.len,scaled.stride.height,stride.duration\n"
    (folder / "stride_features.csv").write_text(header + rows)
    [tired] = fatiguedata.read(folder)
    assert {value for window in tired.people[0].windows for value in window.values} == {None}


def test_who_said_nothing_is_not_judged(tmp_path: Path) -> None:
    folder = fatigue_made.strides(tmp_path / "made", DRIFTS)
    path = folder / "RPE.csv"
    header, *rows = path.read_text().splitlines()
    path.write_text("\n".join([header, *(f"{t},NA,,{c}" for t, _, _, c in (row.split(",") for row in rows))]) + "\n")
    [tired] = fatiguedata.read(folder)
    assert [person.name for person in tired.people] == ["3"]


def test_several_tables_of_a_folder(tmp_path: Path) -> None:
    folder = fatigue_made.windows(tmp_path / "made", {"P1": 0.3})
    (folder / "OTHER_1p.csv").write_text((folder / "TABLE_3p.csv").read_text().replace("Hip.ACC.Mean", "hip acc_mean"))
    (folder / "people.csv").write_text("Subject,Age\n1,40\n")
    found = fatiguedata.read(folder)
    assert [tired.name for tired in found] == ["OTHER_1p", "TABLE_3p"]
    assert found[0].people[0].windows[3].values == found[1].people[0].windows[3].values


def test_windows(tmp_path: Path) -> None:
    folder = fatigue_made.windows(tmp_path / "made", {"P1": 0.3, "P2": -0.3, "P3": 0.3})
    [tired] = fatiguedata.read(folder)
    assert (tired.name, tired.kind) == ("TABLE_3p", "windows")
    assert list(tired.features) == ["Hip.jerk.Mean", "Hip.ACC.Mean", "number of steps", "average step time"]
    seen = figures(tired, fatiguerun.run(tired))
    assert seen.auc is not None and seen.auc > 0.95
    assert seen.auc_pooled is not None and seen.auc_pooled > 0.95
    shuffled = [figures(tired, fatiguerun.run(tired, shuffle=str(i))).auc or 0 for i in range(6)]
    assert 0.3 < sum(shuffled) / len(shuffled) < 0.7


def test_sensors(tmp_path: Path) -> None:
    [tired] = fatiguedata.read(fatigue_made.sensors(tmp_path / "made", {"P1": 1.0, "P2": 1.0}))
    assert [(person.name, len(person.windows)) for person in tired.people] == [("P1 lay-up", 30), ("P2 lay-up", 30)]
    assert tired.people[0].windows[0].t == 180.0, "the rest before is no work"
    assert tired.people[0].ratings == [(720.0, 2.0), (1320.0, 4.0), (1920.0, 6.0)]
    seen = figures(tired, fatiguerun.run(tired))
    assert seen.correlation == pytest.approx(1.0)


def test_every_interpreter_says_the_same(tmp_path: Path) -> None:
    [tired] = fatiguedata.read(fatigue_made.windows(tmp_path / "made", {"P1": 0.3, "P2": -0.3}))
    found = [fatiguerun.run(tired, interpreter=name) for name in ("mp64", "mp32", "cpython")]
    said = [[(one.index, one.distance, one.burden, one.level) for w in run for one in w.said] for run in found]
    assert said[0] == said[1] == said[2]


def test_numbers_reach_the_device(tmp_path: Path) -> None:
    [tired] = fatiguedata.read(fatigue_made.windows(tmp_path / "made", {"P1": 0.3}))
    for learn in (3, 6):
        [one] = fatiguerun.run(tired, numbers=Numbers(learn=learn))
        assert [said.index is None for said in one.said].count(True) == learn
    [loose] = fatiguerun.run(tired, numbers=Numbers(slack_q8=0))
    [tight] = fatiguerun.run(tired, numbers=Numbers(slack_q8=512))
    assert loose.said[-1].burden > tight.said[-1].burden + 10


def test_the_command(tmp_path: Path) -> None:
    folder = fatigue_made.windows(tmp_path / "made", {"P1": 0.3, "P2": -0.3})
    out = tmp_path / "figures.json"
    done = davy("evaluate", "fatigue", str(folder), "--json", str(out), "--control", "2")
    assert done.returncode == 0 and "AUC" in done.stdout and "shuffled" in done.stdout
    [found] = json.loads(out.read_text())["datasets"]
    assert found["auc_pooled"] > 0.9 and found["people"] == 2 and 0 <= found["shuffled"]["auc_pooled"] <= 1
    assert found["people_detail"][0]["index"][0] is None
    assert found["alone"]["distance"]["auc_pooled"] > 0.9 and "its parts alone" in done.stdout
    printed = davy("evaluate", "fatigue", str(folder), "--json", "-", "--control", "0")
    assert json.loads(printed.stdout)["datasets"][0]["auc_pooled"] == found["auc_pooled"]


def _no_ratings(folder: Path) -> None:
    (folder / "RPE.csv").unlink()


def _a_word(folder: Path) -> None:
    path = folder / "RPE.csv"
    path.write_text(path.read_text().replace("\n6,8", "\n6,tired", 1))


def _another_person(folder: Path) -> None:
    path = folder / "RPE.csv"
    path.write_text(path.read_text().replace("Subject 2", "Subject 9"))


def _not_gzip(folder: Path) -> None:
    (folder / "stride_features.csv.gz").write_bytes(b"subject,time")


def _short_row(folder: Path) -> None:
    path = folder / "RPE.csv"
    path.write_text(path.read_text() + "99\n")


@pytest.mark.parametrize("broken", [_no_ratings, _a_word, _another_person, _not_gzip, _short_row])
def test_a_broken_folder_is_one_line(tmp_path: Path, broken: Callable[[Path], None]) -> None:
    folder = fatigue_made.strides(tmp_path / "made", DRIFTS)
    broken(folder)
    done = davy("evaluate", "fatigue", str(folder))
    assert said_in_one_line(done), done.stderr
    assert "RPE.csv" in done.stderr or "stride_features" in done.stderr or "ratings" in done.stderr


def test_other_broken_folders(tmp_path: Path) -> None:
    assert said_in_one_line(davy("evaluate", "fatigue", str(tmp_path)))
    assert said_in_one_line(davy("evaluate", "fatigue", str(tmp_path / "none")))
    (tmp_path / "a.csv").write_text("subject,fatiguestate1\nP1,0\n")
    done = davy("evaluate", "fatigue", str(tmp_path))
    assert said_in_one_line(done) and "none of the columns" in done.stderr
    (tmp_path / "a.csv").write_text("subject,fatiguestate1,Hip.ACC.Mean\nP1,2,5\n")
    done = davy("evaluate", "fatigue", str(tmp_path))
    assert said_in_one_line(done) and ":2:" in done.stderr and "neither 0 nor 1" in done.stderr
    (tmp_path / "a.csv").write_text("subject,fatiguestate1,Hip.ACC.Mean\nP1,0,1e9\nP1,1,inf\n")
    done = davy("evaluate", "fatigue", str(tmp_path))
    assert said_in_one_line(done) and ":3:" in done.stderr
    rows = [f"P1,{i // 8},{5 if i != 3 else 1e9 if i % 2 else ''}" for i in range(16)]
    (tmp_path / "a.csv").write_text("\n".join(["subject,fatiguestate1,Hip.ACC.Mean", *rows, "P1,1,"]) + "\n")
    done = davy("evaluate", "fatigue", str(tmp_path), "--control", "0")
    assert done.returncode == 0, "what no tag can hold is unknown, and so is an empty cell"
