"""The models of the BME280 and the BMP390 against their datasheets: registers, forced conversions, the way from air to counts."""

import pytest

from davy.vtag.chips import CHIPS, bme280, bmp390
from davy.vtag.chips.base import Nak
from davy.vtag.chips.bosch import AirChip, count_for
from davy.vtag.world import World

MS = 1000
AIRS = [(-39.9, 301.0, 0.5), (20.0, 1013.25, 50.0), (84.9, 1099.0, 99.0), (0.0, 700.0, 85.0)]


def made(chip: str, air: tuple[float, float, float] = (20.0, 1013.25, 50.0)) -> AirChip:
    world = World()
    world.air_source = lambda t_us: air
    model = CHIPS[chip]({"chip": chip, "i2c": 0, "address": 0x77}, world)
    assert isinstance(model, AirChip) and model.address == 0x77
    return model


def read(chip: AirChip, register: int, n: int = 1, t_us: int = 0) -> bytes:
    chip.write(bytes((register,)), t_us)
    return chip.read(n, t_us)


def test_counts_are_found_for_rising_and_falling_formulas():
    assert count_for(70.4, lambda count: count * 0.5, 1000) == 141
    assert count_for(70.4, lambda count: 500 - count * 0.5, 1000) == 859
    assert count_for(-9.0, lambda count: float(count), 1000) == 0
    assert count_for(9999.0, lambda count: float(count), 1000) == 1000


def test_the_formulas_of_the_bme280_give_the_worked_example():
    # BST-BMP280-DS001 3.12: adc_T 519888, adc_P 415148 -> 25.08 degrees, 100653.27 Pa
    fine = bme280.t_fine(519888)
    assert fine / 5120 == pytest.approx(25.08, abs=0.005)
    assert bme280.pressure_pa(415148, fine) == pytest.approx(100653.27, abs=0.05)


def test_the_calibration_of_the_bme280_reads_as_the_table_of_the_datasheet():
    chip = made("bme280")
    low, high = read(chip, 0x88, 26), read(chip, 0xE1, 7)
    assert read(chip, 0xD0) == b"\x60"
    assert int.from_bytes(low[0:2], "little") == 27504 and low[25] == 75
    assert int.from_bytes(low[16:18], "little", signed=True) == -7
    assert high[3] << 4 | high[4] & 15 == bme280.H4 and high[5] << 4 | high[4] >> 4 == bme280.H5


def bme280_says(chip: AirChip, t_us: int) -> tuple[float, float, float]:
    data = read(chip, 0xF7, 8, t_us)
    fine = bme280.t_fine(int.from_bytes(data[3:6], "big") >> 4)
    pa = bme280.pressure_pa(int.from_bytes(data[0:3], "big") >> 4, fine)
    return fine / 5120, pa / 100, bme280.humidity_pct(int.from_bytes(data[6:8], "big"), fine)


@pytest.mark.parametrize("air", AIRS)
def test_a_forced_conversion_of_the_bme280(air: tuple[float, float, float]):
    chip = made("bme280", air)
    assert read(chip, 0xF7, 8) == bytes.fromhex("8000008000008000")
    chip.write(bytes((0xF2, 1, 0xF4, 0x25)), 0)
    assert read(chip, 0xF3, 1, 9 * MS) == b"\x08" and read(chip, 0xF4, 1, 9 * MS) == b"\x25"
    assert read(chip, 0xF3, 1, 10 * MS) == b"\x00" and read(chip, 0xF4, 1, 10 * MS) == b"\x24"
    temp_c, press_hpa, humid_pct = bme280_says(chip, 10 * MS)
    assert temp_c == pytest.approx(air[0], abs=0.03)
    assert press_hpa == pytest.approx(air[1], abs=0.2)
    assert humid_pct == pytest.approx(air[2], abs=0.4)


def test_humidity_is_measured_only_after_a_write_to_ctrl_meas():
    chip = made("bme280")
    chip.write(bytes((0xF4, 0x25)), 0)
    chip.write(bytes((0xF2, 1)), 0)
    assert read(chip, 0xF7, 8, 20 * MS)[6:] == b"\x80\x00"
    chip.write(bytes((0xF4, 0x25)), 20 * MS)
    assert read(chip, 0xF7, 8, 40 * MS)[6:] != b"\x80\x00"


@pytest.mark.parametrize("air", [(t, p if p < 1099 else 1249.0, h) for t, p, h in AIRS])
def test_a_forced_conversion_of_the_bmp390(air: tuple[float, float, float]):
    chip = made("bmp390", air)
    assert read(chip, 0x00) == b"\x60" and read(chip, 0x1C) == b"\x02"
    assert read(chip, 0x10) == b"\x01" and read(chip, 0x10) == b"\x00"
    chip.write(bytes((0x1C, 0x0C, 0x1B, 0x13)), 0)
    assert read(chip, 0x03, 1, 37 * MS) == b"\x10" and read(chip, 0x1B, 1, 37 * MS) == b"\x13"
    assert read(chip, 0x03, 1, 38 * MS) == b"\x70" and read(chip, 0x1B, 1, 38 * MS) == b"\x03"
    data = read(chip, 0x04, 6, 38 * MS)
    assert read(chip, 0x03, 1, 38 * MS) == b"\x10"
    temp_c = bmp390.temperature_c(int.from_bytes(data[3:], "little"))
    assert temp_c == pytest.approx(air[0], abs=0.03)
    assert bmp390.pressure_pa(int.from_bytes(data[:3], "little"), temp_c) == pytest.approx(air[1] * 100, abs=4)
    assert data[0] % 16 == 0 and data[3] % 128 == 0  # 20 and 17 bits


@pytest.mark.parametrize(("chip", "forced"), [("bme280", (0xF2, 1, 0xF4, 0x25)), ("bmp390", (0x1C, 0x0C, 0x1B, 0x13))])
def test_the_last_bits_are_noise_and_frozen_ones_are_not(chip: str, forced: tuple[int, ...]):
    model = made(chip)
    where, size = (0xF7, 8) if chip == "bme280" else (0x04, 6)

    def results(start_s: int) -> set[bytes]:
        found = set()
        for second in range(start_s, start_s + 20):
            model.write(bytes(forced), second * 1000 * MS)
            found.add(read(model, where, size, second * 1000 * MS + 100 * MS))
        return found

    assert len(results(0)) > 12
    model.faults.set("frozen")
    assert len(results(100)) == 1
    model.faults.clear()
    assert len(results(200)) > 12


@pytest.mark.parametrize("chip", ["bme280", "bmp390"])
def test_faults(chip: str):
    model = made(chip)
    calibration = 0x88 if chip == "bme280" else 0x31
    control = 0xF2 if chip == "bme280" else 0x1C
    for name, byte in (("blank_00", 0x00), ("blank_ff", 0xFF)):
        model.faults.set(name)
        assert set(read(model, calibration, 20)) == {byte}
        model.faults.clear()
    model.faults.set("wrong_id")
    assert read(model, model.ID) != bytes((model.ID_VALUE,))
    model.faults.clear()
    before = read(model, control)
    model.write(bytes((control, 5)), 0)
    assert read(model, control) == b"\x05"
    model.faults.set("lost_config")
    assert read(model, control) == before
    assert "lost_config" not in model.faults
    model.faults.set("nak")
    with pytest.raises(Nak):
        read(model, model.ID)
    with pytest.raises(ValueError, match="frozen"):
        model.faults.set("silent")
