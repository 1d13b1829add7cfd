"""Figures against numbers worked out by hand, the page that stands for itself, mountings, and what resampling keeps and removes."""

import array
import json
import math
import random
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from cli_here import davy
from evaluate_made import fall, folder, good, walk

from davy import recordings, resampling, roots, words
from davy.evaluate import page as pages
from davy.evaluate.dataset import read
from davy.evaluate.figures import Figures, verdict
from davy.evaluate.running import Options, run
from davy.evaluate.tables import activities
from davy.evaluate.turning import rotation, turned
from davy.recordings import Recording
from davy.replay import Event, Replayed, replay


def trial(name: str, label: str, falls_s: tuple[float, ...] = (), peak_s: float = 2.0, **more: Any) -> Replayed:
    """A minute at 10 Hz with one peak of 3 g, in which the tag declared falls at these times."""
    mg = array.array("h", (0, 1000, 0) * 601)
    mg[0] = 2000  # along one axis more than the peak
    mg[3 * round(10 * peak_s) : 3 * round(10 * peak_s) + 3] = array.array("h", (0, 0, -3000))
    recording = Recording(name, array.array("d", (i / 10 for i in range(601))), mg, label=label, **more)
    kind = words.KINDS["fall"]
    said = dict.fromkeys(words.fields(kind), 7)
    return Replayed(recording, [Event(name, t_s, kind, said) for t_s in falls_s])


def made() -> Figures:
    found = [trial(f"fall {i}", "fall", (3.0 + i / 10, 30.0), activity="F1") for i in range(20)]
    found += [trial("missed", "fall", activity="F1"), trial("missed, the only one", "fall", activity="F2")]
    found += [trial(f"quiet {i}", "adl", activity="D1") for i in range(7)]
    found += [trial("twice", "adl", (5.0, 9.0), activity="D2"), trial("once", "adl", (1.0,), activity="DROP")]
    found += [trial("early", "fall", (1.0,), peak_s=4.0, activity="F1")]
    return Figures("made", [verdict(one) for one in found], 32 * 601, 0.5)


def test_figures_are_those_worked_out_by_hand() -> None:
    value = made().as_dict()
    value.pop("trials_detail")
    assert value == {
        "name": "made",
        "trials": 32,
        "falls": 23,
        "sensitivity": round(21 / 23, 4),
        "specificity": round(7 / 9, 4),
        "accuracy": round(28 / 32, 4),
        "hours_adl": 0.15,
        "false_falls_per_hour": 20.0,
        # -3.0 (hit after the decision), then 1.0, 1.1 ... 2.9: the 11th and the 20th of 21
        "delay_s": {"median": 1.9, "p95": 2.8},
        "drops_as_falls": 1,
        "samples_per_s": 38464,
    }


def test_activities_stand_worst_first() -> None:
    found = [(one.name, one.fell, one.wrong, len(one.verdicts)) for one in activities(made().verdicts)]
    assert found == [
        ("D2", False, 1, 1),
        ("DROP", False, 1, 1),
        ("F2", True, 1, 1),
        ("F1", True, 1, 22),
        ("D1", False, 0, 7),
    ]


def data_of(text: str) -> Any:
    [inside] = re.findall(r'<script id="data" type="application/json">(.*?)</script>', text, re.DOTALL)
    return json.loads(inside)


def test_the_page_shows_the_worst_first() -> None:
    data = data_of(pages.page([made()]))
    shown = [(one["trial"], one["judged"]) for one in data["trials"]]
    assert shown[:5] == [
        ("missed", "miss"),
        ("missed, the only one", "miss"),
        ("twice", "false"),
        ("once", "false"),
        ("fall 19", "slow"),
    ]
    assert {judged for _, judged in shown[5:]} == {"right"}
    assert len(shown) == 32


def test_the_slowest_stands_before_the_slow() -> None:
    delays = [2.5, 1.0, 2.7, *(1.0 for _ in range(40)), 2.9]
    found = [verdict(trial(f"{delay_s}/{i}", "fall", (2 + delay_s,))) for i, delay_s in enumerate(delays)]
    data = data_of(pages.page([Figures("made", found, 0, 1.0)]))
    assert [one["delay_s"] for one in data["trials"] if one["judged"] == "slow"] == [2.9, 2.7]


