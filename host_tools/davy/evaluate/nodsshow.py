"""False nods, and those found of made heads, as a person reads them."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from davy.evaluate.nods import Found, Watched


def show_heads(out: Console, title: str, found: Sequence[Found]) -> None:
    """Print how many of each kind were counted as a nod."""
    table = Table(title=escape(title), title_justify="left", title_style="bold")
    table.add_column("made", style="cyan", no_wrap=True)
    for column in ("heads", "counted", "share"):
        table.add_column(column, justify="right")
    for one in found:
        table.add_row(escape(one.what), str(one.made), str(one.counted), f"{100 * one.counted / one.made:.0f} %")
    out.print(table)


def show_recorded(out: Console, title: str, rows: Sequence[Watched]) -> None:
    """Print the activities in which one was counted, and all together. Nobody nods in them: all are false."""
    table = Table(title=escape(title), title_justify="left", title_style="bold")
    table.add_column("activity", style="cyan")
    for column in ("trials", "false nods", "hours", "an hour", "hours watched", "an hour watched"):
        table.add_column(column, justify="right")
    for one in rows:
        if one.nods or one.activity == "all":
            rates = [f"{one.nods / hours:.1f}" if hours else "-" for hours in (one.hours, one.watched_h)]
            table.add_row(
                escape(one.activity),
                *(str(one.trials), str(one.nods), f"{one.hours:.2f}", rates[0], f"{one.watched_h:.2f}", rates[1]),
            )
    out.print(table)
