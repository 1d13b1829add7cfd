"""Puts a table of gas readings through the tag's core, on MicroPython: what it says, and what was breathed in the end.

How rows become readings: a row is one fresh reading of every gas at its time; where rows are more than a minute apart, it is
repeated each minute until the next is due. The tag's rule that a gas is silent after 10 s is stretched to 2.5 rows for
such tables: here, not in the tag. After the last row time goes on by one row, so that the last whole minute counts.
The shift is as long as the table.
"""

import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import davy.roots  # noqa: F401  puts the tag's own code on sys.path
import quality
from davy import limitprofile
from davy.devicescript import ANSWER_S, message, running
from davy.errors import DavyError
from davy.evaluate.gastable import GasTable
from davy.limitprofile import LimitProfile, Row
from davy.replay import SCRIPT
from tag import events, names

HOLD_S = 60.0  # a row stands for so long at most
SILENT_S = 10.0  # the tag's own: tag/gas/watch.py
SILENT_ROWS = 2.5
_ROW_S = 0.005  # a reading's patience with the core: it takes a hundredth of that
_WRAP = 1 << 30
_MINUTE_MS = 60_000
_FAULTS = (quality.UNDER, quality.STALE, quality.FAILED)
SETTINGS = {"shift_h": 0, "exposure_s": 3600, "reading_s": 600}


@dataclass(frozen=True)
class GasEvent:
    """A level that was reached, a sensor that failed, or (kind "end") the end of that; numbers in the unit shown."""

    t_s: float
    gas: str
    kind: str
    level: float | None
    value: float | None
    unit: str
    of: str = ""  # what has ended
    quality: str = ""  # of a fault
    instruction: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        found = {"t_s": round(self.t_s, 3), "gas": self.gas, "kind": self.kind}
        found |= {"level": self.level, "value": self.value, "unit": self.unit}
        return found | {name: getattr(self, name) for name in ("of", "quality", "instruction") if getattr(self, name)}


@dataclass(frozen=True)
class Breathed:
    """Exposure figures at the end, and the highest ones, in the unit shown."""

    stel: float
    twa_osha: float
    twa_acgih: float
    peak: float
    unit: str
    stel_max: float
    twa_osha_max: float
    minutes: int
    missing: int


@dataclass
class Outcome:
    """A table that has gone through the core."""

    table: GasTable
    profile: LimitProfile
    events: list[GasEvent] = field(default_factory=list)
    exposure: dict[str, Breathed] = field(default_factory=dict)
    wall_s: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "profile": self.profile.name,
            "events": [event.as_dict() for event in self.events],
            "exposure": {gas: vars(figures) for gas, figures in self.exposure.items()},
        }


def run(
    table: GasTable,
    profile: LimitProfile,
    *,
    interpreter: str = "mp64",
    on_row: Callable[[int], None] = lambda done: None,
) -> Outcome:
    """Everything the core says of a table; `on_row` hears how many rows are on their way, from another thread."""
    outcome = Outcome(table, profile)
    heard = _Heard(table, profile)
    began = time.monotonic()
    patience_s = ANSWER_S + _ROW_S * len(table.t_s) * len(table.columns)
    with running(interpreter, SCRIPT) as core:
        core.feed(messages(table, profile, on_row))
        for said in core.heard(f"{table.name}: the core has stopped", patience_s):
            if isinstance(said, dict):
                outcome.exposure = {events.GASES[row[0]][0]: _breathed(*row) for row in said["exposure"]}
            else:
                heard(said)
    outcome.events = heard.events
    outcome.wall_s = time.monotonic() - began
    return outcome


def profile_of(name: str) -> LimitProfile:
    """A bundled profile by its name, or one from a file: TOML, or as it was signed for a tag."""
    from davy import limitpack, limitsource

    if name in limitprofile.bundled():
        return limitsource.read(name)
    path = Path(name)
    if not path.is_file():
        raise DavyError(f"no profile or file '{name}': there are {', '.join(limitprofile.bundled())}")
    data = path.read_bytes()
    return limitpack.parse(data).profile if data[:4] == limitpack.MAGIC else limitsource.read(name)


# -- to the core -------------------------------------------------------------------------------------------------------


def messages(
    table: GasTable, profile: LimitProfile, on_row: Callable[[int], None] = lambda done: None
) -> Iterator[bytes]:
    """The table as the device script reads it; times count from the first row."""
    hold_ms = round(min(HOLD_S, table.period_s) * 1000)
    silent_ms = max(round(SILENT_S * 1000), round(SILENT_ROWS * hold_ms))
    yield message(b"P", 0, 0, profile.ident.to_bytes(2, "little") + profile.pack())
    yield message(b"S", 0, 0, json.dumps({**SETTINGS, "odr_hz": 100, "silent_ms": silent_ms}).encode())
    passing = _Passing(silent_ms)
    period_ms = round(table.period_s * 1000)
    rows = len(table.t_s)
    cells = [(column.ident, column.counts, column.qualities) for column in table.columns]
    for row in range(rows):
        t_ms = _ms(table, row)
        yield from passing.to(t_ms)
        readings = b"".join(
            bytes((gas, qualities[row])) + counts[row].to_bytes(2, "little", signed=True)
            for gas, counts, qualities in cells
        )
        until_ms = min(_ms(table, row + 1) if row + 1 < rows else math.inf, t_ms + period_ms)
        while True:
            passing.heard_ms = t_ms
            yield message(b"G", 0, t_ms, readings)
            t_ms += hold_ms
            if t_ms >= until_ms or hold_ms == period_ms:
                break
            yield from passing.to(t_ms)
        on_row(row + 1)
    end_ms = _ms(table, rows - 1) + period_ms
    yield from passing.to(end_ms + 1)
    yield message(b"E", 1, end_ms)


