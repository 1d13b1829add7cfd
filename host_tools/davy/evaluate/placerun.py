"""Puts walks past beacons through the tag's place estimator, with maps made from a survey that does not know the walker.

Zones are squares of a given size over the beacons' area. Where their grid begins decides much, so 16 grids are judged, shifted by
quarters of the size in x and y, and the figures are of all together.
"""

import math
import os
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import accumulate, pairwise

from davy.errors import DavyError
from davy.evaluate.placedata import SCAN_S, Fold, Places, Window
from davy.evaluate.placehearing import Hearing
from davy.evaluate.placetag import Numbers, PlaceTag, place_tag
from davy.site.learn import expected
from davy.site.model import Beacon, SiteMap, Spot, Zone

from tag.place.adverts import DAVY_BEACON  # isort: skip
from tag.place.site import MOST_EXPECTED  # isort: skip

SHIFTS = 4
STAND_WINDOWS = 40
SETTLE = 5
_MARGIN_M = 1.0


class Grid:
    """Zones as squares; the walks and the map know them by number, from 1."""

    def __init__(self, places: Places, size_m: float, shift_x: float, shift_y: float, spots: int) -> None:
        xs, ys = [x for x, _ in places.beacons], [y for _, y in places.beacons]
        self._x0, self._y0 = min(xs) - _MARGIN_M - shift_x * size_m, min(ys) - _MARGIN_M - shift_y * size_m
        self._size = size_m
        pitch = size_m / spots
        self.spots: list[tuple[int, float, float]] = []
        self._numbers: dict[tuple[int, int], int] = {}
        # Cells that lie in the beacons' area, one pitch around it at most: where there is no beacon nobody walks.
        for i in range(spots * math.ceil((max(xs) + _MARGIN_M - self._x0) / size_m)):
            for j in range(spots * math.ceil((max(ys) + _MARGIN_M - self._y0) / size_m)):
                x, y = self._x0 + (i + 0.5) * pitch, self._y0 + (j + 0.5) * pitch
                if min(xs) - pitch <= x <= max(xs) + pitch and min(ys) - pitch <= y <= max(ys) + pitch:
                    self.spots.append((self.zone(x, y), x, y))
        self.pitch = pitch

    def zone(self, x: float, y: float) -> int:
        """The number of the zone at a place."""
        key = (math.floor((x - self._x0) / self._size), math.floor((y - self._y0) / self._size))
        return self._numbers.setdefault(key, len(self._numbers) + 1)

    @property
    def zones(self) -> int:
        """How many."""
        return len(self._numbers)


def grid_of(places: Places, size_m: float, shift: tuple[float, float], spots: int) -> Grid:
    """Zones with `spots` along their side, or as many fewer as a tag's map has room for; `DavyError` when not even one has."""
    xs, ys = zip(*places.beacons, strict=True)
    area = (max(xs) - min(xs)) * (max(ys) - min(ys))
    for fewer in range(spots, 0, -1):
        if area * fewer**2 >= 256 * size_m**2:  # a large site at once, not after minutes
            continue
        grid = Grid(places, size_m, *shift, fewer)
        if grid.zones < 256 and len(grid.spots) < 256 and len(grid.spots) * len(places.beacons) <= MOST_EXPECTED:
            return grid
    raise DavyError(
        f"{places.name}: so many zones of {size_m:g} m have no room in a tag's map: judge larger ones, --size M"
    )


def site_map(places: Places, fold: Fold, grid: Grid) -> SiteMap:
    """The map that the survey gives."""
    levels = expected(places.beacons, [(x, y) for _, x, y in grid.spots], fold.survey, grid.pitch)
    zones = tuple(Zone(f"z{n + 1}") for n in range(grid.zones))
    beacons = tuple(
        Beacon(f"b{n + 1}", DAVY_BEACON, n.to_bytes(4, "big"), 0, x, y) for n, (x, y) in enumerate(places.beacons)
    )
    spots = tuple(Spot(zone, x, y, row) for (zone, x, y), row in zip(grid.spots, levels, strict=True))
    return SiteMap("evaluated", 1, 1, zones, beacons, spots)


def one_grid(
    places: Places,
    size_m: float,
    shift: tuple[float, float],
    numbers: Numbers,
    interpreter: str,
    hearing: Hearing | None = None,
) -> Counter[str]:
    """Counts of one grid of zones, over all folds; `hearing` is what is left of whole scans, None: all of them."""
    counts: Counter[str] = Counter()
    with place_tag(interpreter, numbers) as tag:
        for fold in places.folds:
            grid = grid_of(places, size_m, shift, numbers.spots)
            site = site_map(places, fold, grid)
            tag.on(site)
            for walk in fold.walks:
                heard = hearing.walk(walk, fold.name) if hearing and places.kind == "fingerprints" else walk
                counts += _walked(places, grid, heard, tag.walk(heard))
            counts += _stood(places, fold, grid, tag, hearing)
    return counts


