"""From any sensor rate to one internal rate, by time-weighted means: what a chip's own averaging filter does.

An input sample lasts `out_hz` units of time, an output sample `in_hz` units. Each output is the mean of the input
over its own stretch of time, where an input is taken to hold until the next one. Down-sampling by a whole factor is a
plain mean; up-sampling repeats. No sample is lost or counted twice, whatever the ratio, and the result does not
depend on how the input is cut into blocks.

    state, array('i'), never negative: 0 in_hz | 1 out_hz | 2 room left in the output | 3 left of the input, both in units
                                       4..6 sums of (axis + BIAS) * units <= 65535 * 1000 < 2^26 | 7 next input sample
                                       8 next output sample | 9 size of the output
"""

from array import array

import micropython
from dsp.pointers import ptr16, ptr32
from micropython import const

MAX_HZ = const(1000)


class Resampler:
    """Three axes from `in_hz` to `out_hz`, both whole and 1..1000 (raises ValueError), into `.out`, `size` samples at a time."""

    def __init__(self, in_hz: int, out_hz: int, size: int) -> None:
        self.out = array("h", (0,) * (3 * size))
        self._state = array("i", (0,) * 9 + (size,))
        self.out_hz = out_hz
        self.retune(in_hz)

    def retune(self, in_hz: int) -> None:
        """Forget the past and take another input rate."""
        if not (1 <= in_hz <= MAX_HZ and 1 <= self.out_hz <= MAX_HZ):
            raise ValueError("resample: rate")
        self.in_hz = in_hz
        state = self._state
        state[0] = state[2] = in_hz
        state[1] = state[3] = self.out_hz
        state[4] = state[5] = state[6] = state[7] = state[8] = 0

    def run(self, mg, n: int) -> bool:
        """Go on through the `n` samples of `mg`; True when `.out` is full, False when the input is used up.

        After True call again with the same input: it may hold more. After False the next call begins another.
        Allocates nothing.
        """
        return _run(mg, n, self.out, self._state) != 0


@micropython.viper
def _run(mg, n: int, out, state) -> int:
    p = ptr16(mg)
    q = ptr16(out)
    s = ptr32(state)
    span = int(s[0])
    half = span >> 1  # so that the division rounds to nearest
    hold = int(s[1])
    room = int(s[2])
    left = int(s[3])
    x = int(s[4])
    y = int(s[5])
    z = int(s[6])
    k = 3 * int(s[7])
    j = 3 * int(s[8])
    end = 3 * n
    full = 3 * int(s[9])
    while k < end and j < full:
        step = left if left < room else room
        x += (p[k] ^ 0x8000) * step
        y += (p[k + 1] ^ 0x8000) * step
        z += (p[k + 2] ^ 0x8000) * step
        room -= step
        left -= step
        if left == 0:
            left = hold
            k += 3
        if room == 0:
            q[j] = ((x + half) // span) ^ 0x8000
            q[j + 1] = ((y + half) // span) ^ 0x8000
            q[j + 2] = ((z + half) // span) ^ 0x8000
            j += 3
            room = span
            x = 0
            y = 0
            z = 0
    s[2] = room
    s[3] = left
    s[4] = x
    s[5] = y
    s[6] = z
    if j == full:
        s[7] = k // 3
        s[8] = 0
        return 1
    s[7] = 0
    s[8] = j // 3
    return 0
