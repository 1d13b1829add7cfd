"""A table of gas readings from a CSV file, as the tag counts them.

Columns: `t_s` (seconds, growing), or none and a row period; a gas and its unit each, `co_ppm`, `o2_pct`, `ch4_lel`, `co_mgm3`.
An empty cell, or nan, is a sensor without a valid reading. What is beyond a tag's counts is over (or under) range.
"""

import array
import csv
import itertools
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import davy.roots  # noqa: F401  puts the tag's own code on sys.path
import quality
from davy import gasunits
from davy.errors import DavyError
from tag import events

GASES = {
    row[0]: (ident, row[2], row[3]) for ident, row in events.GASES.items()
}  # name -> id, counts a unit, unit shown
UNITS = {"ppm": "ppm", "ppb": "ppb", "pct": "%vol", "mgm3": "mg/m3", "lel": "%LEL"}
LONGEST_S = 366 * 86400.0
_LEAST, _MOST = -32768, 32767


@dataclass(frozen=True)
class Air:
    """What ppm of mg/m3 and of %LEL depend on."""

    temp_c: float = gasunits.TEMP_C
    press_hpa: float = gasunits.PRESS_HPA
    lel: str = "us"


@dataclass
class Column:
    """A gas: its counts and qualities, row by row; the count is 0 where there is no reading."""

    gas: str
    name: str  # in the file
    counts: "array.array[int]" = field(default_factory=lambda: array.array("h"))
    qualities: bytearray = field(default_factory=bytearray)

    @property
    def ident(self) -> int:
        """Of the gas, in the tag."""
        return GASES[self.gas][0]

    @property
    def per_unit(self) -> int:
        """Counts that are one of the unit shown."""
        return GASES[self.gas][1]

    @property
    def unit(self) -> str:
        """As shown."""
        return GASES[self.gas][2]

    def value(self, row: int) -> float | None:
        """A reading in the unit shown; None where there is none."""
        return self.counts[row] / self.per_unit if quality.usable(self.qualities[row]) else None


@dataclass
class GasTable:
    """A file that was read: times in seconds, a column a gas, and what a person should know of the reading."""

    name: str
    t_s: "array.array[float]"
    columns: list[Column]
    period_s: float
    notes: list[str]

    @property
    def duration_s(self) -> float:
        """The last row lasts as long as the others."""
        return self.t_s[-1] - self.t_s[0] + self.period_s


def read(
    path: Path, *, period_s: float | None = None, renamed: Mapping[str, str] | None = None, air: Air | None = None
) -> GasTable:
    """Read a table; `renamed` is the file's name of a column -> what it is. `DavyError` names line and column."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            try:
                return _Reader(path, period_s, renamed or {}, air or Air()).table(rows)
            except UnicodeDecodeError as error:
                raise DavyError(f"{path}: is not text ({error.reason} at byte {error.start})") from error
            except csv.Error as error:
                raise DavyError(f"{path}:{rows.line_num}: is not CSV: {error}") from error
    except OSError as error:
        raise DavyError(f"{path}: cannot be read: {error.strerror}") from error


def meaning(name: str) -> tuple[str, str] | None:
    """(gas, unit) of a column's name; None when it is no gas."""
    gas, _, unit = name.strip().lower().partition("_")
    return (gas, UNITS[unit]) if gas in GASES and unit in UNITS else None


