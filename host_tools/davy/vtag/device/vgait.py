"""The tag's gait analysis without a board: samples come in on standard input, what was counted goes out.

    vgait.py          (started by davy.evaluate.gait, under MicroPython or CPython)

A message is 8 bytes, little endian, as for vreplay.py: type u8, flag u8, n u16, t_ms u32; then n bytes.

    S   a new walker; flag = rate of the samples in hertz
    M   motion: int16 x, y, z in milli-g
    E   the end: six seconds of the last sample follow, so that all is seen; answered by a JSON object: steps, seconds of walking,
        and over those the sums of cadence, of how well the rhythm repeats (q10), stride times and their changes (1.25 ms)
"""

import json
import sys
from array import array

from dsp.gait import WALKING, Gait
from dsp.resample import Resampler
from dsp.summary import Summary

_CHUNK = 10
_REST = 300
_LONGEST = 4096


class _Walker:
    """A gait and what it said."""

    def __init__(self, rate_hz: int) -> None:
        self._resampler = Resampler(rate_hz, 50, _CHUNK)
        self._summary = Summary(0)  # it limits the samples, as on the tag
        self.gait = Gait(_CHUNK)
        self.last = array("h", (0, 0, 1000))
        self.seconds = self.cadence = self.regular = self.strides = self.sum = self.changes = self.change_sum = 0

    def take(self, mg, n: int) -> None:
        """Samples at the recording's rate."""
        while self._resampler.run(mg, n):
            self.chunk(self._resampler.out)

    def chunk(self, mg) -> None:
        """Ten samples at 50 Hz."""
        self._summary.take(mg, _CHUNK)
        for axis in range(3):
            self.last[axis] = mg[axis - 3]
        gait = self.gait
        if gait.take(mg) and gait.state == WALKING:
            self.seconds += 1
            self.cadence += gait.cadence
            self.regular += gait.regular_q10
            self.strides += gait.strides
            self.sum += gait.stride_sum_q4
            self.changes += gait.changes
            self.change_sum += gait.change_sum_q4

    def told(self) -> str:
        """As JSON, after a rest."""
        still = array("h", list(self.last) * _CHUNK)
        for _ in range(_REST // _CHUNK):
            self.chunk(still)
        return json.dumps(
            {
                "steps": self.gait.steps,
                "seconds": self.seconds,
                "cadence": self.cadence,
                "regular": self.regular,
                "strides": self.strides,
                "stride_sum": self.sum,
                "changes": self.changes,
                "change_sum": self.change_sum,
            }
        )


def main() -> None:
    """Serve messages until the input ends."""
    readinto = sys.stdin.buffer.readinto
    head = bytearray(8)
    samples = array("h", bytes(_LONGEST))
    into = {}
    walker = _Walker(50)
    while readinto(head) == 8:
        kind, flag, n = head[0], head[1], head[2] | head[3] << 8
        if n:
            part = into.get(n)
            if part is None:
                part = into[n] = memoryview(samples)[: n // 2]
            if readinto(part) != n:
                break
        if kind == 83:  # S
            walker = _Walker(flag)
        elif kind == 77:  # M
            walker.take(samples, n // 6)
        elif kind == 69:  # E
            print(walker.told())


main()
