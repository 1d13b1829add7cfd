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
    name: Annotated[
        str, typer.Option(help="Its first five letters make the address of its chip: tags that differ.")
    ] = "tag",
    as_json: Json = False,
) -> None:
    """Start a tag, print its serial port and stay up until Ctrl-C.

    In another terminal: mpremote connect PORT fs ls
    """
    from davy.vtag import station

    place = station.address(gateway) if gateway else None
    with station.Station(board, flash, settings, place, interpreter, name) as tag:
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


@app.command("loader")
def loader(
    chip: Annotated[str, typer.Option(help="esp32, esp32s3 or esp32c3.")] = "esp32s3",
    flash_mb: Annotated[int, typer.Option(min=1, max=64, help="Size of its flash.")] = 4,
    flash: Annotated[
        Path | None, typer.Option(help="File that holds what is on its flash; written when the loader ends.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Stand in for a chip in download mode, print its serial port and stay up until Ctrl-C.

    In another terminal: davy flash --board lilygo-t3-s3 --image IMAGE --port PORT
    """
    from davy.vtag.romloader import RomLoader

    image = flash.read_bytes() if flash and flash.exists() else b""
    rom = RomLoader(chip, flash_mb, image=image)
    if as_json:
        print_json_line({"port": rom.port, "chip": chip, "flash_mb": flash_mb})
    else:
        print(f"port  {rom.port}")
        print(f"try   davy flash --port {rom.port} --board BOARD --image IMAGE")
        print("end   Ctrl-C", flush=True)
    try:
        rom.run()
    finally:
        if flash:
            rom.save(flash)
