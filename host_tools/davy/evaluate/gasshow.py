"""A table that went through the core as a person reads it: every event, what was breathed, how early warnings came."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from davy.evaluate.gas import Outcome
from davy.evaluate.gasheard import GasEvent
from davy.evaluate.gaswarning import HORIZONS_S, Score, Sight

_LOUD = ("high", "ceiling", "over", "step", "mixture")
_STYLES = {"end": "grey62", "fault": "bold yellow", "drift": "bold yellow", "ahead": "yellow3", "rise": "yellow3"}
_NAMES = {"tag": "tag", "threshold": "threshold", "persistence": "persistence"}


def show(out: Console, outcome: Outcome, seen: Sequence[Sight]) -> None:
    """Print all of it."""
    table = outcome.table
    span = f"{len(table.t_s)} rows, {_clock(table.duration_s)}"
    out.print(f"[bold]{escape(table.name)}[/bold]: {span}, profile {escape(outcome.profile.name)}")
    for event in outcome.events:
        style = "bold red" if event.kind in _LOUD else _STYLES.get(event.kind, "bright_red")
        out.print(f"[{style}]{_clock(event.t_s):>12}  {event.gas:4} {escape(words(event))}[/]")
    out.print(_readings(outcome))
    if outcome.exposure:
        out.print(_exposure(outcome))
    telling = [sight for sight in seen if any(score.crossings or score.warnings for score in sight.scores)]
    if telling:
        out.print(_warnings(telling))
    elif seen:
        out.print("early warning: no level that the profile looks ahead to was reached or warned of")
    faster = table.duration_s / max(outcome.wall_s, 1e-3)
    raised = sum(event.kind != "end" for event in outcome.events)
    out.print(f"{raised} events in {outcome.wall_s:.1f} s ({faster:.0f} times real time)")


def words(event: GasEvent) -> str:
    """What an event says, without its time and gas."""
    if event.kind == "fault":
        return f"fault: {event.quality}"
    if event.of == "fault":
        return f"measures again (was {event.quality})"
    kind = f"{event.of} ended" if event.of else event.kind
    level = "" if event.level is None else f" (level {event.level:g})"
    order = f": {event.instruction}" if event.instruction else ""
    return f"{kind} at {event.value:g} {event.unit}{level}{order}"


def _clock(t_s: float) -> str:
    """Days and h:mm:ss."""
    sign, t_s = ("-", -t_s) if t_s < 0 else ("", t_s)
    whole = int(t_s)
    days, rest = divmod(whole, 86400)
    part = f"{t_s - whole:.1f}"[1:] if t_s - whole >= 0.05 and f"{t_s - whole:.1f}" != "1.0" else ""
    return sign + (f"{days} d " if days else "") + f"{rest // 3600}:{rest // 60 % 60:02}:{rest % 60:02}{part}"


def _readings(outcome: Outcome) -> Table:
    found = Table()
    found.add_column("gas", style="cyan", no_wrap=True)
    for name in ("lowest", "median", "highest", "without", "events"):
        found.add_column(name, justify="right", no_wrap=True)
    found.add_column("unit")
    for column in outcome.table.columns:
        rows = range(len(outcome.table.t_s))
        values = sorted(value for value in map(column.value, rows) if value is not None)
        shown = [f"{values[i]:g}" for i in (0, len(values) // 2, -1)] if values else ["-"] * 3
        events = sum(event.gas == column.gas and event.kind != "end" for event in outcome.events)
        found.add_row(column.gas, *shown, str(len(rows) - len(values) or ""), str(events or ""), column.unit)
    return found


def _exposure(outcome: Outcome) -> Table:
    found = Table(title="Exposure at the end", title_justify="left")
    found.add_column("gas", style="cyan", no_wrap=True)
    for name in ("STEL", "highest", "TWA 8 h", "highest", "shift / 8 h", "peak"):
        found.add_column(name, justify="right", no_wrap=True)
    found.add_column("unit")
    found.add_column("min", justify="right")
    found.add_column("missing", justify="right")
    for gas, e in outcome.exposure.items():
        figures = (e.stel, e.stel_max, e.twa_osha, e.twa_osha_max, e.twa_acgih, e.peak)
        found.add_row(gas, *(f"{one:.4g}" for one in figures), e.unit, str(e.minutes), str(e.missing or ""))
    return found


def _warnings(seen: Sequence[Sight]) -> Table:
    found = Table(title="Early warning: at least 60 s before a level was reached", title_justify="left")
    found.add_column("level", style="cyan", no_wrap=True)
    found.add_column("by", no_wrap=True)
    for name in ("within", "warned", "lead", "false", "a day"):
        found.add_column(name, justify="right", no_wrap=True)
    for sight in seen:
        side = "<" if sight.clear < sight.level else ">"
        first = (f"{sight.gas} {sight.level:g} {sight.unit}", f"from {side}{sight.clear:g}")
        names = iter((*first, f"{sight.scores[0].crossings} times"))
        for horizon_s in HORIZONS_S:
            for one in (score for score in sight.scores if score.horizon_s == horizon_s):
                found.add_row(next(names, ""), _NAMES[one.method], f"{horizon_s / 60:.0f} min", *_scored(one))
        found.add_section()
    return found


def _scored(one: Score) -> tuple[str, ...]:
    share = "-" if one.share is None else f"{100 * one.share:.0f} % ({one.warned})"
    lead = "-" if one.lead_median_s is None else f"{one.lead_median_s:.0f} s"
    return share, lead, str(one.false), f"{one.false_per_day:.2f}"
