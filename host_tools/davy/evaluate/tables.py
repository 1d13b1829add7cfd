"""The figures of a dataset as a person reads them: one table of the whole, one of the activities that went wrong."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from davy.evaluate.figures import KINDS, Figures, Verdict
from davy.resampling import FULL_SCALE_MG

_NOTHING = "nothing"
_NAME = 24
_NUMBERS = 41  # columns that the numbers and all borders take


@dataclass
class Activity:
    """All trials of a dataset in which the same was done."""

    name: str
    desc: str
    fell: bool
    verdicts: list[Verdict] = field(default_factory=list)

    @property
    def wrong(self) -> int:
        """Missed falls, or false ones."""
        return sum(not one.right for one in self.verdicts)

    @property
    def share(self) -> float:
        """Wrong ones of all."""
        return self.wrong / len(self.verdicts)


def activities(verdicts: Sequence[Verdict]) -> list[Activity]:
    """Those of a dataset, by the share that went wrong, then by how many."""
    found: dict[tuple[str, bool], Activity] = {}
    for one in verdicts:
        name = one.trial.activity or one.trial.label
        found.setdefault((name, one.fell), Activity(name, one.trial.desc, one.fell)).verdicts.append(one)
    return sorted(found.values(), key=lambda one: (-one.share, -one.wrong, one.name))


def show(out: Console, figures: Figures) -> None:
    """Print a dataset's tables."""
    table = Table(title=escape(figures.name), title_justify="left", title_style="bold", show_header=False)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(ratio=1)
    for name, value in rows(figures):
        table.add_row(name, escape(value))
    out.print(table)
    found = activities(figures.verdicts)
    wrong = [one for one in found if one.wrong]
    if wrong:
        out.print(_by_activity(wrong, out.width))
    out.print(f"activities without a mistake: {len(found) - len(wrong)} of {len(found)}\n")


def rows(figures: Figures) -> Iterator[tuple[str, str]]:
    """(what, value) of the whole."""
    falls, others = figures.falls, figures.others
    hours = figures.hours_adl
    lasting = f"{hours:.2f} h" if hours > 0.1 else f"{60 * hours:.1f} min"
    yield "trials", f"{len(figures.verdicts)}: {len(falls)} of falls, {len(others)} of others ({lasting})"
    yield "sensitivity", _share(figures.sensitivity, sum(one.right for one in falls), len(falls))
    yield "specificity", _share(figures.specificity, sum(one.right for one in others), len(others))
    yield "accuracy", _share(figures.accuracy, sum(one.right for one in figures.verdicts), len(figures.verdicts))
    rate = figures.false_falls_per_hour
    yield "false falls", "-" if rate is None else f"{rate:.2f} an hour ({sum(one.falls for one in others)})"
    median, p95 = figures.delay_median_s, figures.delay_p95_s
    delay = "-" if median is None or p95 is None else f"median {median:.2f} s, 95 % within {p95:.2f} s"
    yield "peak to decision", delay
    if falls:
        yield "said first, falls", _said(falls)
    if others:
        yield "said first, others", _said(others)
    drops = [one for one in others if one.dropped]
    if drops:
        yield "drops as falls", f"{figures.drops_as_falls} of {len(drops)}"
    cut = sum(_clips(one) for one in figures.verdicts)
    if cut:
        yield (
            "beyond the sensor",
            f"{cut} trials pass {FULL_SCALE_MG / 1000:.0f} g on an axis: cut, as the sensor would",
        )
    blind = sum(one.blind for one in figures.verdicts)
    if blind:
        yield "not watched", f"{blind} trials have a motion fault: no fall can be declared while it lasts"
    speed = f"{figures.samples_per_s:,.0f} samples a second".replace(",", " ")
    yield "speed", f"{speed}, {figures.times_real_time:.0f} times real time"


def _by_activity(wrong: Sequence[Activity], width: int) -> Table:
    """Misses and false alarms, worst first; what an activity is has the room that is left."""
    described = any(one.desc != one.name for one in wrong)
    named = min(_NAME, max(len("activity"), *(len(one.name) for one in wrong)))
    table = Table()
    table.add_column("activity", style="cyan", no_wrap=True, max_width=_NAME)
    if described:
        table.add_column("what", max_width=max(12, width - named - _NUMBERS))
    for name in ("misses", "false", "of", "share"):
        table.add_column(name, justify="right", no_wrap=True, min_width=len(name))
    for one in wrong:
        numbers = (str(one.wrong) if one.fell else "", "" if one.fell else str(one.wrong), str(len(one.verdicts)))
        what = [escape(one.desc)] if described else []
        table.add_row(escape(one.name), *what, *numbers, f"{100 * one.share:.1f} %")
    return table


def _share(value: float | None, right: int, of: int) -> str:
    return "-" if value is None else f"{100 * value:.2f} % ({right} of {of})"


def _said(verdicts: Sequence[Verdict]) -> str:
    counted = Counter(one.kind or _NOTHING for one in verdicts)
    return ", ".join(f"{counted[kind]} {kind}" for kind in (*KINDS, _NOTHING) if counted[kind])


def _clips(one: Verdict) -> bool:
    return max(one.trial.mg) > FULL_SCALE_MG or min(one.trial.mg) < -FULL_SCALE_MG
