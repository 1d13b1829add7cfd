"""Puts labelled trials through the tag's gait analysis on MicroPython, and sets its steps beside an independent count.

A trial is of walking when its activity, in words or by name, says walk, jog, run or stairs; falls are left out, whatever they begin
with. In all other trials nobody is known to walk: what is counted there is a false step, or a few true ones, and SciPy's count of a
tumult is no reference, so that they have no errors.
"""

import dataclasses
import math
import re
import statistics
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from davy import resampling
from davy.devicescript import message
from davy.errors import DavyError
from davy.evaluate.answering import answers, motion
from davy.evaluate.dataset import ADL, Dataset
from davy.evaluate.gaitreference import Counted, count
from davy.evaluate.turning import turned
from davy.recordings import Recording

SCRIPT = Path(__file__).parents[1] / "vtag" / "device" / "vgait.py"
ENOUGH = 0.03  # of the independent count
# Also in "slow_walk", "GoDownstairs", "FastRun"; no trunk is run, nor what crunches.
WALKS = re.compile(
    r"(?i:walk|jog|stair)|((?<![A-Za-z])[Rr]|(?<=[a-z])R)un(s|ning)?(?![a-z])|(?<![A-Za-z])RUN(NING)?(?![A-Z])"
)
_UNEVEN = re.compile(r"stair|stumbl", re.IGNORECASE)
_UNIT_MS = 1.25


@dataclass(frozen=True)
class Walked:
    """A trial: what the tag counted, and SciPy."""

    trial: Recording
    steps: int
    cadence: float | None  # mean over the seconds of walking
    regular: float | None  # how well the rhythm repeats, 0..1
    stride_ms: float | None
    variability_ms: float | None  # mean change from a stride time to the next
    reference: Counted | None

    @property
    def walking(self) -> bool:
        """Whether somebody walks in it."""
        return bool(WALKS.search(f"{self.trial.activity} {self.trial.desc}"))

    @property
    def plain(self) -> bool:
        """Walks or runs on even ground, all the time."""
        return self.walking and not _UNEVEN.search(self.trial.desc)

    def error(self, nearest: bool = False) -> float | None:
        """Of the steps, as a fraction of the reference."""
        of = 0 if self.reference is None else self.reference.nearest if nearest else self.reference.peaks
        return (self.steps - of) / of if of else None

    @property
    def enough(self) -> bool | None:
        """Within 3 % of the reference, or one step of it: of a short walk one step is more than 3 %."""
        of = 0 if self.reference is None else self.reference.peaks
        return abs(self.steps - of) <= max(1, ENOUGH * of) if of else None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        found = {"trial": self.trial.name, "activity": self.trial.activity, "steps": self.steps}
        if self.reference:
            found |= {"peaks": self.reference.peaks, "nearest": self.reference.nearest}
            found |= {"reference_cadence": round(self.reference.cadence, 1)}
        for name in ("cadence", "regular", "stride_ms", "variability_ms"):
            value = getattr(self, name)
            found[name] = None if value is None else round(value, 3)
        return found


