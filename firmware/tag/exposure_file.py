"""What was breathed in this shift, on flash, so that it outlives a reset.

    /exposure    "DVEX" | epoch_s u32 | length u16 | that many bytes of Core.exposure_save | CRC-32 u32, little endian

Written every minute while anything was breathed in the shift, else every ten; littlefs puts new contents in force when the file
is closed, so that a power cut leaves the former ones and costs a minute at most. How long the tag was off says tag/clock.py,
which never says too much: exposure fades too slowly rather than too fast. After eight hours off another shift has begun.

A damaged file is told (CONFIG, FAULT_CONFIG): then nobody knows what the wearer breathed before.
"""

import binascii
import struct

import ticks
from micropython import const
from tag.events import CODE_CORRUPT, CONFIG, FAULT_CONFIG

_NAME = "/exposure"
_HEAD_B = const(10)
_CRC_B = const(4)
_MINUTE_MS = const(60000)
_QUIET = const(10)  # minutes between two writes while there is nothing but time to keep
_PAUSE_MIN = const(480)
_ENOENT = const(2)


class ExposureFile:
    """`now_s(t_ms)` is that of tag/clock.py."""

    def __init__(self, core, now_s, t_ms: int, root: str = "") -> None:
        self._core = core
        self._now_s = now_s
        self._path = root + _NAME
        self._due_ms = ticks.add(t_ms, _MINUTE_MS)
        self._quiet = 0
        self._buf = bytearray(0)

    def load(self, t_ms: int):
        """Once at boot, after the alarms were restored: events to keep."""
        core = self._core
        try:
            with open(self._path, "rb") as file:
                data = file.read()
        except OSError as error:
            return () if error.args[0] == _ENOENT else self._unknown("not readable", t_ms)
        end = len(data) - _CRC_B
        if end < _HEAD_B or data[:4] != b"DVEX" or _crc(data, end) != data[end:]:
            return self._unknown("damaged", t_ms)
        _, then_s, n = struct.unpack_from("<4sIH", data)
        gap_min = max(0, self._now_s(t_ms) - then_s) // 60
        if n != end - _HEAD_B or not core.exposure_load(data[_HEAD_B:end], min(gap_min, _PAUSE_MIN), t_ms):
            return self._unknown("not for this tag", t_ms)
        return core.shift_end(t_ms) if gap_min >= _PAUSE_MIN else ()

    def _unknown(self, why: str, t_ms: int) -> list:
        found = [(CONFIG, t_ms, CODE_CORRUPT, "exposure: " + why)]
        found.extend(self._core.fault(FAULT_CONFIG, CODE_CORRUPT, 1, t_ms))
        return found

    def tick(self, t_ms: int) -> None:
        """Any period below a minute."""
        if ticks.diff(t_ms, self._due_ms) < 0:
            return
        self._due_ms = ticks.add(t_ms, _MINUTE_MS)
        self._quiet += 1
        if self._core.breathed() or self._quiet >= _QUIET:
            self._quiet = 0
            self.save(t_ms)

    def save(self, t_ms: int) -> bool:
        """Write it now; False when the flash refuses, which is the journal's to tell."""
        size = _HEAD_B + self._core.exposure_size() + _CRC_B
        if len(self._buf) != size:
            self._buf = bytearray(size)
        data = self._buf
        view = memoryview(data)
        n = self._core.exposure_save(view[_HEAD_B:])
        struct.pack_into("<4sIH", data, 0, b"DVEX", self._now_s(t_ms), n)
        data[_HEAD_B + n : _HEAD_B + n + _CRC_B] = _crc(data, _HEAD_B + n)
        try:
            with open(self._path, "wb") as file:
                file.write(view[: _HEAD_B + n + _CRC_B])
        except OSError:
            return False
        return True


def _crc(data, end: int) -> bytes:
    return struct.pack("<I", binascii.crc32(memoryview(data)[:end]) & 0xFFFFFFFF)
