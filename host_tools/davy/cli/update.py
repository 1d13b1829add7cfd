"""`davy update`: a bundle onto a tag."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from davy.cli.output import Json, print_json

if TYPE_CHECKING:
    from davy.updating.plan import Goal

Healthy = Annotated[
    int, typer.Option("--healthy", metavar="SECONDS", help="So long must the new app be well to be kept.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Ask the tag, say what would be done, and change nothing.")]


def update(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A bundle; see: davy deploy BOARD --bundle")],
    port: Annotated[str, typer.Option(help="Serial port of the tag.")],
    healthy: Healthy = 60,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Put a bundle onto a tag, beside the app that it runs, and start it on trial.

    Only files that the tag does not hold travel. Cable out or power off at any moment: the tag starts the old version or the
    new one, and a second run goes on. When the new one fails, hangs or is not healthy in time, the old one comes back by
    itself, and exit code 1 says so.

    davy update app.davy --port /dev/ttyACM0
    """
    from davy.updating import plan as planner

    onto(port, planner.of_bundle(bundle, healthy_s=healthy), dry_run, as_json)


def onto(port: str, goal: "Goal", dry_run: bool, as_json: bool) -> None:
    """Carry a goal out on one port, with a bar on standard error; exit code 1 when the tag does not run it in the end."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from davy.errors import DavyError
    from davy.updating import work

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[what]}"), TimeElapsedColumn())
    screen = Console(stderr=True)
    with Progress(*columns, disable=as_json or not sys.stderr.isatty(), console=screen, transient=True) as bars:
        bar = bars.add_task(port, total=None, what="asking")

        def tell(event: str, **more: Any) -> None:
            what = {
                "ask": "asking the tag",
                "send": "sending",
                "check": "the tag checks it",
                "start": "starting",
                "wait": f"on trial, healthy for {goal.healthy_s} s?",
                "said": str(more.get("text", ""))[:60],
            }.get(event, event)
            bars.update(bar, what=what, completed=more.get("done"), total=more.get("total"))

        done = work.appliance(port, goal, tell, dry_run=dry_run)
    if as_json:
        print_json(asdict(done))
    elif dry_run:
        print(f"{port}, app {goal.bundle.name}:")
        print("\n".join(f"  {line}" for line in done.says.splitlines()))
        print("nothing was changed")
    elif done.well:
        print(f"{port}: {done.says}")
    else:
        raise DavyError(f"{port}: {done.says}")
    if not done.well:
        raise typer.Exit(1)
