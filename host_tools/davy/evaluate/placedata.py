"""Recordings of beacons' strengths at known places, in two formats, as windows that a tag could have heard.

    fingerprints   NAME_beacons.csv: id, x, y; NAME_fingerprints.csv[.gz]: id, x, y, a column a beacon, blank: not heard. A row
                   is one scan. `id` has eight digits, as the UJI set packs them: phone 1, power 1, campaign 1, point 3, scan 2.
                   The highest campaign is walked, the lower ones are the survey; each phone in turn, with a survey by the
                   others. One phone alone is judged by its own, which is said. Of several sites each is judged
    tracks         tracks.csv[.gz]: track, t, sensor, sx, sy, rssi, x, y: one beacon that moves past receivers, which is by
                   reciprocity a tag that moves past beacons. Each track in turn, with a survey of the others

A window is what a tag hears at once: a scan, or what a track has in `listen_s` of every `every_s` seconds, begun at three moments.
A stand is a place with scans in which every beacon has one message at most: of fingerprints as they are, of a track what it has
within a square metre, a scan until a beacon is heard again. Nobody stands there: he walks a metre.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from davy.csvrows import one_of, rows, stem
from davy.errors import DavyError
from davy.site.learn import Sighting

SCAN_S = 3.0  # a scan of the fingerprints counts as a window of a tag that listens so often: they have no times
STARTS = 3
SENDS_S = {"fingerprints": 0.2, "tracks": 0.455}  # how often the sets' beacons sent
LEAST_SCANS = 5  # of a stand
FEW = 0.1  # of the strengths may be none: slips, left out


@dataclass(frozen=True)
class Window:
    """What is heard at (x, y): of each beacon (its place in the list) the strengths, dBm. `stand` names who stands where."""

    x: float
    y: float
    heard: dict[int, list[int]]
    stand: str = ""


@dataclass(frozen=True)
class Fold:
    """A phone or a track that the survey does not know: one or more walks, and the scans of each place."""

    name: str
    survey: list[Sighting]
    walks: list[list[Window]]
    stands: list[list[Window]] = field(default_factory=list)


@dataclass(frozen=True)
class Places:
    """A folder of recordings."""

    name: str
    kind: str
    beacons: list[tuple[float, float]]
    folds: list[Fold] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # what was left out


def read(folder: Path, *, every_s: float = SCAN_S, listen_s: float | None = None) -> list[Places]:
    """All that a folder holds of either format; `listen_s` None: all that a track has."""
    if not folder.is_dir():
        raise DavyError(f"{folder}: is no folder" if folder.exists() else f"{folder}: there is no such folder")
    scans = {stem(path): path for path in sorted(folder.glob("*_fingerprints.csv*"), reverse=True)}
    found = []
    for path in sorted(scans.values()):
        site = stem(path).removesuffix("_fingerprints")
        found.append(
            _fingerprints(path, f"{folder.resolve().name} {site}" if len(scans) > 1 else folder.resolve().name)
        )
    tracks = one_of(folder, "tracks.csv")
    if tracks:
        found.append(_tracks(folder, tracks, every_s, every_s if listen_s is None else listen_s))
    if not found:
        raise DavyError(f"{folder}: neither *_fingerprints.csv nor tracks.csv is there")
    for places in found:
        if not any(window.heard for fold in places.folds for walk in fold.walks for window in walk):
            raise DavyError(f"{folder}: {places.name}: no walk of it is as long as a window and hears a beacon")
    return found


def _fingerprints(path: Path, name: str) -> Places:
    named = path.with_name(stem(path).replace("_fingerprints", "_beacons") + ".csv")
    ids, places = [], []
    for row in rows(named, ("id", "x", "y")):
        ids.append(row["id"])
        places.append((_known(row.number("x"), row.where), _known(row.number("y"), row.where)))
    said: list[float] = []
    scans: list[tuple[str, float, float, dict[int, list[int]]]] = []
    for row in rows(path, ("id", "x", "y", *ids)):
        code = row["id"]
        if len(code) != 8 or not code.isdigit():
            raise DavyError(f"{row.where}: id: '{code[:30]}' has not eight digits")
        heard = {}
        for b, beacon in enumerate(ids):
            dbm = row.number(beacon)
            if dbm == dbm:
                said.append(dbm)
                if _heard(dbm):
                    heard[b] = [round(dbm)]
        scans.append((code, _known(row.number("x"), row.where), _known(row.number("y"), row.where), heard))
    campaigns = sorted({code[2] for code, *_ in scans})
    if len(campaigns) < 2:
        raise DavyError(f"{path}: has {len(campaigns)} campaigns; one to survey and one to walk are needed")
    phones = sorted({code[0] for code, *_ in scans})
    places_found = Places(name, "fingerprints", places, notes=_slips(path, said))
    for phone in phones:
        survey = [
            Sighting(x, y, b, heard[b][0])
            for code, x, y, heard in scans
            if (code[0] != phone or len(phones) == 1) and code[2] != campaigns[-1]
            for b in heard
        ]
        walk = [
            Window(x, y, heard, f"{phone}/{x:.2f}/{y:.2f}/{code[3:6]}")
            for code, x, y, heard in scans
            if code[0] == phone and code[2] == campaigns[-1]
        ]
        name = f"phone {phone}" if len(phones) > 1 else f"phone {phone}, by its own survey"
        places_found.folds.append(Fold(name, survey, [walk], by_place(walk)))
    return places_found


def _tracks(folder: Path, path: Path, every_s: float, listen_s: float) -> Places:
    if not 0 < listen_s <= every_s:
        raise DavyError(f"listening {listen_s:g} s of every {every_s:g} s: cannot be")
    ids: dict[str, int] = {}
    places: list[tuple[float, float]] = []
    said: list[float] = []
    tracks: dict[str, list[tuple[float, int, int, float, float]]] = {}
    for row in rows(path, ("track", "t", "sensor", "sx", "sy", "rssi", "x", "y")):
        if math.isnan(row.number("rssi")):  # nothing was heard
            continue
        said.append(row.number("rssi"))
        if not _heard(said[-1]):
            continue
        numbers = [_known(row.number(name), row.where) for name in ("t", "sx", "sy", "rssi", "x", "y")]
        if row["sensor"] not in ids:
            ids[row["sensor"]] = len(places)
            places.append((numbers[1], numbers[2]))
        heard = (numbers[0], ids[row["sensor"]], round(numbers[3]), numbers[4], numbers[5])
        tracks.setdefault(row["track"], []).append(heard)
    notes = _slips(path, said)
    if len(tracks) < 2:
        raise DavyError(f"{path}: one track alone cannot be judged by the survey of others")
    found = Places(folder.resolve().name, "tracks", places, notes=notes)
    for heard in tracks.values():
        heard.sort(key=lambda one: one[0])
    for name, heard in tracks.items():
        survey = [Sighting(x, y, b, dbm) for other, said in tracks.items() if other != name for _, b, dbm, x, y in said]
        starts = [every_s * i / STARTS for i in range(STARTS)]
        walks = [_windows(heard, start, every_s, listen_s) for start in starts]
        stands = [scans for scans in by_place(_scans(heard), 1.0) if len(scans) >= LEAST_SCANS]
        found.folds.append(Fold(name, survey, walks, stands))
    return found


def by_place(scans: Iterable[Window], side_m: float | None = None) -> list[list[Window]]:
    """Those that were taken at the same place, or within the same square, in the order in which the places come."""
    found: dict[tuple[float, float], list[Window]] = {}
    for scan in scans:
        place = (scan.x, scan.y) if side_m is None else (math.floor(scan.x / side_m), math.floor(scan.y / side_m))
        found.setdefault(place, []).append(scan)
    return list(found.values())


def _scans(heard: Sequence[tuple[float, int, int, float, float]]) -> list[Window]:
    found: list[Window] = []
    for _, b, dbm, x, y in heard:
        if not found or b in found[-1].heard:
            found.append(Window(x, y, {}))
        found[-1].heard[b] = [dbm]
    return found


def _windows(
    heard: Sequence[tuple[float, int, int, float, float]], start: float, every_s: float, listen_s: float
) -> list[Window]:
    """The wearer is judged where he is when the window ends."""
    times = [one[0] for one in heard]
    found = []
    t = times[0] + start
    while t + listen_s <= times[-1]:
        first, end = bisect_left(times, t), bisect_left(times, t + listen_s)
        if end:
            window = Window(heard[end - 1][3], heard[end - 1][4], {})
            for _, b, dbm, _, _ in heard[first:end]:
                window.heard.setdefault(b, []).append(dbm)
            found.append(window)
        t += every_s
    return found


def _heard(dbm: float) -> bool:
    return -127 <= dbm < 0


def _slips(path: Path, read: Sequence[float]) -> list[str]:
    """A note of what was left out; `DavyError` when that is more than slips."""
    wrong = [dbm for dbm in read if not _heard(dbm)]
    what = "no strength in dBm, -127 to -1"
    if len(wrong) > FEW * len(read):
        raise DavyError(
            f"{path}: {len(wrong)} of {len(read)} are {what}, as {wrong[0]:g}; where a beacon is not heard the cell is blank"
        )
    return [f"{path}: left out, as {what}: {', '.join(f'{dbm:g}' for dbm in wrong[:5])}"] if wrong else []


def _known(value: float, where: str) -> float:
    if value != value:
        raise DavyError(f"{where}: a number is missing")
    return value
