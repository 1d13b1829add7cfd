"""`davy evaluate gas` as a whole, on MicroPython: figures and events of random tables against NumPy, and what a row means."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_here import davy
from evaluate_gas_made import (
    COUNTS,
    TWA_MOST,
    Expected,
    Floats,
    evaluated,
    minute_means,
    moving,
    told,
    wandering,
    write,
)

from davy import runtime
from davy.evaluate import gas as gas_room
from davy.evaluate import gastable
from davy.limitprofile import Row

MP32 = not runtime.interpreters(("mp32",))[1]
INTERPRETERS = ("mp64", *(("mp32",) if MP32 else ()))
READ = ("low", "high", "ceiling", "drift")
FIGURES = {"stel": 15, "twa": 480}


def gas_of(column: str) -> str:
    return column.split("_")[0]


def made(seed: int, columns: tuple[str, ...], rows: int, times: Floats) -> dict[str, Floats]:
    rng = np.random.default_rng(seed)
    levels = {"co_ppm": 35, "h2s_ppm": 10, "no2_ppm": 3, "so2_ppm": 2, "nh3_ppm": 25, "co2_pct": 0.5, "no_ppm": 25}
    levels |= {"ch4_pct": 0.5, "o2_pct": 20.0}
    found = {name: wandering(rng, rows, levels[name], COUNTS[name]) for name in columns}
    if "o2_pct" in found:
        found["o2_pct"] = np.round(21 - found["o2_pct"] / 30, 2)
    return found


def expected(
    columns: dict[str, Floats], times: Floats, end_s: float, profile: tuple[Row, ...], more: float
) -> list[Any]:
    """What must be said; `more` counts are added to the figures of the minutes."""
    found = Expected()
    for name, values in columns.items():
        gas, counts = gas_of(name), COUNTS[name]
        found.faults(gas, times, values)
        scaled = np.round(values * counts)
        means = minute_means(times, scaled, end_s)
        for row in profile:
            if row.gas_name != gas:
                continue
            if row.kind_name in READ:
                found.readings(gas, row.kind_name, times, scaled, row.level, row.clear)
            elif row.kind_name in FIGURES:
                figures = np.floor(moving(means, FIGURES[row.kind_name]) + 1e-9 + more)
                found.minutes(gas, row.kind_name, times[0], figures, means, row.level, row.clear)
            elif row.kind_name == "shift":
                figures = np.floor(np.cumsum(np.nan_to_num(means)) / 480 + 1e-9 + more)
                found.minutes(gas, "shift", times[0], figures, means, row.level, row.clear)
    return sorted(found.found)


CASES = [
    ("mp64", 1, "default", 30.0, ("co_ppm", "h2s_ppm", "o2_pct", "ch4_pct", "no2_ppm", "so2_ppm")),
    ("mp64", 2, "osha", 60.0, ("co_ppm", "nh3_ppm", "co2_pct", "no_ppm", "h2s_ppm")),
    ("mp64", 3, "acgih", 15.0, ("co_ppm", "so2_ppm", "no2_ppm")),
    ("mp64", 4, "eu", 20.0, ("co_ppm", "h2s_ppm", "no_ppm", "o2_pct")),
    ("mp64", 5, "ru-by-kz", 60.0, ("h2s_ppm", "o2_pct", "nh3_ppm")),
    *(
        [
            ("mp32", 6, "default", 20.0, ("co_ppm", "no2_ppm", "o2_pct")),
            ("mp32", 7, "acgih", 60.0, ("co_ppm", "h2s_ppm")),
        ]
        * MP32
    ),
]


@pytest.mark.parametrize(("interpreter", "seed", "profile", "period_s", "names"), CASES)
def test_figures_and_events_are_those_of_numpy(
    tmp_path: Path, interpreter: str, seed: int, profile: str, period_s: float, names: tuple[str, ...]
) -> None:
    rows = round(10.4 * 3600 / period_s)
    times = 1000 + np.arange(rows) * period_s
    columns = made(seed, names, rows, times)
    path = write(tmp_path / "table.csv", columns, times=times)
    result = evaluated(path, "--profile", profile, "--interpreter", interpreter)
    assert result["profile"] == profile
    end_s = times[-1] + period_s
    for name, values in columns.items():
        gas, counts = gas_of(name), COUNTS[name]
        if gas in ("ch4", "o2"):
            assert gas not in result["exposure"]
            continue
        means = minute_means(times, np.round(values * counts), end_s)
        told_of = result["exposure"][gas]
        assert told_of["minutes"] == len(means) and told_of["missing"] == np.isnan(means).sum() > 0
        osha, stel = moving(means, 480), moving(means, 15)
        exact = {"stel": stel[-1], "twa_osha": osha[-1], "twa_acgih": np.nan_to_num(means).sum() / 480}
        exact |= {"stel_max": stel.max(), "twa_osha_max": osha.max()}
        for figure, wanted in exact.items():
            most = TWA_MOST if "osha" in figure else 2 / 16
            assert -1e-6 <= told_of[figure] * counts - wanted < most, (name, figure, told_of[figure], wanted / counts)
        assert told_of["peak"] == pytest.approx(np.nanmax(values)), name
    # The tag's figures may be too large by less than half a count: where that moves an event, NumPy cannot know when it comes.
    limits = gas_room.profile_of(profile).rows
    wanted, early = (expected(columns, times, end_s, limits, more) for more in (0.0, TWA_MOST))
    sure = {gas_of(name) for name in names}
    sure -= {gas for gas in sure if [e for e in wanted if e[1] == gas] != [e for e in early if e[1] == gas]}
    assert len(sure) >= len(names) - 1, sure
    found = sorted(told(result, *READ, *FIGURES, "shift", "fault"))
    assert [e for e in found if e[1] in sure] == [e for e in wanted if e[1] in sure]
    assert len(wanted) > 20


def by_law(minutes: Floats, steps: list[tuple[float, int]], rest_min: int) -> list[tuple[float, str]]:
    """Time steps with one value a minute: (t_s, "step" or "end step") of every step, by its definition."""
    lowest = min(level for level, _ in steps)
    used = dict.fromkeys(steps, 0)
    rest = 0
    beyond = dict.fromkeys(steps, False)
    found = []
    for k in range(len(minutes)):
        rest = 0 if minutes[k] > lowest else rest + 1
        for level, allowed in steps:
            used[level, allowed] = 0 if rest >= rest_min else used[level, allowed] + (minutes[k] > level)
        for value in minutes[k : k + 2]:  # the minute is over, then comes the next reading
            for step in steps:
                if used[step] >= step[1] and value > lowest:
                    if not beyond[step]:
                        found.append((60.0 * (k + 1), "step"))
                    beyond[step] = True
                elif beyond[step] and (used[step] < step[1] or value <= lowest * 0.9):
                    beyond[step] = False
                    found.append((60.0 * (k + 1), "end step"))
    return found


@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_time_steps_are_those_of_the_law(tmp_path: Path, interpreter: str) -> None:
    rows = [row for row in gas_room.profile_of("ru-by-kz").rows if (row.gas_name, row.kind_name) == ("co", "step")]
    steps = [(row.level / 10, row.delay_s // 60) for row in rows]
    assert [(round(level * 28.01 / 24.06), allowed) for level, allowed in steps] == [(20, 60), (50, 30), (100, 15)]
    rng = np.random.default_rng(8)
    parts = [
        (0, 5),
        (60, 40),
        (10, 30),
        (30, 25),
        (5, 125),
        (30, 70),
        (5, 100),
        (95, 10),
        (5, 119),
        (95, 6),
        (5, 200),
        (95, 14),
    ]
    ppm = np.concatenate([np.full(n, float(value)) for value, n in parts])
    ppm = np.round(np.where(ppm > 15, ppm + rng.normal(0, 1, len(ppm)), ppm), 1)
    result = evaluated(
        write(tmp_path / "co.csv", {"co_ppm": ppm}),
        "--period",
        "60",
        "--profile",
        "ru-by-kz",
        "--interpreter",
        interpreter,
    )
    found = [(t_s, kind) for t_s, _, kind in told(result, "step")]
    assert found == by_law(ppm, steps, 120) and len(found) >= 6
    assert found[0] == (60 * 35.0, "step")  # 30 minutes above 50 mg/m3, which began after 5


def test_a_mixture_is_the_sum_of_its_shares(tmp_path: Path) -> None:
    rng = np.random.default_rng(9)
    no2, so2 = np.round(rng.uniform(0, 1, 60), 2), np.round(rng.uniform(0, 3, 60), 2)
    path = write(tmp_path / "irritants.csv", {"no2_ppm": no2, "so2_ppm": so2})
    result = evaluated(path, "--period", "30", "--profile", "ru-by-kz")
    rows = {r.gas_name: r for r in gas_room.profile_of("ru-by-kz").rows if r.kind_name == "mixture" and r.group == 2}
    total = no2 * 100 / rows["no2"].level + so2 * 100 / rows["so2"].level
    assert np.abs(total - 1).min() > 1e-3  # a draw in which rounding decides nothing
    found = [t_s for t_s, gas, kind in told(result, "mixture") if (gas, kind) == ("so2", "mixture")]
    above = total >= 1
    begins = [30.0 * i for i in range(60) if above[i] and (i == 0 or not above[i - 1])]
    assert set(found) <= set(begins) and found[0] == begins[0]  # within the hysteresis it is one and the same


def test_a_longer_period_is_held_minute_by_minute(tmp_path: Path) -> None:
    rng = np.random.default_rng(10)
    ppm = np.round(rng.uniform(0, 90, 40), 1)
    result = evaluated(write(tmp_path / "slow.csv", {"co_ppm": ppm}), "--period", "300")
    held = np.repeat(ppm, 5)
    co = result["exposure"]["co"]
    assert (co["minutes"], co["missing"]) == (200, 0)
    assert co["stel"] == pytest.approx(held[-15:].mean(), abs=0.02)
    assert co["twa_acgih"] == pytest.approx(held.sum() / 480, abs=0.02)
    assert not told(result, "fault")


def test_a_minute_is_the_mean_of_its_rows_and_the_last_whole_one_counts(tmp_path: Path) -> None:
    def minutes(rows: int, period_s: float) -> tuple[int, float]:
        ppm = np.arange(rows) * 10.0
        co = evaluated(write(tmp_path / "t.csv", {"co_ppm": ppm}), "--period", str(period_s))["exposure"]["co"]
        return co["minutes"], co["twa_acgih"]

    assert minutes(4, 30) == (2, pytest.approx(30 / 480, abs=0.01))  # 0, 10 and 20, 30: means 5 and 25
    assert minutes(5, 30) == (2, pytest.approx(30 / 480, abs=0.01))
    assert minutes(1, 60) == (1, 0)
    assert minutes(1, 59) == (0, 0)


@pytest.mark.parametrize(("period_s", "silent_s"), [(1.0, 10.0), (4.0, 10.0), (30.0, 75.0), (60.0, 150.0)])
def test_missing_rows_are_silence_and_then_a_fault(tmp_path: Path, period_s: float, silent_s: float) -> None:
    times = np.concatenate([np.arange(20) * period_s, 20 * period_s + 1000 + np.arange(5) * period_s])
    result = evaluated(write(tmp_path / "gap.csv", {"co_ppm": np.full(25, 100.0)}, times=times))
    assert told(result, "fault") == [(19 * period_s + silent_s, "co", "fault"), (times[20], "co", "end fault")]
    [fault, over] = [event for event in result["events"] if "fault" in (event["kind"], event.get("of"))]
    assert (fault["quality"], fault["value"], fault["level"], over["of"]) == ("stale", None, None, "fault")
    # what was present stays so while nothing is known
    assert [kind for _, _, kind in told(result, "low", "high")] == ["low", "high"]
    # the mean of a minute without rows is none; the silence lasts 1000 s and less than two rows
    assert 15 <= result["exposure"]["co"]["missing"] <= 18


def test_an_empty_cell_is_a_fault_at_once_and_never_a_number(tmp_path: Path) -> None:
    path = tmp_path / "holes.csv"
    path.write_text("t_s,co_ppm,o2_pct\n0,40,20.9\n1,,20.9\n2,nan,\n3,1,20.9\n4,1,20.9\n")
    result = evaluated(path)
    assert told(result, "fault", "low") == [
        (0, "co", "low"),
        (1, "co", "fault"),
        (2, "o2", "fault"),
        (3, "co", "end fault"),
        (3, "co", "end low"),
        (3, "o2", "end fault"),
    ]
    assert [e["quality"] for e in result["events"] if e["kind"] == "fault"] == ["failed", "failed"]


def test_beyond_the_counts_is_over_range(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    path.write_text("t_s,co_ppm\n0,1\n1,1e300\n2,-1e300\n3,1\n")
    result = evaluated(path)
    assert told(result, "over", "fault") == [
        (1, "co", "over"),
        (2, "co", "fault"),
        (3, "co", "end fault"),
        (3, "co", "end over"),
    ]
    [over] = [e for e in result["events"] if e["kind"] == "over"]
    assert (over["level"], over["value"], over["unit"]) == (None, 3276.7, "ppm")
    assert result["exposure"]["co"]["peak"] == 3276.7


def test_json_has_this_shape(tmp_path: Path) -> None:
    path = tmp_path / "rise.csv"
    path.write_text("t_s,h2s_ppm,ch4_pct\n" + "".join(f"{5 + i},{i},{i / 20}\n" for i in range(25)))
    result = evaluated(path)
    assert list(result) == ["profile", "events", "exposure", "early_warning"] and result["profile"] == "default"
    low = next(event for event in result["events"] if (event["gas"], event["kind"]) == ("h2s", "low"))
    assert low == {
        "t_s": 15,
        "gas": "h2s",
        "kind": "low",
        "level": 10,
        "value": 10,
        "unit": "ppm",
        "instruction": "be careful",
    }
    high = next(event for event in result["events"] if (event["gas"], event["kind"]) == ("ch4", "high"))
    assert (high["t_s"], high["level"], high["value"], high["unit"]) == (25, 1, 1, "%vol")
    [(gas, figures)] = result["exposure"].items()
    assert gas == "h2s" and list(figures)[:5] == ["stel", "twa_osha", "twa_acgih", "peak", "unit"]
    assert (figures["peak"], figures["unit"]) == (24, "ppm")
    printed = davy("evaluate", "gas", str(path), "--json", "-")
    assert json.loads(printed.stdout) == result and printed.stderr == ""


def test_of_several_levels_of_a_kind_the_right_one_is_named(tmp_path: Path) -> None:
    o2 = np.array([20.9, 24, 20.9, 19, 20.9, 24, 19, 20.9])
    result = evaluated(write(tmp_path / "o2.csv", {"o2_pct": o2}), "--period", "1", "--profile", "ru-by-kz")
    found = [
        (e["t_s"], e.get("of", "present"), e["level"]) for e in result["events"] if "high" in (e["kind"], e.get("of"))
    ]
    rich, poor = 23.5, 19.5
    assert sorted(found) == sorted(
        [
            *[(1, "present", rich), (2, "high", rich), (3, "present", poor), (4, "high", poor)],
            *[(5, "present", rich), (6, "high", rich), (6, "present", poor), (7, "high", poor)],
        ]
    )


def test_time_goes_on_after_ticks_have_wrapped(tmp_path: Path) -> None:
    # 13 days of silence between two alarms
    times = np.array([0.0, 60, 120, 13 * 86400.0, 13 * 86400 + 60])
    result = evaluated(
        write(tmp_path / "long.csv", {"co_ppm": np.array([0, 50.0, 0, 50, 50])}, times=times), "--interpreter", "mp64"
    )
    assert [t_s for t_s, _, kind in told(result, "low") if kind == "low"] == [60, 13 * 86400]
    assert result["exposure"]["co"]["minutes"] == 13 * 1440 + 2


def test_a_core_that_stops_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = gastable.read(write(tmp_path / "t.csv", {"co_ppm": np.zeros(10)}), period_s=1.0)
    monkeypatch.setattr(gas_room, "SETTINGS", {"reading_s": None})
    with pytest.raises(gas_room.DavyError, match=r"^t: the core has stopped: TypeError"):
        gas_room.run(table, gas_room.profile_of("default"))
