"""`davy evaluate falls`: figures from folders of trials, the same with any number of cores; a broken folder is one clear line."""

import json
import lzma
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli_here import davy, said_in_one_line
from evaluate_made import COLUMNS, Samples, drop, fall, folder, good, walk

from davy import devicescript, replay

SCHEMA = {
    "name": str,
    "trials": int,
    "falls": int,
    "sensitivity": float,
    "specificity": float,
    "accuracy": float,
    "hours_adl": float,
    "false_falls_per_hour": float,
    "delay_s": {"median": float, "p95": float},
    "drops_as_falls": int,
    "samples_per_s": int,
    "trials_detail": list,
}
DETAIL = {"trial": str, "label": str, "declared": bool, "t_s": float, "kind": str, "score": int}


def measured(where: Path, *words: str) -> dict[str, Any]:
    """The JSON of a run that must succeed."""
    out = where / "out.json"
    done = davy("evaluate", "falls", *words, "--json", str(out))
    assert (done.returncode, done.stderr) == (0, ""), done
    return json.loads(out.read_text())


def shape(value: Any, types: Any) -> None:
    if isinstance(types, dict):
        assert list(value) == list(types)
        for name, kind in types.items():
            shape(value[name], kind)
    else:
        assert type(value) is types, (value, types)


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return good(tmp_path_factory.mktemp("made") / "four")


def test_json_has_this_shape_and_these_figures(tmp_path: Path, four: Path) -> None:
    value = measured(tmp_path, str(four), "--jobs", "1")
    assert list(value) == ["datasets"]
    [one] = value["datasets"]
    shape(one, SCHEMA)
    assert {name: one[name] for name in ("name", "trials", "falls", "sensitivity", "specificity", "accuracy")} == {
        "name": "four",
        "trials": 4,
        "falls": 2,
        "sensitivity": 1.0,
        "specificity": 1.0,
        "accuracy": 1.0,
    }
    assert one["hours_adl"] == pytest.approx((7.99 + 8.63) / 3600, rel=0.01)
    assert (one["false_falls_per_hour"], one["drops_as_falls"]) == (0.0, 0)
    assert 1.0 <= one["delay_s"]["median"] <= one["delay_s"]["p95"] <= 3.4
    first, second, third, _ = one["trials_detail"]
    shape(first, DETAIL)
    assert 7.4 < first["t_s"] < 10  # the hit is at 6.5 s
    assert (first["trial"], first["label"], first["kind"]) == ("one", "fall", "fall")
    assert second == {"trial": "two", "label": "adl", "declared": False, "t_s": None, "kind": None, "score": None}
    assert (third["declared"], third["t_s"], third["score"]) == (False, None, None)


def test_any_number_of_cores_concludes_the_same_in_the_same_order(tmp_path: Path, four: Path) -> None:
    several = [measured(tmp_path, str(four), "--jobs", jobs)["datasets"] for jobs in ("1", "3")]
    for datasets in several:
        datasets[0].pop("samples_per_s")
    assert several[0] == several[1]


def test_every_interpreter_concludes_the_same(tmp_path: Path, four: Path) -> None:
    several = [measured(tmp_path, str(four), "--interpreter", name)["datasets"] for name in ("mp64", "cpython")]
    assert several[0][0]["trials_detail"] == several[1][0]["trials_detail"]


@pytest.mark.parametrize("rate_hz", ["20", "50", "200"])
def test_a_fall_is_one_at_every_rate_of_the_sensor(tmp_path: Path, four: Path, rate_hz: str) -> None:
    [one] = measured(tmp_path, str(four), "--rate", rate_hz)["datasets"]
    assert (one["sensitivity"], one["specificity"]) == (1.0, 1.0)


def test_a_fall_is_one_however_the_tag_is_worn_and_a_seed_repeats(tmp_path: Path, four: Path) -> None:
    [one], [same], [other] = (measured(tmp_path, str(four), "--rotate", seed)["datasets"] for seed in ("a", "a", "b"))
    assert (one["sensitivity"], one["specificity"], other["sensitivity"]) == (1.0, 1.0, 1.0)
    assert one["trials_detail"] == same["trials_detail"]


def test_nothing_is_added_to_a_recording_unless_asked_for(tmp_path: Path) -> None:
    cut = folder(tmp_path / "cut", ("a", "F01", "fall", 100, fall()[:680]))
    assert measured(tmp_path, str(cut))["datasets"][0]["sensitivity"] == 0.0
    [one] = measured(tmp_path, str(cut), "--hold", "5")["datasets"]
    assert one["sensitivity"] == 1.0
    assert one["specificity"] is one["false_falls_per_hour"] is None


