"""`davy tune`: choose a detector's numbers on labelled recordings, and see what they are worth on people left out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from davy.cli.group import group
from davy.cli.output import Json, console, print_json, progress_bar

if TYPE_CHECKING:
    from davy.tuning.falls import Tuned, Worth
    from davy.tuning.fatigue import Chosen

app = group("Choose the detectors' numbers on labelled recordings, and test them on people left out.")


@app.command("falls")
def falls(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR", help="Folders with manifest.csv.")],
    rate: Annotated[
        int | None, typer.Option(metavar="HZ", min=20, max=200, help="The sensor's rate. Default: the recording's own.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Choose the fall detector's weights and limit on all people but one, try them on that one, and so on for each.

    Changes nothing: the numbers in force are those of firmware/tag/motion/fall.py.

    davy tune falls ../shared/data/sisfall
    """
    from davy.errors import DavyError
    from davy.evaluate import dataset
    from davy.tuning.falls import measure, tune

    read = [dataset.read(folder) for folder in folders]
    recordings = [trial for one in read for trial in one.trials]
    if len({trial.subject for trial in recordings}) < 2:
        raise DavyError("nobody can be left out: the trials need a subject, and at least two of them")
    if len({trial.label for trial in recordings}) < 2:
        raise DavyError("nothing can be chosen: it takes falls and others")
    with progress_bar() as bar:
        task = bar.add_task("measuring on MicroPython", total=len(recordings))
        trials = []
        for trial in measure(recordings, rate):
            trials.append(trial)
            bar.advance(task)
        task = bar.add_task("leaving people out", total=None)
        found = tune(trials, lambda done, of: bar.update(task, completed=done, total=of))
    if as_json:
        print_json(_as_dict(found))
    else:
        _show(found)


@app.command("fatigue")
def fatigue(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR", help="As davy evaluate fatigue reads them.")],
    as_json: Json = False,
) -> None:
    """Learn the fatigue statistic's least spreads and choose its numbers on all people but one, try them on that one, and so on.

    Changes nothing: the numbers in force are those of firmware/tag/fatigue/drift.py.

    davy tune fatigue ../shared/data/fatigue_maman
    """
    from davy.errors import DavyError
    from davy.evaluate import fatiguedata
    from davy.tuning.fatigue import tune

    found = []
    for tired in [one for folder in folders for one in fatiguedata.read(folder)]:
        if len(tired.people) < 2:
            raise DavyError(f"{tired.name}: nobody can be left out: it takes at least two people")
        with progress_bar() as bar:
            task = bar.add_task(tired.name, total=len(tired.people))
            chosen = tune(tired, progress=lambda bar=bar, task=task: bar.advance(task))
        if chosen is None:
            raise DavyError(f"{tired.name}: nobody can be left out: nothing to judge the others by")
        found.append((tired.name, chosen))
    if as_json:
        print_json([{"name": name, **chosen.as_dict()} for name, chosen in found])
        return
    for name, chosen in found:
        _show_fatigue(name, chosen)


def _show_fatigue(name: str, chosen: "Chosen") -> None:
    from rich.markup import escape
    from rich.table import Table

    from davy.tuning.fatigue import SHIPPED

    def number(value: float | None) -> str:
        return "-" if value is None else f"{value:.3f}"

    out = console()
    table = Table(title=escape(name), title_justify="left", title_style="bold")
    table.add_column("spreads and numbers")
    for column in ("correlation", "AUC by person", "AUC pooled"):
        table.add_column(column, justify="right")
    for one in chosen.worth:
        table.add_row(one.name, number(one.correlation), number(one.auc), number(one.auc_pooled))
    out.print(table)
    kept = sum(fold.choice == SHIPPED for fold in chosen.folds)
    out.print(f"chosen by {chosen.by}: the numbers in force {kept} of {len(chosen.folds)} times")


def _rows(found: "Tuned") -> "list[tuple[str, Worth]]":
    return [("weights and limit", found.left_out), ("limit alone, weights as shipped", found.limit_only)]


def _show(found: "Tuned") -> None:
    from rich.table import Table

    out = console()
    table = Table(title="on people left out", title_justify="left", title_style="bold")
    for name in ("chosen on the others", "sensitivity", "specificity", "accuracy"):
        table.add_column(name, justify="left" if name.startswith("chosen") else "right")
    for name, worth in _rows(found):
        table.add_row(
            name,
            f"{worth.sensitivity:.2%} ({worth.found} of {worth.falls})",
            f"{worth.specificity:.2%} ({worth.quiet} of {worth.others})",
            f"{worth.accuracy:.2%}",
        )
    out.print(table)
    limits = sorted(choice.enough for _, choice in found.folds if choice.weights == found.best.weights)
    out.print(
        f"best on everybody: weights {found.best.weights} of hit, surge, hard and tilt, limit {found.best.enough:.2f}"
        f" (chosen {len(limits)} of {len(found.folds)} times without one of them)"
    )
    out.print(f"as shipped: weights {found.shipped.weights}, best limit {found.shipped.enough:.2f}")


def _as_dict(found: "Tuned") -> dict[str, Any]:
    def choice(one: Any) -> dict[str, Any]:
        return {"weights": list(one.weights), "limit": round(one.enough, 3), "lost": round(one.lost, 5)}

    return {
        "left_out": {
            name: {
                "falls": worth.falls,
                "others": worth.others,
                "sensitivity": round(worth.sensitivity, 5),
                "specificity": round(worth.specificity, 5),
                "accuracy": round(worth.accuracy, 5),
            }
            for name, worth in zip(("weights_and_limit", "limit"), (found.left_out, found.limit_only), strict=True)
        },
        "best": choice(found.best),
        "shipped": choice(found.shipped),
        "folds": {person: choice(one) for person, one in found.folds},
    }
