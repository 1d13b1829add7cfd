"""A survey as a picture: an SVG of the site's zones and beacons, and at each place what was heard there.

The dot is the loudest beacon's median, the ring around it LoRaWAN's margin. Dark is weak, bright is strong; red is silence; grey
was not measured. Beside each place stand the two numbers, where they fit.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from davy.errors import DavyError, plain
from davy.site.model import PART, SiteMap
from davy.site.survey import ANSWERED, Heard, Link, medians

from tag.console.kinds import NO_ANSWER  # isort: skip

_WIDTH = 900
_EDGE = 30
_RIGHT = 90  # room for the last numbers
_MARK_PX = 29
_SMALLEST = 0.35
_LETTER_PX = 5.8  # of the numbers
_LONGEST = 4000  # letters of a title
_LEGEND = 60
_RAMP = ((68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37))  # viridis
_BEACON_DBM = (-100, -50)
_MARGIN_DB = (0, 20)
_NONE = "#d7191c"
_UNKNOWN = "#9aa3ab"
_STYLE = 'xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="12"'

Point = tuple[float, float]


@dataclass(frozen=True)
class Here:
    """What was measured at a place; nothing of a kind: not measured."""

    heard: list[Heard]
    links: list[Link]


def drawing(site: SiteMap, heard: Sequence[Heard] = (), links: Sequence[Link] = ()) -> str:
    """The picture of a map's TOML. Raises DavyError where there is nothing to draw on."""
    areas = [(zone.name, area) for zone in site.zones if zone.sort == PART for area in zone.areas]
    places = list(dict.fromkeys((one.x, one.y) for one in [*heard, *links]))
    xs = [v for _, (x0, _, x1, _) in areas for v in (x0, x1)] + [x for x, _ in places]
    ys = [v for _, (_, y0, _, y1) in areas for v in (y0, y1)] + [y for _, y in places]
    if not xs:
        raise DavyError(f"{site.name}: has no areas to draw; take the TOML, a signed file has none")
    scale = _WIDTH / max(max(xs) - min(xs), max(ys) - min(ys), 1)

    def at(x: float, y: float) -> tuple[float, float]:
        return round(_EDGE + (x - min(xs)) * scale, 1), round(_EDGE + (max(ys) - y) * scale, 1)

    width, height = max(640.0, at(max(xs), 0)[0] + _RIGHT), at(0, min(ys))[1] + _EDGE
    parts = [
        f'<svg {_STYLE} viewBox="0 0 {width} {height + _LEGEND}">',
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    for name, (x0, y0, x1, y1) in areas:
        left, top = at(x0, y1)
        size = f'width="{(x1 - x0) * scale:.1f}" height="{(y1 - y0) * scale:.1f}"'
        parts.append(f'<rect x="{left}" y="{top}" {size} fill="#f4f6f8" stroke="#5a6570"/>')
        parts.append(f'<text x="{left + 4}" y="{top + 14}">{escape(plain(name))}</text>')
    for beacon in site.beacons:
        if beacon.x is not None and beacon.y is not None:
            x, y = at(beacon.x, beacon.y)
            title = f"<title>{escape(plain(beacon.name))}</title>"
            parts.append(f'<path d="M{x - 5} {y + 4}L{x} {y - 5}L{x + 5} {y + 4}Z">{title}</path>')
    by_place = {place: Here([], []) for place in places}
    for one in heard:
        by_place[one.x, one.y].heard.append(one)
    for link in links:
        by_place[link.x, link.y].links.append(link)
    points = [at(*place) for place in places]
    size = _size(points)
    numbers = []
    for (x, y), here in zip(points, by_place.values(), strict=True):
        marks, text = _place(here, bool(heard), bool(links))
        parts.append(f'<g transform="translate({x} {y}) scale({size})">{marks}</g>')
        numbers.append(text)
    parts += _labels(points, numbers, size)
    return "\n".join([*parts, *_legend(height, bool(heard), bool(links)), "</svg>\n"])


def _size(points: Sequence[Point]) -> float:
    """How large marks are drawn: smaller where most places are close together."""
    near = sorted(min((math.dist(one, other) for other in points if other != one), default=_MARK_PX) for one in points)
    return round(max(_SMALLEST, min(1.0, near[len(near) // 2] / _MARK_PX)), 2) if near else 1.0


def _labels(points: Sequence[Point], texts: Sequence[str], size: float) -> list[str]:
    """The numbers beside their places, right or left; none where they would lie over a mark or over others: the title has them."""
    room = size * _MARK_PX / 2
    boxes = [(x - room, y - room, x + room, y + room) for x, y in points]
    parts = []
    for (x, y), text in zip(points, texts, strict=True):
        wide = _LETTER_PX * len(text)
        for left in (x + room + 1, x - room - 1 - wide):
            box = (left, y - 5, left + wide, y + 5)
            if left > 0 and not any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in boxes):
                boxes.append(box)
                parts.append(f'<text x="{left:.1f}" y="{y + 4:.1f}" font-size="10">{escape(text)}</text>')
                break
    return parts


def _place(here: Here, dots: bool, rings: bool) -> tuple[str, str]:
    """Its marks, around 0 0, and its numbers."""
    said, numbers, marks = [], [], []
    if rings:
        link = here.links[-1] if here.links else None  # who stood there twice has reasons
        said.append(str(link) if link else "LoRaWAN: not measured")
        colour = _NONE if link and link.answer == NO_ANSWER else _UNKNOWN
        if link and link.answer == ANSWERED and link.margin_db is not None:
            colour = _colour(link.margin_db, *_MARGIN_DB)
            numbers.append(f"{link.margin_db} dB")
        marks.append(f'<circle r="11" fill="none" stroke="{colour}" stroke-width="5"/>')
    if dots:
        loudest = medians(here.heard)
        silence = "no beacon of the map" if here.heard else "beacons: not measured"
        said += [f"{name} {dbm} dBm ({n})" for dbm, name, n in loudest] or [silence]
        colour = _colour(loudest[0][0], *_BEACON_DBM) if loudest else "none"
        numbers.append(str(loudest[0][0]) if loudest else "-" if here.heard else "?")
        stroke = "#333" if loudest else f'{_NONE if here.heard else _UNKNOWN}" stroke-width="2'
        marks.append(f'<circle r="6" fill="{colour}" stroke="{stroke}"/>')
    title = f"<title>{escape(plain('; '.join(said), _LONGEST))}</title>"
    return title + "".join(marks), " / ".join(reversed(numbers))


def _colour(value: float, low: float, high: float) -> str:
    share = max(0.0, min(1.0, (value - low) / (high - low))) * (len(_RAMP) - 1)
    i = min(int(share), len(_RAMP) - 2)
    return "#" + "".join(f"{round(a + (b - a) * (share - i)):02x}" for a, b in zip(_RAMP[i], _RAMP[i + 1], strict=True))


def _legend(top: float, dots: bool, rings: bool) -> list[str]:
    rows = []
    if dots:
        rows.append(("dot: loudest beacon, dBm", _BEACON_DBM, "silence: a red circle"))
    if rings:
        rows.append(("ring: LoRaWAN, dB to spare", _MARGIN_DB, "no answer: red; not measured: grey"))
    parts = []
    for number, (name, (low, high), rest) in enumerate(rows):
        y = top + 24 * number
        parts.append(f'<text x="{_EDGE}" y="{y + 12}">{name}</text>')
        for step in range(20):
            colour = _colour(step, 0, 19)
            parts.append(f'<rect x="{240 + 8 * step}" y="{y}" width="8" height="14" fill="{colour}"/>')
        parts.append(f'<text x="234" y="{y + 12}" text-anchor="end">{low}</text>')
        parts.append(f'<text x="406" y="{y + 12}">{high}   {rest}</text>')
    return parts
