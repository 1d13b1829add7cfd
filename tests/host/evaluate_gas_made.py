"""Made-up tables of gas readings, and what follows from them by NumPy alone: exposure figures, and when levels are reached."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from cli_here import davy
from numpy.typing import NDArray

Floats = NDArray[Any]
COUNTS = {"co_ppm": 10, "h2s_ppm": 10, "nh3_ppm": 10, "no_ppm": 10, "no2_ppm": 100, "so2_ppm": 100, "co2_pct": 1000}
COUNTS |= {"ch4_pct": 100, "o2_pct": 100}
TWA_MOST = (2 + 2064 / 480) / 16  # counts that the moving mean may be too large by: firmware/tag/gas/exposure.py


def write(path: Path, columns: Mapping[str, Any], *, times: Floats | None = None) -> Path:
    """A CSV; NaN is an empty cell."""
    rows = len(next(iter(columns.values())))
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join([*(["t_s"] if times is not None else []), *columns]) + "\n")
        for i in range(rows):
            cells = [f"{times[i]:.6g}"] if times is not None else []
            cells += ["" if np.isnan(values[i]) else f"{values[i]:.6g}" for values in columns.values()]
            file.write(",".join(cells) + "\n")
    return path


def evaluated(path: Path, *words: str) -> dict[str, Any]:
    """The JSON of a run that must succeed."""
    out = path.with_suffix(".json")
    done = davy("evaluate", "gas", str(path), *words, "--json", str(out))
    assert done.returncode == 0, done.stderr
    return json.loads(out.read_text())


def wandering(rng: np.random.Generator, rows: int, level: float, counts: int) -> Floats:
    """Plateaus around a level and far below and above it, with noise and holes; in whole counts."""
    values = np.zeros(rows)
    at = 0
    while at < rows:
        length = int(rng.integers(1, max(2, rows // 8)))
        values[at : at + length] = rng.choice([0, 0.3, 0.8, 1, 1.2, 2.5, 8]) * level
        at += length
    values += rng.normal(0, 0.05 * level, rows)
    values[rng.random(rows) < 0.03] = np.nan
    hole = int(rng.integers(0, rows))
    values[hole : hole + int(rng.integers(0, rows // 10))] = np.nan
    return np.round(values * counts) / counts


def minute_means(times: Floats, values: Floats, end_s: float) -> Floats:
    """Of whole minutes from the first row on; what is below zero is zero. NaN: no reading."""
    n = int((end_s - times[0]) // 60)
    minute = ((times - times[0]) // 60).astype(int)
    means = np.full(n, np.nan)
    for k in range(n):
        inside = values[(minute == k) & ~np.isnan(values)]
        if len(inside):
            means[k] = np.maximum(inside, 0).mean()
    return means


def moving(means: Floats, n: int) -> Floats:
    """After each minute: the sum of the last n / n; a missing one is zero."""
    return np.convolve(np.nan_to_num(means), np.ones(n))[: len(means)] / n


@dataclass
class Expected:
    """(t_s, gas, kind) of what is reached, ("end", kind) of what is left; in their order."""

    found: list[tuple[float, str, str]] = field(default_factory=list)

    def readings(self, gas: str, kind: str, times: Floats, values: Floats, level: float, clear: float) -> None:
        """A level that each reading is compared with."""
        falls = -1.0 if clear > level else 1.0
        beyond = False
        for t_s, value in zip(times, values, strict=True):
            if np.isnan(value):
                continue
            if not beyond and value * falls >= level * falls:
                beyond = True
                self.found.append((t_s, gas, kind))
            elif beyond and value * falls < clear * falls:
                beyond = False
                self.found.append((t_s, gas, "end " + kind))

    def minutes(
        self, gas: str, kind: str, start_s: float, figures: Floats, means: Floats, level: float, clear: float
    ) -> None:
        """A level that the figure of each minute is compared with; a missing minute takes nothing away."""
        beyond = False
        for k, figure in enumerate(figures):
            t_s = start_s + 60 * (k + 1)
            if not beyond and figure >= level:
                beyond = True
                self.found.append((t_s, gas, kind))
            elif beyond and figure < clear and not np.isnan(means[k]):
                beyond = False
                self.found.append((t_s, gas, "end " + kind))

    def faults(self, gas: str, times: Floats, values: Floats) -> None:
        """A sensor without a reading, from then to the next."""
        broken = False
        for t_s, value in zip(times, values, strict=True):
            if np.isnan(value) != broken:
                broken = not broken
                self.found.append((t_s, gas, "fault" if broken else "end fault"))


def told(result: Mapping[str, Any], *kinds: str) -> list[tuple[float, str, str]]:
    """The same of a run's events, of these kinds."""
    found = []
    for event in result["events"]:
        kind = event.get("of", event["kind"])
        if kind in kinds:
            found.append((event["t_s"], event["gas"], "end " + kind if "of" in event else kind))
    return found
