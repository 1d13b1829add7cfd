"""An MPU-6050 or MPU-6500 model at the end of a bus, set up as a driver does it."""

import struct

import pytest
from chips_wires import ChipWires

BOTH = pytest.mark.parametrize("name", ["mpu6050", "mpu6500"])
SIZE = {"mpu6050": 1024, "mpu6500": 512}


def woken(name: str, accel_config: int = 0x18, **more: object) -> ChipWires:
    """100 Hz, accelerometer alone, FIFO running and empty at the present time."""
    bus = ChipWires(name, **more)  # type: ignore[arg-type]
    bus.write(0x6B, 0x00, 0x07)
    bus.write(0x19, 9, 3, 0, accel_config)
    bus.wait(100)
    bus.write(0x23, 0x08)
    empty(bus)
    bus.read(0x3A)
    return bus


def empty(bus: ChipWires) -> None:
    """Off, reset, on."""
    for control in (0x00, 0x04, 0x40):
        bus.write(0x6A, control)


def count(bus: ChipWires) -> int:
    return int.from_bytes(bus.read(0x72, 2), "big")


def direct(bus: ChipWires) -> tuple[int, ...]:
    return struct.unpack(">3h", bus.read(0x3B, 6))
