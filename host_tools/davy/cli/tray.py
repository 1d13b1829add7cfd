"""What the commands for a tray of boards share: which ports, a bar for each, a table at the end."""

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from davy.cli.output import console

if TYPE_CHECKING:
    from davy.crew import Event, Result, Stage

Ports = Annotated[list[str] | None, typer.Option(help="Serial port; again for each.")]
Every = Annotated[bool, typer.Option("--all", help="Every USB serial port of this computer.")]
At = Callable[["Event"], float | None]  # how far a port is once that was said; None: as far as before


def chosen(named: Sequence[str], every: bool) -> list[str]:
    """The ports a person means. Raises DavyError when that is not clear."""
    from davy import ports
    from davy.errors import DavyError

    if named and every:
        raise DavyError("say --port or --all, not both")
    if named:
        return list(named)
    likely = [one.name for one in ports.found() if one.what]
    if not likely:
        raise DavyError("no USB serial port: is the cable in, and one for data? davy ports lists them")
    if len(likely) > 1 and not every:
        raise DavyError(f"several ports: say --port, or --all for {', '.join(likely)}")
    return likely


def run(
    ports: Sequence[str], stages: "Sequence[tuple[Stage, float, At]]", quiet: bool, show: bool = True
) -> "list[Result]":
    """Carry the stages out, with a bar for each port; of each stage how long its bar is, and where it stands after an event."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from davy import crew

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[what]}"), TimeElapsedColumn())
    silent = quiet or not show or not sys.stderr.isatty()
    with Progress(*columns, disable=silent, console=Console(stderr=True)) as bars:
        tasks = {name: bars.add_task(name, total=stages[0][1], what="waiting") for name in ports}

        def tell(result: "Result", event: "Event") -> None:
            _, total, at = stages[result.stage]
            what = result.says or str(event.get("event", ""))
            done = total if event.get("event") == "done" else at(event)
            bars.update(tasks[result.port], total=total, completed=done, what=what[:60])

        return crew.run(ports, [stage for stage, _, _ in stages], tell)


def show(results: "Sequence[Result]", columns: Mapping[str, Callable[[Mapping[str, Any]], str]], verb: str) -> None:
    """The table: port, state, the columns made from the facts, time, and what became of it; then how many."""
    from rich.markup import escape
    from rich.table import Table

    from davy.errors import plain

    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("port", "state", *columns, "time", "what became of it"):
        table.add_column(heading)
    for one in results:
        facts = (escape(plain(make(one.facts))) for make in columns.values())
        table.add_row(one.port, one.state, *facts, f"{one.seconds:.1f} s", escape(plain(one.says)))
    console().print(table)
    done = sum(one.state == "done" for one in results)
    print(f"{done} of {len(results)} {verb}" + ("" if done == len(results) else "; run it again for the others"))
