"""`davy logs`: the journals of tags on this computer."""

import contextlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from davy.cli.group import group
from davy.cli.output import Json, print_json

if TYPE_CHECKING:
    from datetime import tzinfo

    from davy.logs.chain import Checked

app = group("Fetch a tag's journal, verify that nothing was altered, export it, and tell a shift from it.")

ALTERED = 2  # exit codes
UNPROVED = 3
MOST_LINES = 40

Place = Annotated[
    Path, typer.Argument(metavar="PLACE", help="Folder of segments, or a dump of a flash chip (esptool read-flash).")
]
Tags = Annotated[
    list[Path] | None,
    typer.Option("--tag", metavar="FILE", help="Settings with the tag's key (TOML, or its config.a); again for more."),
]
Book = Annotated[
    Path | None, typer.Option("--registry", help="Registry of `davy provision` that holds the tag's keys.")
]
Last = Annotated[int, typer.Option(min=0, help="Highest number that the gateway has seen: shows what was cut off.")]


@app.command("verify")
def verify(place: Place, tag: Tags = None, registry: Book = None, last: Last = 0, as_json: Json = False) -> None:
    """Say whether a journal is as its tag wrote it, and exactly what is missing or altered.

    Exit code 0: whole; 2: altered; 3: nobody can say, for want of a key.

    davy logs verify pulled/ --tag tag.toml
    """
    checked, about = _checked(place, tag or [], registry, last)
    if as_json:
        print_json(about)
    else:
        _show(about, checked)
    if checked.state != "whole":
        raise typer.Exit(ALTERED if checked.state == "altered" else UNPROVED)


@app.command("export")
def export(
    place: Place,
    out: Annotated[Path, typer.Option("--out", "-o", help="FILE.csv, FILE.jsonl or FILE.parquet.")],
    tag: Tags = None,
    registry: Book = None,
    last: Last = 0,
    as_json: Json = False,
) -> None:
    """Verify a journal and write its records as CSV, JSON Lines or Parquet.

    Each row says what the chain says of it; a run of readings becomes a row for each.

    davy logs export pulled/ --tag tag.toml --out shift.parquet
    """
    from davy.logs import export as exporter

    checked, about = _checked(place, tag or [], registry, last)
    rows = exporter.export(checked, out, about)
    if as_json:
        print_json({"out": str(out), "rows": rows, **about})
    else:
        print(f"{out}: {rows} rows of {len(checked.records)} records; the journal is {_STATES[checked.state]}")


_STATES = {
    "whole": "whole: all is as the tag wrote it",
    "altered": "ALTERED: not as the tag wrote it",
    "unproved": "unproved: nobody can say whether it is as the tag wrote it",
}


def _checked(place: Path, files: Sequence[Path], registry: Path | None, last: int) -> "tuple[Checked, dict[str, Any]]":
    """A journal that was gone through, and what can be said of it as JSON."""
    from davy.logs import chain, keys, segments

    given = keys.of_files(files)
    found = segments.load(place)
    if registry:
        from davy.cli.provision import passphrase_of

        whose = str(found.settings.get("tag_id", ""))
        given |= keys.of_registry(registry, passphrase_of(registry), whose)
    beside = b"" if given else keys.beside(found)
    checked = chain.check(found.found, [*given, beside] if beside else list(given), last)
    settings = next(iter(given.values()), found.settings)
    notes = list(found.notes)
    if beside:
        notes.append("the key lay beside the journal: whoever could write one could have had the other; give --tag")
    elif given and not {one.kind for one in checked.findings}.isdisjoint({chain.verdict.UNKNOWN_KEY}):
        notes.append("some segments have a key that was not given: a tag whose key was changed needs each of its keys")
    elif not given:
        notes.append("no key was given: say --tag FILE, with settings that hold the tag's key, or --registry")
    numbers = [int.from_bytes(record[1:5], "little") for record in (checked.records[:1] + checked.records[-1:])]
    about = {
        "place": str(place),
        "tag_id": settings.get("tag_id"),
        "name": settings.get("name"),
        "state": checked.state,
        "segments": len(found.found),
        "records": len(checked.records),
        "first": numbers[0] if numbers else None,
        "last": checked.last,
        "findings": [{"kind": one.name, "first": one.first, "last": one.last} for one in checked.findings],
        "notes": notes,
    }
    return checked, about


