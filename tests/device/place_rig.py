"""Small site maps for tests: a gallery of zones in a row, 10 m each, a beacon in the middle of each, and a loco."""

import struct

from tag.place.adverts import DAVY_BEACON
from tag.place.site import BEACON, Site, problem_with

STEP_DM = 100


def ident(number):
    """Of a beacon of the rig: site 1."""
    return struct.pack(">HH", 1, number)


def body(zones=4, vehicles=1, spots=2):
    """(zones, beacons, spots, bytes): `zones` in a row, then `vehicles`; spots a zone."""
    out = b""
    for zone in range(zones):
        out += struct.pack("<Bb", 0, -zone)
    out += b"\x01\x00" * vehicles
    n = zones + vehicles
    for b in range(n):
        out += struct.pack("<BBBB20s", DAVY_BEACON, 4, b + 1, 0, ident(b))
    places = []
    for s in range(zones * spots):
        x_dm = STEP_DM * s // spots + STEP_DM // (2 * spots)
        places.append(x_dm)
        out += struct.pack("<BBhh", s // spots + 1, 0, x_dm, 0)
    for x_dm in places:
        out += bytes([expected(x_dm, b) if b < zones else 100 for b in range(n)])
    return n, n, zones * spots, out


def expected(x_dm, beacon):
    """-dBm of a beacon at a place in the gallery: 55 at 1 m, 25 a decade."""
    d_dm = max(10, abs(x_dm - (STEP_DM * beacon + STEP_DM // 2)))
    tenths = 0
    while d_dm > 10:  # 25 log10 without floats: 1.26 is a dB and a tenth of a decade
        d_dm = d_dm * 100 // 126
        tenths += 1
    return min(100, 55 + 5 * tenths // 2)


def site(**rest):
    """Made and found good."""
    zones, beacons, spots, data = body(**rest)
    assert problem_with(zones, beacons, spots, data) == ""
    return Site(0x0101, zones, beacons, spots, data)


assert BEACON == 24
