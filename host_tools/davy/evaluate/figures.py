"""From what the core said of each trial to the figures of a dataset.

    sensitivity            falls declared / falls                     specificity   others not declared / others
    accuracy               trials judged right / trials               a trial is declared when a fall is declared anywhere in it
    false falls per hour   falls declared in the others / their hours
    delay                  from the largest |a| of a trial to its first fall, of the falls that were declared; it is negative
                           when something hits harder after the decision; p95: no more than 5 % took longer

Fractions are 0..1, and None where there is nothing to divide by.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import davy.roots  # noqa: F401  puts the tag's own code on sys.path
from davy.evaluate.dataset import FALL
from davy.evaluate.running import Run
from davy.recordings import Recording
from davy.replay import Replayed
from tag import events

# What the tag can say of a hit: events by name. The detector may say more or fewer of them than this list.
KINDS = ("fall", "drop", "impact")
DROPPED = ("drop", "toss")  # activities in which the tag falls alone


@dataclass(frozen=True)
class Verdict:
    """One trial: what it was, and what the tag said."""

    replayed: Replayed
    kind: str | None  # what it said first
    falls: int
    t_s: float | None  # of the first fall, from the beginning of the trial
    score: int | None
    peak_s: float  # of the largest |a|

    @property
    def trial(self) -> Recording:
        """The recording."""
        return self.replayed.recording

    @property
    def fell(self) -> bool:
        """Whether a person falls in it."""
        return self.trial.label == FALL

    @property
    def declared(self) -> bool:
        """Whether the tag said so."""
        return self.falls > 0

    @property
    def dropped(self) -> bool:
        """Whether the tag alone is dropped or thrown in it."""
        return self.trial.activity.lower() in DROPPED

    @property
    def blind(self) -> bool:
        """Whether the core could not watch for falls all the time: a hole in the recording, or a rate that it refuses."""
        return any(
            event.kind == events.FAULT and event.fields["source"] == events.FAULT_MOTION and event.fields["present"]
            for event in self.replayed.events
        )

    @property
    def right(self) -> bool:
        """Whether the two agree."""
        return self.fell == self.declared

    @property
    def delay_s(self) -> float | None:
        """From the peak to the decision."""
        return None if self.t_s is None else self.t_s - self.peak_s

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "trial": self.trial.name,
            "label": self.trial.label,
            "declared": self.declared,
            "t_s": None if self.t_s is None else round(self.t_s, 3),
            "kind": self.kind,
            "score": self.score,
        }


def verdict(replayed: Replayed) -> Verdict:
    """What the events of a trial come to."""
    trial = replayed.recording
    said = [event for event in replayed.events if event.name in KINDS]
    falls = [event for event in said if event.name == "fall"]
    first = falls[0] if falls else None
    return Verdict(
        replayed,
        said[0].name if said else None,
        len(falls),
        first.t_s - trial.start_s if first else None,
        first.fields.get("score") if first else None,
        trial.t_s[_peak(trial)] - trial.start_s,
    )


def _peak(trial: Recording) -> int:
    x, y, z = (trial.mg[axis::3] for axis in range(3))
    squares = [i * i + j * j + k * k for i, j, k in zip(x, y, z, strict=True)]
    return squares.index(max(squares))


@dataclass(frozen=True)
class Figures:
    """A dataset's."""

    name: str
    verdicts: Sequence[Verdict]
    samples: int
    wall_s: float

    @property
    def falls(self) -> list[Verdict]:
        """Trials in which a person falls."""
        return [one for one in self.verdicts if one.fell]

    @property
    def others(self) -> list[Verdict]:
        """Trials in which nobody falls."""
        return [one for one in self.verdicts if not one.fell]

    @property
    def sensitivity(self) -> float | None:
        """Of the falls, how many were declared."""
        return _share(self.falls)

    @property
    def specificity(self) -> float | None:
        """Of the others, how many were not."""
        return _share(self.others)

    @property
    def accuracy(self) -> float | None:
        """Of all, how many were judged right."""
        return _share(self.verdicts)

    @property
    def hours_adl(self) -> float:
        """How long the others last together."""
        return sum(one.trial.duration_s for one in self.others) / 3600

    @property
    def false_falls_per_hour(self) -> float | None:
        """Falls declared in the others, for each of their hours."""
        return sum(one.falls for one in self.others) / self.hours_adl if self.hours_adl else None

    @property
    def delays_s(self) -> list[float]:
        """Of the declared falls, shortest first."""
        return sorted(one.delay_s for one in self.falls if one.delay_s is not None)

    @property
    def delay_median_s(self) -> float | None:
        """Half of the declared falls took no longer."""
        return statistics.median(self.delays_s) if self.delays_s else None

    @property
    def delay_p95_s(self) -> float | None:
        """All but one in twenty took no longer (nearest rank)."""
        delays = self.delays_s
        return delays[math.ceil(0.95 * len(delays)) - 1] if delays else None

    @property
    def drops_as_falls(self) -> int:
        """Trials in which the tag alone is dropped or thrown, that were declared a person's fall."""
        return sum(one.declared and one.dropped for one in self.verdicts)

    @property
    def samples_per_s(self) -> float:
        """What the cores together took in for each second of waiting."""
        return self.samples / max(self.wall_s, 1e-6)

    @property
    def times_real_time(self) -> float:
        """Recorded seconds for each second of waiting."""
        return sum(one.trial.duration_s for one in self.verdicts) / max(self.wall_s, 1e-6)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.name,
            "trials": len(self.verdicts),
            "falls": len(self.falls),
            "sensitivity": _rounded(self.sensitivity),
            "specificity": _rounded(self.specificity),
            "accuracy": _rounded(self.accuracy),
            "hours_adl": round(self.hours_adl, 4),
            "false_falls_per_hour": _rounded(self.false_falls_per_hour),
            "delay_s": {"median": _rounded(self.delay_median_s), "p95": _rounded(self.delay_p95_s)},
            "drops_as_falls": self.drops_as_falls,
            "samples_per_s": round(self.samples_per_s),
            "trials_detail": [one.as_dict() for one in self.verdicts],
        }


def figures(run: Run) -> Figures:
    """The figures of a run."""
    return Figures(run.dataset.name, [verdict(one) for one in run.done], run.samples, run.wall_s)


def _share(verdicts: Sequence[Verdict]) -> float | None:
    return sum(one.right for one in verdicts) / len(verdicts) if verdicts else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
