"""Runs on MicroPython: cost of the filters of lib/dsp, for an instruction count from outside.

    filters.py 10|32 SAMPLES     the filter task in blocks of 10 or 32: two biquads on each of three axes, and the magnitude
    filters.py steps SAMPLES     the gait analysis, in chunks of 10 at 50 Hz

`motion.py float` is the filter task in plain float.
"""

import sys
from array import array

from dsp.biquad import Biquads
from dsp.fixed import magnitudes
from dsp.gait import Gait

# python -m davy.design.filters low 5 --rate 100 --order 4
SECTIONS = (
    (2, 1, 0, 0, 19962, 6, 116439, 6),
    (2, 1, 0, 0, 22947, 6, 110887, 7),
)
CYCLE = 50  # samples: a wearer who walks, in integers


def walking(at, n):
    """`n` samples from `at` on."""
    mg = array("h", bytes(6 * n))
    for i in range(n):
        phase = (at + i) % (CYCLE // 2)
        swing = phase * 32 if phase < 13 else (25 - phase) * 32
        mg[3 * i] = swing - 200
        mg[3 * i + 1] = 150 - swing // 2
        mg[3 * i + 2] = 800 + swing
    return mg


def task(block, samples):
    """The filter task."""
    filters = Biquads(SECTIONS)
    mg = walking(0, block)
    out = array("h", bytes(6 * block))
    norms = array("h", bytes(2 * block))
    for _ in range(0, samples, block):
        filters.run(mg, block, out)
        magnitudes(out, block, norms)


def steps(samples):
    """The gait analysis."""
    counter = Gait(10)
    chunks = [walking(at, 10) for at in range(0, CYCLE, 10)]
    for _ in range(0, samples, CYCLE):
        for chunk in chunks:
            counter.take(chunk)
    if not samples // 30 < counter.steps <= samples // 25:
        raise RuntimeError("the steps were not counted: %d" % counter.steps)


def main():
    """See the head of this file."""
    what, samples = sys.argv[1], int(sys.argv[2])
    if what == "steps":
        steps(samples)
    else:
        task(int(what), samples)


main()
