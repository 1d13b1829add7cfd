"""The shipped firmware on a virtual tag, when parts and tasks fail: it names the fault, alarms where safety is touched, goes on."""

import pytest
from tag_life import CONFIG, Life

from davy.vtag.assembly import make_tag
from davy.vtag.bench import Bench
from davy.vtag.tag import VirtualTag
from tag import events


def test_a_healthy_tag_has_no_fault_and_never_restarts() -> None:
    with Life() as life:
        life.live(130)
        assert life.tag.boots == 1
        assert life.said("fault") == []
        assert life.said("crash") == []
        assert len(life.said("heartbeat")) == 2


def test_an_accelerometer_that_goes_silent_and_comes_back() -> None:
    with Life() as life:
        life.live(10)
        life.board.chips["lis3dh"].faults.set("nak")
        life.live(10)
        fault = life.last_fault(events.FAULT_MOTION)
        assert fault is not None and fault[1] == 1
        assert life.alarm(events.ALARM_FAULT) != events.OFF
        life.board.chips["lis3dh"].faults.clear()
        life.live(40)
        fault = life.last_fault(events.FAULT_MOTION)
        assert fault is not None and fault[1] == 0
        assert life.alarm(events.ALARM_FAULT) == events.OFF
        assert life.tag.boots == 1


def test_an_accelerometer_that_was_never_there_alarms_and_gas_is_watched_all_the_same() -> None:
    with Life() as life:
        life.board.chips["lis3dh"].faults.set("nak")
        life.board.world.gas_source = lambda name, t_us: 1.3 if name == "ch4" and t_us > 15e6 else 0.0
        sounded: set[str] = set()
        life.board.on_output = lambda what, t_us: sounded.add(what)
        life.live(25)
        assert life.alarm(events.ALARM_FAULT) != events.OFF
        assert life.alarm(events.ALARM_GAS_HIGH) == events.ON
        assert sounded == {"rgb", "buzzer_hz", "motor_percent"}


@pytest.mark.parametrize("fault", ["silent", "bad_checksum", "garbage"])
def test_a_gas_sensor_that_fails_is_a_fault_within_ten_seconds_and_never_clean_air(fault: str) -> None:
    with Life() as life:
        life.live(10)
        life.board.chips["winsen-ndir"].faults.set(fault)
        life.live(10)
        found = life.last_fault(events.FAULT_GAS)
        assert found is not None and found[1] == 1
        assert life.alarm(events.ALARM_FAULT) != events.OFF


def test_a_held_sda_is_freed_without_a_restart() -> None:
    with Life() as life:
        life.live(10)
        life.board.i2c[0].hold_clocks = 7
        life.live(30)
        assert life.board.i2c[0].hold_clocks == 0
        fault = life.last_fault(events.FAULT_MOTION)
        assert fault is not None and fault[1] == 0
        assert life.tag.boots == 1


BROKEN_LINK = """
class UdpLink:
    fault = 0
    confirms = up = ready = room = False
    def __init__(self, settings, t_ms):
        self.t_ms = t_ms
    def step(self, t_ms):
        if t_ms - self.t_ms > 5000:
            {what}
    def close(self, t_ms):
        pass
"""


def with_broken_link(life: Life, what: str) -> None:
    def change(files: dict[str, bytes]) -> None:
        files.pop("tag/hal/udp.mpy")
        files["tag/hal/udp.py"] = BROKEN_LINK.format(what=what).encode()

    life.flash(change)


def test_a_task_that_raises_is_recorded_alarmed_and_the_others_go_on() -> None:
    with Life() as life:
        with_broken_link(life, "raise ValueError('radio says no')")
        life.board.world.gas_source = lambda name, t_us: 1.3 if name == "ch4" and t_us > 15e6 else 0.0
        life.live(25)
        crashes = life.said("crash")
        assert crashes and crashes[0][0] == 3
        assert "ValueError: radio says no" in str(crashes[0][1]) and "udp.py" in str(crashes[0][1])
        assert life.last_fault(events.FAULT_TASK) == (events.CODE_CRASHED, 1)
        assert life.alarm(events.ALARM_GAS_HIGH) == events.ON
        assert life.tag.boots == 1


def test_a_task_that_never_yields_ends_in_a_watchdog_reset() -> None:
    with Life() as life:
        with_broken_link(life, "import time\n            while True: time.ticks_ms()")
        life.live(30)
        assert life.tag.boots >= 2
        assert [boot[0] for boot in life.said("boot")][:2] == [1, 3]


def test_firmware_that_cannot_start_is_tried_again_every_minute() -> None:
    with Life() as life:
        life.flash(lambda files: files.update({"tag/core.mpy": b"not bytecode"}))
        life.live(50)
        assert life.tag.boots == 1
        assert b">>> " in life.printed
        life.live(20)
        assert life.tag.boots == 2


def test_ticks_that_wrap_in_the_middle_of_an_alarm_change_nothing() -> None:
    with Life(ticks_start_ms=2**30 - 20_000) as life:
        life.board.world.gas_source = lambda name, t_us: 1.3 if name == "ch4" and t_us > 15e6 else 0.0
        life.live(125)
        assert life.alarm(events.ALARM_GAS_HIGH) == events.ON
        assert life.said("fault") == []
        assert life.said("crash") == []
        assert len(life.said("heartbeat")) == 2
        assert life.tag.boots == 1


def test_ctrl_c_stops_the_tag_for_service_and_the_watchdog_puts_it_back() -> None:
    with Life() as life:
        life.live(10)
        life.tag.type(b"\x03", life.bench.now_us)
        life.bench.run_for(5_000_000)
        assert b"stopped for service" in life.printed
        assert b">>> " in life.printed
        assert life.board.rgb == (0, 0, 0) and life.board.buzzer_hz == 0 and life.board.motor_percent == 0
        life.bench.run_for(14 * 60 * 1_000_000)
        assert life.tag.boots == 1
        life.bench.run_for(2 * 60 * 1_000_000)
        assert life.tag.boots == 2
        assert [boot[0] for boot in life.said("boot")] == [1, 3]


def test_a_power_cut_during_an_alarm_brings_the_alarm_back() -> None:
    with Life() as life:
        life.board.world.gas_source = lambda name, t_us: 1.3 if name == "ch4" and t_us > 10e6 else 0.0
        life.live(20)
        assert life.alarm(events.ALARM_GAS_HIGH) == events.ON
        life.tag.power_cut(life.bench.now_us)
        assert life.board.rgb == (0, 0, 0) and life.board.buzzer_hz == 0
        life.printed.clear()
        sounded: list[str] = []
        life.board.on_output = lambda what, t_us: sounded.append(what)
        life.tag.power_on(life.bench.now_us)
        life.bench.run_for(2_500_000)  # the sensor still warms up: the alarm is remembered, not measured
        assert "buzzer_hz" in sounded


def test_two_tags_on_one_bench_do_not_disturb_each_other() -> None:
    with Bench() as bench:
        printed = [bytearray(), bytearray()]
        tags: list[VirtualTag] = []
        for number in range(2):
            tag = make_tag(bench, name=f"tag{number}", console=False, config=CONFIG)
            tag.console.on_output = printed[number].extend
            tags.append(tag)
            tag.power_on(bench.now_us)
        tags[1].board.world.gas_source = lambda name, t_us: 1.3 if name == "ch4" and t_us > 10e6 else 0.0
        bench.run_for(20_000_000)
    assert b" alarm " not in printed[0]
    assert b" alarm " in printed[1]
