"""What riding in a shift adds up to: daily exposure A(8) by ISO 2631-1 to whole-body vibration, as a screening.

    A(8) of an axis = k sqrt(mean square * seconds counted / 8 h),  k = 1 along gravity, 1.4 across; the largest of the three

Action value 0.5 m/s2, limit 1.15 m/s2 (EU 2002/44). The standard measures at the seat: a belt moves with what sits above it, so
this is a reason to measure there, never a proof. vibration.py measures in some seconds of those that count; their mean square
stands for all of them.
Ranges: a second's mean square in mg^2, below 2^21; sums of a shift in two words; A(8)^2 in whole mg^2, so that 1 mm/s2 is sure
from 50 mm/s2 on.
"""

from array import array

from dsp.fixed import isqrt
from micropython import const

_SHIFT = const(7200)  # 8 h, in 4 s
_WORD = const(1 << 20)
_HIGHEST = const(0x7FFFF)
_LONGEST_S = const(86400)


class Ridden:
    """Sums of a shift; `a8_mms2` is the exposure so far. Allocates nothing."""

    def __init__(self) -> None:
        self._energy = array("i", (0,) * 6)  # mg^2 s, high and low word: along gravity, across, across
        self.restart()

    def restart(self) -> None:
        """A new shift."""
        self.seconds = 0  # counted
        self.measured = 0  # of those
        for i in range(6):
            self._energy[i] = 0

    def keep(self, keeping) -> None:
        """To or from flash: tag/fatigue/keeping.py."""
        self.seconds = keeping.number(self.seconds, 0, _LONGEST_S)
        self.measured = keeping.number(self.measured, 0, self.seconds)
        for i in range(6):
            self._energy[i] = keeping.number(self._energy[i], 0, _WORD - 1 if i & 1 else _HIGHEST)

    def second(self, measured: bool) -> None:
        """A second counts; where it was measured, three of `add` follow."""
        self.seconds = min(_LONGEST_S, self.seconds + 1)
        if measured:
            self.measured += 1

    def add(self, i: int, square: int) -> None:
        """Its mean square in mg^2: along gravity (0), or across it (1, 2)."""
        energy = self._energy
        i *= 2
        square += energy[i + 1]
        energy[i] = min(_HIGHEST, energy[i] + square // _WORD)
        energy[i + 1] = square % _WORD

    @property
    def a8_mms2(self) -> int:
        """mm/s2 of the axis that has most of it."""
        return max(self.axis_mms2(0), self.axis_mms2(1), self.axis_mms2(2))

    def axis_mms2(self, i: int) -> int:
        """Of the direction along gravity (0), or one across it (1, 2), with its k; 0 before anything was measured."""
        n = self.measured
        if not n:
            return 0
        high = self._energy[2 * i]
        low = self._energy[2 * i + 1]
        # (high * 2^20 + low) / n by long division, below 2^24
        part = (high << 10) + (low >> 10)
        q = min(0xFFFFFF, (min(0x3FFF, part // n) << 10) + ((part % n << 10) + (low & 1023)) // n)
        n = self.seconds >> 2
        q = q // _SHIFT * n + q % _SHIFT * n // _SHIFT
        if i:
            q = q // 100 * 196 + q % 100 * 196 // 100
        shift = 8 if q < 1 << 22 else 0
        return (isqrt(q << shift) << (8 - shift >> 1)) * 981 // 1600
