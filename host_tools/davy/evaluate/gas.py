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

from davy import limitprofile
from davy.devicescript import ANSWER_S, message, running
from davy.errors import DavyError
from davy.evaluate.gasheard import Breathed, GasEvent, Heard
from davy.evaluate.gastable import GasTable
from davy.limitprofile import LimitProfile
from davy.replay import SCRIPT

HOLD_S = 60.0  # a row stands for so long at most
SILENT_S = 10.0  # the tag's own: tag/gas/watch.py
SILENT_ROWS = 2.5
_ROW_S = 0.005  # a reading's patience with the core: it takes a hundredth of that
_MINUTE_MS = 60_000
SETTINGS = {"shift_h": 0, "exposure_s": 3600, "reading_s": 600}


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
    heard = Heard(table, profile)
    began = time.monotonic()
    patience_s = ANSWER_S + _ROW_S * len(table.t_s) * len(table.columns)
    with running(interpreter, SCRIPT) as core:
        core.feed(messages(table, profile, on_row))
        for said in core.heard(f"{table.name}: the core has stopped", patience_s):
            heard(said)
    outcome.events, outcome.exposure = heard.events, heard.exposure
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
