"""The tag's fatigue indicator without a board: windows of features come in on standard input, what it makes of them goes out.

    vfatigue.py          (started by davy.evaluate.fatiguerun, under MicroPython or CPython)

A line is a JSON object:

    {"floors": [[per_mille, units], ...]}     a new wearer, with so many features; "learn", "slack_q8", "memory": others
                                              than shipped
    {"values": [int or null, ...]}            a window; answered by [index, distance_q8, burden_q8, confidence, level]
    {}                                        the end of a wearer: answered by {"windows": n}

index is -1 while there is none. At the end of the input the program ends.
"""

import json
import sys
from array import array

from tag.fatigue.drift import LEARN, MEMORY, SLACK_Q8
from tag.fatigue.index import FatigueIndex
from tag.fatigue.watch import DriftWatch


def main() -> None:
    """Serve lines until the input ends."""
    watch = DriftWatch(((0, 1),))
    index = FatigueIndex()
    values = array("h", (0,))
    windows = 0
    while True:
        line = sys.stdin.readline()
        if not line:
            return
        said = json.loads(line)
        if "floors" in said:
            numbers = (said.get("learn", LEARN), said.get("slack_q8", SLACK_Q8), said.get("memory", MEMORY))
            watch = DriftWatch(said["floors"], *numbers)
            index = FatigueIndex()
            values = array("h", (0,) * len(said["floors"]))
            windows = 0
        elif "values" in said:
            known = 0
            for i in range(len(values)):
                value = said["values"][i]
                values[i] = 0 if value is None else value
                known |= (value is not None) << i
            watch.take(values, known, index)
            index.judge()
            windows += 1
            drift = watch.drift
            print(json.dumps([index.index, drift.distance_q8, drift.burden_q8, index.confidence, index.level]))
        else:
            print(json.dumps({"windows": windows}))


main()