class _Reader:
    def __init__(self, path: Path, period_s: float | None, renamed: Mapping[str, str], air: Air) -> None:
        self._path = path
        self._period_s = period_s
        self._renamed = renamed
        self._air = air
        self._notes: list[str] = []

    def table(self, rows: Any) -> GasTable:
        header = [name.strip() for name in next(rows, [])]
        if not any(header):
            raise DavyError(f"{self._path}: is empty: a table begins with a line of column names, such as t_s,co_ppm")
        at_t, found = self._columns(header)
        t_s = array.array("d")
        for row in rows:
            if not row:
                continue
            where = f"{self._path}:{rows.line_num}"
            if len(row) != len(header):
                raise DavyError(f"{where}: has {len(row)} columns, the header has {len(header)}")
            t_s.append(self._time(t_s, row[at_t] if at_t >= 0 else "", where))
            for at, column, factor in found:
                count, good = _reading(row[at], factor, where, header[at])
                column.counts.append(count)
                column.qualities.append(good)
        if not t_s:
            raise DavyError(f"{self._path}: has a header but no rows")
        period_s = self._period_s or _usual(t_s)
        return GasTable(self._path.stem, t_s, [column for _, column, _ in found], period_s, self._notes)

    def _columns(self, header: Sequence[str]) -> tuple[int, list[tuple[int, Column, float]]]:
        """Which column is the time (-1: none), and where which gas is, with the counts that one of its unit is."""
        for name in self._renamed:
            if name not in header:
                raise DavyError(f"{self._path}: there is no column {name}; there are {', '.join(header)[:100]}")
        found: list[tuple[int, Column, float]] = []
        strange = []
        at_t = -1
        for at, name in enumerate(header):
            is_time = self._renamed.get(name, name).strip().lower() == "t_s"
            gas_unit = meaning(self._renamed.get(name, name))
            if is_time and at_t >= 0:
                raise DavyError(f"{self._path}: column t_s appears twice")
            if is_time:
                at_t = at
            elif gas_unit:
                found.append((at, Column(gas_unit[0], name), self._factor(*gas_unit)))
            else:
                strange.append(name or f"number {at + 1}")
        if not found:
            raise DavyError(
                f"{self._path}: no column is a gas: one is called co_ppm, o2_pct, ch4_lel or co_mgm3, or named by "
                f"--column NAME=co_ppm; there are {', '.join(header)[:100]}"
            )
        self._must_differ([column for _, column, _ in found])
        if strange:
            self._notes.append(f"no gas, left out: {', '.join(strange)}")
        if at_t >= 0 and self._period_s:
            self._notes.append(f"--period {self._period_s:g} counts, not the column t_s")
            at_t = -1
        elif at_t < 0 and not self._period_s:
            raise DavyError(f"{self._path}: there is no column t_s: how far apart the rows are says --period SECONDS")
        return at_t, found

    def _must_differ(self, columns: Sequence[Column]) -> None:
        names: dict[str, str] = {}
        for column in columns:
            if column.gas in names:
                raise DavyError(
                    f"{self._path}: columns {names[column.gas]} and {column.name} are both {column.gas}: a tag has one sensor "
                    "of a gas: --column can name one of them otherwise, such as NAME=unused"
                )
            names[column.gas] = column.name

    def _factor(self, gas: str, unit: str) -> float:
        """Counts of one of this unit."""
        _, per_unit, shown = GASES[gas]
        air = self._air
        lel = None
        if unit == "%LEL":
            lel = gasunits.LEL[air.lel].get(gas) if air.lel in gasunits.LEL else air.lel
            shown_lel = f"{float(gasunits.convert(100, unit, '%vol', gas, lel=lel)):g}"
            self._notes.append(f"100 %LEL of {gas} is taken as {shown_lel} %vol (--lel)")
        if unit == "mg/m3":
            self._notes.append(f"mg/m3 of {gas} at {air.temp_c:g} C and {air.press_hpa:g} hPa (--temp, --press)")
        one = gasunits.convert(1, unit, shown, gas, temp_c=air.temp_c, press_hpa=air.press_hpa, lel=lel)
        return float(one * per_unit)

    def _time(self, before: "array.array[float]", text: str, where: str) -> float:
        if self._period_s:
            t_s = len(before) * self._period_s
        else:
            t_s = _number(text, where, "t_s")
            if not math.isfinite(t_s):
                raise DavyError(f"{where}: t_s: '{text.strip()[:30]}' is not a number")
            if before and t_s <= before[-1]:
                raise DavyError(f"{where}: t_s: {t_s:.12g} does not come after {before[-1]:.12g}")
        if before and t_s - before[0] > LONGEST_S:
            days = (t_s - before[0]) / 86400
            raise DavyError(f"{where}: t_s: {t_s:.12g} is {days:.3g} days after the first row: write seconds")
        return t_s


def _usual(t_s: "array.array[float]") -> float:
    """The rows' period, of the first ten thousand."""
    part = t_s[:10_000]
    return statistics.median(later - t for t, later in itertools.pairwise(part)) if len(part) > 1 else 1.0


def _reading(text: str, factor: float, where: str, column: str) -> tuple[int, int]:
    """(counts, quality) of a cell."""
    if not text or text.isspace():
        return 0, quality.FAILED
    value = _number(text, where, column)
    if math.isnan(value):
        return 0, quality.FAILED
    if math.isinf(value):
        raise DavyError(f"{where}: {column}: '{text.strip()[:30]}' is not a number; a cell without a reading is empty")
    scaled = max(-1e9, min(1e9, value * factor))
    count = round(scaled)
    if count > _MOST:
        return _MOST, quality.OVER
    return (_LEAST, quality.UNDER) if count < _LEAST else (count, quality.OK)


def _number(text: str, where: str, column: str) -> float:
    try:
        if "_" in text:  # Python would read 1_0 as ten
            raise ValueError
        return float(text)
    except ValueError:
        raise DavyError(f"{where}: {column}: '{text.strip()[:30]}' is not a number") from None
