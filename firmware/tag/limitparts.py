"""A limit profile that comes in parts, over a link whose frames are short: put together on flash, checked, left for the next start.

    /limits.part    as much as has come; it outlives a reset, so that the sender goes on where it was

    a part that begins     is
    at 0                   the beginning of a new file: what there was is dropped
    where the file ends    appended
    before that            a repetition: nothing is done
    after that             refused: one is missing

The last part makes it whole: a good signature by `limits_key` makes it /limits.new, which tag/limitfile.py puts in force at
the next start; anything else is dropped.
"""

import binascii
import os

from micropython import const
from tag import limitfile

PART = "/limits.part"
_MOST_B = const(8192)  # 64 rows and the longest signature take 5 kB


class LimitParts:
    """`key_hex` is the setting `limits_key`."""

    def __init__(self, root: str, key_hex: str) -> None:
        self._path = root + PART
        self._root = root
        self._key_hex = key_hex

    def take(self, size: int, offset: int, part) -> tuple:
        """(what to tell when it is whole, what is wrong): texts, empty for nothing. Never raises."""
        if not self._key_hex:
            return "", "limits: no limits_key in the settings"
        if not 0 < offset + len(part) <= size <= _MOST_B or not part:
            return "", "limits: part at %d of %d bytes cannot be" % (offset, size)
        try:
            return self._take(size, offset, part)
        except (OSError, ValueError, MemoryError) as error:
            return "", "limits: " + str(error)

    def _take(self, size: int, offset: int, part) -> tuple:
        have = 0
        if offset:
            have = max(0, limitfile.size_of(self._path))
        if offset > have:
            return "", "limits: go on at %d" % have
        if offset + len(part) <= have:
            return "", ""
        with open(self._path, "ab" if offset else "wb") as file:
            file.write(part[have - offset :])
        if offset + len(part) < size:
            return "", ""
        with open(self._path, "rb") as file:
            profile, _, _, problem = limitfile.check(file, size, binascii.unhexlify(self._key_hex))
        if problem:
            os.remove(self._path)
            return "", "limits: " + problem
        os.rename(self._path, self._root + limitfile.NEW)
        return "limits: %d version %d from the next start" % (profile.ident >> 8, profile.ident & 255), ""
