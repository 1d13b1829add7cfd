"""People who were watched while they grew tired: windows of features and what they said of themselves, from three formats.

    stride     stride_features.csv[.gz]: subject, time.from.start (per cent of the session), a row a stride, in any order, and
               RPE.csv: Time, and "Subject N": Borg's rating, 6..20. Windows of 1/36 of the session, five minutes of three hours
    windows    any other CSV with subject and fatiguestate1 (0 or 1), a row a window, in the order of time
    sensors    manifest.csv (part, t0_s, t1_s, phys_final) and series_2hz.csv[.gz]: a row each half second, or another even time.
               Windows of a minute of each part that is work, known where half of its rows are

The features are those that a belt or chest tag can compute, in the tag's way: a column that is missing is no feature, an empty cell
is unknown.
"""

import math
import re
import statistics
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from davy import csvrows
from davy.errors import DavyError
from davy.evaluate.fatiguepeople import Feature, Person, Ratings, Tired, Window, fits, on_scale, spread, values_of

SESSION_WINDOWS = 36
LEAST_STRIDES = 10
SLACK = 0.5  # per cent, of a session's begin and end
WINDOW_S = 60.0
LEAST_ROWS = 10  # and half of those that the rate gives: 60 at 2 Hz
LONGEST_S = 86400.0  # a part of work
BORG = (6.0, 20.0)
TEN = (0.0, 10.0)
TIRED_BORG = 15.0  # "hard"
TIRED_TEN = 5.0  # of 10

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
    "number of steps": Feature(10, 240),  # up to 3276: a window of walking has more than one of lifting
    "average step time": Feature(1e4, 80),
    "mean hip osicllation": Feature(1e4, 250),  # so spelled in the published table
}
CHEST: Mapping[str, Feature] = {
    "activity": Feature(1e4, 140),
    "activity spread": Feature(1e4, 180),
    "sway": Feature(1e4, 160),
}


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


# -- strides and Borg's ratings ---------------------------------------------------------------------------------------


def _stride(folder: Path, path: Path) -> Tired:
    columns = [name for name in STRIDE if not name.endswith(" spread") and csvrows.has_columns(path, (name,))]
    features = {name: feature for name, feature in STRIDE.items() if name.removesuffix(" spread") in columns}
    strides: dict[str, list[tuple[float, tuple[float, ...]]]] = {}
    for row in csvrows.rows(path, ("subject", "time.from.start", *columns)):
        if not columns:
            raise DavyError(
                f"{path}: none of the columns {', '.join(name for name in STRIDE if not name.endswith(' spread'))}"
            )
        t = _per_cent(row, "time.from.start")
        if math.isfinite(t):
            strides.setdefault(_who(row["subject"]), []).append((t, tuple(row.number(name) for name in columns)))
    _whole(path, "time.from.start", (t for seen in strides.values() for t, _ in seen))
    ratings = _borg(folder)
    notes = on_scale(folder / "RPE.csv", ratings, BORG)
    found = []
    for name, seen in strides.items():
        if name not in ratings:
            raise DavyError(f"{folder / 'RPE.csv'}: there is no column 'Subject {name}'")
        if ratings[name]:  # who never said a number cannot be judged
            found.append((name, _stride_windows(seen, columns)))
    fits(path, features, [one for _, windows in found for one in windows])
    people = [
        Person(
            name,
            [Window((i + 1) * 100 / SESSION_WINDOWS, values_of(one, features)) for i, one in enumerate(windows)],
            ratings[name],
        )
        for name, windows in found
    ]
    return Tired(folder.resolve().name, "stride", features, people, 100 / 3, TIRED_BORG, notes)


def _stride_windows(
    seen: Sequence[tuple[float, tuple[float, ...]]], columns: Sequence[str]
) -> list[Mapping[str, float]]:
    """Of each window what its strides say."""
    inside: list[list[tuple[float, ...]]] = [[] for _ in range(SESSION_WINDOWS)]
    before: tuple[float, ...] = (math.nan,) * len(columns)
    for t, values in sorted(seen, key=lambda one: one[0]):
        # Where no stride was found, the table repeats the one before.
        known = [(a, b) for a, b in zip(before, values, strict=True) if math.isfinite(a) and math.isfinite(b)]
        if not known or any(a != b for a, b in known):
            inside[max(0, min(SESSION_WINDOWS - 1, int(t * SESSION_WINDOWS / 100)))].append(values)
            before = values
    windows = []
    for strides in inside:
        found: dict[str, float] = {}
        for at, name in enumerate(columns):
            column = [values[at] for values in strides if math.isfinite(values[at])]
            if len(column) >= LEAST_STRIDES:
                found[name] = math.fsum(column) / len(column)
                found[f"{name} spread"] = spread(column)
        windows.append(found)
    return windows


def _borg(folder: Path) -> Ratings:
    path = csvrows.one_of(folder, "RPE.csv")
    if path is None:
        raise DavyError(f"{folder}: there are strides but no ratings: RPE.csv")
    found: Ratings = {}
    times = []
    for row in csvrows.rows(path, ("Time",)):
        t = _per_cent(row, "Time")
        times.append(t)
        for name in row.names:
            if csvrows.plain(name).startswith("subject"):
                said = found.setdefault(_who(name), [])
                rating = row.number(name)
                if math.isfinite(rating) and math.isfinite(t):
                    said.append((t, rating))
    if not found:
        raise DavyError(f"{path}: there is no column 'Subject N'; a rating is in the column of who said it")
    _whole(path, "Time", times)
    for said in found.values():
        said.sort()
    return found


