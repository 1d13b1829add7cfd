"""How the wearer moves: recordings turned to the way the tag is worn, and what a body does between them.

A motion begins at its time and lasts until the next. When a recording has ended, the wearer rests in the posture it ended in.
Activities are synthetic and meant to be unremarkable:

| activity | acceleration along the posture's vertical | across |
|---|---|---|
| still | 1 g and sensor noise of a few milli-g | noise |
| standing | 1 g, swaying a little | +-100 mg, shifting weight every few seconds |
| walking | 1 g with steps of +-250 mg at 1.8 Hz | half of that at half the rate |
| riding | 1 g and an engine: +-250 mg at 23 Hz; whoever sits there does not move | half of that |

`standing`, `walking` and `riding` are upright: the posture in which the first recording begins, or z up when there is none.
Before a motion that begins in another posture the wearer turns there within a second and a half.
"""

import math
import random
import statistics
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from davy import recordings
from davy.axes import Turn, turn_of
from davy.errors import DavyError

if TYPE_CHECKING:
    from davy.sim.scenario import Motion

Vector = tuple[float, float, float]

ACTIVITIES = ("still", "standing", "walking", "riding")
# Ways to wear the tag, as turns of the recording's own axes.
MOUNTINGS = {
    "as recorded": ["x", "y", "z"],
    "upside down": ["-x", "-y", "z"],
    "belt": ["z", "-x", "-y"],  # recordings with y down: the tag's z up, its face to the side
    "back": ["-x", "y", "-z"],
    "chest": ["y", "z", "x"],
}
TURN_US = 1_500_000
POSTURE_SAMPLES = 50
_NOISE_MG = 4.0
_NOISE = [tuple(random.Random(17 * i).gauss(0.0, _NOISE_MG) for i in range(3 * n, 3 * n + 3)) for n in range(997)]


def axes_of(mounting: Any) -> Turn | None:
    """Name or list of axes as a turn (tag axis -> recording's axis); None when it is neither, or would mirror."""
    return turn_of(MOUNTINGS.get(mounting) if isinstance(mounting, str) else mounting)


@dataclass(frozen=True)
class _Piece:
    """From `start_us` on: an activity in a posture, or a recording that ends in it."""

    start_us: int
    activity: str
    name: str
    begins: Vector
    posture: Vector
    times_us: list[int]
    samples: list[Vector]


class Wearer:
    """Acceleration in the tag's axes as a function of world time."""

    def __init__(self, motions: "list[Motion]") -> None:
        played = [(motion, *_samples(motion)) if motion.recording else (motion, [], []) for motion in motions]
        upright: Vector = next(
            (_posture(samples[:POSTURE_SAMPLES]) for _, _, samples in played if samples), (0.0, 0.0, 1000.0)
        )
        self.upright = upright
        self._pieces = [_Piece(-(1 << 62), "standing", "", upright, upright, [], [])]
        for motion, times_us, samples in played:
            before = self._pieces[-1].posture
            if samples:
                begins, ends = _posture(samples[:POSTURE_SAMPLES]), _posture(samples[-POSTURE_SAMPLES:])
            else:
                begins = ends = before if motion.activity == "still" else upright
            start_us = round(motion.at_s * 1e6)
            name = (motion.trial or (motion.recording.stem if motion.recording else "")).replace("_", " ")
            activity = motion.activity or "still"
            self._pieces.append(_Piece(start_us, activity, name, begins, ends, times_us, samples))
        self._starts = [piece.start_us for piece in self._pieces]

    def doing(self, t_us: int) -> str:
        """What the wearer does, in a word."""
        piece = self._pieces[bisect_right(self._starts, t_us) - 1]
        return (
            f"recorded {piece.name}"
            if piece.times_us and t_us - piece.start_us <= piece.times_us[-1]
            else piece.activity
        )

    def accel_mg(self, t_us: int) -> Vector:
        """Acceleration at a moment."""
        at = bisect_right(self._starts, t_us) - 1
        piece = self._pieces[at]
        since_us = t_us - piece.start_us
        if piece.times_us and since_us <= piece.times_us[-1]:
            return _between(piece.times_us, piece.samples, since_us)
        posture = piece.posture
        if at + 1 < len(self._pieces):
            left_us = self._starts[at + 1] - t_us
            if left_us < TURN_US:
                posture = _turned(posture, self._pieces[at + 1].begins, 1.0 - left_us / TURN_US)
        return _activity(piece.activity, posture, t_us)


