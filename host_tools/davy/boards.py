"""Boards are data: find them, read them, and say exactly what is wrong with one.

A board is a folder `boards/NAME/` with `board.json`; which keys that may have stands in `davy.boardcheck`. `check`
returns every problem of a file, each with the key (`parts[2].pin`) or the line and what is wrong; `load` refuses a
board that has any.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from davy import cells, roots
from davy.boardcheck import problems_in
from davy.errors import DavyError, Problem, refuse

FILE = "board.json"
VIRTUAL_MCU = "unix"  # of boards that a virtual tag can be


def names() -> list[str]:
    """All boards of this project."""
    return sorted(path.parent.name for path in roots.BOARDS.glob(f"*/{FILE}"))


def path_of(name: str) -> Path:
    """The board file of `name`; `DavyError` names the boards there are."""
    known = names()
    if name not in known:
        raise DavyError(f"no board '{name}': there are {', '.join(known) or 'none'}")
    return roots.BOARDS / name / FILE


def load(name: str) -> dict[str, Any]:
    """A board's data, checked."""
    path = path_of(name)
    data, problems = _read(path)
    refuse(problems)
    return data


def for_tag(name: str) -> bytes:
    """The board file as the tag gets it: checked, and the name of each electrochemical cell replaced by its numbers."""
    data = load(name)
    filled = [
        {**part, "cell": cells.load()[part["cell"]].for_tag()} if "cell" in part else part for part in data["parts"]
    ]
    if filled == data["parts"]:
        return path_of(name).read_bytes()
    return json.dumps({**data, "parts": filled}, separators=(",", ":")).encode()


def load_virtual(name: str) -> dict[str, Any]:
    """A board's data for a virtual tag; `DavyError` when it is for a processor that this computer cannot stand in for."""
    data = load(name)
    if data["mcu"] != VIRTUAL_MCU:
        able = [other for other in names() if other != name and load(other)["mcu"] == VIRTUAL_MCU]
        raise DavyError(f"board '{name}' is for {data['mcu']}, a virtual tag is for {VIRTUAL_MCU}: {', '.join(able)}")
    return data


def check(path: Path) -> list[Problem]:
    """Everything wrong with one board file; an empty list when it may be used."""
    return _read(path)[1]


def _read(path: Path) -> tuple[Any, list[Problem]]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        return None, [Problem(path, "", f"cannot be read: {error.strerror}")]
    except UnicodeDecodeError as error:
        return None, [Problem(path, "", f"is not UTF-8 text (byte {error.start})")]
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        return None, [Problem(path, f"line {error.lineno}", f"is not JSON: {error.msg} (column {error.colno})")]
    except (RecursionError, ValueError) as error:  # nested too deeply; a number of thousands of digits
        return None, [Problem(path, "", f"is not usable JSON: {error}")]
    problems = [Problem(path, f"line {line}", f"key '{key}' appears twice") for line, key in _duplicates(text)]
    problems += [Problem(path, key, what) for key, what in problems_in(data, folder=path.parent.name)]
    return data, problems


def _duplicates(text: str) -> Iterator[tuple[int, str]]:
    """(line, key) of keys that repeat within an object of a valid JSON text; the parser keeps the last in silence."""
    seen: list[set[str]] = []
    for token in re.finditer(r'("(?:[^"\\]|\\.)*")(\s*:)?|[{}\[\]]', text):
        if token[0] in "{[":
            seen.append(set())
        elif token[0] in "}]":
            seen.pop()
        elif token[2]:
            key = json.loads(token[1])
            if key in seen[-1]:
                yield text.count("\n", 0, token.start()) + 1, key
            seen[-1].add(key)
