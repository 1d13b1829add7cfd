"""The Winsen driver and its modules: the table, CO2 in its own counts, self-calibration off, orders, pressure."""

from winsen_bench import ABC_OFF, CH4, REQUEST, Line, answer, co2, pair, reads

import quality
from drivers.winsen_modules import MODULES, RANGES
from drivers.winsen_ndir import IDLE, SPAN, WAIT, ZERO, WinsenNDIR


def test_unknown_modules_and_ranges_are_refused():
    for range_name, module in (("10vol", "mh-440d"), ("5000ppm", "mh-440d"), ("100lel", "mh-z19b"), ("5vol", "mh-z99")):
        try:
            WinsenNDIR(Line(), CH4, range_name, 0, module)
        except ValueError:
            continue
        raise AssertionError((range_name, module))


def test_every_module_of_the_table_opens_in_every_range_of_its_gas():
    for module in MODULES:
        gas, t90_s, warmup_s = MODULES[module]
        for range_name in RANGES[gas]:
            sensor = WinsenNDIR(Line(), CH4, range_name, module=module)
            assert sensor.t90_s == t90_s > 0 and sensor.quality == quality.WARMING
            sensor.poll(1000)
            sensor.poll(1000 + warmup_s * 1000 - 1)
            assert sensor._warming, module
            sensor.poll(1000 + warmup_s * 1000)
            assert not sensor._warming, module


def test_values_of_co2_are_unsigned_ppm_in_counts_of_ten():
    for range_name, ppm, value, expected in (
        ("5000ppm", 0, 0, quality.UNDER),
        ("5000ppm", 94, 9, quality.UNDER),
        ("5000ppm", 95, 10, quality.OK),
        ("5000ppm", 544, 54, quality.OK),
        ("5000ppm", 545, 55, quality.OK),
        ("5000ppm", 4994, 499, quality.OK),
        ("5000ppm", 5000, 500, quality.OVER),
        ("5000ppm", 65535, 500, quality.OVER),
        ("2000ppm", 2000, 200, quality.OVER),
        ("10000ppm", 9990, 999, quality.OK),
        ("5vol", 32768, 3277, quality.OK),
        ("5vol", 49990, 4999, quality.OK),
        ("5vol", 50000, 5000, quality.OVER),
    ):
        sensor, line, t_ms = co2(range_name)
        line.received += answer(ppm)
        assert sensor.poll(t_ms + 30)
        assert (sensor.value, sensor.quality) == (value, expected), (range_name, ppm)


def test_self_calibration_is_switched_off_again_and_again():
    sensor, line, t_ms = co2()
    orders = 0
    for _ in range(12 * 3600 + 100):
        if sensor.state == WAIT:
            line.received += answer(500)
        t_ms += 1000
        line.sent.clear()
        sensor.poll(t_ms)
        orders += line.sent == [ABC_OFF]
    assert orders == 2 and sensor.quality == quality.OK and sensor.errors == 0


def test_self_calibration_is_switched_off_after_a_power_cut():
    sensor, line, t_ms = co2()
    line.sent.clear()
    for _ in range(10):
        t_ms += 1000
        sensor.poll(t_ms)
    assert ABC_OFF not in line.sent
    reads(sensor, line, t_ms + 1000, 500)
    sensor.poll(t_ms + 2000)
    assert line.sent[-1] == ABC_OFF


def test_a_methane_module_is_never_told_so():
    sensor, line = pair()
    for i in range(1, 100):
        line.received += answer(7)
        sensor.poll(1000 + 1000 * i)
    assert ABC_OFF not in line.sent


def test_what_an_orderanswers_is_no_reading():
    sensor, line, t_ms = co2()
    line.received += answer(600)
    sensor.poll(t_ms + 30)
    sensor.order(SPAN, 2000)
    sensor.poll(t_ms + 1000)
    assert line.sent[-1] == bytes.fromhex("ff018807d0000000a0") and sensor.state == IDLE
    line.received += answer(0x0700, 0x88)
    assert not sensor.poll(t_ms + 1100)
    sensor.poll(t_ms + 2000)
    assert line.any() == 0 and line.sent[-1] == REQUEST
    line.received += answer(610)
    assert sensor.poll(t_ms + 2030) and sensor.value == 61 and sensor.errors == 0
    sensor.order(ZERO)
    sensor.poll(t_ms + 3000)
    assert line.sent[-1] == bytes.fromhex("ff0187000000000078")


def test_pressure_is_corrected_while_it_is_known():
    sensor, line = pair()
    line.received += answer(200)
    sensor.poll(1030)
    t_ms = 2000
    for press_pa, value in (
        (101325, 200),
        (84000, 241),  # 200 * 101325 / 84000 = 241.25
        (70000, 289),  # 289.5 less what the factor of 12 bits loses
        (113000, 179),  # 179.3
        (125000, 162),
        (69999, 162),  # cannot be: the last one stays
        (125001, 162),
        (0, 162),
        (-5, 162),
    ):
        sensor.air(2000, press_pa)
        assert abs(reads(sensor, line, t_ms, 200) - value) <= 1, press_pa
        t_ms += 1000
    for _ in range(70):
        last = reads(sensor, line, t_ms, 200)
        t_ms += 1000
    assert last == 200  # nobody knows the pressure any more: not lowered
    sensor.air(2000, 84000)
    for _ in range(70):
        last = reads(sensor, line, t_ms, 200)
        t_ms += 1000
    assert last == 241


def test_corrected_readings_know_their_range():
    sensor, line = pair()
    line.received += answer(20)
    sensor.poll(1030)
    sensor.air(2000, 84000)
    assert reads(sensor, line, 2000, 420) == 500 and sensor.quality == quality.OVER
    assert reads(sensor, line, 3000, 400) < 500 and sensor.quality == quality.OK
    sensor.air(2000, 125000)
    assert reads(sensor, line, 4000, 500) == 500 and sensor.quality == quality.OVER  # the module itself is over
    assert reads(sensor, line, 5000, 0x10000 - 20) == -16 and sensor.quality == quality.UNDER
