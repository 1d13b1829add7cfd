"""The SCD41's model against its datasheet: words, execution times, measurement, compensation, and each fault."""

import pytest

from davy.vtag.chips import CHIPS
from davy.vtag.chips.base import Nak
from davy.vtag.chips.scd41 import TIMES, Scd41, crc8
from davy.vtag.world import World

MS = 1000
START, STOP, REINIT, SERIAL, VARIANT = 0x21B1, 0x3F86, 0x3646, 0x3682, 0x202F
TEST, SET_ASC, GET_ASC, READY, FETCH, PRESSURE = 0x3639, 0x2416, 0x2313, 0xE4B8, 0xEC05, 0xE000


class Sensor:
    """A model with the clock in the test's hand."""

    def __init__(self, ppm: float = 500, up: bool = True) -> None:
        self.world = World()
        self.set(ppm)
        self.chip = Scd41({"chip": "scd41", "i2c": 0, "address": 0x62, "gas": "co2"}, self.world)
        self.t_us = 1000 * MS if up else 0

    def set(self, ppm: float) -> None:
        self.world.gas_source = lambda name, t_us: {"co2": ppm / 10_000}[name]

    def send(self, command: int, word: int | None = None) -> None:
        data = command.to_bytes(2, "big")
        if word is not None:
            pair = word.to_bytes(2, "big")
            data += pair + bytes((crc8(pair),))
        self.chip.write(data, self.t_us)
        self.t_us += TIMES[command] * MS

    def get(self, command: int, words: int = 1) -> list[int]:
        self.send(command)
        data = self.chip.read(3 * words, self.t_us)
        assert all(crc8(data[at : at + 2]) == data[at + 2] for at in range(0, 3 * words, 3))
        return [int.from_bytes(data[at : at + 2], "big") for at in range(0, 3 * words, 3)]

    def ready(self) -> bool:
        return bool(self.get(READY)[0] & 0x7FF)

    def next(self) -> list[int]:
        self.t_us += 5_000 * MS
        return self.get(FETCH, 3)


def measuring(ppm: float = 500) -> Sensor:
    sensor = Sensor(ppm)
    sensor.send(START)
    return sensor


def test_is_registered():
    assert CHIPS["scd41"] is Scd41 and Scd41.address == 0x62


def test_crc_of_the_datasheet():
    assert crc8(b"\xbe\xef") == 0x92


def test_needs_a_second_to_power_up():
    sensor = Sensor(up=False)
    for ms in (0, 500, 999):
        sensor.t_us = ms * MS
        with pytest.raises(Nak):
            sensor.send(STOP)
    sensor.t_us = 1000 * MS
    sensor.send(STOP)


@pytest.mark.parametrize("command", [STOP, REINIT, SERIAL, TEST, FETCH])
def test_acknowledges_nothing_while_a_command_takes_its_time(command: int):
    # SCD4x datasheet 1.3, Table 9
    times = {STOP: 500, REINIT: 20, SERIAL: 1, TEST: 10_000, FETCH: 1}
    sensor = Sensor()
    began_us = sensor.t_us
    sensor.send(command)
    for at_us in (began_us, began_us + times[command] * MS - 1):
        with pytest.raises(Nak):
            sensor.chip.read(3, at_us)
        with pytest.raises(Nak):
            sensor.chip.write(READY.to_bytes(2, "big"), at_us)
    sensor.chip.write(READY.to_bytes(2, "big"), began_us + times[command] * MS)


def test_identity():
    sensor = Sensor()
    assert sensor.get(SERIAL, 3) == [0xF896, 0x9F07, 0x3BBE]
    assert sensor.get(VARIANT)[0] >> 12 == 1
    assert sensor.get(TEST) == [0]
    with pytest.raises(Nak):
        sensor.chip.read(3, sensor.t_us)  # an answer is given once


def test_unknown_commands_and_lengths_are_not_acknowledged():
    sensor = Sensor()
    for data in (b"\x12\x34", b"\x21", b"\x21\xb1\x00", b""):
        with pytest.raises(Nak):
            sensor.chip.write(data, sensor.t_us)


def test_a_sample_every_five_seconds_read_once():
    sensor = measuring(800)
    assert not sensor.ready()
    with pytest.raises(Nak):
        sensor.get(FETCH, 3)
    sensor.t_us = 1000 * MS + 4_990 * MS
    assert not sensor.ready()
    sensor.t_us = 1000 * MS + 5_001 * MS
    assert sensor.ready() and sensor.ready()
    ppm, temp, humid = sensor.get(FETCH, 3)
    assert ppm == 800
    assert -45 + 175 * temp / 65535 == pytest.approx(20, abs=0.1)
    assert 100 * humid / 65535 == pytest.approx(50, abs=0.1)
    assert not sensor.ready()
    sensor.t_us += 17_000 * MS
    assert sensor.ready()
    sensor.set(900)
    assert sensor.get(FETCH, 3)[0] == 900  # the latest, and the ones before are gone
    assert not sensor.ready()


