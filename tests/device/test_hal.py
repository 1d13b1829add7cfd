"""The hardware room: a bad board file, a part that is not there and a held bus end as values."""

import sys
import time

import quality
import ticks
import vport
from tag.events import CH4, FAULT_BATTERY, FAULT_BOARD, FAULT_GAS, FAULT_MOTION, FAULT_OUTPUTS
from tag.hal import board, parts, system
from tag.hal.motion import MotionSource

ACCEL = {"role": "accel", "chip": "lis3dh", "i2c": 0, "address": 25, "axes": ["x", "y", "z"]}
GAS = {"role": "gas", "chip": "winsen-ndir", "uart": 1, "gas": "ch4", "range": "5vol", "warmup_s": 1}
BUZZER = {"role": "buzzer", "chip": "pwm-buzzer", "pin": 25}
LED = {"role": "led", "chip": "ws2812", "pin": 27}
MOTOR = {"role": "motor", "chip": "pwm-motor", "pin": 26}
BATTERY = {"role": "battery", "chip": "adc-divider", "pin": 35, "divider": 2.0}
BUTTON = {"role": "button", "chip": "button", "pin": 0}
BUSES = {
    "i2c": [{"id": 0, "scl": 22, "sda": 21, "freq_hz": 400000}],
    "uart": [{"id": 1, "tx": 17, "rx": 16, "baud": 9600}],
}
BOARD = {"name": "bench", "buses": BUSES, "parts": [ACCEL, GAS, BUZZER, LED, MOTOR, BATTERY, BUTTON]}

if sys.implementation.name == "cpython":
    import tempfile

    _DIR = tempfile.mkdtemp()
else:
    import vfs

    class _Ram:
        def __init__(self, blocks):
            self.data = bytearray(blocks * 512)

        def readblocks(self, n, buf, offset=0):
            buf[:] = memoryview(self.data)[n * 512 + offset : n * 512 + offset + len(buf)]

        def writeblocks(self, n, buf, offset=0):
            self.data[n * 512 + offset : n * 512 + offset + len(buf)] = buf

        def ioctl(self, op, arg):
            return len(self.data) // 512 if op == 4 else 512 if op == 5 else 0

    _ram = _Ram(64)
    vfs.VfsLfs2.mkfs(_ram)
    vfs.mount(vfs.VfsLfs2(_ram), "/hal")
    _DIR = "/hal"


def written(name: str, text: str) -> str:
    path = _DIR + "/" + name
    with open(path, "w") as file:
        file.write(text)
    return path


def fresh():
    vport.control({"do": "clear", "chip": "lis3dh"})
    vport.control({"do": "clear", "chip": "winsen-ndir"})
    vport.control({"do": "sda_hold", "bus": 0, "clocks": 0})
    vport.control({"do": "reset_chip", "chip": "lis3dh"})
    return board.Buses(BOARD)


GOOD = '{"name": "b", "buses": {}, "parts": [], "power": []}'


def test_a_good_board_file_has_no_problem():
    found, problem = board.read((written("good.json", GOOD),))
    assert found["name"] == "b"
    assert problem == ""


def test_a_corrupt_board_file_gives_the_spare_and_names_the_bad_one():
    for text in ("", "{", "[]", '{"parts": 1, "buses": {}}', '"x"', "\x00"):
        found, problem = board.read((written("bad.json", text), written("good.json", GOOD)))
        assert found["name"] == "b", text
        assert "bad.json" in problem, problem


def test_no_board_file_at_all_gives_a_tag_without_parts():
    found, problem = board.read((_DIR + "/none.json", _DIR + "/none2.json"))
    assert found["parts"] == []
    assert "none.json" in problem
    opened = parts.Parts(found, board.Buses(found))
    assert FAULT_MOTION in opened.missing and FAULT_GAS in opened.missing and FAULT_OUTPUTS in opened.missing
    opened.show(1, 2, 3, 4, 5)
    assert not opened.outputs_failed()


def test_all_parts_of_the_virtual_board_open():
    opened = parts.Parts(BOARD, fresh())
    assert opened.problems == []
    assert opened.missing == []
    assert opened.accel.quality == quality.WARMING
    assert opened.gas[0].gas == CH4
    assert 4000 < opened.battery.read_mv() < 4100
    opened.show(10, 20, 30, 2700, 50)
    now = vport.control({"do": "outputs"})
    assert now == {"rgb": [10, 20, 30], "buzzer_hz": 2700, "motor_percent": 50}
    opened.show(0, 0, 0, 0, 0)


