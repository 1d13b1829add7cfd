"""Recordings through the tag's core: the same conclusions on MicroPython and CPython, holes and rates handled, one-line errors."""

import array
import json
import math
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_here import davy, said_in_one_line

import quality
from davy import recordings, roots
from davy.errors import DavyError
from davy.recordings import Recording
from davy.replay import Replayed, blocks, messages, replay
from davy.resampling import FULL_SCALE_MG

RECORDINGS = roots.CHECKOUT / "tests" / "recordings"
NAMES = ("fall", "walking", "kneeling", "device_drop")


def played(interpreter: str, *found: Recording, **options: Any) -> list[Replayed]:
    return list(replay(found, interpreter=interpreter, **options))


def of(t_s: list[float], mg: list[tuple[int, int, int]], **gases: list[tuple[float, float]]) -> Recording:
    return Recording("made", array.array("d", t_s), array.array("h", [v for sample in mg for v in sample]), gases)


@pytest.fixture(scope="module")
def both() -> dict[str, list[Replayed]]:
    found = [recordings.load(RECORDINGS / f"{name}.csv") for name in NAMES]
    return {interpreter: played(interpreter, *found, rest_s=40) for interpreter in ("mp64", "cpython")}


def test_a_fall_is_one_fall_and_the_others_are_none(both: dict[str, list[Replayed]]) -> None:
    assert {one.recording.name: one.count("fall") for one in both["mp64"]} == {
        "fall": 1,
        "walking": 0,
        "kneeling": 0,
        "device_drop": 0,
    }
    fall = both["mp64"][0]
    assert [event.text for event in fall.events if event.name == "alarm"] == [
        "man down: countdown (fall)",
        "man down: on (fall)",
    ]
    assert 2.5 < fall.events[0].t_s < 7  # the impact is at 2.9 s


def test_both_interpreters_conclude_the_same(both: dict[str, list[Replayed]]) -> None:
    for one, other in zip(both["mp64"], both["cpython"], strict=True):
        assert one.events == other.events
        assert one.samples == other.samples > 1000


def test_gas_levels() -> None:
    rise = [(float(t), t * 0.05) for t in range(40)]
    found = played("mp64", of([], [], ch4=rise))[0]
    alarms = [event for event in found.events if event.name == "alarm" and not event.text.startswith("gas warning")]
    assert [event.text for event in alarms][:2] == ["gas low: on (ch4)", "gas high: on (ch4)"]
    assert 9.9 <= alarms[0].t_s <= 11.5
    assert 19.9 <= alarms[1].t_s <= 21.5


def test_settings_reach_the_core() -> None:
    fall = recordings.load(RECORDINGS / "fall.csv")
    found = played("mp64", fall, rest_s=40, settings={"prealarm_s": 5})[0]
    countdown, on = (event.t_s for event in found.events if event.name == "alarm")
    assert 4.9 < on - countdown < 5.3


def test_blocks_of_a_recording_with_the_tags_rate_are_its_own_samples() -> None:
    mg = [(i, -i, 1000) for i in range(25)]
    found = list(blocks(of([i / 100 for i in range(25)], mg)))
    assert [(t_ms, good, len(block)) for t_ms, good, block in found] == [(100, 0, 60), (200, 0, 60), (250, 0, 30)]
    assert array.array("h", b"".join(block for _, _, block in found)).tolist() == [v for sample in mg for v in sample]


@pytest.mark.parametrize("rate_hz", [25, 50, 198, 400])
def test_other_rates_are_brought_to_the_tags(rate_hz: int) -> None:
    n = 4 * rate_hz
    wave = [(round(1000 * math.sin(2 * math.pi * i / rate_hz)), 0, 0) for i in range(n)]
    samples = array.array("h", b"".join(block for _, _, block in blocks(of([i / rate_hz for i in range(n)], wave))))[
        ::3
    ]
    assert abs(len(samples) - 400) <= 100 // rate_hz + 1
    errors = [abs(v - 1000 * math.sin(2 * math.pi * i / 100)) for i, v in enumerate(samples)]
    # What straight lines between samples miss at most; the mean of the first has only half of its samples.
    assert max(errors[1:-1]) < 1000 * (math.pi / rate_hz) ** 2 / 2 + 2
    assert errors[0] < 1000 * 2 * math.pi / 400 + 2


