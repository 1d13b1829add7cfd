"""Chooses the numbers of the fatigue statistic, and says what the choice is worth on people who were left out.

Everything runs on the shipped statistic on MicroPython; what it says of a person depends on nobody else. For each person in turn
the least spreads are learned from all others (spreads.py), and with them windows of learning, slack and memory are chosen on the
others: the highest median correlation with the rating, or where there are no ratings the highest pooled AUC. What it then says of
that person is what counts: of him nothing was known. Beside it:

    numbers as shipped     spreads learned from the others, and the numbers in force
    one spread for all     a tenth of the mean for each feature, and the numbers in force: nothing is known of anybody
    as shipped             spreads and numbers in force, which know everybody
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from davy.evaluate.fatiguefigures import FatigueFigures, PersonFigures, figures
from davy.evaluate.fatiguepeople import Tired
from davy.evaluate.fatiguerun import Numbers, run
from davy.tuning.spreads import floors

Choice = tuple[int, int, int]  # windows of learning, slack_q8, memory

SHIPPED: Choice = (4, 320, 3)
GRID: tuple[Choice, ...] = tuple(product((3, 4, 5), (256, 320, 384, 512), (2, 3, 4, 6)))
ONE_SPREAD = 100  # per mille


@dataclass(frozen=True)
class Worth:
    """What an index says of people: the median rank correlation with the rating, and how well it tells fatigued from rested."""

    name: str
    correlation: float | None
    auc: float | None
    auc_pooled: float | None


@dataclass(frozen=True)
class Fold:
    """A person left out: what was chosen on the others, and the person's own figures."""

    person: str
    floors: Sequence[Sequence[int]]
    choice: Choice
    correlation: float | None
    auc: float | None


@dataclass(frozen=True)
class Chosen:
    """What leaving each person out gives; the first of `worth` is the one of whom nothing was known."""

    worth: Sequence[Worth]
    folds: Sequence[Fold]
    by: str  # what the choice went by

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "by": self.by,
            "worth": [vars(one) for one in self.worth],
            "folds": [vars(fold) for fold in self.folds],
        }


class _Runs:
    """The statistic's figures of all people, by spreads and numbers; each is run once."""

    def __init__(self, tired: Tired, interpreter: str) -> None:
        self._tired = tired
        self._interpreter = interpreter
        self._known: dict[tuple[tuple[tuple[int, ...], ...], Choice], FatigueFigures] = {}

    def of(self, spreads: Sequence[Sequence[int]], choice: Choice) -> FatigueFigures:
        key = (tuple(map(tuple, spreads)), choice)
        if key not in self._known:
            numbers = Numbers(*choice)
            said = run(self._tired, interpreter=self._interpreter, numbers=numbers, floors=spreads)
            self._known[key] = figures(self._tired, said)
        return self._known[key]


def tune(tired: Tired, *, interpreter: str = "mp64", progress: Callable[[], None] = lambda: None) -> Chosen | None:
    """Choose for each person on the others; None where nothing can be judged. `progress` is called once a person."""
    runs = _Runs(tired, interpreter)
    rated = any(person.ratings for person in tired.people)
    folds: list[Fold] = []
    honest: list[PersonFigures] = []
    kept: list[PersonFigures] = []
    for i, person in enumerate(tired.people):
        spreads = floors([*tired.people[:i], *tired.people[i + 1 :]], list(tired.features.values()))
        scores: dict[Choice, float] = {}
        for choice in GRID:
            people = runs.of(spreads, choice).people
            others = _worth(tired, "", [*people[:i], *people[i + 1 :]])
            score = others.correlation if rated else others.auc_pooled
            if score is not None:
                scores[choice] = score
        progress()
        if not scores:
            return None
        best = max(scores, key=lambda choice: (scores[choice], choice == SHIPPED))
        one = runs.of(spreads, best).people[i]
        folds.append(Fold(person.name, spreads, best, one.correlation, one.auc))
        honest.append(one)
        kept.append(runs.of(spreads, SHIPPED).people[i])
    alike = [[ONE_SPREAD, feature.units] for feature in tired.features.values()]
    worth = [
        _worth(tired, "left out", honest),
        _worth(tired, "left out, numbers as shipped", kept),
        _worth(tired, "one spread for all, numbers as shipped", runs.of(alike, SHIPPED).people),
        _worth(tired, "as shipped", runs.of(tired.floors, SHIPPED).people),
    ]
    return Chosen(worth, folds, "median rank correlation" if rated else "AUC, pooled")


def _worth(tired: Tired, name: str, people: Sequence[PersonFigures]) -> Worth:
    found = FatigueFigures(tired, people)
    return Worth(name, found.correlation, found.auc, found.auc_pooled)
