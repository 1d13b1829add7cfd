"""Cascades of second-order filters (Butterworth, Bessel) on int16 samples, saturating, in delta form.

One section, with y the output, w = x[n] + k1 x[n-1] + k2 x[n-2] and u = w / 4:

    d <- d - c d + e (u - y)    low-pass,        w = 1  2  1:  its gain at 0 Hz is 1, whatever e is rounded to
    d <- d - c d + g u - e y    high-, band-pass, w = 1 -2  1,  1  0 -1
    y <- y + d                  c = 1 - a2,  e = 1 + a1 + a2,  g = 4 b0  of the usual b / a

For a low cut-off a1 and a2 crowd at -2 and 1, and rounding them spoils the filter; c and e are small there and keep all their
digits. c and e are m / 2^(12 + shift), g is m / 2^(11 + shift), as host_tools/davy/design/filters.py prints them. It refuses a
filter that breaks one of these bounds, for any int16 input:

    y and d in units of 2^-11 mg              |y| <= 2^27: more than the output, so that only the output is limited; |d| <= 2^28
    (v >> 12) * m + ((v & 4095) * m >> 12)    < 2^30: m is as large as the largest v allows; v = d, v = u - y
    (w >> 2) * g + ((w & 3) * g >> 2)         < 2^30, likewise
    (1 - c) d + e (u - y) + g u               < 2^30, by the coefficients
    rounding                                  a step errs by less than 1.5 units once there is silence: in the output that
                                              is 1.5 sum |1/A| < half a mg. No limit cycle is seen, silence becomes 0

Between sections the signal is int16. What leaves that range is limited. State in array('i') has a bias and is never
negative: x1, x2 + 2^15, d + 2^29, y + 2^28.
"""

from array import array

import micropython
from dsp.pointers import ptr16, ptr32
from micropython import const

_HEAD = const(
    2
)  # in memory: number of sections | number of axes; then for each section its coefficients and its axes' states
_SECTION = const(8)  # k1 + 2 | k2 + 2 | g | its shift | e | its shift | c | its shift
_STATE = const(4)  # x1 | x2 | d | y


class Biquads:
    """Filters `axes` interleaved signals by `sections`: tuples (k1, k2, g, shift, e, shift, c, shift); g = 0 is a low-pass."""

    def __init__(self, sections, axes: int = 3) -> None:
        numbers = [len(sections), axes]
        for section in sections:
            if len(section) != _SECTION:
                raise ValueError("biquad: section")
            numbers += [section[0] + 2, section[1] + 2]
            numbers.extend(section[2:])
            numbers += [0] * (_STATE * axes)
        self._memory = array("i", numbers)
        self.clear()

    def clear(self) -> None:
        """Start as if the input had been 0 for ever."""
        memory = self._memory
        at = _HEAD
        for _ in range(memory[0]):
            at += _SECTION
            for _ in range(memory[1]):
                memory[at] = memory[at + 1] = 32768
                memory[at + 2] = 1 << 29
                memory[at + 3] = 1 << 28
                at += _STATE

    def settle(self, samples, i: int) -> None:
        """Start as if sample `i` of `samples` had been there for ever."""
        self.clear()
        memory = self._memory
        axes = memory[1]
        for axis in range(axes):
            value = samples[axes * i + axis]
            at = _HEAD
            for _ in range(memory[0]):
                state = at + _SECTION + _STATE * axis
                memory[state] = memory[state + 1] = value + 32768
                if memory[at + 2]:
                    value = 0
                memory[state + 3] += value << 11
                at += _SECTION + _STATE * axes

    def run(self, samples, n: int, out) -> None:
        """Filter `n` samples of each axis into `out` (may be `samples`). Allocates nothing."""
        _run(n, 0, 0, samples, out, self._memory)


@micropython.viper
def _run(w: int, d: int, y: int, samples, out, memory):
    """`w` comes as the number of samples: viper keeps the first three names in registers, so they are those used most."""
    p = ptr16(samples)
    q = ptr16(out)
    s = ptr32(memory)
    sections = int(s[0])
    axes = int(s[1])
    end = w * axes
    at = _HEAD
    while sections:
        k1 = int(s[at]) - 2
        k2 = int(s[at + 1]) - 2
        g = int(s[at + 2])
        g_shift = int(s[at + 3])
        e = int(s[at + 4])
        e_shift = int(s[at + 5])
        c = int(s[at + 6])
        c_shift = int(s[at + 7])
        at += _SECTION
        axis = 0
        while axis < axes:
            x1 = int(s[at]) - 0x8000
            x2 = int(s[at + 1]) - 0x8000
            d = int(s[at + 2]) - 0x20000000
            y = int(s[at + 3]) - 0x10000000
            i = axis
            while i < end:
                x = (p[i] ^ 0x8000) - 0x8000
                w = x + k1 * x1 + k2 * x2
                x2 = x1
                x1 = x
                d -= ((d >> 12) * c + (((d & 4095) * c) >> 12)) >> c_shift
                if g:
                    d += ((w >> 2) * g + (((w & 3) * g) >> 2)) >> g_shift
                    w = 0
                w = (w << 9) - y
                d += ((w >> 12) * e + (((w & 4095) * e) >> 12)) >> e_shift
                y += d
                # + half, and a bias of 2^15 that makes every int16 a number of 16 bits
                w = (y + 0x4000400) >> 11
                if w >> 16:
                    w = 65535 if w > 0 else 0
                    if y > 0x8000000 or y < 0 - 0x8000000:
                        d -= y
                        y = 0x8000000 if y > 0 else 0 - 0x8000000
                        d += y
                q[i] = w ^ 0x8000
                i += axes
            s[at] = x1 + 0x8000
            s[at + 1] = x2 + 0x8000
            s[at + 2] = d + 0x20000000
            s[at + 3] = y + 0x10000000
            at += _STATE
            axis += 1
        sections -= 1
        p = q
