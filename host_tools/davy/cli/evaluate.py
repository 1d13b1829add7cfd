"""`davy evaluate`: what the tag's detectors are worth, on labelled recordings."""

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from davy.cli.group import group
from davy.cli.output import console

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from davy.evaluate.dataset import Dataset
    from davy.evaluate.figures import Figures
    from davy.evaluate.running import Options
    from davy.replay import Replayed

app = group("Measure the tag's detectors on labelled recordings, on real MicroPython.")
_MOST_JOBS = 64


@app.command("falls")
def falls(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(metavar="DIR", help="Folders with manifest.csv. None: the project's own recordings."),
    ] = None,
    as_json: Annotated[
        Path | None,
        typer.Option(
            "--json", metavar="OUT", help="Write the figures as JSON; shares are fractions 0 to 1, and null of nothing."
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="OUT.html", help="Write a page that shows the 300 worst trials, long ones coarsely."),
    ] = None,
    rate: Annotated[
        int | None,
        typer.Option(
            metavar="HZ",
            min=20,
            max=200,
            help="The sensor's rate. Default: the recording's own, at least 20, at most 200.",
        ),
    ] = None,
    rotate: Annotated[
        str, typer.Option(metavar="SEED", help="Wear the tag in another random way in each trial; any word.")
    ] = "",
    hold: Annotated[
        float,
        typer.Option(
            metavar="SECONDS",
            min=0,
            max=3600,
            help="After each trial repeat its last sample for so long. This invents rest that nobody measured.",
        ),
    ] = 0.0,
    trial: Annotated[list[str] | None, typer.Option(help="Only this trial; may be repeated.")] = None,
    subject: Annotated[list[str] | None, typer.Option(help="Only this person's trials; may be repeated.")] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="At most N trials of a folder, spread evenly over it.")
    ] = None,
    settings: Annotated[Path | None, typer.Option("--config", help="Settings; see: davy config template")] = None,
    interpreter: Annotated[str, typer.Option(help="mp64, mp32 (MicroPython) or cpython.")] = "mp64",
    jobs: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=_MOST_JOBS, help="Cores at once. Default: one a processor.")
    ] = None,
) -> None:
    """Put labelled trials through the tag's core and print how many falls it finds, and what it takes for one.

    A trial counts as declared when a fall is declared anywhere in it.

    Nothing is added: a recording that ends right after the hit is a miss.

    Rates come down by averaging, and up by straight lines.

    davy evaluate falls ../shared/data/sisfall --json figures.json --plot figures.html
    """
    from davy import tagconfig
    from davy.evaluate import dataset
    from davy.evaluate.page import page
    from davy.evaluate.running import Options
    from davy.evaluate.tables import show

    for out in (as_json, plot):
        _can_write(out)
    read = [dataset.read(folder) for folder in folders or [dataset.own()]]
    datasets = dataset.chosen(read, trial or [], subject or [], limit)
    options = Options(
        interpreter=interpreter,
        jobs=jobs or min(_MOST_JOBS, os.cpu_count() or 1),
        rate_hz=rate,
        turn=rotate,
        hold_s=hold,
        settings=tagconfig.read(settings) if settings else {},
        trace=plot is not None,
    )
    found = _run(datasets, options)
    out = console()
    for one in found:
        show(out, one)
    if as_json:
        as_json.write_text(
            json.dumps({"datasets": [one.as_dict() for one in found]}, indent=1) + "\n", encoding="utf-8"
        )
    if plot:
        plot.write_text(page(found), encoding="utf-8")


def _can_write(out: Path | None) -> None:
    """Said before minutes of work, not after."""
    from davy.errors import DavyError

    if out and out.is_dir():
        raise DavyError(f"{out}: is a folder: name a file")
    if out and not out.absolute().parent.is_dir():
        raise DavyError(f"{out}: there is no folder {out.parent}")


def _run(datasets: "list[Dataset]", options: "Options") -> "list[Figures]":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from davy.evaluate.figures import figures
    from davy.evaluate.running import run

    errors = Console(stderr=True)
    found = []
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.completed:.0f} of {task.total:.0f} trials, {task.fields[speed]:.0f} times real time"),
        TimeRemainingColumn(),
        console=errors,
        transient=True,
        disable=not errors.is_terminal,
    ) as progress:
        for dataset in datasets:
            task = progress.add_task(dataset.name, total=len(dataset.trials), speed=0.0)
            heard = _Heard(progress, task)
            found.append(figures(run(dataset, options, heard)))
    return found


class _Heard:
    """Moves the bar on; called from several threads."""

    def __init__(self, progress: "Progress", task: "TaskID") -> None:
        self._progress = progress
        self._task = task
        self._recorded_s = 0.0
        self._began = time.monotonic()

    def __call__(self, one: "Replayed") -> None:
        self._recorded_s += one.recording.duration_s
        speed = self._recorded_s / max(1e-3, time.monotonic() - self._began)
        self._progress.update(self._task, advance=1, speed=speed)
