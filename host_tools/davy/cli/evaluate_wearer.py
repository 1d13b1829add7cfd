"""`davy evaluate fatigue|gait|nods|place`: what the tag tells of its wearer, on recordings."""

from pathlib import Path
from typing import Annotated, Any

import typer

from davy.cli.output import console, json_printed, progress_bar, write_json

Out = Annotated[Path | None, typer.Option("--json", metavar="OUT", help="Write the figures as JSON; - prints them.")]


def fatigue(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR", help="Folders of one of the three formats.")],
    as_json: Out = None,
    control: Annotated[
        int, typer.Option(metavar="N", min=0, max=100, help="Shuffle everybody's windows N times, for comparison.")
    ] = 10,
    interpreter: Annotated[str, typer.Option(help="mp64, mp32 (MicroPython) or cpython.")] = "mp64",
) -> None:
    """Put people who grow tired through the tag's fatigue indicator: does its index follow what they say of themselves?

    Strides with Borg's ratings, tables of windows with a state, or slow sensors with ratings: see docs/fatigue.md.

    davy evaluate fatigue ../shared/data/fatigue_maman --json figures.json
    """
    from davy.devicescript import start
    from davy.evaluate import fatiguedata
    from davy.evaluate.fatiguefigures import figures, judged
    from davy.evaluate.fatiguerun import run
    from davy.evaluate.fatigueshow import mean, show

    start(interpreter)  # said, or fetched, before anything is read
    printed = json_printed(as_json)
    found = []
    for tired in [one for folder in folders for one in fatiguedata.read(folder)]:
        for note in tired.notes:
            typer.echo(f"davy: note: {note}", err=True)
        seen = judged(figures(tired, run(tired, interpreter=interpreter)))
        shuffled = [figures(tired, run(tired, interpreter=interpreter, shuffle=str(i))) for i in range(control)]
        found.append(
            seen.as_dict()
            | {
                "shuffled": {
                    "correlation_median": mean([one.correlation for one in shuffled]),
                    "auc_by_person": mean([one.auc for one in shuffled]),
                    "auc_pooled": mean([one.auc_pooled for one in shuffled]),
                }
            }
        )
        if not printed:
            show(console(), seen, shuffled)
    write_json({"datasets": found}, as_json)


def gait(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(metavar="DIR", help="Folders with manifest.csv. None: the project's own recordings."),
    ] = None,
    as_json: Out = None,
    rotate: Annotated[
        str, typer.Option(metavar="SEED", help="Wear the tag in another random way in each trial; any word.")
    ] = "",
    rate: Annotated[
        int | None,
        typer.Option(metavar="HZ", min=20, max=200, help="The sensor's rate. Default: the recording's own."),
    ] = None,
    cut: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", min=5, max=3600, help="Only so much, out of the middle of each trial."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="At most N trials of a folder, spread evenly over it.")
    ] = None,
    interpreter: Annotated[str, typer.Option(help="mp64, mp32 (MicroPython) or cpython.")] = "mp64",
) -> None:
    """Count the steps of labelled trials with the tag's gait analysis, and beside it with SciPy, offline.

    Trials whose activity says walk, jog, run or stairs are judged; steps counted in the others are told. Falls are left out.

    davy evaluate gait ../shared/data/sisfall --rotate any --json figures.json
    """
    from davy.devicescript import start
    from davy.evaluate import dataset
    from davy.evaluate.gait import groups, run
    from davy.evaluate.gaitshow import show

    start(interpreter)
    printed = json_printed(as_json)
    datasets = dataset.chosen([dataset.read(folder) for folder in folders or [dataset.own()]], (), (), limit)
    found = []
    for one in datasets:
        with progress_bar() as bar:
            task = bar.add_task(one.name, total=len(one.trials))
            walked = run(
                one,
                turn=rotate,
                cut_s=cut,
                rate_hz=rate,
                interpreter=interpreter,
                on_done=lambda _, bar=bar, task=task: bar.advance(task),
            )
        by_group = groups(walked)
        if not printed:
            show(console(), one.name, by_group)
        found.append(
            {
                "name": one.name,
                "groups": [group.as_dict() for group in by_group],
                "trials_detail": [trial.as_dict() for trial in walked if trial.walking],
            }
        )
    write_json({"datasets": found}, as_json)


