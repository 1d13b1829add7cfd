"""The hardware room and the accelerometers: the board's own is loaded, on I2C or SPI, and one that cannot be is a fault."""

import sys
import time

import quality
import vport
from tag.events import FAULT_MOTION
from tag.hal import board, parts
from tag.hal.motion import MotionSource

ACCEL = {"role": "accel", "chip": "lis3dh", "i2c": 0, "address": 25, "axes": ["x", "y", "z"]}
LED = {"role": "led", "chip": "ws2812", "pin": 27}
BUSES = {"i2c": [{"id": 0, "scl": 22, "sda": 21, "freq_hz": 400000}]}
SPI_BUSES = {"spi": [{"id": 1, "sck": 18, "mosi": 23, "miso": 19, "freq_hz": 1000000}]}
ON_SPI = {"role": "accel", "chip": "adxl345", "spi": 1, "cs": 5, "axes": ["x", "y", "z"]}


def test_an_accelerometer_is_loaded_by_the_board_that_has_it():
    if "drivers.adxl345" in sys.modules:
        del sys.modules["drivers.adxl345"]
    spec = {"name": "bench", "buses": BUSES, "parts": [ACCEL]}
    assert parts.Parts(spec, board.Buses(spec)).problems == []
    assert "drivers.lis3dh" in sys.modules and "drivers.adxl345" not in sys.modules
    vport.control({"do": "fit", "buses": SPI_BUSES, "parts": [ON_SPI]})
    spec = {"name": "bench", "buses": SPI_BUSES, "parts": [dict(ON_SPI, full_scale_g=8)]}
    buses = board.Buses(spec)
    opened = parts.Parts(spec, buses)
    assert opened.problems == [] and opened.accel.quality == quality.WARMING
    assert "drivers.adxl345" in sys.modules
    assert buses.recover(opened.accel_bus)  # on SPI there is nothing to free
    source = MotionSource(opened.accel, lambda: buses.recover(opened.accel_bus), time.ticks_ms())
    vport.control({"do": "accel", "mg": [0, 0, 30000]})
    for _ in range(5):
        time.sleep_ms(100)
        source.read(time.ticks_ms())
    assert source.quality == quality.OK and source.mg[2] == 7996  # 8 g, less a digit
    vport.control({"do": "fault", "chip": "adxl345", "name": "nak", "value": 1.0})
    for _ in range(60):
        time.sleep_ms(100)
        source.read(time.ticks_ms())
    assert source.quality == quality.FAILED and source.repairs == 1
    vport.control({"do": "clear", "chip": "adxl345"})
    for _ in range(5):
        time.sleep_ms(100)
        source.read(time.ticks_ms())
    assert source.quality == quality.OK
    vport.control({"do": "accel", "mg": [0, 0, 1000]})


def test_an_accelerometer_that_cannot_be_opened_is_a_fault_with_its_reason():
    for part, reason in (
        (dict(ON_SPI, spi=2), "no spi 2"),
        (dict(ON_SPI, full_scale_g=4), "full_scale_g"),
        (dict(ACCEL, full_scale_g=4), "full_scale_g"),  # what the driver could do, a tag does not
        (dict(ON_SPI, chip="adxl999"), "adxl999"),
        (dict(ON_SPI, chip="button"), "BUTTON"),
        (dict(ON_SPI, cs=None), "accel"),
        ({"role": "accel", "chip": "lis3dh", "axes": ["x", "y", "z"]}, "i2c"),
    ):
        spec = {"name": "bench", "buses": dict(BUSES, **SPI_BUSES), "parts": [part, LED]}
        opened = parts.Parts(spec, board.Buses(spec))
        assert [source for source, _ in opened.problems] == [FAULT_MOTION], part
        assert reason in opened.problems[0][1], opened.problems
        assert opened.accel is None and opened.led is not None


def test_spi_described_by_nonsense_costs_the_part_only():
    for buses in ({"spi": 5}, {"spi": [5]}, {"spi": [{"id": 1}]}, {"spi": None}, {}):
        spec = {"name": "bench", "buses": buses, "parts": [ON_SPI, LED]}
        opened = parts.Parts(spec, board.Buses(spec))
        assert [source for source, _ in opened.problems] == [FAULT_MOTION], buses
        assert opened.led is not None
