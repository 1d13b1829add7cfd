"""`davy deploy`: from sources to the files of a tag, to a bundle, or onto the tag itself."""

from pathlib import Path
from typing import Annotated

import typer

from davy.cli.output import Json, console, print_json
from davy.cli.update import DryRun, Healthy, onto

Board = Annotated[str, typer.Argument(help="Name of a board; see: davy boards list")]


def deploy(
    board: Board,
    out: Annotated[Path | None, typer.Option("--out", help="Folder to build into.", show_default="build/BOARD")] = None,
    port: Annotated[str, typer.Option(help="Serial port of a tag: put the app onto it.")] = "",
    bundle: Annotated[
        Path | None, typer.Option("--bundle", metavar="FILE", help="Write a bundle for davy update.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option("--key", metavar="FILE", help="Key file that signs it; see: davy limits keygen")
    ] = None,
    healthy: Healthy = 60,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Compile the firmware for a board: into a folder, into a bundle, or with --port onto a tag.

    davy deploy lilygo-t3-s3                                     files into build/, and their sizes

    davy deploy lilygo-t3-s3 --port /dev/ttyACM0                 onto the tag, on trial: what fails is rolled back

    davy deploy lilygo-t3-s3 --bundle app.davy --key site.key    one signed file, for davy update

    A tag that runs from a bundle needs extra RAM (PSRAM); for others freeze the app into the image: docs/bench.md.
    """
    from davy.errors import DavyError
    from davy.updating import plan as planner

    if sum(1 for given in (out, port, bundle) if given) > 1:
        raise DavyError("say one of --out, --port and --bundle")
    if port:
        onto(port, planner.of_board(board, key, healthy_s=healthy), dry_run, as_json)
    elif bundle:
        _write(board, bundle, key, as_json)
    elif key or dry_run:
        raise DavyError("--key and --dry-run need --port or --bundle")
    else:
        _folder(board, out, as_json)


def _write(board: str, file: Path, key: Path | None, as_json: bool) -> None:

    from davy.updating import bundle as bundles
    from davy.writing import can_write, replacing

    can_write(file)
    data, _ = bundles.build(board, key=key)
    with replacing(file) as part:
        part.write_bytes(data)
    made = bundles.parse(data)
    if as_json:
        print_json(
            {
                "out": str(file),
                "version": made.name,
                "arch": made.arch,
                "bytes": len(data),
                "signed": bool(made.signature),
            }
        )
        return
    signed = "signed" if made.signature else "not signed"
    print(f"{file}: app {made.name} for {made.arch}, {len(data)} bytes, {signed}")


def _folder(board: str, out: Path | None, as_json: bool) -> None:
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
