"""Runs on MicroPython: cost of the motion path, and of the plain-float filter that a first version would use.

    motion.py path|float SAMPLES     runs it once over so many samples, for an instruction count from outside
    motion.py recorded PASSES FILE   runs the path so often over a recording: int16 x, y, z in milli-g at 100 Hz
    motion.py both SAMPLES           prints time and heap a sample of both, measured in this one run

The reference does a part of the path's work only: two biquads on each of three axes, and the magnitude, in float.
"""

import gc
import sys
import time
from array import array

from tag.core import Core
from tag.settings import DEFAULTS

BLOCK = 10
RATE_HZ = 100


class Biquad:
    """A second-order section in float, transposed direct form II."""

    def __init__(self):
        self.s1 = 0.0
        self.s2 = 0.0

    def step(self, x):
        """One sample. Coefficients: scipy.signal.butter(2, 5, fs=100)."""
        y = 0.020083365564 * x + self.s1
        self.s1 = 0.040166731128 * x + 1.561018075801 * y + self.s2
        self.s2 = 0.020083365564 * x - 0.641351538057 * y
        return y


class Block:
    """A block of motion as the hal hands it over."""

    def __init__(self):
        self.mg = array("h", bytes(6 * BLOCK))
        self.n = BLOCK
        self.odr_hz = RATE_HZ
        self.quality = 0
        self.magnitude = 0.0


def walking(block, at):
    """Something that moves: a wearer walking at two steps a second, in integers."""
    for i in range(BLOCK):
        phase = (at + i) % 50
        swing = phase * 16 if phase < 25 else (50 - phase) * 16
        block.mg[3 * i] = swing - 200
        block.mg[3 * i + 1] = 150 - swing // 2
        block.mg[3 * i + 2] = 1000 + swing // 3


def through_core():
    """A function that passes one block through the core."""
    core = Core(DEFAULTS, 0)

    def step(block, t_ms):
        core.motion(block, t_ms)

    return step


def through_float():
    """The same for the float filter."""
    filters = [(Biquad(), Biquad()) for _ in range(3)]

    def step(block, t_ms):
        mg = block.mg
        for i in range(BLOCK):
            total = 0.0
            for axis in range(3):
                first, second = filters[axis]
                y = second.step(first.step(mg[3 * i + axis]))
                total += y * y
            block.magnitude = total**0.5

    return step


def run(step, samples):
    """Nothing but the work, for a count of instructions from outside."""
    block = Block()
    walking(block, 0)
    for at in range(0, samples, BLOCK):
        step(block, at * 1000 // RATE_HZ)


def measured(step, samples):
    """Microseconds and heap bytes of `samples`."""
    block = Block()
    spent_us = heap_b = 0
    for at in range(0, samples, BLOCK):
        walking(block, at)
        before_b = gc.mem_alloc()
        t0 = time.ticks_us()
        step(block, at * 1000 // RATE_HZ)
        spent_us += time.ticks_diff(time.ticks_us(), t0)
        heap_b += gc.mem_alloc() - before_b
        if at % 500 == 0:
            gc.collect()  # not after each block: it would empty the processor's caches, and the shorter work pays more for that
    return spent_us, heap_b


def replayed(passes, path):
    """A recording through one core, again and again."""
    with open(path, "rb") as file:
        source = memoryview(array("h", file.read()))
    block = Block()
    into = memoryview(block.mg)
    core = Core(DEFAULTS, 0)
    t_ms = 0
    for _ in range(passes):
        for at in range(0, len(source) - 3 * BLOCK + 1, 3 * BLOCK):
            into[:] = source[at : at + 3 * BLOCK]
            t_ms += BLOCK * 1000 // RATE_HZ
            core.motion(block, t_ms)


STEPS = {"path": through_core, "float": through_float}


def main():
    """See the head of this file."""
    what, samples = sys.argv[1], int(sys.argv[2])
    if what == "recorded":
        replayed(samples, sys.argv[3])
        return
    if what in STEPS:
        run(STEPS[what](), samples)
        return
    gc.collect()
    gc.disable()
    for name in ("path", "float"):
        step = STEPS[name]()
        measured(step, 500)  # warm
        spent_us, heap_b = measured(step, samples)
        print(name, spent_us * 1000 // samples, heap_b * 1000 // samples)


main()
