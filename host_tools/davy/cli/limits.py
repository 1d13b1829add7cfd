"""`davy limits`: action levels as profiles: check and show them, sign them for tags, compare them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from davy.cli.group import group
from davy.cli.output import Json, console, print_json

if TYPE_CHECKING:
    from davy.limitprofile import LimitProfile, Row

app = group("Action levels of gases by law or by site, as signed files for tags.", "check", "show", "diff", "template")
Which = Annotated[str, typer.Argument(metavar="PROFILE", help="A bundled profile, a TOML file, or a signed file.")]
_STYLES = {"warning": "cyan", "low": "yellow", "high": "red", "fault": "magenta", "none": "dim"}


@app.command("check")
def check(profile: Which, as_json: Json = False) -> None:
    """Check a profile and name every line that is wrong."""
    from davy import limitsource
    from davy.errors import DavyError

    file = limitsource.path_of(profile)
    if file.suffix != ".toml" and file.is_file():
        _profile(profile)
        problems = []
    else:
        problems = limitsource.check(profile)
    if as_json:
        print_json({"file": str(file), "problems": [{"key": p.key, "text": p.text} for p in problems]})
    elif not problems:
        print(f"{file}: good")
    if problems:
        if as_json:
            raise typer.Exit(1)
        for problem in problems[:-1]:
            typer.echo(f"davy: {problem}", err=True)
        raise DavyError(str(problems[-1]))


@app.command("show")
def show(
    profile: Annotated[
        str | None,
        typer.Argument(metavar="PROFILE", help="Bundled profile, TOML file or signed file; none: list them."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what a profile says, with the source of each number; without one, list those that come with davy."""
    if profile is None:
        _list(as_json)
        return
    found = _profile(profile)
    if as_json:
        print_json(_as_dict(found))
        return
    out = console()
    out.print(f"[b]{found.name}[/b] version {found.version}  [dim]{found.title}[/dim]", soft_wrap=True)
    sources = _sources(found.rows)
    out.print(_table(found.rows, sources))
    for text, number in sources.items():
        style = "yellow" if text.startswith("unconfirmed") else "dim"
        out.print(f"{number:3}  {text}", style=style, markup=False, soft_wrap=True)
    doubtful = sum(row.unconfirmed for row in found.rows)
    if doubtful:
        out.print(
            f"{doubtful} of {len(found.rows)} levels are marked ?: nobody has compared them with their source yet",
            style="yellow",
            soft_wrap=True,
        )


@app.command("diff")
def diff(old: Which, new: Which, as_json: Json = False) -> None:
    """Say what a tag would do differently with NEW in place of OLD."""
    from davy import limitprofile

    found = limitprofile.differences(_profile(old), _profile(new))
    if as_json:
        print_json([{"what": what, "how": how} for what, how in found])
        return
    width = max((len(what) for what, _ in found), default=0)
    for what, how in found:
        print(f"{what:{width}}  {how}")
    if not found:
        print("no difference that a tag would notice")


@app.command("template")
def template() -> None:
    """Print a profile for a site's own numbers.

    Start with: davy limits template > mine.toml
    """
    from davy import limitsource

    print(limitsource.path_of("site").read_text(encoding="utf-8"), end="")


@app.command("keygen")
def keygen(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Key file to write.")],
    signatures: Annotated[int, typer.Option(help="How many signatures it can give in all: 32 or 1024.")] = 1024,
    as_json: Json = False,
) -> None:
    """Make a key that signs limit profiles, or one that signs updates of the app.

    Keep the file secret, and never sign with a copy or a backup of it.
    """
    from davy import limitkey
    from davy.errors import DavyError

    if signatures not in limitkey.SIGNATURES:
        raise DavyError(f"--signatures {signatures}: 32 or 1024")
    _print_key(file, limitkey.create(file, signatures), as_json)


@app.command("key")
def key(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A key file.")],
    as_json: Json = False,
) -> None:
    """Show the public half of a key, as tags want it, and how many signatures are left."""
    from davy import limitkey

    _print_key(file, limitkey.read(file), as_json)


