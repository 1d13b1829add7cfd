"""`davy deploy`: from sources to the files of a tag."""

from pathlib import Path
from typing import Annotated

import typer

from davy.cli.output import Json, console, print_json


def deploy(
    board: Annotated[str, typer.Argument(help="Name of a board; see: davy boards list")],
    out: Annotated[Path | None, typer.Option("--out", help="Folder to build into.", show_default="build/BOARD")] = None,
    as_json: Json = False,
) -> None:
    """Compile the firmware for a board into build/BOARD and print its size.

    Copy it to the board with: mpremote connect PORT fs cp -r build/BOARD/. :
    """
    from davy import deploy as builder
    from davy import roots

    folder = out or (roots.BASE if roots.BASE == roots.CHECKOUT else Path.cwd()) / "build" / board
    done = builder.deploy(board, folder)
    if as_json:
        print_json(
            {"board": done.board, "arch": done.arch, "out": str(done.out), "files": done.files, "total_b": done.total}
        )
        return
    for name, size in sorted(done.files.items()):
        print(f"{size:8}  {name}")
    console().print(
        f"[b]{done.total:8}[/b]  bytes in {len(done.files)} files for {done.board} ({done.arch}), in {done.out}",
        soft_wrap=True,
    )
