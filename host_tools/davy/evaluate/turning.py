"""The tag worn some other way: a recording turned at random, so that no detector can lean on one mounting."""

import array
import dataclasses
import math
import random

from davy.recordings import Recording

_INT16 = 32767
Matrix = list[list[float]]


def turned(recording: Recording, seed: str) -> Recording:
    """The recording, turned by a rotation drawn evenly from all; the same seed and name give the same one."""
    rows = rotation(random.Random(f"{seed}/{recording.name}"))
    x, y, z = (recording.mg[axis::3] for axis in range(3))
    mg = array.array("h", bytes(2 * len(recording.mg)))
    for axis, (a, b, c) in enumerate(rows):
        mg[axis::3] = array.array(
            "h",
            (max(-_INT16, min(_INT16, round(a * i + b * j + c * k))) for i, j, k in zip(x, y, z, strict=True)),
        )
    return dataclasses.replace(recording, mg=mg)


def rotation(draw: random.Random) -> Matrix:
    """A rotation matrix of a unit quaternion that is even on the sphere (four normal numbers, divided by their length)."""
    w, x, y, z = (draw.gauss(0, 1) for _ in range(4))
    n = math.sqrt(w * w + x * x + y * y + z * z)
    w, x, y, z = w / n, x / n, y / n, z / n
    return [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
