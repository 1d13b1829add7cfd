"""`davy sim`: scenarios on a whole virtual tag."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from davy.cli.group import group
from davy.cli.output import Json, console, print_json

if TYPE_CHECKING:
    from rich.console import Console

    from davy.sim.result import Result
    from davy.sim.runner import Runner
    from davy.sim.view import View

app = group("Play a scenario on a virtual tag: recordings, gas, faults and power cuts, and what the gateway must hear.")
File = Annotated[Path, typer.Argument(metavar="FILE.toml", help="A scenario; tests/scenarios has some.")]
SMALLEST = (80, 24)


@app.command("run")
def run(
    file: File,
    view: Annotated[
        bool | None,
        typer.Option("--view/--no-view", help="Draw it live, or print lines.", show_default="live on a terminal"),
    ] = None,
    speed: Annotated[
        float | None,
        typer.Option(help="Times real time; 0 as fast as it goes.", show_default="the scenario's; 0 without --view"),
    ] = None,
    svg: Annotated[Path | None, typer.Option(help="Write a picture of the alarm to this file.")] = None,
    svg_at: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="When to take it.", show_default="2 s into the gravest alarm"),
    ] = None,
    interpreter: Annotated[str, typer.Option(help="mp64 or mp32: 64-bit or 32-bit MicroPython.")] = "mp64",
    heap: Annotated[str, typer.Option(help="MicroPython's heap, such as 100k.", show_default="its own")] = "",
    as_json: Json = False,
) -> None:
    """Play a scenario and say whether every expectation was met; exit code 1 when one was not.

    davy sim run tests/scenarios/demo.toml
    """
    from davy.errors import DavyError
    from davy.sim.report import failures, print_result
    from davy.sim.result import summary
    from davy.sim.runner import Runner, plain_speed
    from davy.sim.scenario import load
    from davy.vtag.assembly import ARCH

    if interpreter not in ARCH:
        raise DavyError(f"a tag runs on {' or '.join(ARCH)}, not on '{interpreter}'")
    scenario = load(file)
    screen = console()
    live = _live(view, as_json, screen)
    runner = Runner(scenario, interpreter=interpreter, heap=heap, speed=plain_speed(speed, scenario, live))
    picture = _Picture(svg, svg_at) if svg else None
    result = _watch(runner, screen, picture) if live else _print(runner, screen, as_json, picture)
    if as_json:
        print_json(summary(runner, result))
    else:
        print_result(screen, runner, result)
    if picture:
        picture.write()
    if not result.good:
        raise DavyError(f"{file}: {failures(result)}")


@app.command("check")
def check(file: File, as_json: Json = False) -> None:
    """Check a scenario without playing it."""
    from davy.sim.scenario import load

    scenario = load(file)
    if as_json:
        print_json({"file": str(file), "name": scenario.name, "duration_s": scenario.duration_s})
    else:
        print(f"{file}: good: {scenario.name}, {scenario.duration_s:g} s, {len(scenario.expectations)} expectations")


def _live(view: bool | None, as_json: bool, screen: "Console") -> bool:
    """Whether to draw: only on a terminal that is large enough."""
    fits = screen.is_terminal and screen.width >= SMALLEST[0] and screen.height >= SMALLEST[1]
    if view and not as_json and screen.is_terminal and not fits:
        print(
            f"davy: this terminal is smaller than {SMALLEST[0]} x {SMALLEST[1]}: lines instead of pictures",
            file=sys.stderr,
        )
    return fits and not as_json and view is not False


def _watch(runner: "Runner", screen: "Console", picture: "_Picture | None") -> "Result":
    from rich.live import Live

    from davy.sim.view import View

    view = View(runner)
    with Live(console=screen, screen=True, auto_refresh=False, transient=True) as live:

        def draw(_: "Runner") -> None:
            view.frame()
            if picture:
                picture.look(runner, view)
            live.update(view.render(screen.width, screen.height), refresh=True)

        return runner.run(draw)


def _print(runner: "Runner", screen: "Console", quiet: bool, picture: "_Picture | None") -> "Result":
    from davy.sim.report import print_note, print_record
    from davy.sim.view import View

    if not quiet:
        screen.print(f"[b]{runner.scenario.name}[/b]  {runner.scenario.file}", soft_wrap=True)
        runner.on_note = lambda note: print_note(screen, note)
        runner.on_record = lambda record: print_record(screen, record)
    if not picture:
        return runner.run()
    view = View(runner)

    def look(_: "Runner") -> None:
        view.frame()
        picture.look(runner, view)

    return runner.run(look)


class _Picture:
    """One frame of a run, kept as SVG: the one at `at_s`, or some seconds into the gravest alarm there was."""

    INTO_S = 2.0

    def __init__(self, file: Path, at_s: float | None) -> None:
        self._file = file
        self._at_s = at_s
        self._gravest = 0
        self._svg = ""

    def look(self, runner: "Runner", view: "View") -> None:
        """Take the picture when it is time."""
        from davy.sim.view import picture
        from tag import events

        if self._at_s is not None:
            if not self._svg and runner.now_s >= self._at_s:
                self._svg = picture(view)
            return
        loud = [alarm for alarm, state in runner.state.alarms.items() if state in (events.ON, events.ESCALATED)]
        worst = max(loud, default=0)
        if worst > self._gravest and runner.now_s - runner.state.since_s[worst] >= self.INTO_S:
            self._gravest = worst
            self._svg = picture(view)

    def write(self) -> None:
        """Put it into its file."""
        from davy.errors import DavyError

        if not self._svg:
            raise DavyError(f"{self._file}: no picture: the moment for it never came")
        try:
            self._file.write_text(self._svg, encoding="utf-8")
        except OSError as error:
            raise DavyError(f"{self._file}: cannot be written: {error.strerror}") from error
