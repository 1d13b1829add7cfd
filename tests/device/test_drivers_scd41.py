"""The SCD41 driver on a virtual board: a reading every 5 s, pressure, self-calibration off, and each fault of a sensor."""

import gc
import sys
import time

import machine

import micropython
import quality
import vport
from drivers.scd41 import READY, SCD41, STEPS
from drivers.sensirion import crc8

CO2 = 8
PART = {"role": "gas", "chip": "scd41", "i2c": 0, "address": 0x62, "gas": "co2"}
USABLE = (quality.OK, quality.OVER, quality.UNDER, quality.CAL_DUE)
vport.control({"do": "fit", "buses": {}, "parts": [PART]})


def _fault(name, value=1.0):
    vport.control({"do": "fault", "chip": "scd41", "name": name, "value": value})


def _clear():
    vport.control({"do": "clear", "chip": "scd41"})
    vport.control({"do": "sda_hold", "bus": 0, "clocks": 0})


def _cut():
    vport.control({"do": "reset_chip", "chip": "scd41"})


def _co2(ppm):
    vport.control({"do": "gas", "name": "co2", "value": ppm / 10000})


def _air(hpa, temp_c=20):
    vport.control({"do": "air", "temp_c": temp_c, "press_hpa": hpa, "humid_pct": 50})


