"""A buzzer on a PWM output: tones at half duty, silence at none."""

from drivers import tally
from micropython import const

_LOWEST_HZ = const(50)
_HIGHEST_HZ = const(10000)
_HALF = const(32768)


class Buzzer:
    """The buzzer on an open `pwm`. `fault` tells whether the last command failed, `errors` counts those that did."""

    def __init__(self, pwm) -> None:
        self._pwm = pwm
        self.errors = 0
        self.fault = False
        self.tone(0)

    def tone(self, hz: int) -> None:
        """Sound at `hz`, brought into 50 to 10000; 0 or less is silence."""
        try:
            if hz > 0:
                self._pwm.freq(max(_LOWEST_HZ, min(_HIGHEST_HZ, hz)))
                self._pwm.duty_u16(_HALF)
            else:
                self._pwm.duty_u16(0)
            self.fault = False
        except (OSError, ValueError):
            self.fault = True
            self.errors = tally.more(self.errors)
