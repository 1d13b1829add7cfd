"""The world around one virtual tag: what its sensors could feel. Values are functions of world time, in microseconds.

Replace any of these functions to play a recording, a gas curve or a finger on the button.
"""

from collections.abc import Callable

from davy.vtag.ether import Ether

CLEAN_AIR = {"o2": 20.9, "co2": 0.04}  # no other gas


class World:
    """A tag at rest in clean air, lying on its back, battery full, nobody pressing."""

    def __init__(self) -> None:
        self.accel_source: Callable[[int], tuple[float, float, float]] = lambda t_us: (0.0, 0.0, 1000.0)
        self.gas_source: Callable[[str, int], float] = lambda name, t_us: CLEAN_AIR.get(name, 0.0)
        self.air_source: Callable[[int], tuple[float, float, float]] = lambda t_us: (20.0, 1013.25, 50.0)
        self.battery_source: Callable[[int], float] = lambda t_us: 4050.0
        self.button_source: Callable[[int], bool] = lambda t_us: False
        self.light_source: Callable[[int], tuple[float, float]] = lambda t_us: (3.0, 0.0)  # off the skin
        self.ether = Ether()  # put the same into the worlds of all tags that are to hear each other

    def accel_mg(self, t_us: int) -> tuple[float, float, float]:
        """Acceleration in the tag's own axes, milli-g."""
        return self.accel_source(t_us)

    def gas(self, name: str, t_us: int) -> float:
        """True concentration of a gas, in %vol (ch4, o2, co2) or ppm."""
        return self.gas_source(name, t_us)

    def air(self, t_us: int) -> tuple[float, float, float]:
        """Temperature in degrees Celsius, pressure in hPa, relative humidity in %."""
        return self.air_source(t_us)

    def battery_mv(self, t_us: int) -> float:
        """Battery voltage at the cell."""
        return self.battery_source(t_us)

    def button(self, t_us: int) -> bool:
        """Whether the button is held down."""
        return self.button_source(t_us)

    def light(self, t_us: int) -> tuple[float, float]:
        """What a light at the tag's back gets back, nA of a photodiode for a mA of infrared; nA of other light. `vtag.skin`."""
        return self.light_source(t_us)
