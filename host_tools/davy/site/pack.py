"""Site maps as tags read them (firmware/tag/sitefile.py): to bytes, signed, and back.

What follows the heights are the names, for people: UTF-8, lines that end with a line feed, fields with a tab.

    site's languages            en	ru
    each zone, in order         its name in the map, then its name in each language, empty where there is none
    each beacon, in order       its name

They take 4096 bytes at most.
"""

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import davy.roots  # noqa: F401  puts the tag's code on sys.path
from davy.errors import DavyError
from davy.signedcopy import sealed
from davy.site.model import FLOOR_DBM, Beacon, SiteMap, Spot, Zone
from signature import lms

from tag import sitefile  # isort: skip
from tag.place import level as taglevel  # isort: skip
from tag.place import site as tagsite  # isort: skip

MAGIC = b"DVSM"
SCHEMA, SCHEMA_HEIGHTS = 1, 2
_HEAD = struct.Struct("<4sBBBBHHHH16s")


@dataclass(frozen=True)
class SignedMap:
    """What a file says of itself; `leaf` -1: it has no signature."""

    map: SiteMap
    leaf: int


def body_of(one: SiteMap) -> bytes:
    """Zones, beacons, spots and what is expected."""
    out = b"".join(struct.pack("<Bb", zone.sort, zone.level) for zone in one.zones)
    for beacon in one.beacons:
        out += struct.pack("<BBBB20s", beacon.kind, len(beacon.ident), beacon.zone, 0, beacon.ident)
    for spot in one.spots:
        place = [max(-32768, min(32767, round(10 * v))) for v in (spot.x, spot.y)]
        out += struct.pack("<BBhh", spot.zone, 0, *place)
    for spot in one.spots:
        out += bytes(round(-max(FLOOR_DBM, min(0.0, dbm))) for dbm in spot.dbm)
    return out


def heights_of(one: SiteMap) -> bytes:
    """Of levels, the lowest number first."""
    return b"".join(struct.pack("<bh", level, height_m) for level, height_m in sorted(one.heights))


def tag_site(one: SiteMap) -> tagsite.Site:
    """The map as the tag has it; `DavyError` when it would refuse it."""
    _must_fit(one)
    body = body_of(one)
    problem = tagsite.problem_with(len(one.zones), len(one.beacons), len(one.spots), body)
    problem = problem or taglevel.problem_with(heights_of(one))
    if problem:
        raise DavyError(f"{one.name}: the tag would refuse this map: {problem}")
    return tagsite.Site(one.ident, len(one.zones), len(one.beacons), len(one.spots), body, heights_of(one))


def pack(one: SiteMap, public: bytes, sign: Callable[[bytes], bytes]) -> bytes:
    """The bytes of a signed file; the tag's own code has accepted them."""
    tag_site(one)
    names, heights = _names(one), heights_of(one)
    schema = SCHEMA_HEIGHTS if heights else SCHEMA  # tags whose firmware is older know the first only
    counts = (len(one.zones), len(one.beacons), len(one.spots))
    head = _HEAD.pack(MAGIC, schema, *counts, one.ident, lms.size(public), len(names), len(heights), one.name.encode())
    content = head + body_of(one) + heights + names
    return sealed(content, sign, lms.size(public), lambda data: problem_with(data, public))


def problem_with(data: bytes, public: bytes) -> str:
    """What the tag would say of this file; "" when it would accept it."""
    return sitefile.check(io.BytesIO(data), len(data), public)[3]


def parse(data: bytes) -> SignedMap:
    """What stands in a file; who signed it is not checked."""
    problem = problem_with(data, b"")
    if problem not in ("", "not signed by map_key"):
        raise DavyError(f"site map: {problem}")
    _, _, zones, beacons, spots, ident, signed, names, heights, name = _HEAD.unpack_from(data)
    length = tagsite.size_of_body(zones, beacons, spots)
    body = data[_HEAD.size : _HEAD.size + length]
    problem = tagsite.problem_with(zones, beacons, spots, body)
    problem = problem or taglevel.problem_with(data[_HEAD.size + length : _HEAD.size + length + heights])
    if problem:
        raise DavyError(f"site map: {problem}")
    at = _HEAD.size + length
    levels = tuple(struct.iter_unpack("<bh", data[at : at + heights]))
    end = at + heights + names
    lines = data[end - names : end].decode("utf-8", "replace").split("\n")
    leaf = int.from_bytes(data[end : end + 4], "big") if signed >= 4 else -1
    title = name.rstrip(b"\0").decode("utf-8", "replace")
    return SignedMap(_unpacked(title, ident, (zones, beacons, spots), body, lines, levels), leaf)


