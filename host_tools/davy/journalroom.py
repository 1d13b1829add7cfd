"""How long a board remembers: the size of its journal by the same sums the tag makes, and what that is in days.

Each gas of a board has records of its own, so they share the days. Runs are written only while the air is calm: see
`tag/gas/watch.py`.

MicroPython for ESP32 keeps the first 2 MiB of the flash for itself and leaves the rest to the file system
(ports/esp32/partitions-4MiBplus.csv, the table of its standard builds).
"""

from dataclasses import dataclass
from typing import Any

from davy import roots as roots  # puts the tag's own code on the path

from codec import fields  # isort: skip
from journal import capacity  # isort: skip
from tag import events  # isort: skip
from tag.reporting import records  # isort: skip

FIRMWARE_BYTES = 2 << 20
MONTHS_DAYS = 90  # the promise: three months
READING_S = 10  # seconds between two readings of a gas
RUN = 6  # readings in a record of kind READINGS: a minute of them
DAY_S = 86400


@dataclass(frozen=True)
class Room:
    """A journal on a partition, and how many gases are written into it."""

    partition: int  # bytes
    segment_bytes: int
    segments: int
    gases: int = 1

    def records(self, size: int) -> int:
        """Records of so many bytes that are there at least when it is full."""
        return capacity.records(self.segment_bytes, self.segments, size)

    @property
    def reading_days(self) -> float:
        """Days of all gases, a record a reading."""
        return self.records(size_of(events.READING)) * READING_S / DAY_S / self.gases

    @property
    def run_days(self) -> float:
        """Days of all gases, a record for a run of readings, as long as the air is calm."""
        return self.records(size_of(events.READINGS) + RUN - 1) * RUN * READING_S / DAY_S / self.gases

    @property
    def promise(self) -> str:
        """Whether the three months are reached, and how."""
        if self.reading_days >= MONTHS_DAYS:
            return "yes"
        return "as runs" if self.run_days >= MONTHS_DAYS else "no"

    def as_dict(self) -> dict[str, object]:
        """For --json."""
        return {
            "partition_bytes": self.partition,
            "reserve_bytes": capacity.RESERVE,
            "segment_bytes": self.segment_bytes,
            "segments": self.segments,
            "gases": self.gases,
            "reading_days": round(self.reading_days, 1),
            "run_days": round(self.run_days, 1),
            "three_months": self.promise,
        }


def size_of(kind: int) -> int:
    """Bytes of a record without text or bytes at its end."""
    return records.HEADER + fields.size(events.SCHEMA[kind][2])


def of_flash(flash_mb: int, gases: int = 1) -> Room:
    """The journal of a board with so many MiB of flash, frozen firmware and so many gases."""
    partition = (flash_mb << 20) - FIRMWARE_BYTES
    segment_bytes, segments = capacity.plan(partition)
    return Room(partition, segment_bytes, segments, gases)


def of_board(data: dict[str, Any]) -> Room:
    """The journal of a board by its data; without a gas, as with one."""
    return of_flash(data["flash_mb"], max(1, sum(part["role"] == "gas" for part in data["parts"])))
