"""Judges the step counter on recordings that are not part of the project: python bench/steps.py FOLDER ...

A folder has manifest.csv (activity, label, rate_hz, offset, n) and acc_mg.i16.xz, as `davy evaluate falls` reads it. The reference
is SciPy's, offline: |a| at 50 Hz through a zero-phase band-pass of 0.7 .. 4 Hz, and find_peaks. Falls are left out.
"""

import csv
import lzma
import sys
from array import array
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import scipy.signal
from rich.console import Console
from rich.table import Table

from davy import roots  # noqa: F401 (it puts the tag's folders on the path)

from dsp.resample import Resampler  # isort: skip
from dsp.steps import StepCounter  # isort: skip

RATE_HZ = 50
CHUNK = 10
REST = 160  # samples at the end, so that the counter has seen all
signal: Any = scipy.signal


def at_50_hz(mg: "array[int]", rate_hz: int) -> "array[int]":
    """As the tag resamples it, without the last odd chunk."""
    resampler = Resampler(rate_hz, RATE_HZ, CHUNK)
    out = array("h")
    while resampler.run(mg, len(mg) // 3):
        out.extend(resampler.out)
    return out


def counted(mg: "array[int]") -> int:
    """What the tag counts."""
    counter = StepCounter(CHUNK)
    whole = array("h", [max(-18900, min(18900, v)) for v in mg]) + mg[-3:] * REST
    for at in range(0, len(whole) - 3 * CHUNK + 1, 3 * CHUNK):
        counter.take(whole[at : at + 3 * CHUNK])
    return counter.steps


def reference(mg: "array[int]") -> int:
    """What SciPy finds, with the whole trial before it."""
    norm = np.linalg.norm(np.array(mg, dtype=float).reshape(-1, 3), axis=1)
    band = signal.butter(3, [0.7, 4.0], "bandpass", fs=RATE_HZ, output="sos")
    swing = signal.sosfiltfilt(band, norm - norm.mean())
    sigma = swing.std()
    return len(signal.find_peaks(swing, distance=RATE_HZ // 4, height=sigma / 2, prominence=sigma / 2)[0])


def main() -> None:
    """See the head of this file."""
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for folder in map(Path, sys.argv[1:]):
        raw = array("h", lzma.decompress((folder / "acc_mg.i16.xz").read_bytes()))
        with open(folder / "manifest.csv", newline="") as file:
            for row in csv.DictReader(file):
                if row["label"] != "fall":
                    first = 3 * int(row["offset"])
                    mg = at_50_hz(raw[first : first + 3 * int(row["n"])], round(float(row["rate_hz"])))
                    if len(mg) >= 6 * RATE_HZ:  # two seconds
                        found[f"{row['activity']} {row['desc']}"].append((counted(mg), reference(mg)))
    table = Table(title="Steps at 50 Hz", title_justify="left")
    for column in ("activity", "trials", "reference", "counted", "trials with steps", "median error", "90 % below"):
        table.add_column(column, justify="left" if column == "activity" else "right")
    for name, pairs in sorted(found.items()):
        got, due = np.array(pairs).T
        error = np.abs(got - due) / np.maximum(due, 1)
        middle, most = np.median(error), np.percentile(error, 90)
        cells = (len(pairs), due.sum(), got.sum(), (got > 0).sum(), f"{middle:.1%}", f"{most:.1%}")
        table.add_row(name, *map(str, cells))
    Console(width=132).print(table)


if __name__ == "__main__":
    main()
