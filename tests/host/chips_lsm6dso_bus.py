"""The LSM6DSO model at the end of a bus, set up as a driver does it."""

import struct

from chips_wires import ChipWires

ODR_104_16G, CONTINUOUS = 0x44, 0x06


def streaming(first: int = ODR_104_16G, mode: int = CONTINUOUS, **more: object) -> ChipWires:
    """The accelerometer runs, each sample goes into the FIFO, which is empty at the present time; watermark 10."""
    bus = ChipWires("lsm6dso", **more)  # type: ignore[arg-type]
    bus.write(0x10, first, 0, 0x44)
    bus.wait(100)
    bus.write(0x07, 10, 0, first >> 4, 0)
    bus.write(0x0A, mode)
    return bus


def status(bus: ChipWires) -> tuple[int, int]:
    """(flags of FIFO_STATUS2, words)."""
    low, high = bus.read(0x3A, 2)
    return high & 0xFC, low | (high & 3) << 8


def direct(bus: ChipWires) -> tuple[int, ...]:
    return struct.unpack("<3h", bus.read(0x28, 6))
