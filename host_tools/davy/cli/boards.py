"""`davy boards`: what hardware there is data for, and whether a board file is right."""

from pathlib import Path
from typing import Annotated

import typer

from davy.cli.group import group
from davy.cli.output import Json, console, print_json

app = group("List the boards that a tag can be built on, and check their files.")


@app.command("list")
def list_boards(as_json: Json = False) -> None:
    """List every board in boards/ with its processor, its radio and how long its journal reaches back.

    "remembers": days of all gases of the board at a reading of each every 10 s, each as a record of its own / as runs of
    six, which are written only while the air is calm.
    """
    from davy import boards, journalroom

    rows = []
    for name in boards.names():
        data = boards.load(name)
        radio = [part["chip"] for part in data["parts"] if part["role"] == "radio"]
        links = (["wifi"] if data["wifi"] else []) + radio
        row = {"name": name, "title": data["title"], "mcu": data["mcu"], "arch": data["arch"], "links": links}
        rows.append({**row, "journal": journalroom.of_board(data).as_dict()})
    if as_json:
        print_json(rows)
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("board", "processor", "reports by", "remembers", "3 months", "what it is"):
        table.add_column(heading, no_wrap=heading in ("board", "remembers"))
    for row in rows:
        room = row["journal"]
        days = f"{room['reading_days']:.0f} / {room['run_days']:.0f} days"
        table.add_row(row["name"], row["mcu"], ", ".join(row["links"]), days, room["three_months"], row["title"])
    console().print(table)


@app.command("show")
def show(board: Annotated[str, typer.Argument(help="Name of a board.")], as_json: Json = False) -> None:
    """Show one board: its parts, and how large its journal is."""
    from davy import boards, journalroom

    data = boards.load(board)
    room = journalroom.of_board(data)
    if as_json:
        print_json({**data, "journal": room.as_dict()})
        return
    console().print(f"{data['name']}: {data['title']} ({data['mcu']}, {data['flash_mb']} MB flash)")
    for part in data["parts"]:
        what = f" {part['gas']}" if "gas" in part else ""
        console().print(f"  {part['role']}{what}: {part['chip']}")
    kb = room.segments * room.segment_bytes // 1024
    console().print(
        f"journal: {kb} kB of a {room.partition // 1024} kB file system,"
        f" in {room.segments} segments of {room.segment_bytes // 1024} kB"
    )
    every = f"  {'one gas' if room.gases == 1 else f'{room.gases} gases'} every 10 s:"
    console().print(f"{every} {room.reading_days:.1f} days, a record a reading")
    console().print(
        f"{'':{len(every)}} {room.run_days:.1f} days, as runs of {journalroom.RUN} readings, while the air is calm"
    )
    console().print(f"  three months: {room.promise}")


@app.command("power")
def power(board: Annotated[str, typer.Argument(help="Name of a board.")], as_json: Json = False) -> None:
    """Sum up what a board takes from its cell in each state, and how long a charge lasts: from data sheets, not measured."""
    from dataclasses import asdict

    from davy import power

    states = power.budget(board)
    if as_json:
        print_json([{**asdict(state), "ma": round(state.ma, 2)} for state in states])
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("state", "mA", "hours", "of which read / quoted / general", "largest"):
        table.add_column(heading)
    for state in states:
        shares = " / ".join(f"{100 * state.share(sure):.0f} %" for sure in power.SURE)
        largest = max(state.loads, key=lambda load: load.ma)
        hours = f"{state.hours:.0f}" if state.lasting else ""
        table.add_row(state.name, f"{state.ma:.0f}", hours, shares, f"{largest.what} {largest.ma:.0f} mA")
    console().print(table)
    cell = power.currents()["cell"]
    print(f"{cell['title']}, {cell['mah']} mAh, of which {cell['usable']:.0%} are counted on")


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