def _walked(places: Places, grid: Grid, walk: list[Window], zones: list[int]) -> Counter[str]:
    counts: Counter[str] = Counter()
    said = kept = 0
    stand = ""
    for window, zone in zip(walk, zones, strict=True):
        before, said, true = said, zone, grid.zone(window.x, window.y)
        loud = _loudest(places, grid, window)
        kept = loud or kept
        counts["windows"] += 1
        counts["right"] += said == true
        counts["unknown"] += not said
        counts["silent"] += not window.heard
        counts["switches"] += bool(before) and said != before
        counts["strongest"] += loud == true
        counts["kept"] += kept == true
        if window.stand and window.stand == stand:
            counts["recorded"] += 1
            counts["recorded false"] += bool(before) and said not in (before, true)
        stand = window.stand
    return counts


def _stood(places: Places, fold: Fold, grid: Grid, tag: PlaceTag, hearing: Hearing | None) -> Counter[str]:
    """At each stand: its scans again and again, in random order; every switch is a false one."""
    counts: Counter[str] = Counter()
    for scans in fold.stands:
        place = (scans[len(scans) // 2].x, scans[len(scans) // 2].y)
        true = grid.zone(*place)
        chance = random.Random(f"{fold.name}/{place}")
        drawn = [chance.choice(scans) for _ in range(SETTLE + STAND_WINDOWS)]
        if hearing:
            drawn = [hearing.window(scans, scan, chance) for scan in drawn]
        said = tag.walk(drawn)
        now = [_loudest(places, grid, window) for window in drawn]
        kept = list(accumulate(now, lambda before, loud: loud or before))
        counts["stood"] += STAND_WINDOWS
        counts["stood right"] += said[SETTLE:].count(true)
        counts["stood unknown"] += said[SETTLE:].count(0)
        counts["stood silent"] += sum(not window.heard for window in drawn[SETTLE:])
        counts["stood switches"] += _changes(said[SETTLE - 1 :])
        counts["stood now"] += now[SETTLE:].count(true)
        counts["stood strongest"] += _changes(kept[SETTLE - 1 :])
    return counts


def _changes(values: list[int]) -> int:
    return sum(a != b for a, b in pairwise(values))


def _loudest(places: Places, grid: Grid, window: Window) -> int:
    """The zone of the beacon that is the strongest now; 0: none is heard."""
    if not window.heard:
        return 0
    return grid.zone(*places.beacons[max(window.heard, key=lambda b: _median(window.heard[b]))])


def _median(values: list[int]) -> float:
    ordered = sorted(values)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


@dataclass(frozen=True)
class PlaceFigures:
    """Of all grids together; shares 0 to 1, None of nothing."""

    places: Places
    size_m: float
    counts: Counter[str]
    by_grid: list[float]

    def share(self, what: str, of: str = "windows") -> float | None:
        """One count as a share of another."""
        return self.counts[what] / self.counts[of] if self.counts[of] else None

    def a_minute(self, what: str, of: str = "windows") -> float | None:
        """One count a minute of windows."""
        share = self.share(what, of)
        return None if share is None else share * 60 / SCAN_S

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "name": self.places.name,
            "kind": self.places.kind,
            "size_m": self.size_m,
            "folds": [fold.name for fold in self.places.folds],
            "windows": self.counts["windows"],
            "accuracy": self.share("right"),
            "accuracy_by_grid": self.by_grid,
            "strongest_now": self.share("strongest"),
            "strongest_kept_while_silent": self.share("kept"),
            "unknown": self.share("unknown"),
            "silent_windows": self.share("silent"),
            "switches_a_minute": self.a_minute("switches"),
            "false_switches_a_minute_standing_recorded": self.a_minute("recorded false", "recorded"),
            "false_switches_a_minute_standing_resampled": self.a_minute("stood switches", "stood"),
            "standing_resampled": {
                "accuracy": self.share("stood right", "stood"),
                "strongest_now": self.share("stood now", "stood"),
                "unknown": self.share("stood unknown", "stood"),
                "silent_windows": self.share("stood silent", "stood"),
            },
            "strongest_now_switches_a_minute_standing_resampled": self.a_minute("stood strongest", "stood"),
        }


def evaluate(
    places: Places,
    size_m: float,
    *,
    numbers: Numbers | None = None,
    hearing: Hearing | None = None,
    interpreter: str = "mp64",
    jobs: int | None = None,
    on_grid: Callable[[], None] = lambda: None,
) -> PlaceFigures:
    """All grids, on real MicroPython or CPython; `jobs` processes at once, None: one a processor.

    `hearing` thins whole scans; a track was thinned when it was read.
    """
    if not 1 <= size_m <= 100:
        raise DavyError(f"zones of {size_m:g} m: 1 to 100 can be judged")
    shifts = [(i / SHIFTS, j / SHIFTS) for i in range(SHIFTS) for j in range(SHIFTS)]
    total: Counter[str] = Counter()
    by_grid = []
    with ThreadPoolExecutor(jobs or os.cpu_count()) as pool:
        waiting = [
            pool.submit(one_grid, places, size_m, shift, numbers or Numbers(), interpreter, hearing) for shift in shifts
        ]
        for done in waiting:
            counts = done.result()
            total += counts
            by_grid.append(counts["right"] / max(1, counts["windows"]))
            on_grid()
    return PlaceFigures(places, size_m, total, by_grid)
