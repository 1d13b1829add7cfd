"""A whole virtual tag on somebody who walks for 40 minutes: the baseline outlives a power cut, and the gateway hears who tires."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from davy import recordings, roots, words
from davy.sim.runner import Runner
from davy.sim.scenario import Happening, Scenario
from tag import events, names

WALK = roots.CHECKOUT / "tests" / "recordings" / "walking.csv"
CUT_S, TIRES_S, END_S = 1330, 1400, 2450


def walk(tires_s: float) -> Callable[[int], tuple[float, float, float]]:
    """The recorded walk again and again; from `tires_s` on an eighth slower and a quarter weaker."""
    found = recordings.load(WALK)
    mg = found.mg
    rows = [(mg[i], mg[i + 1], mg[i + 2]) for i in range(0, len(mg), 3)]
    mean = tuple(sum(row[axis] for row in rows) / len(rows) for axis in range(3))

    def at(t_us: int) -> tuple[float, float, float]:
        t_s = t_us / 1e6
        tired = t_s >= tires_s
        x, y, z = rows[int((t_s * 7 / 8 if tired else t_s) * 100) % len(rows)]
        share = 0.75 if tired else 1.0
        return mean[0] + share * (x - mean[0]), mean[1] + share * (y - mean[1]), mean[2] + share * (z - mean[2])

    return at


def story(happenings: list[Happening], settings: dict[str, object]) -> Scenario:
    about = {"about": "", "speed": None, "afterwards": "", "tag_name": "A. Kim", "board": "virtual"}
    nothing = {"motions": [], "gases": {}, "battery": [], "expectations": []}
    chosen = {"fatigue": 1, "utc_offset_min": 330, **settings}
    return Scenario(
        file=Path("-"), name="tires", duration_s=END_S, happenings=happenings, settings=chosen, **about, **nothing
    )


def heard(runner: Runner, kind: int) -> list[dict[str, Any]]:
    return [dict(record.fields) for record in runner.records if record.kind == kind]


@pytest.fixture(scope="module")
def tired() -> Runner:
    runner = Runner(
        story(
            [
                Happening(60.0, "downlink", {"message": "reaction test"}),
                Happening(float(CUT_S), "power_cut", {"off_s": 30.0}),
            ],
            {},
        )
    )
    runner.world.accel_source = walk(TIRES_S)
    runner.run()
    return runner


def test_the_gateway_hears_of_the_level_and_why(tired: Runner) -> None:
    rows = heard(tired, events.FATIGUE)
    levels = [names.FATIGUE_LEVELS[row["level"]] for row in rows if row["occasion"] == events.OCCASION_LEVEL]
    assert levels[0] == "rested" and "watch" in levels, rows
    last = rows[-1]
    assert last["drift"] == last["index"] > 40 and last["reaction"] == -1
    assert "check-in" in words.readable(events.FATIGUE, last) or "break" in words.readable(events.FATIGUE, last)
    assert words.sentence(events.FATIGUE, last).startswith("fatigue: ")
    assert heard(tired, events.CRASH) == []


def test_the_baseline_outlives_the_power_cut(tired: Runner) -> None:
    assert len(tired.starts_us) == 2
    rows = [record for record in tired.records if record.kind == events.FATIGUE]
    known = [record for record in rows if record.fields["drift"] >= 0]
    # 20 minutes of learning are over before the cut; after it there would be 20 more
    assert known[0].fields["level"] == names.FATIGUE_LEVELS.index("rested")
    watch = next(record for record in rows if record.fields["level"] == names.FATIGUE_LEVELS.index("watch"))
    assert watch.at_s < CUT_S + 20 * 60
    assert not [row for row in heard(tired, events.CONFIG) if "fatigue" in row["text"]]


def test_a_test_that_nobody_answers_is_told(tired: Runner) -> None:
    said = [row for row in heard(tired, events.DOWNLINK) if row["message"] == events.MSG_REACTION]
    assert [row["result"] for row in said] == [events.DONE]
    assert events.OCCASION_UNANSWERED in [row["occasion"] for row in heard(tired, events.FATIGUE)]
