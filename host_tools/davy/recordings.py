"""Recordings of what a tag could feel: one CSV file, or a folder of motion trials.

A CSV has a header and a column `t_s` that grows from row to row. Beside it: motion as `ax_mg, ay_mg, az_mg` (all three, in
milli-g), gases as `ch4_pct, co_ppm, h2s_ppm, o2_pct` (%vol or ppm). Gas sensors are slow, so a gas cell may be empty: no reading
then. Motion cells may be empty together. Other columns are left alone, unless they look like a gas in the wrong unit.

A folder holds `manifest.csv` (one row a trial: trial, label, rate_hz, offset, n, ...) and `acc_mg.i16.xz`, the samples x, y, z of
all trials one after the other as little-endian int16 milli-g, xz-compressed. A row with a column `file` names a CSV of the
folder instead of rate_hz, offset and n.
"""

import array
import csv
import lzma
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from davy.errors import DavyError

AXES = ("ax_mg", "ay_mg", "az_mg")
# gas -> (column, unit as shown)
GAS_COLUMNS = {"ch4": ("ch4_pct", "%vol"), "co": ("co_ppm", "ppm"), "h2s": ("h2s_ppm", "ppm"), "o2": ("o2_pct", "%vol")}
MANIFEST = "manifest.csv"
SAMPLES = "acc_mg.i16.xz"
LONGEST_S = 7 * 86400
_INT16 = 32767


@dataclass
class Recording:
    """Motion (times in seconds and x0, y0, z0, x1 ... in milli-g) and, by gas, (t_s, value) pairs."""

    name: str
    t_s: "array.array[float]" = field(default_factory=lambda: array.array("d"))
    mg: "array.array[int]" = field(default_factory=lambda: array.array("h"))
    gases: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    label: str = ""
    activity: str = ""
    desc: str = ""  # the activity in words
    subject: str = ""
    rate_hz: float = 0.0  # where the samples are known to be even; 0: only `t_s` tells
    where: str = ""  # the line of the manifest

    @property
    def start_s(self) -> float:
        """Time of the first row."""
        return min([*self.t_s[:1], *(points[0][0] for points in self.gases.values() if points)])

    @property
    def duration_s(self) -> float:
        """From the first row to the last."""
        return max([*self.t_s[-1:], *(points[-1][0] for points in self.gases.values() if points)]) - self.start_s

    @property
    def samples(self) -> int:
        """Number of motion samples."""
        return len(self.t_s)


def load(path: Path, trial: str = "") -> Recording:
    """The one recording at `path`: a CSV file, or `trial` of a folder."""
    if not path.is_dir():
        if trial:
            raise DavyError(f"{path}: a trial can be named for a folder of recordings only")
        return read_csv(path)
    found = [recording for recording in read_folder(path) if not trial or recording.name == trial]
    if len(found) == 1:
        return found[0]
    if not trial:
        raise DavyError(f"{path}: holds {len(found)} trials: name the one that is meant")
    raise DavyError(f"{path / MANIFEST}: {'has no' if not found else 'has more than one'} trial '{trial}'")


def read_csv(path: Path) -> Recording:
    """A recording from a CSV file; `DavyError` names the line and the column that cannot be used."""
    recording = Recording(path.stem)
    with _text(path) as file:
        rows = csv.reader(file)
        try:
            _fill(recording, rows, path)
        except UnicodeDecodeError as error:
            raise DavyError(f"{path}: is not text ({error.reason} at byte {error.start})") from error
        except csv.Error as error:
            raise DavyError(f"{path}:{rows.line_num}: is not CSV: {error}") from error
    return recording


def _fill(recording: Recording, rows: Any, path: Path) -> None:
    header = [name.strip() for name in next(rows, [])]
    if not header:
        raise DavyError(f"{path}: is empty: a recording begins with a line of column names, t_s first")
    columns = _columns(header, path)
    axes = [columns[name] for name in AXES] if AXES[0] in columns else []
    gases = {gas: columns[name] for gas, (name, _) in GAS_COLUMNS.items() if name in columns}
    recording.gases = {gas: [] for gas in gases}
    before, first = -math.inf, 0.0
    for row in rows:
        if not row:
            continue
        where = f"{path}:{rows.line_num}"
        if len(row) != len(header):
            raise DavyError(f"{where}: has {len(row)} columns, the header has {len(header)}")
        t_s = _number(row[columns["t_s"]], where, "t_s")
        if t_s <= before:
            raise DavyError(f"{where}: t_s: {t_s:g} does not come after {before:g}")
        first = t_s if before == -math.inf else first
        if t_s - first > LONGEST_S:
            raise DavyError(
                f"{where}: t_s: {t_s:g} is {(t_s - first) / 86400:.3g} days after the first row: write seconds"
            )
        before = t_s
        if any(row[at].strip() for at in axes):
            recording.t_s.append(t_s)
            for name, at in zip(AXES, axes, strict=True):
                mg = round(_number(row[at], where, name))
                recording.mg.append(max(-_INT16, min(_INT16, mg)))
        for gas, at in gases.items():
            if row[at].strip():
                recording.gases[gas].append((t_s, _number(row[at], where, header[at])))
    if not recording.t_s and not any(recording.gases.values()):
        raise DavyError(f"{path}: has a header but no measurements")


