"""The LSM6DSO model against its datasheet and AN5192, as a bus sees it."""

import pytest
from chips_lsm6dso_bus import CONTINUOUS, direct, status, streaming
from chips_wires import ChipWires

from davy.vtag.chips.base import Nak


def test_registers_after_power_up():
    """DS12140 section 8: CTRL3_C is 04h, CTRL9_XL E0h, the other control registers 0."""
    bus = ChipWires("lsm6dso")
    assert bus.read(0x0F) == b"\x6c"
    assert bus.read(0x07, 4) == bytes(4)
    assert bus.read(0x10, 10) == bytes((0, 0, 4, 0, 0, 0, 0, 0, 0xE0, 0))
    bus.wait(1000)
    assert direct(bus) == (0, 0, 0) and bus.read(0x1E) == b"\x00"  # power-down


@pytest.mark.parametrize(("code", "step_mg"), [(0, 0.061), (1, 0.488), (2, 0.122), (3, 0.244)])
def test_sensitivity_and_range(code: int, step_mg: float):
    """DS12140 table 2; FS_XL: 00 = 2 g, 01 = 16 g, 10 = 4 g, 11 = 8 g."""
    bus = streaming(0x40 | code << 2, mg=(1000.1 * step_mg, -999.9 * step_mg, 40_000))
    bus.wait(10)
    assert direct(bus) == (1000, -1000, 32767)


def test_without_the_increment_bit_one_register_repeats():
    bus = streaming()
    bus.write(0x12, 0x40)
    assert bus.read(0x0F, 3) == b"\x6c\x6c\x6c"


@pytest.mark.parametrize(("bits", "sign"), [(1, 1), (2, -1)])
def test_self_test_force_is_within_the_datasheet(bits: int, sign: int):
    """50 to 1700 mg, at 4 g 0.122 mg a digit."""
    bus = streaming(0x38, mg=(0, 0, 0))
    bus.wait(20)
    assert direct(bus) == (0, 0, 0)
    bus.write(0x14, bits)
    bus.wait(100)
    assert all(50 <= sign * word * 0.122 <= 1700 for word in direct(bus))


def test_status_register_tells_new_data():
    bus = streaming()
    direct(bus)
    assert bus.read(0x1E) == b"\x00"
    bus.wait(10)
    assert bus.read(0x1E) == b"\x01"


def test_software_reset():
    bus = streaming()
    bus.write(0x12, 0x01)
    assert bus.read(0x10) == b"\x00" and bus.read(0x12) == b"\x04"


def test_read_only_registers_stay():
    bus = streaming()
    for register in (0x0F, 0x1E, 0x28, 0x3A):
        before = bus.read(register)
        bus.write(register, 0xFF)
        assert bus.read(register) == before


def test_axes_are_turned_into_those_of_the_chip():
    bus = streaming(axes=("z", "-x", "-y"), mg=(488.1, 976.1, 1952.1))
    bus.wait(10)
    assert direct(bus) == (-2001, -4001, 1000)


def test_faults():
    bus = streaming(mg=(0, 0, 488.1))
    bus.chip.faults.set("nak")
    with pytest.raises(Nak):
        bus.read(0x0F)
    bus.chip.faults.clear()
    bus.chip.faults.set("wrong_id")
    assert bus.read(0x0F) != b"\x6c"
    bus.chip.faults.clear()
    bus.chip.faults.set("frozen")
    bus.world.accel_source = lambda t_us: (500.0, 500.0, 500.0)
    bus.write(0x14, 1)
    bus.wait(100)
    assert direct(bus) == (0, 0, 1000)
    bus.chip.faults.clear()
    bus.chip.faults.set("stuck_fifo")
    bus.write(0x0A, 0)
    bus.write(0x0A, CONTINUOUS)
    bus.wait(100)
    assert status(bus) == (0, 0)
    bus.chip.faults.clear()
    bus.chip.faults.set("lost_config")
    assert bus.read(0x10) == b"\x00" and "lost_config" not in bus.chip.faults


def test_drift_and_noise():
    bus = streaming(mg=(0, 0, 0))
    bus.chip.faults.set("drift", 48.81)
    bus.wait(10)
    assert direct(bus) == (100, 100, 100)
    bus.chip.faults.set("noise", 100.0)
    bus.wait(10)
    assert len(set(direct(bus))) == 3
