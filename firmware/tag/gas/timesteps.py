"""Higher concentrations for a limited time, as the ex-Soviet limits of CO allow: which allowance is used up.

GOST 12.1.005-88, note to CO: 20 mg/m3 for any time; 50 for no longer than 60 min, 100 for 30 min, 200 for 15 min, and again
only after 2 h without. As rows of kind step (tag/gas/limits.py): above 20 for 60 min in all, above 50 for 30, above 100
for 15; above 200 is a ceiling and no affair of this file.

    the minute's mean           every row above whose level it is    minutes of rest
    above the lowest level      one minute more                      0
    at or below                 as before                            one more; rest_min of them: all rows begin anew
    unknown                     as before                            as before: unknown is never clean air

A row is used up when its minutes reach its allowance, and stays so until all begin anew.
"""

from array import array
from struct import pack_into, unpack_from

from codec.native import crc16
from micropython import const

_LEVEL = const(4)  # fields of a row, i16 and u16, by their place in it: tag/gas/limits.py
_DELAY_S = const(8)
_REST_MIN = const(10)
_LONG = const(65535)  # minutes: no allowance and no rest is longer


class TimeSteps:
    """The step rows of one gas: `rows` is the profile's, `starts` where in it each of them begins.

    `used`: bit i is set while the allowance of row starts[i] is used up. `lowest`: the lowest level, counts.
    `size`: bytes that `save` writes.
    """

    def __init__(self, rows, starts) -> None:
        self._rows = rows
        self._starts = starts
        self._s = array("H", bytes(2 * len(starts) + 2))  # minutes above each row's level, last the minutes of rest
        self.size = 2 * len(starts) + 4
        self.lowest = min([self._field(i, _LEVEL) for i in range(len(starts))])
        self.used = 0

    def _field(self, i: int, k: int) -> int:
        at = self._starts[i] + k
        return self._rows[at] | self._rows[at + 1] << 8

    def close(self) -> None:
        """The shift is over: all rows begin anew."""
        for i in range(len(self._s)):
            self._s[i] = 0
        self.used = 0

    def minute(self, mean_q4: int) -> None:
        """A minute is over; its mean in counts * 16, negative when it had no reading. Allocates nothing."""
        if mean_q4 > self.lowest * 16:
            self._above(mean_q4)
            self._judge()
        elif mean_q4 >= 0:
            self._rest()

    def _above(self, mean_q4: int) -> None:
        s = self._s
        i = len(s) - 1
        s[i] = 0
        while i:
            i -= 1
            if mean_q4 > self._field(i, _LEVEL) * 16:
                s[i] = min(_LONG, s[i] + 1)

    def _rest(self) -> None:
        s = self._s
        i = len(s) - 1
        s[i] = rest = s[i] + 1  # no more than the largest rest_min: then all begin anew
        while i:
            i -= 1
            if rest < self._field(i, _REST_MIN):
                return
        self.close()

    def _judge(self) -> None:
        for i in range(len(self._starts)):
            if self._s[i] and self._s[i] * 60 >= self._field(i, _DELAY_S):
                self.used |= 1 << i

    def save(self, buf, at: int) -> None:
        """Write all that is known into `size` bytes of `buf`: _s, u16 each | crc u16."""
        i = 0
        while i < len(self._s):
            pack_into("<H", buf, at + 2 * i, self._s[i])
            i += 1
        at += 2 * i
        i = self._check(buf, at)
        pack_into("<H", buf, at, i)

    def _check(self, buf, end: int) -> int:
        # Minutes belong to the rows they were counted for: those of another profile do not pass.
        crc = crc16(buf, end + 2 - self.size, end)
        i = len(self._starts)
        while i:
            i -= 1
            end = self._starts[i]
            crc = (crc * 3 ^ crc16(self._rows, end, end + 16)) & 0xFFFF
        return crc

    def load(self, buf, at: int) -> bool:
        """Go on from what `save` wrote for the same rows; False for anything else, and nothing is taken."""
        end = at + self.size - 2
        if end + 2 > len(buf) or unpack_from("<H", buf, end)[0] != self._check(buf, end):
            return False
        for i in range(len(self._s)):
            self._s[i] = unpack_from("<H", buf, at + 2 * i)[0]
        self.used = 0
        self._judge()
        return True
