"""One HTML file, without a network, that shows trials with the detector's states over them: the worst first.

It holds at most `MOST_TRIALS` trials of `MOST_POINTS` points each (of a long trial the largest |a| of every few samples), so that
it stays below 20 MB whatever is measured.

    order of the trials: falls that were missed, false falls, falls that took longer than 95 % of theirs, others of which the tag
    told a drop or an impact, then a spread of the rest
"""

import json
from collections.abc import Sequence
from importlib import resources
from typing import Any

import davy.roots  # noqa: F401  puts the tag's own code on sys.path
from davy.evaluate.figures import Figures, Verdict
from tag.names import FALL_STATES

MOST_TRIALS = 300
MOST_POINTS = 1500
_UNSEEN = ("samples",)  # parts of what the page shows anyway
_JUDGED = ("miss", "false", "slow", "right")


def states() -> dict[int, str]:
    """number -> name of the fall detector's states, as the device script tells them."""
    return dict(enumerate(FALL_STATES))


def page(found: Sequence[Figures]) -> str:
    """The page of several datasets."""
    ordered = _ordered(found)
    kept = ordered[:MOST_TRIALS]
    note = f"{len(ordered)} trials" if len(kept) == len(ordered) else f"{len(kept)} of {len(ordered)} trials"
    data = {
        "states": states(),
        "note": f"{note}: missed falls, false falls, the slowest 5 %, told impacts and drops, then the rest",
        "trials": [_trial(name, judged, one) for judged, name, one in kept],
    }
    text = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")  # no name can end the script element
    return resources.files("davy.evaluate").joinpath("page.html").read_text(encoding="utf-8").replace("@DATA@", text)


def _ordered(found: Sequence[Figures]) -> list[tuple[str, str, Verdict]]:
    """(how it was judged, dataset, trial), the worst first."""
    groups: dict[str, list[tuple[str, str, Verdict]]] = {judged: [] for judged in _JUDGED}
    for figures in found:
        limit_s = figures.delay_p95_s
        for one in figures.verdicts:
            groups[_judge(one, limit_s)].append((_judge(one, limit_s), figures.name, one))
    groups["slow"].sort(key=lambda row: -(row[2].delay_s or 0.0))
    told = [row for row in groups["right"] if row[2].kind and not row[2].fell]
    ordered = [row for judged in _JUDGED[:-1] for row in groups[judged]] + told
    rest = [row for row in groups["right"] if row[2].fell or not row[2].kind]
    room = max(0, MOST_TRIALS - len(ordered))
    spread = {i * len(rest) // room for i in range(room)}
    return [
        *ordered,
        *(row for i, row in enumerate(rest) if i in spread),
        *(row for i, row in enumerate(rest) if i not in spread),
    ]


def _judge(one: Verdict, limit_s: float | None) -> str:
    if not one.right:
        return "miss" if one.fell else "false"
    slow = one.delay_s is not None and limit_s is not None and one.delay_s > limit_s
    return "slow" if one.fell and slow else "right"


def _trial(dataset: str, judged: str, one: Verdict) -> dict[str, Any]:
    trial = one.trial
    every = -(-trial.samples // MOST_POINTS)
    kept = [_largest(trial.mg, i, min(i + every, trial.samples)) for i in range(0, trial.samples, every)]
    heard_s = [t_s for t_s, _ in one.replayed.states] + [event.t_s for event in one.replayed.events]
    end_s = max([trial.duration_s, *(t_s - trial.start_s for t_s in heard_s)])  # --hold goes on after the recording
    return {
        "trial": trial.name[:80],
        "dataset": dataset,
        "activity": trial.activity[:80],
        "desc": trial.desc[:200],
        "subject": trial.subject[:80],
        "label": trial.label,
        "judged": judged,
        "kind": one.kind,
        "delay_s": None if one.delay_s is None else round(one.delay_s, 2),
        "peak_s": round(one.peak_s, 2),
        "duration_s": round(trial.duration_s, 2),
        "end_s": round(end_s, 2),
        "every": every,
        "cs": [round(100 * (trial.t_s[i] - trial.start_s)) for i in kept],
        "mg": [v for i in kept for v in trial.mg[3 * i : 3 * i + 3]],
        "states": [(round(t_s - trial.start_s, 2), state) for t_s, state in one.replayed.states],
        "events": [
            (round(event.t_s - trial.start_s, 2), event.name, event.text)
            for event in one.replayed.events
            if event.name not in _UNSEEN
        ],
    }


def _largest(mg: Sequence[int], first: int, after: int) -> int:
    """Of a stretch of samples, the one with the largest |a|."""
    return max(range(first, after), key=lambda i: mg[3 * i] ** 2 + mg[3 * i + 1] ** 2 + mg[3 * i + 2] ** 2)
