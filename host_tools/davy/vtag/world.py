"""The world around one virtual tag: what its sensors could feel. Values are functions of world time, in microseconds.

Replace any of the four functions to play a recording, a gas curve or a finger on the button.
"""

from collections.abc import Callable

CLEAN_AIR = {"ch4": 0.0, "co": 0.0, "h2s": 0.0, "o2": 20.9}


class World:
    """A tag at rest in clean air, lying on its back, battery full, nobody pressing."""

    def __init__(self) -> None:
        self.accel_source: Callable[[int], tuple[float, float, float]] = lambda t_us: (0.0, 0.0, 1000.0)
        self.gas_source: Callable[[str, int], float] = lambda name, t_us: CLEAN_AIR[name]
        self.battery_source: Callable[[int], float] = lambda t_us: 4050.0
        self.button_source: Callable[[int], bool] = lambda t_us: False

    def accel_mg(self, t_us: int) -> tuple[float, float, float]:
        """Acceleration in the tag's own axes, milli-g."""
        return self.accel_source(t_us)

    def gas(self, name: str, t_us: int) -> float:
        """True concentration of a gas, in %vol (ch4, o2) or ppm."""
        return self.gas_source(name, t_us)

    def battery_mv(self, t_us: int) -> float:
        """Battery voltage at the cell."""
        return self.battery_source(t_us)

    def button(self, t_us: int) -> bool:
        """Whether the button is held down."""
        return self.button_source(t_us)