def test_a_part_that_cannot_be_opened_is_named_and_the_others_work():
    odd = dict(BOARD)
    odd["parts"] = [
        {"role": "accel", "chip": "adxl999"},
        {"role": "gas", "chip": "winsen-ndir", "uart": 7, "gas": "ch4", "range": "5vol"},
        {"role": "battery", "chip": "adc-divider"},
        LED,
    ]
    opened = parts.Parts(odd, fresh())
    assert [source for source, _ in opened.problems] == [FAULT_MOTION, FAULT_GAS, FAULT_BATTERY]
    assert opened.led is not None


def test_a_board_that_describes_nonsense_costs_what_it_describes_and_no_more():
    vport.control({"do": "reset_chip", "chip": "lis3dh"})
    odd = dict(BOARD)
    odd["power"] = [{"on": 1}]
    odd["buses"] = {"i2c": [{"id": 0, "sda": 21}, BUSES["i2c"][0], 7], "uart": 5}
    odd["parts"] = [5, {"chip": "lis3dh"}, {"role": 5, "chip": "ws2812"}, ACCEL, GAS, LED]
    buses = board.Buses(odd)
    assert [text.split(":")[0] for text in buses.problems] == ["power", "i2c", "i2c"], buses.problems
    opened = parts.Parts(odd, buses)
    sources = [source for source, _ in opened.problems]
    assert sources == [FAULT_BOARD] * 5 + [FAULT_GAS], opened.problems
    assert opened.accel.quality == quality.WARMING and opened.led is not None


def test_a_port_that_refuses_in_its_own_way_costs_that_part_only():
    def refuse(part, buses):
        raise RuntimeError("out of PWM timers")

    opener = parts.OPENERS["pwm-buzzer"]
    parts.OPENERS["pwm-buzzer"] = refuse
    try:
        opened = parts.Parts(BOARD, fresh())
    finally:
        parts.OPENERS["pwm-buzzer"] = opener
    assert opened.problems == [(FAULT_OUTPUTS, "buzzer: RuntimeError out of PWM timers")]
    assert opened.buzzer is None and opened.motor is not None and opened.missing == [FAULT_OUTPUTS]


def test_motion_comes_in_blocks_and_a_missing_chip_is_a_quality():
    opened = parts.Parts(BOARD, fresh())
    source = MotionSource(opened.accel, None, time.ticks_ms())
    vport.control({"do": "accel", "mg": [0, 0, 1000]})
    total = 0
    for _ in range(20):
        time.sleep_ms(100)
        source.read(time.ticks_ms())
        total += source.n
    assert source.quality == quality.OK
    assert 150 <= total <= 200
    assert abs(source.mg[2] - 1000) < 60
    none = MotionSource(None, None, time.ticks_ms())
    none.read(time.ticks_ms())
    assert none.n == 0 and none.quality == quality.FAILED


def test_a_held_bus_is_freed_by_itself():
    buses = fresh()
    opened = parts.Parts(BOARD, buses)
    source = MotionSource(opened.accel, lambda: buses.recover(0), time.ticks_ms())
    for _ in range(10):
        time.sleep_ms(100)
        source.read(time.ticks_ms())
    assert source.quality == quality.OK
    vport.control({"do": "sda_hold", "bus": 0, "clocks": 6})
    time.sleep_ms(100)
    source.read(time.ticks_ms())
    assert source.quality == quality.FAILED and source.n == 0
    for _ in range(80):
        time.sleep_ms(100)
        source.read(time.ticks_ms())
    assert source.repairs >= 1
    assert source.quality == quality.OK


class Steady:
    """An accelerometer that always has a good sample, until it fails."""

    odr_hz = 100
    quality = quality.OK

    def read_block(self, buf, t_ms):
        return 1


def test_a_bus_that_fails_after_a_good_week_is_freed_all_the_same():
    for days in range(1, 14):
        accel = Steady()
        freed = []
        t_ms = 12345
        source = MotionSource(accel, lambda freed=freed: freed.append(1), t_ms)
        for _ in range(days * 8):
            t_ms = ticks.add(t_ms, 3 * 3600 * 1000)
            source.read(t_ms)
        assert not freed
        accel.quality = quality.FAILED
        source.read(ticks.add(t_ms, 100))
        assert freed == [1], days
        source.read(ticks.add(t_ms, 4000))
        assert freed == [1], days
        source.read(ticks.add(t_ms, 5200))
        assert freed == [1, 1], days


def test_a_bus_held_since_before_the_boot_is_freed_when_it_is_opened():
    vport.control({"do": "sda_hold", "bus": 0, "clocks": 7})
    buses = board.Buses(BOARD)
    assert buses.i2c[0].readfrom_mem(0x19, 0x0F, 1) == b"\x33"


def test_system_values():
    assert 0 <= system.nonce() < 1 << 30
    assert 0 <= system.random_bits(8) < 256
    assert system.reset_cause() == 1
    if sys.implementation.name != "cpython":
        assert system.free_bytes() > 0
    dog = system.Watchdog()
    dog.feed()
    dog.service()
