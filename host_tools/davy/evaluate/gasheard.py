"""What the tag's core says of a table of gas readings, in the units shown: levels and faults as they come, exposure at the end."""

from dataclasses import dataclass
from typing import Any

import davy.roots  # noqa: F401  puts the tag's own code on sys.path
import quality
from davy.evaluate.gastable import GasTable
from davy.limitprofile import LimitProfile, Row
from tag import events, names

_WRAP = 1 << 30
_FAULTS = (quality.UNDER, quality.STALE, quality.FAILED)


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


class Heard:
    """Turns the core's records into events: those of levels, and faults from the qualities of readings."""

    def __init__(self, table: GasTable, profile: LimitProfile) -> None:
        self.events: list[GasEvent] = []
        self.exposure: dict[str, Breathed] = {}
        self._start_s = table.t_s[0]
        self._rows = profile.rows
        self._present: set[int] = set()
        self._faults: dict[int, str] = {}
        self._t_ms = 0

    def __call__(self, said: Any) -> None:
        """A record, or the object at the end."""
        if isinstance(said, dict):
            self.exposure = {events.GASES[row[0]][0]: _breathed(*row) for row in said["exposure"]}
            return
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
