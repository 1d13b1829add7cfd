"""Who is in which zone, and since when: from the records that a gateway holds.

Each tag's place is that of its newest PLACE record, if it was written since the tag last started; a tag that has started anew does
not know its place until it says one. A tag that was not heard for `STALE_S` is stale: what it said last is the last that is known.
So is one that was heard in the future: some clock was wrong, and nobody knows when that was.

A tag's newest records may be here before older ones (an alarm goes first): `missing` says how many of those after its PLACE are not
here yet. Another place may be among them.

Records may come late. A tag's ticks tell when a record was written: within one start of a tag, the record that took the least time
to arrive says how the ticks and the gateway's clock go together, and so "since" is too late by that least time at most.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from davy.errors import DavyError
from tag import events, names

STALE_S = 180.0  # three heartbeats
_AHEAD_S = 60.0  # clocks of gateway and reader may differ
_TURN_MS = 1 << 30
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

    def as_dict(self, zones: Mapping[int, str]) -> dict[str, Any]:
        """For JSON."""
        return {**vars(self), "zone_name": zones.get(self.zone, ""), "known": bool(self.zone) and not self.stale}


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
    return [
        _person(tag, sorted(said, key=lambda one: one["seq"]), now_s, stale_s) for tag, said in sorted(by_tag.items())
    ]


def _person(tag: str, said: list[Mapping[str, Any]], now_s: float, stale_s: float) -> Person:
    heard_s = max(one["at_s"] for one in said)
    latest = [one for one in said if one["boot"] == said[-1]["boot"]]
    ticks = _unrolled(latest)
    offset_s = min(one["at_s"] - t_ms / 1000 for one, t_ms in zip(latest, ticks, strict=True))
    place, since_s, why, alarm = None, None, "not said since its start", ""
    for one, t_ms in zip(latest, ticks, strict=True):
        if one["kind"] == "place":
            if place is None or _number(one["fields"].get("zone")) != _number(place["fields"].get("zone")):
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
        _missing(place, latest),
    )


def _missing(place: Mapping[str, Any] | None, latest: list[Mapping[str, Any]]) -> int:
    """Numbers of records after the place that are not here, though later ones are."""
    if place is None:
        return 0
    later = {one["seq"] for one in latest if one["seq"] > place["seq"]}
    return max(later, default=place["seq"]) - place["seq"] - len(later)


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _unrolled(said: list[Mapping[str, Any]]) -> list[int]:
    """Ticks of one start in the order of its records, without the wrap at 2^30 ms."""
    turns, last, found = 0, 0, []
    for one in said:
        if one["t_ms"] < last - _TURN_MS // 2:
            turns += 1
        last = one["t_ms"]
        found.append(turns * _TURN_MS + last)
    return found
