"""`davy survey`: measure how loud a site's beacons are, and how LoRaWAN gets through, place by place."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from davy.cli.output import Json, print_json_line

if TYPE_CHECKING:
    from davy.site.model import SiteMap
    from davy.site.survey import Heard, Link


def survey(
    site: Annotated[Path, typer.Argument(metavar="MAP.toml", help="The site's map; see: davy site template")],
    port: Annotated[str, typer.Option(help="Serial port of the tag on duty that listens.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE.csv", help="Beacons: rows are added to it.")
    ] = None,
    lora: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Ask the LoRaWAN network too: rows are added to it.")
    ] = None,
    svg: Annotated[Path | None, typer.Option(metavar="FILE.svg", help="Draw both files after each place.")] = None,
    seconds: Annotated[int, typer.Option(min=1, max=60, help="How long to listen for beacons at each place.")] = 5,
    as_json: Json = False,
) -> None:
    """Walk, stand, type where you stand (x y, in metres), and wait: the tag says what it hears. An empty line ends.

    Wear the tag as it will be worn; it stays on duty. Beacons need its setting place=1, LoRaWAN its lora_region.
    Then: davy site sign MAP.toml --survey measured.csv --key KEY

    davy survey mine.toml --port /dev/ttyUSB0 --out measured.csv --lora radio.csv --svg survey.svg
    """
    from davy.console import Console, Refused
    from davy.errors import DavyError
    from davy.site import source
    from davy.site import survey as walking

    if not (out or lora):
        raise DavyError("where to? --out FILE.csv for beacons, --lora FILE.csv for LoRaWAN")
    _check_files(site, out, lora, svg)
    found = source.read(site)
    missing: dict[tuple[float, float], None] = {}  # in the order in which they were typed
    lost = False  # the tag
    with Console(port) as tag:
        for text in _places():
            try:
                x, y = walking.place_of(text)
            except DavyError as error:
                typer.echo(f"davy: {error.message}", err=True)
                continue
            missing[x, y] = None
            try:
                if lost:
                    tag.reopen()
                lost = True
                sightings, said = tag.survey(seconds if out else 0, lora is not None)
                lost = False
                heard = walking.heard_at(found, x, y, sightings)
                n = walking.lost_of(said, seconds if out else 0, len(sightings), not any(one.beacon for one in heard))
                link = walking.link_at(x, y, said.get("link")) if lora else None
            except Refused:
                raise
            except DavyError as error:
                typer.echo(f"davy: {error.message}", err=True)
                continue
            if out:
                walking.keep_heard(out, x, y, heard)
            if lora and link:
                walking.keep_link(lora, link)
            del missing[x, y]
            if as_json:
                print_json_line(_as_dict(x, y, heard, n, link))
            else:
                beacons = [f"{x:g} {y:g}: {_beacons(heard, n)}"] if out else []
                print("; ".join(beacons + [str(link)] * bool(link)), flush=True)
            if svg:
                _draw(svg, found, out, lora)
    if missing:
        raise DavyError("not measured: " + ", ".join(f"{x:g} {y:g}" for x, y in missing))


def _check_files(site: Path, out: Path | None, lora: Path | None, svg: Path | None) -> None:
    """Raises DavyError where what is walked for could not be kept, or would write over something else."""
    from davy.errors import DavyError
    from davy.site import survey as walking
    from davy.writing import can_write

    taken = {site.resolve()}
    for file in (out, lora, svg):
        if file:
            if file.resolve() in taken:
                raise DavyError(f"{file}: is named twice: the map and each option need a file of their own")
            taken.add(file.resolve())
            can_write(file)
    if out:
        walking.can_add(out, walking.HEAD)
    if lora:
        walking.can_add(lora, walking.LINK_HEAD)


def _places() -> Iterator[str]:
    """What is typed, to the first empty line."""
    from davy.errors import DavyError

    while sys.stdin:
        if sys.stdin.isatty():
            typer.echo("x y? ", nl=False, err=True)
        try:
            text = sys.stdin.readline().strip()
        except UnicodeDecodeError as error:
            raise DavyError("what was typed is no text: type x and y in metres, as 12.5 3") from error
        if not text:
            return
        yield text


def _draw(svg: Path, site: "SiteMap", out: Path | None, lora: Path | None) -> None:
    """Draw all that is kept; where that cannot be, it is said, and the walk goes on."""
    from davy.errors import DavyError
    from davy.site import survey, surveymap
    from davy.writing import replacing

    try:
        heard, links = survey.read_heard(out) if out else [], survey.read_links(lora) if lora else []
        with replacing(svg) as part:
            part.write_text(surveymap.drawing(site, heard, links), encoding="utf-8")
    except DavyError as error:
        typer.echo(f"davy: no picture: {error.message}", err=True)


def _beacons(heard: "Sequence[Heard]", lost: int) -> str:
    from davy.site.survey import medians

    loudest = medians(heard)
    strangers = len({(one.kind, one.ident) for one in heard if not one.beacon})
    best = "; ".join(f"{name} {dbm} dBm ({n}x)" for dbm, name, n in loudest[:3]) or "no beacon of the map"
    more = f"; {len(loudest) - 3} more" if loudest[3:] else ""
    gone = f", {lost} sightings lost" if lost else ""
    return f"{best}{more}; {strangers} of elsewhere{gone}"


def _as_dict(x: float, y: float, heard: "Sequence[Heard]", lost: int, link: "Link | None") -> dict[str, Any]:
    return {
        "x": x,
        "y": y,
        "sightings": len(heard),
        "beacons": sorted({one.beacon for one in heard if one.beacon}),
        "strangers": len({(one.kind, one.ident) for one in heard if not one.beacon}),
        "lost": lost,
        "link": asdict(link) if link else None,
    }