@app.command("sign")
def sign(
    profile: Annotated[str, typer.Argument(metavar="PROFILE", help="A bundled profile or a TOML file.")],
    key_file: Annotated[Path, typer.Option("--key", metavar="FILE", help="Key file; see: davy limits keygen")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write.", show_default="NAME-VERSION.dav")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a profile, and turn it into a signed file for tags. Uses up one signature of the key.

    Then: davy limits install NAME-VERSION.dav --port PORT
    """
    from davy import limitkey, limitpack, limitsource
    from davy.writing import can_write, replacing

    found = limitsource.read(profile)
    target = out or Path(f"{found.name}-{found.version}.dav")
    can_write(target)
    public = limitkey.read(key_file).public
    data = limitpack.pack(found, bytes.fromhex(public), lambda body: limitkey.sign(key_file, body)[0])
    with replacing(target) as part:
        part.write_bytes(data)
    key_now = limitkey.read(key_file)
    if as_json:
        leaf = limitpack.parse(data).leaf
        values = {"out": str(target), "bytes": len(data), "ident": found.ident, "leaf": leaf, "left": key_now.left}
        print_json(values)
        return
    print(f"{target}: {found.name} version {found.version}, {len(found.rows)} rows, {len(data)} bytes")
    print(f"{key_file}: {key_now.left} of {key_now.size} signatures left")


@app.command("install")
def install(
    file: Annotated[Path, typer.Argument(metavar="FILE.dav", help="A signed file; see: davy limits sign")],
    port: Annotated[str, typer.Option(help="Serial port of the tag.")],
    as_json: Json = False,
) -> None:
    """Copy a signed file to a tag and start it anew: it checks the file, and says in a record what became of it."""
    from davy import limitpack, signedcopy

    found = limitpack.parse(signedcopy.read(file)).profile
    signedcopy.install(file, port, "limits.new")
    if as_json:
        print_json({"port": port, "profile": found.name, "ident": found.ident})
    else:
        print(f"{port}: has {found.name} version {found.version} as limits.new, and starts anew")


def _profile(name: str) -> "LimitProfile":
    """A profile of any of the three forms."""
    from davy import limitpack, limitsource, signedcopy
    from davy.errors import DavyError

    path = limitsource.path_of(name)
    if path.suffix == ".toml" or not path.is_file():
        return limitsource.read(name)
    try:
        return limitpack.parse(signedcopy.read(path)).profile
    except DavyError as error:
        raise DavyError(f"{path}: {error.message}") from error


def _list(as_json: bool) -> None:
    from rich.table import Table

    from davy import limitprofile, limitsource

    profiles = [limitsource.read(name) for name in limitprofile.bundled()]
    if as_json:
        print_json([{"name": p.name, "ident": p.ident, "title": p.title, "rows": len(p.rows)} for p in profiles])
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("profile", "version", "what it is"):
        table.add_column(heading)
    for one in profiles:
        table.add_row(one.name, str(one.version), one.title)
    console().print(table)


def _print_key(file: Path, found: Any, as_json: bool) -> None:
    if as_json:
        print_json({"file": str(file), "public": found.public, "left": found.left, "of": found.size})
        return
    print(f"{file}: {found.left} of {found.size} signatures left")
    print("for the tags' settings (davy config template):")
    print(f'limits_key = "{found.public}"')
    print("or, where this key signs updates of the app (davy deploy --key):")
    print(f'update_key = "{found.public}"')


def _sources(rows: "tuple[Row, ...]") -> dict[str, int]:
    """Text -> its number in the table."""
    found: dict[str, int] = {}
    for row in rows:
        for text in row.sources.values():
            found.setdefault(text, len(found) + 1)
    return found


def _table(rows: "tuple[Row, ...]", sources: dict[str, int]) -> Any:
    from rich.table import Table

    from davy import limitprofile
    from davy.limitprofile import BASES, after
    from tag import names

    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1, 0, 0))
    for heading in ("gas", "level", "at", "clear", "alarm: what to do", "source"):
        right = heading in ("at", "clear")
        table.add_column(heading, justify="right" if right else "left", no_wrap=not heading.startswith("alarm"))
    last = 0
    for row in rows:
        if last and row.gas != last:
            table.add_row()
        alarm = limitprofile.alarm_name(row)
        cited = dict.fromkeys(sources[text] for text in row.sources.values())
        level = [row.kind_name + f" {row.group}" * bool(row.group), BASES[row.basis] if row.basis else "", after(row)]
        table.add_row(
            f"[b]{row.gas_name}[/b]" if row.gas != last else "",
            " ".join(word for word in level if word),
            f"[dim]{row.stated}[/dim] " * bool(row.stated)
            + ("<= " if row.falling else "")
            + row.shown(row.level)
            + ("[yellow]?[/yellow]" if row.unconfirmed else " "),
            row.shown(row.clear).partition(" ")[0],
            f"[{_STYLES[alarm]}]{alarm}[/]: {names.INSTRUCTIONS[row.instruction]}"
            + (", latching" if row.latching != (alarm == "high") else ""),
            ", ".join(str(number) for number in cited),
        )
        last = row.gas
    return table


def _as_dict(found: "LimitProfile") -> dict[str, Any]:
    from davy import limitprofile
    from tag import events, names

    return {
        "name": found.name,
        "title": found.title,
        "number": found.number,
        "version": found.version,
        "ident": found.ident,
        "rows": [
            {
                "gas": row.gas_name,
                "kind": row.kind_name,
                "level": row.level / events.GASES[row.gas][2],
                "clear": row.clear / events.GASES[row.gas][2],
                "unit": events.GASES[row.gas][3],
                "falling": row.falling,
                "latching": row.latching,
                "basis": limitprofile.BASES[row.basis],
                "delay_s": row.delay_s,
                "rest_min": row.rest_min,
                "group": row.group,
                "alarm": limitprofile.alarm_name(row),
                "instruction": names.INSTRUCTIONS[row.instruction],
                "unconfirmed": row.unconfirmed,
                "sources": dict(row.sources),
            }
            for row in found.rows
        ],
    }
