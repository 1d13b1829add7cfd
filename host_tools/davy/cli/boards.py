"""`davy boards`: what hardware there is data for, and whether a board file is right."""

from pathlib import Path
from typing import Annotated

import typer

from davy.cli.group import group
from davy.cli.output import Json, console, print_json

app = group("List the boards that a tag can be built on, and check their files.")


@app.command("list")
def list_boards(as_json: Json = False) -> None:
    """List every board in boards/ with its processor and radio."""
    from davy import boards

    rows = []
    for name in boards.names():
        data = boards.load(name)
        radio = [part["chip"] for part in data["parts"] if part["role"] == "radio"]
        links = (["wifi"] if data["wifi"] else []) + radio
        rows.append({"name": name, "title": data["title"], "mcu": data["mcu"], "arch": data["arch"], "links": links})
    if as_json:
        print_json(rows)
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("board", "processor", "reports by", "what it is"):
        table.add_column(heading)
    for row in rows:
        table.add_row(row["name"], row["mcu"], ", ".join(row["links"]), row["title"])
    console().print(table)


@app.command("check")
def check(
    board: Annotated[str, typer.Argument(help="Name of a board, or path of a board.json.")],
    as_json: Json = False,
) -> None:
    """Check one board file and name every key that is wrong."""
    from davy import boards
    from davy.errors import DavyError

    path = Path(board)
    if board not in boards.names() and not path.exists():
        raise DavyError(f"no board '{board}' and no such file: there are {', '.join(boards.names())}")
    file = boards.path_of(board) if board in boards.names() else path / boards.FILE if path.is_dir() else path
    problems = boards.check(file)
    if as_json:
        print_json({"file": str(file), "problems": [{"key": p.key, "text": p.text} for p in problems]})
    elif not problems:
        print(f"{file}: good")
    if problems:
        if not as_json:
            for problem in problems[:-1]:
                typer.echo(f"davy: {problem}", err=True)
            raise DavyError(str(problems[-1]))
        raise typer.Exit(1)
