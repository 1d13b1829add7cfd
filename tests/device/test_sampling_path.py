"""The whole sampling path, from the chip's registers to the core's verdict, over the virtual board: it allocates nothing."""

import time

import micropython
import quality
import vport
from tag import events
from tag.core import Core
from tag.hal import board, parts, system
from tag.hal.motion import MotionSource
from tag.settings import DEFAULTS
from tag.supervisor import Supervisor

INTERPRETERS = ("mp64", "mp32")

BOARD = {
    "buses": {"i2c": [{"id": 0, "scl": 22, "sda": 21, "freq_hz": 400000}]},
    "parts": [{"role": "accel", "chip": "lis3dh", "i2c": 0, "address": 25, "axes": ["x", "-z", "y"]}],
}


class Sampling:
    """What the motion task holds, and its round."""

    def __init__(self, **settings):
        vport.control({"do": "clear", "chip": "lis3dh"})
        vport.control({"do": "sda_hold", "bus": 0, "clocks": 0})
        vport.control({"do": "accel", "mg": [0, 0, 1000]})
        chosen = dict(DEFAULTS)
        chosen.update(settings)
        self.core = Core(chosen, system.ticks_ms())
        buses = board.Buses(BOARD)
        accel = parts.Parts(BOARD, buses).accel
        self.source = MotionSource(accel, lambda: buses.recover(0), system.ticks_ms())
        self.supervisor = Supervisor(None, system.ticks_ms, None, None)
        self.samples = 0

    def round(self):
        """As `App.motion` does it, with the clock."""
        t_ms = system.ticks_ms()
        self.source.read(t_ms)
        found = self.core.motion(self.source, t_ms)
        self.supervisor.report(events.TASK_MOTION, t_ms)
        self.samples += self.source.n
        return found

    def locked(self, rounds, ms=100):
        """Rounds of which none may allocate; True when none had anything to say."""
        quiet = True
        for _ in range(rounds):
            time.sleep_ms(ms)
            micropython.heap_lock()
            try:
                found = self.round()
            finally:
                micropython.heap_unlock()
            quiet = quiet and not found
        return quiet


def test_sampling_allocates_nothing_at_rest_and_in_motion():
    sampling = Sampling()
    time.sleep_ms(100)
    sampling.round()
    assert sampling.locked(30)
    for i in range(60):  # steps, turns and knocks, with the audit of the chip and the resampler's odd ends between
        vport.control({"do": "accel", "mg": [(i * 397) % 1200 - 600, (i * 211) % 900 - 450, 700 + (i * 613) % 700]})
        assert sampling.locked(1, 70 + i % 7 * 20)
    assert sampling.source.quality == quality.OK
    assert sampling.core.motions.rate_hz == 100
    assert sampling.samples > 900


def test_with_fatigue_sampling_allocates_nothing_either():
    sampling = Sampling(fatigue=2)
    time.sleep_ms(100)
    sampling.round()
    assert sampling.locked(30)
    for i in range(120):  # steps at 2 Hz
        vport.control({"do": "accel", "mg": [0, 100, 700 if i // 2 % 2 else 1300]})
        assert sampling.locked(1, 120)
    monitor = sampling.core.fatigue
    assert monitor.ledger.effort_mgs > 1000 and monitor.ledger.active_s > 5 and monitor.vibration.rate_hz == 100
    assert sampling.source.quality == quality.OK


def test_a_bus_that_fails_again_and_again_costs_no_memory_once_it_is_told():
    sampling = Sampling()
    time.sleep_ms(100)
    sampling.round()
    assert sampling.locked(10)
    vport.control({"do": "fault", "chip": "lis3dh", "name": "nak", "value": 1.0})
    time.sleep_ms(100)
    sampling.round()
    assert sampling.core.faults.mask == 1 << events.FAULT_MOTION
    free = []
    for _ in range(3):
        free.append(system.free_bytes())
        for _ in range(40):
            time.sleep_ms(100)
            assert not sampling.round()
    assert free[0] - free[-1] < 200, free  # an OSError is short-lived rubbish, nothing is kept
    vport.control({"do": "clear", "chip": "lis3dh"})
    time.sleep_ms(6000)
    said = []
    for _ in range(20):
        time.sleep_ms(100)
        said.extend(sampling.round())
    assert sampling.core.faults.mask == 0 and said
    assert sampling.locked(20)