def _columns(header: list[str], path: Path) -> dict[str, int]:
    columns: dict[str, int] = {}
    for at, name in enumerate(header):
        if name in columns:
            raise DavyError(f"{path}: column {name} appears twice")
        columns[name] = at
        gas = name.split("_")[0]
        if gas in GAS_COLUMNS and name != GAS_COLUMNS[gas][0]:
            raise DavyError(f"{path}: column {name}: write it as {GAS_COLUMNS[gas][0]}, in {GAS_COLUMNS[gas][1]}")
    if "t_s" not in columns:
        raise DavyError(f"{path}: column t_s is missing; there are {', '.join(header)[:100]}")
    missing = [name for name in AXES if name not in columns]
    if missing and (len(missing) < len(AXES) or not any(name in columns for name, _ in GAS_COLUMNS.values())):
        raise DavyError(f"{path}: column {missing[0]} is missing; there are {', '.join(header)[:100]}")
    return columns


def _number(text: str, where: str, column: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise DavyError(f"{where}: {column}: '{text.strip()[:30]}' is not a number")
    return value


def read_folder(folder: Path) -> Iterator[Recording]:
    """Every trial of a folder, in the manifest's order; `DavyError` names the row and the column that cannot be used."""
    rows = _rows(folder / MANIFEST)
    samples = array.array("h") if all(row.get("file") for _, row in rows) else _samples(folder / SAMPLES)
    for where, row in rows:
        if not row.get("trial"):
            raise DavyError(f"{where}: column trial is {'missing' if row.get('trial') is None else 'empty'}")
        trial = _own_file(folder, row, where) if row.get("file") else _cut(samples, row, where)
        trial.name, trial.where = row["trial"], where
        trial.label, trial.subject = row.get("label") or "", row.get("subject") or ""
        trial.activity, trial.desc = row.get("activity") or "", row.get("desc") or ""
        yield trial


def _rows(manifest: Path) -> list[tuple[str, dict[str, str]]]:
    """(file and line, row) of a manifest."""
    with _text(manifest) as file:
        reader = csv.DictReader(file)
        try:
            rows = [(f"{manifest}:{reader.line_num}", row) for row in reader]
        except UnicodeDecodeError as error:
            raise DavyError(f"{manifest}: is not text ({error.reason} at byte {error.start})") from error
        except csv.Error as error:
            raise DavyError(f"{manifest}:{reader.line_num}: is not CSV: {error}") from error
    if not rows:
        raise DavyError(f"{manifest}: names no trials")
    return rows


def _own_file(folder: Path, row: dict[str, str], where: str) -> Recording:
    if Path(row["file"]).name != row["file"]:
        raise DavyError(f"{where}: file: '{row['file'][:60]}' is not the name of a file in this folder")
    return read_csv(folder / row["file"])


def _cut(samples: "array.array[int]", row: dict[str, str], where: str) -> Recording:
    for column in ("rate_hz", "offset", "n"):
        if row.get(column) is None:
            raise DavyError(f"{where}: column {column} is missing")
    rate_hz = _number(row["rate_hz"], where, "rate_hz")
    first, count = (_whole(row[column], where, column) for column in ("offset", "n"))
    if not 1.0 <= rate_hz <= 10_000.0:
        raise DavyError(f"{where}: rate_hz: {rate_hz:g} is out of range 1 to 10000")
    if count < 1 or first < 0 or 3 * (first + count) > len(samples):
        raise DavyError(
            f"{where}: samples {first} to {first + count} are not in {SAMPLES} ({len(samples) // 3} samples)"
        )
    if count > rate_hz * LONGEST_S:
        raise DavyError(f"{where}: n: {count} samples are more than {LONGEST_S // 86400} days at {rate_hz:g} Hz")
    return Recording(
        "",
        array.array("d", (i / rate_hz for i in range(count))),
        samples[3 * first : 3 * (first + count)],
        rate_hz=rate_hz,
    )


def _whole(text: str, where: str, column: str) -> int:
    value = _number(text, where, column)
    if value != int(value):
        raise DavyError(f"{where}: {column}: '{text.strip()[:30]}' is not a whole number")
    return int(value)


def _samples(path: Path) -> "array.array[int]":
    try:
        raw = lzma.decompress(path.read_bytes())
    except OSError as error:
        raise DavyError(f"{path}: cannot be read: {error.strerror}") from error
    except lzma.LZMAError as error:
        raise DavyError(f"{path}: is damaged or not xz-compressed: {error}") from error
    if len(raw) % 6:
        raise DavyError(f"{path}: {len(raw)} bytes are not whole samples of three int16")
    samples = array.array("h")
    samples.frombytes(raw)
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def _text(path: Path):
    try:
        return path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise DavyError(f"{path}: cannot be read: {error.strerror}") from error
