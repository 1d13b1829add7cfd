"""One record in several payloads, and together again.

    seq u16 (low 16 bits of the record's number) | index << 4 | count - 1 u8 | bytes

A record too long for a payload at the data rate of the moment goes in 2 to 16 fragments. They are even: each has
`size = ceil(length / count)` bytes but the last, which has the rest. So the count alone says where a record was cut, and parts of
two tries at different data rates never mix: (device, seq, count) names what a fragment belongs to. Parts come in any order, may
be repeated or lost; the tag sends again what was not confirmed.

The same bytes come from `tag.reporting.fragments` on the tag.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

import davy.roots  # noqa: F401  puts the tag's own code on sys.path
from codec.fields import get_u16
from journal.frame import MAX_RECORD, SEQ_AT
from tag.reporting.records import HEADER

IDLE_S = 6 * 3600.0  # numbers come again after 65536 records: 18 h at one a second
PER_DEVICE = 32
DEVICES = 4096


@dataclass(frozen=True)
class Fragment:
    """Part `index` of `count` of the record whose number ends in `seq`."""

    seq: int
    index: int
    count: int
    data: bytes


@dataclass
class _Record:
    heard_s: float
    parts: dict[int, bytes] = field(default_factory=dict)


def read_fragment(payload: bytes) -> tuple[Fragment | None, str]:
    """The fragment in a payload, or None and what is wrong with it."""
    if len(payload) < 4:
        return None, f"{len(payload)} bytes, a fragment has at least 4"
    index, count = payload[2] >> 4, (payload[2] & 15) + 1
    if index >= count:
        return None, f"fragment {index + 1} of {count}"
    return Fragment(get_u16(payload, 0), index, count, bytes(payload[3:])), ""


class Assembler:
    """Puts records together, of many devices. Bounded: what waits longest is given up for what comes, and counted."""

    def __init__(self, idle_s: float = IDLE_S, per_device: int = PER_DEVICE, devices: int = DEVICES) -> None:
        self._idle_s = idle_s
        self._per_device = per_device
        self._devices = devices
        self._waiting: OrderedDict[str, OrderedDict[tuple[int, int], _Record]] = OrderedDict()
        self.given_up = 0  # records of which parts were missing, too old or too many
        self.refused = 0  # fragments that contradict what came before, and records that are none

    def add(self, device: str, part: Fragment, now_s: float) -> bytes | None:
        """Take a fragment; the record, when this was the last that it lacked. Never raises."""
        records = self._waiting.setdefault(device, OrderedDict())
        self._waiting.move_to_end(device)
        key = part.seq, part.count
        self._make_room(records, key, now_s)
        record = records.setdefault(key, _Record(now_s))
        record.heard_s = now_s
        records.move_to_end(key)
        if record.parts.get(part.index, part.data) != part.data:
            self.refused += 1  # either may be the wrong one: the newer counts, and the others must fit it
            record.parts.clear()
        record.parts[part.index] = part.data
        if len(record.parts) < part.count:
            return None
        del records[key]
        whole = b"".join(record.parts[i] for i in range(part.count))
        if _even(record.parts, len(whole)) and _is_record(whole, part.seq):
            return whole
        self.refused += 1
        return None

    def waiting(self) -> int:
        """Records that lack parts."""
        return sum(len(records) for records in self._waiting.values())

    def _make_room(self, records: OrderedDict[tuple[int, int], _Record], key: tuple[int, int], now_s: float) -> None:
        for old in [old for old, record in records.items() if now_s - record.heard_s > self._idle_s]:
            del records[old]
            self.given_up += 1
        while key not in records and len(records) >= self._per_device:
            records.popitem(last=False)
            self.given_up += 1
        while len(self._waiting) > self._devices:
            _, forgotten = self._waiting.popitem(last=False)
            self.given_up += len(forgotten)


def _even(parts: dict[int, bytes], length: int) -> bool:
    size = -(-length // len(parts))
    return all(len(parts[i]) == min(size, length - i * size) for i in range(len(parts)))


def _is_record(data: bytes, seq: int) -> bool:
    return HEADER <= len(data) <= MAX_RECORD and get_u16(data, SEQ_AT) == seq
