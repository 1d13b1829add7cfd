"""A site survey with a tag on duty: at each place that a person names it says which beacons it hears, and how LoRaWAN gets through.

The tag uses its own radios, windows and parser (tag/console/survey.py), so that what is measured is what it will hear. Two files:
of beacons the rows that `davy site sign --survey` takes, with what the beacon says of itself beside; of LoRaWAN a row for each
place, also where nobody answered.
"""

import csv
import io
import os
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from davy.console import Sighting
from davy.csvrows import Row, rows
from davy.errors import DavyError, plain
from davy.site.model import SILENCE, SiteMap

HEAD = ("x", "y", "beacon", "dbm", "kind", "id")
MOST_M = 3200  # from the map's origin
ANSWERED = "answered"


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


LINK_HEAD = tuple(field.name for field in fields(Link))


def lost_of(said: dict[str, Any], seconds: int, n: int, strangers: bool) -> int:
    """How many sightings were lost, of what a tag says when `n` have come. Raises DavyError where that makes no sense, where it has
    not listened, and where too many are lost for silence: when all that came are `strangers`."""
    numbers: list[Any] = [said.get(name) for name in ("seen", "lost", "listened_ms")]
    if not all(type(number) is int and 0 <= number < 1 << 30 for number in numbers):
        raise DavyError("the tag says nothing of beacons that davy understands: nothing of this place is kept")
    seen, lost, listened_ms = numbers
    if 3 * listened_ms < 2000 * seconds:
        text = f"its Bluetooth radio has listened for {listened_ms / 1000:.1f} s of {seconds}"
        raise DavyError(f"{text}: nothing of this place is kept")
    lost += max(0, seen - n)
    if strangers and 10 * lost > n + lost:
        text = f"no beacon of the map, but {lost} sightings of {n + lost} are lost"
        raise DavyError(f"{text}: that is no silence, nothing of this place is kept")
    return lost


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
        raise DavyError(f"'{plain(text, 40)}' is no place: type x and y in metres, as 12.5 3") from None
    if not abs(x) <= MOST_M or not abs(y) <= MOST_M:
        raise DavyError(f"{x:g} {y:g}: within {MOST_M} m of the map's origin, please")
    return x, y


def keep_heard(path: Path, x: float, y: float, heard: Sequence[Heard]) -> None:
    """Add what was heard of the map's own beacons at a place to a file, at once: a survey is walked once. Silence is kept too."""
    _append(path, HEAD, [astuple(one) for one in heard if one.beacon] or [(x, y, SILENCE, "", "", "")])


def can_add(path: Path, head: Sequence[str]) -> None:
    """Raises DavyError where rows with such columns cannot be added to a file."""
    if not os.access(path if path.exists() else path.absolute().parent, os.W_OK):
        raise DavyError(f"{path}: cannot be written")
    if not path.exists():
        return
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            found = next(csv.reader(file), [])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DavyError(f"{path}: cannot be read as CSV: {error}") from error
    if found and found != list(head):
        raise DavyError(f"{path}: has columns {plain(', '.join(found), 60)}, not {', '.join(head)}: name a new file")


def keep_link(path: Path, link: Link) -> None:
    """Add a place to a file."""
    _append(path, LINK_HEAD, [astuple(link)])


def _append(path: Path, head: Sequence[str], new: Iterable[Sequence[object]]) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    try:
        if not path.exists() or not path.stat().st_size:
            writer.writerow(head)
        elif not path.read_bytes().endswith(b"\n"):  # somebody's editor has left it out
            out.write("\n")
        writer.writerows(new)
        with path.open("a", encoding="utf-8") as file:
            file.write(out.getvalue())
    except OSError as error:
        raise DavyError(f"{path}: cannot be written: {error.strerror}") from error


def read_heard(path: Path) -> list[Heard]:
    """A file of sightings, to draw it again."""
    found = []
    for row in rows(path, HEAD):
        x, y = _where(row)
        if row["beacon"] == SILENCE:
            found.append(Heard(x, y, "", 0, 0, ""))
            continue
        dbm = row.number("dbm")
        if not -127 <= dbm <= 20:
            raise DavyError(f"{row.where}: dbm is missing, or no strength of -127 to 20 dBm")
        found.append(Heard(x, y, row["beacon"], round(dbm), 0, row["id"]))
    return found


def read_links(path: Path) -> list[Link]:
    """A file of LoRaWAN, to draw it again."""
    found = []
    for row in rows(path, LINK_HEAD):
        numbers = [None if (value := row.number(name)) != value else round(value) for name in LINK_HEAD[3:]]
        if None in numbers[: 6 if row["answer"] == ANSWERED else 2]:
            raise DavyError(f"{row.where}: a number is missing")
        found.append(Link(*_where(row), row["answer"], *numbers))  # type: ignore[arg-type]
    return found


def _where(row: Row) -> tuple[float, float]:
    x, y = row.number("x"), row.number("y")
    if not abs(x) <= MOST_M or not abs(y) <= MOST_M:
        raise DavyError(f"{row.where}: x or y is missing, or farther than {MOST_M} m from the map's origin")
    return x, y
