"""The samples that a tag keeps with a fall, a drop or a near miss, put together again: what `docs/records.md` calls *Samples*."""

from collections.abc import Iterable, Sequence

from davy import words  # also puts the tag's own code on the path

from tag import events  # isort: skip

PER_PART = 20
SAMPLE_S = 0.02
WHOLE = 200
BEFORE = 100  # samples before the chunk that holds the hit

Row = tuple[float, int, int, int]  # seconds from the hit's chunk on, x, y, z in milli-g


def gather(records: Iterable[tuple[int, int, Sequence[object]]]) -> dict[tuple[int, int], list[Row]]:
    """(boot, t_ms of the event) -> its samples in order, from (kind, boot, values) of any records; parts may be missing."""
    parts: dict[tuple[int, int], dict[int, list[list[int]]]] = {}
    for kind, boot, values in records:
        if kind == events.SAMPLES:
            found = words.named(kind, values)
            parts.setdefault((boot, found["event_ms"]), {})[found["part"]] = found["mg"]
    return {event: rows_of(of) for event, of in parts.items()}


def csv(rows: Iterable[Row]) -> str:
    """As a recording that `davy replay` reads."""
    lines = [f"{t_s:.2f},{x},{y},{z}" for t_s, x, y, z in rows]
    return "\n".join(["t_s,ax_mg,ay_mg,az_mg", *lines]) + "\n"


def rows_of(parts: dict[int, list[list[int]]]) -> list[Row]:
    """The samples of one event, in order, from number of part -> its samples."""
    rows: list[Row] = []
    for part in sorted(parts):
        for i, (x, y, z) in enumerate(parts[part]):
            rows.append((round((part * PER_PART + i - BEFORE) * SAMPLE_S, 2), x, y, z))
    return rows
