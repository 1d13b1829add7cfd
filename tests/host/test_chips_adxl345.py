"""The ADXL345 model against its data sheet: registers, scales, FIFO, self-test and faults, on I2C and on SPI."""

import pytest
from chips_adxl345_bus import FULL_16_G, Wires, clock

from davy.vtag.chips import CHIPS
from davy.vtag.chips.adxl345 import Adxl345
from davy.vtag.chips.base import Nak
from davy.vtag.wires_spi import SpiBus, SpiFront


def measuring(form: int = FULL_16_G, **world: object) -> Wires:
    """In bypass at 100 Hz, settled."""
    bus = Wires(**world)  # pyright: ignore[reportArgumentType]
    bus.write(0x31, form)
    bus.write(0x2D, 0x08)
    bus.wait(50)
    return bus


def test_is_registered():
    assert CHIPS["adxl345"] is Adxl345


def test_registers_after_power_up():
    bus = Wires()
    assert bus.read(0x00) == b"\xe5"
    assert bus.read(0x1D, 15) == bytes(15)
    assert bus.read(0x2C, 4) == bytes((0x0A, 0, 0, 0))
    assert bus.read(0x30) == b"\x02"
    assert bus.read(0x31) == b"\x00"
    assert bus.read(0x38, 2) == b"\x00\x00"


def test_standby_takes_no_samples():
    bus = Wires()
    bus.wait(10_000)
    assert bus.sample() == (0, 0, 0) and bus.read(0x30) == b"\x02"


def test_a_watermark_of_0_is_reached_in_every_mode():
    bus = Wires()
    for control, source in ((0x00, 2), (0x40, 2), (0x80, 2), (0x01, 0), (0x41, 0), (0x81, 0)):
        bus.write(0x38, control)
        assert bus.read(0x30) == bytes((source,)), hex(control)


def test_addresses_follow_each_other_without_any_bit():
    bus = Wires()
    bus.write(0x1E, 1, 2, 3)
    assert bus.read(0x1E, 4) == bytes((1, 2, 3, 0))


def test_read_only_registers_stay():
    bus = measuring()
    for register in (0x00, 0x2B, 0x39):
        before = bus.read(register)
        bus.write(register, 0xFF)
        assert bus.read(register) == before


def test_the_first_sample_comes_after_the_turn_on_time():
    """Table 1: one period and 1.1 ms."""
    bus = Wires()
    bus.write(0x2D, 0x08)
    bus.wait(11)
    assert bus.read(0x30)[0] & 0x80 == 0
    bus.wait(0.1)
    assert bus.read(0x30)[0] & 0x80


# Table 1: LSB a g, and digits at full scale.
@pytest.mark.parametrize(
    ("form", "lsb_a_g", "most"),
    [
        (0x00, 256, 511),
        (0x01, 128, 511),
        (0x02, 64, 511),
        (0x03, 32, 511),
        (0x08, 256, 511),
        (0x09, 256, 1023),
        (0x0A, 256, 2047),
        (0x0B, 256, 4095),
    ],
)
def test_scales(form: int, lsb_a_g: int, most: int):
    assert measuring(form, mg=(1000, -1000, 0)).sample() == (lsb_a_g, -lsb_a_g, 0)
    assert measuring(form, mg=(40000, -40000, 0)).sample() == (most, -most - 1, 0)


def test_left_justified():
    assert measuring(0x07, mg=(1000, -1000, 0)).sample() == (32 << 6, -32 << 6, 0)
    assert measuring(0x0F, mg=(1000, -1000, 0)).sample() == (256 << 3, -256 << 3, 0)


def test_axes_of_the_board():
    # tag x lies on chip y, tag y against chip x
    assert measuring(mg=(500, 1000, 2000), axes=("y", "-x", "z")).sample() == (-256, 128, 512)


def test_offsets_are_added():
    bus = measuring(mg=(0, 0, 0))
    bus.write(0x1E, 64, 0xC0, 0)  # 64 * 15.6 mg
    bus.wait(20)
    assert bus.sample() == (255, -256, 0)


@pytest.mark.parametrize(("code", "hz"), [(0x07, 12.5), (0x08, 25), (0x09, 50), (0x0A, 100), (0x0B, 200), (0x0C, 400)])
def test_rates(code: int, hz: float):
    bus = Wires()
    bus.write(0x2C, code)
    bus.write(0x38, 0x80)
    bus.write(0x2D, 0x08)
    bus.wait(20_000 / hz + 1.2)
    assert bus.read(0x39) == b"\x14"


@pytest.mark.parametrize(
    ("samples", "source"), [(0, 0), (1, 0x80), (9, 0x80), (10, 0x82), (31, 0x82), (32, 0x83), (33, 0x83), (90, 0x83)]
)
def test_the_fifo_counts_to_33_and_says_when_it_is_full(samples: int, source: int):
    bus = Wires()
    bus.stream()
    bus.wait(10 * samples)
    assert bus.read(0x39) == bytes((min(samples, 33),))
    assert bus.read(0x30) == bytes((source,))


def test_stream_keeps_the_newest_and_fifo_mode_the_oldest():
    for fifo, first in ((0x80, 57), (0x40, 10)):
        bus = Wires()
        bus.world.accel_source = clock
        bus.stream(fifo)
        bus.wait(800)
        taken = [bus.sample()[0] for _ in range(33)]
        assert taken == list(range(first, first + 33)), (hex(fifo), taken)
        assert bus.read(0x39) == b"\x00"


