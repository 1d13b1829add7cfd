"""People who were watched while they grew tired, as the tag is shown them: windows of features, and ratings.

Numbers of another unit or scale are refused: what a tag cannot hold, and ratings beyond their scale.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from davy.errors import DavyError

FEW = 0.1  # of the ratings may be beyond their scale: slips, left out; more are another scale
_INT16 = 32767
Ratings = dict[str, list[tuple[float, float]]]  # of a person (t, what was said)


@dataclass(frozen=True)
class Feature:
    """How the tag holds it: units for one of the file's, and the spread that people have from window to window at least."""

    scale: float
    per_mille: int
    units: int = 0


@dataclass
class Window:
    """A stretch of time: when it ended, in the unit of the session, and the features' values; None is unknown."""

    t: float
    values: Sequence[int | None]
    tired: bool | None = None  # what the table says of it


@dataclass
class Person:
    """Somebody watched; `ratings` are (t, what was said)."""

    name: str
    windows: list[Window] = field(default_factory=list)
    ratings: list[tuple[float, float]] = field(default_factory=list)


@dataclass
class Tired:
    """A folder: its people, what their windows consist of, and how to read their ratings."""

    name: str
    kind: str
    features: Mapping[str, Feature]
    people: list[Person]
    hour: float | None  # an hour in the session's unit; None: its time is not known
    tired_from: float | None = None  # the rating that counts as fatigued
    notes: list[str] = field(default_factory=list)  # what was left out

    @property
    def floors(self) -> list[list[int]]:
        """As the tag takes them."""
        return [[feature.per_mille, feature.units] for feature in self.features.values()]


def counts(value: float, feature: Feature) -> int | None:
    """As the tag holds it; None when it is no number, or beyond int16."""
    scaled = value * feature.scale
    return round(scaled) if math.isfinite(scaled) and abs(scaled) <= _INT16 else None


def fits(path: Path, features: Mapping[str, Feature], found: Sequence[Mapping[str, float]]) -> None:
    """`DavyError` when most of a feature's numbers are beyond what the tag holds."""
    for name, feature in features.items():
        numbers = [one[name] for one in found if math.isfinite(one.get(name, math.nan))]
        beyond = [number for number in numbers if counts(number, feature) is None]
        if 2 * len(beyond) > len(numbers):
            most = _INT16 / feature.scale
            raise DavyError(f"{path}: {name}: {beyond[0]:g} where a tag holds {most:.4g} at most: is it another unit?")


def on_scale(path: Path, ratings: Ratings, scale: tuple[float, float]) -> list[str]:
    """Takes out of `ratings` what is beyond their scale, and says so; `DavyError` when that is more than a slip."""
    said = [rating for of_one in ratings.values() for _, rating in of_one]
    beyond = [rating for rating in said if not scale[0] <= rating <= scale[1]]
    if not said:
        raise DavyError(f"{path}: nobody has said how tired he was: there are no ratings")
    what = f"beyond the scale of {scale[0]:g} to {scale[1]:g}"
    if len(beyond) > FEW * len(said):
        raise DavyError(f"{path}: {len(beyond)} of {len(said)} ratings are {what}, as {beyond[0]:g}")
    for name, of_one in ratings.items():
        ratings[name] = [one for one in of_one if scale[0] <= one[1] <= scale[1]]
    return [f"{path}: left out, as {what}: {', '.join(f'{one:g}' for one in beyond[:5])}"] if beyond else []


def spread(values: Sequence[float]) -> float:
    """Standard deviation."""
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


def values_of(found: Mapping[str, float], features: Mapping[str, Feature]) -> list[int | None]:
    """Of a window, as the tag holds them."""
    return [counts(found[name], feature) if name in found else None for name, feature in features.items()]
