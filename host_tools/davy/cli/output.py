"""What commands print with: JSON for machines, or lines and tables for people. Never both."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

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


def progress_bar() -> "Progress":
    """A bar on standard error that leaves nothing behind; none where that is no terminal: an error is one line there."""
    from rich.console import Console
    from rich.progress import Progress

    screen = Console(stderr=True)
    return Progress(console=screen, transient=True, disable=not screen.is_terminal)
