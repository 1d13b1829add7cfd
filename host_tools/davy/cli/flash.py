"""`davy flash`: MicroPython's image onto boards."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from davy.cli.output import Json, console, print_json

if TYPE_CHECKING:
    from davy.flashing.crew import Result
    from davy.flashing.plan import Plan


def flash(
    board: Annotated[str, typer.Option(help="Name of the board; see: davy boards list")],
    image: Annotated[Path, typer.Option(help="MicroPython's whole image for its chip (.bin), from micropython.org.")],
    port: Annotated[list[str] | None, typer.Option(help="Serial port; again for each.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every USB serial port of this computer.")] = False,
    erase: Annotated[bool, typer.Option("--erase", help="Erase all first: journal and settings are lost.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before erasing.")] = False,
    read_back: Annotated[
        bool, typer.Option("--read-back", help="Read every byte back too; takes as long again.")
    ] = False,
    no_stub: Annotated[
        bool, typer.Option("--no-stub", help="Use the chip's own loader only: slow, for boards that need it.")
    ] = False,
    baud: Annotated[int, typer.Option(min=9600, max=2_000_000, help="Speed of the line once the stub runs.")] = 460_800,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and open no port.")] = False,
    as_json: Json = False,
) -> None:
    """Write MicroPython onto one board or a tray of them, at the same time; checked before anything is erased.

    The journal and the settings of a tag stay, unless --erase is said. Exit code 1 when any port failed.

    davy flash --board lilygo-t3-s3 --image ESP32_GENERIC_S3.bin --port /dev/ttyACM0
    """
    from davy.errors import DavyError
    from davy.flashing import plan as planner

    names = _ports(port or [], every)
    plan = planner.plan(board, image, names, erase=erase, read_back=read_back, stub=not no_stub, baud=baud)
    if dry_run:
        _show_plan(plan, as_json)
        return
    if erase and not yes:
        if not sys.stdin.isatty():
            raise DavyError("--erase takes journal and settings of the tag away: say --yes too")
        typer.confirm(f"erase journal and settings on {', '.join(names)}?", abort=True)
    results = _run(plan, as_json)
    if as_json:
        print_json([{k: v for k, v in asdict(result).items() if k != "writing"} for result in results])
    else:
        _show(results)
    if any(result.state != "done" for result in results):
        raise typer.Exit(1)


def _ports(named: list[str], every: bool) -> list[str]:
    from davy import ports
    from davy.errors import DavyError

    if named and every:
        raise DavyError("say --port or --all, not both")
    if named:
        return named
    likely = [one.name for one in ports.found() if one.what]
    if not likely:
        raise DavyError("no USB serial port: is the cable in, and one for data? davy ports lists them")
    if len(likely) > 1 and not every:
        raise DavyError(f"several ports: say --port, or --all for {', '.join(likely)}")
    return likely


def _show_plan(plan: "Plan", as_json: bool) -> None:
    if as_json:
        print_json({**plan.as_dict(), "steps": plan.steps()})
        return
    print(f"on {', '.join(plan.ports)}, for {plan.board}:")
    for number, step in enumerate(plan.steps(), 1):
        print(f"  {number}. {step}")
    print("nothing was opened")


def _run(plan: "Plan", quiet: bool) -> "list[Result]":
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from davy.flashing import crew

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[what]}"), TimeElapsedColumn())
    with Progress(*columns, disable=quiet or not sys.stderr.isatty(), console=_screen()) as bars:
        tasks = {name: bars.add_task(name, total=plan.image_b, what="waiting") for name in plan.ports}

        def tell(result: "Result", event: dict[str, Any]) -> None:
            what = result.says or str(event.get("event", ""))
            bars.update(tasks[result.port], completed=event.get("done"), what=what[:60])
            if event.get("event") == "done":
                bars.update(tasks[result.port], completed=plan.image_b)

        return crew.run(plan, tell)


def _screen() -> Any:
    from rich.console import Console

    return Console(stderr=True)


def _show(results: "list[Result]") -> None:
    from rich.markup import escape
    from rich.table import Table

    from davy.errors import plain

    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("port", "state", "chip", "address", "flash", "time", "what became of it"):
        table.add_column(heading)
    for one in results:
        size = f"{one.flash_b >> 20} MB" if one.flash_b else ""
        table.add_row(one.port, one.state, one.chip, one.mac, size, f"{one.seconds:.1f} s", escape(plain(one.says)))
    console().print(table)
    done = sum(one.state == "done" for one in results)
    print(f"{done} of {len(results)} flashed" + ("" if done == len(results) else "; run it again for the others"))
