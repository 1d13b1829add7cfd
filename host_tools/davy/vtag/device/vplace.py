"""The tag's place estimator without a board: what windows have heard comes in on standard input, the zones it says go out.

    vplace.py          (started by davy.evaluate.placetag, under MicroPython or CPython)

A line is a JSON object, and is answered by a line:

    {"site": [zones, beacons, spots], "body": hex, "lead_q4": n, "dwell": n, "every_ms": n}     a map, as in its file, and another
                                        wearer on it: answered by null; without "site" on the same map
    {"windows": [[beacon, dbm, beacon, dbm, ...], ...]}      answered by the zone that is said after each of them

At the end of the input the program ends.
"""

import json
import sys
from binascii import unhexlify

from tag.place.estimate import Estimator
from tag.place.site import Site
from tag.place.zones import Zones


def main() -> None:
    """Serve lines until the input ends."""
    site = estimator = zones = None
    t_ms = every_ms = 0
    while True:
        line = sys.stdin.readline()
        if not line:
            return
        said = json.loads(line)
        answer = None
        if "windows" in said:
            answer = []
            for window in said["windows"]:
                t_ms += every_ms
                for i in range(0, len(window), 2):
                    estimator.hear(window[i], window[i + 1])
                zones.window(estimator.close(), t_ms)
                answer.append(zones.zone)
        else:
            if "site" in said:
                site = Site(0x0101, *said["site"], unhexlify(said["body"]))
            estimator = Estimator(site)
            zones = Zones(estimator, 0)
            zones.tune(said["lead_q4"], said["dwell"])
            t_ms, every_ms = 0, said["every_ms"]
        print(json.dumps(answer))


main()
