"""The map of a site: its zones, its beacons, and how loud each beacon is at each spot.

A map is one piece of bytes, as it stands in its file (tag/sitefile.py), and is used where it lies:

    head, 32 bytes      "DVSM" | schema 1 u8 | zones u8 | beacons u8 | spots u8 | ident u16 | signature u16 | names u16 | zero u16 |
                        name 16, UTF-8, filled up with zeros; in schema 2, which has heights, their bytes stand for the zero
    zones, 2 bytes      what it is u8: 0 a part of the site, 1 a vehicle | level i8
    beacons, 24 bytes   kind u8 as in tag/place/adverts.py | bytes of its identity u8 | zone u8, 0: none | zero | identity 20
    spots, 6 bytes      zone u8 | zero | x i16, y i16, dm
    expected            of each spot a row, of each beacon a byte: -dBm; 100: as good as not heard there
    heights, 3 bytes    level i8 | metres i16, by level: tag/place/level.py; 32 at most
    names               texts, for people: host only (davy/sitepack.py)

Zones are numbered from 1; 0 is "unknown". Numbers are little endian. At most 64 beacons, 255 zones and spots, 4096 expected bytes.
"""

import struct
from array import array

from micropython import const
from tag.place.adverts import ID_MAX, NONE

HEAD = const(32)
ZONE = const(2)
BEACON = const(24)
SPOT = const(6)
MOST_BEACONS = const(64)
MOST_EXPECTED = const(4096)
MOST_HEIGHTS = const(96)

PART = const(0)
VEHICLE = const(1)

_HASHED = const(6)
_SLOTS = const(128)  # of the table that finds a beacon: twice as many as there can be


class Site:
    """`ident`, `zones`, `beacons`, `spots`: how many; `expect`: bytes; `x_dm`, `y_dm`, `zone_of` of spots; `vehicle` of
    beacons: the zone that a vehicle is, or 0; `heights`: bytes, of levels."""

    def __init__(self, ident: int, zones: int, beacons: int, spots: int, body, heights=b"") -> None:
        """`body` is what follows the head, found good by `problem_with`."""
        self.ident = ident
        self.heights = heights
        self.zones = zones
        self.beacons = beacons
        self.spots = spots
        self._body = body
        self._beacons_at = ZONE * zones
        at = self._beacons_at + BEACON * beacons
        self.x_dm = array("h", (0,) * spots)
        self.y_dm = array("h", (0,) * spots)
        self.zone_of = bytearray(spots)
        for s in range(spots):
            self.zone_of[s], _, self.x_dm[s], self.y_dm[s] = struct.unpack_from("<BBhh", body, at + SPOT * s)
        at += SPOT * spots
        self.expect = memoryview(body)[at : at + spots * beacons]
        self.vehicle = bytearray(beacons)
        self._table = bytearray(_SLOTS)  # beacon + 1; 0: free
        for b in range(beacons):
            at = self._beacons_at + BEACON * b
            zone = body[at + 2]
            if zone and body[ZONE * (zone - 1)] == VEHICLE:
                self.vehicle[b] = zone
            slot = _slot(body[at], body, at + 4, body[at + 1])
            while self._table[slot]:
                slot = (slot + 1) % _SLOTS
            self._table[slot] = b + 1

    def find(self, kind: int, ident, size: int) -> int:
        """The beacon's number; -1: none of this site. Allocates nothing."""
        slot = _slot(kind, ident, 0, size)
        while self._table[slot]:
            b = self._table[slot] - 1
            at = self._beacons_at + BEACON * b
            if self._body[at] == kind and self._body[at + 1] == size:
                i = 0
                while i < size and self._body[at + 4 + i] == ident[i]:
                    i += 1
                if i == size:
                    return b
            slot = (slot + 1) % _SLOTS
        return -1

    def zone_of_beacon(self, beacon: int) -> int:
        """The zone that a beacon stands in, or the vehicle that it is on; 0: none."""
        return self._body[self._beacons_at + BEACON * beacon + 2]

    def level(self, zone: int) -> int:
        """The level that a zone is on, as the site counts them; 0 of no zone."""
        return (self._body[ZONE * (zone - 1) + 1] ^ 0x80) - 0x80 if zone else 0


def _slot(kind: int, ident, at: int, size: int) -> int:
    """Of the last bytes: those before are the same in most beacons of a site."""
    h = kind
    i = max(0, size - _HASHED)
    while i < size:
        h = (h * 33 ^ ident[at + i]) & 0xFFFFFF  # below 2^24 * 33 < 2^30
        i += 1
    return (h ^ h >> 7 ^ h >> 14) % _SLOTS


def size_of_body(zones: int, beacons: int, spots: int) -> int:
    """Bytes of zones, beacons, spots and what is expected."""
    return ZONE * zones + BEACON * beacons + SPOT * spots + spots * beacons


def problem_with(zones: int, beacons: int, spots: int, body) -> str:
    """What is wrong with a map; "" when it can be used."""
    if not zones or not beacons or beacons > MOST_BEACONS or not spots or spots * beacons > MOST_EXPECTED:
        return "%d zones, %d beacons, %d spots" % (zones, beacons, spots)
    if len(body) != size_of_body(zones, beacons, spots):
        return "its length is wrong"
    for z in range(zones):
        if body[ZONE * z] > VEHICLE:
            return "zone %d is of no known sort" % (z + 1)
    at = ZONE * zones
    seen = set()
    for b in range(beacons):
        row = bytes(body[at : at + BEACON])
        if row[0] == NONE or not 0 < row[1] <= ID_MAX or row[2] > zones or row[3] or any(row[4 + row[1] :]):
            return "beacon %d makes no sense" % b
        if row[:2] + row[4:] in seen:
            return "beacon %d is there twice" % b
        seen.add(row[:2] + row[4:])
        at += BEACON
    for s in range(spots):
        zone = body[at]
        if not 0 < zone <= zones or body[at + 1] or body[ZONE * (zone - 1)] != PART:
            return "spot %d is in no part of the site" % s
        at += SPOT
    return ""
