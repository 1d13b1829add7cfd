"""Chooses the numbers of the fatigue statistic, and says what the choice is worth on people who were left out.

Everything runs on the shipped statistic on MicroPython, once for each combination; what it says of a person depends on nobody
else. For each person in turn the combination is chosen on all others: the highest median correlation with the rating, or where
there are no ratings the highest pooled AUC. What it then says of that person is what counts.
"""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

from davy.evaluate.fatiguedata import Tired
from davy.evaluate.fatiguefigures import FatigueFigures, PersonFigures, auc, figures
from davy.evaluate.fatiguerun import Numbers, run

SHIPPED = (4, 320, 3)
GRID: tuple[tuple[int, int, int], ...] = tuple(product((3, 4, 5), (256, 320, 384, 512), (2, 3, 4, 6)))


@dataclass(frozen=True)
class Chosen:
    """What leaving one person out gives; a choice is (windows of learning, slack_q8, memory)."""

    left_out: float
    shipped: float
    folds: Sequence[tuple[str, tuple[int, int, int], float | None]]
    what: str


def tune(tired: Tired, *, interpreter: str = "mp64", progress: Callable[[], None] = lambda: None) -> Chosen | None:
    """Choose for each person on the others; None where nothing can be judged."""
    found: dict[tuple[int, int, int], FatigueFigures] = {}
    for choice in GRID:
        found[choice] = figures(tired, run(tired, interpreter=interpreter, numbers=Numbers(*choice)))
        progress()
    rated = any(person.ratings for person in tired.people)
    worth = _correlation if rated else _pooled
    folds = []
    left_out: list[PersonFigures] = []
    for i, person in enumerate(tired.people):
        scores = {choice: worth([*one.people[:i], *one.people[i + 1 :]]) for choice, one in found.items()}
        known = {choice: score for choice, score in scores.items() if score is not None}
        if not known:
            return None
        best = max(known, key=lambda choice: (known[choice], choice == SHIPPED))
        one = found[best].people[i]
        folds.append((person.name, best, one.correlation if rated else one.auc))
        left_out.append(one)
    honest, shipped = worth(left_out), worth(found[SHIPPED].people)
    if honest is None or shipped is None:
        return None
    return Chosen(honest, shipped, folds, "median rank correlation" if rated else "AUC, pooled")


def _correlation(people: Sequence[PersonFigures]) -> float | None:
    known = [person.correlation for person in people if person.correlation is not None]
    return statistics.median(known) if known else None


def _pooled(people: Sequence[PersonFigures]) -> float | None:
    return auc(moment for person in people for moment in person.moments)
