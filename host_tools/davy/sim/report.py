"""A run in lines, and its result as a table: what was expected, what came, and whether every record came exactly once."""

from collections import Counter

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from davy.colours import record_style
from davy.gateway.received import Received
from davy.sim.expect import Ledger, Verdict
from davy.sim.result import Note, Result
from davy.sim.runner import Runner
from davy.sim.view import note_text


def print_note(screen: Console, note: Note) -> None:
    """Something that happened to the tag."""
    screen.print(Text(f"{note.at_s:8.2f} s           ").append_text(note_text(note)), soft_wrap=True)


def print_record(screen: Console, record: Received) -> None:
    """A record that has arrived at the gateway."""
    line = Text(f"{record.at_s:8.2f} s  #{record.seq:<6}  ")
    line.append(f"{record.name:9}  {record.text}", style=record_style(record.kind, record.fields))
    screen.print(line, soft_wrap=True)


def print_result(screen: Console, runner: Runner, result: Result) -> None:
    """The summary at the end."""
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for heading in ("", "expected at the gateway", "times", "came", "made at", "received at"):
        table.add_column(heading, justify="right" if heading in ("came", "made at", "received at") else "left")
    for verdict in result.verdicts:
        mark = Text("ok", style="green3") if verdict.met else Text("NO", style="bold white on red3")
        came = Text(str(len(verdict.found)), style="" if verdict.met else "bold red")
        table.add_row(
            mark, escape(str(verdict.expectation)), verdict.wanted, came, _times(verdict, True), _times(verdict, False)
        )
    screen.print()
    screen.print(table)
    screen.print()
    _print_ledger(screen, runner, result)
    for failure in result.failures:
        screen.print(Text(failure, style="bold red"), soft_wrap=True)
    met = sum(verdict.met for verdict in result.verdicts)
    line = Text("all is well: ", style="bold green3") if result.good else Text("NOT as expected: ", style="bold red")
    line.append(f"{met} of {len(result.verdicts)} expectations met, ")
    line.append(f"{runner.now_s:.0f} s of a tag's life in {result.wall_s:.1f} s")
    screen.print(line)
    if result.good and runner.scenario.afterwards:
        screen.print(escape(runner.scenario.afterwards.rstrip()), soft_wrap=True)


def failures(result: Result) -> str:
    """What was not as expected, in one line."""
    said = [
        f"{verdict.expectation}: {verdict.wanted} expected, {len(verdict.found)} came"
        for verdict in result.verdicts
        if not verdict.met
    ]
    said += _wrong(result.ledger)
    said += result.failures
    return "; ".join(said)


def _wrong(ledger: Ledger) -> list[str]:
    lists = {"missing": ledger.gaps, "kept but never sent": ledger.unsent, "with two contents": ledger.conflicts}
    found = []
    for what, seqs in lists.items():
        if seqs:
            numbers = ", ".join(f"#{seq}" for seq in seqs[:8]) + (" ..." if len(seqs) > 8 else "")
            found.append(f"{len(seqs)} {'record' if len(seqs) == 1 else 'records'} {what} ({numbers})")
    return found


def _print_ledger(screen: Console, runner: Runner, result: Result) -> None:
    ledger = result.ledger
    starts = len(runner.starts_us)
    line = Text(f"{ledger.received} records over {starts} {'start' if starts == 1 else 'starts'} of the tag: ")
    if not ledger.received:
        line = Text("no record ever came to the gateway", style="bold red")
    elif ledger.whole:
        line.append("each arrived exactly once", style="green3")
    else:
        line.append("; ".join(_wrong(ledger)), style="bold red")
    if ledger.repeated:
        line.append(f"; {ledger.repeated} were sent more than once and kept once")
    screen.print(line)
    if ledger.in_memory:
        kinds = ", ".join(f"{n} {kind}" for kind, n in Counter(ledger.in_memory).most_common())
        screen.print(
            f"Still in memory when the power failed, so told to nobody: {kinds} (an alarm is raised anew)",
            style="grey58",
        )


def _times(verdict: Verdict, made: bool) -> str:
    if not verdict.found:
        return "-"
    first = verdict.found[0]
    time_s = first.created_s if made else first.record.at_s
    if time_s is None:
        return "-"
    return f"{time_s:.1f} s" + (" .." if len(verdict.found) > 1 else "")
