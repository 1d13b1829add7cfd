"""What a tag hears that listens for a part of the time: how many messages, of which scans, and who stands then."""

import json
import random
from pathlib import Path

import pytest
from cli_here import davy, said_in_one_line
from test_evaluate_place import few_grids, fingerprints, tracks  # noqa: F401 (the fixture is used by its name)

from davy.evaluate import placedata
from davy.evaluate.placedata import Window, by_place
from davy.evaluate.placehearing import Hearing, hearing_of

A = Window(1.0, 2.0, {0: [-50], 1: [-60]}, "a")
B = Window(1.0, 2.0, {0: [-52]}, "b")
SILENT = Window(1.0, 2.0, {}, "c")


def heard(hearing: Hearing, first: Window = A, scans: list[Window] | None = None, times: int = 4000) -> list[Window]:
    chance = random.Random(7)
    return [hearing.window(scans or [A], first, chance) for _ in range(times)]


def mean(windows: list[Window], beacon: int) -> float:
    return sum(len(window.heard.get(beacon, ())) for window in windows) / len(windows)


@pytest.mark.parametrize(("interval_s", "messages"), [(0.1, 3.0), (0.2, 1.5), (0.5, 0.6), (1.0, 0.3)])
def test_as_many_messages_as_the_window_and_the_interval_say(interval_s: float, messages: float) -> None:
    windows = heard(Hearing(0.3, interval_s))
    assert mean(windows, 0) == pytest.approx(messages, abs=0.03) and mean(windows, 1) == pytest.approx(
        messages, abs=0.03
    )
    counts = {len(window.heard.get(0, ())) for window in windows}
    assert counts == ({3} if messages == 3 else {int(messages), int(messages) + 1})
    assert (windows[0].x, windows[0].y, windows[0].stand) == (1.0, 2.0, "a")


def test_beacons_have_phases_of_their_own() -> None:
    windows = heard(Hearing(0.3, 0.6))
    both = sum(len(window.heard) == 2 for window in windows) / len(windows)
    assert both == pytest.approx(0.25, abs=0.03)


def test_what_no_scan_has_is_not_heard() -> None:
    assert all(not window.heard for window in heard(Hearing(0.3, 0.1), SILENT, [SILENT]))
    windows = heard(Hearing(0.3, 0.2), SILENT, [A, SILENT])
    assert mean(windows, 0) == pytest.approx(0.25, abs=0.03), "the first message is lost, half of the second ones too"
    assert (
        set(heard(Hearing(0.2, 0.1), A, [B], 1)[0].heard[0]) == {-50, -52}
        and heard(Hearing(0.2, 0.1), B, [B], 1)[0].heard
    )


def test_a_walk_is_thinned_the_same_each_time() -> None:
    walk = [A, B, Window(5.0, 2.0, {2: [-70]}, "d")] * 30
    hearing = Hearing(0.3, 0.2)
    assert hearing.walk(walk, "phone 1") == hearing.walk(walk, "phone 1") != hearing.walk(walk, "phone 2")
    assert all(set(window.heard) <= {2} for window in hearing.walk(walk, "phone 1")[2::3]), "each place keeps its own"
    assert [len(scans) for scans in by_place(walk)] == [60, 30]


def test_stands_of_both_formats(tmp_path: Path) -> None:
    walked = placedata.read(tracks(tmp_path / "tracks"))[0]
    for fold in walked.folds:
        assert [len(scans) for scans in fold.stands] == [5] * 18, "0.2 m a second, twice a metre and a half"
        assert all(len(strengths) == 1 for scans in fold.stands for scan in scans for strengths in scan.heard.values())
    stood = placedata.read(fingerprints(tmp_path / "scans"))[0]
    assert [len(scans) for scans in stood.folds[0].stands] == [6] * 18
    assert hearing_of(stood, None) is None and hearing_of(stood, 0.3) == Hearing(0.3, 0.2)
    assert hearing_of(walked, None) == Hearing(3.0, 0.455) and hearing_of(walked, 0.3, 1.0) == Hearing(0.3, 1.0)


def test_the_command(tmp_path: Path) -> None:
    folder = str(fingerprints(tmp_path / "uji"))
    done = davy("evaluate", "place", folder, "--listen", "0.3", "--interval", "1", "--json", "-")
    [found] = json.loads(done.stdout)["datasets"]
    assert found["silent_windows"] == pytest.approx(1 / 6 + 5 / 6 * 0.7**6, abs=0.05)
    standing = found["standing_resampled"]
    assert standing["accuracy"] > standing["strongest_now"] + 0.1 and standing["silent_windows"] > 1 / 6
    switches = found["false_switches_a_minute_standing_resampled"]
    assert 0 < switches < found["strongest_now_switches_a_minute_standing_resampled"]
    assert "drawn again" in davy("evaluate", "place", folder, "--listen", "0.3").stdout
    assert said_in_one_line(davy("evaluate", "place", folder, "--interval", "1"))
