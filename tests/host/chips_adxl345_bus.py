"""The ADXL345 model at the end of a bus, with the clock in the test's hand."""

import struct

from davy.vtag.chips.adxl345 import Adxl345
from davy.vtag.world import World

MS = 1000
FULL_16_G = 0x0B


def clock(t_us: int) -> tuple[float, float, float]:
    """A world in which a sample's value tells when it was taken: one digit of full resolution a 10 ms."""
    return ((t_us // 10_000 + 0.5) * 1000 / 256, 0.0, 0.0)


class Wires:
    """The model on I2C, with the clock in the test's hand."""

    def __init__(
        self, axes: tuple[str, str, str] = ("x", "y", "z"), mg: tuple[float, float, float] = (0, 0, 1000)
    ) -> None:
        self.world = World()
        self.world.accel_source = lambda t_us: mg
        part = {"chip": "adxl345", "i2c": 0, "address": 0x53, "axes": list(axes)}
        self.chip = Adxl345(part, self.world)
        self.t_us = 0

    def wait(self, ms: float) -> None:
        self.t_us += int(ms * MS)

    def write(self, register: int, *values: int) -> None:
        self.chip.write(bytes((register, *values)), self.t_us)

    def read(self, register: int, n: int = 1) -> bytes:
        self.chip.write(bytes((register,)), self.t_us)
        return self.chip.read(n, self.t_us)

    def sample(self) -> tuple[int, ...]:
        """One x, y, z as signed words, in one transfer."""
        return struct.unpack("<3h", self.read(0x32, 6))

    def stream(self, fifo: int = 0x8A, form: int = FULL_16_G) -> None:
        """100 Hz in the FIFO, which is empty now; the next sample comes a period later."""
        self.write(0x31, form)
        self.write(0x38, 0)
        self.write(0x2D, 0x08)
        self.wait(95)  # a sample every 10 ms, the last at 91.1
        self.write(0x38, 0)
        self.write(0x38, fifo)
