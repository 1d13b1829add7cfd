"""`davy vtag`: a virtual tag that stays up, for people and for tools that talk to a board."""

from pathlib import Path
from typing import Annotated

import typer

from davy.cli.group import group
from davy.cli.output import Json, print_json_line

app = group("Run a virtual tag: the shipped firmware on real MicroPython, on a virtual board.")


@app.command("start")
def start(
    board: Annotated[str, typer.Option(help="Which board it is; see: davy boards list")] = "virtual",
    flash: Annotated[
        Path | None,
        typer.Option(help="File that is its flash memory: made when it is not there, kept when the tag ends."),
    ] = None,
    settings: Annotated[
        Path | None, typer.Option("--config", help="Settings for a fresh flash; see: davy config template")
    ] = None,
    gateway: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Where a gateway listens; see: davy gateway --help")
    ] = "",
    interpreter: Annotated[str, typer.Option(help="mp64 or mp32: 64-bit or 32-bit MicroPython.")] = "mp64",
    as_json: Json = False,
) -> None:
    """Start a tag, print its serial port and stay up until Ctrl-C.

    In another terminal: mpremote connect PORT fs ls
    """
    from davy.vtag import station

    place = station.address(gateway) if gateway else None
    with station.Station(board, flash, settings, place, interpreter) as tag:
        if settings and tag.keeps_settings:
            typer.echo(f"davy: {flash} has settings of its own, those of {settings} are not used", err=True)
        if as_json:
            print_json_line(
                {"port": tag.port, "board": board, "flash": str(flash) if flash else None, "gateway": gateway or None}
            )
        else:
            print(f"port  {tag.port}")
            print(f"try   mpremote connect {tag.port} fs ls")
            print("end   Ctrl-C", flush=True)
        tag.run()
