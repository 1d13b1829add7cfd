"""How much a person's feature varies from window to window: the least spreads of the fatigue statistic, from people.

Of one person it is the root of half the mean square of the change from a window to the next, per mille of the mean (von Neumann
1941): a drift through the session, which the statistic is to find, hardly adds to it. Of several people the median.
"""

import math
import statistics
from collections.abc import Sequence
from itertools import pairwise

from davy.evaluate.fatiguepeople import Feature, Person

LEAST_WINDOWS = 4
MOST_PER_MILLE = 1000  # what the tag takes


def spread_per_mille(values: Sequence[int | None]) -> float | None:
    """Of one person's windows, in order; None: too few are known, or their mean is 0."""
    known = [value for value in values if value is not None]
    changes = [after - before for before, after in pairwise(values) if before is not None and after is not None]
    if len(known) < LEAST_WINDOWS or len(changes) < LEAST_WINDOWS - 1:
        return None
    mean = abs(statistics.fmean(known))
    return 1000 * math.sqrt(statistics.fmean(change * change for change in changes) / 2) / mean if mean else None


def floors(people: Sequence[Person], features: Sequence[Feature]) -> list[list[int]]:
    """As the tag takes them, a feature each: per mille, and units; a feature that nobody has shown keeps its own."""
    found = []
    for at, feature in enumerate(features):
        seen = (spread_per_mille([window.values[at] for window in person.windows]) for person in people)
        known = [spread for spread in seen if spread is not None]
        per_mille = round(statistics.median(known)) if known else feature.per_mille
        found.append([max(1, min(MOST_PER_MILLE, per_mille)), feature.units])
    return found
