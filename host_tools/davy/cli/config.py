"""`davy config`: the settings of a tag, from a file that a person writes to the file that the tag reads, and back."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from davy.cli.group import group
from davy.cli.output import Json, print_json

app = group("Write the settings of a tag, and look at those it has.")


@app.command("template")
def template() -> None:
    """Print a settings file with every setting, its default and its reason.

    Start with: davy config template > tag.toml
    """
    from davy import tagconfig

    print(tagconfig.template(), end="")


@app.command("build")
def build(
    file: Annotated[Path, typer.Argument(help="TOML file with settings; see: davy config template")],
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write, for the tag's root folder.")] = Path(
        "config.a"
    ),
    generation: Annotated[
        int, typer.Option(min=1, max=999_999_999, help="Above that of the settings the tag has.")
    ] = 1,
    as_json: Json = False,
) -> None:
    """Check a settings file and turn it into the file that the tag reads.

    Copy it to the tag with: mpremote connect PORT fs cp config.a :config.a
    """
    from davy import tagconfig
    from davy.errors import DavyError

    values = tagconfig.read(file)
    data = tagconfig.build(values, generation)
    try:
        with open(os.open(out, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as slot:  # it may hold keys
            slot.write(data)
    except OSError as error:
        raise DavyError(f"{out}: cannot be written: {error.strerror}") from error
    if as_json:
        print_json({"out": str(out), "bytes": len(data), "generation": generation, "settings": sorted(values)})
    else:
        print(f"{out}: {len(values)} settings, generation {generation}, {len(data)} bytes")


@app.command("show")
def show(
    file: Annotated[Path, typer.Argument(help="A config.a or config.b from a tag.")],
    secrets: Annotated[bool, typer.Option("--secrets", help="Show the key and the password too.")] = False,
    as_json: Json = False,
) -> None:
    """Show the settings in a tag's file; the key and the password are covered."""
    from davy import tagconfig
    from davy.errors import DavyError

    try:
        data = file.read_bytes()
        values = tagconfig.parse(data)
    except OSError as error:
        raise DavyError(f"{file}: cannot be read: {error.strerror}") from error
    except DavyError as error:
        raise DavyError(f"{file}: {error.message}") from error
    if not secrets:
        values = {
            name: "***" if name in tagconfig.settings.SECRETS and value else value for name, value in values.items()
        }
    if as_json:
        print_json({"generation": tagconfig.generation_of(data), "settings": values})
        return
    for name, value in sorted(values.items()):
        print(f"{name} = {value}" if isinstance(value, int) else f'{name} = "{value}"')


Port = Annotated[str, typer.Option("--port", help="The tag's serial port.")]


@app.command("get")
def get(
    port: Port,
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Only these.")] = None,
    as_json: Json = False,
) -> None:
    """Show the settings that a tag has; it stays on duty. Keys and passwords never leave it.

    davy config get --port /dev/ttyUSB0
    """
    from davy import settingslink, tagconfig
    from davy.errors import DavyError

    if unknown := [name for name in names or [] if name not in tagconfig.settings.SETTINGS]:
        raise DavyError(f"{unknown[0]}: no such setting; names: davy config template")
    with settingslink.opened(port) as link:
        generation, values, problem = settingslink.known(link)
    values = {name: value for name, value in values.items() if not names or name in names}
    if as_json:
        print_json({"generation": generation, "problem": problem, "settings": values})
        return
    if problem:
        print(f"davy: {problem}", file=sys.stderr)
    for name, value in values.items():
        print(f"{name} = {settingslink.shown(value)}")


@app.command("set")
def set_(
    port: Port,
    changes: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME=VALUE]...", help="Settings and what they become.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="TOML file with more: others can see a password on a command line.")
    ] = None,
    restart: Annotated[bool, typer.Option("--restart", help="Put them in force at once: the tag starts anew.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Change settings of a tag, all or none, for its next start.

    davy config set --port /dev/ttyUSB0 still_s=45 "name=miner 7" --restart
    """
    from davy import settingslink, tagconfig
    from davy.errors import DavyError

    more = tagconfig.read(file) if file else {}
    values = settingslink.parsed([*(f"{name}={value}" for name, value in more.items()), *(changes or [])])
    if not values:
        raise DavyError("nothing to set: say NAME=VALUE or --file")
    with settingslink.opened(port) as link:
        _, before, _ = settingslink.known(link)
        changed = settingslink.differences(before, values)
        generation = 0
        if changed and not dry_run:
            generation = link.change({one.name: values[one.name] for one in changed})
            if restart:
                link.restart()
    told = {one.name: {"from": one.tag, "to": one.file} for one in changed}
    if as_json:
        print_json({"changed": told, "generation": generation, "restarted": bool(generation and restart)})
        return
    for one in changed:
        print(f"{one.name}: {settingslink.shown(one.tag)} -> {settingslink.shown(one.file)}")
    if not changed:
        print("nothing to change: the tag has all of that already")
    elif dry_run:
        print("nothing was changed")
    else:
        print(
            f"generation {generation}, "
            + ("the tag starts anew with it" if restart else "in force from the next start")
        )


@app.command("diff")
def diff(
    port: Port,
    file: Annotated[Path, typer.Argument(help="TOML file with settings, as for build.")],
    whole: Annotated[bool, typer.Option("--all", help="What the file leaves out should have its default.")] = False,
    as_json: Json = False,
) -> None:
    """Say where a tag's settings differ from a file; exit code 1 when they do. Secrets are compared by hash.

    davy config diff --port /dev/ttyUSB0 site.toml
    """
    from davy import settingslink, tagconfig

    wanted = tagconfig.read(file)
    with settingslink.opened(port) as link:
        _, values, _ = settingslink.known(link)
    found = settingslink.differences(values, wanted, whole)
    if as_json:
        print_json({one.name: {"tag": one.tag, "file": one.file} for one in found})
    else:
        for one in found:
            print(f"{one.name}: the tag has {settingslink.shown(one.tag)}, {file} says {settingslink.shown(one.file)}")
        if not found:
            print(f"the tag has what {file} says")
    if found:
        raise typer.Exit(1)
