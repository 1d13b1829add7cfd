"""Runs on MicroPython: cost of one gas's exposure, for an instruction count from outside, or timed here.

    exposure.py add|minute|double|save N     does it N times
    exposure.py time N                       prints microseconds of each, N times, warm

An exposure whose window is full, as after eight hours.
"""

import sys
import time

from tag.gas.exposure import Exposure

WHAT = ("add", "minute", "double", "save")


def prepared(what):
    """A function of one step, on an exposure whose window is full."""
    exposure = Exposure()
    for i in range(480):
        exposure.add(37 * i % 2000)
        exposure.minute()
    if what == "add":
        return lambda: exposure.add(350)
    if what == "minute":
        return exposure.minute
    if what == "double":
        return exposure._double
    buf = bytearray(exposure.SIZE)
    return lambda: exposure.save(buf, 0)


def repeat(step, n):
    """Call it so often."""
    for _ in range(n):
        step()


def main(what, n):
    """See the head of this file."""
    if what != "time":
        if what == "double":  # the step doubles four times a shift at most: its worth does not matter to the cost
            repeat(prepared(what), min(n, 16))
        else:
            repeat(prepared(what), n)
        return
    for what in WHAT:
        step = prepared(what)
        count = min(n, 16) if what == "double" else n
        repeat(step, min(n, 8))
        start = time.ticks_us()
        repeat(step, count)
        print(what, time.ticks_diff(time.ticks_us(), start) * 1000 // count)


main(sys.argv[1], int(sys.argv[2]))