def _show(about: dict[str, Any], checked: "Checked") -> None:
    from davy.logs.chain import UNKNOWN, WRONG, joined

    who = " ".join(str(about[name]) for name in ("tag_id", "name") if about[name])
    print(f"{who or about['place']}: {about['records']} records in {about['segments']} segments, to {about['last']}")
    print(_STATES[checked.state])
    told = joined(checked.findings)
    wrong = [one for one in told if one.kind in WRONG]
    unknown = [one for one in told if one.kind in UNKNOWN]
    others = [one for one in told if one.kind not in WRONG | UNKNOWN]
    for title, found in (("wrong", wrong), ("not known", unknown), ("what the tag itself did", others)):
        if found:
            print(f"\n{title}")
        for one in found[:MOST_LINES]:
            print(f"  {one.text}")
        if len(found) > MOST_LINES:
            print(f"  and {len(found) - MOST_LINES} more: --json has all")
    for note in about["notes"]:
        print(f"davy: {note}", file=sys.stderr)


@app.command("report")
def report(
    place: Place,
    out: Annotated[Path, typer.Option("--out", "-o", help="HTML file to write.")] = Path("report.html"),
    tag: Tags = None,
    registry: Book = None,
    last: Last = 0,
    since: Annotated[str, typer.Option("--from", metavar="TIME", help="2027-01-31 or 2027-01-31T22:00.")] = "",
    until: Annotated[str, typer.Option("--to", metavar="TIME", help="To this moment.")] = "",
    zone: Annotated[str, typer.Option(help="Whose time: a name such as Europe/Minsk.")] = "UTC",
    as_json: Json = False,
) -> None:
    """Tell a shift in one HTML page that needs no network: who needed help, what was breathed, when nobody watched.

    davy logs report pulled/ --tag tag.toml --from 2027-01-31T22:00 --zone Europe/Minsk
    """
    from davy.logs import report as reporter
    from davy.writing import replacing

    where = _zone(zone)
    from_ms, to_ms = _moment(since, where), _moment(until, where)
    checked, about = _checked(place, tag or [], registry, last)
    text = reporter.page(checked, about, where, from_ms, to_ms)
    with replacing(out) as part:
        part.write_text(text, encoding="utf-8")
    if as_json:
        print_json({"out": str(out), "bytes": len(text.encode()), **about})
    else:
        print(f"{out}: {len(text.encode()) // 1024} kB; the journal is {_STATES[checked.state]}")


def _zone(name: str) -> "tzinfo":
    from zoneinfo import ZoneInfo

    from davy.errors import DavyError

    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        raise DavyError(f"{name}: is no time zone of this computer: say one like Europe/Minsk, or UTC") from None


def _moment(text: str, zone: "tzinfo") -> int | None:
    from datetime import datetime

    from davy.errors import DavyError

    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise DavyError(f"{text}: is no time: say it like 2027-01-31T22:00") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return round(moment.timestamp() * 1000)


