"""`davy selftest`: is everything on a tag, or on a tray of boards, as it should be."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from davy.cli.output import Json, console, print_json

if TYPE_CHECKING:
    from davy.selftesting.found import Check, Tested
    from davy.selftesting.plan import Plan

_STYLES = {"ok": "green", "bad": "bold red", "skip": "dim"}
CANCELLED = 130


def selftest(
    port: Annotated[list[str] | None, typer.Option(help="The tag's serial port; again for each.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every USB serial port of this computer.")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing: what only a person can judge is left open.")
    ] = False,
    radio: Annotated[
        bool,
        typer.Option("--radio", help="Send one short LoRa frame, at the lowest power, in the region of its settings."),
    ] = False,
    peer: Annotated[str, typer.Option(metavar="PORT", help="Another tag: each has to hear the other's frame.")] = "",
    wait: Annotated[
        int, typer.Option(metavar="SECONDS", min=5, max=1800, help="For gas sensors to warm up, at the most.")
    ] = 60,
    skip: Annotated[list[str] | None, typer.Option(metavar="CHECK", help="Leave out a check, such as battery.")] = None,
    by: Annotated[str, typer.Option(metavar="NAME", help="Who does it, for record and report.")] = "",
    report: Annotated[Path | None, typer.Option(metavar="FILE.csv", help="Append a line for each tag.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and open no port.")] = False,
    as_json: Json = False,
) -> None:
    """Test every part of a tag that lies still in clean air, or of a tray of them, and keep the result in its journal.

    Exit code 0: nothing has failed; what could not be judged is said; 1: something has failed.

    davy selftest --port /dev/ttyACM0 --by Ada --report bench.csv
    """
    from davy.cli.tray import chosen
    from davy.selftesting import plan as planner
    from davy.selftesting import report as log

    plan = planner.plan(chosen(port or [], every), yes=yes, radio=radio, wait_s=wait, by=by, skip=skip or [], peer=peer)
    if report:
        log.check_file(report)
    if dry_run:
        _show_plan(plan, as_json)
        return
    try:
        results = _one(plan, as_json) if len(plan.ports) == 1 else _many(plan, as_json)
    except KeyboardInterrupt:
        print("davy: cancelled: nothing was recorded, and the tag is back on duty", file=sys.stderr)
        raise typer.Exit(CANCELLED) from None
    if report:
        log.append(report, results, plan.by)
    if as_json:
        print_json([tested.as_dict() for tested in results])
    else:
        _summary(results)
    if not all(tested.good for tested in results):
        raise typer.Exit(1)


def _show_plan(plan: "Plan", as_json: bool) -> None:
    if as_json:
        print_json({**plan.as_dict(), "steps": plan.steps()})
        return
    print(f"on {', '.join(plan.ports)}:")
    for number, step in enumerate(plan.steps(), 1):
        print(f"  {number}. {step}")
    print("nothing was opened")


class _Asked:
    """The person at this computer. Once nobody answers any more, nobody is asked."""

    def __init__(self) -> None:
        self._gone = False

    def noticed(self, what: str) -> int:
        """Whether an output was seen, heard or felt."""
        question = {
            "light": "Did the light show red, green and blue?",
            "buzzer": "Did the buzzer sound?",
            "motor": "Did the tag shake?",
        }[what]
        answer = self._ask(f"{question} [y/n]")
        while answer is not None and answer[:1] not in ("y", "n"):
            answer = self._ask("y or n?")
        return -1 if answer is None else int(answer[0] == "y")

    def ready_to_press(self) -> bool:
        """Told to press the button."""
        return self._ask("Press Enter here, then within 10 s the tag's button") is not None

    def _ask(self, question: str) -> str | None:
        if self._gone:
            return None
        print(question, end=" ", file=sys.stderr, flush=True)
        line = sys.stdin.readline() if sys.stdin else ""
        if not line:
            self._gone = True
            print("nobody answers", file=sys.stderr)
            return None
        return line.strip().lower()


def _one(plan: "Plan", quiet: bool) -> "list[Tested]":
    from davy.selftesting.session import Nobody, run

    out = console()

    def show(check: "Check") -> None:
        if not quiet:
            _line(out, check)

    def step(name: str) -> None:
        if not quiet and sys.stderr.isatty():
            print(f"\r\x1b[K{name} ...", end="\r", file=sys.stderr, flush=True)

    return [run(plan.ports[0], plan, Nobody() if plan.yes else _Asked(), show, step)]


def _line(out: Any, check: "Check") -> None:
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    out.print(f"[{_STYLES[check.state]}]{check.state:5}[/]", end="")
    out.print(f"{check.name:14} {check.says}", markup=False, soft_wrap=True)
    if check.mend:
        out.print(f"      {'':13} {check.mend}", markup=False, soft_wrap=True, style="dim")


def _many(plan: "Plan", quiet: bool) -> "list[Tested]":
    from rich.console import Console
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    from davy.selftesting import crew

    columns = (TextColumn("{task.description}"), TextColumn("{task.fields[what]}"), TimeElapsedColumn())
    screen = Console(stderr=True)
    with Progress(*columns, disable=quiet or not screen.is_terminal, console=screen, transient=True) as bars:
        tasks = {name: bars.add_task(name, total=1, what="waiting") for name in plan.ports}

        def tell(tested: "Tested", what: str) -> None:
            bars.update(tasks[tested.port], what=what or _verdict(tested), completed=0 if what else 1)

        return crew.run(plan, tell)


def _verdict(tested: "Tested") -> str:
    failed = tested.named("failed")
    if tested.why:
        return "broken off"
    if failed:
        return f"bad: {', '.join(failed)}"
    return "ok" if tested.recorded else "bad: its journal takes no record"


def _summary(results: "list[Tested]") -> None:
    from rich.table import Table

    from davy.errors import plain

    if len(results) == 1:
        _end(results[0])
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("port", "", "tag", "board", "passed", "failed", "open"):
        table.add_column(heading, no_wrap=True)
    for one in results:
        counts = [str(len(one.named(outcome))) for outcome in ("passed", "failed", "not judged")]
        state = "ok" if one.good else "bad"
        table.add_row(one.port, f"[{_STYLES[state]}]{state}[/]", one.tag_id, one.board, *counts)
    out = console()
    out.print(table)
    for one in results:
        bad = [f"{check.name}: {check.says}" for check in one.checks if check.state == "bad"]
        why = one.why.removeprefix(f"{one.port}: ")
        for text in [*bad, *([why] if why else [] if one.recorded else ["its journal takes no record"])]:
            out.print(f"{one.port}  {plain(text, 300)}", markup=False, soft_wrap=True)
    good = sum(one.good for one in results)
    print(f"{good} of {len(results)} tags are good")


def _end(one: "Tested") -> None:
    counts = {outcome: len(one.named(outcome)) for outcome in ("passed", "failed", "not judged", "not fitted")}
    print(f"tag {one.tag_id} ({one.board}): " + ", ".join(f"{n} {outcome}" for outcome, n in counts.items() if n))
    if not one.recorded:
        print("davy: the tag's journal could not take the record: look at its flash", file=sys.stderr)
    if counts["not judged"]:
        print(f"not judged, so not known to be good: {', '.join(one.named('not judged'))}")
