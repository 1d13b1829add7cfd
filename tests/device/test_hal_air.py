"""The hal opens an air sensor where the board has one, and any Winsen module by its data; a tag does without the first."""

import time

import quality
import vport
from tag.events import CH4, CO2, FAULT_BOARD, FAULT_GAS
from tag.hal import board, parts

BUSES = {
    "i2c": [{"id": 0, "scl": 22, "sda": 21, "freq_hz": 400000}],
    "uart": [{"id": 1, "tx": 17, "rx": 16, "baud": 9600}],
}
AIR = {"role": "air", "chip": "bmp390", "i2c": 0, "address": 0x77}
GAS = {"role": "gas", "chip": "winsen-ndir", "uart": 1, "gas": "co2", "range": "5000ppm", "module": "mh-z19c"}


def opened(*entries):
    data = {"name": "bench", "buses": BUSES, "parts": list(entries)}
    return parts.Parts(data, board.Buses(data))


def fitted(*entries):
    """The same on a board that has these parts."""
    vport.control({"do": "fit", "parts": list(entries)})
    return opened(*entries)


def run(device, ms):
    for _ in range(ms // 200):
        time.sleep_ms(200)
        device.poll(time.ticks_ms())


def test_each_air_sensor_opens_and_measures():
    for chip, address in (("bme280", 0x76), ("bmp390", 0x77)):
        found = fitted(dict(AIR, chip=chip, address=address))
        assert found.problems == []
        run(found.air, 1600)
        assert found.air.quality == quality.OK, chip
        assert abs(found.air.press_pa - 101325) < 20 and abs(found.air.temp_c100 - 2000) < 5


def test_a_tag_without_it_misses_nothing():
    found = opened(GAS)
    assert found.air is None and found.problems == []
    assert FAULT_BOARD not in found.missing and FAULT_GAS not in found.missing


def test_one_that_cannot_be_opened_is_named():
    for wrong in ({"chip": "bmp999"}, {"i2c": 7}, {"chip": 5}):
        found = opened(dict(AIR, **wrong), GAS)
        assert found.air is None and len(found.gas) == 1
        assert [source for source, _ in found.problems] == [FAULT_BOARD], wrong
        assert found.problems[0][1].startswith("air: ")


def test_it_frees_its_bus():
    found = fitted(AIR)
    run(found.air, 1600)
    vport.control({"do": "sda_hold", "bus": 0, "clocks": 6})
    run(found.air, 3000)
    assert found.air.quality == quality.STALE
    run(found.air, 6000)
    assert found.air.quality == quality.OK


def test_winsen_modules_open_by_their_data():
    found = fitted(GAS)
    sensor = found.gas[0]
    assert (sensor.gas, sensor.t90_s, sensor.quality) == (CO2, 120, quality.WARMING)
    run(sensor, 3000)
    assert sensor.quality == quality.WARMING and sensor.value == 40 and sensor.errors == 0
    methane = {"role": "gas", "chip": "winsen-ndir", "uart": 1, "gas": "ch4", "range": "5vol", "warmup_s": 2}
    sensor = fitted(methane).gas[0]
    run(sensor, 3200)
    assert (sensor.gas, sensor.t90_s, sensor.quality) == (CH4, 30, quality.OK)


def test_a_winsen_module_for_another_gas_is_refused():
    for wrong in ({"gas": "ch4"}, {"module": "mh-440d"}, {"module": "mh-z99"}, {"range": "100lel"}, {"gas": "co"}):
        found = opened(dict(GAS, **wrong))
        assert found.gas == [] and [source for source, _ in found.problems] == [FAULT_GAS], wrong
