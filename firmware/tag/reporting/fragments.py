"""A record too long for a payload, in 2 to 16 payloads of its own: for links that carry little, as LoRaWAN at low data rates.

    seq u16 (low 16 bits of the record's number) | index << 4 | count - 1 u8 | bytes

Fragments are even: each has ceil(length / count) bytes but the last, which has the rest. So the count alone says where the record
was cut, and the gateway never mixes parts of two tries at different data rates. It puts them together in any order.
"""

from codec.native import copy
from micropython import const

_HEAD = const(3)
_MOST = const(16)


def count(n: int, room: int) -> int:
    """How many payloads of at most `room` bytes a record of `n` bytes takes; 0: it cannot be sent there."""
    room -= _HEAD
    if room <= 0:
        return 0
    parts = (n + room - 1) // room
    return parts if parts <= _MOST else 0


def put(record, start: int, end: int, index: int, parts: int, buf, offset: int) -> int:
    """Write fragment `index` of `parts` of record[start:end] at `offset`; returns the offset after it. Allocates nothing."""
    size = (end - start + parts - 1) // parts
    at = start + index * size
    size = min(size, end - at)
    buf[offset] = record[start + 1]
    buf[offset + 1] = record[start + 2]
    buf[offset + 2] = index << 4 | (parts - 1)
    offset += _HEAD
    copy(record, at, buf, offset, size)
    return offset + size