def nods(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(metavar="DIR", help="Folders with manifest.csv. None: made heads alone."),
    ] = None,
    as_json: Out = None,
    made: Annotated[
        int, typer.Option(metavar="N", min=0, max=10000, help="Made heads of each kind: nods, and what looks like one.")
    ] = 100,
    seed: Annotated[str, typer.Option(metavar="WORD", help="What the made heads are drawn from.")] = "nods",
    shake: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="A folder of vehicles at 50 Hz: their vertical is added to the made heads."),
    ] = None,
    percent: Annotated[
        int | None, typer.Option(metavar="N", min=0, max=400, help="How much of it; default 100, as it was recorded.")
    ] = None,
    interpreter: Annotated[str, typer.Option(help="mp64, mp32 (MicroPython) or cpython.")] = "mp64",
) -> None:
    """Put made heads, and recordings in which nobody nods, through the nod detector of a tag on a helmet.

    The recordings are judged as if the tag had ridden on a helmet: whatever is counted in them is false. Falls are left out.

    davy evaluate nods ../shared/data/sisfall --made 500 --shake ../shared/data/road_vehicle --percent 50
    """
    from davy.devicescript import start
    from davy.errors import DavyError
    from davy.evaluate import dataset
    from davy.evaluate.nods import heads, recorded
    from davy.evaluate.nodsmade import KINDS, vertical
    from davy.evaluate.nodsshow import show_heads, show_recorded

    if not made and not folders:
        raise DavyError("nothing to judge: name a folder, or more made heads than 0")
    if percent is not None and not shake:
        raise DavyError("--percent of what? --shake DIR names the vehicles")
    percent = 100 if percent is None else percent
    start(interpreter)
    printed = json_printed(as_json)
    datasets = [dataset.read(folder) for folder in folders or []]
    road = [one * percent / 100 for one in vertical(dataset.read(shake).trials)] if shake else []
    found: list[dict[str, Any]] = []
    with progress_bar() as bar:
        if made:
            task = bar.add_task("made heads", total=made * len(KINDS))
            seen = heads(made, seed, road, interpreter, lambda: bar.advance(task))
            found.append({"name": "made", "seed": seed, "heads": [one.as_dict() for one in seen]})
            if not printed:
                title = f"made heads, shaken by {percent} % of {shake.name}" if shake else "made heads"
                show_heads(console(), title, seen)
        for one in datasets:
            task = bar.add_task(one.name, total=len(one.trials))
            rows = recorded(one, interpreter, lambda task=task: bar.advance(task))
            found.append({"name": one.name, "activities": [row.as_dict() for row in rows]})
            if not printed:
                show_recorded(console(), one.name, rows)
    write_json({"datasets": found}, as_json)


def pulse(
    as_json: Out = None,
    made: Annotated[int, typer.Option(metavar="N", min=1, max=10000, help="Made signals of each kind.")] = 1000,
) -> None:
    """Put made signals of a heart-rate sensor through the tag's pulse: how often it knows a rate, and how far off that is.

    davy evaluate pulse --made 100
    """
    from davy.evaluate.pulse import FAMILIES, HEAD, evaluate, row

    printed = json_printed(as_json)
    rows, found = [], []
    with progress_bar() as bar:
        task = bar.add_task("made signals", total=len(FAMILIES))
        for name, family in FAMILIES.items():
            figures = evaluate(family, made)
            rows.append(row(name, family, figures))
            found.append(
                {"name": name, "known": figures.known, "whys": dict(figures.whys), "errors_bpm": figures.errors}
            )
            bar.advance(task)
    if not printed:
        from rich.table import Table

        sheet = Table(HEAD[0])
        for title in HEAD[1:]:
            sheet.add_column(title, justify="right", no_wrap=True)
        for cells in rows:
            sheet.add_row(*cells)
        console().print(sheet)
    write_json({"datasets": found}, as_json)


def place(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR", help="Folders with fingerprints or tracks.")],
    as_json: Out = None,
    size: Annotated[float, typer.Option(metavar="M", min=1, max=100, help="Side of a zone.")] = 8.0,
    listen: Annotated[
        float | None,
        typer.Option(
            metavar="S", min=0.05, max=3, help="Hear only so much of every 3 s, or of a scan. Default: all of it."
        ),
    ] = None,
    interval: Annotated[
        float | None,
        typer.Option(
            metavar="S", min=0.02, max=10, help="With --listen: beacons of scans, and of who stands, send so often."
        ),
    ] = None,
    lead: Annotated[
        int | None, typer.Option(metavar="Q4", min=0, max=400, help="Another lead than shipped, nats / 16.")
    ] = None,
    interpreter: Annotated[str, typer.Option(help="mp64, mp32 (MicroPython) or cpython.")] = "mp64",
    jobs: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=64, help="Cores at once. Default: one a processor.")
    ] = None,
) -> None:
    """Put people who walk past Bluetooth beacons through the tag's place estimator: is it in the zone that they are in?

    The map is learned from a survey that does not know the phone, or the track, that is judged. See docs/place.md.

    davy evaluate place ../shared/data/ble_uji ../shared/data/ble_danis
    """
    from davy.devicescript import start
    from davy.errors import DavyError
    from davy.evaluate import placedata
    from davy.evaluate.placehearing import hearing_of
    from davy.evaluate.placerun import evaluate
    from davy.evaluate.placeshow import show
    from davy.evaluate.placetag import Numbers

    if interval is not None and listen is None:
        raise DavyError("--interval is of a tag that listens for a part of the time: it takes --listen")
    start(interpreter)
    printed = json_printed(as_json)
    numbers = Numbers() if lead is None else Numbers(lead_q4=lead)
    found = []
    for places in [one for folder in folders for one in placedata.read(folder, listen_s=listen)]:
        for note in places.notes:
            typer.echo(f"davy: note: {note}", err=True)
        hearing = hearing_of(places, listen, interval)
        figures = evaluate(places, size, numbers=numbers, hearing=hearing, interpreter=interpreter, jobs=jobs)
        found.append(figures.as_dict())
        if not printed:
            show(console(), figures)
    write_json({"datasets": found}, as_json)
