"""From what the tag said of people's windows to figures. Only what it said counts: while it learns there is no index.

correlation   Spearman's, of one person's index with the rating, at the times of the ratings; None where either is constant
alone         the same of the drift's distance, and of its burden: what the index would be worth with one of them
clock         the same of the time alone. Who tires steadily is foretold by any clock: an index is worth what it says beyond it
shuffled      the median correlation (or AUC) when the same windows come in random order, and the ratings stay: what the
              statistic would make of no drift at all. The index is to stand well above
AUC           how often a fatigued moment has the higher index than a rested one; a tie counts one half. By person: the mean
              of those who have both; pooled: one scale for all people
              Moments of which the table does not say whether they are fatigued are in none of it
lead          from the first watch (or high) to the first fatigued moment, in the session's unit; negative: too late
false high    people told high in the first hour before they said that they were fatigued
"""

import itertools
import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import davy.roots  # noqa: F401  puts the tag's own code on sys.path
from davy.errors import DavyError
from davy.evaluate.fatiguepeople import Tired, Window
from davy.evaluate.fatiguerun import Said, Watched
from tag.fatigue.drift import LEARN
from tag.fatigue.index import HIGH, WATCH

UNITS = {"stride": "per cent of the session", "windows": "windows", "sensors": "s"}  # of time, by kind


@dataclass(frozen=True)
class Moment:
    """A time at which somebody said, or the table says, how it was; index None: none yet."""

    t: float
    index: int | None
    rating: float | None
    tired: bool
    distance: float = 0.0
    burden: float = 0.0


@dataclass(frozen=True)
class PersonFigures:
    """One person's."""

    name: str
    correlation: float | None
    clock: float | None
    auc: float | None
    tired_t: float | None  # the first fatigued moment
    watch_t: float | None
    high_t: float | None
    false_high: bool
    moments: Sequence[Moment]

    @property
    def indexed(self) -> bool:
        """Whether there is a moment with an index: without one nothing is known of this person."""
        return any(moment.index is not None for moment in self.moments)

    def lead(self, at: float | None) -> float | None:
        """From a level to fatigue."""
        return self.tired_t - at if at is not None and self.tired_t is not None else None

    def alone(self, part: str) -> float | None:
        """Rank correlation of `distance` or `burden` with the rating."""
        known = [moment for moment in self.moments if moment.index is not None and moment.rating is not None]
        return spearman([getattr(moment, part) for moment in known], [moment.rating or 0.0 for moment in known])

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "person": self.name,
            "correlation": _rounded(self.correlation),
            "clock": _rounded(self.clock),
            "auc": _rounded(self.auc),
            "lead_watch": _rounded(self.lead(self.watch_t)),
            "lead_high": _rounded(self.lead(self.high_t)),
            "false_high_first_hour": self.false_high,
            "index": [moment.index for moment in self.moments],
            "rating": [moment.rating for moment in self.moments],
            "fatigued": [moment.tired for moment in self.moments],
        }


@dataclass(frozen=True)
class FatigueFigures:
    """A folder's."""

    tired: Tired
    people: Sequence[PersonFigures]

    @property
    def indexed(self) -> int:
        """People with an index at a moment that is judged."""
        return sum(person.indexed for person in self.people)

    @property
    def correlation(self) -> float | None:
        """Median of those who have one."""
        return _median(person.correlation for person in self.people)

    @property
    def clock(self) -> float | None:
        """The same of the time alone."""
        return _median(person.clock for person in self.people)

    def alone(self, part: str) -> float | None:
        """The same of `distance` or `burden`."""
        return _median(person.alone(part) for person in self.people)

    @property
    def auc(self) -> float | None:
        """Mean of those who have one."""
        found = [person.auc for person in self.people if person.auc is not None]
        return statistics.fmean(found) if found else None

    def auc_alone(self, part: str) -> float | None:
        """Pooled, of `distance` or `burden`."""
        return auc((moment for person in self.people for moment in person.moments), part)

    @property
    def auc_pooled(self) -> float | None:
        """One scale for everybody."""
        known = [moment for person in self.people for moment in person.moments]
        return auc(known)

    def leads(self, level: str) -> list[float]:
        """Of those who grew tired and were told; level is watch or high."""
        found = (person.lead(person.watch_t if level == "watch" else person.high_t) for person in self.people)
        return sorted(lead for lead in found if lead is not None)

    def lead(self, level: str) -> float | None:
        """Median of them."""
        return _median(self.leads(level))

    def told(self, level: str) -> tuple[int, int]:
        """How many of those who grew tired were told, before it or at it, and how many there are."""
        grew = [person for person in self.people if person.tired_t is not None]
        return sum(lead >= 0 for lead in self.leads(level)), len(grew)

    @property
    def false_high(self) -> int:
        """People."""
        return sum(person.false_high for person in self.people)

    def rested_at(self, level: int) -> float | None:
        """Share of the rested moments with an index whose index is at a level's beginning or above."""
        least = 67 if level == HIGH else 40
        rested = [m.index for p in self.people for m in p.moments if m.index is not None and not m.tired]
        return sum(index >= least for index in rested) / len(rested) if rested else None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.tired.name,
            "kind": self.tired.kind,
            "people": len(self.people),
            "people_with_index": self.indexed,
            "unit": UNITS[self.tired.kind],
            "features": list(self.tired.features),
            "correlation_median": _rounded(self.correlation),
            "clock_median": _rounded(self.clock),
            "alone": {
                part: {"correlation": _rounded(self.alone(part)), "auc_pooled": _rounded(self.auc_alone(part))}
                for part in ("distance", "burden")
            },
            "auc_by_person": _rounded(self.auc),
            "auc_pooled": _rounded(self.auc_pooled),
            "lead_watch_median": _rounded(self.lead("watch")),
            "lead_high_median": _rounded(self.lead("high")),
            "told_in_time": {"watch": list(self.told("watch")), "high": list(self.told("high"))},
            "false_high_first_hour": None if self.tired.hour is None else self.false_high,
            "rested_at_watch": _rounded(self.rested_at(WATCH)),
            "rested_at_high": _rounded(self.rested_at(HIGH)),
            "people_detail": [person.as_dict() for person in self.people],
        }


