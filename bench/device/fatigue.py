"""Runs on MicroPython: cost of the fatigue indicator, for an instruction count from outside.

fatigue.py walk SAMPLES     gait, windows of a minute, drift and index, of somebody who walks; samples at 50 Hz
fatigue.py ride SAMPLES     whole-body vibration, samples at 100 Hz
fatigue.py heart SAMPLES    heart rate, from the counts of whole measurements; samples at 25 Hz
fatigue.py core0 SAMPLES    the whole core without fatigue, of somebody who walks; samples at 100 Hz
fatigue.py core1 SAMPLES    the same with it
fatigue.py core2 SAMPLES    and where the tag rides on a helmet: nods, and sleep
fatigue.py seat0, 1, 2      the same of somebody who rides
"""

import sys
from array import array

from dsp.gait import Gait
from dsp.pulse import Pulse
from tag.core import Core
from tag.fatigue.index import FatigueIndex
from tag.fatigue.vibration import Vibration
from tag.fatigue.watch import DriftWatch
from tag.fatigue.window import FLOORS, GaitWindow
from tag.settings import DEFAULTS

BLOCK = 10


class Block:
    """Of the sensor."""

    def __init__(self):
        self.mg = array("h")
        self.n = BLOCK
        self.odr_hz = 100
        self.quality = 0


def walking(at):
    """A block of |a| that swings by 400 mg twice a second."""
    mg = array("h", bytes(6 * BLOCK))
    for i in range(BLOCK):
        phase = (at + i) % 25
        swing = phase * 32 if phase < 13 else (25 - phase) * 32
        mg[3 * i] = swing - 200
        mg[3 * i + 1] = 150 - swing // 2
        mg[3 * i + 2] = 800 + swing
    return mg


def walk(samples):
    """The whole chain to the index."""
    gait = Gait(BLOCK)
    window = GaitWindow(60)
    watch = DriftWatch(FLOORS)
    index = FatigueIndex()
    chunks = [walking(at) for at in range(0, 50, BLOCK)]
    for _ in range(0, samples, 50):
        for chunk in chunks:
            if gait.take(chunk) and window.second(gait):
                watch.take(window.values, window.known, index)
                index.judge()
    if gait.steps < samples // 30:
        raise RuntimeError("the steps were not counted: %d" % gait.steps)


def ride(samples):
    """A minute is 6000 samples."""
    vibration = Vibration(100)
    block = array("h", [0, 100, 1000, 50, 60, 900] * (BLOCK // 2))
    for _ in range(0, samples, BLOCK):
        vibration.take(block, BLOCK, True)


def heart(samples):
    """Measurements of 450 samples."""
    pulse = Pulse()
    beat = (0, 22, 75, 100, 84, 62, 48, 42, 46, 50, 44, 34, 24, 16, 9, 3)
    blocks = [array("i", [150000 - 9 * beat[(at + i) % 16] for i in range(5)]) for at in range(0, 80, 5)]
    for _ in range(samples // 450):
        pulse.restart()
        for i in range(90):
            pulse.take(blocks[i % 16], 5)
    if abs(pulse.bpm_q4 - 1500) > 16:
        raise RuntimeError("the heart was not heard: %d" % pulse.bpm_q4)


def whole(fatigue, rides, samples):
    """Blocks to the core, ten a second, and its ticks."""
    settings = dict(DEFAULTS)
    settings["fatigue"] = min(1, fatigue)
    settings["vehicle_still_s"] = 3600
    core = Core(settings, 0)
    if fatigue == 2:
        core.fatigue.wear("helmet")
        for _ in range(60):  # a minute of walking is long ago
            core.fatigue.ledger.upright.second(True, array("h", (0, 100, 1000)))
    block = Block()
    walks = [walking(at // 2) for at in range(0, 50, BLOCK)]
    seats = [array("h", [0, 100, 1000 + (300 if i % 8 < 4 else -300)]) for i in range(40)]
    seats = [array("h", [v for one in seats[at : at + BLOCK] for v in one]) for at in range(0, 40, BLOCK)]
    blocks = seats if rides else walks
    t_ms = 0
    for i in range(samples // BLOCK):
        block.mg = blocks[i % len(blocks)]
        t_ms += 100
        core.motion(block, t_ms)
        core.tick(t_ms)
    if fatigue and core.fatigue.vibration.ridden.seconds < (samples // 200 if rides else 0):
        raise RuntimeError("no ride: %d s" % core.fatigue.vibration.ridden.seconds)


def main():
    """See the head of this file."""
    what, samples = sys.argv[1], int(sys.argv[2])
    if what == "walk":
        walk(samples)
    elif what == "heart":
        heart(samples)
    elif what[:4] in ("core", "seat"):
        whole(int(what[4]), what[:4] == "seat", samples)
    else:
        ride(samples)


main()
