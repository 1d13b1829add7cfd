"""A site's map as a person writes it, TOML, and a survey as `davy site sign --survey` takes it.

    schema = 1              name, number 1..255, version 1..255: as the tag's records name it
    pitch_m = 2.0           how far spots are apart: a quarter of the zones' side is what docs/place.md measures
    [[zone]]                name; areas = [[x0, y0, x1, y1], ...] in metres; level and names = {en = "...", ru = "..."} as wanted;
                            no area of a zone lies over one of another: a spot has no level, so what is heard would fit both
    [[vehicle]]             name; names
    [[level]]               number, as zones have it; height_m, whole, up is positive: of two levels at least, or of none
    [[beacon]]              name; kind and id; zone or vehicle: a name; at = [x, y], in metres (not of vehicles)

    kind        id                                           example
    ibeacon     UUID:major:minor                             "e2c56db5-dffb-48d2-b060-d0f5a71096e0:1:27"
    altbeacon   20 bytes, hexadecimal                        "2f234454cf6d4a0fadf2f4911ba9ffa600010002"
    eddystone   namespace:instance, 10 and 6 bytes           "00010203040506070809:010203040506"
    davy        site:number                                  "1:27"

A survey is a CSV with x, y, beacon (its name in the map), dbm: a line a sighting; `-` for a place where none was heard.
"""

import itertools
import re
import struct
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import davy.roots  # noqa: F401  puts the tag's own code on sys.path
from davy.csvrows import rows
from davy.errors import DavyError, Problem, refuse
from davy.site.learn import Sighting, expected, grid
from davy.site.model import PART, SILENCE, VEHICLE, Beacon, SiteMap, Spot, Zone

from tag.place import adverts  # isort: skip

SCHEMA = 1
_KEYS = {
    "": ("schema", "name", "number", "version", "pitch_m", "zone", "vehicle", "level", "beacon"),
    "zone": ("name", "names", "areas", "level"),
    "vehicle": ("name", "names"),
    "level": ("number", "height_m"),
    "beacon": ("name", "kind", "id", "zone", "vehicle", "at"),
}
_LONGEST_NAME = 40
_DEEPEST_M = 5000
_MOST_LEVELS = 32


def _hex(text: str, *sizes: int) -> bytes:
    parts = text.replace("-", "").split(":")
    if [len(part) for part in parts] != [2 * size for size in sizes] or not re.fullmatch(
        "[0-9a-fA-F]+", "".join(parts)
    ):
        raise ValueError
    return bytes.fromhex("".join(parts))


def _ibeacon(text: str) -> bytes:
    uuid, major, minor = text.split(":")
    return _hex(uuid, 16) + struct.pack(">HH", int(major), int(minor))


def _davy(text: str) -> bytes:
    site, number = text.split(":")
    return struct.pack(">HH", int(site), int(number))


KINDS: dict[str, tuple[int, Callable[[str], bytes], str]] = {
    "ibeacon": (adverts.IBEACON, _ibeacon, "UUID:major:minor"),
    "altbeacon": (adverts.ALTBEACON, lambda text: _hex(text, 20), "20 bytes, hexadecimal"),
    "eddystone": (adverts.EDDYSTONE_UID, lambda text: _hex(text, 10, 6), "namespace:instance, 10 and 6 bytes"),
    "davy": (adverts.DAVY_BEACON, _davy, "site:number"),
}


def check(path: Path) -> list[Problem]:
    """Everything wrong with a map's TOML; an empty list when it may be used."""
    return _Reader(path).problems


def read(path: Path, survey: Path | None = None) -> SiteMap:
    """The map, with spots; `survey` is what was measured there."""
    reader = _Reader(path)
    refuse(reader.problems)
    return reader.site_map(_sightings(survey, reader.beacons) if survey else [])


def _sightings(path: Path, beacons: list[Beacon]) -> list[Sighting]:
    numbers = {beacon.name: n for n, beacon in enumerate(beacons)}
    found = []
    for row in rows(path, ("x", "y", "beacon", "dbm")):
        if row["beacon"] == SILENCE:
            continue
        if row["beacon"] not in numbers:
            raise DavyError(f"{row.where}: beacon: '{row['beacon'][:_LONGEST_NAME]}' is none of the map")
        values = [row.number(name) for name in ("x", "y", "dbm")]
        if any(value != value for value in values) or not -127 <= values[2] <= 20:
            raise DavyError(f"{row.where}: x, y or dbm is missing, or no strength of -127 to 20 dBm")
        found.append(Sighting(values[0], values[1], numbers[row["beacon"]], values[2]))
    return found


