"""Early warning on tables: when a warning counts, what simpler ones do, and what a person sees."""

import array
from pathlib import Path

import numpy as np
import pytest
from cli_here import davy
from evaluate_gas_made import evaluated, write

import quality
from davy.evaluate.gasheard import GasEvent
from davy.evaluate.gasshow import words
from davy.evaluate.gastable import Column, GasTable
from davy.evaluate.gaswarning import onsets, score
from davy.limitprofile import Row

LEVEL = Row(gas=1, kind=11, level=100, clear=65, alarm=8, instruction=1, delay_s=240)


def of(values: list[int | None], period_s: float = 60) -> tuple[GasTable, Column]:
    column = Column("ch4", "ch4_pct")
    for value in values:
        column.counts.append(value or 0)
        column.qualities.append(quality.FAILED if value is None else quality.OK)
    times = array.array("d", (i * period_s for i in range(len(values))))
    return GasTable("made", times, [column], period_s, []), column


def test_a_level_is_reached_once_from_below_its_clear_level() -> None:
    table, column = of([120, 50, 64, 65, 100, 90, 100, None, 65, 100, 64, None, 99, 101])
    assert onsets(table, column, LEVEL, 100) == [240, 780]  # not at 0: nobody saw it come
    assert onsets(table, column, LEVEL, 82.5) == [240, 720]
    falling = Row(gas=4, kind=11, level=100, clear=135, alarm=8, instruction=1, falling=True)
    assert onsets(*of([90, 136, 135, 100, 110, 99, 140, 80]), falling, 100) == [180, 420]


def test_what_a_warning_is_worth() -> None:
    table, _ = of([0] * 200)  # 3 h 20

    def found(begun: list[float], crossings: list[float]) -> tuple[int, int, float | None]:
        one = score(table, "tag", begun, crossings, 600)
        assert (one.crossings, one.warnings) == (len(crossings), len(begun))
        return one.warned, one.false, one.lead_median_s

    assert found([400], [1000]) == (1, 0, 600)
    assert found([399], [1000]) == (0, 1, None)  # longer before than the horizon: for nothing
    assert found([940, 990], [1000]) == (1, 0, 60)
    assert found([941], [1000]) == (0, 0, 59)  # too late, but no false one
    assert found([1000], [1000]) == (0, 0, None)
    assert found([900], [1000, 1200]) == (1, 0, 100)  # it warned of the first only
    assert found([1000, 1100], [1000, 1200]) == (1, 0, 100)
    assert found([5000, 11500], []) == (0, 1, None)  # the second: who knows, the table ends before
    one = score(table, "tag", [5000], [], 600)
    assert one.share is None and one.false_per_day == pytest.approx(1 / (200 / 1440))


def test_a_warning_that_comes_with_its_alarm_is_none(tmp_path: Path) -> None:
    # above the level from the first row on, and later by one jump
    values = np.concatenate([np.full(60, 1.2), np.full(60, 0.2), np.full(5, 1.3), np.full(60, 0.2)])
    result = evaluated(write(tmp_path / "jump.csv", {"ch4_pct": values}), "--period", "60")
    assert [e["t_s"] for e in result["events"] if e["kind"] == "ahead"] == [0, 7200]
    tag = result["early_warning"][0]["scores"][0]
    assert (tag["method"], tag["crossings"], tag["warned"], tag["warnings"], tag["false"]) == ("tag", 1, 0, 0, 0)


def rises(n: int) -> np.ndarray:
    """Hours of quiet air, in each the gas rises to 1.2 %vol within 20 minutes and falls again; half-minute rows."""
    rng = np.random.default_rng(12)
    hour = np.concatenate([np.full(60, 0.3), np.linspace(0.3, 1.2, 40), np.full(10, 1.2), np.linspace(1.2, 0.3, 10)])
    return np.round(np.tile(hour, n) + rng.normal(0, 0.01, 120 * n), 2)


def test_steady_rises_are_warned_of_through_the_whole_command(tmp_path: Path) -> None:
    result = evaluated(write(tmp_path / "rises.csv", {"ch4_pct": rises(6)}), "--period", "30")
    [sight] = result["early_warning"]
    assert (sight["gas"], sight["level"], sight["unit"]) == ("ch4", 1, "%vol")
    scores = {(one["method"], one["horizon_s"]): one for one in sight["scores"]}
    assert len(scores) == 6
    tag, dumb = scores["tag", 600], scores["persistence", 600]
    assert (tag["crossings"], tag["warned"], tag["false"]) == (6, 6, 0) and 60 <= tag["lead_median_s"] <= 600
    assert (dumb["crossings"], dumb["warned"], dumb["share"], dumb["lead_median_s"]) == (6, 0, 0, None)
    assert scores["threshold", 600]["warned"] >= 5


def test_early_warning_only_adds(tmp_path: Path) -> None:
    result = evaluated(write(tmp_path / "rises.csv", {"ch4_pct": rises(2)}), "--period", "30")
    values = rises(2)
    for level, kind in ((0.5, "low"), (1.0, "high")):
        first = next(event["t_s"] for event in result["events"] if event["kind"] == kind)
        assert first == 30 * int(np.argmax(values >= level))


def test_what_a_person_sees(tmp_path: Path) -> None:
    path = tmp_path / "table[1].csv"
    path.write_text(
        "t_s,co_ppm,ch4_pct,site\n" + "".join(f"{60 * i},{i if i != 5 else ''},{i / 50:g},x\n" for i in range(90))
    )
    done = davy("evaluate", "gas", str(path))
    assert done.returncode == 0 and "\x1b" not in done.stdout
    for text in (
        "table[1]: 90 rows, 1:30:00, profile default",
        "0:35:00  co   low at 35 ppm (level 35): be careful",
        "0:05:00  co   fault: failed",
        "0:06:00  co   measures again (was failed)",
        "Exposure at the end",
        "ch4 1 %vol",
        "1 times",
        "persistence",
        "times real time",
    ):
        assert text in done.stdout, (text, done.stdout)


def test_words_of_an_event() -> None:
    assert words(GasEvent(0, "co", "end", 35.0, 30.9, "ppm", of="low")) == "low ended at 30.9 ppm (level 35)"
    assert words(GasEvent(0, "co", "over", None, 3276.7, "ppm", instruction="leave")) == "over at 3276.7 ppm: leave"