def any_map(path: Path) -> SiteMap:
    """The map in a TOML file or a signed one."""
    if path.suffix == ".toml":
        from davy.site import source

        return source.read(path)
    try:
        return parse(path.read_bytes()).map
    except OSError as error:
        raise DavyError(f"{path}: cannot be read: {error.strerror}") from error
    except DavyError as error:
        raise DavyError(f"{path}: {error.message}") from error


def _unpacked(
    name: str,
    ident: int,
    counts: tuple[int, int, int],
    body: bytes,
    lines: list[str],
    heights: tuple[tuple[int, int], ...],
) -> SiteMap:
    zones, beacons, spots = counts
    languages = lines[0].split("\t") if lines else []
    lines += [""] * (1 + zones + beacons - len(lines))
    found_zones = []
    for z in range(zones):
        sort, level = struct.unpack_from("<Bb", body, 2 * z)
        texts = lines[1 + z].split("\t")
        names = {lang: text for lang, text in zip(languages, texts[1:], strict=False) if text}
        found_zones.append(Zone(texts[0] or f"zone {z + 1}", names, level, sort))
    at = 2 * zones
    found_beacons = []
    for b in range(beacons):
        kind, size, zone, _, key = struct.unpack_from("<BBBB20s", body, at + tagsite.BEACON * b)
        found_beacons.append(Beacon(lines[1 + zones + b] or f"beacon {b + 1}", kind, key[:size], zone))
    at += tagsite.BEACON * beacons
    found_spots = []
    rows = at + tagsite.SPOT * spots
    for s in range(spots):
        zone, _, x_dm, y_dm = struct.unpack_from("<BBhh", body, at + tagsite.SPOT * s)
        row = body[rows + beacons * s : rows + beacons * (s + 1)]
        found_spots.append(Spot(zone, x_dm / 10, y_dm / 10, tuple(-float(value) for value in row)))
    parts = tuple(found_zones), tuple(found_beacons), tuple(found_spots)
    return SiteMap(name, ident >> 8, ident & 255, *parts, heights)


def _must_fit(one: SiteMap) -> None:
    """What has no room in the file at all."""
    if len(one.zones) > 255 or len(one.spots) > 255 or len(one.beacons) > tagsite.MOST_BEACONS:
        raise DavyError(
            f"{one.name}: {len(one.zones)} zones, {len(one.spots)} spots, {len(one.beacons)} beacons: a map has 255, 255 and "
            f"{tagsite.MOST_BEACONS} at most"
        )
    if len(one.spots) * len(one.beacons) > tagsite.MOST_EXPECTED:
        raise DavyError(
            f"{one.name}: {len(one.spots)} spots times {len(one.beacons)} beacons are more than {tagsite.MOST_EXPECTED}: a longer "
            "pitch makes fewer spots"
        )
    if not (1 <= one.number <= 255 and 1 <= one.version <= 255):
        raise DavyError(f"{one.name}: number {one.number}, version {one.version}: each is 1 to 255")
    if (size := len(_names(one))) > sitefile.MOST_NAMES:
        raise DavyError(
            f"{one.name}: names take {size} bytes, and a map has {sitefile.MOST_NAMES}: shorten names, or leave out a language"
        )


def _names(one: SiteMap) -> bytes:
    languages = sorted({lang for zone in one.zones for lang in zone.names})
    lines = ["\t".join(languages)]
    lines += ["\t".join([zone.name, *(zone.names.get(lang, "") for lang in languages)]) for zone in one.zones]
    lines += [beacon.name for beacon in one.beacons]
    return "\n".join(lines).encode()
