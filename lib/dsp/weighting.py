"""Second-order sections of any zeros for slow poles, in delta form: the weightings of whole-body vibration, ISO 2631-1.

    y  = beta0 x + w1
    w1 <- w1 + beta1 x - alpha1 y + w2        H = (beta0 + beta1 D + beta2 D^2) / (1 + alpha1 D + alpha2 D^2),
    w2 <- w2 + beta2 x - alpha2 y                 D = 1 / (z - 1)

With poles near z = 1 the alphas are small and keep all their digits where a1 and a2 would lose them. A coefficient is m / 2^shift,
|m| < 2^14, shift >= 13, as `python -m davy.design.vibration k --rate 100` prints them.

Signals are in sixteenths of a mg, limited to +-8000 mg (2^17) at the input and +-2^19 between sections; w1 and w2 have eight digits
more, q12 of a mg, limited to +-2^28. A product v m: (v >> 5) m + ((v & 31) m >> 5), below 2^28 + 2^14, is v m / 2^5; shifted by
shift - 13 it is in q12. Sums of four such stay below 2^30. Memory in array('i') has a bias of 2^29 and is never negative.
"""

from array import array

import micropython
from dsp.pointers import ptr16, ptr32
from micropython import const

# python -m davy.design.vibration k --rate 100
WK_100 = (
    (8192, 13, 0, 13, 0, 13, 9316, 18, 10411, 24),
    (8418, 16, 10085, 19, -10768, 16, 8583, 13, 10985, 15),
    (15625, 13, 10861, 15, 10331, 18, 16116, 16, 10331, 18),
)
# python -m davy.design.vibration k --rate 200
WK_200 = (
    (8192, 13, 0, 13, 0, 13, 9317, 19, 10504, 26),
    (-14587, 19, -15023, 17, 14668, 18, 9456, 14, 14850, 17),
    (15851, 13, 10846, 16, 10958, 20, 15685, 17, 10958, 20),
)
# python -m davy.design.vibration d --rate 100
WD_100 = (
    (8192, 13, 0, 13, 0, 13, 9316, 18, 10411, 24),
    (13469, 17, 8672, 16, 14657, 20, 12788, 16, 14992, 20),
)
# python -m davy.design.vibration d --rate 200
WD_200 = (
    (8192, 13, 0, 13, 0, 13, 9317, 19, 10504, 26),
    (12207, 20, 15115, 18, -15515, 22, 12934, 17, 15754, 22),
)

_TOP = const(8000)
_SECTION = const(12)  # five (m + 2^15, shift) | w1, w2 + 2^29


class Weighting:
    """One axis through sections; `run` allocates nothing."""

    def __init__(self, sections, most: int = 40) -> None:
        """Blocks have at most `most` samples."""
        numbers = [len(sections)]
        for section in sections:
            if len(section) != 10:
                raise ValueError("weighting: section")
            for i in range(0, 10, 2):
                if not -16384 < section[i] < 16384 or not 13 <= section[i + 1] <= 28:
                    raise ValueError("weighting: coefficient")
                numbers += [section[i] + 32768, section[i + 1] - 13]
            numbers += [1 << 29, 1 << 29]
        self._memory = array("i", numbers)
        self._signal = array("i", (0,) * most)
        self.out = array("h", (0,) * most)
        self.most = most

    def clear(self) -> None:
        """Start as if the input had been 0 for ever."""
        at = 11
        for _ in range(self._memory[0]):
            self._memory[at] = self._memory[at + 1] = 1 << 29
            at += _SECTION

    def run(self, mg, n: int, axis: int, rest_mg: int) -> None:
        """`out` of `n` samples of an axis of x, y, z, each less `rest_mg`, in half a mg: what is above 16 383 mg is limited."""
        if n > self.most:
            raise ValueError("weighting: block")
        _enter(mg, n, axis, rest_mg, self._signal)
        self._through(n)
        _leave(self._signal, n, self.out)

    def _through(self, n: int) -> None:
        # Apart from `run`, whose frame then needs no heap.
        _weigh(0, 0, 0, n, self._signal, self._memory)


@micropython.viper
def _enter(mg, n: int, axis: int, rest: int, signal):
    p = ptr16(mg)
    q = ptr32(signal)
    i = 0
    while i < n:
        x = (p[axis] ^ 0x8000) - 0x8000 - rest
        axis += 3
        if x > _TOP:
            x = _TOP
        elif x < 0 - _TOP:
            x = 0 - _TOP
        q[i] = (x << 4) + 0x1000000
        i += 1


@micropython.viper
def _weigh(x: int, y: int, v: int, n: int, signal, memory):
    q = ptr32(signal)
    s = ptr32(memory)
    left = int(s[0])
    at = 1
    while left:
        b0 = int(s[at]) - 0x8000
        b1 = int(s[at + 2]) - 0x8000
        b2 = int(s[at + 4]) - 0x8000
        a1 = int(s[at + 6]) - 0x8000
        a2 = int(s[at + 8]) - 0x8000
        k0 = int(s[at + 1])
        k1 = int(s[at + 3])
        k2 = int(s[at + 5])
        j1 = int(s[at + 7])
        j2 = int(s[at + 9])
        w1 = int(s[at + 10]) - 0x20000000
        w2 = int(s[at + 11]) - 0x20000000
        i = 0
        while i < n:
            v = int(q[i]) - 0x1000000
            x = v >> 5
            v = v & 31
            y = ((x * b0 + ((v * b0) >> 5)) >> k0) + w1
            y = (y + 128) >> 8
            if y > 0x80000:
                y = 0x80000
            elif y < -0x80000:
                y = -0x80000
            w1 += ((x * b1 + ((v * b1) >> 5)) >> k1) + w2
            w2 += (x * b2 + ((v * b2) >> 5)) >> k2
            q[i] = y + 0x1000000
            i += 1
            x = y >> 5
            v = y & 31
            w1 -= (x * a1 + ((v * a1) >> 5)) >> j1
            # half a unit more, so that what is cut off has no mean
            w2 -= (x * a2 + ((v * a2) >> 5) + ((1 << j2) >> 1)) >> j2
            if w1 > 0x10000000:
                w1 = 0x10000000
            elif w1 < -0x10000000:
                w1 = -0x10000000
            if w2 > 0x10000000:
                w2 = 0x10000000
            elif w2 < -0x10000000:
                w2 = -0x10000000
        s[at + 10] = w1 + 0x20000000
        s[at + 11] = w2 + 0x20000000
        at += _SECTION
        left -= 1


@micropython.viper
def _leave(signal, n: int, out):
    p = ptr32(signal)
    q = ptr16(out)
    i = 0
    while i < n:
        x = (int(p[i]) - 0x1000000) >> 3
        if x > 32767:
            x = 32767
        elif x < -32767:
            x = -32767
        q[i] = x & 0xFFFF
        i += 1