def test_reading_clears_the_overrun():
    bus = Wires()
    bus.stream()
    bus.wait(500)
    assert bus.read(0x30)[0] & 1
    for _ in range(33):
        bus.sample()
    assert bus.read(0x30)[0] & 1 == 0


def test_a_transfer_uses_up_one_sample_whatever_it_reads_of_it():
    bus = Wires()
    bus.world.accel_source = clock
    bus.stream()
    bus.wait(50)
    assert bus.read(0x32, 2) == bytes((10, 0))
    assert bus.read(0x36, 2) == b"\x00\x00"
    assert bus.sample()[0] == 12
    assert bus.read(0x39) == b"\x02"


def test_bypass_empties_the_fifo():
    bus = Wires()
    bus.stream()
    bus.wait(100)
    bus.write(0x38, 0x00)
    assert bus.read(0x39) == b"\x00"
    bus.write(0x38, 0x80)
    assert bus.read(0x39) == b"\x00"


def test_self_test_force_is_within_the_limits_at_3300_mv():
    """Table 15 (2.5 V, full resolution) times table 14 (3.3 V)."""
    bus = measuring(mg=(0, 0, 1000))
    rest = bus.sample()
    bus.write(0x31, 0x80 | FULL_16_G)
    bus.wait(50)
    x, y, z = (after - before for after, before in zip(bus.sample(), rest, strict=True))
    assert 50 * 1.77 < x < 540 * 1.77
    assert -540 * 1.77 < y < -50 * 1.77
    assert 75 * 1.47 < z < 875 * 1.47


def test_faults():
    bus = measuring(mg=(0, 0, 1000))
    bus.chip.faults.set("wrong_id")
    assert bus.read(0x00) != b"\xe5"
    bus.chip.faults.set("frozen")
    bus.world.accel_source = lambda t_us: (1000.0, 0.0, 0.0)
    bus.wait(50)
    assert bus.sample() == (0, 0, 256)
    bus.chip.faults.clear()
    bus.wait(50)
    assert bus.sample() == (256, 0, 0)
    bus.chip.faults.set("lost_config")
    assert bus.read(0x2D) == b"\x00" and "lost_config" not in bus.chip.faults
    bus.chip.faults.set("nak")
    with pytest.raises(Nak):
        bus.read(0x00)
    bus.chip.faults.clear()
    bus.stream()
    bus.chip.faults.set("stuck_fifo")
    bus.wait(100)
    assert bus.read(0x39) == b"\x00"


class Spi:
    """The model on SPI, select pin 5."""

    def __init__(self, mode: int = 3) -> None:
        self.wires = Wires()
        self.bus = SpiBus(18, 23, 19, 1_000_000)
        self.bus.mode = mode
        self.front = self.bus.chips[5] = SpiFront(self.wires.chip)

    def move(self, *data: bytes) -> bytes:
        """One transfer between two edges of the select pin, in parts."""
        self.front.select(0)
        answer = b"".join(self.bus.transfer(part, self.wires.t_us) for part in data)
        self.front.select(1)
        return answer


def test_spi_reads_and_writes():
    spi = Spi()
    assert spi.move(b"\x80\x00") == b"\xff\xe5"
    spi.move(b"\x5e", b"\x01\x02\x03")
    assert spi.wires.read(0x1E, 3) == b"\x01\x02\x03"
    assert spi.move(b"\xde", b"\x00\x00", b"\x00") == b"\xff\x01\x02\x03"


def test_spi_does_not_increment_unasked():
    spi = Spi()
    spi.wires.write(0x1E, 1, 2, 3)
    assert spi.move(b"\x9e\x00\x00\x00") == b"\xff\x01\x01\x01"


def test_spi_writes_when_the_pin_rises():
    spi = Spi()
    spi.front.select(0)
    spi.bus.transfer(b"\x1e\x07", 0)
    assert spi.wires.read(0x1E) == b"\x00"
    spi.front.select(1)
    assert spi.wires.read(0x1E) == b"\x07"


def test_spi_that_nobody_drives():
    spi = Spi()
    assert spi.bus.transfer(b"\x80\x00", 0) == b"\xff\xff"  # not selected
    assert Spi(mode=0).move(b"\x80\x00") == b"\xff\xff"
    spi.wires.chip.faults.set("nak")
    assert spi.move(b"\x80\x00") == b"\xff\xff"
    spi.move(b"\x1e\x07")
    spi.wires.chip.faults.clear()
    assert spi.wires.read(0x1E) == b"\x00"
    spi.bus.dead = 0
    assert spi.move(b"\x80\x00") == b"\x00\x00"


def test_spi_after_a_reset_of_the_tag():
    spi = Spi()
    spi.front.select(0)
    spi.bus.release()
    assert spi.bus.transfer(b"\x80\x00", 0) == b"\xff\xff"
    assert spi.move(b"\x80\x00") == b"\xff\xe5"


def test_two_selected_chips_pull_together():
    spi, other = Spi(), Spi()
    spi.bus.chips[6] = other.front
    other.wires.write(0x1E, 0x3C)
    spi.wires.write(0x1E, 0x0F)
    other.front.select(0)
    assert spi.move(b"\x9e\x00") == b"\xff\x0c"
