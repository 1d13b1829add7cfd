"""tag.heart_task on the virtual board: what a round costs, when a fault is told and when it ends, and what a wrong board file does.

The whole tag with it: tests/host/test_tag_heart.py.
"""

import time

from fatigue_rig import Worker

import micropython
import vport
from tag import heart_task, options
from tag.events import CODE_FAILED, CODE_MISSING, CONFIG, FAULT, FAULT_HEART
from tag.fatigue.heart import BRIGHT, COUNT, LIGHT, OTHER, REST
from tag.hal import board
from tag.heart_task import HeartTask

BUSES = {"i2c": [{"id": 0, "scl": 22, "sda": 21, "freq_hz": 400000}]}
PART = {"role": "heart", "chip": "max30102", "i2c": 0, "address": 0x57}
vport.control({"do": "fit", "parts": [PART]})


class Memory:
    """What was kept."""

    def __init__(self):
        self.events = []

    def keep(self, event):
        self.events.append(event)

    def keep_all(self, found):
        self.events.extend(found)


class Bench:
    """A task on a calm wearer whose accelerometer is seen."""

    def __init__(self, part=PART, **skin):
        vport.control({"do": "clear", "chip": "max30102"})
        vport.control(dict({"do": "skin", "bpm": 66}, **skin))
        self.core = Worker().core
        self.core.motions.rate_hz = 100
        self.core.fatigue.gait.seen_s = 5
        self.memory = Memory()
        self.task = HeartTask(self.core, self.memory, part, board.Buses({"buses": BUSES}), time.ticks_ms())
        self.heart = self.task.heart

    def runs(self, seconds, until=None):
        """Rounds as the app makes them; whether `until` came."""
        ms = 0
        while ms < seconds * 1000:
            wait_ms = self.task.step(time.ticks_ms())
            assert wait_ms in (200, 500)
            time.sleep_ms(wait_ms)
            ms += wait_ms
            if until and until():
                return True
        return False

    def faults(self):
        return [event[2:] for event in self.memory.events if event[0] == FAULT]


def fault(name):
    vport.control({"do": "fault", "chip": "max30102", "name": name})


class App:
    """As tag/app.py for tag/options.py."""

    def __init__(self, bench):
        self.core = bench.core
        self.memory = bench.memory
        self.buses = board.Buses({"buses": BUSES})


def test_without_memory_for_it_the_tag_starts_and_says_so():
    bench = Bench()
    app = App(bench)
    assert options.heart(app, {"fatigue": 0}, [PART], 0) is None and options.heart(app, {"fatigue": 1}, [], 0) is None
    assert options.heart(app, {"fatigue": 1}, [PART], 0).sensor and bench.memory.events == []

    def none(*_):
        raise MemoryError

    task, heart_task.HeartTask = heart_task.HeartTask, none
    try:
        assert options.heart(app, {"fatigue": 1}, [PART], 0) is None
    finally:
        heart_task.HeartTask = task
    said = bench.memory.events[0]
    assert (said[0], said[2]) == (CONFIG, CODE_FAILED) and said[3].startswith("heart: MemoryError")
    assert bench.faults() == [(FAULT_HEART, CODE_FAILED, 1)]


def test_a_rate_in_half_a_minute():
    bench = Bench()
    assert bench.core.fatigue.heart is bench.heart and bench.core.fatigue.watch.drift.features == 9
    assert bench.runs(30, lambda: bench.heart.bpm_q4)
    assert abs(bench.heart.bpm_q4 - 66 * 16) < 48 and bench.heart.quality > 60
    assert bench.heart.state == REST and not bench.task.sensor.lit
    assert bench.memory.events == []


def test_no_round_takes_memory():
    bench = Bench()
    states = []
    for _ in range(140):
        t_ms = time.ticks_ms()
        micropython.heap_lock()
        try:
            wait_ms = bench.task.step(t_ms)
        finally:
            micropython.heap_unlock()
        time.sleep_ms(wait_ms)
        if bench.heart.state not in states:
            states.append(bench.heart.state)
    assert states == [REST, OTHER, LIGHT, COUNT] and bench.heart.bpm_q4


def test_off_the_skin_is_no_fault():
    bench = Bench(worn=False)
    bench.runs(60)
    assert bench.heart.measured == 1 and bench.heart.bpm_q4 == 0 and bench.memory.events == []


def test_glare_is_an_unknown_rate_at_once():
    bench = Bench()
    assert bench.runs(20, lambda: bench.heart.state == COUNT)
    vport.control({"do": "skin", "bpm": 66, "ambient_na": 60000.0})
    bench.runs(1)
    assert (bench.heart.state, bench.heart.why, bench.heart.measured) == (REST, BRIGHT, 1)
    assert not bench.task.sensor.lit and bench.memory.events == []


def test_an_accelerometer_that_fails_leaves_the_light_off():
    bench = Bench()
    bench.core.motions.rate_hz = 0
    assert not bench.runs(60, lambda: bench.heart.state != REST)
    bench.core.motions.rate_hz = 100
    assert bench.runs(10, lambda: bench.heart.state != REST)
    bench.core.motions.rate_hz = 0
    bench.runs(1)
    assert bench.heart.state == REST and not bench.task.sensor.lit


def test_a_gap_in_the_samples_of_the_accelerometer_is_no_calm():
    bench = Bench()
    gait = bench.core.fatigue.gait
    gait.lost()
    assert gait.size_mg == 0  # of nothing
    assert not bench.runs(30, lambda: bench.heart.state != REST)
    gait.seen_s = 5
    assert bench.runs(10, lambda: bench.heart.state != REST)
    gait.lost()
    bench.runs(1)
    assert bench.heart.state == REST and not bench.task.sensor.lit


