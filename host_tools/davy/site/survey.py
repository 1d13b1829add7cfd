"""A site survey with a tag on duty: at each place that a person names it says which beacons it hears, and how LoRaWAN gets through.

The tag uses its own radios, windows and parser (tag/console/survey.py), so that what is measured is what it will hear. Two files:
of beacons the rows that `davy site sign --survey` takes, with what the beacon says of itself beside; of LoRaWAN a row for each
place, also where nobody answered.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from davy.console import Sighting
from davy.errors import DavyError, plain
from davy.site.model import SILENCE, SiteMap

HEAD = ("x", "y", "beacon", "dbm", "kind", "id")
ANSWERED = "answered"
NO_ANSWER = "no answer"  # as firmware/tag/console/survey.py says it; of any other reason it was not measured


@dataclass(frozen=True)
class Heard:
    """A sighting at a place; `beacon` "": none of the map."""

    x: float
    y: float
    beacon: str
    dbm: int
    kind: int
    ident: str


@dataclass(frozen=True)
class Link:
    """LoRaWAN at a place: ANSWERED, or why not. `margin_db`: by which the best of so many gateways heard the tag above what this
    spreading factor needs; `rssi_dbm`, `snr_db`: of its answer, here."""

    x: float
    y: float
    answer: str
    sf: int
    dbm: int
    margin_db: int | None = None
    gateways: int | None = None
    rssi_dbm: int | None = None
    snr_db: int | None = None

    def __str__(self) -> str:
        if self.answer != ANSWERED:
            return f"LoRaWAN: {self.answer}"
        gateways = "1 gateway" if self.gateways == 1 else f"{self.gateways} gateways"
        return (
            f"LoRaWAN: heard by {gateways}, {self.margin_db} dB to spare at SF{self.sf}; its answer {self.rssi_dbm} dBm"
        )


def heard_at(site: SiteMap, x: float, y: float, sightings: Iterable[Sighting]) -> list[Heard]:
    """What a tag has heard at a place."""
    known = {(one.kind, one.ident.hex()): one.name for one in site.beacons}
    return [
        Heard(x, y, known.get((kind, ident), ""), dbm, kind, ident)
        for kind, ident, dbm in sightings
        if -127 <= dbm <= 20
    ]


def medians(heard: Iterable[Heard]) -> list[tuple[int, str, int]]:
    """(dBm, beacon, how often) of each beacon of the map, the loudest first."""
    by_name: dict[str, list[int]] = {}
    for one in heard:
        if one.beacon:
            by_name.setdefault(one.beacon, []).append(one.dbm)
    return sorted(((sorted(v)[len(v) // 2], name, len(v)) for name, v in by_name.items()), reverse=True)


def link_at(x: float, y: float, said: Any) -> Link:
    """What a tag says of LoRaWAN there. Raises DavyError where that makes no sense."""
    told: dict[str, Any] = said if isinstance(said, dict) else {}
    numbers: list[Any] = [told.get(name) for name in ("sf", "dbm", "margin_db", "gateways", "rssi_dbm", "snr_db")]
    why = told.get("why")
    good = all(type(n) is int and -1000 < n < 1000 for n in (numbers[:2] if why else numbers))
    if not isinstance(why, str) or not good:
        raise DavyError("the tag says nothing of LoRaWAN that davy understands: nothing of this place is kept")
    return Link(x, y, plain(why, 60) or ANSWERED, *numbers[:2], *([] if why else numbers[2:]))


def place_of(text: str) -> tuple[float, float]:
    """`12.5 3` -> metres; `DavyError` says what is wrong."""
    try:
        x, y = (float(word) for word in text.replace(",", " ").split())
    except ValueError:
        raise DavyError(f"'{text[:40]}' is no place: type x and y in metres, as 12.5 3") from None
    if not abs(x) <= 3200 or not abs(y) <= 3200:
        raise DavyError(f"{x:g} {y:g}: within 3200 m of the map's origin, please")
    return x, y


def keep_heard(path: Path, x: float, y: float, heard: Sequence[Heard]) -> None:
    """Add what was heard of the map's own beacons at a place to a file, at once: a survey is walked once. Silence is kept too."""
    _append(path, HEAD, [astuple(one) for one in heard if one.beacon] or [(x, y, SILENCE, "", "", "")])


def keep_link(path: Path, link: Link) -> None:
    """Add a place to a file."""
    _append(path, tuple(field.name for field in fields(Link)), [astuple(link)])


def _append(path: Path, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    try:
        if not path.exists() or not path.stat().st_size:
            writer.writerow(head)
        writer.writerows(rows)
        with path.open("a", encoding="utf-8") as file:
            file.write(out.getvalue())
    except OSError as error:
        raise DavyError(f"{path}: cannot be written: {error.strerror}") from error


def read_heard(path: Path) -> list[Heard]:
    """A file of sightings, to draw it again."""
    from davy.evaluate.fatigueread import rows as table

    found = []
    for row in table(path, HEAD):
        x, y, dbm = (row.number(name) for name in ("x", "y", "dbm"))
        if row["beacon"] == SILENCE:
            found.append(Heard(x, y, "", 0, 0, ""))
        elif dbm != dbm:
            raise DavyError(f"{row.where}: dbm is missing")
        else:
            found.append(Heard(x, y, row["beacon"], round(dbm), 0, row["id"]))
    return found


def read_links(path: Path) -> list[Link]:
    """A file of LoRaWAN, to draw it again."""
    from davy.evaluate.fatigueread import rows as table

    names = [field.name for field in fields(Link)]
    found = []
    for row in table(path, names):
        numbers = [None if (value := row.number(name)) != value else round(value) for name in names[3:]]
        if None in numbers[: 6 if row["answer"] == ANSWERED else 2]:
            raise DavyError(f"{row.where}: a number is missing")
        found.append(Link(row.number("x"), row.number("y"), row["answer"], *numbers))  # type: ignore[arg-type]
    return found
