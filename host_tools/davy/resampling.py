"""Motion brought to a sensor's rate and range, as the chip itself would have measured it.

    the recording is            what is done
    even, within 1 % of it      its own samples, at their own times: a chip's clock is no better
    even, faster                mean over each output period, centred on it: what a chip's averaging filter does. It is 3.9 dB
                                down at half the output rate and no brick wall; a chip's is none either
    slower, or uneven           straight lines between samples: nothing above the old rate is invented
    a hole (more than 0.25 s)   left as one: nothing is known there

Then everything beyond +-16 g is cut, as the sensor would.
"""

import array
import math
from dataclasses import dataclass
from itertools import accumulate

from davy.recordings import Recording

FULL_SCALE_MG = 16_000
HOLE_S = 0.25
NEAR = 0.01
MIN_HZ, MAX_HZ = 20, 200  # the rates at which a tag's sensor is run


@dataclass
class Samples:
    """x0, y0, z0, x1 ... in milli-g every `period_s`; `unknown[i]` is 1 where sample i lies in a hole."""

    mg: "array.array[int]"
    period_s: float
    unknown: bytes = b""

    @property
    def count(self) -> int:
        """How many samples."""
        return len(self.mg) // 3


def own_rate(recording: Recording) -> int:
    """The recording's own rate, as far as a tag's sensor has it."""
    return max(MIN_HZ, min(MAX_HZ, round(1 / _mean_period(recording))))


def at_rate(recording: Recording, odr_hz: int) -> Samples:
    """The motion of a recording at `odr_hz`, from its first sample on."""
    period_s = 1.0 / odr_hz
    mean_s = _mean_period(recording)
    even = recording.rate_hz > 0 or _even(recording, mean_s)
    if even and abs(mean_s - period_s) < NEAR * period_s:
        return Samples(clipped(recording.mg), mean_s)
    if even and mean_s < period_s:
        return Samples(clipped(_averaged(recording.mg, period_s / mean_s)), period_s)
    mg, unknown = _joined(recording, period_s)
    return Samples(clipped(mg), period_s, unknown)


def clipped(mg: "array.array[int]") -> "array.array[int]":
    """What the sensor's range lets through."""
    if not mg or (min(mg) >= -FULL_SCALE_MG and max(mg) <= FULL_SCALE_MG):
        return mg
    return array.array("h", (max(-FULL_SCALE_MG, min(FULL_SCALE_MG, v)) for v in mg))


def _mean_period(recording: Recording) -> float:
    if recording.rate_hz:
        return 1.0 / recording.rate_hz
    t_s = recording.t_s
    return (t_s[-1] - t_s[0]) / (len(t_s) - 1) if len(t_s) > 1 else 0.01


def _even(recording: Recording, mean_s: float) -> bool:
    t_s = recording.t_s
    return all(t_s[i + 1] - t_s[i] < 1.5 * mean_s for i in range(len(t_s) - 1))


def _averaged(mg: "array.array[int]", ratio: float) -> "array.array[int]":
    """Each input sample lasts from half a period before its time to half a period after; so does each output sample."""
    n = len(mg) // 3
    count = math.floor((n - 1) / ratio + 1e-6) + 1
    edges = [min(float(n), max(0.0, (k - 0.5) * ratio + 0.5)) for k in range(count + 1)]
    out = array.array("h", bytes(6 * count))
    for axis in range(3):
        values = mg[axis::3]
        values.append(values[-1])
        sums = list(accumulate(values, initial=0))
        area = [sums[int(edge)] + (edge % 1.0) * values[int(edge)] for edge in edges]
        out[axis::3] = array.array(
            "h", (round((area[k + 1] - area[k]) / (edges[k + 1] - edges[k])) for k in range(count))
        )
    return out


def _joined(recording: Recording, period_s: float) -> "tuple[array.array[int], bytes]":
    t_s, mg = recording.t_s, recording.mg
    n = len(t_s)
    total = math.floor((t_s[-1] - t_s[0]) / period_s + 1e-6) + 1
    out = array.array("h")
    unknown = bytearray(total)
    before = 0
    for i in range(total):
        at_s = t_s[0] + i * period_s
        while before + 1 < n - 1 and t_s[before + 1] <= at_s:
            before += 1
        after = min(before + 1, n - 1)
        gap_s = t_s[after] - t_s[before]
        unknown[i] = gap_s > HOLE_S and t_s[before] + period_s < at_s < t_s[after]
        share = min(1.0, max(0.0, (at_s - t_s[before]) / gap_s)) if gap_s else 0.0
        for axis in range(3):
            a, b = mg[3 * before + axis], mg[3 * after + axis]
            out.append(round(a + (b - a) * share))
    return out, bytes(unknown)