def test_shorter_than_the_detector_needs_is_a_miss(tmp_path: Path) -> None:
    short = folder(tmp_path / "short", ("a", "F01", "fall", 100, fall()[:1]), ("b", "D", "adl", 20, walk(20, 0.1)))
    [one] = measured(tmp_path, str(short))["datasets"]
    assert (one["sensitivity"], one["specificity"], one["trials"]) == (0.0, 1.0, 2)


def test_drops_declared_as_falls_are_counted(tmp_path: Path) -> None:
    made = folder(
        tmp_path / "d",
        ("a", "DROP", "adl", 100, fall()),
        ("b", "toss", "adl", 100, fall()),
        ("c", "D01", "adl", 100, fall()),
        ("d", "DROP", "adl", 100, drop()),
    )
    [one] = measured(tmp_path, str(made))["datasets"]
    assert (one["drops_as_falls"], one["specificity"], one["sensitivity"]) == (2, 0.25, None)
    assert one["false_falls_per_hour"] == pytest.approx(3 / one["hours_adl"], rel=0.01)


def test_which_trials(tmp_path: Path, four: Path) -> None:
    def names(*words: str) -> list[str]:
        return [row["trial"] for row in measured(tmp_path, str(four), *words)["datasets"][0]["trials_detail"]]

    assert names("--trial", "two", "--trial", "one") == ["one", "two"]
    assert names("--subject", "P1") == ["one", "three"]
    assert names("--limit", "2") == ["one", "three"]


def test_without_a_folder_the_projects_own_recordings_are_measured(tmp_path: Path) -> None:
    [one] = measured(tmp_path)["datasets"]
    assert (one["name"], one["trials"], one["falls"]) == ("recordings", 4, 1)
    assert (one["sensitivity"], one["specificity"], one["drops_as_falls"]) == (1.0, 1.0, 0)


