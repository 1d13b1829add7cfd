"""Digital gas sensors as the tag opens them from board.json: several on one bus, one on a line, one that is not there."""

import sys
import time

import quality
import vport
from tag.events import CO, CO2, FAULT_GAS, GASES, H2S, NO2, O2
from tag.hal import board, parts

BUSES = {
    "i2c": [{"id": 0, "scl": 22, "sda": 21, "freq_hz": 400000}],
    "uart": [{"id": 1, "tx": 17, "rx": 16, "baud": 9600}],
}


def _part(gas, **where):
    part = {"role": "gas", "chip": "dfrobot-gas", "gas": gas, "warmup_s": 1}
    part.update(where)
    return part


def _open(*entries):
    return parts.Parts({"parts": list(entries)}, board.Buses({"buses": BUSES, "parts": []}))


FOUR = [
    _part("co", i2c=0, address=0x74),
    _part("o2", i2c=0, address=0x75),
    _part("no2", uart=1),
    {"role": "gas", "chip": "scd41", "i2c": 0, "address": 0x62, "gas": "co2"},
]


def _run(sensors, ms):
    for _ in range(ms // 200):
        time.sleep_ms(200)
        for sensor in sensors:
            sensor.poll(time.ticks_ms())


def test_no_driver_is_loaded_for_a_board_without_such_a_part():
    _open()
    for name in ("dfrobot_gas", "frame9_i2c", "scd41", "sensirion"):
        assert "drivers." + name not in sys.modules, name


def test_four_sensors_of_one_tag():
    vport.control({"do": "fit", "buses": {}, "parts": FOUR})
    for gas, value in (("co", 30), ("o2", 19.5), ("no2", 1.5), ("co2", 0.12)):
        vport.control({"do": "gas", "name": gas, "value": value})
    found = _open(*FOUR)
    assert [text for source, text in found.problems if source == FAULT_GAS] == []
    assert [sensor.gas for sensor in found.gas] == [CO, O2, NO2, CO2]
    _run(found.gas, 30000)
    for sensor, value in zip(found.gas, (300, 1950, 150, 120)):
        assert (sensor.value, sensor.quality) == (value, quality.OK), GASES[sensor.gas]
    for chip, index in (("dfrobot-gas", 0), ("dfrobot-gas:o2", 1), ("dfrobot-gas:no2", 2), ("scd41", 3)):
        vport.control({"do": "fault", "chip": chip, "name": "powered_down"})
        _run(found.gas, 10000)
        assert [sensor.quality == quality.OK for sensor in found.gas] == [i != index for i in range(4)], chip
        assert found.gas[index].quality == quality.FAILED
        vport.control({"do": "clear", "chip": chip})
        _run(found.gas, 30000)
        assert found.gas[index].quality == quality.OK, chip


def test_a_held_bus_is_freed_without_an_accelerometer_on_it():
    for part in (FOUR[0], FOUR[3]):
        vport.control({"do": "fit", "buses": {}, "parts": [part]})
        found = _open(part)
        _run(found.gas, 30000)
        assert found.gas[0].quality == quality.OK
        vport.control({"do": "sda_hold", "bus": 0, "clocks": 5})
        _run(found.gas, 24000)
        assert found.gas[0].quality == quality.OK, part["chip"]


def test_a_wrong_entry_costs_only_its_part():
    for wrong in (
        _part("cl2", i2c=0, address=0x74),
        _part("co", i2c=3, address=0x74),
        _part("co", uart=2),
        _part("co"),
        {"role": "gas", "chip": "scd41", "i2c": 0, "gas": "xy"},
    ):
        found = _open(wrong, _part("h2s", i2c=0, address=0x74))
        assert [source for source, _ in found.problems] == [FAULT_GAS], wrong
        assert [sensor.gas for sensor in found.gas] == [H2S]
