"""What the fatigue indicator is worth on a folder, as a person reads it."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from davy.evaluate.fatiguefigures import FatigueFigures
from tag.fatigue.index import HIGH, WATCH

_UNITS = {"stride": ("% of the session", 1.0), "windows": ("windows", 1.0), "sensors": ("min", 60.0)}


def show(out: Console, found: FatigueFigures, control: Sequence[FatigueFigures]) -> None:
    """Print a folder's tables; `control` are the same people with their windows shuffled."""
    table = Table(title=escape(found.tired.name), title_justify="left", title_style="bold", show_header=False)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(ratio=1)
    for name, value in rows(found, control):
        table.add_row(name, escape(value))
    out.print(table)
    out.print(_people(found))


def rows(found: FatigueFigures, control: Sequence[FatigueFigures]) -> Iterator[tuple[str, str]]:
    """(what, value) of the whole."""
    without = len(found.people) - found.indexed
    yield (
        "people",
        f"{len(found.people)}{f', {without} of them without an index' if without else ''}; features: "
        f"{', '.join(found.tired.features)}",
    )
    if found.correlation is None:
        if found.tired.kind != "windows":
            yield "index and rating", "not measurable: of nobody both have changed over three ratings"
    else:
        shuffled = mean([one.correlation for one in control])
        yield (
            "index and rating",
            f"median rank correlation {found.correlation:.2f}; shuffled {_number(shuffled)}; the clock alone "
            f"{_number(found.clock)}",
        )
    if found.auc is None:
        yield "fatigued or rested", "not measurable: nobody has an index both when fatigued and when rested"
    else:
        yield (
            "fatigued or rested",
            f"AUC {found.auc:.3f} by person, {_number(found.auc_pooled, 3)} pooled; shuffled "
            f"{_number(mean([one.auc for one in control]), 3)}, {_number(mean([one.auc_pooled for one in control]), 3)}",
        )
    parts = [
        f"{part} {_number(found.alone(part))}, {_number(found.auc_alone(part), 3)}" for part in ("distance", "burden")
    ]
    yield "its parts alone", f"correlation, AUC pooled: {'; '.join(parts)}"
    unit, scale = _UNITS[found.tired.kind]
    for level in ("watch", "high"):
        told, of = found.told(level)
        lead = found.lead(level)
        median = "" if lead is None else f", median lead {lead / scale:.0f} {unit}"
        yield f"{level} before fatigue", f"{told} of {of} people{median}" if of else "not measurable: nobody grew tired"
    if found.tired.hour is not None:
        yield "false high, first hour", f"{found.false_high} of {len(found.people)} people"
    for name, level in (("watch", WATCH), ("high", HIGH)):
        share = found.rested_at(level)
        if share is not None:
            yield f"rested, yet {name}", f"{100 * share:.0f} % of the rested moments"


def mean(values: Sequence[float | None]) -> float | None:
    """Of those that are known."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _number(value: float | None, digits: int = 2) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _people(found: FatigueFigures) -> Table:
    table = Table()
    table.add_column("person", style="cyan", no_wrap=True, overflow="ellipsis")
    for name in ("rank\ncorr.", "\nclock", "\nAUC", "lead\nwatch", "lead\nhigh"):
        table.add_column(name, justify="right", no_wrap=True, min_width=5)
    table.add_column("index: first,\nmost, last", no_wrap=True, min_width=14)
    scale = _UNITS[found.tired.kind][1]
    for one in found.people:
        leads = [one.lead(one.watch_t), one.lead(one.high_t)]
        numbers = [_number(one.correlation), _number(one.clock), _number(one.auc)]
        numbers += ["-" if lead is None else f"{lead / scale:.0f}" for lead in leads]
        known = [moment.index for moment in one.moments if moment.index is not None]
        went = f"{known[0]} .. {max(known)} .. {known[-1]}" if known else "-"
        table.add_row(escape(one.name[:24]), *numbers, went)
    return table