def figures(tired: Tired, watched: Iterable[Watched]) -> FatigueFigures:
    """Of everybody."""
    return FatigueFigures(tired, [_person(tired, one) for one in watched])


def judged(found: FatigueFigures) -> FatigueFigures:
    """The same; `DavyError` where nobody's index can be set beside anything."""
    if not found.indexed:
        known = (sum(2 * _known(window) >= len(window.values) for window in one.windows) for one in found.tired.people)
        raise DavyError(
            f"{found.tired.name}: nobody can be judged: an index takes {LEARN} windows with half of their numbers and one more "
            f"with a rating or state, and nobody has more than {max(known, default=0)} such windows"
        )
    return found


def _known(window: Window) -> int:
    return sum(value is not None for value in window.values)


def _person(tired: Tired, one: Watched) -> PersonFigures:
    moments = _moments(tired, one)
    known = [moment for moment in moments if moment.index is not None and moment.rating is not None]
    ratings = [moment.rating or 0.0 for moment in known]
    tired_t = next((moment.t for moment in moments if moment.tired), None)
    high_t = _first(one.said, HIGH)
    early = high_t is not None and tired.hour is not None and high_t - _begin(one) <= tired.hour
    return PersonFigures(
        one.person.name,
        spearman([float(moment.index or 0) for moment in known], ratings),
        spearman([moment.t for moment in known], ratings),
        auc(moments),
        tired_t,
        _first(one.said, WATCH),
        high_t,
        early and (tired_t is None or (high_t or 0.0) < tired_t),
        moments,
    )


def _begin(one: Watched) -> float:
    said = one.said
    return said[0].window.t - (said[1].window.t - said[0].window.t) if len(said) > 1 else 0.0


def _moments(tired: Tired, one: Watched) -> list[Moment]:
    if not one.person.ratings:
        return [
            Moment(said.window.t, said.index, None, said.window.tired, said.distance, said.burden)
            for said in one.said
            if said.window.tired is not None
        ]
    found = []
    limit = tired.tired_from if tired.tired_from is not None else math.inf
    for t, rating in one.person.ratings:
        before = [said for said in one.said if said.window.t <= t + 1e-6]
        if before:
            last = before[-1]
            found.append(Moment(t, last.index, rating, rating >= limit, last.distance, last.burden))
        else:
            found.append(Moment(t, None, rating, rating >= limit))
    return found


def _first(said: Sequence[Said], level: int) -> float | None:
    return next((one.window.t for one in said if one.level >= level), None)


# -- statistics --------------------------------------------------------------------------------------------------------


def ranks(values: Sequence[float]) -> list[float]:
    """From 1; equal values share the mean of theirs."""
    order = sorted(range(len(values)), key=lambda i: values[i])
    found = [0.0] * len(values)
    first = 0
    for _, group in itertools.groupby(order, key=lambda i: values[i]):
        same = list(group)
        for i in same:
            found[i] = first + (len(same) + 1) / 2
        first += len(same)
    return found


def spearman(a: Sequence[float], b: Sequence[float]) -> float | None:
    """Rank correlation; None of fewer than three, or where one side is constant."""
    if len(a) < 3 or len(set(a)) < 2 or len(set(b)) < 2:
        return None
    return statistics.correlation(ranks(a), ranks(b))


def auc(moments: Iterable[Moment], what: str = "index") -> float | None:
    """Of the moments with an index, by it, or by `distance` or `burden`; None without both kinds."""
    known = [(float(getattr(moment, what)), moment.tired) for moment in moments if moment.index is not None]
    tired = sum(one for _, one in known)
    rested = len(known) - tired
    if not tired or not rested:
        return None
    total = math.fsum(rank for rank, (_, one) in zip(ranks([index for index, _ in known]), known, strict=True) if one)
    return (total - tired * (tired + 1) / 2) / (tired * rested)


def _median(values: Iterable[float | None]) -> float | None:
    found = [value for value in values if value is not None]
    return statistics.median(found) if found else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
