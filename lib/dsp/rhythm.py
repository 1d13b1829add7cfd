"""Does a signal repeat, and after how long? Its normalised autocorrelation over about five seconds, in fixed point.

    n(k) = 2 sum y[i] y[i+k] / (sum y[i]^2 + sum y[i+k]^2),   0 where it is negative        (McLeod and Wyvill, ICMC 2005)

1 says that what comes k samples later is the same again. The peaks of n over k from 0.28 to 2.04 s tell a walk:

    first      the earliest peak of at least 4/5 of the highest, interpolated by a parabola
    a step     that is, when it comes before 0.64 s, or when nothing repeats at half of it
    a stride   when it comes after 1.08 s, or another peak stands at 0.38 .. 0.62 of it: at a thigh or an ankle one foot's steps
               look unlike the other's, and only both together repeat. A step is then half of it

`pairs` makes the signal: |mean of each two samples|, 50 Hz to 25 Hz, for any mounting. `compare` gives n alone, for other signals
(pulse.py).
Ranges: y is scaled to +-255; sums of 64 products below 2^22, of 256 squares below 2^24; n in q10: (sum << 7) // (squares >> 5),
below 2^29. `scan` takes the products at every second i: y holds nothing above 3 Hz, so its products hold nothing above 6.
`compare` takes all, 128 below 2^23, and shifts by 6.
"""

from array import array

import micropython
from dsp.pointers import ptr16, ptr32
from micropython import const

WINDOW = const(128)  # samples at 25 Hz
HOP = const(25)
LONGEST = const(51)

_FAINT = const(50)  # mg: below that nothing moves
_HALF = const(51)  # of WINDOW - HOP: where the middle second begins

# of a scan's result
ALIVE = const(0)  # 1: the middle second moves like the rest of the window
PERIOD = const(1)  # of a step in samples at 50 Hz, q4; 0: nothing repeats
AGAIN = const(2)  # n of the first peak, q10
EVEN = const(3)  # n at a step over n at a stride, q10, at most 1024: 1024 says that left is like right
SHARE = const(4)  # q8: how much of the middle second moves, where before or after it somebody stands; else 256
SIZE = const(12)  # the sum of |y|, mg
LARGEST = const(13)  # the largest |y|, mg; the rest is scratch


def make():
    """Memory of a scan: n from lag 6 to 103, the scaled window, the result."""
    return array("i", (0,) * 104), array("h", (0,) * WINDOW), array("i", (0,) * 16)


@micropython.viper
def scan(window, n_q10, scaled, result):
    """Look at a window, array('h') of 128; `result` tells what it holds."""
    r = ptr32(result)
    r[0] = 0
    r[1] = 0
    r[2] = 0
    r[3] = 0
    if int(_scale(0, 0, window, scaled, result)) and int(_middle(0, 0, 0, window, result)):
        r[0] = 1
        _correlate(0, 0, 0, 6, 2, scaled, n_q10)
        _pick(n_q10, result)


@micropython.viper
def compare(window, n_q10, scaled, result) -> int:
    """n of a window from lag 3 on, its SIZE and LARGEST; 0 when it is fainter than 50, then there is no n."""
    if not int(_scale(0, 0, window, scaled, result)):
        return 0
    _correlate(0, 0, 0, 3, 1, scaled, n_q10)
    return 1


@micropython.viper
def _scale(i: int, x: int, window, scaled, result) -> int:
    """The window in +-255, + 256; 0 when it is fainter than 50."""
    p = ptr16(window)
    q = ptr16(scaled)
    r = ptr32(result)
    most = 0
    total = 0
    while i < 128:
        x = (p[i] ^ 0x8000) - 0x8000
        if x < 0:
            x = 0 - x
        if x > most:
            most = x
        total += x
        i += 1
    r[12] = total
    r[13] = most
    if most < _FAINT:
        return 0
    i = 0
    while i < 128:
        x = (p[i] ^ 0x8000) - 0x8000
        if x < 0:
            q[i] = 256 - (0 - x) * 255 // most
        else:
            q[i] = 256 + x * 255 // most
        i += 1
    return 1


