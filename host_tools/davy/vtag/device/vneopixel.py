"""The tag's `neopixel`: WS2812 chains."""

import vport
import wire


class NeoPixel:
    """`n` pixels on a pin; `write` sends them, green first, as the chip wants them."""

    def __init__(self, pin, n: int, bpp: int = 3, timing: int = 1) -> None:
        self._pin = pin.id
        self.n = n
        self.bpp = bpp
        self.buf = bytearray(n * bpp)

    def __len__(self) -> int:
        return self.n

    def __setitem__(self, i: int, value) -> None:
        at = i * self.bpp
        self.buf[at] = value[1]
        self.buf[at + 1] = value[0]
        self.buf[at + 2] = value[2]

    def __getitem__(self, i: int):
        at = i * self.bpp
        return (self.buf[at + 1], self.buf[at], self.buf[at + 2])

    def fill(self, value) -> None:
        """Set all pixels."""
        for i in range(self.n):
            self[i] = value

    def write(self) -> None:
        """Show the buffer."""
        vport.call(wire.NEOPIXEL, self._pin, 0, self.buf)
