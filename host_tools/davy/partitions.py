"""The partition table of an ESP32's flash, as in ESP-IDF's documentation: at 0x8000, an entry of 32 bytes each.

magic 0x50AA | type u8 | subtype u8 | offset u32 | size u32 | name 16 | flags u32
"""

import struct
from dataclasses import dataclass

TABLE_AT = 0x8000  # unless a team has moved it
TABLE_B = 0xC00
_ENTRY = struct.Struct("<HBBII16sI")
_MAGIC = 0x50AA
_DATA = 1
_FILE_SYSTEMS = (0x81, 0x83)  # subtypes fat, which MicroPython's littlefs is called too, and littlefs


@dataclass(frozen=True)
class Partition:
    """A piece of the flash."""

    name: str
    offset: int
    size: int
    file_system: bool

    @property
    def end(self) -> int:
        """Where the next one may begin."""
        return self.offset + self.size


def table(data: bytes, at: int = TABLE_AT) -> list[Partition]:
    """The partitions that a table at `at` names; none when there is no table."""
    found = []
    for place in range(at, min(at + TABLE_B, len(data) - _ENTRY.size + 1), _ENTRY.size):
        magic, kind, subtype, offset, size, name, _ = _ENTRY.unpack_from(data, place)
        if magic != _MAGIC:
            break
        is_files = kind == _DATA and subtype in _FILE_SYSTEMS
        found.append(Partition(name.rstrip(b"\0").decode("ascii", "replace"), offset, size, is_files))
    return found