def _who(text: str) -> str:
    """A person's name, as strides and ratings have it in common: 'Subject 1', 'subject.1', '1.0' and '01' are '1'."""
    name = re.sub(r"^subject[\s._-]*", "", text.strip(), flags=re.IGNORECASE)
    return str(int(float(name))) if re.fullmatch(r"\d+(\.0*)?", name) else name


def _per_cent(row: csvrows.Row, column: str) -> float:
    t = row.number(column)
    if not math.isnan(t) and not -SLACK <= t <= 100 + SLACK:
        raise DavyError(f"{row.where}: {column}: {t:g} is no time in per cent of the session, 0 to 100")
    return t


def _whole(path: Path, column: str, times: Iterable[float]) -> None:
    last = max((t for t in times if math.isfinite(t)), default=0.0)
    if last <= 1:
        raise DavyError(f"{path}: {column} ends at {last:g}: it is in per cent of the session, 0 to 100")


# -- tables of windows -------------------------------------------------------------------------------------------------


def _table(path: Path) -> Tired:
    features = {name: feature for name, feature in HIP.items() if csvrows.has_columns(path, (name,))}
    if not features:
        raise DavyError(f"{path}: none of the columns {', '.join(HIP)}")
    people: dict[str, Person] = {}
    found = []
    for row in csvrows.rows(path, ("subject", "fatiguestate1", *features)):
        state = row.number("fatiguestate1")
        if state not in (0, 1) and not math.isnan(state):
            raise DavyError(f"{row.where}: fatiguestate1: {state:g} is neither 0 nor 1")
        found.append({name: row.number(name) for name in features})
        person = people.setdefault(row["subject"], Person(row["subject"]))
        tired = None if math.isnan(state) else state == 1
        person.windows.append(Window(float(len(person.windows) + 1), values_of(found[-1], features), tired))
    if all(window.tired is None for person in people.values() for window in person.windows):
        raise DavyError(f"{path}: fatiguestate1 is empty in every row: it says 0 (rested) or 1 (fatigued)")
    fits(path, features, found)
    return Tired(csvrows.stem(path), "windows", features, list(people.values()), None)


# -- slow sensors ------------------------------------------------------------------------------------------------------


def _sensors(folder: Path, path: Path) -> Tired:
    manifest = csvrows.one_of(folder, "manifest.csv")
    if manifest is None:
        raise DavyError(f"{folder}: there is a series but no manifest.csv")
    parts: dict[str, list[tuple[float, float]]] = {}
    ratings: Ratings = {}
    for row in csvrows.rows(manifest, ("subject", "task", "part", "t0_s", "t1_s", "phys_initial", "phys_final")):
        name = f"{row['subject']} {row['task']}"
        if "rest" not in row["part"].lower():
            from_s, to_s = row.number("t0_s"), row.number("t1_s")
            if not 0 < to_s - from_s <= LONGEST_S:
                raise DavyError(f"{row.where}: from t0_s {from_s:g} to t1_s {to_s:g} is no time at work in seconds")
            parts.setdefault(name, []).append((from_s, to_s))
            said, rating = ratings.setdefault(name, []), row.number("phys_final")
            if math.isfinite(rating):
                said.append((to_s, rating))
    if not parts:
        raise DavyError(f"{manifest}: has no part that is work: each is called a rest")
    notes = on_scale(manifest, ratings, TEN)
    rows: dict[str, list[tuple[float, tuple[float, ...]]]] = {}
    for row in csvrows.rows(path, ("subject", "task", "t_s", "acc_X", "acc_Y", "acc_Z")):
        t_s = row.number("t_s")
        if math.isfinite(t_s):
            g = tuple(row.number(f"acc_{axis}") for axis in "XYZ")
            rows.setdefault(f"{row['subject']} {row['task']}", []).append((t_s, g))
    found = []
    for name, spans in parts.items():
        if name not in rows:
            raise DavyError(f"{path}: has no row of {name}, whom manifest.csv names")
        if ratings[name]:
            found.append((name, _sensor_windows(sorted(rows[name]), sorted(spans))))
    fits(path, CHEST, [one for _, windows in found for _, one in windows])
    people = [
        Person(name, [Window(t, values_of(one, CHEST)) for t, one in windows], sorted(ratings[name]))
        for name, windows in found
    ]
    return Tired(folder.resolve().name, "sensors", CHEST, people, 3600.0, TIRED_TEN, notes)


def _sensor_windows(
    rows: Sequence[tuple[float, tuple[float, ...]]], spans: Sequence[tuple[float, float]]
) -> list[tuple[float, Mapping[str, float]]]:
    """When each window ends, and what its rows say. Only rows that follow each other show how the wearer moved between them."""
    period_s = statistics.median(after[0] - before[0] for before, after in pairwise(rows)) if len(rows) > 1 else 1.0
    least = max(LEAST_ROWS, WINDOW_S / 2 / period_s) if period_s > 0 else math.inf
    known = [row for row in rows if all(map(math.isfinite, row[1]))]
    windows: list[tuple[float, Mapping[str, float]]] = []
    for from_s, to_s in spans:
        for i in range(int((to_s - from_s) // WINDOW_S)):
            end_s = from_s + (i + 1) * WINDOW_S
            first, after = (bisect_left(known, (t_s,)) for t_s in (end_s - WINDOW_S, end_s))
            part = known[first:after]
            steps = [math.dist(a[1], b[1]) for a, b in pairwise(part) if b[0] - a[0] < 1.5 * period_s]
            found: dict[str, float] = {}
            if len(part) >= least and len(steps) >= LEAST_ROWS:
                found["activity"] = math.fsum(steps) / len(steps)
                found["activity spread"] = spread(steps)
                found["sway"] = math.sqrt(sum(spread([g[axis] for _, g in part]) ** 2 for axis in range(3)))
            windows.append((end_s, found))
    return windows
