"""Chooses what the fall detector weighs, and how much is enough, and says what that is worth on people who were left out.

The features come from the shipped detector on real MicroPython (vtag/device/vtune.py), so nothing is modelled twice. A trial's
points are the most that any of its hits has, with rest and tilt as in tag/motion/fall.py. For each person in turn weights and
limit are chosen on all others, and applied to that person's trials: the figures of all people together are the honest ones.

    lost    of a choice: missed falls / falls + false falls / others, on the trials it was chosen on
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from davy import replay
from davy.recordings import Recording
from davy.vtag.rom import DEVICE

SCRIPT = DEVICE / "vtune.py"
# Of the tag: the weights of hit, surge, hard samples and tilt, what is enough (log2 * 4), and the gates before them.
Weights = tuple[int, int, int, int]
SHIPPED: Weights = (4, 8, 3, 4)
REST_MG = 300
TILT_DEG = 25
HARD_MIN, HARD_MAX, TILT_MAX = 4, 32, 90
GRID: tuple[Weights, ...] = tuple(product((4,), (4, 6, 8, 10, 12), (0, 2, 3, 4, 6), (0, 2, 4, 6)))
NONE = -1.0


@dataclass(frozen=True)
class Trial:
    """What the device measured in one trial: log2 of hit, surge, hard and tilt of each hit that passes the gates."""

    name: str
    subject: str
    fall: bool
    hits: tuple[tuple[float, float, float, float], ...]

    def points(self, weights: Weights) -> float:
        """The most that one of its hits has; NONE without a hit."""
        a, b, c, d = weights
        return max((a * w + b * x + c * y + d * z for w, x, y, z in self.hits), default=NONE)


@dataclass(frozen=True)
class Choice:
    """Weights, what is enough, and what that loses on the trials it was chosen on."""

    weights: Weights
    enough: float
    lost: float


@dataclass(frozen=True)
class Worth:
    """How many trials were judged right."""

    falls: int
    found: int
    others: int
    quiet: int

    @property
    def sensitivity(self) -> float:
        """Falls found of all."""
        return self.found / self.falls if self.falls else 0.0

    @property
    def specificity(self) -> float:
        """Others left alone of all."""
        return self.quiet / self.others if self.others else 0.0

    @property
    def accuracy(self) -> float:
        """Trials judged right of all."""
        return (self.found + self.quiet) / (self.falls + self.others)


def measure(recordings: Iterable[Recording], odr_hz: int | None = None) -> Iterator[Trial]:
    """Put trials through the device's own code."""
    from math import log2

    for done in replay.replay(recordings, odr_hz=odr_hz, script=SCRIPT):
        hits = tuple(
            (log2(hit), log2(max(1, surge)), log2(min(HARD_MAX, max(HARD_MIN, hard))), log2(min(TILT_MAX, tilt)))
            for hit, surge, hard, tilt, rest in done.judged
            if rest < REST_MG and tilt > TILT_DEG
        )
        yield Trial(done.recording.name, done.recording.subject, done.recording.label == "fall", hits)


def choose(scored: Sequence[tuple[float, bool]], weights: Weights) -> Choice:
    """The limit that loses least, for one set of weights; `scored` is (points, fall) of the trials. In the middle of the gap."""
    order = sorted(scored)
    falls = sum(fall for _, fall in order) or 1
    others = len(order) - falls or 1
    missed, false = 0, others
    best = (2.0, 0.0)
    for i, (at, fall) in enumerate(order):
        after = order[i + 1][0] if i + 1 < len(order) else at + 1.0
        if fall:
            missed += 1
        else:
            false -= 1
        if after > at >= 0:
            lost = missed / falls + false / others
            if lost < best[0]:
                best = (lost, (at + after) / 2)
    return Choice(weights, best[1], best[0])


def best_of(choices: Iterable[Choice]) -> Choice:
    """The one that loses least; of equals the first."""
    return min(choices, key=lambda choice: choice.lost)


def worth(judged: Iterable[tuple[bool, bool]]) -> Worth:
    """Of (fall, declared)."""
    rows = list(judged)
    falls = sum(fall for fall, _ in rows)
    return Worth(
        falls,
        sum(fall and declared for fall, declared in rows),
        len(rows) - falls,
        sum(not fall and not declared for fall, declared in rows),
    )


@dataclass(frozen=True)
class Tuned:
    """What leaving one person out gives."""

    left_out: Worth  # weights and limit chosen without the person
    limit_only: Worth  # the shipped weights, only the limit chosen without the person
    folds: tuple[tuple[str, Choice], ...]
    best: Choice  # on all trials
    shipped: Choice  # the shipped weights on all trials


def tune(trials: Sequence[Trial], progress: Callable[[int, int], None] = lambda done, of: None) -> Tuned:
    """Choose for each person on the others. `progress(done, of)` follows the people."""
    people = sorted({trial.subject for trial in trials})
    grid: list[Weights] = sorted({*GRID, SHIPPED}, key=lambda weights: (weights != SHIPPED, weights))
    points = {weights: [(trial.points(weights), trial.fall) for trial in trials] for weights in grid}
    folds: list[tuple[str, Choice]] = []
    left_out: list[tuple[bool, bool]] = []
    limit_only: list[tuple[bool, bool]] = []
    for number, person in enumerate(people, 1):
        out = [i for i, trial in enumerate(trials) if trial.subject == person]
        kept = [i for i, trial in enumerate(trials) if trial.subject != person]
        choices = [choose([rows[i] for i in kept], weights) for weights, rows in points.items()]
        chosen = best_of(choices)
        plain = next(choice for choice in choices if choice.weights == SHIPPED)
        folds.append((person, chosen))
        for judged, choice in ((left_out, chosen), (limit_only, plain)):
            judged += [(trials[i].fall, points[choice.weights][i][0] > choice.enough) for i in out]
        progress(number, len(people))
    everything = [choose(rows, weights) for weights, rows in points.items()]
    return Tuned(
        worth(left_out),
        worth(limit_only),
        tuple(folds),
        best_of(everything),
        next(choice for choice in everything if choice.weights == SHIPPED),
    )
