"""The LIS3DH model against its datasheet: registers, scales, axes and self-test, as a bus sees them."""

import struct

import pytest
from chips_lis3dh_bus import HIGH_RES, LOW_POWER, NORMAL, ODR_100, Wires

from davy.vtag.chips import CHIPS
from davy.vtag.chips.lis3dh import Lis3dh


def test_is_registered():
    assert CHIPS["lis3dh"] is Lis3dh


def test_registers_after_power_up():
    bus = Wires()
    assert bus.read(0x0F) == b"\x33"
    assert bus.read(0x1E) == b"\x10"
    assert bus.read(0x20) == b"\x07"
    assert bus.read(0x21 | 0x80, 7) == bytes(7)
    assert bus.read(0x2E) == b"\x00"
    assert bus.read(0x2F) == b"\x20"  # empty


def test_power_down_takes_no_samples():
    bus = Wires()
    bus.wait(10_000)
    assert bus.direct() == (0, 0, 0)
    assert bus.read(0x27) == b"\x00"


def test_without_the_increment_bit_one_register_repeats():
    bus = Wires()
    assert bus.read(0x0F, 3) == b"\x33\x33\x33"
    bus.write(0x20, 0x57, 0x47)
    assert bus.read(0x20 | 0x80, 2) == b"\x47\x00"


def test_with_the_increment_bit_registers_follow():
    bus = Wires()
    bus.write(0x20 | 0x80, 1, 2, 3, 4, 5)
    assert bus.read(0x20 | 0x80, 6) == bytes((1, 2, 3, 4, 5, 0))


def test_read_only_registers_stay():
    bus = Wires()
    for register in (0x0F, 0x27, 0x28, 0x2F):
        before = bus.read(register)
        bus.write(register, 0xFF)
        assert bus.read(register) == before


def test_boot_bit_clears_itself():
    bus = Wires()
    bus.write(0x24, 0xC0)
    assert bus.read(0x24) == b"\x40"


@pytest.mark.parametrize(("mg", "low", "high"), [(350, 0xE0, 0x15), (-350, 0x20, 0xEA), (0, 0, 0)])
def test_bytes_of_the_application_note(mg: float, low: int, high: int):
    """AN3308, table of acceleration data at +-2 g: 350 mg reads E0h 15h."""
    bus = Wires(mg=(mg, 0, 0))
    bus.mode(HIGH_RES, 0)
    assert bus.read(0x28 | 0x80, 2) == bytes((low, high))
    bus.write(0x23, 0xC8)  # big endian selected
    assert bus.read(0x28 | 0x80, 2) == bytes((high, low))


# Datasheet table 4: sensitivity in mg per digit, and how many of the 16 bits are the digit's.
@pytest.mark.parametrize(
    ("mode", "scale", "mg_per_digit", "shift"),
    [
        (HIGH_RES, 0, 1, 4),
        (HIGH_RES, 1, 2, 4),
        (HIGH_RES, 2, 4, 4),
        (HIGH_RES, 3, 12, 4),
        (NORMAL, 0, 4, 6),
        (NORMAL, 1, 8, 6),
        (NORMAL, 2, 16, 6),
        (NORMAL, 3, 48, 6),
        (LOW_POWER, 0, 16, 8),
        (LOW_POWER, 1, 32, 8),
        (LOW_POWER, 2, 64, 8),
        (LOW_POWER, 3, 192, 8),
    ],
)
def test_scales(mode: str, scale: int, mg_per_digit: int, shift: int):
    bus = Wires(mg=(5 * mg_per_digit, -7 * mg_per_digit, 100_000))
    bus.mode(mode, scale)
    most = (1 << (15 - shift)) - 1
    assert bus.direct() == (5 << shift, -7 << shift, most << shift)


def test_digits_are_cut_off_not_rounded():
    bus = Wires(mg=(0.9, -0.1, 999.9))
    bus.mode(HIGH_RES, 0)
    assert tuple(word >> 4 for word in bus.direct()) == (0, -1, 999)


def test_disabled_axis_reads_zero():
    bus = Wires(mg=(500, 500, 500))
    bus.write(0x20, 0x55)
    bus.wait(50)
    x, y, z = bus.direct()
    assert x and z and not y


def test_status_register_tells_new_data_and_overrun():
    bus = Wires()
    bus.mode(NORMAL, 0)
    bus.direct()
    assert bus.read(0x27) == b"\x00"
    bus.wait(10)
    assert bus.read(0x27) == b"\x0f"
    bus.wait(10)
    assert bus.read(0x27) == b"\xff"
    bus.direct()
    assert bus.read(0x27) == b"\x00"


@pytest.mark.parametrize(
    ("axes", "chip_axes"),
    [(("x", "y", "z"), (100, 200, 300)), (("-y", "x", "z"), (200, -100, 300)), (("z", "-x", "-y"), (-200, -300, 100))],
)
def test_axes_are_turned_into_those_of_the_chip(axes: tuple[str, str, str], chip_axes: tuple[int, int, int]):
    """`axes` says for each tag axis on which axis of the chip it lies: tag x = -chip y means chip y = -tag x."""
    bus = Wires(axes, (100, 200, 300))
    bus.mode(HIGH_RES, 0)
    assert tuple(word >> 4 for word in bus.direct()) == chip_axes


@pytest.mark.parametrize(("bits", "sign"), [(0b01, 1), (0b10, -1)])
def test_self_test_force_is_within_the_datasheet(bits: int, sign: int):
    """17 to 360 digits of 4 mg, at 2 g in normal mode."""
    bus = Wires(mg=(0, 0, 0))
    bus.mode(NORMAL, 0)
    assert bus.direct() == (0, 0, 0)
    bus.write(0x23, 0x80 | bits << 1)
    bus.wait(10)
    assert bus.direct() == (0, 0, 0)  # the sample that was under way
    bus.wait(90)
    assert all(17 <= sign * (word >> 6) <= 360 for word in bus.direct())


def test_output_needs_seven_samples_to_turn_on():
    bus = Wires(mg=(0, 0, 960))
    bus.write(0x24, 0x40)
    bus.write(0x2E, 0x80)
    bus.write(0x23, 0xB8)
    bus.write(0x20, ODR_100)
    bus.wait(100)
    z = [struct.unpack_from("<h", bus.read(0x28 | 0x80, 6), 4)[0] // 16 * 12 for _ in range(10)]
    assert z[:7] == sorted(z[:7]) and z[0] < 500 and z[6] < 960
    assert z[7:] == [960] * 3
