"""The proof mass of an accelerometer: what it feels of the world along the chip's own axes, with the faults of its output.

Sensitivity, range and self-test are the chip's own: its model adds them.
"""

import random
from typing import Any

from davy.vtag.chips.base import Faults
from davy.vtag.world import World

KNOWN = (
    "nak",
    "wrong_id",
    "stuck_fifo",
    "frozen",
    "noise",
    "drift",
    "lost_config",
)  # faults every accelerometer can have


class Mass:
    """`part` has "axes": for each axis of the tag the chip's axis it lies on, as ["x", "-z", "y"]."""

    def __init__(self, part: dict[str, Any], world: World, faults: Faults) -> None:
        self._world = world
        self._faults = faults
        # chip axis -> (tag axis, sign): the inverse of what the driver does.
        self._axes = [(0, 1)] * 3
        for tag_axis, name in enumerate(part["axes"]):
            self._axes["xyz".index(name[-1])] = (tag_axis, -1 if name[0] == "-" else 1)
        self._random = random.Random(part["chip"])

    def feel_mg(self, t_us: int) -> tuple[float, float, float]:
        """Milli-g on x, y, z of the chip; "drift" is added to each, "noise" is its standard deviation."""
        world_mg = self._world.accel_mg(t_us)
        x, y, z = (world_mg[tag_axis] * sign + self._error_mg() for tag_axis, sign in self._axes)
        return x, y, z

    def _error_mg(self) -> float:
        noise_mg = self._faults.value("noise")
        return self._faults.value("drift") + (self._random.gauss(0.0, noise_mg) if noise_mg else 0.0)
