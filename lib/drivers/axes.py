"""From an accelerometer's raw samples to milli-g in the tag's axes, block-wise and without allocation.

A raw sample is three little-endian 16-bit words, x y z of the chip, of which the upper 12 bits are the signed digit.
The board gives, for each tag axis in turn, the axis of the chip that it lies on, with sign: ("x", "-z", "y").
mg = digit * gain, limited to the full scale: at 16 g three squared axes sum to 7.68e8, which is below 2^30.
"""


class AxisMap:
    """Turns blocks of samples; raises ValueError unless `axes` names x, y and z once each."""

    def __init__(self, axes, mg_per_digit: int, limit_mg: int) -> None:
        if sorted([name[-1:] for name in axes]) != ["x", "y", "z"]:
            raise ValueError("axes: each of x, y, z once, with or without '-'")
        # For each tag axis: place of its high byte in a sample, mg per digit with sign, last value, how often repeated.
        self._at = tuple(["xyz".index(name[-1]) * 2 + 1 for name in axes])
        self._gain = tuple([-mg_per_digit if name[0] == "-" else mg_per_digit for name in axes])
        self._limit_mg = limit_mg
        self._last = [0, 0, 0]
        self._run = [0, 0, 0]

    def same(self) -> int:
        """Samples in a row, up to the last one converted, in which no axis changed."""
        return min(self._run)

    def forget(self) -> None:
        """Count equal samples anew."""
        self._run[0] = self._run[1] = self._run[2] = 0

    def convert(self, raw, buf, n: int) -> bool:
        """`n` samples of `raw` into `buf` (array 'h': x0, y0, z0, x1, ...); True when one differs from the last."""
        limit = self._limit_mg
        moved = False
        for axis in range(3):
            gain = self._gain[axis]
            last = self._last[axis]
            run = self._run[axis]
            at = self._at[axis]
            to = axis
            for _ in range(n):
                high = raw[at]
                if high > 127:
                    high -= 256
                mg = (high << 4 | raw[at - 1] >> 4) * gain
                if mg > limit:
                    mg = limit
                elif mg < -limit:
                    mg = -limit
                if mg == last:
                    run += 1
                else:
                    last = mg
                    run = 0
                    moved = True
                buf[to] = mg
                at += 6
                to += 3
            self._last[axis] = last
            self._run[axis] = run
        return moved