def test_other_things_told_stand_before_nothing_told() -> None:
    drop = words.KINDS["drop"]
    told = trial("told", "adl")
    told.events.append(Event("told", 3.0, drop, dict.fromkeys(words.fields(drop), 7)))
    found = [verdict(one) for one in (trial("fell", "fall", (3.0,)), trial("quiet", "adl"), told)]
    data = data_of(pages.page([Figures("made", found, 0, 1.0)]))
    assert [(one["trial"], one["kind"]) for one in data["trials"]] == [
        ("told", "drop"),
        ("fell", "fall"),
        ("quiet", None),
    ]


def test_a_page_of_many_long_trials_keeps_their_peaks_and_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST_TRIALS", 10)
    monkeypatch.setattr(pages, "MOST_POINTS", 100)
    data = data_of(pages.page([made()]))
    assert data["note"].startswith("10 of 32 trials")
    assert [one["judged"] for one in data["trials"]].count("right") == 5
    for one in data["trials"]:
        assert len(one["mg"]) == 3 * len(one["cs"]) <= 300
        assert (min(one["mg"]), one["every"]) == (-3000, 7)


def test_the_page_needs_no_network_and_runs_nothing_that_a_manifest_says(tmp_path: Path) -> None:
    name = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    where = folder(tmp_path / "made", (name, name, "fall", 100, fall()), ("b", "D", "adl", 100, walk()))
    out = tmp_path / "out.html"
    done = davy("evaluate", "falls", str(where), "--plot", str(out))
    assert (done.returncode, done.stderr) == (0, "")
    text = out.read_text()
    assert text.count("<script") == text.count("</script>") == 2
    outside = re.sub(r'type="application/json">.*?</script>', "", text, flags=re.DOTALL)
    assert not re.search(r"https?://|//[a-z]|\bsrc\s*=|\bhref\s*=|@import|url\(|innerHTML|\beval\(", outside)
    assert "default-src 'none'" in outside
    first = data_of(text)["trials"][0]
    assert first["trial"] == name
    assert [row[1] for row in first["events"]].count("fall") == 1


def test_states_are_told_and_lead_to_the_fall() -> None:
    recording = recordings.load(roots.CHECKOUT / "tests" / "recordings" / "fall.csv")
    [one] = replay([recording], trace=True, rest_s=10)
    names = pages.states()
    assert set(names.values()) >= {"watch", "impact", "judge", "fallen"}
    told = [names[state] for _, state in one.states]
    assert told[0] == told[-1] == "watch"
    assert told.index("impact") < told.index("judge") < told.index("fallen")
    assert all(before != after for before, after in pairwise(told))
    assert one.states[told.index("fallen")][0] == next(event.t_s for event in one.events if event.name == "fall")
    assert next(replay([recording])).states == []


def test_options_reach_the_core(tmp_path: Path) -> None:
    dataset = read(good(tmp_path / "four"))
    plain, slow, twisted = (run(dataset, options) for options in (Options(), Options(rate_hz=20), Options(turn="a")))
    assert plain.samples == dataset.samples
    assert slow.samples == pytest.approx(20 * sum(one.duration_s for one in dataset.trials), rel=0.01)
    assert [one.recording.mg for one in plain.done] == [one.mg for one in dataset.trials]
    assert all(one.recording.mg != trial.mg for one, trial in zip(twisted.done, dataset.trials, strict=True))


