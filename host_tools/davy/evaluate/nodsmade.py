"""Made heads under a helmet: nods of one who falls asleep, and what looks like one. Nobody has recorded a real one.

A head is a pendulum that turns about the neck, 0.15 m below the tag; to what gravity does come what turning does (tangential and
towards the neck), a slow sway of a degree or two, white noise of the sensor, and on request what a recorded vehicle adds along the
vertical. Each is 12 s of the usual posture, what happens, and 8 s after. All of it is drawn evenly between these:

    what    moves                                                                              degrees  s down    s held   s up
    nod     sinks, and jerks back                                                              20..60   1..6      0.3..6   0.25..0.8
    look    down to work or a gauge, and back                                                  20..60   0.3..0.7  0.5..20  0.3..0.7
    read    down, and slowly back                                                              20..50   0.5..2    5..30    1.2..3
    yes     nods of assent, 1 to 3 Hz, for 1 to 4 s                                            10..30
    brake   a vehicle: rises to 0.1..0.35 g in 1..4 s, gone in 0.2..0.5 s; the head pitches    3..10
"""

import array
import math
import random
from collections.abc import Sequence

from davy import resampling
from davy.errors import DavyError
from davy.evaluate.turning import rotation
from davy.recordings import Recording

RATE_HZ = 50
KINDS = ("nod", "look", "read", "yes", "brake")
BEFORE_S, AFTER_S = 12.0, 8.0
_NECK_M = 0.15
_G = 9.81
_RANGES = {
    "nod": ((20, 60), (1, 6), (0.3, 6), (0.25, 0.8)),
    "look": ((20, 60), (0.3, 0.7), (0.5, 20), (0.3, 0.7)),
    "read": ((20, 50), (0.5, 2), (5, 30), (1.2, 3)),
}
_LIMIT = 16000


class Made:
    """A made recording; what was drawn, and the way up as the tag would have learned it."""

    def __init__(self, kind: str, recording: Recording, drawn: dict[str, float], up: tuple[int, int, int]) -> None:
        self.kind = kind
        self.recording = recording
        self.drawn = drawn
        self.up = up


def made(kind: str, number: int, seed: str, shake: Sequence[float] = ()) -> Made:
    """One; `shake`: what a vehicle adds to 1 g along the vertical, mg at 50 Hz, around and around from a random moment on."""
    draw = random.Random(f"{seed}/{kind}/{number}")
    drawn, degrees, along_mg = _story(kind, draw)
    n = len(degrees)
    sway = _sway(n, draw)
    angles = [math.radians(one + two) for one, two in zip(degrees, sway, strict=True)]
    turn = [(angles[min(n - 1, i + 1)] - angles[max(0, i - 1)]) * RATE_HZ / 2 for i in range(n)]
    noise_mg = draw.uniform(3, 15)
    rows = rotation(draw)
    heading = draw.uniform(-0.5, 0.5) if kind != "brake" else 0.0  # a head sinks to the side, too
    start = draw.randrange(len(shake)) if shake else 0
    mg = array.array("h")
    for i, angle in enumerate(angles):
        up = 1000.0 + (shake[(start + i) % len(shake)] if shake else 0.0)
        rise = 1000 * _NECK_M * (turn[min(n - 1, i + 1)] - turn[max(0, i - 1)]) * RATE_HZ / 2 / _G
        pull = 1000 * _NECK_M * turn[i] ** 2 / _G
        forward = up * math.sin(angle) + along_mg[i] * math.cos(angle) + rise
        vertical = up * math.cos(angle) - along_mg[i] * math.sin(angle) - pull
        head = (forward * math.cos(heading), forward * math.sin(heading), vertical)
        for row in rows:
            value = sum(a * b for a, b in zip(row, head, strict=True)) + draw.gauss(0, noise_mg)
            mg.append(max(-_LIMIT, min(_LIMIT, round(value))))
    times = array.array("d", [i / RATE_HZ for i in range(n)])
    name = f"{kind} {number}"
    recording = Recording(name, times, mg, label="adl", activity=kind, desc=kind, subject="made", rate_hz=RATE_HZ)
    return Made(kind, recording, drawn, (round(1000 * rows[0][2]), round(1000 * rows[1][2]), round(1000 * rows[2][2])))


def vertical(trials: Sequence[Recording]) -> list[float]:
    """What vehicles add to 1 g along the vertical, mg at 50 Hz: the strongest axis of trials at that rate, one after the other."""
    found: list[float] = []
    for trial in trials:
        if resampling.own_rate(trial) != RATE_HZ:
            raise DavyError(f"{trial.where}: trial '{trial.name}' is not sampled at {RATE_HZ} Hz")
        axes = [trial.mg[axis::3] for axis in range(3)]
        strongest = max(axes, key=lambda one: abs(sum(one)))
        mean = sum(strongest) / len(strongest)
        found += [one - mean for one in strongest]
    return found


def _story(kind: str, draw: random.Random) -> tuple[dict[str, float], list[float], list[float]]:
    """What was drawn, degrees, and milli-g along the road, each at 50 Hz."""
    if kind == "yes":
        hertz, seconds, size = draw.uniform(1, 3), draw.uniform(1, 4), draw.uniform(10, 30)
        middle = [size * (1 - math.cos(2 * math.pi * hertz * i / RATE_HZ)) / 2 for i in range(round(seconds * RATE_HZ))]
        drawn = {"degrees": size, "hertz": hertz}
        return drawn, _around(middle), _around([0.0] * len(middle))
    if kind == "brake":
        most, rise, hold, fall = draw.uniform(100, 350), draw.uniform(1, 4), draw.uniform(0, 4), draw.uniform(0.2, 0.5)
        shape = _ramp(rise, draw.random() < 0.5) + [1.0] * round(hold * RATE_HZ) + _ramp(fall, True)[::-1]
        pitch = draw.uniform(3, 10)
        return {"mg": most, "degrees": pitch}, _around([pitch * s for s in shape]), _around([most * s for s in shape])
    (size, down, held, up) = (draw.uniform(*limits) for limits in _RANGES[kind])
    shape = _ramp(down, draw.random() < 0.5) + [1.0] * round(held * RATE_HZ) + _ramp(up, True)[::-1]
    drawn = {"degrees": size, "down_s": down, "held_s": held, "up_s": up}
    return drawn, _around([size * s for s in shape]), _around([0.0] * len(shape))


def _ramp(seconds: float, smooth: bool) -> list[float]:
    """0 to 1: half a cosine, or a straight line."""
    n = max(2, round(seconds * RATE_HZ))
    return [(1 - math.cos(math.pi * i / n)) / 2 if smooth else i / n for i in range(n)]


def _around(middle: list[float]) -> list[float]:
    return [0.0] * round(BEFORE_S * RATE_HZ) + middle + [0.0] * round(AFTER_S * RATE_HZ)


def _sway(n: int, draw: random.Random) -> list[float]:
    """Degrees, of a head that is held: noise through two slow means, 1.2 degrees rms."""
    slow = slower = 0.0
    found = []
    for _ in range(n + 500):
        slow += (draw.gauss(0, 1) - slow) / 25
        slower += (slow - slower) / 25
        found.append(slower)
    size = math.sqrt(sum(one * one for one in found) / len(found)) or 1.0
    return [1.2 * one / size for one in found[500:]]
