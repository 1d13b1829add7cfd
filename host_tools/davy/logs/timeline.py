"""When each record was made: a tag's clock runs from its start, and now and then a record says what time that is.

Ticks wrap at 2^30 ms: within a start (`boot`) each record's ticks go on from those before, forwards or back, the shorter way.
A TIME record anchors its start; a record is told by the last anchor before it in its start, else by the first one after it. A
start without one has no time.
"""

from bisect import bisect_right
from collections.abc import Sequence

from davy.codecs.said import EPOCH, TICKS

from tag import events  # isort: skip

EPOCH_MS = int(EPOCH.timestamp()) * 1000
_HALF = TICKS // 2


def times(records: Sequence[bytes]) -> list[int | None]:
    """Milliseconds since 1970 (UTC) of each record, in the order of the records; None: not known."""
    ticks: list[int] = []
    boots: list[int] = []
    anchors: dict[int, list[tuple[int, int]]] = {}  # boot -> (ticks, what to add to ticks), ascending
    boot, last = -1, 0
    from_bytes = int.from_bytes
    for record in records:
        t_ms = from_bytes(record[7:11], "little")
        own = record[5] | record[6] << 8
        if own == boot:
            t_ms = last + (t_ms - last + _HALF) % TICKS - _HALF
        boot, last = own, t_ms
        ticks.append(t_ms)
        boots.append(own)
        if record[0] == events.TIME and len(record) >= 17:
            epoch_s = from_bytes(record[11:15], "little")
            if epoch_s:
                at_ms = EPOCH_MS + epoch_s * 1000 + from_bytes(record[15:17], "little")
                anchors.setdefault(own, []).append((t_ms, at_ms - t_ms))
    known = {own: ([t for t, _ in sorted(rows)], [add for _, add in sorted(rows)]) for own, rows in anchors.items()}
    found: list[int | None] = []
    boot, starts, adds = -1, [], []
    for own, t_ms in zip(boots, ticks, strict=True):
        if own != boot:
            boot, (starts, adds) = own, known.get(own, ([], []))
        found.append(t_ms + adds[max(bisect_right(starts, t_ms) - 1, 0)] if starts else None)
    return found
