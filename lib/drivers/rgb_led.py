"""A red-green-blue light: one WS2812 pixel, or three PWM outputs. Both are shown colours of 0 to 255 a channel."""

from drivers import tally


def _byte(value: int) -> int:
    return max(0, min(255, value))


class PixelLed:
    """Pixel 0 of a NeoPixel chain. `fault` tells whether the last command failed, `errors` counts those that did."""

    def __init__(self, pixels) -> None:
        self._pixels = pixels
        self.errors = 0
        self.fault = False
        self.show(0, 0, 0)

    def show(self, r: int, g: int, b: int) -> None:
        """Light up in this colour."""
        try:
            self._pixels[0] = (_byte(r), _byte(g), _byte(b))
            self._pixels.write()
            self.fault = False
        except (OSError, ValueError):
            self.fault = True
            self.errors = tally.more(self.errors)


class PwmLed:
    """Three open PWM outputs; with `active_low` the light is on while its pin is low."""

    def __init__(self, red, green, blue, active_low: bool = False) -> None:
        self._outputs = (red, green, blue)
        self._active_low = active_low
        self.errors = 0
        self.fault = False
        self.show(0, 0, 0)

    def show(self, r: int, g: int, b: int) -> None:
        """Light up in this colour; a channel that fails does not keep the others dark."""
        self.fault = False
        for output, value in zip(self._outputs, (r, g, b)):
            duty = _byte(value) * 257
            try:
                output.duty_u16(65535 - duty if self._active_low else duty)
            except (OSError, ValueError):
                self.fault = True
                self.errors = tally.more(self.errors)
