"""A site survey over the serial port: at each place that a person names, the stopped tag listens, and what it heard is kept.

The tag uses its own radio, window and parser (tag/hal/ble.py, tag/place/adverts.py), so that what is measured is what it will
hear. The rows are those that `davy site sign --survey` takes, with what the beacon says of itself beside.
"""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Protocol

from davy.errors import DavyError
from davy.logs.questions import PATIENT
from davy.site.model import PART, SiteMap
from davy.tagport import Line

HEAD = ("x", "y", "beacon", "dbm", "kind", "id")
LISTEN_S = 5.0
_WINDOW_MS = 500
LISTEN = """
import time
from binascii import hexlify
from tag.hal.ble import Ble
from tag.place.adverts import Advert, DAVY_TAG
now = time.ticks_ms
a = Advert()
b = Ble(now())
for _ in range(%d):
    b.begin(%d, now())
    while not b.step(now()):
        time.sleep_ms(20)
        while b.take(a):
            if a.size and a.kind != DAVY_TAG:
                print('{"kind":%%d,"id":"%%s","dbm":%%d}' %% (a.kind, hexlify(a.ident[:a.size]).decode(), b.dbm))
print('{"lost":%%d,"heard":%%d}' %% (b.lost, b.heard))
b.close()
"""


class Asks(Protocol):
    """A tag's port, as `davy.tagport.TagPort`."""

    def ask(self, code: str, on_line: Callable[[Line], None] = ..., most_s: float = ...) -> list[Line]:
        """Run code; the lines that it printed."""
        ...


@dataclass(frozen=True)
class Heard:
    """A sighting at a place; `beacon` "": none of the map."""

    x: float
    y: float
    beacon: str
    dbm: int
    kind: int
    ident: str


def listen(port: Asks, site: SiteMap, x: float, y: float, seconds: float = LISTEN_S) -> list[Heard]:
    """What the tag hears at a place."""
    known = {(one.kind, one.ident.hex()): one.name for one in site.beacons}
    windows = max(1, round(1000 * seconds / _WINDOW_MS))
    found, ended = [], False
    for line in port.ask(PATIENT + LISTEN % (windows, _WINDOW_MS), most_s=2 * seconds + 20):
        ended = ended or "lost" in line
        kind, ident, dbm = line.get("kind"), line.get("id"), line.get("dbm")
        if isinstance(kind, int) and isinstance(ident, str) and isinstance(dbm, int) and -127 <= dbm <= 20:
            found.append(Heard(x, y, known.get((kind, ident), ""), dbm, kind, ident))
    if not ended:
        raise DavyError("the tag stopped listening before the end: nothing of this place is kept")
    return found


def place_of(text: str) -> tuple[float, float]:
    """`12.5 3` -> metres; `DavyError` says what is wrong."""
    try:
        x, y = (float(word) for word in text.replace(",", " ").split())
    except ValueError:
        raise DavyError(f"'{text[:40]}' is no place: type x and y in metres, as 12.5 3") from None
    if not abs(x) <= 3200 or not abs(y) <= 3200:
        raise DavyError(f"{x:g} {y:g}: within 3200 m of the map's origin, please")
    return x, y


def rows(heard: Iterable[Heard]) -> str:
    """As lines of a CSV, without its head; only the map's own beacons."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for one in heard:
        if one.beacon:
            writer.writerow((one.x, one.y, one.beacon, one.dbm, one.kind, one.ident))
    return out.getvalue()


def append(path: Path, heard: Sequence[Heard]) -> None:
    """Keep them at once: a survey is walked once."""
    try:
        new = not path.exists() or not path.stat().st_size
        with path.open("a", encoding="utf-8") as file:
            file.write((",".join(HEAD) + "\n" if new else "") + rows(heard))
    except OSError as error:
        raise DavyError(f"{path}: cannot be written: {error.strerror}") from error


def drawing(site: SiteMap, heard: Sequence[Heard]) -> str:
    """An SVG: zones, beacons, and at each place the loudest beacon's strength as colour, red -50 to blue -100 dBm; hollow: none."""
    areas = [(zone.name, area) for zone in site.zones if zone.sort == PART for area in zone.areas]
    xs = [v for _, (x0, _, x1, _) in areas for v in (x0, x1)] + [one.x for one in heard]
    ys = [v for _, (_, y0, _, y1) in areas for v in (y0, y1)] + [one.y for one in heard]
    if not xs:
        raise DavyError(f"{site.name}: has no areas to draw; take the TOML, a signed file has none")
    scale = 900 / max(max(xs) - min(xs), max(ys) - min(ys), 1)

    def at(x: float, y: float) -> tuple[float, float]:
        return round(30 + (x - min(xs)) * scale, 1), round(30 + (max(ys) - y) * scale, 1)

    width, height = at(max(xs), min(ys))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width + 30} {height + 30}" font-family="sans-serif" font-size="12">'
    ]
    for name, (x0, y0, x1, y1) in areas:
        left, top = at(x0, y1)
        size = f'width="{(x1 - x0) * scale:.1f}" height="{(y1 - y0) * scale:.1f}"'
        parts.append(f'<rect x="{left}" y="{top}" {size} fill="#f4f6f8" stroke="#5a6570"/>')
        parts.append(f'<text x="{left + 4}" y="{top + 14}">{escape(name)}</text>')
    for beacon in site.beacons:
        if beacon.x is not None and beacon.y is not None:
            x, y = at(beacon.x, beacon.y)
            parts.append(
                f'<path d="M{x - 5} {y + 4}L{x} {y - 5}L{x + 5} {y + 4}Z"><title>{escape(beacon.name)}</title></path>'
            )
    for place in dict.fromkeys((one.x, one.y) for one in heard):
        parts.append(_dot(*at(*place), [one for one in heard if (one.x, one.y) == place and one.beacon]))
    return "\n".join([*parts, "</svg>\n"])


def _dot(x: float, y: float, heard: list[Heard]) -> str:
    if not heard:
        return f'<circle cx="{x}" cy="{y}" r="6" fill="none" stroke="#c00"><title>nothing of the map</title></circle>'
    by_name: dict[str, list[int]] = {}
    for one in heard:
        by_name.setdefault(one.beacon, []).append(one.dbm)
    medians = sorted(((sorted(v)[len(v) // 2], name, len(v)) for name, v in by_name.items()), reverse=True)
    share = max(0.0, min(1.0, (medians[0][0] + 100) / 50))
    text = escape("; ".join(f"{name} {dbm} dBm ({n})" for dbm, name, n in medians))
    return f'<circle cx="{x}" cy="{y}" r="6" fill="hsl({240 * (1 - share):.0f} 80% 50%)"><title>{text}</title></circle>'


def read(path: Path) -> list[Heard]:
    """A survey's file, to draw it again."""
    from davy.evaluate.fatigueread import rows as table

    found = []
    for row in table(path, HEAD):
        dbm = row.number("dbm")
        if dbm != dbm:
            raise DavyError(f"{row.where}: dbm is missing")
        found.append(Heard(row.number("x"), row.number("y"), row["beacon"], round(dbm), 0, row["id"]))
    return found
