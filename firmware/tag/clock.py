"""What time it is at least: so that what is due stays due on a tag whose clock forgets.

The chip's clock starts anew after a power cut, and many tags are never told the time. So the newest time known is kept on flash,
and a tag whose clock is not set counts on from there: the time it was off is missing, so this is a lower bound of now. A tag that
never knew the time counts how long it has been on.

    /clock.a, /clock.b    epoch_s u32 | CRC-32 u32, little endian; written in turn, the later one that is whole counts

The CRC begins at 2000: that of four erased bytes would be four erased bytes.

Only `set`, by a person, and `told`, by a gateway or network where the chip's clock was off, go back in time.
"""

import binascii
import struct

import ticks
from micropython import const
from tag.events import FROM_NTP, TIME

FILES = ("clock.a", "clock.b")
_KEEP_S = const(600)  # so much a power cut costs at most
_MOST_S = const(0xFFFFFFFF)
FIRST_S = 789004800  # 2025-01-01: nobody who says less knows the time
LAST_S = 3155759999  # 2099-12-31 23:59:59
_OFF_S = const(2)
_AGAIN_MS = const(3600000)


class Clock:
    """`epoch_s()` is the chip's clock, 0 when it is not set; `set_epoch_s(s)` sets it."""

    def __init__(self, epoch_s, t_ms: int, root: str = "", set_epoch_s=None) -> None:
        self._epoch_s = epoch_s
        self._set_epoch_s = set_epoch_s
        self.believed = False  # what was told last
        self._teller = 0
        self._told_ms = t_ms
        self._root = root
        self._at_ms = t_ms
        kept = [_read(root + "/" + name) for name in FILES]
        self._next = kept.index(min(kept))
        self._s = self._kept_s = max(kept)

    def now_s(self, t_ms: int) -> int:
        """Seconds since 2000, at least; ask every few days or oftener."""
        passed_s = ticks.diff(t_ms, self._at_ms) // 1000
        if passed_s > 0:
            self._at_ms = ticks.add(self._at_ms, passed_s * 1000)
            self._s = min(_MOST_S, self._s + passed_s)
        chip_s = self._epoch_s()
        if chip_s > self._s:
            self._s = chip_s
        return self._s

    def sure(self, t_ms: int) -> bool:
        """Whether the chip's clock is set and right as far as anybody knows: then the time between two such moments is known."""
        now_s = self.now_s(t_ms)
        return 0 < now_s <= self._epoch_s() + 1

    def tick(self, t_ms: int) -> None:
        """Keep the time now and then; any period."""
        if self.now_s(t_ms) - self._kept_s >= _KEEP_S:
            self.keep()

    def told(self, now_s: int, ms: int, teller: int, t_ms: int):
        """Somebody who should know says what time it is; the chip's clock is set where it is off by more than 2 s. Gives a TIME
        record to keep, or None: one an hour is enough while nothing changes."""
        self.believed = FIRST_S <= now_s <= LAST_S
        if not self.believed:
            return None
        off_s = abs(now_s - self._epoch_s())
        if off_s > _OFF_S:
            self._set_epoch_s(now_s)
            self.set(now_s, t_ms)
        elif self._teller == teller and 0 <= ticks.diff(t_ms, self._told_ms) < _AGAIN_MS:
            return None
        self._teller = teller
        self._told_ms = t_ms
        return (TIME, t_ms, now_s, min(ms, 999), teller)

    def asked(self, now_s: int, ms: int, t_ms: int):
        """A time server has answered: it counts while nobody who proves who he is has told the time. As `told`."""
        if self._teller not in (0, FROM_NTP):
            return None
        return self.told(now_s, ms, FROM_NTP, t_ms)

    def keep(self) -> bool:
        """Put the newest time on flash; False when the flash refuses, which is the journal's to tell."""
        data = struct.pack("<I", self._s)
        self._kept_s = self._s  # refused: not again before the next hour
        try:
            with open(self._root + "/" + FILES[self._next], "wb") as file:
                file.write(data + struct.pack("<I", _crc(data)))
        except OSError:
            return False
        self._next = 1 - self._next
        return True

    def set(self, now_s: int, t_ms: int) -> bool:
        """A person says what time it is, also an earlier one than the tag believed: both files say so."""
        self._s = now_s
        self._at_ms = t_ms
        return self.keep() and self.keep()


def _read(path: str) -> int:
    try:
        with open(path, "rb") as file:
            data = file.read(9)
    except OSError:
        return 0
    if len(data) != 8:
        return 0
    now_s, crc = struct.unpack("<II", data)
    return now_s if crc == _crc(data[:4]) else 0


def _crc(data: bytes) -> int:
    return binascii.crc32(data, 2000) & _MOST_S
