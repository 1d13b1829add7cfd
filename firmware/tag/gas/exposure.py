"""What a wearer breathed: short-term and time-weighted averages of one gas since the shift began, in counts * 16 (q4).

    STEL   sum of the last 15 one-minute means / 15
    TWA    sum of the last 480 / 480               moving 8 h, OSHA
    shift  sum of all / 480                        accumulated, ACGIH

A minute without a reading counts 0 in the sums and is counted in `missing` (ALTAIR Pro p. 24, GasAlertMicro 5 p. 39).
Every division rounds up: a figure is never below the exact one, so a level that was reached is never missed.

    mean_q4    up to 32767 * 16, 20 bits; above the exact mean by less than 1
    STEL       15 means, exact: above the exact figure by less than 2 q4 = 1/8 count
    shift      a sum below 2^30 for 34 h at full scale, saturating; above by less than 2 q4
    TWA        480 minutes as codes of one byte, see below: above by less than 2 + step / 480 q4 <= 0.4 count

The codes share one step. Code c of minute i is (mean_i + rest) // step, and what is left, rest < step, goes to minute
i + 1: the values of all codes so far and the rest make up all means so far, exactly. The sum that is kept is all means
minus the codes that left the window. So it is too large by the rest at the window's start, which is below one step,
whatever is in the window.

    step = 129 << k q4, k = 0..4: 8 counts while all minute means are below 2048, 129 counts at full scale:
    255 * 2064 = 526 320, and the largest mean and rest, 524 272 + 2063 = 526 335, is code 255

A mean that does not fit doubles the step: (code + carry) // 2 from the oldest code on, the carry to the next. The carry
is one old step or nothing: old rest + carry < new step, so the bound holds with the largest step of the shift.
"""

from array import array
from struct import pack_into, unpack_from

from codec.native import copy, crc16
from micropython import const

_FULL = const(32767)
_MANY = const(1 << 29)  # sum of a minute, reached by 16384 readings at full scale: then later ones weigh double
_MOST = const((1 << 30) - 1)
_FORMAT = const(1)

# _s: 0..14 the last 15 means, by place % 15 |
_STEL = const(15)  # their sum
_TWA = const(16)  # sum of the window, as explained above
_SHIFT = const(17)  # sum of all
_REST = const(18)
_PLACE = const(19)  # of the next code, which is the oldest
_K = const(20)
_SUM = const(21)  # of the readings of the minute in progress
_N = const(22)  # how many
_LEN = const(23)


