"""The FIFO of a MAX30102: how many samples it has, and these out of it, in transfers of eight at most.

A look is one transfer of the first seven registers: status 1 and 2, two of enables, write pointer, samples refused, read pointer.
With the rollover off a full FIFO keeps what is old and counts what it refuses. Full to the sample its pointers say empty, until it
has refused one.

Stands still    one and the same count for two seconds: the last bits of a living converter are noise. At its end, in glare, and
                at 0 while its LED is dark, a living one may stand still, too

Nothing here allocates after construction. Source: see drivers/max30102.py.
"""

from micropython import const

DEPTH = const(32)
FULL = const(262143)  # the largest count

_STATUS = const(0x00)
_DATA = const(0x07)
_POWERED = const(0x01)  # of status
_GLARE = const(0x20)
_AT_ONCE = const(8)  # samples of one transfer
_SAME = const(50)  # samples


class Fifo:
    """`refused`, `powered` and `glare` are of the last look."""

    def __init__(self) -> None:
        self.refused = False  # samples: after what it has there is a gap
        self.powered = False  # its power was gone
        self.glare = False  # the ambient light cancellation is at its end
        self.dark = False  # its LED: told by the driver
        self._head = bytearray(7)
        self._raw = bytearray(3 * _AT_ONCE)
        # One view a length, made once, because a slice allocates. They alias `_raw`.
        view = memoryview(self._raw)
        self._views = tuple([view[: 3 * n] for n in range(_AT_ONCE + 1)])
        self._last = self._same = 0

    def restart(self) -> None:
        """A measurement begins."""
        self._same = 0

    def pending(self, registers) -> int:
        """Samples in the FIFO; -1 when it says what cannot be, or its power was gone."""
        head = self._head
        self.refused = self.powered = self.glare = False
        registers.read(_STATUS, head)
        if max(head[4], head[5], head[6]) >= DEPTH:
            return -1
        if head[0] & _POWERED:
            self.powered = True
            return -1
        self.glare = head[0] & _GLARE > 0
        self.refused = head[5] > 0
        return DEPTH if self.refused else (head[4] - head[6]) & (DEPTH - 1)

    # Short sums, and several small ones: a frame of more than 11 slots would come from the heap.

    def take(self, registers, counts, n: int) -> int:
        """The oldest `n` into `counts`; -1 when the converter stands still."""
        at = 0
        while at < n:
            part = min(_AT_ONCE, n - at)
            registers.read(_DATA, self._views[part])
            self._put(counts, at, part)
            at += part
        return -1 if self._same >= _SAME and (self._last or not self.dark) else n

    def _put(self, counts, at: int, n: int) -> None:
        i = 0
        while n:
            counts[at] = self._see(i)
            at += 1
            i += 3
            n -= 1

    def _see(self, i: int) -> int:
        """The count whose bytes begin at `i`."""
        raw = self._raw
        count = (raw[i] & 3) << 16 | raw[i + 1] << 8 | raw[i + 2]
        if count == self._last and count != FULL and not self.glare:
            self._same = min(self._same + 1, _SAME)
        else:
            self._same = 0
        self._last = count
        return count
