"""The loops of tag/place/estimate.py over spots and beacons, as machine code: fixed point, ranges there.

Viper's pointers read unsigned: a number of 16 bit gets its sign by ^ 0x8000, - 0x8000, and is stored masked.
"""

import micropython
from dsp.pointers import ptr8, ptr16, ptr32
from micropython import const

_REACH_DM = const(100)
_CAP_Q2 = const(36)


@micropython.viper
def reach(after, x_dm, y_dm, start):
    """Raise `after` of each spot to what the way from one spot leaves; `start`: spots, its score q4 + 32768, its x, its y.

    The way costs 41/64 q4 a dm, which is 0.4 a metre; its length is the longer side + 3/8 of the shorter, within 7 %.
    """
    p = ptr16(after)
    x = ptr16(x_dm)
    y = ptr16(y_dm)
    a = ptr32(start)
    n = int(a[0])
    score = int(a[1]) - 32768
    xi = int(a[2]) - 32768
    yi = int(a[3]) - 32768
    j = 0
    while j < n:
        dx = (int(x[j]) ^ 0x8000) - 0x8000 - xi
        if dx < 0:
            dx = 0 - dx
        if dx < _REACH_DM:
            dy = (int(y[j]) ^ 0x8000) - 0x8000 - yi
            if dy < 0:
                dy = 0 - dy
            if dy < _REACH_DM:
                way = dx + ((3 * dy) >> 3)
                if dy > dx:
                    way = dy + ((3 * dx) >> 3)
                value = score - ((41 * way) >> 6)
                if value > (int(p[j]) ^ 0x8000) - 0x8000:
                    p[j] = value & 0xFFFF
        j += 1


@micropython.viper
def lean(expect, row: int, heard, n: int) -> int:
    """Sum of w (expected - median), of `n` beacons heard: number, -dBm, w of each in `heard`."""
    e = ptr8(expect)
    h = ptr8(heard)
    total = 0
    k = 0
    while k < 3 * n:
        total += int(h[k + 2]) * (int(e[row + int(h[k])]) - int(h[k + 1]))
        k += 3
    return total


@micropython.viper
def loss(expect, row: int, heard, off_q2: int) -> int:
    """Sum of w min(9 dB, |expected - median - off|), quarters of a dB; the list in `heard` ends with a weight of 0."""
    e = ptr8(expect)
    h = ptr8(heard)
    total = 0
    k = 0
    while int(h[k + 2]):
        d = 4 * (int(e[row + int(h[k])]) - int(h[k + 1])) - off_q2
        if d < 0:
            d = 0 - d
        if d > _CAP_Q2:
            d = _CAP_Q2
        total += int(h[k + 2]) * d
        k += 3
    return total
