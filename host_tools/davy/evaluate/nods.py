"""Puts recordings, and made heads, through the tag's nod detector: false nods an hour, and how many of the made ones it finds.

No recording of a helmet on one who falls asleep is known, so recordings are judged as if the tag had ridden on a helmet: whatever
is counted is false. Which way is up: the mean of the same person's walks, as the tag learns it; else of the trial's first second.
Falls are left out. Of made heads a nod is found when one is counted while, or up to 2 s after, it happens.
"""

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from davy import resampling
from davy.devicescript import message
from davy.evaluate.answering import answers, motion
from davy.evaluate.dataset import ADL, Dataset
from davy.evaluate.gait import WALKS
from davy.evaluate.nodsmade import AFTER_S, BEFORE_S, KINDS, Made, made
from davy.recordings import Recording

SCRIPT = Path(__file__).parents[1] / "vtag" / "device" / "vnods.py"
Up = tuple[int, int, int]


@dataclass(frozen=True)
class Watched:
    """Trials of one activity."""

    activity: str
    trials: int
    nods: int
    hours: float
    watched_h: float  # in which a nod could have been seen

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "activity": self.activity,
            "trials": self.trials,
            "nods": self.nods,
            "hours": round(self.hours, 4),
            "watched_h": round(self.watched_h, 4),
        }


@dataclass(frozen=True)
class Found:
    """Made heads of one kind and size."""

    what: str
    made: int
    counted: int  # of these, in how many a nod was counted

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"what": self.what, "made": self.made, "counted": self.counted}


def recorded(dataset: Dataset, interpreter: str = "mp64", on_done: Callable[[], None] = lambda: None) -> list[Watched]:
    """By activity, and all of them at the end."""
    trials = [trial for trial in dataset.trials if trial.label == ADL]
    ups = _walks(trials)

    def parts(trial: Recording) -> Iterator[bytes]:
        return _messages(trial, ups.get(trial.subject) or _first(trial))

    sums: dict[str, list[float]] = {}
    for trial, said in zip(trials, answers(SCRIPT, trials, parts, interpreter), strict=True):
        for name in (trial.desc or trial.activity, "all"):
            row = sums.setdefault(name, [0, 0, 0, 0])
            for i, value in enumerate((1, len(said["nods"]), said["seconds"] / 3600, said["watched_s"] / 3600)):
                row[i] += value
        on_done()
    rows = [Watched(name, int(row[0]), int(row[1]), row[2], row[3]) for name, row in sums.items()]
    return sorted(rows, key=lambda one: (one.activity == "all", -one.nods, one.activity))


def heads(
    number: int,
    seed: str,
    shake: Sequence[float] = (),
    interpreter: str = "mp64",
    on_done: Callable[[], None] = lambda: None,
) -> list[Found]:
    """`number` made ones of each kind."""
    ones = [made(kind, i, seed, shake) for kind in KINDS for i in range(number)]
    ups = {id(one.recording): one.up for one in ones}
    trials = [one.recording for one in ones]
    sums: dict[str, list[int]] = {}
    for one, said in zip(
        ones, answers(SCRIPT, trials, lambda trial: _messages(trial, ups[id(trial)]), interpreter), strict=True
    ):
        end_s = one.recording.duration_s - AFTER_S + 2
        counted = any(BEFORE_S < at <= end_s for at in said["nods"])
        for name in _names(one):
            row = sums.setdefault(name, [0, 0])
            row[0] += 1
            row[1] += counted
        on_done()
    return [Found(name, *sums[name]) for name in sorted(sums, key=_order)]


def _names(one: Made) -> Iterator[str]:
    yield one.kind
    if one.kind == "nod":
        low = int(one.drawn["degrees"] // 10) * 10
        yield f"nod of {low} to {low + 10} degrees"
        if one.drawn["degrees"] >= 40:
            s = int(one.drawn["down_s"])
            yield f"nod of 40 and more, sinks in {s} to {s + 1} s"


def _order(name: str) -> tuple[int, str]:
    return KINDS.index(name.split()[0]), name


def _walks(trials: Sequence[Recording]) -> dict[str, Up]:
    """Person -> mean of all that he walked."""
    sums: dict[str, list[int]] = {}
    for trial in trials:
        if WALKS.search(f"{trial.activity} {trial.desc}"):
            row = sums.setdefault(trial.subject, [0, 0, 0, 0])
            for axis in range(3):
                row[axis] += sum(trial.mg[axis::3])
            row[3] += trial.samples
    return {subject: _mean(row) for subject, row in sums.items()}


def _first(trial: Recording) -> Up:
    n = max(1, min(trial.samples, resampling.own_rate(trial)))
    return _mean([*(sum(trial.mg[axis : 3 * n : 3]) for axis in range(3)), n])


def _mean(row: list[int]) -> Up:
    x, y, z = (round(one / row[3]) for one in row[:3])
    return x, y, z


def _messages(trial: Recording, up: Up) -> Iterator[bytes]:
    rate_hz = resampling.own_rate(trial)
    yield message(b"S", rate_hz, 0, struct.pack("<hhh", *up))
    yield from motion(trial, rate_hz)
    yield message(b"E", 0, 0)