def test_while_it_measures_it_knows_four_commands():
    sensor = measuring()
    for command in TIMES:
        if command in (STOP, READY, FETCH, PRESSURE):
            continue
        with pytest.raises(Nak):
            sensor.send(command)
    assert sensor.chip.measuring
    sensor.send(STOP)
    assert not sensor.chip.measuring and not sensor.ready()


def test_temperature_and_humidity_are_noisy():
    sensor = measuring()
    assert len({tuple(sensor.next()) for _ in range(10)}) > 5


def test_pressure():
    sensor = measuring(1000)
    sensor.world.air_source = lambda t_us: (20.0, 1100.0, 50.0)
    assert sensor.next()[0] == round(1000 * 1100 / 1013)
    sensor.send(PRESSURE, 1100)
    assert sensor.get(PRESSURE) == [1100]
    assert sensor.next()[0] == 1000
    for wrong in (699, 1201):
        sensor.send(PRESSURE, wrong)
        assert sensor.get(PRESSURE) == [1100]
    sensor.chip.write(b"\xe0\x00\x03\xe8\x00", sensor.t_us)  # wrong CRC
    sensor.t_us += MS
    assert sensor.get(PRESSURE) == [1100]
    sensor.chip.reset(sensor.t_us)
    sensor.t_us += 1000 * MS
    assert sensor.get(PRESSURE) == [1013]


def test_self_calibration_is_on_until_it_is_switched_off():
    sensor = Sensor()
    assert sensor.get(GET_ASC) == [1]
    sensor.send(SET_ASC, 0)
    assert sensor.get(GET_ASC) == [0]
    sensor.send(REINIT)
    assert sensor.get(GET_ASC) == [1]


def test_faults():
    sensor = measuring()
    faults = sensor.chip.faults
    first = sensor.next()
    faults.set("bad_crc")
    with pytest.raises(AssertionError):
        sensor.next()
    faults.clear()
    faults.set("silent")
    sensor.send(READY)
    assert sensor.chip.read(3, sensor.t_us) == b"\xff\xff\xff" and crc8(b"\xff\xff") != 0xFF
    faults.clear()
    faults.set("zero")
    assert sensor.next()[0] == 0
    faults.clear()
    faults.set("drift", -100)
    assert sensor.next()[0] == 400
    faults.clear()
    faults.set("over_range")
    assert sensor.next()[0] == 40_000
    faults.clear()
    before = sensor.next()
    assert before != first
    sensor.set(5000)
    faults.set("stuck")
    assert [sensor.next(), sensor.next()] == [before, before] and not sensor.ready()
    faults.clear()
    sensor.set(700)
    before = sensor.next()
    faults.set("frozen_ready")
    assert sensor.ready() and sensor.get(FETCH, 3) == before and sensor.ready() and sensor.get(FETCH, 3) == before
    faults.clear()
    faults.set("never_ready")
    sensor.t_us += 20_000 * MS
    assert not sensor.ready()
    faults.clear()
    faults.set("slow", 20)
    sensor.send(READY)
    with pytest.raises(Nak):
        sensor.chip.read(3, sensor.t_us)
    assert sensor.chip.read(3, sensor.t_us + 20 * MS)


def test_faults_at_the_start():
    for fault, command, word in (("self_test", TEST, 196), ("small", VARIANT, 0x0440), ("asc", GET_ASC, 1)):
        sensor = Sensor()
        sensor.chip.faults.set(fault)
        sensor.send(SET_ASC, 0)
        assert sensor.get(command) == [word], fault


def test_without_power_everything_is_lost():
    sensor = measuring()
    sensor.send(PRESSURE, 900)
    sensor.chip.faults.set("powered_down")
    with pytest.raises(Nak):
        sensor.ready()
    sensor.t_us += 20_000 * MS
    sensor.chip.faults.clear()
    with pytest.raises(Nak):
        sensor.ready()
    sensor.t_us += 1_000 * MS
    assert not sensor.ready() and not sensor.chip.measuring and sensor.chip.hpa == 1013


def test_garbage_has_no_right_crc_for_long():
    sensor = Sensor()
    sensor.chip.faults.set("garbage")
    good = 0
    for _ in range(200):
        sensor.send(SERIAL)
        data = sensor.chip.read(9, sensor.t_us)
        good += all(crc8(data[at : at + 2]) == data[at + 2] for at in (0, 3, 6))
    assert good == 0
