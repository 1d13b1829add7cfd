"""Passes over frames, or over damage, at machine speed: who looks for a few kinds among thousands of records uses it.

`skim(buf, at, end, kinds, passed)` walks good frames (length and CRC right) from index `at` on, while their kind is not in the bit
set `kinds` (bit k: kind k, below 31); gaps are of no kind. It returns the index of the first frame that is of a kind looked for, is
not good or passes `end`. passed[0] becomes the index of the last frame passed over, -1 for none; passed[1] grows by the records.

`hunt(buf, at, end, low, high, whole)` looks byte by byte for a good frame whose number is above `low` and at most `high`, and
returns where it begins; `end` when there is none. A frame that would pass `end` is also returned, unless the bytes are `whole`:
nothing comes after them.

Neither allocates. `passed` is array("i", [0, 0]).
"""

import sys
from array import array

from journal.frame import GAP, check, length, seq_of

PASSED = array("i", [0, 0])  # for whoever calls `skim`: read it before anybody else does

if sys.implementation.name == "micropython":
    import micropython

    @micropython.viper
    def skim(buf, at: int, end: int, kinds: int, passed) -> int:
        """See above; the caller keeps the range inside the buffer."""
        p = ptr8(buf)  # noqa: F821
        found = ptr32(passed)  # noqa: F821
        i = int(at)
        last = -1
        records = 0
        while i < int(end):
            n = p[i]
            if n == 0xF1:
                after = i + 24
            elif n < 11 or n > 240:
                break
            else:
                after = i + n + 7
                kind = p[i + 1]
                if kind < 31 and (int(kinds) >> kind) & 1:
                    break
            if after > int(end):
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
            if n != 0xF1:
                records += 1
            i = after
        found[0] = last
        found[1] = int(found[1]) + records
        return i

    @micropython.viper
    def hunt(buf, at: int, end: int, low: int, high: int, whole: int) -> int:
        """See above; the caller keeps the range inside the buffer."""
        p = ptr8(buf)  # noqa: F821
        i = int(at)
        while i < int(end):
            n = p[i]
            after = 0
            number = i + 2
            if n == 0xF1:
                after = i + 24
                number = i + 5
            elif n >= 11 and n <= 240:
                after = i + n + 7
            if after:
                if number + 4 > int(end):
                    if not int(whole):
                        return i
                elif p[number + 3] < 64:
                    seq = p[number] | p[number + 1] << 8 | p[number + 2] << 16 | p[number + 3] << 24
                    if seq > int(low) and seq <= int(high):
                        if after > int(end):
                            if not int(whole):
                                return i
                        else:
                            crc = 0xFFFF
                            j = i
                            while j < after - 2:
                                x = ((crc >> 8) ^ p[j]) & 0xFF
                                x ^= x >> 4
                                crc = ((crc << 8) ^ (x << 12) ^ (x << 5) ^ x) & 0xFFFF
                                j += 1
                            if p[after - 2] == crc & 0xFF and p[after - 1] == crc >> 8:
                                return i
            i += 1
        return int(end)

else:

    def skim(buf, at: int, end: int, kinds: int, passed) -> int:
        """See above."""
        passed[0] = -1
        while at < end:
            gap = buf[at] == GAP
            if not gap and at + 1 < end and buf[at + 1] < 31 and kinds >> buf[at + 1] & 1:
                break
            after = check(buf, at, end)
            if after <= 0:
                break
            passed[0] = at
            passed[1] += 0 if gap else 1
            at = after
        return at

    def hunt(buf, at: int, end: int, low: int, high: int, whole: int) -> int:
        """See above."""
        for i in range(at, end):
            n = length(buf, i)
            if n == 0:
                continue
            number = i + (5 if buf[i] == GAP else 2)
            if number + 4 > end:
                if not whole:
                    return i
            elif low < seq_of(buf, i) <= high and (check(buf, i, end) > 0 or (i + n > end and not whole)):
                return i
        return end
