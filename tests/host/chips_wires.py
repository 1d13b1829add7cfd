"""A register-level chip model at the end of a bus, with clock and world in the test's hand."""

from typing import Any

from davy.vtag.chips import CHIPS
from davy.vtag.world import World

MS = 1000


class ChipWires:
    """The chip named `name`, just powered up; register addresses are sent as they are given."""

    def __init__(
        self,
        name: str,
        axes: tuple[str, str, str] = ("x", "y", "z"),
        mg: tuple[float, float, float] = (0, 0, 1000),
        **part: Any,
    ) -> None:
        self.world = World()
        self.world.accel_source = lambda t_us: mg
        self.chip: Any = CHIPS[name]({"chip": name, "axes": list(axes), **(part or {"i2c": 0})}, self.world)
        self.t_us = 0

    def wait(self, ms: float) -> None:
        self.t_us += int(ms * MS)

    def write(self, register: int, *values: int) -> None:
        self.chip.write(bytes((register, *values)), self.t_us)

    def read(self, register: int, n: int = 1) -> bytes:
        self.chip.write(bytes((register,)), self.t_us)
        return self.chip.read(n, self.t_us)


def ramp(t_us: int) -> tuple[float, float, float]:
    """A world in which a sample tells when it was taken: x grows by 1 mg each 10 ms."""
    return (t_us / 10_000, 0.0, 0.0)
