"""What a record says: words for ids, amounts in their units. `davy.js` says the same of the same bytes, to the letter.

    {"kind": "alarm", "seq": 812, "boot": 7, "t_ms": 91234, "urgent": true,
     "alarm": "gas high", "state": "on", "cause": "ch4", "value": 1.53, "unit": "%vol"}

An id that the table has no word for stays a number. A value without a usable quality is None: no number that is none is shown.
A run of readings is one list of {t_ms, value}. What cannot be read keeps its bytes:

    newer    of a kind not in the table (`hex`: all after the header), or longer than known (`more`: the rest)
    cut      its end is missing (`hex`: all after the header)
"""

import struct
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from davy import words  # also puts the tag's own code on the path

import quality  # isort: skip
from codec import fields  # isort: skip
from codec.fields import FieldError, get_u16, get_u32  # isort: skip
from tag import events, schema  # isort: skip
from tag.reporting import records  # isort: skip

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
TICKS = 1 << 30


class Said(NamedTuple):
    """A record that was read: what it says, what is wrong with it, and what of it is newer than this table."""

    record: dict[str, Any]
    wrong: str = ""
    newer: str = ""


def read(data: bytes, cut: str = "") -> Said:
    """Say what a record says; `cut`: why its end is missing. An empty `record`: not even its header is whole. Never raises."""
    if len(data) < records.HEADER:
        return Said({}, cut or f"{len(data)} bytes, a record has at least {records.HEADER}")
    kind = data[0]
    name, lane, types = events.SCHEMA.get(kind, ("unknown", 0, ""))
    said: dict[str, Any] = {"kind": name, "seq": get_u32(data, 1), "boot": get_u16(data, 5), "t_ms": get_u32(data, 7)}
    said["urgent"] = lane == 1
    body = data[records.HEADER :]
    if not types:
        said["kind_id"] = kind
    try:
        values = records.decode(data)[4]
    except FieldError:
        values = None
        cut = cut or "cut short"
    if cut:
        return Said({**said, "hex": body.hex(), "cut": True}, cut)
    if values is None:
        return Said({**said, "hex": body.hex(), "newer": True}, newer=f"kind {kind} is not known: a newer tag")
    rest = _say(said, schema.RECORDS[kind].fields, values)
    if rest:
        return Said({**said, "more": rest.hex()}, f"{len(rest)} bytes left over")
    more = b"" if types[-1] in "sx" else body[fields.size(types) :]
    if more:
        said |= {"more": more.hex(), "newer": True}
        return Said(said, newer=f"{len(more)} bytes more than known: a newer tag")
    return Said(said)


def amount(gas: int, counts: int) -> tuple[float, str]:
    """Counts of a gas as a number and its unit; of a gas that is not known they stay counts."""
    if gas not in events.GASES:
        return counts, "counts"
    _, _, per_unit, unit = events.GASES[gas]
    return counts / per_unit, unit


def word(field: schema.Field, value: int) -> str | int:
    """The name of an id, or the id where there is none."""
    named = schema.NAMED[field.names]
    return named[value] if 0 <= value < len(named) else value


def _say(said: dict[str, Any], row: tuple[schema.Field, ...], values: tuple[Any, ...]) -> bytes:
    """Add what the fields say; returns bytes at the end of packed ones that make no whole one."""
    raw = dict(zip((field.name for field in row), values, strict=True))
    usable = quality.usable(raw.get("quality", quality.OK))
    rest = b""
    for field in row:
        value = raw[field.name]
        field = schema.field_of(field, raw)
        match field.unit:
            case "gas":
                shown, said["unit"] = amount(raw[field.gas], value)
                said[field.name] = shown if usable else None
            case "step":
                del said["first_value"]
                said["readings"] = _run(raw, said["t_ms"], usable)
            case "flag":
                said[field.name] = value != 0
            case "bits":
                said[field.name] = [word(field, bit) for bit in range(32) if value >> bit & 1]
            case "epoch":
                said[field.name] = value
                said["time"] = _time(value, raw.get("epoch_ms", 0)) if value else None
            case _ if field.each:
                said[field.name] = words.unpacked(field.each, value)
                rest = value[len(value) - len(value) % struct.calcsize(f"<{field.each}") :]
            case _:
                said[field.name] = word(field, value) if field.names else value
    return rest


def _run(raw: dict[str, Any], t_ms: int, usable: bool) -> list[dict[str, Any]]:
    """Each reading of a run with the time it was taken at, on the tag's clock."""
    counts = words.run({**raw, "steps": words.unpacked("b", raw["steps"])})
    back_ms = raw["period_s"] * 1000
    return [
        {
            "t_ms": (t_ms - (len(counts) - 1 - i) * back_ms) % TICKS,
            "value": amount(raw["gas"], count)[0] if usable else None,
        }
        for i, count in enumerate(counts)
    ]


def _time(epoch_s: int, epoch_ms: int) -> str:
    at = EPOCH + timedelta(seconds=epoch_s, milliseconds=epoch_ms)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
