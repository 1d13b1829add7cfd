"""People who were watched while they grew tired: windows of features and what they said of themselves, from three formats.

    stride     stride_features.csv[.gz]: subject, time.from.start (per cent of the session), a row a stride, and RPE.csv: Time, and
               "Subject N": Borg's rating, 6..20. Windows of 1/36 of the session, five minutes of three hours
    windows    any other CSV with subject and fatiguestate1 (0 or 1), a row a window, in the order of time
    sensors    manifest.csv (part, t0_s, t1_s, phys_final) and series_2hz.csv[.gz]: a row each half second. Windows of a minute of
               each part that is work

The features are those that a belt or chest tag can compute, in the tag's way: what is in no column stays unknown. How a
tag would round them is told by `FEATURES`: name -> (scale to int16, least spread in per mille of the mean, in units).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from davy import csvrows
from davy.errors import DavyError

SESSION_WINDOWS = 36
LEAST_STRIDES = 10
WINDOW_S = 60.0
LEAST_ROWS = 60  # of 120
TIRED_BORG = 15.0  # "hard"
TIRED_TEN = 5.0  # of 10


@dataclass(frozen=True)
class Feature:
    """How the tag holds it: units for one of the file's, and the spread that people have from window to window at least."""

    scale: float
    per_mille: int
    units: int = 0


# Of the spreads: strides repeat within 2 % in time, 10 % in size; what measures variability varies by a fifth.
STRIDE: Mapping[str, Feature] = {
    "stride.duration": Feature(1e4, 15),
    "stride.duration spread": Feature(1e5, 150),
    "scaled.stride.len": Feature(1e4, 40),
    "scaled.stride.len spread": Feature(1e4, 120),
    "scaled.stride.height": Feature(1e5, 60),
    "scaled.stride.height spread": Feature(1e5, 150),
}
# No mean posture: a belt that slips turns it as well as a tired back does.
HIP: Mapping[str, Feature] = {
    "Hip.jerk.Mean": Feature(100, 100),
    "Hip.ACC.Mean": Feature(1000, 50),
    "Hip.jerk.coefficient.of.variation": Feature(50, 75),
    "Hip.ACC.coefficient.of.variation": Feature(50, 75),
    "number of steps": Feature(100, 240),
    "average step time": Feature(1e4, 80),
    "mean hip osicllation": Feature(1e4, 250),  # so spelled in the published table
}
CHEST: Mapping[str, Feature] = {
    "activity": Feature(1e4, 140),
    "activity spread": Feature(1e4, 180),
    "sway": Feature(1e4, 160),
}


@dataclass
class Window:
    """A stretch of time: when it ended, in the unit of the session, and the features' values; None is unknown."""

    t: float
    values: Sequence[int | None]
    tired: bool | None = None  # what the table says of it


@dataclass
class Person:
    """Somebody watched; `ratings` are (t, what was said)."""

    name: str
    windows: list[Window] = field(default_factory=list)
    ratings: list[tuple[float, float]] = field(default_factory=list)


@dataclass
class Tired:
    """A folder: its people, what their windows consist of, and how to read their ratings."""

    name: str
    kind: str
    features: Mapping[str, Feature]
    people: list[Person]
    hour: float | None  # an hour in the session's unit; None: its time is not known
    tired_from: float | None = None  # the rating that counts as fatigued

    @property
    def floors(self) -> list[list[int]]:
        """As the tag takes them."""
        return [[feature.per_mille, feature.units] for feature in self.features.values()]


def read(folder: Path) -> list[Tired]:
    """All that a folder holds; `DavyError` names file and line of what cannot be used."""
    if not folder.is_dir():
        raise DavyError(f"{folder}: is no folder" if folder.exists() else f"{folder}: there is no such folder")
    found: list[Tired] = []
    strides = csvrows.one_of(folder, "stride_features.csv")
    series = csvrows.one_of(folder, "series_2hz.csv")
    if strides:
        found.append(_stride(folder, strides))
    if series:
        found.append(_sensors(folder, series))
    for path in sorted(folder.glob("*.csv*")):
        if path not in (strides, series) and csvrows.has_columns(path, ("subject", "fatiguestate1")):
            found.append(_table(path))
    if not found:
        raise DavyError(
            f"{folder}: no fatigue recording: stride_features.csv with RPE.csv, a table with subject and fatiguestate1, or "
            "manifest.csv with series_2hz.csv"
        )
    return found


def counts(value: float, feature: Feature) -> int | None:
    """As the tag holds it; None when it is no number, or beyond int16."""
    scaled = value * feature.scale
    return round(scaled) if math.isfinite(scaled) and abs(scaled) <= 32767 else None


def _spread(values: Sequence[float]) -> float:
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


# -- strides and Borg's ratings ---------------------------------------------------------------------------------------


def _stride(folder: Path, path: Path) -> Tired:
    columns = ("scaled.stride.len", "scaled.stride.height", "stride.duration")
    strides: dict[str, list[tuple[float, tuple[float, ...]]]] = {}
    for row in csvrows.rows(path, ("subject", "time.from.start", *columns)):
        seen = strides.setdefault(row["subject"], [])
        values = tuple(row.number(name) for name in columns)
        # Where no stride was found, the table repeats the one before.
        if not seen or seen[-1][1] != values:
            seen.append((row.number("time.from.start"), values))
    ratings = _borg(folder)
    people = []
    for name, seen in strides.items():
        if name not in ratings:
            raise DavyError(f"{folder / 'RPE.csv'}: there is no column 'Subject {name}'")
        if ratings[name]:  # who never said a number cannot be judged
            people.append(Person(name, _stride_windows(seen, columns), ratings[name]))
    return Tired(folder.resolve().name, "stride", STRIDE, people, 100 / 3, TIRED_BORG)