@dataclass(frozen=True)
class Group:
    """All trials of an activity, or of several; shares and errors are fractions."""

    name: str
    desc: str
    walked: Sequence[Walked]
    walking: bool = True  # else there is no reference

    @property
    def _judged(self) -> Sequence[Walked]:
        return self.walked if self.walking else ()

    def errors(self, nearest: bool = False) -> list[float]:
        """Without sign, smallest first."""
        return sorted(abs(error) for one in self._judged if (error := one.error(nearest)) is not None)

    def median(self, nearest: bool = False) -> float | None:
        """Of the errors."""
        errors = self.errors(nearest)
        return statistics.median(errors) if errors else None

    @property
    def p90(self) -> float | None:
        """Nine of ten trials are no worse (nearest rank)."""
        errors = self.errors()
        return errors[math.ceil(0.9 * len(errors)) - 1] if errors else None

    @property
    def within(self) -> float | None:
        """Share of the trials within 3 %."""
        errors = self.errors()
        return sum(error <= ENOUGH for error in errors) / len(errors) if errors else None

    @property
    def enough(self) -> float | None:
        """Share of the trials within 3 % or one step."""
        known = [enough for one in self._judged if (enough := one.enough) is not None]
        return sum(known) / len(known) if known else None

    @property
    def steps(self) -> int:
        """Of the tag, in all trials."""
        return sum(one.steps for one in self.walked)

    @property
    def peaks(self) -> int:
        """Of the reference, in all trials."""
        return sum(one.reference.peaks for one in self._judged if one.reference)

    @property
    def total(self) -> float | None:
        """Error of all steps together, with its sign: what is missed in one trial and found in another evens out."""
        return (self.steps - self.peaks) / self.peaks if self.peaks else None

    @property
    def hours(self) -> float:
        """How long they last together."""
        return sum(one.trial.duration_s for one in self.walked) / 3600

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        figures = {"median": self.median(), "p90": self.p90, "within_3_percent": self.within}
        figures |= {"within_3_percent_or_a_step": self.enough, "total": self.total}
        figures["median_nearest"] = self.median(nearest=True)
        return {
            "name": self.name,
            "desc": self.desc,
            "trials": len(self.walked),
            "steps": self.steps,
            "peaks": self.peaks if self.walking else None,
            **{name: None if value is None else round(value, 4) for name, value in figures.items()},
        }


def groups(walked: Sequence[Walked]) -> list[Group]:
    """Those of walking by activity, all plain ones, and those in which nobody is known to walk."""
    found: dict[str, list[Walked]] = {}
    for one in walked:
        if one.walking:
            found.setdefault(one.trial.activity or one.trial.desc, []).append(one)
    by_activity = [Group(name, ones[0].trial.desc, ones) for name, ones in sorted(found.items())]
    plain = Group("plain", "walking and running on the level", [one for one in walked if one.plain])
    others = Group("others", "nobody is known to walk", [one for one in walked if not one.walking], walking=False)
    return [*by_activity, plain, others]


def run(
    dataset: Dataset,
    *,
    turn: str = "",
    cut_s: float | None = None,
    rate_hz: int | None = None,
    interpreter: str = "mp64",
    on_done: Callable[[Walked], None] = lambda one: None,
) -> list[Walked]:
    """Every trial without a fall; `turn` is a seed of random mountings. Of `cut_s` seconds out of a trial's middle, or of all."""
    trials = [trial if cut_s is None else cut(trial, cut_s) for trial in dataset.trials if trial.label == ADL]
    if not trials:
        raise DavyError(f"{dataset.name}: every trial is a fall: of them steps are not counted")
    done = []

    def parts(trial: Recording) -> Iterator[bytes]:
        return messages(turned(trial, f"{turn}/{dataset.name}") if turn else trial, rate_hz)

    for trial, said in zip(trials, answers(SCRIPT, trials, parts, interpreter), strict=True):
        samples = resampling.at_rate(trial, resampling.own_rate(trial))
        done.append(_walked(trial, said, count(samples.mg, samples.period_s)))
        on_done(done[-1])
    return done


def cut(trial: Recording, seconds: float) -> Recording:
    """What lies in the middle of a trial; all of a shorter one."""
    half = (trial.duration_s - seconds) / 2
    first, end = (bisect_left(trial.t_s, trial.t_s[0] + half + after_s) for after_s in (0.0, seconds))
    if half <= 0:
        return trial
    return dataclasses.replace(trial, t_s=trial.t_s[first:end], mg=trial.mg[3 * first : 3 * end])


def messages(trial: Recording, rate_hz: int | None = None) -> Iterator[bytes]:
    """A trial as the device script reads it."""
    rate_hz = rate_hz or resampling.own_rate(trial)
    yield message(b"S", rate_hz, 0)
    yield from motion(trial, rate_hz)
    yield message(b"E", 0, 0)


def _walked(trial: Recording, said: dict[str, int], reference: Counted | None) -> Walked:
    def mean(total: str, number: str, unit: float) -> float | None:
        return said[total] * unit / said[number] if said[number] else None

    return Walked(
        trial,
        said["steps"],
        mean("cadence", "seconds", 1.0),
        mean("regular", "seconds", 1 / 1024),
        mean("stride_sum", "strides", _UNIT_MS),
        mean("change_sum", "changes", _UNIT_MS),
        reference,
    )
