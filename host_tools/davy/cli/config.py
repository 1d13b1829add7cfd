"""`davy config`: the settings of a tag, from a file that a person writes to the file that the tag reads, and back."""

from pathlib import Path
from typing import Annotated

import typer

from davy.cli.group import group
from davy.cli.output import Json, print_json

app = group("Write the settings of a tag, and look at those it has.")
SECRET = ("key", "wifi_password")


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
        out.write_bytes(data)
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
        values = {name: "***" if name in SECRET and value else value for name, value in values.items()}
    if as_json:
        print_json({"generation": tagconfig.generation_of(data), "settings": values})
        return
    for name, value in sorted(values.items()):
        print(f"{name} = {value}" if isinstance(value, int) else f'{name} = "{value}"')
