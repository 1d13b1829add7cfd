"""The settings of a tag over its cable: read, changed for its next start, compared with a file that a person wrote.

A tag on duty is asked over its service console; one that does not answer there is stopped, and asked in its REPL. Secrets do not
leave the tag: of each there is a list with four bytes of its SHA-256, or an empty one.
"""

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from davy import tagconfig
from davy.console import generation_of, on_duty
from davy.errors import DavyError, plain
from davy.tagport import TagPort

from tag import settings as table  # isort: skip

Value = int | str | list[str]

_KNOWN = """
import json
from tag.console.changing import known
print(json.dumps(known()))
"""
_CHANGE = """
import json
from tag import config
generation, problem = config.change("", %r)
print(json.dumps({"generation": generation, "problem": problem}))
"""


class Link(Protocol):
    """A tag whose settings can be asked and changed."""

    port: str

    def settings(self) -> dict[str, Any]:
        """`generation`, `problem`, `settings`."""
        ...

    def change(self, values: dict[str, int | str]) -> int:
        """All or none, for the next start; their generation."""
        ...

    def restart(self) -> None:
        """Put them in force."""
        ...


class Stopped:
    """A tag whose app is stopped."""

    def __init__(self, link: TagPort) -> None:
        self.port = link.port
        self._link = link

    def settings(self) -> dict[str, Any]:
        """As `Link`."""
        return (self._link.ask(_KNOWN) or [{}])[-1]

    def change(self, values: dict[str, int | str]) -> int:
        """As `Link`."""
        lines = "\n".join(f"{name}={value}" for name, value in values.items())
        return generation_of(self.port, (self._link.ask(_CHANGE % lines) or [{}])[-1])

    def restart(self) -> None:
        """It does when the port is let go of."""


@contextlib.contextmanager
def opened(port: str) -> Iterator[Link]:
    """The tag at a port, on duty or stopped for it."""
    if console := on_duty(port):
        with console:
            yield console
    else:
        with TagPort(port) as link:
            yield Stopped(link)


def known(link: Link) -> tuple[int, dict[str, Value], str]:
    """Generation, settings, and what is wrong with them; only what a tag may have, in its own order."""
    said = link.settings()
    values = said.get("settings")
    values = values if isinstance(values, dict) else {}
    found: dict[str, Value] = {}
    for name in table.SETTINGS:
        value = values.get(name)
        if isinstance(value, list):
            found[name] = [plain(str(one), 8) for one in value[:1]]
        elif value is not None and not tagconfig.config.problem_with(name, value):
            found[name] = plain(value) if isinstance(value, str) else value
    generation = said.get("generation")
    return generation if isinstance(generation, int) else 0, found, plain(str(said.get("problem", "")), 120)


def parsed(words: list[str]) -> dict[str, int | str]:
    """`name=value` of a command line, checked by the tag's own table."""
    values: dict[str, int | str] = {}
    for word in words:
        name, equals, text = word.partition("=")
        row = table.SETTINGS.get(name)
        if not equals or row is None:
            raise DavyError(f"'{word}': write NAME=VALUE; names: davy config template")
        if row[0] == "hex":
            raise DavyError(f"{name}: keys are given by: davy provision tag")
        value: int | str = text
        if row[0].startswith("int"):
            try:
                value = int(text)
            except ValueError:
                raise DavyError(f"{name}: '{text}' is not a whole number") from None
        if not text.isprintable():
            raise DavyError(f"{name}: a line end or another control character in it")
        if problem := tagconfig.config.problem_with(name, value):
            raise DavyError(problem)
        values[name] = value
    return values


@dataclass(frozen=True)
class Difference:
    """A setting that the tag has otherwise than the file says."""

    name: str
    tag: Value
    file: Value


def differences(tag: Mapping[str, Value], file: Mapping[str, int | str], whole: bool = False) -> list[Difference]:
    """Where they differ; `whole`: what the file leaves out has its default there."""
    wanted = {**table.DEFAULTS, **file} if whole else dict(file)
    found = []
    for name in table.SETTINGS:
        if name not in wanted:
            continue
        ours: Value = _covered(str(wanted[name])) if name in table.SECRETS else wanted[name]
        if tag.get(name) != ours:
            found.append(Difference(name, tag.get(name, ""), ours))
    return found


def _covered(value: str) -> list[str]:
    return [hashlib.sha256(value.encode()).digest()[:4].hex()] if value else []


def shown(value: Value) -> str:
    """For people: of a secret only whether it is given."""
    if isinstance(value, list):
        return "(given)" if value else "(not given)"
    return json.dumps(value, ensure_ascii=False)
