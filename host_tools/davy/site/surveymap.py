"""A survey as a picture: an SVG of the site's zones and beacons, and at each place what was heard there.

The dot is the loudest beacon's median, the ring around it LoRaWAN's margin. Dark is weak, bright is strong; red is silence; grey
was not measured. Beside each place stand the two numbers.
"""

from collections.abc import Iterable, Sequence
from html import escape

from davy.errors import DavyError
from davy.site.model import PART, SiteMap
from davy.site.survey import ANSWERED, NO_ANSWER, Heard, Link, medians

_WIDTH = 900
_EDGE = 30
_LEGEND = 60
_RAMP = ((68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37))  # viridis
_BEACON_DBM = (-100, -50)
_MARGIN_DB = (0, 20)
_NONE = "#d7191c"
_UNKNOWN = "#9aa3ab"
_STYLE = 'xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="12"'


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

    width, height = max(640.0, at(max(xs), 0)[0] + _EDGE), at(0, min(ys))[1] + _EDGE
    parts = [
        f'<svg {_STYLE} viewBox="0 0 {width} {height + _LEGEND}">',
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    for name, (x0, y0, x1, y1) in areas:
        left, top = at(x0, y1)
        size = f'width="{(x1 - x0) * scale:.1f}" height="{(y1 - y0) * scale:.1f}"'
        parts.append(f'<rect x="{left}" y="{top}" {size} fill="#f4f6f8" stroke="#5a6570"/>')
        parts.append(f'<text x="{left + 4}" y="{top + 14}">{escape(name)}</text>')
    for beacon in site.beacons:
        if beacon.x is not None and beacon.y is not None:
            x, y = at(beacon.x, beacon.y)
            title = f"<title>{escape(beacon.name)}</title>"
            parts.append(f'<path d="M{x - 5} {y + 4}L{x} {y - 5}L{x + 5} {y + 4}Z">{title}</path>')
    for place in places:
        parts.append(
            _place(
                *at(*place),
                [one for one in heard if (one.x, one.y) == place],
                [one for one in links if (one.x, one.y) == place],
                bool(heard),
                bool(links),
            )
        )
    return "\n".join([*parts, *_legend(height, bool(heard), bool(links)), "</svg>\n"])


def _place(x: float, y: float, heard: Iterable[Heard], links: Sequence[Link], dots: bool, rings: bool) -> str:
    said, numbers, marks = [], [], []
    if rings:
        link = links[-1] if links else None  # who stood there twice has reasons
        said.append(str(link) if link else "LoRaWAN: not measured")
        colour = _NONE if link and link.answer == NO_ANSWER else _UNKNOWN
        if link and link.answer == ANSWERED and link.margin_db is not None:
            colour = _colour(link.margin_db, *_MARGIN_DB)
            numbers.append(f"{link.margin_db} dB")
        marks.append(f'<circle r="11" fill="none" stroke="{colour}" stroke-width="5"/>')
    if dots:
        loudest = medians(heard)
        said += [f"{name} {dbm} dBm ({n})" for dbm, name, n in loudest] or ["no beacon of the map"]
        colour = _colour(loudest[0][0], *_BEACON_DBM) if loudest else "none"
        numbers.append(str(loudest[0][0]) if loudest else "-")
        stroke = "#333" if loudest else f'{_NONE}" stroke-width="2'
        marks.append(f'<circle r="6" fill="{colour}" stroke="{stroke}"/>')
    title = f"<title>{escape('; '.join(said))}</title>"
    text = f'<text x="16" y="4" font-size="10">{escape(" / ".join(reversed(numbers)))}</text>'
    return f'<g transform="translate({x} {y})">{title}{"".join(marks)}{text}</g>'


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
