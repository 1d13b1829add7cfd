"""Puts people's windows through the tag's fatigue indicator on MicroPython."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from davy.devicescript import running
from davy.errors import DavyError
from davy.evaluate.fatiguepeople import Person, Tired, Window

SCRIPT = Path(__file__).parents[1] / "vtag" / "device" / "vfatigue.py"


@dataclass(frozen=True)
class Numbers:
    """Of the statistic; None: as shipped."""

    learn: int | None = None
    slack_q8: int | None = None
    memory: int | None = None

    def as_dict(self) -> dict[str, int]:
        """For the device script."""
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass(frozen=True)
class Said:
    """What the tag made of a window; index None: there is none."""

    window: Window
    index: int | None
    distance: float
    burden: float
    confidence: int
    level: int


@dataclass(frozen=True)
class Watched:
    """A person who has gone through."""

    person: Person
    said: list[Said]


def run(
    tired: Tired,
    *,
    interpreter: str = "mp64",
    numbers: Numbers | None = None,
    floors: Sequence[Sequence[int]] | None = None,
    shuffle: str = "",
) -> list[Watched]:
    """Everybody of a folder. `floors` are other least spreads than the folder's: per mille of the mean and units, a feature each.

    `shuffle` is a seed: the windows come in random order, and nobody grows tired in it.
    """
    people = [shuffled(person, shuffle) if shuffle else person for person in tired.people]
    done = []
    with running(interpreter, SCRIPT) as script:
        script.feed(line for one in people for line in lines(floors or tired.floors, one, numbers or Numbers()))
        for person in people:
            *answers, end = script.heard("the fatigue indicator has stopped")
            if end != {"windows": len(person.windows)} or len(answers) != len(person.windows):
                raise DavyError(f"{person.name}: the indicator has answered out of step: {end}")
            said = [_said(window, answer) for window, answer in zip(person.windows, answers, strict=True)]
            done.append(Watched(person, said))
    return done


def lines(floors: Sequence[Sequence[int]], person: Person, numbers: Numbers) -> Iterator[bytes]:
    """A person as the device script reads it."""
    yield _line({"floors": floors, **numbers.as_dict()})
    for window in person.windows:
        yield _line({"values": list(window.values)})
    yield _line({})


def shuffled(person: Person, seed: str) -> Person:
    """The same windows in random order; times, ratings and labels stay where they were."""
    values = [window.values for window in person.windows]
    random.Random(f"{seed}/{person.name}").shuffle(values)
    moved = [Window(window.t, new, window.tired) for window, new in zip(person.windows, values, strict=True)]
    return Person(person.name, moved, person.ratings)


def _line(said: Any) -> bytes:
    return json.dumps(said).encode() + b"\n"


def _said(window: Window, answer: Any) -> Said:
    index, distance_q8, burden_q8, confidence, level = answer
    return Said(window, None if index < 0 else index, distance_q8 / 256, burden_q8 / 256, confidence, level)
