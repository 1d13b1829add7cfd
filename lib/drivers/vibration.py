"""A vibration motor on a PWM output."""

from drivers import tally


class Vibration:
    """The motor on an open `pwm`. `fault` tells whether the last command failed, `errors` counts those that did."""

    def __init__(self, pwm) -> None:
        self._pwm = pwm
        self.errors = 0
        self.fault = False
        self.drive(0)

    def drive(self, percent: int) -> None:
        """Run at `percent` of full strength, brought into 0 to 100."""
        percent = max(0, min(100, percent))
        try:
            self._pwm.duty_u16(percent * 65535 // 100)
            self.fault = False
        except (OSError, ValueError):
            self.fault = True
            self.errors = tally.more(self.errors)
