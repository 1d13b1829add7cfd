"""What a journal tells of the time it was worn: alarms, exposure, when nobody watched, calibrations. Only facts; `report` shows.

All comes from the rows of `davy.logs.rows`. Times are milliseconds since 1970 (UTC); rows without a time are counted, not told.

    Span   something that began and ended: an alarm, a fault. `end_ms` None: the journal ends before it does
    Gap    nothing was recorded for longer than `GAP_S`
    Shift  the exposure of one gas in one shift, as the tag's last word on it says
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from davy.logs.rows import Row

GAP_S = 300  # heartbeats come every minute unless a site says otherwise
HELP = ("man down", "sos", "evacuation")  # alarms about a person
EVENTS = (
    "fall",
    "drop",
    "impact",
    "still",
    "crash",
    "config",
    "boot",
    "peer",
    "downlink",
    "discard",
    "level",
    "fatigue",
)
_USABLE = ("ok", "calibration due")


@dataclass
class Span:
    """An alarm, or a fault of a part."""

    start_ms: int
    name: str
    cause: str
    end_ms: int | None = None
    states: list[tuple[int, str]] = field(default_factory=list)
    peak: float | None = None
    unit: str = ""


@dataclass(frozen=True)
class Gap:
    """Nothing was recorded; `why` is what the tag said when it was back."""

    start_ms: int
    end_ms: int
    why: str


@dataclass
class Shift:
    """One gas, one shift."""

    gas: str
    unit: str
    end_ms: int
    minutes: int
    missing: int
    stel_max: float
    twa_max: float
    twa_shift: float
    peak: float
    closed: bool


@dataclass
class Gas:
    """All of one gas: points of its curves, and how long its readings were no measurement."""

    unit: str = ""
    readings: list[tuple[int, float]] = field(default_factory=list)
    twa: list[tuple[int, float]] = field(default_factory=list)
    blind: list[tuple[int, int, str]] = field(default_factory=list)  # from, to, quality


@dataclass
class Facts:
    """What the rows of a journal, or of a part of it, tell."""

    start_ms: int = 0
    end_ms: int = 0
    rows: int = 0
    untimed: int = 0
    boots: int = 0
    alarms: list[Span] = field(default_factory=list)
    faults: list[Span] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    shifts: list[Shift] = field(default_factory=list)
    worked: list[tuple[int, dict[str, Any]]] = field(default_factory=list)  # the last word on each shift's workload
    calibrations: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    events: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)
    gases: dict[str, Gas] = field(default_factory=dict)
    battery: list[tuple[int, float]] = field(default_factory=list)

    @property
    def hours(self) -> float:
        """From the first record to the last."""
        return (self.end_ms - self.start_ms) / 3_600_000


def gather(rows: Iterable[Row], from_ms: int | None = None, to_ms: int | None = None) -> Facts:
    """The facts of rows, or of those within a time."""
    facts = Facts()
    timed = []
    boots = set()
    for row in rows:
        if row.time_ms is None:
            facts.untimed += 1
        elif (from_ms is None or row.time_ms >= from_ms) and (to_ms is None or row.time_ms <= to_ms):
            timed.append(row)
            boots.add(row.boot)
    timed.sort(key=lambda row: (row.time_ms, row.seq))
    facts.rows, facts.boots = len(timed), len(boots)
    if timed:
        facts.start_ms, facts.end_ms = timed[0].time_ms or 0, timed[-1].time_ms or 0
        _Reading(facts).take(timed)
    return facts


class _Reading:
    """One pass over rows in the order of their time."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._alarms: dict[str, Span] = {}
        self._faults: dict[str, Span] = {}
        self._shifts: dict[str, Shift] = {}
        self._blind: dict[str, tuple[int, int, str]] = {}  # gas -> from, last told, quality

    def take(self, rows: list[Row]) -> None:
        facts, before_ms = self._facts, self._facts.start_ms
        for row in rows:
            at_ms = row.time_ms or 0
            values = dict(row.values)
            if at_ms - before_ms > GAP_S * 1000:
                why = f"start: {values.get('cause', '')}" if row.kind == "boot" else row.kind
                facts.gaps.append(Gap(before_ms, at_ms, why))
            before_ms = at_ms
            match row.kind:
                case "reading" | "readings":
                    self._reading(at_ms, values)
                case "alarm":
                    self._alarm(at_ms, values)
                case "fault":
                    self._fault(at_ms, values)
                case "exposure":
                    self._exposure(at_ms, values)
                case "workload":
                    self._workload(at_ms, values)
                case "calibration":
                    facts.calibrations.append((at_ms, values))
                case "heartbeat":
                    if "battery_mv" in values:
                        facts.battery.append((at_ms, values["battery_mv"] / 1000))
                case kind if kind in EVENTS:
                    facts.events.append((at_ms, kind, values))
        for gas in list(self._blind):
            self._sees(gas)
        facts.shifts += self._shifts.values()
        facts.shifts.sort(key=lambda one: (one.end_ms, one.gas))

    def _gas(self, values: dict[str, Any]) -> Gas:
        return self._facts.gases.setdefault(str(values.get("gas")), Gas(str(values.get("unit", ""))))

    def _reading(self, at_ms: int, values: dict[str, Any]) -> None:
        name, gas = str(values.get("gas")), self._gas(values)
        if values.get("quality") in _USABLE and values.get("value") is not None:
            self._sees(name, at_ms)
            gas.readings.append((at_ms, values["value"]))
            return
        start_ms, last_ms, quality = self._blind.get(name, (at_ms, at_ms, str(values.get("quality"))))
        if at_ms - last_ms > GAP_S * 1000 or quality != str(values.get("quality")):
            self._sees(name)
            start_ms, quality = at_ms, str(values.get("quality"))
        self._blind[name] = (start_ms, at_ms, quality)

    def _sees(self, name: str, at_ms: int | None = None) -> None:
        """A stretch without measurement has ended; with the next reading, if that came soon."""
        if found := self._blind.pop(name, None):
            start_ms, last_ms, quality = found
            end_ms = at_ms if at_ms is not None and at_ms - last_ms <= GAP_S * 1000 else last_ms
            self._facts.gases[name].blind.append((start_ms, end_ms, quality))

    def _alarm(self, at_ms: int, values: dict[str, Any]) -> None:
        name, state = str(values.get("alarm")), str(values.get("state"))
        span = self._alarms.get(name)
        if span is None:
            if state == "off":
                return
            span = self._alarms[name] = Span(
                at_ms, name, str(values.get("cause", "")), unit=str(values.get("unit", ""))
            )
            self._facts.alarms.append(span)
        span.states.append((at_ms, state))
        value = values.get("value")
        if span.unit and value is not None:
            span.peak = value if span.peak is None else max(span.peak, value)
        if state == "off":
            span.end_ms = at_ms
            del self._alarms[name]

    def _fault(self, at_ms: int, values: dict[str, Any]) -> None:
        source = str(values.get("source"))
        if values.get("present"):
            if source not in self._faults:
                span = self._faults[source] = Span(at_ms, source, str(values.get("code", "")))
                self._facts.faults.append(span)
        elif span := self._faults.pop(source, None):
            span.end_ms = at_ms

    def _workload(self, at_ms: int, values: dict[str, Any]) -> None:
        worked = self._facts.worked
        if any(not isinstance(values.get(name), int) for name in ("minutes", "step_count", "walking_min")):
            return
        if worked and not worked[-1][1].get("closed") and worked[-1][1]["minutes"] <= values["minutes"]:
            worked.pop()
        worked.append((at_ms, values))

    def _exposure(self, at_ms: int, values: dict[str, Any]) -> None:
        gas = str(values.get("gas"))
        names = ("minutes", "missing", "stel_max", "twa_max", "twa_shift", "peak", "closed")
        if any(values.get(name) is None for name in names):
            return
        before = self._shifts.get(gas)
        if before and values["minutes"] < before.minutes:
            self._facts.shifts.append(before)
        told = Shift(gas, str(values.get("unit", "")), at_ms, **{name: values[name] for name in names})
        self._shifts[gas] = told
        self._gas(values).twa.append((at_ms, told.twa_shift))
        if told.closed:
            self._facts.shifts.append(self._shifts.pop(gas))
