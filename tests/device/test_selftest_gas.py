"""The self-test of gas sensors and air in clean air: good ones pass, what warms up is told, each fault of the models is found."""

import cell_rig
import selftest_rig as rig
from selftest_rig import FAILED, NOT_FITTED, NOT_JUDGED, PASSED

import vport
from tag.selftest import verdicts

WINSEN = {"role": "gas", "chip": "winsen-ndir", "uart": 1, "gas": "ch4", "range": "5vol", "warmup_s": 3}
DFROBOT = {"role": "gas", "chip": "dfrobot-gas", "i2c": 0, "address": 116, "gas": "co", "warmup_s": 3}
SCD41 = {"role": "gas", "chip": "scd41", "i2c": 0, "address": 98, "gas": "co2"}
BME280 = {"role": "air", "chip": "bme280", "i2c": 0, "address": 118}
BMP390 = {"role": "air", "chip": "bmp390", "i2c": 0, "address": 119}
PARTS = {"winsen-ndir": (WINSEN, "ch4"), "dfrobot-gas": (DFROBOT, "co"), "scd41": (SCD41, "co2")}
AIR = {"bme280": BME280, "bmp390": BMP390}
# Faults of the models (davy.vtag.chips) and their size.
FAULTS = {
    "winsen-ndir": {"silent": 1, "bad_checksum": 1, "garbage": 1, "over_range": 1, "drift": 0.3},
    "dfrobot-gas": {
        "nak": 1, "silent": 1, "bad_checksum": 1, "garbage": 1, "wrong_type": 1, "shifted": 1, "unasked": 1, "slow": 1000,
        "drift": 30, "over_range": 1, "powered_down": 1,
    },
    "scd41": {
        "nak": 1, "silent": 1, "bad_crc": 1, "garbage": 1, "stuck": 1, "never_ready": 1, "frozen_ready": 1, "zero": 1,
        "self_test": 1, "small": 1, "asc": 1, "slow": 600, "drift": 900, "over_range": 1, "powered_down": 1,
    },
    "air": {
        "nak": 1, "wrong_id": 1, "busy": 1, "frozen": 1, "blank_00": 1, "blank_ff": 1, "out_of_range": 1,
    },
    "cell": {
        "nak": 1, "wrong_chip": 1, "forgets": 1, "select_stuck": 1, "open": 1, "drift": 20, "high": 1, "low": 1,
    },
    "ads1115": {
        "nak": 1, "never_done": 1, "never_starts": 1, "frozen": 1, "wrong_chip": 1, "reference": 0.9,
    },
}  # fmt: skip
# In clean air nothing tells these from a good sensor: a bump test does. "quiet" is a good cell, "lost_config" is mended at once.
ONLY_GAS_TELLS = {"winsen-ndir": ("stuck",), "dfrobot-gas": ("stuck",), "cell": ("weak", "quiet"), "ads1115": ("gain",)}
MENDED = {"air": ("lost_config",)}


def run(parts, wait_s=60, chip="", fault="", size=1.0):
    bench = rig.Bench(rig.spec(*parts))
    if fault:
        vport.control({"do": "fault", "chip": chip, "name": fault, "value": size})
    bench.tag.gases(wait_s)
    if fault:
        vport.control({"do": "clear", "chip": chip})
    return bench.found()


def test_good_sensors_pass():
    for chip in PARTS:
        part, name = PARTS[chip]
        told = run([part])
        assert told[name] == (PASSED, ""), (chip, told)
        assert told["air"][0] == NOT_FITTED
    for chip in AIR:
        told = run([AIR[chip]])
        assert told["air"] == (PASSED, ""), told


def test_every_fault_of_a_module_fails():
    for chip in PARTS:
        part, name = PARTS[chip]
        for fault in FAULTS[chip]:
            told = run([part], 60, chip, fault, FAULTS[chip][fault])
            assert told[name][0] == FAILED and told[name][1], (chip, fault, told)


def test_every_fault_of_an_air_sensor_fails():
    for chip in AIR:
        for fault in FAULTS["air"]:
            told = run([AIR[chip]], 60, chip, fault)
            assert told["air"][0] == FAILED and told["air"][1], (chip, fault, told)


def cell(fault="", size=1.0, chip="lmp91000"):
    cell_rig.clear()
    part = cell_rig.part("CO-B4")
    part["cell"] = cell_rig.CELLS["CO-B4"]
    part["warmup_s"] = 3
    made = rig.spec(part, i2c=(cell_rig.BUS,))
    bench = rig.Bench(made, solder=False)
    if fault:
        vport.control({"do": "fault", "chip": chip, "name": fault, "value": size})
    bench.tag.gases(60)
    cell_rig.clear()
    return bench.found()


def test_a_cell_and_its_faults():
    assert cell()["co"] == (PASSED, "")
    for fault in FAULTS["cell"]:
        told = cell(fault, FAULTS["cell"][fault])
        assert told["co"][0] == FAILED and told["co"][1], (fault, told)
    for fault in FAULTS["ads1115"]:
        told = cell(fault, FAULTS["ads1115"][fault], "ads1115")
        assert told["co"][0] == FAILED and told["co"][1], (fault, told)


def test_warming_up_is_told_with_how_long():
    told = run([{"role": "gas", "chip": "winsen-ndir", "uart": 1, "gas": "ch4", "range": "5vol", "warmup_s": 100}], 20)
    assert told["ch4"] == (NOT_JUDGED, "warming up, 80 s more")


def test_gas_in_the_air_does_not_pass():
    vport.control({"do": "gas", "name": "ch4", "value": 0.5})
    told = run([WINSEN])
    vport.control({"do": "gas", "name": "ch4", "value": 0})
    assert told["ch4"] == (FAILED, "wrong in clean air")


def test_oxygen_by_the_numbers():
    for value, outcome in ((2090, PASSED), (2070, PASSED), (2110, PASSED), (2069, FAILED), (2111, FAILED), (0, FAILED)):
        assert verdicts.gas(0, value, 4, 0, 20, 3, 2090, 20)[0] == outcome, value
    assert verdicts.gas(0, 2090, 3, 0, 20, 3, 2090, 20)[0] == NOT_JUDGED
    assert verdicts.gas(0, 2090, 4, 3, 20, 3, 2090, 20)[0] == FAILED
    assert verdicts.gas(1, 2090, 0, 0, 20, 3, 2090, 20)[0] == NOT_JUDGED
    assert verdicts.gas(1, 2090, 0, 0, 34, 3, 2090, 20)[0] == FAILED


def test_a_gas_sensor_that_cannot_be_opened_fails():
    bench = rig.Bench(rig.spec(dict(WINSEN, uart=9)), solder=False)
    bench.tag.gases(20)
    told = bench.found()
    assert told["ch4"][0] == FAILED and told["ch4"][1].startswith("gas: "), told
