"""What a window of the place estimator costs: 24 beacons and 72 spots, 8 beacons heard twice each.

    valgrind --tool=callgrind --smc-check=all micropython bench/place_window.py N      the difference of two runs, by that of N

With MICROPYPATH=firmware:lib. Also prints what an advertisement costs, parse and search: place_window.py N adverts.
"""

import struct
import sys

from tag.place.adverts import IBEACON, Advert
from tag.place.estimate import Estimator
from tag.place.site import Site
from tag.place.zones import Zones

BEACONS, SPOTS, ZONES = 24, 72, 6


def ident(b: int) -> bytes:
    """Of an iBeacon."""
    return bytes(range(16)) + struct.pack(">HH", 1, b)


def site() -> Site:
    """Two metres from spot to spot, 12 in a row."""
    out = bytes(2 * ZONES)
    for b in range(BEACONS):
        out += struct.pack("<BBBB20s", IBEACON, 20, 1, 0, ident(b))
    for s in range(SPOTS):
        out += struct.pack("<BBhh", s % ZONES + 1, 0, s % 12 * 20, s // 12 * 20)
    for s in range(SPOTS):
        out += bytes([60 + (7 * s + 11 * b) % 37 for b in range(BEACONS)])
    return Site(0x0101, ZONES, BEACONS, SPOTS, out)


def main() -> None:
    """Windows, or advertisements."""
    n = int(sys.argv[1])
    one = site()
    estimator = Estimator(one)
    zones = Zones(estimator, 0)
    if sys.argv[2:]:
        advert = Advert()
        frame = bytes.fromhex("02011a1aff4c000215") + ident(20) + b"\xc5"
        for _ in range(n):
            advert.read(frame, 0, len(frame))
            estimator.hear(one.find(advert.kind, advert.ident, advert.size), -70)
        return
    for turn in range(n):
        for b in range(8):
            estimator.hear(b, -60 - b - turn % 3)
            estimator.hear(b, -62 - b)
        zones.window(estimator.close(), 3000 * turn)


main()
