"""How early a table's levels were warned of, and how often for nothing: the tag's early warning beside simpler ones.

    crossing   the reading comes to the level (falling rows: down to it) for the first time since it was past the clear level
    warned     a warning began at least 60 s before the crossing, since the crossing before, and within the horizon
    false      a warning that no crossing follows within the horizon; one so late that the table ends first is not counted

Compared with, for the same level and clear level, one warning from clear to clear as on the tag:

    persistence   it stays as it is: warns when the level is reached, so never before
    threshold     warns half way between the clear level and the level
"""

import bisect
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from davy.evaluate.gas import Outcome
from davy.evaluate.gasheard import GasEvent
from davy.evaluate.gastable import Column, GasTable
from davy.limitprofile import Row

EARLY_S = 60.0
HORIZONS_S = (600.0, 1800.0)
METHODS = ("tag", "threshold", "persistence")


@dataclass(frozen=True)
class Score:
    """What one method's warnings were worth."""

    method: str
    horizon_s: float
    crossings: int
    warned: int
    lead_median_s: float | None  # of the crossings that had any warning before
    warnings: int
    false: int
    days: float

    @property
    def share(self) -> float | None:
        """Of the crossings that were warned of in time."""
        return self.warned / self.crossings if self.crossings else None

    @property
    def false_per_day(self) -> float:
        """False warnings."""
        return self.false / self.days

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**vars(self), "share": self.share, "false_per_day": round(self.false_per_day, 4)}


@dataclass(frozen=True)
class Sight:
    """A level that is looked ahead to, in the unit shown."""

    gas: str
    level: float
    clear: float
    unit: str
    scores: tuple[Score, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**vars(self), "scores": [score.as_dict() for score in self.scores]}


def sights(outcome: Outcome) -> list[Sight]:
    """One for each level of the table's gases that the profile looks ahead to."""
    found = []
    for row in outcome.profile.rows:
        column = next((one for one in outcome.table.columns if one.ident == row.gas), None)
        if row.kind_name != "ahead" or not column:
            continue
        level, clear = row.level / column.per_unit, row.clear / column.per_unit
        said = [
            e.t_s
            for e in outcome.events
            if (e.gas, e.kind, e.level) == (column.gas, "ahead", level) and _before(e, row)
        ]
        table = outcome.table
        crossings = onsets(table, column, row, row.level)
        begun = {
            "tag": said,
            "threshold": onsets(table, column, row, (row.level + row.clear) / 2),
            "persistence": crossings,
        }
        scores = [score(table, name, begun[name], crossings, h) for name in METHODS for h in HORIZONS_S]
        found.append(Sight(column.gas, level, clear, column.unit, tuple(scores)))
    return found


def _before(event: GasEvent, row: Row) -> bool:
    """Whether the level was still ahead: where it is there already, the warning comes with its alarm and counts for nothing."""
    if event.value is None or event.level is None:
        return False
    return event.value > event.level if row.falling else event.value < event.level


def onsets(table: GasTable, column: Column, row: Row, at: float) -> list[float]:
    """When the reading came to `at`, counts, for the first time since it was past the row's clear level."""
    sign = -1 if row.falling else 1
    found = []
    armed = False
    for i in range(len(table.t_s)):
        if column.value(i) is None:
            continue
        amount = column.counts[i] * sign
        if amount < row.clear * sign:
            armed = True
        elif armed and amount >= at * sign:
            armed = False
            found.append(table.t_s[i])
    return found


def score(table: GasTable, method: str, begun: Sequence[float], crossings: Sequence[float], horizon_s: float) -> Score:
    """Compare the times at which warnings began with those of the crossings; both grow."""
    warned = false = 0
    leads = []
    last_s = -math.inf
    for t_s in crossings:
        before = [one for one in begun if last_s < one < t_s and t_s - horizon_s <= one]
        last_s = t_s
        if before:
            leads.append(t_s - before[0])
            warned += leads[-1] >= EARLY_S
    end_s = table.t_s[-1]
    for one in begun:
        after = bisect.bisect_left(crossings, one)
        followed = after < len(crossings) and crossings[after] <= one + horizon_s
        false += not followed and one + horizon_s <= end_s
    lead_s = statistics.median(leads) if leads else None
    days = table.duration_s / 86400
    return Score(method, horizon_s, len(crossings), warned, lead_s, len(begun), false, days)