class _Reader:
    """One file; `.problems`, and what stands in it when there are none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.zones: list[Zone] = []
        self.beacons: list[Beacon] = []
        self.heights: dict[int, int] = {}
        self._data = self._load()
        if not self.problems:
            self._head()
        if not self.problems:
            self._zones()
        if not self.problems:
            self._levels()
        if not self.problems:
            self._beacons()

    def site_map(self, survey: list[Sighting]) -> SiteMap:
        """Spots over the areas, and what is expected there."""
        data = self._data
        pitch = float(data["pitch_m"])
        spots = grid({n: zone.areas for n, zone in enumerate(self.zones, 1)}, pitch)
        # A vehicle's beacon is expected nowhere: it says nothing of a place.
        places = [None if b.x is None or b.y is None else (b.x, b.y) for b in self.beacons]
        levels = expected(places, [(x, y) for _, x, y in spots], survey, pitch)
        found = tuple(Spot(zone, x, y, row) for (zone, x, y), row in zip(spots, levels, strict=True))
        parts = tuple(self.zones), tuple(self.beacons), found
        return SiteMap(data["name"], data["number"], data["version"], *parts, tuple(sorted(self.heights.items())))

    def _say(self, key: str, text: str) -> None:
        self.problems.append(Problem(self.path, key, text))

    def _load(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self.path.read_bytes().decode("utf-8"))
        except OSError as error:
            self._say("", f"cannot be read: {error.strerror}")
        except UnicodeDecodeError as error:
            self._say("", f"is not UTF-8 text (byte {error.start})")
        except (ValueError, RecursionError) as error:
            self._say("", f"is not TOML: {error}")
        return {}

    def _known(self, where: str, table: Any, kind: str) -> bool:
        if not isinstance(table, dict):
            self._say(where, "is no table")
            return False
        for key in table:
            if key not in _KEYS[kind]:
                self._say(f"{where}.{key}" if where else key, f"unknown key: {', '.join(_KEYS[kind])} are known")
        return True

    def _head(self) -> None:
        data = self._data
        self._known("", data, "")
        if data.get("schema") != SCHEMA:
            self._say("schema", f"is {data.get('schema')}, and this davy knows {SCHEMA}")
        if not isinstance(data.get("name"), str) or not re.fullmatch("[a-z0-9-]{1,16}", data["name"]):
            self._say("name", "has 1 to 16 of a-z, 0-9 and -")
        for key in ("number", "version"):
            if type(data.get(key)) is not int or not 1 <= data[key] <= 255:
                self._say(key, "is no whole number of 1 to 255")
        pitch = data.get("pitch_m")
        if type(pitch) not in (int, float) or not 0.5 <= float(pitch or 0) <= 100:
            self._say("pitch_m", "is no number of 0.5 to 100")

    def _zones(self) -> None:
        names: set[str] = set()
        for kind, sort in (("zone", PART), ("vehicle", VEHICLE)):
            for n, table in enumerate(self._list(kind), 1):
                where = f"{kind}[{n}]"
                if not self._known(where, table, kind):
                    continue
                texts = table.get("names", {})
                if not self._name(where, table, names):
                    continue
                if not isinstance(texts, dict) or not all(_plain(text) for pair in texts.items() for text in pair):
                    self._say(f"{where}.names", "is no table of languages with a text each")
                    continue
                level, areas = table.get("level", 0), table.get("areas", [])
                if type(level) is not int or not -127 <= level <= 127:
                    self._say(f"{where}.level", "is no whole number of -127 to 127")
                elif sort == PART and not (
                    isinstance(areas, list) and areas and all(_rectangle(area) for area in areas)
                ):
                    self._say(
                        f"{where}.areas",
                        "has no rectangles [x0, y0, x1, y1] in metres, x0 < x1, y0 < y1, within 3200 m",
                    )
                else:
                    rectangles = tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in areas)
                    zone = Zone(table["name"], texts, level, sort, rectangles)
                    self._apart(where, zone)
                    self.zones.append(zone)
        if not any(zone.sort == PART for zone in self.zones) and not self.problems:
            self._say("zone", "there is none")

    def _apart(self, where: str, zone: Zone) -> None:
        """Says the first place that another zone has, too; edges may touch."""
        for other in self.zones:
            for one, (x0, y0, x1, y1) in itertools.product(zone.areas, other.areas):
                left, low, right, top = max(one[0], x0), max(one[1], y0), min(one[2], x1), min(one[3], y1)
                if left < right and low < top:
                    self._say(
                        f"{where}.areas",
                        f"{zone.name} lies over {other.name} in [{left:g}, {low:g}, {right:g}, {top:g}]: draw them side by side; "
                        "another level 100 m away or more, with its beacons",
                    )
                    return

    def _levels(self) -> None:
        for n, table in enumerate(self._list("level"), 1):
            where = f"level[{n}]"
            if not self._known(where, table, "level"):
                continue
            number, height = table.get("number"), table.get("height_m")
            if type(number) is not int or not -127 <= number <= 127:
                self._say(f"{where}.number", "is no whole number of -127 to 127")
            elif number in self.heights:
                self._say(f"{where}.number", f"{number} is there already")
            elif type(height) is not int or not -_DEEPEST_M <= height <= _DEEPEST_M:
                self._say(f"{where}.height_m", f"is no whole number of -{_DEEPEST_M} to {_DEEPEST_M}")
            else:
                self.heights[number] = height
        if not self.problems and (len(self.heights) == 1 or len(self.heights) > _MOST_LEVELS):
            self._say("level", f"{len(self.heights)} of them: heights are of 2 levels to {_MOST_LEVELS}, or of none")

    def _beacons(self) -> None:
        names: set[str] = set()
        seen: dict[tuple[int, bytes], str] = {}
        for n, table in enumerate(self._list("beacon"), 1):
            where = f"beacon[{n}]"
            if not self._known(where, table, "beacon") or not self._name(where, table, names):
                continue
            kind = KINDS.get(table.get("kind", ""))
            if not kind:
                self._say(f"{where}.kind", f"is none of {', '.join(KINDS)}")
                continue
            try:
                ident = kind[1](table["id"])
            except (KeyError, ValueError, AttributeError, struct.error):
                self._say(f"{where}.id", f"a beacon of kind {table['kind']} has {kind[2]}")
                continue
            if (kind[0], ident) in seen:
                self._say(f"{where}.id", f"is that of {seen[kind[0], ident]}, too")
            seen[kind[0], ident] = where
            self._place(where, table, kind[0], ident)
        if not self.beacons and not self.problems:
            self._say("beacon", "there is none")

    def _place(self, where: str, table: dict[str, Any], kind: int, ident: bytes) -> None:
        sort, key = (VEHICLE, "vehicle") if "vehicle" in table else (PART, "zone")
        numbers = {zone.name: n for n, zone in enumerate(self.zones, 1) if zone.sort == sort}
        at = table.get("at")
        if table.get(key) not in numbers:
            self._say(f"{where}.{key}", f"is none of {', '.join(numbers) or 'any'}")
        elif sort == VEHICLE and at is not None:
            self._say(f"{where}.at", "a vehicle has no place")
        elif sort == PART and not (isinstance(at, list) and len(at) == 2 and all(type(v) in (int, float) for v in at)):
            self._say(f"{where}.at", "is no place [x, y] in metres")
        else:
            x, y = (None, None) if at is None else (float(at[0]), float(at[1]))
            self.beacons.append(Beacon(table["name"], kind, ident, numbers[table[key]], x, y))

    def _list(self, kind: str) -> list[Any]:
        found = self._data.get(kind, [])
        if isinstance(found, list):
            return found
        self._say(kind, f"is no list: write [[{kind}]]")
        return []

    def _name(self, where: str, table: dict[str, Any], names: set[str]) -> bool:
        name = table.get("name")
        if not _plain(name):
            self._say(f"{where}.name", f"is no text of 1 to {_LONGEST_NAME} letters")
        elif name in names:
            self._say(f"{where}.name", f"{name} is there already")
        elif name == SILENCE:
            self._say(f"{where}.name", f"{SILENCE} is what a survey writes for silence")
        else:
            names.add(str(name))
            return True
        return False


def _plain(text: Any) -> bool:
    return isinstance(text, str) and 1 <= len(text) <= _LONGEST_NAME and text.isprintable()


def _rectangle(area: Any) -> bool:
    if (
        not isinstance(area, list)
        or len(area) != 4
        or not all(type(v) in (int, float) and abs(v) <= 3200 for v in area)
    ):
        return False
    return area[0] < area[2] and area[1] < area[3]
