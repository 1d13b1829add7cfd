"""Steps of the tag beside those of SciPy, as a person reads them."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from davy.evaluate.gait import Group


def show(out: Console, name: str, found: Sequence[Group]) -> None:
    """Print a folder's table, and what was counted where nobody is known to walk."""
    table = Table(title=escape(name), title_justify="left", title_style="bold")
    table.add_column("activity", style="cyan", no_wrap=True)
    for column in ("trials", "steps", "SciPy", "median", "90 % below", "within 3 %", "median, nearest"):
        table.add_column(column, justify="right")
    for group in found:
        if group.name != "others" and group.walked:
            if group.name == "plain":
                table.add_section()
            numbers = (len(group.walked), group.steps, group.peaks)
            shares = (group.median(), group.p90, group.within, group.median(nearest=True))
            table.add_row(escape(group.name[:24]), *map(str, numbers), *map(_percent, shares))
    if len(found) > 2:
        out.print(table)
    else:
        out.print(
            f"{escape(name)}: no trial says walk, jog, run or stairs: no error of the steps can be measured",
            soft_wrap=True,
        )
    plain = found[-2]
    if plain.total is not None and plain.enough is not None:
        share = _percent(plain.enough)
        out.print(f"plain: all steps together {100 * plain.total:+.1f} %; {share} of trials within 3 % or one step")
    others = found[-1]
    if others.walked:
        trials = f"{sum(one.steps > 0 for one in others.walked)} of {len(others.walked)} trials"
        out.print(f"where nobody is known to walk: {others.steps} steps, in {trials} ({others.hours:.2f} h)")


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"
