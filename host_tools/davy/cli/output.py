"""What commands print with: JSON for machines, or lines and tables for people. Never both."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, ProgressColumn

Json = Annotated[bool, typer.Option("--json", help="Print one JSON value for a program to read.")]


def print_json(value: Any) -> None:
    """One JSON value, indented."""
    print(json.dumps(value, indent=2, default=str))


def print_json_line(value: Any) -> None:
    """One JSON value on a line of its own, at once: for commands that report while they run."""
    print(json.dumps(value, default=str), flush=True)


def console() -> "Console":
    """A console on standard output: colours when it is a terminal, plain text when it is not."""
    from rich.console import Console

    return Console(highlight=False)


def json_printed(out: Path | None) -> bool:
    """Whether figures for `out` are printed as JSON; DavyError, before minutes of work, where they cannot be written."""
    from davy.writing import can_write

    if out == Path("-"):
        return True
    if out:
        can_write(out)
    return False


def write_json(value: Any, out: Path | None) -> None:
    """Into a file, or printed for -; nothing for None."""
    if out == Path("-"):
        print_json(value)
    elif out:
        out.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def progress_bar(*columns: "ProgressColumn") -> "Progress":
    """A bar on standard error that leaves nothing behind; none where that is no terminal: an error is one line there."""
    from rich.console import Console
    from rich.progress import Progress

    screen = Console(stderr=True)
    return Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal)
