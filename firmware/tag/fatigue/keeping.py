"""Numbers to and from bytes in one walk: a part's `keep(keeping)` names each of its numbers once, with the range it can have.

    self.level = keeping.number(self.level, UNKNOWN, HIGH)

Writing, `number` puts the number down and gives it back; reading, it gives what was written. So what is read cannot come in
another order than it was written. Each is an int32, little endian. A number out of its range, or missing, sets `bad`: then the
part is to be made anew.
"""

import struct

_B = 4


class Keeping:
    """`writing` into `buf`, or reading from it; `at` is how far it came."""

    def __init__(self, buf, writing: bool) -> None:
        self._buf = buf
        self._writing = writing
        self.at = 0
        self.bad = False

    def number(self, value: int, low: int, high: int) -> int:
        """The number to go on with."""
        at = self.at
        self.at += _B
        if self.at > len(self._buf):
            self.bad = True
        elif self._writing:
            struct.pack_into("<i", self._buf, at, max(low, min(high, value)))
        else:
            found = struct.unpack_from("<i", self._buf, at)[0]
            if low <= found <= high:
                return found
            self.bad = True
        return value
