"""MPU6050, MPU6500 and LSM6DSO as board.json names them: the tag opens them by name and has samples in the tag's axes."""

import time

from accel_rig import BUSES

import quality
import vport
from tag.hal import board, parts
from tag.hal.motion import MotionSource

AXES = ["-y", "x", "z"]
I2C = {"id": 0, "scl": 22, "sda": 21, "freq_hz": 400000}
PARTS = (
    {"role": "accel", "chip": "mpu6050", "i2c": 0, "address": 0x68, "axes": AXES},
    {"role": "accel", "chip": "mpu6500", "i2c": 0, "address": 0x69, "axes": AXES},
    {"role": "accel", "chip": "mpu6500", "spi": 1, "cs": 5, "axes": AXES, "full_scale_g": 8},
    {"role": "accel", "chip": "lsm6dso", "i2c": 0, "address": 0x6B, "axes": AXES},
    {"role": "accel", "chip": "lsm6dso", "spi": 1, "cs": 5, "axes": AXES},
)


def spec_of(part):
    vport.control({"do": "fit", "buses": {"spi": BUSES["spi"]}, "parts": [part]})
    return {"name": "bench", "buses": {"i2c": [I2C], "spi": BUSES["spi"]}, "parts": [part]}


def test_each_is_opened_and_gives_the_tags_axes():
    for part in PARTS:
        spec = spec_of(part)
        opened = parts.Parts(spec, board.Buses(spec))
        assert opened.problems == [], (part, opened.problems)
        source = MotionSource(opened.accel, lambda: None, time.ticks_ms())
        assert source.odr_hz == (104 if part["chip"] == "lsm6dso" else 100)
        vport.control({"do": "accel", "mg": [480, -960, 1440]})
        for _ in range(5):
            time.sleep_ms(100)
            source.read(time.ticks_ms())
        assert source.quality == quality.OK, part
        for i, mg in enumerate((480, -960, 1440)):
            assert abs(source.mg[i] - mg) <= 1, (part, source.mg[:3])


def test_a_range_that_clips_a_fall_is_refused_with_a_reason():
    for part in PARTS:
        for g in (2, 4):
            spec = spec_of(dict(part, full_scale_g=g))
            opened = parts.Parts(spec, board.Buses(spec))
            assert opened.accel is None and "full_scale_g" in opened.problems[0][1]


def test_an_mpu6050_on_spi_is_a_fault_with_its_reason():
    spec = spec_of(PARTS[2])
    spec["parts"] = [dict(PARTS[2], chip="mpu6050")]
    opened = parts.Parts(spec, board.Buses(spec))
    assert opened.accel is None and "no spi" in opened.problems[0][1], opened.problems