def _run(sensor, ms, step=200):
    """Poll for a while, 5 times a second as the tag does; readings that were refreshed."""
    fresh = 0
    for _ in range(ms // step):
        time.sleep_ms(step)
        if sensor.poll(time.ticks_ms()):
            fresh += 1
    return fresh


def _open(ppm=800):
    """A driver beside a sensor that has just got its power."""
    _clear()
    _cut()
    _air(1013)
    _co2(ppm)
    return SCD41(machine.I2C(0, scl=machine.Pin(22), sda=machine.Pin(21), freq=100000), CO2)


def _make(ppm=800):
    sensor = _open(ppm)
    _run(sensor, 26000)
    assert (sensor.quality, sensor.value) == (quality.OK, (ppm + 5) // 10)
    return sensor


def test_crc_of_the_datasheet():
    assert crc8(b"\xbe\xef", 0) == 0x92  # SCD4x datasheet 1.3, 3.11
    assert crc8(b"\0\0\0", 1) == 0x81


def test_starts_within_half_a_minute_and_reads_every_five_seconds():
    sensor = _open(800)
    assert sensor.quality == quality.WARMING
    _run(sensor, 20000)  # power-up 1 s, self-test 10 s, a reading after 5 s that is not used
    assert sensor.quality == quality.WARMING
    _run(sensor, 5000)
    assert (sensor.quality, sensor.value) == (quality.OK, 80)
    assert sensor.errors <= 3  # the sensor needs a second to power up
    assert bytes(sensor.serial) == b"\xf8\x96\x9f\x07\x3b\xbe"
    errors = sensor.errors
    _co2(1234)
    assert 11 <= _run(sensor, 60000) <= 13
    assert (sensor.value, sensor.errors) == (123, errors)
    assert sensor.t90_s == 138


def test_a_sensor_that_is_measuring_already_is_taken_over():
    _make()
    other = SCD41(machine.I2C(0, scl=machine.Pin(22), sda=machine.Pin(21), freq=100000), CO2)
    _run(other, 26000)
    assert (other.quality, other.value, other.errors) == (quality.OK, 80, 0)


def test_polled_often_or_rarely_it_reads():
    for step in (10, 50, 250, 1000):
        sensor = _open(900)
        _run(sensor, 30000, step)
        assert (sensor.quality, sensor.value) == (quality.OK, 90), step
        errors = sensor.errors
        assert _run(sensor, 60000, step) >= 9, step
        assert (sensor.quality, sensor.errors) == (quality.OK, errors), step


def test_full_scale_and_an_impossible_low():
    sensor = _make()
    for ppm, value, q in (
        (5000, 500, quality.OK),
        (39999, 4000, quality.OK),
        (40000, 4000, quality.OVER),
        (60000, 4000, quality.OVER),
        (250, 25, quality.OK),
        (249, 25, quality.UNDER),
        (1, 0, quality.UNDER),
        (420, 42, quality.OK),
    ):
        _co2(ppm)
        _run(sensor, 6000)
        assert (sensor.value, sensor.quality) == (value, q), ppm
    _fault("over_range")
    _run(sensor, 6000)
    assert (sensor.value, sensor.quality) == (4000, quality.OVER)
    _clear()


def test_pressure():
    sensor = _make(1000)
    _air(1130)  # a thousand metres down
    _run(sensor, 6000)
    assert 110 <= sensor.value <= 113
    sensor.air(2000, 113000)
    _run(sensor, 11000)
    assert sensor.value == 100 and sensor.quality == quality.OK
    errors = sensor.errors
    for pascal in (0, 69900, 120100):  # no pressure that the sensor knows
        sensor.air(2000, pascal)
        _run(sensor, 11000)
        assert sensor.value == 100 and sensor.errors == errors
    _cut()  # the sensor forgets it
    _run(sensor, 30000)
    assert sensor.value == 100 and sensor.quality == quality.OK


def _ends_as_fault_and_recovers(fault, value=1.0, within_ms=10000):
    sensor = _make(700)
    _fault(fault, value)
    _co2(3000)
    seen = []
    for _ in range(within_ms // 200):
        _run(sensor, 200)
        if sensor.quality in USABLE:
            assert sensor.value in (70, 300), (fault, sensor.value)
        if not seen or seen[-1] != sensor.quality:
            seen.append(sensor.quality)
    assert seen == [quality.OK, quality.STALE, quality.FAILED], (fault, seen)
    for _ in range(300):  # and stays a fault
        _run(sensor, 200)
        assert sensor.quality == quality.FAILED, fault
    _clear()
    _run(sensor, 36000)
    assert (sensor.value, sensor.quality) == (300, quality.OK), fault


def test_each_fault_ends_as_a_fault_within_ten_seconds():
    for fault in ("nak", "silent", "bad_crc", "garbage", "never_ready", "frozen_ready", "zero", "powered_down"):
        _ends_as_fault_and_recovers(fault)
    _ends_as_fault_and_recovers("slow", 5000)


def test_a_held_bus_fails_and_recovers():
    sensor = _make(700)
    vport.control({"do": "sda_hold", "bus": 0, "clocks": 1000})
    _run(sensor, 6000)
    assert sensor.quality == quality.FAILED
    _clear()
    _run(sensor, 20000)
    assert (sensor.value, sensor.quality) == (70, quality.OK)


def test_a_sensor_that_lost_its_power_is_started_again():
    sensor = _make(700)
    _cut()
    seen = []
    for _ in range(200):
        _run(sensor, 200)
        if not seen or seen[-1] != sensor.quality:
            seen.append(sensor.quality)
    assert seen == [quality.OK, quality.STALE, quality.FAILED, quality.OK], seen


def test_the_same_words_for_three_minutes_are_no_reading():
    sensor = _make(700)
    _fault("stuck")
    _co2(30000)
    _run(sensor, 170000)
    assert (sensor.value, sensor.quality) == (70, quality.OK)  # until then nothing proves it
    _run(sensor, 25000)
    assert sensor.quality == quality.FAILED
    _clear()
    _run(sensor, 36000)
    assert (sensor.value, sensor.quality) == (3000, quality.OK)


def test_a_sensor_that_does_not_pass_its_start_never_reads():
    for fault, value in (("self_test", 1), ("small", 1), ("asc", 1), ("powered_down", 1), ("slow", 11000)):
        sensor = _open()
        _fault(fault, value)
        failed = 0
        for i in range(400):
            _run(sensor, 200)
            assert sensor.quality not in USABLE, fault
            if sensor.quality == quality.FAILED:
                failed = failed or i
            elif failed:
                raise AssertionError((fault, i, sensor.quality))
        assert 0 < failed <= 115, (fault, failed)  # the self-test alone takes 10 s
        _clear()
        _run(sensor, 60000)
        assert (sensor.value, sensor.quality) == (80, quality.OK), fault


def test_after_a_reading_of_nothing_it_has_to_pass_its_self_test():
    sensor = _make(700)
    _fault("self_test")
    _fault("zero")
    _run(sensor, 20000)
    _clear()
    _fault("self_test")
    _run(sensor, 60000)
    assert sensor.quality == quality.FAILED
    _clear()
    _run(sensor, 40000)
    assert (sensor.value, sensor.quality) == (70, quality.OK)


def test_a_sensor_that_dies_in_its_self_test_fails():
    sensor = _open()
    _run(sensor, 6000)
    _fault("powered_down")
    _run(sensor, 10000)
    assert sensor.quality == quality.FAILED
    _clear()


def test_one_broken_answer_needs_no_new_start():
    """A broken reading is lost with the buffer: the next one is 10 s after the last. Any other answer is asked for again."""
    sensor = _make(700)
    serial = sensor.serial
    serial[0] = 0  # a new start would read it again
    for _ in range(40):
        _fault("bad_crc")
        _run(sensor, 200)
        _clear()
        _run(sensor, 10800)
        assert sensor.quality == quality.OK
    assert sensor.errors >= 20 and serial[0] == 0


def test_no_command_comes_before_the_last_one_is_done():
    """The model acknowledges nothing while it is busy, so each early command would be an error."""
    for step in (10, 30, 200):
        sensor = _open()
        time.sleep_ms(1100)
        _run(sensor, 40000, step)
        assert (sensor.errors, sensor.quality, sensor.state >= READY) == (0, quality.OK, True), step
    assert len(STEPS) == 11


def test_ticks_may_wrap():
    sensor = _open(700)
    offset = (1 << 30) - time.ticks_ms() - 30000
    for _ in range(300):
        time.sleep_ms(200)
        sensor.poll((time.ticks_ms() + offset) % (1 << 30))
    assert (sensor.value, sensor.quality) == (70, quality.OK)


def test_polling_allocates_nothing():
    sensor = _make(700)
    for _ in range(100):
        time.sleep_ms(200)
        t_ms = time.ticks_ms()
        micropython.heap_lock()
        try:
            sensor.poll(t_ms)
            sensor.air(2000, 101300)
        finally:
            micropython.heap_unlock()
    assert sensor.quality == quality.OK
    if sys.implementation.name != "cpython":
        gc.collect()
        taken = 0
        for _ in range(60):
            time.sleep_ms(200)
            t_ms = time.ticks_ms()
            before = gc.mem_alloc()
            sensor.poll(t_ms)
            taken += gc.mem_alloc() - before
        assert taken == 0  # neither do frames of more than 11 slots, which heap_lock does not see
