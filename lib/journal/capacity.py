"""How large a journal may be on its partition, and how much fits into it: the same sums on the tag and in `davy boards`.

The partition is divided into 32 segments at most, because littlefs looks names up one after the other: larger partitions have
larger segments. A reserve stays free for settings, limit profile, calibration, cursors, and an update of the firmware's files.
"""

import os

from journal.frame import OVERHEAD
from journal.segment import HEAD
from journal.writer import BLOCK, usable
from micropython import const

SEGMENTS = const(32)
RESERVE = const(393216)  # bytes: the compiled firmware is 355 000
SLOTS_RESERVE = const(917504)  # where the firmware lies in two bundles: both, and _SPARE
_SPARE = const(65536)  # bytes left to other files that have outgrown the reserve
_FLUSH = const(1280)  # bytes: a segment ends when the next flush would not fit


def plan(partition: int, others: int = 0, reserve: int = RESERVE) -> tuple:
    """(bytes of a segment, segments) for a partition of so many bytes, `others` of which other files use."""
    room = partition - max(reserve, others + _SPARE)
    segment = max(room // SEGMENTS // BLOCK, 2) * BLOCK
    return segment, min(max(room // segment, 2), SEGMENTS)


def records(segment_bytes: int, segments: int, record: int) -> int:
    """Records of so many bytes that a full journal holds at least: one segment may be nearly empty."""
    return (segments - 1) * ((usable(segment_bytes) - HEAD - _FLUSH) // (record + OVERHEAD))


def of_partition(path: str, own: int, reserve: int) -> tuple:
    """`plan` for the partition of a folder whose journal has `own` bytes. Raises OSError."""
    found = os.statvfs(path)
    total = found[1] * found[2]
    return plan(total, total - found[1] * found[3] - own, reserve)