def test_a_task_that_dies_leaves_it_dark():
    bench = Bench()
    assert bench.runs(20, lambda: bench.heart.state == COUNT)
    take = bench.heart.pulse.take
    bench.heart.pulse.take = None
    for _ in range(3):
        try:
            bench.task.step(time.ticks_ms())
            died = bench.heart.state == REST
        except TypeError:
            died = True
        assert died and not bench.task.sensor.lit and bench.heart.state == REST
    bench.heart.pulse.take = take
    assert bench.runs(60, lambda: bench.heart.bpm_q4)


def test_a_lamp_that_flickers_on_what_is_no_skin_has_no_rate():
    for perfusion in (0.0, 0.008):  # nor on skin: which of the two would it be?
        bench = Bench(perfusion=perfusion)
        vport.control({"do": "fault", "chip": "max30102", "name": "flicker", "value": 16.0})
        bench.runs(40)
        assert (bench.heart.bpm_q4, bench.heart.why, bench.faults()) == (0, BRIGHT, []), perfusion
        assert not bench.task.sensor.lit


def test_it_is_dark_until_other_light_was_looked_at():
    bench = Bench()
    assert bench.runs(20, lambda: bench.heart.state == OTHER)
    led = bench.task.sensor.registers.get
    assert bench.runs(1, lambda: bench.task.sensor.state == 2) and led(0x0D) == 0
    assert bench.runs(4, lambda: bench.heart.state == LIGHT) and led(0x0D) == bench.task.sensor.led
    bench = Bench()
    assert bench.runs(20, lambda: bench.heart.state == OTHER)
    bench.runs(2)
    fault("nak")
    bench.runs(2)
    assert bench.heart.state == REST


def test_a_clock_a_tenth_off_has_no_rate():
    for value in (0.9, 1.1):
        bench = Bench()
        vport.control({"do": "fault", "chip": "max30102", "name": "clock", "value": value})
        bench.runs(40)
        assert bench.heart.measured == 1 and bench.heart.bpm_q4 == 0 and bench.faults() == [], value


def test_what_does_not_answer_is_a_fault_after_three_looks_and_ends_with_the_first_answer():
    for name in ("nak", "wrong_id"):
        bench = Bench()
        fault(name)
        bench.runs(19)
        assert bench.faults() == []
        bench.runs(4)
        assert bench.faults() == [(FAULT_HEART, CODE_FAILED, 1)]
        bench.runs(40)
        vport.control({"do": "clear", "chip": "max30102"})
        bench.runs(11)
        assert bench.faults() == [(FAULT_HEART, CODE_FAILED, 1), (FAULT_HEART, CODE_FAILED, 0)]


def test_three_broken_measurements_are_a_fault_until_one_ends():
    bench = Bench()
    fault("stuck_fifo")
    bench.runs(60)
    assert bench.faults() == [(FAULT_HEART, CODE_FAILED, 1)] and bench.heart.measured == 0
    vport.control({"do": "clear", "chip": "max30102"})
    bench.runs(40)
    assert bench.faults()[1:] == [(FAULT_HEART, CODE_FAILED, 0)] and bench.heart.bpm_q4


def test_two_broken_ones_are_none():
    bench = Bench()
    for _ in range(2):
        assert bench.runs(30, lambda: bench.heart.state == COUNT)
        fault("lost_config")
        assert bench.runs(3, lambda: bench.heart.state == REST)
    assert bench.runs(60, lambda: bench.heart.bpm_q4) and bench.faults() == []
    assert bench.task.sensor.resets == 2


def test_an_overflow_begins_the_count_anew():
    bench = Bench()
    assert bench.runs(20, lambda: bench.heart.state == COUNT)
    bench.runs(10)
    time.sleep_ms(2000)  # somebody else had the processor
    bench.runs(1)
    assert bench.task.sensor.overruns == 1 and bench.heart.state in (LIGHT, COUNT)
    assert bench.heart.pulse.level == 0 or bench.heart.state == COUNT
    bench.runs(9)
    assert not bench.heart.bpm_q4
    assert bench.runs(15, lambda: bench.heart.bpm_q4)


def test_a_board_file_that_cannot_be():
    for wrong in ({"i2c": 7}, {"chip": "max99999"}, {"chip": 5}, {"address": None}):
        bench = Bench(dict(PART, **wrong))
        assert bench.task.sensor is None and bench.core.fatigue.heart is None
        kinds = [event[0] for event in bench.memory.events]
        assert kinds == [CONFIG, FAULT] and bench.memory.events[0][3].startswith("heart: "), wrong
        assert bench.faults() == [(FAULT_HEART, CODE_MISSING, 1)]
        bench.runs(2)
        bench.task.close()


def test_it_closes_dark_where_somebody_holds_the_bus():
    bench = Bench()
    assert bench.runs(20, lambda: bench.heart.state == COUNT)
    vport.control({"do": "sda_hold", "bus": 0, "clocks": 5})
    bench.task.close()
    vport.control({"do": "sda_hold", "bus": 0, "clocks": 0})
    assert not bench.task.sensor.lit


def test_it_closes_dark():
    bench = Bench()
    assert bench.runs(20, lambda: bench.heart.state == COUNT)
    bench.task.close()
    assert not bench.task.sensor.lit
