"""Electrochemical cells: what boards/cells.json says of each, and the whole numbers that a tag gets of it in its board.json.

A number there is `[value, source]`: the source begins with a key of "sources" ("chosen; CO-B4: ..."). Concentrations are in the
gas's own unit (ppm, %vol), currents in nA a unit, positive where the gas is oxidised and the output rises.
"""

import itertools
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from davy import roots
from davy.errors import DavyError
from tag.events import GASES

GAINS_OHM = (2750, 3500, 7000, 14000, 35000, 120000, 350000)  # TIACN 4:2, from 1
LOADS_OHM = (10, 33, 50, 100)  # TIACN 1:0
ZEROS_PERCENT = (20, 50, 67)  # REFCN 6:5
EXTERNAL = 0x80  # REFCN 7: the reference is that of the board
REFERENCE_V = 2.5
SWING_V = (0.1, 3.1)  # what the amplifier can surely put out from 3.3 V
CODE_V = 31.25e-6  # as drivers/ads1115.py hands it out
MOST_GAIN = 8000  # as in drivers/electrochemical.py
COUNTS = {name: (gas, per_unit) for gas, (name, _, per_unit, _) in GASES.items()}


@dataclass(frozen=True)
class Cell:
    """One cell and the settings of its amplifier. `spans`: (degC, share of the sensitivity at 20 degC), ascending."""

    name: str
    title: str
    gas: str
    sensitivity_na: float
    zero_na: float
    full: float
    lowest: float
    warmup_s: int
    t90_s: int
    life_months: int
    zero_drift_year: float
    span_drift_year_percent: float
    spans: tuple[tuple[int, float], ...]
    cross_percent: dict[str, float]
    partial_pressure: bool
    tia_ohm: int
    load_ohm: int
    zero_percent: int
    bias_step: int
    sources: dict[str, str]

    def span(self, celsius: float) -> float:
        """Share of the sensitivity at 20 degC."""
        spans = self.spans
        if celsius <= spans[0][0]:
            return spans[0][1]
        for (below, low), (above, high) in itertools.pairwise(spans):
            if celsius <= above:
                return low + (high - low) * (celsius - below) / (above - below)
        return spans[-1][1]

    def volts(self, amount: float, celsius: float = 20.0) -> float:
        """VOUT at a concentration, without the zero current."""
        zero = self.zero_percent / 100 * REFERENCE_V
        return zero + self.sensitivity_na * 1e-9 * self.span(celsius) * amount * self.tia_ohm

    def for_tag(self) -> list[int]:
        """As the driver takes it, and board.json on the tag has it."""
        per_unit = COUNTS[self.gas][1]
        counts = CODE_V * per_unit / (self.tia_ohm * abs(self.sensitivity_na) * 1e-9)  # of one code
        most = MOST_GAIN * min(share for _, share in self.spans) / (2.03 if self.partial_pressure else 1)  # at 50 kPa
        shift = max(shift for shift in range(1, 21) if counts * 2**shift <= most)
        gain = round(counts * 2**shift)
        return [
            GAINS_OHM.index(self.tia_ohm) + 1 << 2 | LOADS_OHM.index(self.load_ohm),
            EXTERNAL | ZEROS_PERCENT.index(self.zero_percent) << 5 | self.bias_step,
            gain if self.sensitivity_na > 0 else -gain,
            shift,
            round(self.full * per_unit),
            round(self.lowest * per_unit),
            self.warmup_s,
            self.t90_s,
            int(self.partial_pressure),
            *(value for celsius, share in self.spans for value in (celsius, round(share * 1000))),
        ]


@lru_cache
def load() -> dict[str, Cell]:
    """All cells by name; `DavyError` names the cell and what is wrong with it."""
    file = roots.BOARDS / "cells.json"
    data = json.loads(file.read_text(encoding="utf-8"))
    found: dict[str, Cell] = {}
    for name, entry in data["cells"].items():
        try:
            found[name] = _cell(name, entry, data["sources"])
        except (KeyError, TypeError, ValueError) as error:
            raise DavyError(f"{file}: {name}: {error}") from error
    return found


def _cell(name: str, entry: dict[str, Any], sources: dict[str, str]) -> Cell:
    values: dict[str, Any] = {"name": name, "title": entry["title"], "gas": entry["gas"]}
    told: dict[str, str] = {}
    for key, pair in entry.items():
        if key in values:
            continue
        value, told[key] = pair
        if told[key].replace(";", ":").split(":")[0] not in sources:
            raise ValueError(f"{key}: no source '{told[key]}'")
        values[key] = value
    points = values.pop("span_percent")
    values["spans"] = tuple((celsius, percent / 100) for celsius, percent in points)
    cell = Cell(**values, sources=told)
    _sound(cell)
    return cell


def _sound(cell: Cell) -> None:
    """What the driver and its arithmetic rely on."""
    choices = {"tia_ohm": GAINS_OHM, "load_ohm": LOADS_OHM, "zero_percent": ZEROS_PERCENT, "bias_step": range(32)}
    for key, allowed in choices.items():
        if getattr(cell, key) not in allowed:
            raise ValueError(f"{key}: {getattr(cell, key)} is not one of {', '.join(map(str, allowed))}")
    temperatures = [celsius for celsius, _ in cell.spans]
    if len(temperatures) < 2 or temperatures != sorted(set(temperatures)) or cell.span(20) != 1:
        raise ValueError("span_percent: two points or more, ascending, 100 % at 20 degC")
    if cell.gas not in COUNTS:
        raise ValueError(f"gas: no gas '{cell.gas}'")
    if not cell.lowest < 0 < cell.full or cell.full * COUNTS[cell.gas][1] > 32767:
        raise ValueError("full and lowest: below and above 0, within 16 bits of counts")
    for celsius in temperatures:
        if not SWING_V[0] <= cell.volts(cell.full, celsius) <= SWING_V[1]:
            raise ValueError(f"full: {cell.volts(cell.full, celsius):.2f} V at {celsius} degC, beyond the amplifier")
    if not 1000 <= abs(cell.for_tag()[2]) <= MOST_GAIN:
        raise ValueError("tia_ohm: a code is worth too little or too much")
