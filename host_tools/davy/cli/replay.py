"""`davy replay`: what the tag concludes from recordings."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from davy.cli.output import Json, print_json

if TYPE_CHECKING:
    from davy.replay import Event, Replayed


def replay(
    path: Annotated[Path, typer.Argument(metavar="FILE.csv|DIR", help="A recording, or a folder with manifest.csv.")],
    trial: Annotated[str, typer.Option(help="Only this trial of a folder.")] = "",
    expect: Annotated[
        list[str] | None, typer.Option(metavar="KIND[=N]", help="Fail unless so many events of a kind come, or any.")
    ] = None,
    expect_none: Annotated[
        list[str] | None, typer.Option(metavar="KIND", help="Fail when an event of this kind comes.")
    ] = None,
    rest: Annotated[
        float, typer.Option(metavar="SECONDS", min=0, max=86400, help="At the end, lie still for so long.")
    ] = 0.0,
    settings: Annotated[Path | None, typer.Option("--config", help="Settings; see: davy config template")] = None,
    interpreter: Annotated[str, typer.Option(help="mp64, mp32 (MicroPython) or cpython.")] = "mp64",
    as_json: Json = False,
) -> None:
    """Put a recording through the tag's core at full speed and print what it concludes.

    Columns: t_s; ax_mg, ay_mg, az_mg; ch4_pct, co_ppm, h2s_ppm, o2_pct.

    davy replay tests/recordings/fall.csv --rest 40 --expect fall=1
    """
    from davy import recordings, tagconfig
    from davy.replay import replay as play

    wanted = _wanted(expect or [], expect_none or [])
    values = tagconfig.read(settings) if settings else {}
    if path.is_dir() and not trial:
        several, source = True, recordings.read_folder(path)
    else:
        several, source = False, iter([recordings.load(path, trial)])

    def say(event: "Event") -> None:
        if not as_json:
            print(
                f"{f'{event.recording}  ' if several else ''}{event.t_s:9.2f} s  {event.name:9}  {event.text}",
                flush=True,
            )

    done = list(play(source, interpreter=interpreter, settings=values, rest_s=rest, on_event=say))
    failures = _failures(done, wanted)
    if as_json:
        results: list[dict[str, Any]] = [one.as_dict() for one in done]
        print_json({"good": not failures, "failures": failures, "recordings": results})
    else:
        recorded_s = sum(one.recording.duration_s for one in done)
        wall_s = sum(one.wall_s for one in done)
        events = sum(len(one.events) for one in done)
        samples = sum(one.samples for one in done)
        faster = (recorded_s + rest * len(done)) / max(wall_s, 1e-3)
        what = f"{len(done)} {'recordings' if several else 'recording'}, {recorded_s:.1f} s, {samples} samples"
        print(f"{what}: {events} events in {wall_s:.2f} s ({faster:.0f} times real time)")
    if failures:
        for text in failures:
            typer.echo(f"davy: {text}", err=True)
        raise typer.Exit(1)


def _wanted(expect: list[str], expect_none: list[str]) -> dict[str, int | None]:
    """kind -> how many; None: one or more."""
    from davy import words
    from davy.errors import DavyError

    wanted: dict[str, int | None] = dict.fromkeys(expect_none, 0)
    for text in expect:
        kind, equals, number = text.partition("=")
        if equals and not number.isdigit():
            raise DavyError(f"--expect {text}: '{number}' is not a number: write {kind}=1")
        wanted[kind] = int(number) if equals else None
    for kind in wanted:
        if kind not in words.KINDS:
            raise DavyError(f"no events are called '{kind}': there are {', '.join(words.KINDS)}")
    return wanted


def _failures(done: "list[Replayed]", wanted: dict[str, int | None]) -> list[str]:
    failures = []
    for one in done:
        for kind, number in wanted.items():
            found = one.count(kind)
            if (number is None and not found) or (number is not None and found != number):
                wanted_text = "one or more" if number is None else str(number)
                failures.append(f"{one.recording.name}: {wanted_text} {kind} expected, {found} found")
    return failures