def test_a_hole_is_told_as_not_watched(tmp_path: Path) -> None:
    lines = ["t_s,ax_mg,ay_mg,az_mg", *(f"{t / 100},0,-1000,0" for t in [*range(300), *range(900, 1200)])]
    (tmp_path / "h.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "manifest.csv").write_text("trial,label,file\nhole,adl,h.csv\n")
    done = davy("evaluate", "falls", str(tmp_path))
    assert done.returncode == 0
    assert "1 trials have a motion fault" in done.stdout


def test_replay_reads_the_folder_of_files_too() -> None:
    found = list(recordings.read_folder(roots.CHECKOUT / "tests" / "recordings"))
    assert [(one.name, one.label) for one in found] == [
        ("fall", "fall"),
        ("walking", "adl"),
        ("kneeling", "adl"),
        ("device_drop", "adl"),
    ]
    assert all(one.samples > 500 for one in found)


# -- mountings -----------------------------------------------------------------------------------------------------------


def test_rotations_keep_lengths_and_handedness_and_point_everywhere() -> None:
    draw = random.Random(1)
    tops = []
    for _ in range(2000):
        a, b, c = rotation(draw)
        for row in (a, b, c):
            assert math.isclose(math.hypot(*row), 1.0, abs_tol=1e-9)
        cross = (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
        assert all(math.isclose(i, j, abs_tol=1e-9) for i, j in zip(cross, c, strict=True))
        tops.append(a)
    for axis in range(3):  # even on the sphere: mean 0, mean square 1/3
        assert abs(sum(top[axis] for top in tops) / 2000) < 0.05
        assert abs(sum(top[axis] ** 2 for top in tops) / 2000 - 1 / 3) < 0.03


def test_turning_keeps_what_was_felt(tmp_path: Path) -> None:
    before = next(recordings.read_folder(good(tmp_path / "four")))
    after = turned(before, "x")
    assert before.mg != after.mg != turned(before, "y").mg
    assert after.mg == turned(before, "x").mg
    assert (after.name, after.label, after.t_s) == (before.name, before.label, before.t_s)
    for i in range(0, len(before.mg), 3):
        assert abs(math.hypot(*after.mg[i : i + 3]) - math.hypot(*before.mg[i : i + 3])) < 1.5


# -- rates -----------------------------------------------------------------------------------------------------------------


def tone(hz: float, rate_hz: float, seconds: float = 4.0) -> Recording:
    n = round(seconds * rate_hz)
    x = [round(8000 * math.sin(2 * math.pi * hz * i / rate_hz + 0.3)) for i in range(n)]
    mg = array.array("h", (v for value in x for v in (value, 0, -value)))
    return Recording("tone", array.array("d", (i / rate_hz for i in range(n))), mg, rate_hz=rate_hz)


@pytest.mark.parametrize("hz", [3.0, 20.0, 90.0])
def test_averaging_passes_and_stops_what_a_mean_does(hz: float) -> None:
    found = resampling.at_rate(tone(hz, 400), 100).mg[3:-3:3]
    rms = math.sqrt(sum(v * v for v in found) / len(found)) * math.sqrt(2) / 8000
    w = 2 * math.pi * hz / 400
    theirs = abs(1 + 2 * math.cos(w) + math.cos(2 * w)) / 4  # a period around a sample: weights 1/2 1 1 1 1/2
    assert rms == pytest.approx(theirs, abs=0.01)


def test_averaging_keeps_the_mean_whatever_the_ratio() -> None:
    recording = tone(1.0, 198.6)
    for i in range(1, len(recording.mg), 3):
        recording.mg[i] = 777
    for rate_hz in (20, 37, 100, 190):
        found = resampling.at_rate(recording, rate_hz)
        assert set(found.mg[1::3]) == {777}
        assert abs(found.count - 4 * rate_hz) <= 1


@pytest.mark.parametrize(("rate_hz", "own"), [(49.6, 50), (198.0, 198), (12.5, 20), (400.0, 200), (20.2, 20)])
def test_own_rate_is_one_that_a_sensor_has(rate_hz: float, own: int) -> None:
    recording = tone(1.0, rate_hz)
    assert resampling.own_rate(recording) == own
    samples = resampling.at_rate(recording, own)
    assert samples.count * samples.period_s == pytest.approx(4.0, abs=0.1)  # time is neither stretched nor lost
    near = abs(rate_hz - own) / own < 0.01
    assert (samples.mg == recording.mg) == near
