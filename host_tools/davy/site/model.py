"""A site's map on this computer: zones, beacons, spots, and how loud each beacon is at each spot."""

from collections.abc import Mapping
from dataclasses import dataclass, field

PART, VEHICLE = 0, 1
SILENCE = "-"  # in a survey: the place where no beacon of the map was heard
FLOOR_DBM = -100  # as good as not heard


@dataclass(frozen=True)
class Zone:
    """A part of the site, or a vehicle. `areas` are rectangles (x0, y0, x1, y1) in metres; `names` by language."""

    name: str
    names: Mapping[str, str] = field(default_factory=dict)
    level: int = 0
    sort: int = PART
    areas: tuple[tuple[float, float, float, float], ...] = ()


@dataclass(frozen=True)
class Beacon:
    """What it says of itself (`kind` as in tag/place/adverts.py), in which zone it is (a number, 0: none), and where, in metres."""

    name: str
    kind: int
    ident: bytes
    zone: int
    x: float | None = None
    y: float | None = None
    power_dbm: int | None = None  # at 1 m


@dataclass(frozen=True)
class Spot:
    """A point of a zone (a number from 1), in metres, and how loud each beacon is expected there, dBm."""

    zone: int
    x: float
    y: float
    dbm: tuple[float, ...]


@dataclass(frozen=True)
class SiteMap:
    """All of it; zones are numbered from 1 in their order. `heights`: level, metres; none: tags do not compare air pressures."""

    name: str
    number: int
    version: int
    zones: tuple[Zone, ...]
    beacons: tuple[Beacon, ...]
    spots: tuple[Spot, ...]
    heights: tuple[tuple[int, int], ...] = ()

    @property
    def ident(self) -> int:
        """As tags and records name it."""
        return self.number << 8 | self.version
