"""A made photoplethysmogram: what a light on somebody's skin sends back, as a function of time. Nobody's recording.

Each beat is two bells over its phase: the pulse wave, and the dicrotic wave after the notch. Where more blood is, less light
comes back. The beats come from a rate that drifts, breathes (respiratory sinus arrhythmia) and jitters; breath and slow pressure
move the level of the light, steps shake it.

    light = back * (1 - perfusion (wave - mean) + breath + sway + shake + noise)        nA of the photodiode, a mA of the LED

Shares are of the level: 0.01 is 1 %. What is usual at which place of the body nobody here has measured. Off the skin nothing
comes back but what the cover glass throws back.
"""

import random
from bisect import bisect_right
from dataclasses import dataclass, field
from math import exp, pi, sin

GLASS_NA_MA = 3.0  # a few thousand of 262 144 counts at 25 mA: read off what users show of bare modules


@dataclass
class Skin:
    """Somebody's skin under the sensor. Change its numbers at any time but those of the beats, which go on as they began."""

    bpm: float = 70.0
    seed: int = 0
    drift_bpm_min: float = 0.0
    arrhythmia: float = 0.03  # of the interval, with the breath
    jitter: float = 0.01  # of the interval, from beat to beat
    notch: float = 0.35  # height of the dicrotic wave
    perfusion: float = 0.008  # from the foot of the wave to its top
    breath_hz: float = 0.25
    breath: float = 0.003
    sway: float = 0.002
    shake: float = 0.0
    cadence_hz: float = 1.8  # steps a second
    noise: float = 0.0001  # standard deviation
    back_na_ma: float = 200.0
    ambient_na: float = 0.0
    worn: bool = True
    _beats_s: list[float] = field(default_factory=lambda: [0.0], repr=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._phases = [self._random.uniform(0, 2 * pi) for _ in range(4)]
        # What a bell is over a beat, on average: the level stays where it is.
        self._mean = (1.0 * 0.085 + self.notch * 0.1) * (2 * pi) ** 0.5

    def light(self, t_us: int) -> tuple[float, float]:
        """As `World.light`: nA that come back of a mA of infrared, and nA of other light."""
        if not self.worn:
            return GLASS_NA_MA, self.ambient_na
        t_s = t_us / 1e6
        a, b, c, d = self._phases
        share = -self.perfusion * (self._wave(self.beats(t_s) % 1.0) - self._mean)
        share += self.breath * sin(2 * pi * self.breath_hz * t_s + a) + self.sway * sin(2 * pi * 0.05 * t_s + b)
        if self.shake:
            step = 2 * pi * self.cadence_hz * t_s
            share += self.shake * (sin(step + c) + 0.4 * sin(step / 2 + d) + 0.3 * sin(2 * step + b))
        if self.noise:
            share += self._random.gauss(0.0, self.noise)
        return max(0.0, self.back_na_ma * (1 + share)), self.ambient_na

    def beats(self, t_s: float) -> float:
        """Beats since the start, with the part of the one that goes on."""
        starts = self._beats_s
        while starts[-1] <= t_s:
            at_s = starts[-1]
            even_s = 60.0 / max(20.0, self.bpm + self.drift_bpm_min * at_s / 60)
            breathing = self.arrhythmia * sin(2 * pi * self.breath_hz * at_s + self._phases[0])
            starts.append(at_s + even_s * (1 + breathing + self._random.gauss(0.0, self.jitter)))
        i = bisect_right(starts, t_s) - 1
        return i + (t_s - starts[i]) / (starts[i + 1] - starts[i])

    def rate_bpm(self, from_s: float, to_s: float) -> float:
        """The true rate over a while."""
        return 60 * (self.beats(to_s) - self.beats(from_s)) / (to_s - from_s)

    def _wave(self, phase: float) -> float:
        def bell(at: float, width: float) -> float:
            # the one before reaches over the beat's begin
            return sum(exp(-(((phase - at + k) / width) ** 2) / 2) for k in (0, 1))

        return bell(0.18, 0.085) + self.notch * bell(0.52, 0.1)
