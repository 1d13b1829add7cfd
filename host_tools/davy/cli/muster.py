"""`davy muster`: who is in which zone."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from davy.cli.output import Json, console, print_json

if TYPE_CHECKING:
    from davy.gateway.muster import Person


def muster(
    store: Annotated[Path, typer.Argument(metavar="STORE.jsonl", help="What `davy gateway --store` has kept.")],
    site: Annotated[
        list[Path] | None,
        typer.Option("--map", metavar="MAP", help="A site's map, TOML or signed: names of its zones; again for each."),
    ] = None,
    lang: Annotated[str, typer.Option(help="Language of the zones' names, if the map has it.")] = "",
    stale: Annotated[float, typer.Option(metavar="S", min=1, help="Not heard for so long: stale.")] = 180.0,
    at: Annotated[float | None, typer.Option(metavar="UNIX_S", help="As of then; default: now.")] = None,
    as_json: Json = False,
) -> None:
    """Say who is in which zone and since when; whoever is unknown, or was not heard lately, comes first.

    davy muster records.jsonl --map my-mine-1.dav --lang ru
    """
    from davy.gateway.muster import muster as mustered
    from davy.gateway.muster import read

    now_s = time.time() if at is None else at
    people = mustered([one for one in read(store) if at is None or one["at_s"] <= now_s], now_s, stale)
    zones: dict[tuple[int, int], str] = {}  # by site and zone: another site, or version, has other zones
    for path in site or []:
        from davy.site.pack import any_map

        found = any_map(path)
        zones |= {(found.ident, n): zone.names.get(lang, zone.name) for n, zone in enumerate(found.zones, 1)}
    if as_json:
        print_json([one.as_dict(zones) for one in people])
        return
    nameless = {one.site for one in people if one.zone and (one.site, one.zone) not in zones}
    if site and nameless:
        typer.echo(f"davy: note: no map given names zones of {', '.join(map(_site, sorted(nameless)))}", err=True)
    _print(people, zones, now_s)


def _site(ident: int) -> str:
    return f"site {ident >> 8} version {ident & 255}"


def _print(people: "list[Person]", zones: dict[tuple[int, int], str], now_s: float) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("zone", "tag", "for", "sure", "heard", "alarm"):
        table.add_column(heading)
    # Whom nobody can find comes first: unknown, then stale, then zone by zone.
    for one in sorted(people, key=lambda who: (bool(who.zone), not who.stale, who.site, who.zone, who.tag)):
        name = zones.get((one.site, one.zone), f"zone {one.zone} of {_site(one.site)}") if one.zone else "UNKNOWN"
        where = f"[red]{name}[/red] {escape(one.why)}" if not one.zone else escape(name)
        if one.stale and one.zone:
            where = f"[yellow]last in {escape(name)}[/yellow]"
        if one.hint is not None:
            where += f", level {one.hint} by air pressure"
        since = "" if one.since_s is None else _age(now_s - one.since_s)
        heard = _age(now_s - one.heard_s) + " ago" + (" STALE" if one.stale else "")
        sure = f"{one.sure} %" if one.zone else ""
        if one.missing:
            sure += f" [yellow]{one.missing} later to come[/yellow]"
        table.add_row(where, one.tag, since, sure, heard, escape(one.alarm))
    out = console()
    out.print(table)
    known = sum(bool(one.zone) and not one.stale for one in people)
    out.print(f"{known} of {len(people)} are where their tags say; {len(people) - known} are unknown or stale")


def _age(seconds: float) -> str:
    seconds = max(0, round(seconds))
    if seconds < 60:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h {seconds % 3600 // 60} min"