def _stride_windows(seen: Sequence[tuple[float, tuple[float, ...]]], columns: Sequence[str]) -> list[Window]:
    length = 100 / SESSION_WINDOWS
    windows = []
    for i in range(SESSION_WINDOWS):
        inside = [values for t, values in seen if i * length <= t < (i + 1) * length]
        found: dict[str, float] = {}
        if len(inside) >= LEAST_STRIDES:
            for at, name in enumerate(columns):
                column = [values[at] for values in inside if math.isfinite(values[at])]
                if len(column) >= LEAST_STRIDES:
                    found[name] = math.fsum(column) / len(column)
                    found[f"{name} spread"] = _spread(column)
        windows.append(Window((i + 1) * length, _values(found, STRIDE)))
    return windows


def _borg(folder: Path) -> dict[str, list[tuple[float, float]]]:
    path = csvrows.one_of(folder, "RPE.csv")
    if path is None:
        raise DavyError(f"{folder}: there are strides but no ratings: RPE.csv")
    found: dict[str, list[tuple[float, float]]] = {}
    for row in csvrows.rows(path, ("Time",)):
        for name in row.names:
            if name.startswith("Subject "):
                said = found.setdefault(name.removeprefix("Subject ").strip(), [])
                rating, t = row.number(name), row.number("Time")
                if math.isfinite(rating) and math.isfinite(t):
                    said.append((t, rating))
    return found


# -- tables of windows -------------------------------------------------------------------------------------------------


def _table(path: Path) -> Tired:
    people: dict[str, Person] = {}
    features: Mapping[str, Feature] | None = None
    for row in csvrows.rows(path, ("subject", "fatiguestate1")):
        if features is None:
            features = {name: feature for name, feature in HIP.items() if row.has(name)}
            if not features:
                raise DavyError(f"{path}: none of the columns {', '.join(HIP)}")
        state = row.number("fatiguestate1")
        if state not in (0, 1):
            raise DavyError(f"{row.where}: fatiguestate1: {state:g} is neither 0 nor 1")
        values = [counts(row.number(name), feature) for name, feature in features.items()]
        person = people.setdefault(row["subject"], Person(row["subject"]))
        person.windows.append(Window(float(len(person.windows) + 1), values, state == 1))
    return Tired(csvrows.stem(path), "windows", features or HIP, list(people.values()), None)


# -- slow sensors ------------------------------------------------------------------------------------------------------


def _sensors(folder: Path, path: Path) -> Tired:
    parts: dict[str, list[tuple[float, float, str]]] = {}
    ratings: dict[str, list[tuple[float, float]]] = {}
    manifest = csvrows.one_of(folder, "manifest.csv")
    if manifest is None:
        raise DavyError(f"{folder}: there is a series but no manifest.csv")
    for row in csvrows.rows(manifest, ("subject", "task", "part", "t0_s", "t1_s", "phys_initial", "phys_final")):
        name = f"{row['subject']} {row['task']}"
        if "rest" not in row["part"].lower():
            parts.setdefault(name, []).append((row.number("t0_s"), row.number("t1_s"), row["part"]))
            ratings.setdefault(name, []).append((row.number("t1_s"), row.number("phys_final")))
    rows: dict[str, list[tuple[float, tuple[float, float, float]]]] = {}
    for row in csvrows.rows(path, ("subject", "task", "t_s", "acc_X", "acc_Y", "acc_Z")):
        g = (row.number("acc_X"), row.number("acc_Y"), row.number("acc_Z"))
        if all(map(math.isfinite, g)):
            rows.setdefault(f"{row['subject']} {row['task']}", []).append((row.number("t_s"), g))
    people = []
    for name, spans in parts.items():
        if name not in rows:
            raise DavyError(f"{path}: has no row of {name}, whom manifest.csv names")
        windows = [window for span in sorted(spans) for window in _sensor_windows(sorted(rows[name]), *span[:2])]
        rated = sorted((t, rating) for t, rating in ratings[name] if math.isfinite(rating) and math.isfinite(t))
        if rated:
            people.append(Person(name, windows, rated))
    return Tired(folder.resolve().name, "sensors", CHEST, people, 3600.0, TIRED_TEN)


def _sensor_windows(
    rows: Sequence[tuple[float, tuple[float, float, float]]], from_s: float, to_s: float
) -> list[Window]:
    inside = [row for row in rows if from_s <= row[0] < to_s]
    windows = []
    for i in range(int((to_s - from_s) // WINDOW_S)):
        part = [g for t, g in inside if from_s + i * WINDOW_S <= t < from_s + (i + 1) * WINDOW_S]
        found: dict[str, float] = {}
        if len(part) >= LEAST_ROWS:
            steps = [math.dist(part[k], part[k + 1]) for k in range(len(part) - 1)]
            found["activity"] = math.fsum(steps) / len(steps)
            found["activity spread"] = _spread(steps)
            found["sway"] = math.sqrt(sum(_spread([g[axis] for g in part]) ** 2 for axis in range(3)))
        windows.append(Window(from_s + (i + 1) * WINDOW_S, _values(found, CHEST)))
    return windows


def _values(found: Mapping[str, float], features: Mapping[str, Feature]) -> list[int | None]:
    return [counts(found[name], feature) if name in found else None for name, feature in features.items()]
