"""What lib/dsp/pulse.py makes of made photoplethysmograms (`vtag.skin`): how far off its rate is, and how often it knows none.

No recording of real skin may be had here: the figures say what the arithmetic is worth, not what a sensor on a wearer is.
"""

import random
from array import array
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from davy import roots  # noqa: F401  puts the tag's folders on the path
from davy.vtag.skin import Skin

from dsp import pulse  # isort: skip

NA_TO_COUNTS = 64  # 262 144 counts of 4096 nA
BEGIN_S = 5.0
FAR_BPM = 5.0
HEAD = ("made signal; errors in bpm", "unknown", "median", "95 %", "largest", "off by 5")
WHYS = ("ok", "short", "dark", "bright", "moved", "shifted", "faint", "unsteady")


@dataclass
class Family:
    """Skins drawn alike, `make(dice, seed)` each; the light as the driver would set it, or `led_ma`; how the wearer moves."""

    about: str
    make: Callable[[random.Random, int], Skin]
    led_ma: float = 0.0
    motion_mg: int = 0


@dataclass
class Figures:
    """Of a family: errors of the known rates in bpm, ascending, and why the others were not."""

    errors: list[float] = field(default_factory=list)
    whys: Counter[str] = field(default_factory=Counter)

    @property
    def known(self) -> float:
        """Share of measurements with a rate."""
        return self.whys["ok"] / max(1, self.whys.total())

    def error(self, share: float) -> float:
        """Not larger in this share of them."""
        return self.errors[min(len(self.errors) - 1, int(share * len(self.errors)))]


def usual(dice: random.Random, seed: int, **other: float) -> Skin:
    """A steady pulse of any rate from 40 to 180 bpm."""
    skin = Skin(
        bpm=dice.uniform(40, 180),
        seed=seed,
        drift_bpm_min=dice.uniform(-10, 10),
        arrhythmia=dice.uniform(0, 0.06),
        notch=dice.uniform(0, 0.7),
        perfusion=10 ** dice.uniform(-2.5, -1.6),
        breath_hz=dice.uniform(0.15, 0.4),
        breath=10 ** dice.uniform(-3, -2),
    )
    for name, value in other.items():
        setattr(skin, name, value)
    return skin


def walking(dice: random.Random, seed: int) -> Skin:
    """Steps shake the light as much as the pulse does, or more."""
    return usual(dice, seed, shake=0.01, cadence_hz=dice.uniform(1.4, 2.2))


FAMILIES = {
    "steady": Family("perfusion 0.3 to 2.5 %", usual),
    "faint": Family(
        "perfusion 0.05 to 0.3 %", lambda dice, seed: usual(dice, seed, perfusion=10 ** dice.uniform(-3.3, -2.5))
    ),
    "deep notch": Family("second wave 0.8 to 1.0", lambda dice, seed: usual(dice, seed, notch=dice.uniform(0.8, 1.0))),
    "noise": Family("0.1 % of the level", lambda dice, seed: usual(dice, seed, noise=0.001)),
    "loud noise": Family("0.3 % of the level", lambda dice, seed: usual(dice, seed, noise=0.003)),
    "quick change": Family(
        "40 bpm a minute", lambda dice, seed: usual(dice, seed, drift_bpm_min=dice.choice((-40, 40)))
    ),
    "deep breath": Family(
        "interval +-15 % with it",
        lambda dice, seed: usual(dice, seed, arrhythmia=0.15, bpm=dice.uniform(45, 80)),
    ),
    "irregular": Family(
        "interval +-20 % at random", lambda dice, seed: usual(dice, seed, jitter=0.2, bpm=dice.uniform(60, 130))
    ),
    "walking": Family("light 1 %, moves by 100 mg", walking, motion_mg=100),
    "walking unseen": Family("the same, no accelerometer", walking),
    "no pulse": Family("noise 0.01 %", lambda dice, seed: usual(dice, seed, perfusion=0.0)),
    "no pulse, noise": Family("noise 0.1 %", lambda dice, seed: usual(dice, seed, perfusion=0.0, noise=0.001)),
    "off the skin": Family("25 mA", lambda dice, seed: usual(dice, seed, worn=False), led_ma=25.4),
    "too bright": Family("30 mA", usual, led_ma=30.0),
}


def counts(skin: Skin, led_ma: float = 0.0) -> "array[int]":
    """A measurement's samples at 25 Hz; without `led_ma` the light is at 0.6 of the converter."""
    led_ma = led_ma or 0.6 * 4096 / skin.back_na_ma
    found = array("i")
    for i in range(pulse.SAMPLES):
        back_na, other_na = skin.light(int((BEGIN_S + i / pulse.RATE_HZ) * 1e6))
        found.append(max(0, min(pulse.FULL, round((back_na * led_ma + other_na) * NA_TO_COUNTS))))
    return found


def measure(samples: "array[int]", motion_mg: int = 0, block: int = 5) -> pulse.Pulse:
    """A whole measurement by the tag's code."""
    found = pulse.Pulse()
    for at in range(0, len(samples), block):
        found.take(samples[at : at + block], len(samples[at : at + block]), motion_mg)
    return found


def true_bpm(skin: Skin) -> float:
    """The rate in the part of a measurement that is weighed."""
    return skin.rate_bpm(BEGIN_S + 66 / pulse.RATE_HZ, BEGIN_S + pulse.SAMPLES / pulse.RATE_HZ)


def evaluate(family: Family, times: int, first_seed: int = 0) -> Figures:
    """`times` measurements."""
    figures = Figures()
    for seed in range(first_seed, first_seed + times):
        skin = family.make(random.Random(seed), seed)
        found = measure(counts(skin, family.led_ma), family.motion_mg)
        figures.whys[WHYS[found.why]] += 1
        if found.bpm_q4:
            figures.errors.append(abs(found.bpm_q4 / 16 - true_bpm(skin)))
    figures.errors.sort()
    return figures


def row(name: str, family: Family, figures: Figures) -> tuple[str, ...]:
    """Of the table whose head is HEAD."""
    errors = [f"{figures.error(share):.1f}" for share in (0.5, 0.95, 1.0)] if figures.errors else ["", "", ""]
    far = f"{sum(error > FAR_BPM for error in figures.errors) / sum(figures.whys.values()):.1%}"
    return f"{name}: {family.about}", f"{1 - figures.known:.1%}", *errors, far