def test_json_can_be_printed(tmp_path: Path, four: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = davy("evaluate", "falls", str(four), "--json", "-")
    [one] = json.loads(done.stdout)["datasets"]
    shape(one, SCHEMA)
    assert one["trials"] == 4 and not (tmp_path / "-").exists()


def test_what_a_person_sees(four: Path, tmp_path: Path) -> None:
    made = folder(tmp_path / "m", ("a", "F01", "fall", 100, walk()), ("b", "D[b]01", "adl", 100, walk()))
    done = davy("evaluate", "falls", str(four), str(made))
    assert (done.returncode, done.stderr) == (0, "")  # no progress without a terminal
    for text in ("100.00 % (2 of 2)", "0.00 % (0 of 1)", "0 of 1", "samples a second", "activity", "what F01 is"):
        assert text in done.stdout
    assert "D[b]01" not in done.stdout  # no mistake, no row
    assert "\x1b" not in done.stdout


def test_settings_reach_the_core(tmp_path: Path, four: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text('{"nonesuch": 1}')
    assert said_in_one_line(davy("evaluate", "falls", str(four), "--config", str(config)))


# -- a broken folder ---------------------------------------------------------------------------------------------------


def rows(*lines: str) -> Callable[[Path], object]:
    return lambda path: (path / "manifest.csv").write_text("\n".join((COLUMNS, *lines)) + "\n")


def samples(made: bytes | None) -> Callable[[Path], object]:
    def put(path: Path) -> None:
        (path / "acc_mg.i16.xz").unlink()
        if made is not None:
            (path / "acc_mg.i16.xz").write_bytes(made)

    return put


WHOLE = lzma.compress(bytes(6000))
BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "no manifest": (lambda path: (path / "manifest.csv").unlink(), "manifest.csv: cannot be read"),
    "empty manifest": (lambda path: (path / "manifest.csv").write_text(""), "manifest.csv: names no trials"),
    "no trials": (rows(), "manifest.csv: names no trials"),
    "not text": (lambda path: (path / "manifest.csv").write_bytes(b"trial\n\xff\xfe"), "manifest.csv: is not text"),
    "no label column": (
        lambda path: (path / "manifest.csv").write_text("trial,rate_hz,offset,n\na,100,0,2\n"),
        "manifest.csv:2: column label is missing",
    ),
    "no offset column": (
        lambda path: (path / "manifest.csv").write_text("trial,label,rate_hz,n\na,fall,100,2\n"),
        "manifest.csv:2: column offset is missing",
    ),
    "a row cut short": (rows("a,P,F,f,fall,100,0,10", "b,P,F,f,fall,100"), "manifest.csv:3: column offset is missing"),
    "no name": (rows(",P,F,f,fall,100,0,10"), "manifest.csv:2: column trial is empty"),
    "a name twice": (rows("a,P,F,f,fall,100,0,10", "a,P,F,f,adl,100,0,10"), "manifest.csv:3: trial 'a' was named"),
    "a quoted line break": (rows('a,P,F,"f\nf",fall,100,0,10', "b,P,F,f,bad,100,0,9"), "manifest.csv:4: label: 'bad'"),
    "other label": (rows("a,P,F,f,Fall,100,0,10"), "manifest.csv:2: label: 'Fall' is neither fall nor adl"),
    "rate NaN": (rows("a,P,F,f,fall,nan,0,10"), "manifest.csv:2: rate_hz: 'nan' is not a number"),
    "rate zero": (rows("a,P,F,f,fall,0,0,10"), "manifest.csv:2: rate_hz: 0 is out of range"),
    "offset NaN": (rows("a,P,F,f,fall,100,NaN,10"), "manifest.csv:2: offset: 'NaN' is not a number"),
    "offset 1.5": (rows("a,P,F,f,fall,100,1.5,10"), "manifest.csv:2: offset: '1.5' is not a whole number"),
    "offset outside": (rows("a,P,F,f,fall,100,0,10", "b,P,F,f,adl,100,100000,1"), "manifest.csv:3: samples 100000"),
    "offset below": (rows("a,P,F,f,fall,100,-1,10"), "manifest.csv:2: samples -1 to 9 are not in"),
    "no samples": (rows("a,P,F,f,fall,100,0,0"), "manifest.csv:2: samples 0 to 0 are not in"),
    "no sample file": (samples(None), "acc_mg.i16.xz: cannot be read"),
    "sample file cut short": (samples(WHOLE[:-20]), "acc_mg.i16.xz: is damaged or not xz-compressed"),
    "sample file of nonsense": (samples(b"nonsense"), "acc_mg.i16.xz: is damaged or not xz-compressed"),
    "half a sample": (samples(lzma.compress(bytes(6001))), "acc_mg.i16.xz: 6001 bytes are not whole samples"),
    "a file elsewhere": (
        lambda path: (path / "manifest.csv").write_text("trial,label,file\na,fall,../x.csv\n"),
        "manifest.csv:2: file: '../x.csv' is not the name of a file",
    ),
    "a file without motion": (
        lambda path: (
            (path / "gas.csv").write_text("t_s,co_ppm\n0,1\n"),
            (path / "manifest.csv").write_text("trial,label,file\na,fall,gas.csv\n"),
        ),
        "manifest.csv:2: trial 'a' has no motion",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_folder_is_one_clear_line(tmp_path: Path, name: str) -> None:
    breaks, said = BROKEN[name]
    where = good(tmp_path / "broken")
    breaks(where)
    done = davy("evaluate", "falls", str(where), "--json", str(tmp_path / "out.json"))
    assert said_in_one_line(done), done
    assert said in done.stderr
    assert not (tmp_path / "out.json").exists()


def test_a_broken_folder_behind_a_good_one_is_found_before_anything_runs(tmp_path: Path, four: Path) -> None:
    done = davy("evaluate", "falls", str(four), str(tmp_path / "nowhere"))
    assert said_in_one_line(done)
    assert "nowhere: there is no such folder" in done.stderr


def test_other_mistakes_are_one_line(tmp_path: Path, four: Path) -> None:
    for words in (
        ["--rate", "19"],
        ["--rate", "201"],
        ["--hold", "-1"],
        ["--jobs", "0"],
        ["--limit", "0"],
        ["--trial", "nonesuch"],
        ["--subject", "nonesuch"],
        ["--trial", "one", "--subject", "P0"],
        ["--interpreter", "pypy"],
        ["--json", str(tmp_path / "no" / "out.json")],
        ["--plot", str(tmp_path)],
        [str(four / "manifest.csv")],
    ):
        done = davy("evaluate", "falls", str(four), *words)
        assert said_in_one_line(done), (words, done)


def test_a_core_that_stops_ends_the_run(tmp_path: Path, four: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "stops.py"
    script.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr(devicescript, "start", lambda *asked: [sys.executable, str(script)])
    monkeypatch.setattr(replay, "ANSWER_S", 0.1)
    short = folder(tmp_path / "s", *((name, "D01", "adl", 100.0, walk(seconds=0.5)) for name in "abc"))
    done = davy("evaluate", "falls", str(short), "--interpreter", "cpython", "--jobs", "2")
    assert said_in_one_line(done)
    assert re.search(r"davy: [ab]: the core has stopped: no answer for", done.stderr)


def test_beyond_the_sensor_is_cut_and_told(tmp_path: Path) -> None:
    loud: Samples = [(0, -1000, 0)] * 300 + [(32767, -32768, 0)] * 3 + [(0, -1000, 0)] * 100
    done = davy("evaluate", "falls", str(folder(tmp_path / "loud", ("a", "D", "adl", 100, loud))))
    assert "1 trials pass 16 g on an axis" in done.stdout
