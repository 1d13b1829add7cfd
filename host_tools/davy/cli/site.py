"""`davy site`: maps of sites, for tags that tell where their wearers are."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from davy.cli.group import group
from davy.cli.output import Json, console, print_json

if TYPE_CHECKING:
    from davy.site.model import SiteMap

app = group(
    "Maps of sites: zones and Bluetooth beacons, as signed files for tags.",
    "check",
    "show",
    "sign",
    "install",
    "template",
)
Which = Annotated[Path, typer.Argument(metavar="MAP", help="A TOML file, or a signed file.")]


@app.command("check")
def check(file: Which, as_json: Json = False) -> None:
    """Check a map and name everything that is wrong."""
    from davy.errors import DavyError
    from davy.site import pack, source

    problems = [] if file.suffix != ".toml" else source.check(file)
    if not problems:
        pack.tag_site(_map(file, None))
    if as_json:
        print_json({"file": str(file), "problems": [{"key": p.key, "text": p.text} for p in problems]})
        if problems:
            raise typer.Exit(1)
        return
    for problem in problems[:-1]:
        typer.echo(f"davy: {problem}", err=True)
    if problems:
        raise DavyError(str(problems[-1]))
    print(f"{file}: good")


@app.command("show")
def show(
    file: Which,
    survey: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="What was measured: x, y, beacon, dbm.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show a map: its zones, their names, beacons and spots."""
    found = _map(file, survey)
    if as_json:
        print_json(_as_dict(found))
        return
    from rich.markup import escape
    from rich.table import Table

    from davy.site.model import VEHICLE

    size = len(found.spots) * len(found.beacons)
    out = console()
    out.print(
        f"{found.name} version {found.version}: {len(found.zones)} zones, {len(found.beacons)} beacons, {len(found.spots)} spots, "
        f"{size} bytes of what is expected",
        soft_wrap=True,
    )
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("no", "zone", "names", "level", "spots", "beacons"):
        table.add_column(heading)
    for n, zone in enumerate(found.zones, 1):
        names = ", ".join(f"{lang} {text}" for lang, text in zone.names.items())
        beacons = ", ".join(beacon.name for beacon in found.beacons if beacon.zone == n)
        spots = "vehicle" if zone.sort == VEHICLE else str(sum(spot.zone == n for spot in found.spots))
        table.add_row(str(n), escape(zone.name), escape(names), str(zone.level), spots, escape(beacons))
    out.print(table)
    if found.heights:
        heights = ", ".join(f"{level} at {height} m" for level, height in found.heights)
        out.print(f"levels, for tags that compare air pressures: {heights}", soft_wrap=True)


@app.command("sign")
def sign(
    file: Annotated[Path, typer.Argument(metavar="MAP.toml", help="A map.")],
    key_file: Annotated[Path, typer.Option("--key", metavar="FILE", help="Key file; see: davy limits keygen")],
    survey: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="What was measured: x, y, beacon, dbm.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write.", show_default="NAME-VERSION.dav")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a map, and turn it into a signed file for tags. Uses up one signature of the key that signs limit profiles, too.

    Then: davy site install NAME-VERSION.dav --port PORT
    """
    from davy import limitkey
    from davy.site import pack, source
    from davy.writing import can_write, replacing

    found = source.read(file, survey)
    pack.tag_site(found)  # before a signature is used up
    target = out or Path(f"{found.name}-{found.version}.dav")
    can_write(target)
    public = bytes.fromhex(limitkey.read(key_file).public)
    data = pack.pack(found, public, lambda body: limitkey.sign(key_file, body)[0])
    with replacing(target) as part:
        part.write_bytes(data)
    left = limitkey.read(key_file).left
    if as_json:
        print_json({"out": str(target), "bytes": len(data), "ident": found.ident, "left": left})
        return
    print(f"{target}: {found.name} version {found.version}, {len(found.spots)} spots, {len(data)} bytes")
    print(f"{key_file}: {left} signatures left")


@app.command("install")
def install(
    file: Annotated[Path, typer.Argument(metavar="FILE.dav", help="A signed map; see: davy site sign")],
    port: Annotated[str, typer.Option(help="Serial port of the tag.")],
    as_json: Json = False,
) -> None:
    """Copy a signed map to a tag and start it anew: it checks the map, and says in a record what became of it."""
    from davy import signedcopy
    from davy.errors import DavyError
    from davy.site import pack

    try:
        signed = pack.parse(signedcopy.read(file))
    except DavyError as error:
        raise DavyError(error.message if str(file) in error.message else f"{file}: {error.message}") from error
    if signed.leaf < 0:
        raise DavyError(f"{file}: is not signed: davy site sign")
    signedcopy.install(file, port, "site.new")
    found = signed.map
    if as_json:
        print_json({"port": port, "site": found.name, "ident": found.ident})
    else:
        print(f"{port}: has {found.name} version {found.version} as site.new, and starts anew")


@app.command("template")
def template() -> None:
    """Print a map to begin with.

    Start with: davy site template > mine.toml
    """
    from davy.site import source

    print(Path(source.__file__).with_name("template.toml").read_text(encoding="utf-8"), end="")


def _map(file: Path, survey: Path | None) -> "SiteMap":
    from davy.site import pack, source

    return source.read(file, survey) if file.suffix == ".toml" else pack.any_map(file)


def _as_dict(found: "SiteMap") -> dict[str, Any]:
    return {
        "name": found.name,
        "ident": found.ident,
        "zones": [
            {"number": n, "name": zone.name, "names": dict(zone.names), "level": zone.level, "vehicle": bool(zone.sort)}
            for n, zone in enumerate(found.zones, 1)
        ],
        "beacons": [
            {"name": one.name, "kind": one.kind, "id": one.ident.hex(), "zone": one.zone} for one in found.beacons
        ],
        "heights_m": dict(found.heights),
        "spots": [{"zone": one.zone, "x": one.x, "y": one.y, "dbm": list(one.dbm)} for one in found.spots],
    }
