"""What a person is told: one exception whose text is one line, and the problems of a file that were found together."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class DavyError(Exception):
    """Something the person can mend: what is wrong and where. The command line prints it and exits with 1."""

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a file that a person wrote; as text it is one line."""

    file: Path
    key: str  # "parts[2].pin", "line 7", or "" for the file as a whole
    text: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.text}" if self.key else f"{self.file}: {self.text}"


def plain(text: object, most: int = 120) -> str:
    """Text that came from a tag, for a terminal: nothing that it would obey, and not too much."""
    return "".join(c if c.isprintable() else "?" for c in str(text)[:most])


def refuse(problems: Sequence[Problem]) -> None:
    """Raise `DavyError` with the first problem and the number of further ones; no problem, no error."""
    if problems:
        raise DavyError(f"{problems[0]} (and {len(problems) - 1} more)" if problems[1:] else str(problems[0]))
