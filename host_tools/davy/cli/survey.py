"""`davy survey`: measure how loud a site's beacons are, place by place."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from davy.cli.output import Json, print_json_line


def survey(
    site: Annotated[Path, typer.Argument(metavar="MAP.toml", help="The site's map; see: davy site template")],
    port: Annotated[str, typer.Option(help="Serial port of the tag that listens.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE.csv", help="Rows are added to it.")],
    svg: Annotated[Path | None, typer.Option(metavar="FILE.svg", help="Draw the whole file when it is done.")] = None,
    seconds: Annotated[float, typer.Option(min=0.5, max=60, help="How long to listen at each place.")] = 5.0,
    as_json: Json = False,
) -> None:
    """Walk, stand, type where you stand (x y, in metres), and wait: the tag says what it hears. An empty line ends.

    Wear the tag as it will be worn. Then: davy site sign MAP.toml --survey FILE.csv --key KEY

    davy survey mine.toml --port /dev/ttyUSB0 --out measured.csv --svg measured.svg
    """
    from davy.errors import DavyError
    from davy.site import source
    from davy.site import survey as walking
    from davy.tagport import TagPort

    found = source.read(site)
    with TagPort(port) as tag:
        for text in sys.stdin:
            if not text.strip():
                break
            try:
                x, y = walking.place_of(text.strip())
            except DavyError as error:
                typer.echo(f"davy: {error.message}", err=True)
                continue
            heard = walking.listen(tag, found, x, y, seconds)
            walking.append(out, heard)
            names = {one.beacon for one in heard if one.beacon}
            strangers = len({(one.kind, one.ident) for one in heard if not one.beacon})
            loudest = max((one for one in heard if one.beacon), key=lambda one: one.dbm, default=None)
            if as_json:
                print_json_line(
                    {"x": x, "y": y, "sightings": len(heard), "beacons": sorted(names), "strangers": strangers}
                )
            else:
                best = f", the loudest {loudest.beacon} at {loudest.dbm} dBm" if loudest else ""
                print(f"{x:g} {y:g}: {len(names)} beacons of the map{best}; {strangers} others", flush=True)
    if svg and out.exists():
        svg.write_text(walking.drawing(found, walking.read(out)), encoding="utf-8")
