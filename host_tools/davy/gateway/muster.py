"""Who is in which zone, and since when: from the records that a gateway holds.

Each tag's place is that of its newest PLACE record, if it was written since the tag last started; a tag that has started anew does
not know its place until it says one. A tag that was not heard for `STALE_S` is stale: what it said last is the last that is known.
So is one that was heard in the future: some clock was wrong, and nobody knows when that was.

A tag's newest records may be here before older ones (an alarm goes first): `missing` says how many of those after its PLACE, or
without one since it started, are not here yet. Another place may be among them.

Records may come late. A tag's ticks tell when a record was written: within one start of a tag, the record that took the least time
to arrive says how the ticks and the gateway's clock go together, and so "since" is too late by that least time at most.

A tag whose flash was erased counts from 1 again, and what it said before is of another life. That is seen, and only seen, where the
numbers contradict each other: one that came before names another record, or a later number is of an earlier start.
"""

import json
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from davy.errors import DavyError
from tag import events, names
from ticks import diff

STALE_S = 180.0  # three heartbeats
_AHEAD_S = 60.0  # clocks of gateway and reader may differ
_BOOTS = 1 << 16
_NO_LEVEL = -128
_HINTED = (names.PLACE_WHYS[events.PLACE_BOARDED], names.PLACE_WHYS[events.PLACE_AIR])


@dataclass(frozen=True)
class Person:
    """A tag, as it is known. Times are the gateway's clock; `since_s` None: not known. `zone` 0: unknown. `hint`: the level by
    air pressure, of who is in no zone or on a vehicle; None: there is none."""

    tag: str
    zone: int
    hint: int | None
    since_s: float | None
    heard_s: float
    why: str
    sure: int
    site: int
    alarm: str
    stale: bool
    missing: int

    def as_dict(self, zones: Mapping[tuple[int, int], str]) -> dict[str, Any]:
        """For JSON. `zones`: names by site and zone; without one `zone_name` is null."""
        name = zones.get((self.site, self.zone))
        return {**vars(self), "zone_name": name, "known": bool(self.zone) and not self.stale}


def read(path: Path) -> list[dict[str, Any]]:
    """The records of a gateway's store; a line that was cut off at its end is left out."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DavyError(f"{path}: cannot be read: {error.strerror}") from error
    found = []
    for number, line in enumerate(data[: data.rfind(b"\n") + 1].splitlines(), 1):
        try:
            record = json.loads(line)
            record["tag"], record["seq"] = str(record["tag"]), int(record["seq"])
            record["boot"], record["t_ms"], record["at_s"] = (
                int(record["boot"]),
                int(record["t_ms"]),
                float(record["at_s"]),
            )
            if not isinstance(record["fields"], dict) or not isinstance(record["kind"], str):
                raise TypeError("fields")
        except (ValueError, KeyError, TypeError) as error:
            raise DavyError(f"{path}:{number}: is no record of a gateway: {error}") from error
        found.append(record)
    return found


def muster(records: Iterable[Mapping[str, Any]], now_s: float, stale_s: float = STALE_S) -> list[Person]:
    """Everybody whose tag was ever heard, by tag."""
    by_tag: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        by_tag.setdefault(record["tag"], []).append(record)
    return [_person(tag, said, now_s, stale_s) for tag, said in sorted(by_tag.items())]


def _newest_life(said: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The records since the tag's flash was erased, each once, by number. None from before can come any more once it was."""
    life: list[Mapping[str, Any]] = []
    for one in sorted(said, key=lambda one: one["at_s"]):
        at = bisect_left(life, one["seq"], key=lambda other: other["seq"])
        before, after = life[max(0, at - 1) : at], life[at : at + 1]
        again = bool(after) and after[0]["seq"] == one["seq"]
        if again and (after[0]["boot"], after[0]["t_ms"]) == (one["boot"], one["t_ms"]):
            continue
        if again or any(_starts(a, b) < 0 for a, b in pairwise([*before, one, *after])):
            life, at = [], 0
        life.insert(at, one)
    return life


def _starts(one: Mapping[str, Any], later: Mapping[str, Any]) -> int:
    """How many starts from one record to another; `boot` wraps at 65536."""
    return int((later["boot"] - one["boot"] + _BOOTS // 2) % _BOOTS - _BOOTS // 2)


def _person(tag: str, said: list[Mapping[str, Any]], now_s: float, stale_s: float) -> Person:
    heard_s = max(one["at_s"] for one in said)
    said = _newest_life(said)
    latest = [one for one in said if one["boot"] == said[-1]["boot"]]
    ticks = _unrolled(latest)
    offset_s = min(one["at_s"] - t_ms / 1000 for one, t_ms in zip(latest, ticks, strict=True))
    place, since_s, why, alarm = None, None, "not said since its start", ""
    for one, t_ms in zip(latest, ticks, strict=True):
        if one["kind"] == "place":
            zone = _number(one["fields"].get("zone"))
            # another zone was said before it, perhaps in a record that is not here yet; a hint by air pressure changes none
            came = _number(one["fields"].get("before", zone)) != zone
            if place is None or came or zone != _number(place["fields"].get("zone")):
                since_s, why = offset_s + t_ms / 1000, str(one.get("words", {}).get("why", ""))
            place = one
        elif one["kind"] == "heartbeat":
            alarm = str(one.get("words", {}).get("alarm", ""))
    fields = place["fields"] if place else {}
    latest_why = place.get("words", {}).get("why", "") if place else ""
    level = fields.get("level", _NO_LEVEL)
    hinted = level != _NO_LEVEL and (not _number(fields.get("zone")) or latest_why in _HINTED)
    return Person(
        tag,
        _number(fields.get("zone")),
        level if hinted and isinstance(level, int) else None,
        since_s,
        heard_s,
        why,
        _number(fields.get("sure")),
        _number(fields.get("site")),
        "" if alarm in ("none", "0") else alarm,
        not -_AHEAD_S <= now_s - heard_s <= stale_s,
        _missing(place, said, latest),
    )


def _missing(place: Mapping[str, Any] | None, said: list[Mapping[str, Any]], latest: list[Mapping[str, Any]]) -> int:
    """Numbers of records after the place, or without one of the latest start, that are not here, though later ones are."""
    first = place or latest[0]
    if place is None and first["kind"] != "boot":  # an alarm may have overtaken how the start began, too
        first = said[max(0, len(said) - len(latest) - 1)]
    held = sum(one["seq"] > first["seq"] for one in said)
    return int(said[-1]["seq"] - first["seq"] - held)


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _unrolled(said: list[Mapping[str, Any]]) -> list[int]:
    """Ticks of one start in the order of its records, without the wrap at 2^30 ms; right while neighbours are less than 6.2 days
    apart. One may be a little before its forerunner: it was numbered later than it happened."""
    found: list[int] = []
    for one in said:
        last = found[-1] if found else one["t_ms"]
        found.append(last + diff(one["t_ms"], last))
    return found
