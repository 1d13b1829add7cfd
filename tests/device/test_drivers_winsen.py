"""The Winsen driver on a virtual board, methane: 9600 baud, a module that needs three minutes to warm up, and its faults."""

import time

import machine

import micropython
import quality
import vport
from drivers.winsen_ndir import WinsenNDIR

CH4 = 1


def _fault(name, value=1.0):
    vport.control({"do": "fault", "chip": "winsen-ndir", "name": name, "value": value})


def _clear():
    vport.control({"do": "clear", "chip": "winsen-ndir"})


def _ch4(percent):
    vport.control({"do": "gas", "name": "ch4", "value": percent})


def _run(sensor, ms, step=50):
    """Poll for a while; number of refreshed readings."""
    fresh = 0
    for _ in range(ms // step):
        time.sleep_ms(step)
        if sensor.poll(time.ticks_ms()):
            fresh += 1
    return fresh


def _sensor(percent=0.0, warmup_ms=0):
    """A driver beside a module that has been warm for long."""
    _clear()
    _ch4(percent)
    if time.ticks_ms() < 181000:
        time.sleep_ms(181000)
    sensor = WinsenNDIR(machine.UART(1, 9600, tx=17, rx=16), CH4, "5vol", warmup_ms)
    _run(sensor, 300)
    return sensor


def test_reads_methane_once_a_second():
    sensor = _sensor(1.23)
    assert (sensor.gas, sensor.value, sensor.quality, sensor.errors) == (CH4, 123, quality.OK, 0)
    _ch4(4.99)
    assert 9 <= _run(sensor, 10000) <= 11
    assert sensor.value == 499
    assert sensor.errors == 0


def test_polled_rarely_it_still_reads():
    sensor = _sensor(0.5)
    _ch4(0.7)
    assert _run(sensor, 10000, 250) >= 9
    assert sensor.value == 70 and sensor.quality == quality.OK


def test_warm_up():
    sensor = _sensor(2.0, 5000)
    assert sensor.quality == quality.WARMING
    _run(sensor, 4000)
    assert sensor.quality == quality.WARMING
    _run(sensor, 2000)
    assert sensor.quality == quality.OK and sensor.value == 200


def test_over_and_under_range():
    sensor = _sensor(1.0)
    _fault("over_range")
    _run(sensor, 1100)
    assert sensor.quality == quality.OVER and sensor.value == 500
    _clear()
    _run(sensor, 1100)
    assert sensor.quality == quality.OK and sensor.value == 100
    _ch4(0.0)
    for drift, expected in ((-0.05, quality.OK), (-0.10, quality.OK), (-0.11, quality.UNDER), (-3.0, quality.UNDER)):
        _fault("drift", drift)
        _run(sensor, 1100)
        assert sensor.quality == expected, drift
    _clear()
    _run(sensor, 1100)
    assert sensor.quality == quality.OK


def test_silence_goes_stale_then_fails_and_warms_up_again():
    sensor = _sensor(1.0, 2000)
    _run(sensor, 3000)
    assert sensor.quality == quality.OK
    _fault("silent")
    seen = []
    for _ in range(80):
        _run(sensor, 100)
        if not seen or seen[-1] != sensor.quality:
            seen.append(sensor.quality)
    assert seen == [quality.OK, quality.STALE, quality.FAILED], seen
    assert sensor.errors >= 5
    _clear()
    seen = []
    for _ in range(31):
        _run(sensor, 100)
        if not seen or seen[-1] != sensor.quality:
            seen.append(sensor.quality)
    # It may have been without power: the fault lasts until it measures again.
    assert seen == [quality.FAILED, quality.OK], seen
    assert sensor.value == 100


def test_a_module_that_lost_its_power_is_never_clean_air():
    sensor = _sensor(1.0, 180000)
    _run(sensor, 181000)
    assert (sensor.quality, sensor.value) == (quality.OK, 100)
    _fault("silent")
    _run(sensor, 4000)
    vport.control({"do": "reset_chip", "chip": "winsen-ndir"})
    _clear()
    for _ in range(180):
        _run(sensor, 1000)
        assert sensor.quality != quality.OK and sensor.quality != quality.WARMING
    _run(sensor, 3000)
    assert (sensor.quality, sensor.value) == (quality.OK, 100)


def test_a_sensor_that_was_late_at_the_start_warms_up():
    _sensor(1.0)
    _fault("silent")
    sensor = WinsenNDIR(machine.UART(1, 9600, tx=17, rx=16), CH4, "5vol", 2000)
    _run(sensor, 8000)
    assert sensor.quality == quality.FAILED
    _clear()
    _run(sensor, 1100)
    assert sensor.quality == quality.WARMING
    _run(sensor, 3000)
    assert sensor.quality == quality.OK and sensor.value == 100


def test_a_short_silence_needs_no_warm_up():
    sensor = _sensor(1.0, 2000)
    _run(sensor, 4000)
    _fault("silent")
    seen = []
    for i in range(32):
        _run(sensor, 100)
        seen.append(sensor.quality)
        if i == 17:
            _clear()
    assert seen[-1] == quality.OK and quality.FAILED not in seen


def test_broken_answers_fail_but_need_no_warm_up():
    for fault in ("bad_checksum", "garbage"):
        sensor = _sensor(1.0, 2000)
        _run(sensor, 3000)
        errors = sensor.errors
        _fault(fault)
        _run(sensor, 8000)
        assert sensor.quality == quality.FAILED, fault
        assert sensor.errors > errors + 5
        _clear()
        _run(sensor, 1100)
        assert sensor.quality == quality.OK and sensor.value == 100


def test_a_sensor_that_never_speaks_fails_while_warming_up():
    _sensor(1.0)
    _fault("silent")
    sensor = WinsenNDIR(machine.UART(1, 9600, tx=17, rx=16), CH4)
    assert sensor.quality == quality.WARMING
    _run(sensor, 5200)
    assert sensor.quality == quality.FAILED
    _clear()


def test_polling_allocates_nothing():
    sensor = _sensor(1.0)
    for i in range(100):
        if i == 40:
            _fault("garbage")
        if i == 80:
            _clear()
        time.sleep_ms(50)
        t_ms = time.ticks_ms()
        micropython.heap_lock()
        try:
            sensor.poll(t_ms)
        finally:
            micropython.heap_unlock()
    assert sensor.value == 100 and sensor.quality == quality.OK and sensor.errors > 0