def _samples(motion: "Motion") -> tuple[list[int], list[Vector]]:
    assert motion.recording is not None
    recording = recordings.load(motion.recording, motion.trial)
    if not recording.samples:
        raise DavyError(f"{motion.recording}: has no motion")
    axes = axes_of(motion.mounting)
    assert axes is not None  # the scenario's check has seen to it
    mg = recording.mg
    (ax, sx), (ay, sy), (az, sz) = axes
    first = recording.t_s[0]
    samples = [(float(sx * mg[i + ax]), float(sy * mg[i + ay]), float(sz * mg[i + az])) for i in range(0, len(mg), 3)]
    return [round((t - first) * 1e6) for t in recording.t_s], samples


def _posture(samples: list[Vector]) -> Vector:
    """Median direction, 1 g long."""
    x, y, z = (statistics.median(sample[axis] for sample in samples) for axis in range(3))
    return _scaled((x, y, z))


def _scaled(v: Vector) -> Vector:
    length = math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
    return (0.0, 0.0, 1000.0) if length < 1.0 else (v[0] * 1000 / length, v[1] * 1000 / length, v[2] * 1000 / length)


def _between(times_us: list[int], samples: list[Vector], t_us: int) -> Vector:
    """The recording at `t_us`, straight between its samples."""
    at = bisect_right(times_us, t_us) - 1
    if at + 1 >= len(times_us):
        return samples[-1]
    share = (t_us - times_us[at]) / (times_us[at + 1] - times_us[at])
    a, b = samples[at], samples[at + 1]
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share


def _turned(a: Vector, b: Vector, share: float) -> Vector:
    """A posture on the way from one to the other; for opposite ones by way of the side."""
    smooth = share * share * (3 - 2 * share)
    x, y, z = (a[i] + (b[i] - a[i]) * smooth for i in range(3))
    if x * x + y * y + z * z < 250_000:
        x, y, z = x + 500 * smooth * (1 - smooth) * 4, y, z
    return _scaled((x, y, z))


def _activity(activity: str, posture: Vector, t_us: int) -> Vector:
    noise = _NOISE[(t_us // 1000 * 31) % len(_NOISE)]
    x, y, z = posture
    t = t_us / 1e6
    up = side = 0.0
    if activity == "walking":
        up = 0.25 * math.sin(2 * math.pi * 1.8 * t) + 0.06 * math.sin(2 * math.pi * 3.6 * t + 1.0)
        side = 0.12 * math.sin(2 * math.pi * 0.9 * t)
    elif activity == "riding":
        up = 0.25 * math.sin(2 * math.pi * 23.0 * t)
        side = 0.12 * math.sin(2 * math.pi * 23.0 * t + 1.0)
    elif activity == "standing":
        up = 0.02 * math.sin(2 * math.pi * 0.7 * t)
        side = 0.1 * math.sin(2 * math.pi * 0.11 * t) + 0.02 * math.sin(2 * math.pi * 1.3 * t)  # a foot to the other
    # A direction across the vertical: of the axes, the one that the posture uses least.
    across = min(range(3), key=lambda axis: abs(posture[axis]))
    side_mg = [1000 * side if axis == across else 0.0 for axis in range(3)]
    return x + up * x + side_mg[0] + noise[0], y + up * y + side_mg[1] + noise[1], z + up * z + side_mg[2] + noise[2]


def curve(points: list[tuple[float, float]], t_s: float) -> float:
    """Straight lines through the points; before the first and after the last their value stays."""
    at = bisect_right(points, t_s, key=lambda point: point[0])
    if at == 0:
        return points[0][1]
    if at == len(points):
        return points[-1][1]
    (t0, v0), (t1, v1) = points[at - 1], points[at]
    return v0 + (v1 - v0) * (t_s - t0) / (t1 - t0)
