"""What exposure costs in memory: per gas, and per minute, counted by `mem_total`: too large a frame passes under `heap_lock`."""

import gc
import sys

from exposure_bench import FULL, Noise

import micropython
from tag.gas.exposure import Exposure
from tag.gas.timesteps import TimeSteps

INTERPRETERS = ("mp64", "mp32")
TARGET_B = 750  # a gas on the 32-bit runtime

ROWS = bytes((2, 7, 0, 3, 172, 0, 0, 0, 16, 14, 120, 0, 0, 0, 0, 0, 2, 7, 0, 3, 173, 1, 0, 0, 8, 7, 120, 0, 0, 0, 0, 0))


def held(make):
    """Heap bytes that one more of these holds."""
    many = [None] * 16
    make()
    gc.collect()
    before = gc.mem_alloc()
    for i in range(16):
        many[i] = make()
    gc.collect()
    return (gc.mem_alloc() - before) // 16


def test_a_gas_fits_its_share_of_the_heap():
    exposure = held(Exposure)
    steps = held(lambda: TimeSteps(ROWS, (0, 16)))
    print("exposure", exposure, "time steps", steps)
    if sys.maxsize < 1 << 32:
        assert exposure <= TARGET_B and steps <= 130, (exposure, steps)


def test_readings_and_minutes_take_nothing_from_the_heap():
    exposure = Exposure()
    steps = TimeSteps(ROWS, (0, 16))
    noise = Noise(3)
    total = micropython.mem_total
    none = total()
    none = total() - none
    before = total()
    for minute in range(1000):
        for _ in range(3):
            exposure.add(noise.below(40 * minute + 1))
        exposure.minute()
        steps.minute(exposure.mean_q4)
    exposure.skip(3)
    exposure.add(FULL)
    exposure.minute()
    steps.minute(-1)
    assert total() - before == none
    assert exposure.peak == FULL and steps.used == 3


def test_saving_takes_nothing_from_the_heap():
    exposure = Exposure()
    steps = TimeSteps(ROWS, (0, 16))
    exposure.add(FULL)
    exposure.minute()
    steps.minute(exposure.mean_q4)
    buf = bytearray(exposure.SIZE + steps.size)
    total = micropython.mem_total
    none = total()
    none = total() - none
    before = total()
    micropython.heap_lock()
    exposure.save(buf, 0)
    steps.save(buf, exposure.SIZE)
    micropython.heap_unlock()
    assert total() - before == none
    assert Exposure().load(buf, 0) and TimeSteps(ROWS, (0, 16)).load(buf, exposure.SIZE)
