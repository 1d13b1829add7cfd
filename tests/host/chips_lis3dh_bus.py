"""The LIS3DH model at the end of a bus, with the clock in the test's hand."""

import struct

from davy.vtag.chips.lis3dh import Lis3dh
from davy.vtag.world import World

MS = 1000
ODR_100 = 0x57
HIGH_RES, NORMAL, LOW_POWER = "12 bits", "10 bits", "8 bits"


class Wires:
    """The model at the end of a bus, with the clock in the test's hand."""

    def __init__(
        self, axes: tuple[str, str, str] = ("x", "y", "z"), mg: tuple[float, float, float] = (0, 0, 1000)
    ) -> None:
        self.world = World()
        self.world.accel_source = lambda t_us: mg
        self.chip = Lis3dh({"chip": "lis3dh", "i2c": 0, "address": 25, "axes": list(axes)}, self.world)
        self.t_us = 0

    def wait(self, ms: float) -> None:
        self.t_us += int(ms * MS)

    def write(self, register: int, *values: int) -> None:
        self.chip.write(bytes((register, *values)), self.t_us)

    def read(self, register: int, n: int = 1) -> bytes:
        self.chip.write(bytes((register,)), self.t_us)
        return self.chip.read(n, self.t_us)

    def direct(self) -> tuple[int, ...]:
        """The output registers as signed 16-bit words."""
        return struct.unpack("<3h", self.read(0x28 | 0x80, 6))

    def stream(self, watermark_bits: int = 9, control4: int = 0x88) -> None:
        """100 Hz, FIFO in stream mode; the FIFO is empty at the present time."""
        self.write(0x20 | 0x80, ODR_100, 0, 0, control4, 0x40)
        self.wait(100)
        self.write(0x2E, 0)
        self.write(0x2E, 0x80 | watermark_bits)

    def mode(self, mode: str, scale: int) -> None:
        self.write(0x20, ODR_100 | (0x08 if mode == LOW_POWER else 0))
        self.write(0x23, 0x80 | scale << 4 | (0x08 if mode == HIGH_RES else 0))
        self.wait(100)
