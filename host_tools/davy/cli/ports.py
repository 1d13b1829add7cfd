"""`davy ports`: what is plugged in."""

from dataclasses import asdict
from typing import Annotated

import typer

from davy.cli.output import Json, console, print_json


def ports(
    port: Annotated[list[str] | None, typer.Option(help="Look at this port only; again for each.")] = None,
    ask: Annotated[
        bool,
        typer.Option("--ask", help="Stop each tag for some seconds and let it say what it is: not while it is worn."),
    ] = False,
    as_json: Json = False,
) -> None:
    """List the serial ports and what is on them; untouched, unless asked.

    davy ports --ask
    """
    from davy import ports as finder

    found = finder.found(port or [])
    if ask:
        from davy.flashing.crew import chip_on

        found = [finder.ask(one, chip_on) for one in found if one.likely]
    if as_json:
        print_json([asdict(one) for one in found])
        return
    if not found:
        print("no serial port: is the cable in, and one for data? (a virtual tag: davy vtag start)")
        return
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("port", "state", "davy", "micropython", "board", "tag", "what"):
        table.add_column(heading, no_wrap=heading == "tag", min_width=16 if heading == "tag" else None)
    for one in found:
        facts = [str(one.facts.get(name, "")) for name in ("davy", "micropython", "board", "tag_id")]
        table.add_row(*(escape(text) for text in (one.name, one.state, *facts, one.says or one.what)))
    console().print(table)
    if not ask and any(one.likely and one.state == "there" for one in found):
        print("davy ports --ask stops each for some seconds and says what it is")
