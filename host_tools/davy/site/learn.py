"""How loud each beacon is at each spot: a law of distance, bent to what a survey has measured.

    expected = power - 10 N log10(distance / 1 m) + own offset of the beacon + what was measured near the spot, beyond that

N = 2.5: with N fitted, places where a beacon is too weak to be heard (and so is missing from the survey) flatten the law. The power
is the mean over the survey; a beacon's offset is shrunk by 20 sightings towards 0; what is beyond is averaged over the survey
with weights exp(-d^2 / 2 L^2), L = 3/4 of the spots' pitch, and shrunk by 6 sightings: where nobody has measured the law stands.
Measurements within the same metre count as 10 at most.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from davy.site.model import FLOOR_DBM

LAW = 25.0  # 10 N
POWER_DBM = -59.0  # at 1 m, without a survey
OWN_N = 20.0
NEAR_N = 6.0
REACH = 0.75  # L, of the pitch
MOST = 10

Point = tuple[float, float]


@dataclass(frozen=True)
class Sighting:
    """A beacon was heard so loud at a place; `beacon` is its place in the list."""

    x: float
    y: float
    beacon: int
    dbm: float


def expected(
    beacons: Sequence[Point | None], spots: Sequence[Point], survey: Sequence[Sighting], pitch: float
) -> list[tuple[float, ...]]:
    """Of each spot, of each beacon, dBm. A beacon without a place is expected where it was measured, and nowhere else."""
    cells = _cells(survey, len(beacons))
    power, own = _law(beacons, cells)
    reach = REACH * pitch
    found = []
    for x, y in spots:
        near = [(math.exp(-((x - cell.x) ** 2 + (y - cell.y) ** 2) / (2 * reach * reach)), cell) for cell in cells]
        near = [(weight, cell) for weight, cell in near if weight > 1e-4]
        row = []
        for b, place in enumerate(beacons):
            base = _level(power + own[b], place, x, y)
            top, below = 0.0, NEAR_N
            for weight, cell in near:
                if cell.n[b]:
                    n = weight * min(cell.n[b], MOST)
                    top += n * (cell.total[b] / cell.n[b] - _level(power + own[b], place, cell.x, cell.y))
                    below += n
            row.append(base + top / below)
        found.append(tuple(row))
    return found


class _Cell:
    """What was measured within a metre."""

    def __init__(self, beacons: int) -> None:
        self.x = self.y = self.count = 0.0
        self.n = [0] * beacons
        self.total = [0.0] * beacons


def _cells(survey: Sequence[Sighting], beacons: int) -> list[_Cell]:
    cells: dict[tuple[int, int], _Cell] = {}
    for one in survey:
        cell = cells.setdefault((round(one.x), round(one.y)), _Cell(beacons))
        cell.x += one.x
        cell.y += one.y
        cell.count += 1
        cell.n[one.beacon] += 1
        cell.total[one.beacon] += one.dbm
    for cell in cells.values():
        cell.x /= cell.count
        cell.y /= cell.count
    return list(cells.values())


def _level(power: float, place: Point | None, x: float, y: float) -> float:
    if place is None:
        return FLOOR_DBM
    return power - LAW * math.log10(max(1.0, math.hypot(x - place[0], y - place[1])))


def _law(beacons: Sequence[Point | None], cells: Sequence[_Cell]) -> tuple[float, list[float]]:
    """The power at 1 m, and each beacon's own offset."""
    sums = [0.0] * len(beacons)
    counts = [0] * len(beacons)
    for b, place in enumerate(beacons):
        if place is None:
            continue
        for cell in cells:
            if cell.n[b]:
                n = min(cell.n[b], MOST)
                sums[b] += n * (cell.total[b] / cell.n[b] - _level(0.0, place, cell.x, cell.y))
                counts[b] += n
    if not sum(counts):
        return POWER_DBM, [0.0] * len(beacons)
    power = sum(sums) / sum(counts)
    return power, [(total - n * power) / (n + OWN_N) for total, n in zip(sums, counts, strict=True)]


def grid(
    areas: Mapping[int, Sequence[tuple[float, float, float, float]]], pitch: float
) -> list[tuple[int, float, float]]:
    """(zone, x, y) of spots about `pitch` apart, in the middle of equal cells of each zone's areas."""
    spots = []
    for zone, rectangles in areas.items():
        for x0, y0, x1, y1 in rectangles:
            nx = max(1, round((x1 - x0) / pitch))
            ny = max(1, round((y1 - y0) / pitch))
            spots += [
                (zone, x0 + (i + 0.5) * (x1 - x0) / nx, y0 + (j + 0.5) * (y1 - y0) / ny)
                for i in range(nx)
                for j in range(ny)
            ]
    return spots
