"""`davy flash`: MicroPython's image onto boards."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from davy.cli import tray
from davy.cli.output import Json, print_json

if TYPE_CHECKING:
    from davy.crew import Event, Stage
    from davy.flashing.plan import Plan


def flash(
    board: Annotated[str, typer.Option(help="Name of the board; see: davy boards list")],
    image: Annotated[
        Path | None,
        typer.Option(help="MicroPython's whole image for its chip (.bin); left out: fetched by mpflash, then kept."),
    ] = None,
    port: tray.Ports = None,
    every: tray.Every = False,
    app: Annotated[
        bool, typer.Option("--app", help="Then the app too, compiled for the board: for boards with extra RAM (PSRAM).")
    ] = False,
    key: Annotated[
        Path | None, typer.Option("--key", metavar="FILE", help="Key file that signs the app; see: davy limits keygen")
    ] = None,
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

    The journal and the settings of a tag stay, unless --erase is said. With --app the tag's firmware follows, of which only files
    travel that the tag does not hold. Exit code 1 when any port failed.

    davy flash --board lilygo-t3-s3 --port /dev/ttyACM0 --app
    """
    from davy.errors import DavyError
    from davy.flashing import plan as planner
    from davy.flashing.crew import Image
    from davy.updating import plan as updates
    from davy.updating.stage import App
    from davy.updating.stage import at as app_at

    if key and not app:
        raise DavyError("--key signs the app: say --app too")
    names = tray.chosen(port or [], every)
    planner.target(board)
    plan = planner.plan(
        board, image or _fetched(board), names, erase=erase, read_back=read_back, stub=not no_stub, baud=baud
    )
    stages: list[tuple[Stage, float, tray.At]] = [(Image(plan), plan.image_b, _at)]
    steps = plan.steps()
    if app:
        goal = updates.of_board(board, key)
        work = App(goal)
        stages.append((work, work.total_b, app_at))
        steps.append(
            f"put app {goal.bundle.name} into a slot, {work.total_b} bytes, hash checked by the tag, and start it on trial"
        )
    if dry_run:
        _show_plan(plan, steps, as_json)
        return
    if erase and not yes:
        if not sys.stdin.isatty():
            raise DavyError("--erase takes journal and settings of the tag away: say --yes too")
        typer.confirm(f"erase journal and settings on {', '.join(names)}?", abort=True)
    results = tray.run(plan.ports, stages, as_json)
    if as_json:
        print_json([result.as_dict() for result in results])
    else:
        tray.show(results, COLUMNS, "flashed")
    if any(result.state != "done" for result in results):
        raise typer.Exit(1)


def _fetched(board: str) -> Path:
    """The image that the board takes, with a word about what it is."""
    from davy.flashing import fetch

    file = fetch.image(board)
    typer.echo(f"image {file}, SHA-256 {fetch.digest(file)}", err=True)
    return file


def _show_plan(plan: "Plan", steps: "list[str]", as_json: bool) -> None:
    if as_json:
        print_json({**plan.as_dict(), "steps": steps})
        return
    print(f"on {', '.join(plan.ports)}, for {plan.board}:")
    for number, step in enumerate(steps, 1):
        print(f"  {number}. {step}")
    print("nothing was opened")


def _at(event: "Event") -> float | None:
    """How much of the image is written."""
    return float(event["done"]) if event.get("event") == "write" else None


def _size(facts: Mapping[str, Any]) -> str:
    return f"{facts['flash_b'] >> 20} MB" if facts.get("flash_b") else ""


COLUMNS = {"chip": lambda facts: facts.get("chip", ""), "address": lambda facts: facts.get("mac", ""), "flash": _size}
