"""The wearer: recordings turned to a mounting, rest and activities between them, curves."""

import itertools
import math
from pathlib import Path

import pytest

from davy import roots
from davy.errors import DavyError
from davy.sim.motion import ACTIVITIES, MOUNTINGS, Wearer, axes_of, curve
from davy.sim.scenario import Motion

FALL = roots.CHECKOUT / "tests" / "recordings" / "fall.csv"
SECOND = 1_000_000


def length(v: tuple[float, float, float]) -> float:
    return math.sqrt(sum(x * x for x in v))


def recording(folder: Path, *rows: tuple[float, int, int, int]) -> Path:
    file = folder / "r.csv"
    file.write_text("t_s,ax_mg,ay_mg,az_mg\n" + "".join(f"{t},{x},{y},{z}\n" for t, x, y, z in rows))
    return file


def test_of_all_signed_orders_exactly_the_24_rotations_pass() -> None:
    signs = [f"{sign}{axis}" for axis in "xyz" for sign in ("", "-")]
    accepted = [axes for axes in itertools.product(signs, repeat=3) if axes_of(list(axes)) is not None]
    assert len(accepted) == 24
    assert all(axes_of(name) is not None for name in MOUNTINGS)
    assert axes_of("hat") is None
    assert axes_of(["x", "y"]) is None


def test_a_recording_is_played_as_mounted(tmp_path: Path) -> None:
    file = recording(tmp_path, (5.0, 10, 20, 30), (6.0, 110, 220, 330))
    wearer = Wearer([Motion(2.0, file, mounting=["x", "-z", "y"])])
    assert wearer.accel_mg(2 * SECOND) == (10, -30, 20)
    assert wearer.accel_mg(2 * SECOND + SECOND // 2) == (60, -180, 120)
    assert wearer.accel_mg(3 * SECOND) == (110, -330, 220)


def test_after_a_recording_the_wearer_rests_where_it_ended() -> None:
    wearer = Wearer([Motion(10.0, FALL)])
    posture = wearer.accel_mg(round(19.5 * SECOND))
    for t_s in (20, 30, 300):
        resting = wearer.accel_mg(t_s * SECOND)
        assert length((resting[0] - posture[0], resting[1] - posture[1], resting[2] - posture[2])) < 60
        assert abs(length(resting) - 1000) < 30
    assert wearer.doing(5 * SECOND) == "standing"
    assert wearer.doing(12 * SECOND) == "recorded fall"
    assert wearer.doing(25 * SECOND) == "still"


def test_no_jump_into_a_recording() -> None:
    """Between lying and the upright beginning of the next recording the wearer turns, within a second and a half."""
    wearer = Wearer([Motion(10.0, FALL), Motion(40.0, FALL)])
    samples = [wearer.accel_mg(t_us) for t_us in range(38 * SECOND, 40 * SECOND + 50_000, 10_000)]
    jumps = [length((b[0] - a[0], b[1] - a[1], b[2] - a[2])) for a, b in itertools.pairwise(samples)]
    assert max(jumps) < 60


@pytest.mark.parametrize("activity", ACTIVITIES)
def test_activities_are_unremarkable(activity: str) -> None:
    wearer = Wearer([Motion(0.0, activity=activity)])
    sizes = [length(wearer.accel_mg(t_us)) for t_us in range(0, 30 * SECOND, 10_000)]
    assert 600 < min(sizes) <= max(sizes) < 1500
    assert (max(sizes) - min(sizes) < 50) == (activity == "still")


def test_it_repeats_exactly() -> None:
    first, second = (Wearer([Motion(3.0, FALL), Motion(20.0, activity="walking")]) for _ in range(2))
    assert [first.accel_mg(t) for t in range(0, 30 * SECOND, 77_777)] == [
        second.accel_mg(t) for t in range(0, 30 * SECOND, 77_777)
    ]


def test_a_recording_without_motion_is_refused(tmp_path: Path) -> None:
    (tmp_path / "gas.csv").write_text("t_s,ch4_pct\n0,1\n")
    with pytest.raises(DavyError, match="has no motion"):
        Wearer([Motion(0.0, tmp_path / "gas.csv")])


def test_curve() -> None:
    points = [(10.0, 1.0), (20.0, 3.0), (20.0, 0.0), (30.0, 5.0)]
    assert [curve(points, t) for t in (0, 10, 15, 20, 25, 30, 99)] == [1.0, 1.0, 2.0, 0.0, 2.5, 5.0, 5.0]
