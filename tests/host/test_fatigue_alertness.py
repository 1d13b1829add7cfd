"""The three-process model in fixed point against its published formulas in double precision, through nights and shifts."""

import math
import random
from pathlib import Path

import pytest

from tag.fatigue import alertness
from tag.fatigue.alertness import Alertness, asleep_q12, awake_q12, cos_q12, kss_q8

# As published: la, ha, d, bl, g; C, U, W
LA, HA, D, BL = 2.4, 14.3, -0.0353, 12.2
G = math.log((14.3 - 14) / (14.3 - 7.96)) / 8


def awake(s: float, hours: float) -> float:
    return LA + (s - LA) * math.exp(D * hours)


def asleep(s: float, hours: float) -> float:
    until = (BL - s) / (G * (BL - HA))
    if hours <= until:
        return s + hours * G * (BL - HA)
    return HA - (HA - BL) * math.exp(G * (hours - until)) if s <= BL else HA - (HA - s) * math.exp(G * hours)


def kss(s_wake: float, hours: float, hour: float) -> float:
    c = 2.5 * math.cos(2 * math.pi * (hour - 16.8) / 24)
    u = -0.5 + 0.5 * math.cos(2 * math.pi * (hour - 21.8) / 12)
    w = -5.72 * math.exp(-1.51 * hours)
    return 10.6 - 0.6 * (awake(s_wake, hours) + c + u + w)


def test_the_cosine() -> None:
    for minute in range(-1500, 3000):
        assert cos_q12(minute) / 4096 == pytest.approx(math.cos(2 * math.pi * minute / 1440), abs=8e-4)


def test_the_processes() -> None:
    for s in (2.4, 5.0, 7.96, 12.1, 12.2, 13.0, 14.0, 14.3):
        for minutes in (0, 1, 7, 59, 60, 119, 480, 481, 960, 1440, 2880, 4095):
            assert awake_q12(round(s * 4096), minutes) / 4096 == pytest.approx(awake(s, minutes / 60), abs=0.006)
            assert asleep_q12(round(s * 4096), minutes) / 4096 == pytest.approx(asleep(s, minutes / 60), abs=0.02)


def test_what_is_assumed_is_where_usual_nights_settle() -> None:
    s = 7.96
    for _ in range(30):
        s = asleep(awake(s, 16), 8)
    assert pytest.approx(s, abs=0.01) == alertness.RESTED_Q12 / 4096


def test_sleepiness_against_the_formulas() -> None:
    """The target is 0.1."""
    worst = 0.0
    for s in (5.0, 9.0, 12.5, 14.0):
        for minutes in range(0, 2400, 11):
            for minute in range(0, 1440, 37):
                expected = max(1.0, min(9.0, kss(s, minutes / 60, minute / 60)))
                worst = max(worst, abs(kss_q8(round(s * 4096), minutes, minute) / 256 - expected))
    assert worst < 0.01


@pytest.mark.parametrize("seed", range(5))
def test_weeks_of_nights_and_days(seed: int) -> None:
    """Errors do not add up: what one sleep leaves is where the next begins."""
    draw = random.Random(seed)
    tag = Alertness()
    t = 20 * 60
    s, woke = alertness.RESTED_Q12 / 4096, t - 960
    for _ in range(40):
        length = draw.randrange(60, 660)
        assert tag.slept(t, t + length)
        s = asleep(awake(s, (t - woke) / 60), length / 60)
        woke = t + length
        for after in (5, 300, 900, 1300):
            now = woke + after
            expected = max(1.0, min(9.0, kss(s, after / 60, now % 1440 / 60)))
            assert tag.kss_q8(now, now % 1440) / 256 == pytest.approx(expected, abs=0.03)
        t = woke + draw.randrange(400, 1400)


def test_published_shape_of_a_night_shift() -> None:
    """Up since 7, working from 22: sleepiest before dawn, beyond 7 there, and rested by the afternoon again after a sleep."""
    tag = Alertness()
    assert tag.slept(23 * 60 - 1440, 7 * 60)
    found = {hour: tag.kss_q8(hour * 60, hour * 60 % 1440) / 256 for hour in range(8, 31)}
    assert max(found, key=lambda hour: found[hour]) in (28, 29, 30)
    assert found[29] > 7 > found[23] and min(found.values()) < 4
    assert tag.slept(32 * 60, 39 * 60)
    assert tag.kss_q8(42 * 60, 18 * 60) / 256 < 4


def test_nothing_leaves_the_small_integers(monkeypatch: pytest.MonkeyPatch) -> None:
    import ast
    from types import ModuleType

    from test_dsp_bounds import Most, _Watch

    most = Most()
    tree = _Watch().visit(ast.parse(Path(alertness.__file__).read_text()))
    module = ModuleType("watched_alertness")
    module.__dict__["_watch"] = most
    exec(compile(ast.fix_missing_locations(tree), "alertness", "exec"), module.__dict__)
    for s in (-5, 0, 9830, 58573, 1 << 29):
        for minutes in (-10, 0, 1, 479, 4095, 1 << 29):
            module.asleep_q12(s, minutes)
            for minute in (-1440, 0, 720, 1439, 5000):
                module.kss_q8(s, minutes, minute)
    assert most.value > 1 << 29
