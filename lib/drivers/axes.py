"""From an accelerometer's raw samples to milli-g in the tag's axes, block-wise and without allocation.

A raw sample is three 16-bit words of two's complement, x y z of the chip, little or big endian. The board gives, for each tag
axis in turn, the axis of the chip that it lies on, with sign: ("x", "-z", "y").

    mg = (word * multiplier + 2^shift / 2) >> shift        rounded to the nearest, then limited to the full scale

A digit that stands in the upper bits of its word (LIS3DH: 12 of 16) is no case of its own, its place is part of the shift.
|word| <= 2^15, multiplier < 2^15 and shift <= 15 keep the sum below 2^30. At 16 g three squared axes sum to 7.68e8, which does
so too.
"""

from array import array

import micropython
from dsp.pointers import ptr16, ptr32
from micropython import const

_BIAS = const(32768)
# The state is shift, limit and order, then for each tag axis: word in a sample, multiplier + BIAS, last output, its repeats.
_AXES = const(3)


class AxisMap:
    """Turns blocks of samples. `scale` is (multiplier, shift): a digit of a word is multiplier / 2^shift mg. `order` is 1 where
    the high byte of a word comes first.

    Raises ValueError unless `axes` names x, y and z once each.
    """

    def __init__(self, axes, scale, limit_mg: int, order: int = 0) -> None:
        if sorted([name[-1:] for name in axes]) != ["x", "y", "z"]:
            raise ValueError("axes: each of x, y, z once, with or without '-'")
        multiplier, shift = scale
        state = [shift, limit_mg, order]
        for name in axes:
            state += ["xyz".index(name[-1]), _BIAS + (-multiplier if name[0] == "-" else multiplier), 0, 0]
        self._state = array("i", state)  # none is ever negative, see `dsp`

    def same(self) -> int:
        """Samples in a row, up to the last one converted, in which no axis changed."""
        state = self._state
        return min(state[_AXES + 3], state[_AXES + 7], state[_AXES + 11])

    def forget(self) -> None:
        """Count equal samples anew."""
        state = self._state
        state[_AXES + 3] = state[_AXES + 7] = state[_AXES + 11] = 0

    def convert(self, raw, buf, n: int) -> bool:
        """`n` samples of `raw` into `buf` (array 'h': x0, y0, z0, x1, ...); True when one differs from the last."""
        return _run(raw, buf, n, self._state) != 0


@micropython.viper
def _run(raw, buf, n: int, state) -> int:
    p = ptr16(raw)
    q = ptr16(buf)
    s = ptr32(state)
    shift = int(s[0])
    limit = int(s[1])
    swapped = int(s[2])
    half = (1 << shift) >> 1
    moved = 0
    axis = 0
    while axis < 3:
        k = _AXES + 4 * axis
        at = int(s[k])
        gain = int(s[k + 1]) - _BIAS
        last = int(s[k + 2])
        run = int(s[k + 3])
        to = axis
        end = 3 * n + axis
        while to < end:
            mg = int(p[at])
            if swapped:
                mg = (mg >> 8) | ((mg & 0xFF) << 8)
            mg = (((mg ^ 0x8000) - 0x8000) * gain + half) >> shift
            if mg > limit:
                mg = limit
            if mg < 0 - limit:
                mg = 0 - limit
            mg &= 0xFFFF
            if mg != last:
                last = mg
                run = 0
                moved = 1
            elif run < 0x3FFFFFFF:
                run += 1
            q[to] = mg
            at += 3
            to += 3
        s[k + 2] = last
        s[k + 3] = run
        axis += 1
    return moved
