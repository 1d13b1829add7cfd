"""Passes over many frames at machine speed: a reader that looks for a few kinds among thousands of records uses it.

`skim(buf, at, end, kinds)` walks good frames (length and CRC right) from index `at` on, while their kind is not in the bit set
`kinds` (bit k: kind k, below 31). It stops at the first frame that is of a kind looked for, is not good or passes `end`, and
returns `stop | last << 12`: where it stopped, and where the last frame passed over begins (0xFFF: none was). Buffers are
therefore shorter than 4095 bytes. Does not allocate.
"""

import sys

from journal.frame import HEADER, MAX_RECORD, OVERHEAD, check

if sys.implementation.name == "micropython":
    import micropython

    @micropython.viper
    def skim(buf, at: int, end: int, kinds: int) -> int:
        """See above; the caller keeps the range inside the buffer."""
        p = ptr8(buf)  # noqa: F821
        i = int(at)
        last = 0xFFF
        while i < int(end):
            n = p[i]
            after = i + n + 3
            if n < 11 or n > 240 or after > int(end):
                break
            kind = p[i + 1]
            if kind < 31 and (int(kinds) >> kind) & 1:
                break
            crc = 0xFFFF  # as in codec.native
            j = i
            while j < after - 2:
                x = ((crc >> 8) ^ p[j]) & 0xFF
                x ^= x >> 4
                crc = ((crc << 8) ^ (x << 12) ^ (x << 5) ^ x) & 0xFFFF
                j += 1
            if p[after - 2] != crc & 0xFF or p[after - 1] != crc >> 8:
                break
            last = i
            i = after
        return i | last << 12

else:

    def skim(buf, at: int, end: int, kinds: int) -> int:
        """See above."""
        last = 0xFFF
        while at < end and HEADER <= buf[at] <= MAX_RECORD and at + buf[at] + OVERHEAD <= end:
            kind = buf[at + 1]
            if (kind < 31 and kinds >> kind & 1) or check(buf, at, end) <= 0:
                break
            last = at
            at += buf[at] + OVERHEAD
        return at | last << 12
