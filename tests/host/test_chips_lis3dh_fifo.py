"""The LIS3DH model's FIFO against datasheet and application note, and the faults that the model can be given."""

import math
import statistics
import struct
import time
from typing import Any

import pytest
from chips_lis3dh_bus import HIGH_RES, Wires

from davy.vtag.chips.base import Nak


@pytest.mark.parametrize(
    ("samples", "flags"),
    [(0, 0x20 | 0), (1, 1), (9, 9), (10, 0x80 | 10), (31, 0x80 | 31), (32, 0xC0 | 31), (90, 0xC0 | 31)],
)
def test_fifo_source(samples: int, flags: int):
    """Watermark field 9: the flag rises with the tenth sample. 32 unread: the count says 31 and the overrun flag is set."""
    bus = Wires()
    bus.stream(9)
    bus.wait(10 * samples)
    assert bus.read(0x2F) == bytes((flags,))


@pytest.mark.parametrize(("code", "hz"), [(1, 1), (2, 10), (3, 25), (4, 50), (5, 100), (6, 200), (7, 400)])
def test_fifo_fills_at_the_output_data_rate(code: int, hz: int):
    bus = Wires()
    bus.write(0x24, 0x40)
    bus.write(0x2E, 0x80)
    bus.write(0x20, code << 4 | 7)
    bus.wait(1000 * 20 / hz)
    assert bus.read(0x2F)[0] & 0x1F == 20
    bus.wait(1000 * 3.5 / hz)
    assert bus.read(0x2F)[0] & 0x1F == 23


def ramp(t_us: int) -> tuple[float, float, float]:
    """A world in which a sample's value tells when it was taken: 48 mg a 10 ms, which is one step of the FIFO at 16 g."""
    return (48.0 * (t_us // 10_000), 0.0, 0.0)


def fifo(bus: Wires, n: int) -> list[int]:
    data = bus.read(0x28 | 0x80, 6 * n)
    return [struct.unpack_from("<h", data, 6 * i)[0] // 64 for i in range(n)]


def test_burst_wraps_and_gives_the_oldest_sample_first():
    bus = Wires()
    bus.stream(control4=0xB8)
    bus.world.accel_source = ramp
    bus.wait(100)
    assert fifo(bus, 10) == list(range(11, 21))
    assert bus.read(0x2F) == b"\x20"


def test_a_part_of_the_fifo_can_be_read():
    bus = Wires()
    bus.stream(control4=0xB8)
    bus.world.accel_source = ramp
    bus.wait(100)
    assert fifo(bus, 4) == [11, 12, 13, 14]
    assert bus.read(0x2F) == bytes((6,))
    assert fifo(bus, 1) == [15]


def test_stream_mode_overwrites_the_oldest():
    bus = Wires()
    bus.stream(control4=0xB8)
    bus.world.accel_source = ramp
    bus.wait(500)
    assert fifo(bus, 32) == list(range(29, 61))


def test_fifo_mode_stops_when_full():
    bus = Wires()
    bus.stream(control4=0xB8)
    bus.world.accel_source = ramp
    bus.write(0x2E, 0x40)
    bus.wait(500)
    assert fifo(bus, 32) == list(range(11, 43))
    bus.wait(100)
    assert bus.read(0x2F) == b"\x20"  # closed until it has been bypassed
    bus.write(0x2E, 0x00)
    bus.write(0x2E, 0x40)
    bus.wait(30)
    assert bus.read(0x2F) == bytes((0x83,))


def test_bypass_empties():
    bus = Wires()
    bus.stream()
    bus.wait(100)
    bus.write(0x2E, 0)
    assert bus.read(0x2F) == b"\x20"


def test_fifo_keeps_ten_bits():
    bus = Wires(mg=(1023, -1023, 1000))
    bus.mode(HIGH_RES, 0)
    assert bus.direct() == (1023 << 4, -1023 << 4, 1000 << 4)
    bus.stream()
    bus.wait(10)
    assert bus.direct() == (1020 << 4, -1024 << 4, 1000 << 4)


def test_a_long_absence_is_no_long_computation():
    bus = Wires()
    bus.stream()
    began = time.process_time()
    bus.wait(24 * 3600 * 1000)
    assert bus.read(0x2F) == bytes((0xC0 | 31,))
    bus.wait(10)
    assert time.process_time() - began < 1.0


# -- faults


def fault(name: str, value: float = 1.0, **kwargs: Any) -> Wires:
    bus = Wires(**kwargs)
    bus.stream(control4=0xB8)
    bus.chip.faults.set(name, value)
    return bus


def test_unknown_fault_is_refused():
    with pytest.raises(ValueError, match="frozen"):
        Wires().chip.faults.set("rust")


def test_nak():
    bus = fault("nak")
    with pytest.raises(Nak):
        bus.read(0x0F)
    with pytest.raises(Nak):
        bus.chip.read(1, 0)
    bus.chip.faults.clear("nak")
    assert bus.read(0x0F) == b"\x33"


def test_wrong_id():
    bus = fault("wrong_id")
    assert bus.read(0x0F) != b"\x33"


def test_stuck_fifo_never_fills_even_when_restarted():
    bus = fault("stuck_fifo")
    bus.wait(1000)
    assert bus.read(0x2F) == b"\x20"
    bus.write(0x2E, 0)
    bus.write(0x2E, 0x89)
    bus.wait(1000)
    assert bus.read(0x2F) == b"\x20"
    bus.chip.faults.clear()
    bus.wait(100)
    assert bus.read(0x2F)[0] & 0x1F == 10


def test_frozen_output_ignores_world_and_force():
    bus = fault("frozen")
    bus.world.accel_source = lambda t_us: (480.0, 480.0, 480.0)
    bus.write(0x23, 0xB8 | 2)
    bus.wait(200)
    data = bus.read(0x28 | 0x80, 6 * 20)
    assert data == data[:6] * 20
    assert struct.unpack("<3h", data[:6]) == (0, 0, 960 // 12 << 4)


def test_noise_has_the_size_asked_for():
    bus = fault("noise", 100.0, mg=(0, 0, 0))
    bus.write(0x23, 0x88)  # 2 g: steps of 4 mg
    z: list[int] = []
    for _ in range(40):
        bus.wait(250)
        data = bus.read(0x28 | 0x80, 6 * 25)
        z += [struct.unpack_from("<h", data, 6 * i + 4)[0] // 16 for i in range(25)]
    assert abs(statistics.mean(z)) < 4 * 100 / math.sqrt(len(z)) + 4
    assert 90 < statistics.stdev(z) < 110


def test_drift_moves_the_zero():
    bus = fault("drift", 96.0, mg=(0, 0, 480))
    bus.wait(10)
    assert bus.direct() == (96 // 12 << 4, 96 // 12 << 4, 576 // 12 << 4)


def test_lost_configuration_happens_once():
    bus = fault("lost_config")
    assert bus.read(0x20 | 0x80, 5) == bytes((0x07, 0, 0, 0, 0))
    assert "lost_config" not in bus.chip.faults
    bus.stream()
    bus.wait(50)
    assert bus.read(0x2F) == bytes((5,))
