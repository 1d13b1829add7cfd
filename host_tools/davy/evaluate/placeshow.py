"""What the place estimator is worth on a folder, as a person reads it."""

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from davy.evaluate.placerun import PlaceFigures


def show(out: Console, found: PlaceFigures) -> None:
    """Print a folder's table."""
    title = f"{found.places.name}: zones of {found.size_m:g} m"
    table = Table(title=escape(title), title_justify="left", title_style="bold", show_header=False)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(ratio=1)
    for name, value in rows(found):
        table.add_row(name, escape(value))
    out.print(table)


def rows(found: PlaceFigures) -> Iterator[tuple[str, str]]:
    """(what, value)."""
    counts, places = found.counts, found.places
    names = ", ".join(fold.name for fold in places.folds)
    yield (
        "judged",
        f"{len(places.beacons)} beacons, {counts['windows']} windows over 16 grids of zones; one by one: {names}",
    )
    right = found.share("right") or 0.0
    low, high = 100 * min(found.by_grid), 100 * max(found.by_grid)
    yield "in the right zone", f"{100 * right:.1f} % of windows; by grid {low:.0f} to {high:.0f} %"
    for name, what in (("strongest now", "strongest"), ("strongest, kept in silence", "kept")):
        share = found.share(what) or 0.0
        yield name, f"{100 * share:.1f} %: the tag is {100 * (right - share):+.1f} points better"
    yield (
        "unknown",
        f"{_percent(found.share('unknown'))}; heard nothing in {_percent(found.share('silent'))} of windows",
    )
    yield "switches", f"{found.a_minute('switches') or 0.0:.2f} a minute, a window each 3 s"
    drawn, strongest = (f"{found.a_minute(what, 'stood') or 0.0:.2f}" for what in ("stood switches", "stood strongest"))
    recorded = found.a_minute("recorded false", "recorded")
    yield (
        "false ones, standing",
        ("" if recorded is None else f"{recorded:.2f} a minute as recorded; ")
        + f"{drawn} a minute with each place's scans drawn again, where the strongest has {strongest}",
    )
    right, now, unknown, silent = (
        _percent(found.share(f"stood {what}", "stood")) for what in ("right", "now", "unknown", "silent")
    )
    yield (
        "drawn again",
        f"in the right zone {right} (strongest now {now}), unknown {unknown}; heard nothing in {silent}",
    )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"