@app.command("pull")
def pull(
    port: Annotated[str, typer.Option(help="The tag's serial port.")],
    out: Annotated[Path | None, typer.Option(help="Folder for the segments.", show_default="logs/TAG_ID")] = None,
    tag: Tags = None,
    registry: Book = None,
    stop: Annotated[bool, typer.Option("--stop", help="Stop the tag for it, as firmware of old needs.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be fetched, and fetch nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Fetch a tag's journal over USB, while it senses and alarms.

    A tag that does not answer is stopped for it and goes back on duty afterwards. What an earlier run has fetched is not fetched
    again, however that one ended; nothing is lost. A tag on duty keeps its key, which proves the journal: --tag, --registry.

    davy logs pull --port /dev/ttyUSB0 && davy logs report logs/00000000000da771
    """
    from davy.errors import DavyError
    from davy.logs import keys
    from davy.logs import pull as puller

    given = keys.of_files(tag or [])
    with _tag(port, stop) as (source, settings):
        folder = out or Path("logs") / (str(settings.get("tag_id", "")) or "tag")
        here = puller.local(folder)
        steps = puller.plan(puller.look(source, here), here)
        if not steps:
            raise DavyError(f"{port}: this tag has no journal yet: it has never started, or was formatted")
        told: dict[str, Any] = {
            "out": str(folder),
            "steps": [{"name": s.name, "do": s.kind, "bytes": s.fetches, "aside": s.aside} for s in steps],
        }
        if not dry_run:
            puller.note(folder, settings)
            told["fetched"] = _carry_out(puller.carry_out, source, folder, steps, as_json)
    if dry_run:
        _say_plan(told, as_json)
        return
    if registry:
        from davy.cli.provision import passphrase_of

        given |= keys.of_registry(registry, passphrase_of(registry), str(settings.get("tag_id", "")))
    if settings.get("key"):
        given |= {bytes.fromhex(str(settings["key"])): settings}
    checked = puller.verdict(folder, list(given))
    told |= {"state": checked.state, "records": len(checked.records), "last": checked.last}
    if as_json:
        print_json(told)
        return
    print(f"{folder}: {told['fetched']} bytes fetched, {len(steps)} segments, {len(checked.records)} records")
    hint = "" if checked.state == "whole" else f": davy logs verify {folder}"
    print(f"the journal is {_STATES[checked.state]}{hint if given else ': say --tag FILE or --registry FILE'}")


@contextlib.contextmanager
def _tag(port: str, stop: bool) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The journal of a tag, and what it says of itself: on duty, or stopped for service."""
    from davy import tagconfig
    from davy.console import on_duty
    from davy.logs import pull as puller
    from davy.logs.questions import Questions

    if console := None if stop else on_duty(port):
        with console:
            # The tag id names a folder: it is one, or there is none.
            yield console, tagconfig.usable({name: console.about.get(name) for name in ("tag_id", "name")})
    else:
        with _link(port) as link:
            yield Questions(link), puller.who(link)


def _link(port: str) -> Any:
    """mpremote's way to the tag; where that does not get through, ampy's."""
    from davy.errors import DavyError
    from davy.logs.ampylink import AmpyPort
    from davy.tagport import TagPort

    link = None
    try:
        link = TagPort(port)
        link.ask("print('{}')")
        return link
    except DavyError as error:
        if link is not None:
            link.release()
        if "cannot be opened" in error.message:
            raise
        print(f"davy: {error.message.partition(': is it')[0]}; trying ampy's way", file=sys.stderr)
    return AmpyPort(port)


def _say_plan(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(told)
        return
    for step in told["steps"]:
        aside = "  (what is here goes to earlier/)" if step["aside"] else ""
        print(f"{step['do']:7} {step['bytes']:8} bytes  {step['name']}{aside}")
    print(f"into {told['out']}; nothing was fetched")


def _carry_out(carry_out: Any, link: Any, folder: Path, steps: Sequence[Any], quiet: bool) -> int:
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, disable=quiet or not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task(str(folder), total=sum(step.fetches for step in steps))
        return carry_out(link, folder, list(steps), lambda step, n: bar.advance(task, n))


@app.command("watch")
def watch(
    port: Annotated[str, typer.Option(help="The tag's serial port.")],
    seconds: Annotated[
        float | None, typer.Option(min=1.0, help="End after so long.", show_default="until Ctrl-C")
    ] = None,
    as_json: Json = False,
) -> None:
    """Look at a tag on duty, live: what it senses, its alarms, the records it keeps. The tag notices nothing.

    davy logs watch --port /dev/ttyUSB0
    """
    from davy.console import Console
    from davy.logs.watch import Watch

    with Console(port) as console:
        look = Watch(console.about)
        with contextlib.suppress(KeyboardInterrupt):
            _watch(console.watch(seconds), look, as_json)


def _watch(told: "Iterator[tuple[str, Any]]", look: Any, as_json: bool) -> None:
    from davy.cli.output import console as screen_of
    from davy.cli.output import print_json_line

    screen = screen_of()
    if screen.is_terminal and not as_json:
        from rich.live import Live

        with Live(console=screen, screen=True, auto_refresh=False, transient=True) as live:
            for what, thing in told:
                look.take(what, thing)
                live.update(look.render(screen.width, screen.height), refresh=True)
        return
    for what, thing in told:
        record = look.take(what, thing)
        if as_json and what:
            print_json_line(
                {"state": thing} if what == "state" else {"record": record.as_dict() if record else thing.hex()}
            )
        elif record:
            print(f"#{record.seq} {record.name}: {record.text}", flush=True)
