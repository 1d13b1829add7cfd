"""Battery voltage through a resistor divider on an ADC input: the median of five readings.

mv = uv / 1000 * divider, the divider kept in thousandths: 3.3 V at the pin times a divider of 10 is 3.3e7, below 2^30.
"""

from drivers import tally
from micropython import const

UNKNOWN = const(-1)
_READINGS = const(5)


class Battery:
    """The cell on an open `adc`; a voltage outside `least_mv` to `most_mv` cannot be one lithium cell's."""

    def __init__(self, adc, divider=2.0, least_mv: int = 2500, most_mv: int = 4500) -> None:
        self._adc = adc
        self._divider_pm = int(divider * 1000 + 0.5)
        self._least_mv = least_mv
        self._most_mv = most_mv
        self._readings = [0] * _READINGS
        self.errors = 0

    def read_mv(self) -> int:
        """Millivolts at the cell; UNKNOWN when the input fails or what it says is not plausible."""
        try:
            for i in range(_READINGS):
                self._readings[i] = self._adc.read_uv()
        except OSError:
            self.errors = tally.more(self.errors)
            return UNKNOWN
        self._readings.sort()
        mv = self._readings[_READINGS // 2] // 1000 * self._divider_pm // 1000
        if self._least_mv <= mv <= self._most_mv:
            return mv
        self.errors = tally.more(self.errors)
        return UNKNOWN
