"""A tag's configuration on this computer: from a TOML file a person writes to the slot file the tag reads, and back.

The table of settings and the format are the tag's own code (`tag.settings`, `tag.config`): one schema on both sides.
A TOML file names settings and nothing else, `still_s = 45`; what it leaves out has its default on the tag. Messages
show names, limits and sizes, never the contents of a text: some are secrets.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import davy.roots  # noqa: F401  puts the tag's code on sys.path
from davy.errors import DavyError, Problem, plain, refuse
from tag import config, settings

Value = int | str
FIRST_GENERATION = 1


def check(path: Path) -> list[Problem]:
    """Everything wrong with a TOML configuration; an empty list when it may be used."""
    return _read(path)[1]


def read(path: Path) -> dict[str, Value]:
    """The settings of a TOML configuration, checked."""
    values, problems = _read(path)
    refuse(problems)
    return values


def build(values: Mapping[str, Value], generation: int = FIRST_GENERATION) -> bytes:
    """The bytes of a slot file. On a tag that has settings already, `generation` must be above the one in force."""
    for name, value in values.items():
        problem = config.problem_with(name, value)
        if problem:
            raise DavyError(f"setting {problem}")
    data = config.encode(dict(values), generation)
    _, _, problem = config.decode(data)
    if problem:
        raise DavyError(f"configuration of generation {generation}: {problem}")
    return data


def parse(data: bytes) -> dict[str, Value]:
    """The settings in the bytes of a slot file, as written there: what it leaves out is not filled in."""
    _, values, problem = config.decode(data)
    if values is None:
        raise DavyError(f"configuration: {problem}")
    for name, value in values.items():
        problem = config.problem_with(name, value)
        if problem:
            raise DavyError(f"configuration: setting {problem}")
    return values


def generation_of(data: bytes) -> int:
    """Which writing of the settings these bytes of a slot file are; 0 when they are none that a tag would use."""
    return config.decode(data)[0]


def in_force(files: Mapping[str, bytes]) -> Mapping[str, Any]:
    """The settings that a tag with these files goes by; empty when none of them is whole."""
    slots = [config.decode(files[name]) for name in config.FILES if name in files]
    _, values, _ = max(slots, key=lambda slot: slot[0], default=(0, None, None))
    return values or {}


def usable(values: Mapping[str, Any]) -> dict[str, Any]:
    """Of settings that came from anywhere, those that a tag would take; a text holds nothing that a terminal would obey."""
    found = {name: value for name, value in values.items() if not config.problem_with(name, value)}
    return {name: plain(value) if isinstance(value, str) else value for name, value in found.items()}


def template() -> str:
    """A TOML configuration that says nothing yet: every setting commented out at its default, with limits and reason."""
    lines = ["# Configuration of a Davy tag. What is left out has the default shown here."]
    for name, (kind, default, low, high, unit, why) in settings.SETTINGS.items():
        limits = ("0, " if kind == "int0" else "") + f"{low}..{high} {unit}".strip()
        if kind == "choice":
            limits = ", ".join(text or '""' for text in low)
        value = default if kind.startswith("int") else f'"{default}"'
        lines += ["", f"# {why} ({limits})", f"# {name} = {value}"]
    return "\n".join(lines) + "\n"


def _read(path: Path) -> tuple[dict[str, Value], list[Problem]]:
    try:
        values = tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        return {}, [Problem(path, "", f"cannot be read: {error.strerror}")]
    except UnicodeDecodeError as error:
        return {}, [Problem(path, "", f"is not UTF-8 text (byte {error.start})")]
    except (ValueError, RecursionError) as error:  # TOML's own errors too; a number of thousands of digits
        return {}, [Problem(path, "", f"is not TOML: {error}")]
    problems = []
    for name, value in values.items():
        if name not in settings.SETTINGS:
            problems.append(Problem(path, name, f"unknown setting: {', '.join(settings.SETTINGS)} are known"))
        elif said := config.problem_with(name, value):
            problems.append(Problem(path, name, said.removeprefix(f"{name}: ")))
    return values, problems
