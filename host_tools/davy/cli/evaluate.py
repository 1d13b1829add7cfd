"""`davy evaluate`: what the tag's detectors are worth, on recordings."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from davy.cli.evaluate_wearer import fatigue, gait, nods, place, pulse
from davy.cli.group import group
from davy.cli.output import console, json_printed, progress_bar, write_json

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from davy.evaluate.dataset import Dataset
    from davy.evaluate.figures import Figures
    from davy.evaluate.gas import Outcome
    from davy.evaluate.gastable import GasTable
    from davy.evaluate.running import Options
    from davy.limitprofile import LimitProfile
    from davy.replay import Replayed

app = group("Measure the tag's detectors on recordings, on real MicroPython.")
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
            "--json",
            metavar="OUT",
            help="Write the figures as JSON, - prints them; shares are fractions 0 to 1, and null of nothing.",
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
    from davy.writing import can_write

    printed = json_printed(as_json)
    if plot:
        can_write(plot)
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
    if not printed:
        for one in found:
            show(console(), one)
    write_json({"datasets": [one.as_dict() for one in found]}, as_json)
    if plot:
        plot.write_text(page(found), encoding="utf-8")


@app.command("gas")
def gas(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="A table of readings, a row a time.")],
    profile: Annotated[
        str, typer.Option(metavar="P", help="Limits: default, osha, ... (see: davy limits), or a file.")
    ] = "default",
    as_json: Annotated[
        Path | None,
        typer.Option(
            "--json", metavar="OUT", help="Write events and exposure as JSON, in the units shown; - prints it."
        ),
    ] = None,
    period: Annotated[
        float | None, typer.Option(metavar="SECONDS", min=0.01, max=86400, help="Time from row to row, without t_s.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=co_ppm", help="What a column of another name is; may be repeated."),
    ] = None,
    lel: Annotated[
        str, typer.Option(metavar="us|iec|VOL", help="What 100 %LEL is: methane 5.0 (us), 4.4 (iec), or %vol.")
    ] = "us",
    temp: Annotated[float, typer.Option(metavar="C", min=-100, max=100, help="For mg/m3.")] = 20.0,
    press: Annotated[float, typer.Option(metavar="HPA", min=100, max=2000, help="For mg/m3.")] = 1013.0,
    interpreter: Annotated[str, typer.Option(help="mp64, mp32 (MicroPython) or cpython.")] = "mp64",
) -> None:
    """Put a table of gas readings through the tag's core: every event, what was breathed, how early it warned.

    Columns: t_s in seconds, or --period; gases as co_ppm, h2s_ppm, o2_pct, ch4_pct, ch4_lel, co_mgm3, ...

    An empty cell means that the sensor gave no valid reading: the fault alarm, never clean air.

    davy evaluate gas shift.csv --profile osha --json figures.json
    """
    from davy.devicescript import start
    from davy.evaluate import gas as gas_room
    from davy.evaluate import gastable
    from davy.evaluate.gasshow import show
    from davy.evaluate.gaswarning import sights

    start(interpreter)  # said, or fetched, before the table is read
    printed = json_printed(as_json)
    limits = gas_room.profile_of(profile)
    table = gastable.read(file, period_s=period, renamed=_renamed(column or []), air=gastable.Air(temp, press, lel))
    for note in table.notes:
        typer.echo(f"davy: note: {note}", err=True)
    outcome = _through(table, limits, interpreter)
    seen = sights(outcome)
    if not printed:
        show(console(), outcome, seen)
    write_json({**outcome.as_dict(), "early_warning": [sight.as_dict() for sight in seen]}, as_json)


app.command("fatigue")(fatigue)
app.command("gait")(gait)
app.command("nods")(nods)
app.command("place")(place)
app.command("pulse")(pulse)


def _renamed(columns: list[str]) -> dict[str, str]:
    from davy.errors import DavyError

    found = {}
    for text in columns:
        name, equals, meaning = text.partition("=")
        if not equals or not name or not meaning:
            raise DavyError(f"--column {text}: write NAME=co_ppm")
        found[name.strip()] = meaning
    return found


def _through(table: "GasTable", limits: "LimitProfile", interpreter: str) -> "Outcome":
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn

    from davy.evaluate.gas import run

    with progress_bar(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.completed:.0f} of {task.total:.0f} rows"),
        TimeRemainingColumn(),
    ) as progress:
        task = progress.add_task(table.name, total=len(table.t_s))

        def on_row(done: int) -> None:
            if done % 200 == 0:
                progress.update(task, completed=done)

        return run(table, limits, interpreter=interpreter, on_row=on_row)


def _run(datasets: "list[Dataset]", options: "Options") -> "list[Figures]":
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn

    from davy.evaluate.figures import figures
    from davy.evaluate.running import run

    found = []
    with progress_bar(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.completed:.0f} of {task.total:.0f} trials, {task.fields[speed]:.0f} times real time"),
        TimeRemainingColumn(),
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
