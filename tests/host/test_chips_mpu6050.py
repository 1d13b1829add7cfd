"""The MPU-6050 and MPU-6500 models against register map and datasheet, as a bus sees them."""

import pytest
from chips_mpu import BOTH, direct, woken
from chips_wires import ChipWires

from davy.vtag.chips import CHIPS
from davy.vtag.chips.base import Nak


@pytest.mark.parametrize(("name", "identity", "power"), [("mpu6050", 0x68, 0x40), ("mpu6500", 0x70, 0x01)])
def test_registers_after_power_up(name: str, identity: int, power: int):
    """RM-MPU-6000A section 3: all zero but registers 107 and 117 (and the trims)."""
    bus = ChipWires(name)
    assert bus.read(0x75) == bytes((identity,))
    assert bus.read(0x6A, 3) == bytes((0, power, 0))
    assert bus.read(0x19, 11) == bytes(11)
    assert bus.read(0x72, 2) == bytes(2)


def test_mpu6050_sleeps_after_power_up_and_mpu6500_does_not():
    asleep, awake = ChipWires("mpu6050"), ChipWires("mpu6500")
    for bus in (asleep, awake):
        bus.wait(100)
    assert direct(asleep) == (0, 0, 0) and asleep.read(0x3A) == b"\x00"
    assert direct(awake) == (0, 0, 16384)


@BOTH
@pytest.mark.parametrize(("select", "digits_per_g"), [(0, 16384), (1, 8192), (2, 4096), (3, 2048)])
def test_sensitivity_and_range(name: str, select: int, digits_per_g: int):
    """PS-MPU-6000A table 6.2."""
    bus = woken(name, select << 3, mg=(500, -250, 30_000))
    bus.wait(10)
    assert direct(bus) == (digits_per_g // 2, -digits_per_g // 4, 32767)


@BOTH
def test_the_high_byte_comes_first(name: str):
    bus = woken(name, 0, mg=(1000, 0, 0))
    bus.wait(10)
    assert bus.read(0x3B, 2) == b"\x40\x00"


@BOTH
def test_device_reset(name: str):
    bus = woken(name)
    bus.write(0x6B, 0x80)
    assert bus.read(0x19, 4) == bytes(4) and bus.read(0x6A) == b"\x00"


@BOTH
def test_read_only_registers_stay(name: str):
    bus = woken(name)
    for register in (0x3A, 0x3B, 0x72, 0x75):
        before = bus.read(register)
        bus.write(register, 0xFF)
        assert bus.read(register) == before


def test_output_settles_30_ms_after_sleep():
    bus = ChipWires("mpu6050")
    bus.write(0x19, 0, 1)
    bus.write(0x6B, 0x00)
    bus.wait(15)
    assert direct(bus)[2] == pytest.approx(8192, rel=0.01)
    bus.wait(15)
    assert direct(bus)[2] == 16384


def test_mpu6050_self_test_answers_with_its_trim():
    """Register map 4.1: FT = 4096 * 0.34 * (0.92 / 0.34) ^ ((code - 1) / 30) at +-8 g, code from SELF_TEST_X..A."""
    bus = woken("mpu6050", 0x10, mg=(0, 0, 0))
    x, y, z, a = bus.read(0x0D, 4)
    codes = (x >> 5 << 2 | a >> 4 & 3, y >> 5 << 2 | a >> 2 & 3, z >> 5 << 2 | a & 3)
    assert codes == (12, 16, 20)
    bus.write(0x1C, 0xF0)
    bus.wait(10)
    assert direct(bus) == (0, 0, 0)  # the sample that was under way
    bus.wait(10)
    # 4096 * 0.34 * exp(n / 30 * ln(0.92 / 0.34)) for n = 11, 15, 19
    assert direct(bus) == pytest.approx((2006, 2291, 2616), abs=2)


def test_mpu6500_self_test_answers_with_its_trim():
    """InvenSense's Linux driver has a table of them: 2620 * 1.01 ^ (code - 1) at +-2 g."""
    bus = woken("mpu6500", 0x00, mg=(0, 0, 0))
    assert tuple(bus.read(0x0D, 3)) == (85, 95, 105)
    bus.write(0x1C, 0xE0)
    bus.wait(20)
    assert direct(bus) == pytest.approx((6044, 6676, 7374), abs=2)


@BOTH
@pytest.mark.parametrize(
    ("axes", "chip_axes"),
    [(("x", "y", "z"), (128, 256, 512)), (("-y", "x", "z"), (256, -128, 512)), (("z", "-x", "-y"), (-256, -512, 128))],
)
def test_axes_are_turned_into_those_of_the_chip(name: str, axes: tuple[str, str, str], chip_axes: tuple[int, int, int]):
    bus = woken(name, axes=axes, mg=(62.5, 125, 250))
    bus.wait(10)
    assert direct(bus) == chip_axes


def test_i2c_can_be_switched_off_where_spi_is_used():
    bus = woken("mpu6500", spi=1, cs=5)
    bus.write(0x6A, 0x50)
    assert bus.read(0x75) == b"\x70"
    assert bus.read(0x6A) == b"\x40"  # RM-MPU-9250A 4.33: the bit clears itself
    other = woken("mpu6500")
    other.write(0x6A, 0x50)
    with pytest.raises(Nak):
        other.read(0x75)


def test_only_the_mpu6500_has_spi():
    assert not hasattr(CHIPS["mpu6050"], "spi") and hasattr(CHIPS["mpu6500"], "spi")


@BOTH
def test_faults(name: str):
    bus = woken(name, mg=(0, 0, 1000))
    bus.chip.faults.set("nak")
    with pytest.raises(Nak):
        bus.read(0x75)
    bus.chip.faults.clear()
    bus.chip.faults.set("wrong_id")
    assert bus.read(0x75) != bytes((bus.chip.identity,))
    bus.chip.faults.clear()
    bus.wait(10)
    before = direct(bus)
    bus.chip.faults.set("frozen")
    bus.world.accel_source = lambda t_us: (500.0, 500.0, 500.0)
    bus.write(0x1C, 0xF8)
    bus.wait(100)
    assert direct(bus) == before == (0, 0, 2048)
    bus.chip.faults.clear()
    bus.chip.faults.set("lost_config")
    assert bus.read(0x1C) == b"\x00" and "lost_config" not in bus.chip.faults


@BOTH
def test_drift_and_noise(name: str):
    bus = woken(name, mg=(0, 0, 0))
    bus.chip.faults.set("drift", 125.0)
    bus.wait(10)
    assert direct(bus) == (256, 256, 256)
    bus.chip.faults.set("noise", 100.0)
    bus.wait(10)
    assert len(set(direct(bus))) == 3
