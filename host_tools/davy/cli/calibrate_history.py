"""`davy calibrate history`: what a tag remembers of the calibrations of its sensors."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from davy.cli.output import Json, console, print_json

if TYPE_CHECKING:
    from davy.calibration_history import History


def history(
    port: Annotated[str, typer.Option(help="The tag's serial port.")] = "",
    file: Annotated[Path | None, typer.Option(help="A calibration.a or .b of a tag, or the folder of both.")] = None,
    as_json: Json = False,
) -> None:
    """Show the acts of each gas, the trend of its gain, and when its sensor will be at its end."""
    from davy import calibration_history
    from davy.errors import DavyError

    if bool(port) == (file is not None):
        raise DavyError("history: say either --port or --file")
    files = calibration_history.from_folder(file) if file else calibration_history.from_tag(port)
    found, problems = calibration_history.read_store(files)
    for problem in problems:
        print(f"davy: {problem}: not used", file=sys.stderr)
    if problems and not found:
        raise DavyError("history: no file is whole: the tag runs on factory values and says that all is due")
    if as_json:
        print_json([_history_dict(one) for one in found])
    else:
        _show(found)


def _history_dict(one: "History") -> dict[str, Any]:
    from davy import calibration
    from davy.calibration_history import trend

    found = trend(one.gains)
    return {
        "gas": calibration.GASES[one.gas][0],
        "zero": one.zero / calibration.GASES[one.gas][2],
        "gain": round(one.gain_q12 / calibration.acts.ONE_Q12, 4),
        "last": {"act": one.last_act, "outcome": one.last_outcome},
        "passed": {act: moment.isoformat() if moment else None for act, moment in one.passed.items()},
        "failed": one.failed,
        "spans": [{"at": moment.isoformat(), "gain": round(gain, 4)} for moment, gain in one.gains],
        "gain_per_year": None if found.per_year is None else round(found.per_year, 4),
        "end_of_life": found.end.date().isoformat() if found.end else None,
        "forecast": found.text,
    }


def _show(found: "list[History]") -> None:
    from rich.table import Table

    from davy import calibration, words
    from davy.calibration_history import trend

    out = console()
    if not found:
        out.print("no act has been kept: this tag was never calibrated")
        return
    table = Table(title="last passed", title_justify="left", title_style="bold")
    for name in ("gas", "zero", "span", "bump", "not passed since", "zero of", "gain", "end of life"):
        table.add_column(name)
    for one in found:
        dates = [f"{moment:%Y-%m-%d %H:%M}" if moment else "never" for moment in one.passed.values()]
        failed = ", ".join(one.failed) or "-"
        gain = f"{one.gain_q12 / calibration.acts.ONE_Q12:.3f}"
        amount = words.concentration(one.gas, one.zero)
        table.add_row(calibration.GASES[one.gas][0], *dates, failed, amount, gain, trend(one.gains).text)
    out.print(table)
    spans = Table(title="spans", title_justify="left", title_style="bold")
    for name in ("gas", "UTC", "gain", "signal"):
        spans.add_column(name, justify="left" if name in ("gas", "UTC") else "right")
    for one in found:
        for moment, gain in one.gains:
            date = f"{moment:%Y-%m-%d %H:%M}" if moment.year >= 2025 else "not known"
            spans.add_row(calibration.GASES[one.gas][0], date, f"{gain:.3f}", f"{100 / gain:.0f} %")
    if spans.row_count:
        out.print(spans)