@micropython.viper
def _middle(i: int, x: int, total: int, window, result) -> int:
    """1 when the middle second moves like the rest of the window; SHARE."""
    p = ptr16(window)
    r = ptr32(result)
    i = _HALF - 25
    k = 0
    while k < 3:  # the second before, it, the second after
        total = 0
        end = i + 25
        while i < end:
            x = (p[i] ^ 0x8000) - 0x8000
            total += 0 - x if x < 0 else x
            i += 1
        r[5 + k] = total
        k += 1
    least = int(r[5])
    middle = int(r[6])
    most = int(r[7])
    if least > most:
        x = most
        most = least
        least = x
    # Below a fifth somebody stands: the middle second is the first or the last one of a walk, or a part of it.
    r[4] = 256
    if 5 * least < most and middle < most:
        r[4] = (middle << 8) // most  # below 2^20 << 8
    # 0.4 of the window's mean: middle / 25 against 0.4 total / 128; both below 2^23, and times 320 below 2^30 for what the
    # band-pass lets through
    return 1 if middle * 320 > int(r[12]) * 25 else 0


@micropython.viper
def _correlate(i: int, end: int, total: int, first: int, step: int, scaled, n_q10):
    """n from lag `first` on, of each product or of every second one. The first three are scratch: viper keeps them in registers."""
    p = ptr16(scaled)
    n = ptr32(n_q10)
    squares = 0
    while i < 128:
        end = int(p[i]) - 256
        squares += end * end
        i += 1
    squares += squares
    k = 1
    while k < 53:
        i = int(p[k - 1]) - 256
        squares -= i * i
        i = int(p[128 - k]) - 256
        squares -= i * i
        if k >= first:
            total = 0
            end = 128 - k
            i = 0
            while i < end:
                total += (int(p[i]) - 256) * (int(p[i + k]) - 256)
                i += step
            i = squares >> 5
            # times `step`, as so many products were passed by, and twice by the definition
            total = (total << (5 + step)) // i if total > 0 and i > 0 else 0
            n[k] = total if total < 1024 else 1024
        k += 1


@micropython.viper
def _pick(n_q10, result):
    n = ptr32(n_q10)
    r = ptr32(result)
    best = 0
    k = 7
    while k < 52:
        a = int(n[k])
        if a > best and a >= int(n[k - 1]) and a > int(n[k + 1]):
            best = a
        k += 1
    if best == 0:
        return
    k = 7
    while int(n[k]) * 5 < best * 4 or int(n[k]) < int(n[k - 1]) or int(n[k]) <= int(n[k + 1]):
        k += 1
    top = int(n[k])
    stride = 1 if k > 27 else 0
    i = (38 * k + 99) // 100
    if k < 16:
        i = k
    while not stride and 100 * i <= 62 * k:
        if int(n[i]) > 0 and int(n[i]) >= int(n[i - 1]) and int(n[i]) > int(n[i + 1]):
            stride = 1
        i += 1
    # The parabola's top, in sixteenths of a sample at 25 Hz from k: -8 .. 8. Its bend is above 0: k is above its right neighbour.
    before = int(n[k - 1])
    after = int(n[k + 1])
    bend = 2 * top - before - after
    part = (8 * (after - before) + 9 * bend + (bend >> 1)) // bend - 9 + 16 * k
    # At 50 Hz twice as many samples. A step's n, and a stride's.
    r[2] = top
    if stride:
        r[1] = part
        i = k >> 1
        one = int(n[i]) if i > 5 else 0
        i = top
    else:
        r[1] = 2 * part
        one = top
        i = int(n[2 * k]) if k < 27 else top
    r[3] = (one << 10) // i if i > one else 1024


@micropython.viper
def pairs(x: int, y: int, i: int, mg, end: int, norm, state) -> int:
    """Appends |mean| of each two samples of `end` numbers; how many there are. state: 0 how many there were | 1 the last, not 0."""
    p = ptr16(mg)
    q = ptr16(norm)
    s = ptr32(state)
    count = int(s[0])
    root = int(s[1])
    while i < end:
        x = (((p[i] ^ 0x8000) + (p[i + 3] ^ 0x8000) + 1) >> 1) - 32768
        y = (((p[i + 1] ^ 0x8000) + (p[i + 4] ^ 0x8000) + 1) >> 1) - 32768
        x = x * x + y * y
        y = (((p[i + 2] ^ 0x8000) + (p[i + 5] ^ 0x8000) + 1) >> 1) - 32768
        x += y * y
        # Newton's method from the last root, never 0, until x / root - root is -2 .. 1; near the root it cannot go to and fro.
        y = x // root
        while (y - root + 2) >> 2:
            root = (root + y) >> 1
            y = x // root
        q[count] = root
        count += 1
        i += 6
    s[0] = count
    s[1] = root
    return count
