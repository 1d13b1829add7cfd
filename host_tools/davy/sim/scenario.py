"""A scenario file, read and checked: who wears the tag, what happens to it and when, and what the gateway has to hear.

The format is TOML; `davy.sim.check` has the tables of its keys, `docs/scenarios.md` explains them. File names in a scenario are
relative to the folder that the scenario is in.
"""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from davy.errors import DavyError
from davy.sim.check import problems_in, problems_with_files

Point = tuple[float, float]
Window = tuple[float, float]


@dataclass(frozen=True)
class Motion:
    """From `at_s` on the wearer moves as in a recording (until it ends), or does an activity (until the next motion)."""

    at_s: float
    recording: Path | None = None
    trial: str = ""
    mounting: str | list[str] = "as recorded"
    activity: str = ""


@dataclass(frozen=True)
class Happening:
    """Something that is done to the tag at a moment: `what` is the table's name, `data` its keys."""

    at_s: float
    what: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Expectation:
    """How many records of a kind, with these field values, the gateway must hold in the end.

    `within` is when it was received, `created` when the tag made it, both in seconds of the scenario. `exactly` False: that
    many or more.
    """

    kind: str
    where: dict[str, str | int] = field(default_factory=dict)
    count: int = 1
    exactly: bool = True
    within: Window | None = None
    created: Window | None = None

    def __str__(self) -> str:
        where = ", ".join(str(value) for value in self.where.values())
        return f"{self.kind} ({where})" if where else self.kind


@dataclass(frozen=True)
class Scenario:
    """Everything a scenario file says."""

    file: Path
    name: str
    about: str
    duration_s: float
    speed: float | None
    afterwards: str
    tag_name: str
    board: str
    settings: dict[str, Any]
    motions: list[Motion]
    gases: dict[str, list[Point]]
    battery: list[Point]
    happenings: list[Happening]
    expectations: list[Expectation]


def load(file: Path) -> Scenario:
    """Read a scenario; `DavyError` names the file, the key and what is wrong with it."""
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise DavyError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DavyError(f"{file}: is not UTF-8 text (byte {error.start})") from error
    except (ValueError, RecursionError) as error:  # TOML's own errors too; a number of thousands of digits
        raise DavyError(f"{file}: is not TOML: {error}") from error
    problems = problems_in(data) or problems_with_files(data.get("motion", []), file.parent)
    if problems:
        key, text = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise DavyError(f"{file}: {key}: {text}{more}")
    return _scenario(file, data)


def _scenario(file: Path, data: dict[str, Any]) -> Scenario:
    head, tag = data["scenario"], data.get("tag", {})
    happenings = [
        Happening(float(item["at_s"]), what, {key: value for key, value in item.items() if key != "at_s"})
        for what in ("button", "fault", "link", "power_cut", "downlink")
        for item in data.get(what, [])
    ]
    return Scenario(
        file=file,
        name=head["name"],
        about=head.get("about", ""),
        duration_s=float(head["duration_s"]),
        speed=head.get("speed", 1.0) or None,
        afterwards=head.get("afterwards", ""),
        tag_name=tag.get("name", "tag"),
        board=tag.get("board", "virtual"),
        settings=tag.get("settings", {}),
        motions=sorted((_motion(item, file.parent) for item in data.get("motion", [])), key=lambda motion: motion.at_s),
        gases={item["name"]: [(float(t), float(v)) for t, v in item["points"]] for item in data.get("gas", [])},
        battery=[(float(t), float(v)) for t, v in data.get("battery", {}).get("points", [])],
        happenings=sorted(happenings, key=lambda happening: happening.at_s),
        expectations=[_expectation(item) for item in data.get("expect", [])],
    )


def _motion(item: dict[str, Any], folder: Path) -> Motion:
    recording = folder / item["recording"] if "recording" in item else None
    mounting = item.get("mounting", "as recorded")
    return Motion(float(item["at_s"]), recording, item.get("trial", ""), mounting, item.get("activity", ""))


def _expectation(item: dict[str, Any]) -> Expectation:
    return Expectation(
        kind=item["kind"],
        where=item.get("where", {}),
        count=item.get("at_least", item.get("count", 1)),
        exactly="at_least" not in item,
        within=_window(item.get("within")),
        created=_window(item.get("created")),
    )


def _window(value: list[float] | None) -> Window | None:
    return None if value is None else (float(value[0]), float(value[1]))