def test_a_hole_is_told_and_not_filled() -> None:
    t_s = [i / 100 for i in range(100)] + [3 + i / 100 for i in range(100)]
    found = list(blocks(of(t_s, [(0, 0, 1000)] * 200)))
    stale = [t_ms for t_ms, good, block in found if good == quality.STALE and not block]
    assert (min(stale), max(stale)) == (1100, 3000)
    assert sum(len(block) // 6 for _, _, block in found) == 200
    events = played("mp64", of(t_s, [(0, 0, 1000)] * 200))[0].events
    assert [event.text for event in events if event.name == "fault"][:1] == ["motion stale"]


def test_more_than_the_sensor_can_measure_is_cut() -> None:
    found = list(blocks(of([0.0, 0.01], [(30000, -30000, 16000), (0, 0, 0)])))
    assert array.array("h", found[0][2]).tolist()[:3] == [FULL_SCALE_MG, -FULL_SCALE_MG, 16000]


def test_times_count_from_the_first_row_and_wrap_as_ticks() -> None:
    late = of([5000.0 + i / 100 for i in range(20)], [(0, 0, 1000)] * 20)
    times = [int.from_bytes(message[4:8], "little") for message in messages(late, {}) if message[:1] == b"M"]
    assert times == [100, 200]


def test_what_goes_wrong_with_a_later_recording_is_said_after_the_earlier() -> None:
    good = of([i / 100 for i in range(50)], [(0, 0, 1000)] * 50)

    def some() -> Iterator[Recording]:
        yield good
        yield good
        raise DavyError("the third is broken")

    found = []
    with pytest.raises(DavyError, match="the third is broken"):
        for one in replay(some()):
            found.append(one.samples)
    assert found == [50, 50]
    unknown = of([0.0], [(0, 0, 1000)], helium=[(0.0, 1.0)])
    with pytest.raises(DavyError, match="the core has stopped"):
        played("mp64", good, unknown, good)


def test_who_stops_listening_ends_the_core() -> None:
    long = of([i / 100 for i in range(200_000)], [(0, 0, 1000)] * 200_000)
    before = threading.active_count()
    for _ in replay([of([0.0], [(0, 0, 1000)]), long, long]):
        break
    deadline = time.monotonic() + 10
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() == before


def test_command_says_what_it_found_and_checks_expectations() -> None:
    fall = str(RECORDINGS / "fall.csv")
    done = davy("replay", fall, "--rest", "40", "--expect", "fall=1", "--expect", "alarm", "--expect-none", "crash")
    assert done.returncode == 0, done.stderr
    assert "man down: on (fall)" in done.stdout
    assert "times real time" in done.stdout
    done = davy("replay", fall, "--expect-none", "fall", "--expect", "still=2", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["failures"] == ["fall: 0 fall expected, 1 found", "fall: 2 still expected, 0 found"]


def test_command_errors_are_one_line(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("t_s,ax_mg,ay_mg,az_mg\n0,1,2,NaN\n")
    for words in (
        ["nonesuch.csv"],
        [str(bad)],
        [str(tmp_path)],
        [str(RECORDINGS / "fall.csv"), "--expect", "fall=x"],
        [str(RECORDINGS / "fall.csv"), "--expect", "yawn"],
        [str(RECORDINGS / "fall.csv"), "--trial", "x"],
        [str(RECORDINGS / "fall.csv"), "--interpreter", "pypy"],
        [str(RECORDINGS / "fall.csv"), "--rest", "-1"],
    ):
        done = davy("replay", *words)
        assert said_in_one_line(done), (words, done)