class _Passing:
    """Lets time pass between readings: each minute, and when a gas falls silent."""

    def __init__(self, silent_ms: int) -> None:
        self._silent_ms = silent_ms
        self._minute_ms = _MINUTE_MS
        self.heard_ms = 0

    def to(self, t_ms: int) -> Iterator[bytes]:
        """Up to a time, that one left out."""
        silent_ms = self.heard_ms + self._silent_ms
        while self._minute_ms < t_ms:
            if silent_ms < self._minute_ms:
                yield message(b"T", 0, silent_ms)
                silent_ms = t_ms
            yield message(b"T", 0, self._minute_ms)
            self._minute_ms += _MINUTE_MS
        if silent_ms < t_ms:
            yield message(b"T", 0, silent_ms)


def _ms(table: GasTable, row: int) -> int:
    return round((table.t_s[row] - table.t_s[0]) * 1000)


# -- from the core -----------------------------------------------------------------------------------------------------


class _Heard:
    """Turns the core's records into events: those of levels, and faults from the qualities of readings."""

    def __init__(self, table: GasTable, profile: LimitProfile) -> None:
        self.events: list[GasEvent] = []
        self._start_s = table.t_s[0]
        self._rows = profile.rows
        self._present: set[int] = set()
        self._faults: dict[int, str] = {}
        self._t_ms = 0

    def __call__(self, said: list[Any]) -> None:
        kind, ticks, *values = said
        # The core's time is modulo 2^30. Records come every 10 minutes at least; a run of readings tells of a moment before.
        self._t_ms += (ticks - self._t_ms + _WRAP // 2) % _WRAP - _WRAP // 2
        if kind == events.LEVEL:
            self._level(*values)
        elif kind == events.READING:
            self._reading(*values)
        elif kind == events.READINGS:
            self._reading(values[0], values[1], 0)

    def _level(self, gas: int, kind: int, present: int, counts: int, ident: int, told: int) -> None:
        name, _, per_unit, unit = events.GASES[gas]
        row = self._row(gas, kind, present, counts)
        level = self._rows[row].level / per_unit if row is not None else None
        word = names.LEVELS[kind]
        self.events.append(
            GasEvent(
                *(self._start_s + self._t_ms / 1000, name, word if present else "end", level, counts / per_unit, unit),
                of="" if present else word,
                instruction=names.INSTRUCTIONS[told] if present and told else "",
            )
        )

    def _row(self, gas: int, kind: int, present: int, counts: int) -> int | None:
        """Which row of the profile is meant, where a gas has several of a kind; None for "over", which has none."""
        found = [
            i
            for i, row in enumerate(self._rows)
            if (row.gas, row.kind) == (gas, kind) and (i in self._present) != bool(present)
        ]
        if not found:
            return None
        fits = [i for i in found if _reached(self._rows[i], counts) == bool(present)] or found
        row = fits[0]
        (self._present.add if present else self._present.discard)(row)
        return row

    def _reading(self, gas: int, good: int, counts: int) -> None:
        name, _, _, unit = events.GASES[gas]
        before = self._faults.get(gas, "")
        now = names.QUALITIES[good] if good in _FAULTS else ""
        t_s = self._start_s + self._t_ms / 1000
        if now and not before:
            self.events.append(GasEvent(t_s, name, "fault", None, None, unit, quality=now))
        elif before and not now:
            self.events.append(GasEvent(t_s, name, "end", None, None, unit, of="fault", quality=before))
        self._faults[gas] = now or ("" if good != quality.WARMING else before)


def _reached(row: Row, counts: int) -> bool:
    """Whether an amount is at a row's level or beyond; a warning comes before its level is reached."""
    if row.kind_name == "ahead":
        return counts > row.level if row.falling else counts < row.level
    falls = (row.falling and row.kind_name != "rise") or row.kind_name == "drift"
    return counts <= row.level if falls else counts >= row.level


def _breathed(
    gas: int, stel: int, twa: int, shift: int, stel_max: int, twa_max: int, peak: int, minutes: int, missing: int
) -> Breathed:
    _, _, per_unit, unit = events.GASES[gas]

    def shown(q4: int) -> float:
        return round(q4 / 16 / per_unit, 6)

    return Breathed(
        *(
            shown(stel),
            shown(twa),
            shown(shift),
            peak / per_unit,
            unit,
            shown(stel_max),
            shown(twa_max),
            minutes,
            missing,
        )
    )
