"""What the fatigue monitor knows of a wearer, on flash: it outlives resets in mid-shift, and is worth something in the next shift.

    /fatigue.a, /fatigue.b    "DVF1" | generation u32 | whose u32 | epoch_s u32 | length u16 | numbers of Monitor.keep | CRC-32 u32,
                              little endian; written in turn, the newer one that is whole counts

Written after each window of five minutes and at each change of level, so a power cut costs five minutes at most. `whose` is the
CRC-32 of tag_id and name: of another wearer nothing is taken. That, and a damaged file, is told (CONFIG), and everything begins
anew.

Loaded where the setting `fatigue` is on, and not otherwise. How long the tag was off is known once the clock is right
(tag/clock.py): the core is told, which after eight hours begins another shift (monitor.py). Until then it is taken for the same
shift, in which no time has passed. `epoch_s` is 0 where the clock was not right: then nobody will ever know,
and the shift ends by its length.
"""

import binascii
import os
import struct

import ticks
from micropython import const
from tag.events import CODE_CORRUPT, CONFIG
from tag.fatigue.keeping import Keeping

FILES = ("fatigue.a", "fatigue.b")
_HEAD_B = const(18)
_CRC_B = const(4)
_LARGEST_B = const(2048)
_ROUND_MS = const(10000)
_DAY_MIN = const(1440)
_UNKNOWN_MIN = const(840)  # no local time is further from UTC
_LAST = const(0x3FFFFFFF)


class FatigueMemory:
    """`worn` is what board.json says of where the tag is worn, `clock` as in tag/clock.py."""

    def __init__(self, core, memory, settings, worn, clock, t_ms: int, root: str = "") -> None:
        self._monitor = core.fatigue
        self._core = core
        self._memory = memory
        self._clock = clock
        self._paths = [root + "/" + name for name in FILES]
        self._whose = _crc((settings["tag_id"] + "/" + settings["name"]).encode())
        self._offset_min = settings["utc_offset_min"]
        self._began_ms = self._due_ms = t_ms
        self._then_s = 0  # when the file was written, while that is still to be asked
        self._generation = 0
        self._next = 0
        self._monitor.wear(worn)
        counting = Keeping(b"", True)
        self._monitor.keep(counting)
        self._data = bytearray(_HEAD_B + counting.at + _CRC_B)
        self._load(t_ms)
        self.tick(t_ms)

    def tick(self, t_ms: int) -> None:
        """Any period."""
        if ticks.diff(t_ms, self._due_ms) < 0:
            return
        self._due_ms = ticks.add(t_ms, _ROUND_MS)
        monitor = self._monitor
        monitor.local_min = -1
        if self._clock.sure(t_ms):
            now_s = self._clock.now_s(t_ms)
            if self._offset_min <= _UNKNOWN_MIN:
                monitor.local_min = (now_s // 60 + self._offset_min) % _DAY_MIN
            if self._then_s:
                gap_min = (now_s - self._then_s) // 60 - ticks.diff(t_ms, self._began_ms) // 60000
                self._then_s = 0
                self._memory.keep_all(self._core.was_off(max(0, gap_min), t_ms))
        if monitor.news:
            self.save(t_ms)

    def save(self, t_ms: int) -> bool:
        """Write it now; False when the flash refuses, which is the journal's to tell."""
        data = self._data
        end = len(data) - _CRC_B
        self._monitor.news = False
        self._monitor.keep(Keeping(memoryview(data)[_HEAD_B:end], True))
        self._generation = min(_LAST, self._generation + 1)
        now_s = self._clock.now_s(t_ms) if self._clock.sure(t_ms) else 0
        struct.pack_into("<4sIIIH", data, 0, b"DVF1", self._generation, self._whose, now_s, end - _HEAD_B)
        struct.pack_into("<I", data, end, _crc(memoryview(data)[:end]))
        try:
            with open(self._paths[self._next], "wb") as file:
                file.write(data)
        except OSError:
            return False
        self._next = 1 - self._next
        return True

    def _load(self, t_ms: int) -> None:
        found = [self._read(path) for path in self._paths]
        newest = 1 if found[1][0] > found[0][0] else 0
        self._generation, data = found[newest]
        self._next = 1 - newest
        if min(found[0][0], found[1][0]) < 0:
            self._told(CODE_CORRUPT, "fatigue: a damaged file" + ("" if data else ", begins anew"), t_ms)
        if not data:
            self._generation = 0
            return
        _, _, whose, then_s, _ = struct.unpack_from("<4sIIIH", data)
        if whose != self._whose:
            self._told(0, "fatigue: another wearer, begins anew", t_ms)
            return
        keeping = Keeping(memoryview(data)[_HEAD_B : len(data) - _CRC_B], False)
        self._monitor.keep(keeping)
        if keeping.bad or keeping.at != len(data) - _HEAD_B - _CRC_B:
            self._monitor.forget()
            self._told(CODE_CORRUPT, "fatigue: not for this firmware, begins anew", t_ms)
            return
        self._then_s = then_s
        self._monitor.news = False

    def _read(self, path: str) -> tuple:
        """(generation, the bytes): (0, None) when there is no file, (-1, None) of a damaged one."""
        try:
            size = os.stat(path)[6]
            if not size:
                return 0, None  # power was cut between making the file and its first contents
            if not _HEAD_B + _CRC_B < size <= _LARGEST_B:
                return -1, None
            with open(path, "rb") as file:
                data = file.read()
        except OSError:
            return 0, None
        end = len(data) - _CRC_B
        if data[:4] != b"DVF1" or struct.unpack_from("<I", data, end)[0] != _crc(memoryview(data)[:end]):
            return -1, None
        generation, n = struct.unpack_from("<I", data, 4)[0], struct.unpack_from("<H", data, 16)[0]
        return (generation, data) if n == end - _HEAD_B and 0 < generation <= _LAST else (-1, None)

    def _told(self, code: int, text: str, t_ms: int) -> None:
        self._memory.keep((CONFIG, t_ms, code, text))


def _crc(data) -> int:
    return binascii.crc32(data) & 0xFFFFFFFF
