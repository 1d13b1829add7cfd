"""Records as rows of one flat table, the same columns for every journal: what spreadsheets and data tools read.

A record is a row; a run of readings is a row for each of them, with its own time. What a record says is what `davy.codecs.said`
makes of it; since most bodies come again and again, each is decoded once.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from davy.codecs import said

from tag import schema  # isort: skip

MOST_KEPT = 200_000  # bodies remembered
_HEAD = 11
# what every row has, then what `said` adds to fields of the schema
HEADER = {"seq": int, "time": "time", "boot": int, "t_ms": int, "kind": str, "urgent": bool, "chain": str}
_ADDED = {"unit": str, "kind_id": int, "newer": bool, "more": str, "cut": bool, "hex": str}
_DROPPED = ("kind", "seq", "boot", "t_ms", "urgent", "time")

Fields = tuple[tuple[str, Any], ...]


class Row(NamedTuple):
    """One row: `values` are those of the columns after the header that it has."""

    seq: int
    time_ms: int | None  # since 1970, UTC
    boot: int
    t_ms: int
    kind: str
    urgent: bool
    chain: str
    values: Fields


class _Body(NamedTuple):
    """What a record's body says, whatever its header: a run has several parts, each so long before `t_ms`."""

    kind: str
    urgent: bool
    parts: tuple[tuple[int, Fields], ...]


def columns() -> dict[str, Any]:
    """Column -> int, float, bool, str or "time"."""
    found: dict[str, Any] = dict(HEADER)
    for row in schema.RECORDS.values():
        for field in row.fields:
            for one in (field, *(case[2] for case in field.cases)):
                name, kind = ("value", float) if one.name in ("first_value", "steps") else (one.name, _kind(one))
                found[name] = (
                    float if float in (kind, found.get(name)) else str if str in (kind, found.get(name)) else kind
                )
    return {**found, **_ADDED}


def _kind(field: schema.Field) -> Any:
    if field.unit == "gas":
        return float
    if field.unit == "flag":
        return bool
    return str if field.names or field.each or field.name == "text" else int


def rows(records: Sequence[bytes], times: Sequence[int | None], chain: dict[int, str]) -> Iterator[Row]:
    """The rows of records; `times` as `timeline.times` has them, `chain`: what a verifier has said of a number."""
    kept: dict[bytes, _Body] = {}
    from_bytes = int.from_bytes
    for record, time_ms in zip(records, times, strict=True):
        key = record[:1] + record[_HEAD:]
        body = kept.get(key)
        if body is None:
            if len(kept) >= MOST_KEPT:
                kept.clear()
            body = kept[key] = _body(record)
        seq = from_bytes(record[1:5], "little")
        boot = record[5] | record[6] << 8
        t_ms = from_bytes(record[7:11], "little")
        state = chain.get(seq, "ok") if chain else "ok"
        for before_ms, values in body.parts:
            at_ms = None if time_ms is None else time_ms - before_ms
            yield Row(seq, at_ms, boot, (t_ms - before_ms) % said.TICKS, body.kind, body.urgent, state, values)


def _body(record: bytes) -> _Body:
    told = said.read(record[:7] + bytes(4) + record[_HEAD:]).record
    run = told.pop("readings", None)
    fields = tuple((name, _flat(name, value)) for name, value in told.items() if name not in _DROPPED)
    parts = ((0, fields),)
    if run is not None:
        parts = tuple((-one["t_ms"] % said.TICKS, (*fields, ("value", _flat("value", one["value"])))) for one in run)
    return _Body(told["kind"], told["urgent"], parts)


_STRINGS = frozenset(name for name, kind in columns().items() if kind is str)
_FLOATS = frozenset(name for name, kind in columns().items() if kind is float)


def _flat(name: str, value: Any) -> Any:
    """A value of its column's type."""
    if value is None:
        return None
    if name in _STRINGS and not isinstance(value, str):
        if isinstance(value, list) and all(isinstance(one, str | int) for one in value):
            return ", ".join(str(one) for one in value)
        return json.dumps(value, separators=(",", ":")) if isinstance(value, list) else str(value)
    return float(value) if name in _FLOATS else value


def marks(findings: Sequence[Any], wrong: Sequence[int]) -> dict[int, str]:
    """Number -> what the verifier has said of the record, for findings whose kind is in `wrong`."""
    found: dict[int, str] = {}
    for one in findings:
        if one.kind in wrong:
            for seq in range(one.first, min(one.last, one.first + 1_000_000) + 1):
                found.setdefault(seq, one.name)
    return found
