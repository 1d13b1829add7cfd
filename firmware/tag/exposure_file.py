"""What was breathed in this shift, on flash, so that it outlives a reset.

    /exposure    "DVEX" | epoch_s u32 | length u16 | that many bytes of Core.exposure_save | CRC-32 u32, little endian

Written ten seconds after the start, then every minute while anything was breathed in the shift, else every ten, and at once
when a shift has ended; littlefs puts new contents in force when the file is closed, so that a power cut leaves the former ones
and costs a minute at most (resets less than a minute apart add nothing). How long the tag was off is known only where the
chip's clock was right before and after (`epoch_s` is 0 where it was not, and after somebody has set it): else no time has
passed, and exposure fades too slowly rather than too fast. After eight hours off another shift has begun.

A damaged file, and one that cannot be written, is told (CONFIG, FAULT_CONFIG): nobody knows what the wearer breathed before.
"""

import binascii
import os
import struct

import ticks
from micropython import const
from tag.events import CODE_CORRUPT, CODE_FAILED, CONFIG, FAULT_CONFIG

_NAME = "/exposure"
_HEAD_B = const(10)
_CRC_B = const(4)
_MINUTE_MS = const(60000)
_FIRST_MS = const(10000)
_LARGEST_B = const(8192)  # six gases take 4 kB
_QUIET = const(10)  # minutes between two writes while there is nothing but time to keep
_PAUSE_MIN = const(480)
_ENOENT = const(2)


class ExposureFile:
    """`clock` is that of tag/clock.py."""

    def __init__(self, core, clock, t_ms: int, root: str = "") -> None:
        self._core = core
        self._clock = clock
        self._path = root + _NAME
        self._due_ms = ticks.add(t_ms, _FIRST_MS)
        self._quiet = _QUIET
        self._breathed = False
        self._refused = False
        self._buf = bytearray(0)

    def load(self, t_ms: int):
        """Once at boot, after the alarms were restored: events to keep."""
        core = self._core
        try:
            if os.stat(self._path)[6] > _LARGEST_B:
                return self._unknown("too long", t_ms)
            with open(self._path, "rb") as file:
                data = file.read()
        except OSError as error:
            return () if error.args[0] == _ENOENT else self._unknown("not readable", t_ms)
        if not data:
            return ()  # power was cut between making the file and its first contents
        end = len(data) - _CRC_B
        if end < _HEAD_B or data[:4] != b"DVEX" or _crc(data, end) != data[end:]:
            return self._unknown("damaged", t_ms)
        _, then_s, n = struct.unpack_from("<4sIH", data)
        known = then_s and self._clock.sure(t_ms)
        gap_min = max(0, self._clock.now_s(t_ms) - then_s) // 60 if known else 0
        if n != end - _HEAD_B or not core.exposure_load(data[_HEAD_B:end], min(gap_min, _PAUSE_MIN), t_ms):
            return self._unknown("not for this tag", t_ms)
        self._breathed = core.breathed()
        if gap_min < _PAUSE_MIN:
            return ()
        found = core.shift_end(t_ms)
        self.save(t_ms)
        return found

    def _unknown(self, why: str, t_ms: int) -> list:
        found = [(CONFIG, t_ms, CODE_CORRUPT, "exposure: " + why)]
        found.extend(self._core.fault(FAULT_CONFIG, CODE_CORRUPT, 1, t_ms))
        return found

    def tick(self, t_ms: int):
        """Any period below a minute: events to keep."""
        breathed = self._core.breathed()
        ended = self._breathed and not breathed
        self._breathed = breathed
        if not ended:
            if ticks.diff(t_ms, self._due_ms) < 0:
                return ()
            self._due_ms = ticks.add(t_ms, _MINUTE_MS)
            self._quiet += 1
            if not breathed and self._quiet < _QUIET:
                return ()
        self._quiet = 0
        refused = not self.save(t_ms)
        if refused == self._refused:
            return ()
        self._refused = refused
        return self._core.fault(FAULT_CONFIG, CODE_FAILED, refused, t_ms)

    def save(self, t_ms: int) -> bool:
        """Write it now; False when the flash refuses."""
        size = _HEAD_B + self._core.exposure_size() + _CRC_B
        if len(self._buf) != size:
            self._buf = bytearray(size)
        data = self._buf
        view = memoryview(data)
        n = self._core.exposure_save(view[_HEAD_B:])
        then_s = self._clock.now_s(t_ms) if self._clock.sure(t_ms) else 0
        struct.pack_into("<4sIH", data, 0, b"DVEX", then_s, n)
        data[_HEAD_B + n : _HEAD_B + n + _CRC_B] = _crc(data, _HEAD_B + n)
        try:
            with open(self._path, "wb") as file:
                file.write(view[: _HEAD_B + n + _CRC_B])
        except OSError:
            return False
        return True


def undate(root: str = "") -> None:
    """Somebody sets the clock: how long ago the file was written is not known any more."""
    try:
        size = os.stat(root + _NAME)[6]  # `read` takes all that it is asked for from the heap first
        with open(root + _NAME, "rb") as file:
            data = bytearray(file.read(min(size, _LARGEST_B)))
        end = len(data) - _CRC_B
        if end >= _HEAD_B and _crc(data, end) == data[end:]:
            struct.pack_into("<I", data, 4, 0)
            data[end:] = _crc(data, end)
            with open(root + _NAME, "wb") as file:
                file.write(data)
    except OSError:
        pass  # no file; a flash that refuses is told by the app


def _crc(data, end: int) -> bytes:
    return struct.pack("<I", binascii.crc32(memoryview(data)[:end]) & 0xFFFFFFFF)