class Exposure:
    """One gas. All figures are those of the last whole minute; `mean_q4` is -1 when it had no reading."""

    SIZE = 480 + 4 * 29 + 3  # bytes that `save` writes

    def __init__(self) -> None:
        self._s = array("i", (0,) * _LEN)
        self._codes = bytearray(480)
        self.close()

    def close(self) -> None:
        """The shift is over: all figures begin anew."""
        for i in range(_LEN):
            self._s[i] = 0
        for i in range(480):
            self._codes[i] = 0
        self.mean_q4 = -1
        self.stel_q4 = self.twa_q4 = self.shift_q4 = 0
        self.stel_max_q4 = self.twa_max_q4 = 0
        self.peak = 0  # largest reading, counts
        self.minutes = 0
        self.missing = 0

    def begin(self) -> None:
        """Another shift begins in the same air: what it accumulates begins anew, the windows go on."""
        self._s[_SHIFT] = self.shift_q4 = 0
        self.stel_max_q4 = self.stel_q4
        self.twa_max_q4 = self.twa_q4
        self.minutes = self.missing = 0
        self.peak = 0
        for i in range(15):
            self.peak = max(self.peak, (self._s[i] + 15) >> 4)
        self.peak = max(self.peak, (max(self.stel_q4, self.twa_q4) + 15) >> 4)

    def add(self, value: int) -> None:
        """Take a usable reading, or the full scale of one that is over it: counts. Allocates nothing."""
        s = self._s
        if value < 0:
            value = 0
        elif value > _FULL:
            value = _FULL
        if value > self.peak:
            self.peak = value
        n = s[_N] + 1
        value += s[_SUM]
        if value > _MANY and n & 1 == 0:
            value = (value + 1) >> 1
            n >>= 1
        s[_SUM] = value
        s[_N] = n

    def minute(self) -> None:
        """A minute is over. Allocates nothing."""
        s = self._s
        n = s[_N]
        mean = -1
        if n:
            mean = s[_SUM] // n * 16 + (s[_SUM] % n * 16 + n - 1) // n
            s[_SUM] = s[_N] = 0
        else:
            self.missing += 1
        self.mean_q4 = mean
        self.minutes += 1
        self._slide(max(0, mean))
        self._figures()
        self.stel_max_q4 = max(self.stel_max_q4, self.stel_q4)
        self.twa_max_q4 = max(self.twa_max_q4, self.twa_q4)

    def skip(self, minutes: int) -> None:
        """The tag was off for so many whole minutes; readings from before count to the first."""
        for _ in range(min(minutes, 481)):  # after these the windows are empty
            self.minute()
        if minutes > 481:
            self.minutes = min(_MOST, self.minutes + minutes - 481)
            self.missing = min(_MOST, self.missing + minutes - 481)

    # Few locals a function: a frame of more than 11 slots would come from the heap.

    def _slide(self, mean: int) -> None:
        s = self._s
        i = s[_PLACE] % 15
        s[_STEL] += mean - s[i]
        s[i] = mean
        s[_SHIFT] = min(_MOST, s[_SHIFT] + mean)
        s[_TWA] += mean
        s[_REST] += mean
        while s[_REST] // (129 << s[_K]) > 255:
            self._double()
        self._encode(129 << s[_K])

    def _encode(self, step: int) -> None:
        s = self._s
        i = s[_PLACE]
        s[_TWA] -= self._codes[i] * step
        self._codes[i] = s[_REST] // step
        s[_REST] %= step
        s[_PLACE] = (i + 1) % 480

    def _double(self) -> None:
        s = self._s
        codes = self._codes
        i = s[_PLACE]
        left = 480
        carry = 0
        while left:
            carry += codes[i]
            codes[i] = carry >> 1
            carry &= 1
            i = (i + 1) % 480
            left -= 1
        carry *= 129 << s[_K]
        s[_REST] += carry
        s[_K] += 1

    def _figures(self) -> None:
        s = self._s
        self.stel_q4 = (s[_STEL] + 14) // 15
        self.twa_q4 = (s[_TWA] + 479) // 480
        self.shift_q4 = (s[_SHIFT] + 479) // 480

    def save(self, buf, at: int) -> None:
        """Write all that is known into SIZE bytes of `buf`: format u8 | codes | _s and six figures, i32 | crc u16."""
        buf[at] = _FORMAT
        copy(self._codes, 0, buf, at + 1, 480)
        i = 0
        while i < _LEN:
            pack_into("<i", buf, at + 481 + 4 * i, self._s[i])
            i += 1
        i = at + self.SIZE - 26
        pack_into("<ii", buf, i, self.mean_q4, self.stel_max_q4)
        pack_into("<ii", buf, i + 8, self.twa_max_q4, self.peak)
        pack_into("<ii", buf, i + 16, self.minutes, self.missing)
        i += 24
        at = crc16(buf, at, i)
        pack_into("<H", buf, i, at)

    def load(self, buf, at: int) -> bool:
        """Go on from what `save` wrote; False for what it cannot have written, and nothing is taken."""
        end = at + self.SIZE - 2
        if end + 2 > len(buf) or buf[at] != _FORMAT or unpack_from("<H", buf, end)[0] != crc16(buf, at, end):
            return False
        s = unpack_from("<23i", buf, at + 481)
        figures = unpack_from("<6i", buf, end - 24)
        if not _plausible(s, figures, sum(buf[at + 1 : at + 481])):
            return False
        for i in range(_LEN):
            self._s[i] = s[i]
        copy(buf, at + 1, self._codes, 0, 480)
        self.mean_q4, self.stel_max_q4, self.twa_max_q4, self.peak, self.minutes, self.missing = figures
        self._figures()
        return True


def _plausible(s, figures, codes: int) -> bool:
    mean, stel_max, twa_max, peak, minutes, missing = figures
    top = peak * 16
    if min(s) < 0 or max(s) > _MOST or s[_K] > 4 or s[_PLACE] >= 480 or not 0 <= peak <= _FULL:
        return False
    step = 129 << s[_K]
    return (
        max(s[:_STEL]) <= top
        and s[_STEL] == sum(s[:_STEL])
        and s[_REST] < step
        and s[_TWA] == codes * step + s[_REST]
        and s[_SUM] <= s[_N] * peak
        and s[_SUM] <= _MANY + _FULL
        and max(0, mean) == s[(s[_PLACE] - 1) % 15]
        and -1 <= mean
        and (s[_STEL] + 14) // 15 <= stel_max <= top
        and (s[_TWA] + 479) // 480 <= twa_max <= top + 5
        and 0 <= missing <= minutes
    )
