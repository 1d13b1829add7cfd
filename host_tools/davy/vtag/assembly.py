"""Puts a virtual tag together: the shipped firmware, compiled and on a flash image, in a board, on a bench."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from davy import boards, deploy, roots, tagconfig
from davy.vtag import flashimage, rom
from davy.vtag.bench import Bench
from davy.vtag.board import Board
from davy.vtag.flash import BLOCK, Flash
from davy.vtag.radio import Network
from davy.vtag.tag import VirtualTag
from davy.vtag.world import World

from tag import calibration_store, events  # isort: skip
from tag.clock import Clock  # isort: skip

# Native code in .mpy files is for the interpreter's own processor.
ARCH = {"mp64": "x64", "mp32": "x86"}
# MicroPython's file system partition on a board with 4 MB of flash.
FLASH_BLOCKS = 512
# When a virtual tag's sensors were spanned: 2026-01-01, in seconds since 2000.
SPANNED_S = 820_454_400
# Never in ROM: the board's own data, read from the file system.
BOARD_FILES = ("board.json", "board.bak.json")


@dataclass(frozen=True)
class Firmware:
    """What a tag gets: its file tree, and the same as a ROM image beside that of the virtual chip itself."""

    files: dict[str, bytes]
    app_rom: Path
    chip_rom: Path


def firmware(board: str = "virtual", arch: str = "x64") -> Firmware:
    """The shipped firmware, compiled for `arch`; built once for the same sources."""
    digest = hashlib.sha256()
    for path, source in [
        *sorted(deploy.sources().items()),
        *((file.name, file) for file in sorted(rom.DEVICE.glob("*.py"))),
    ]:
        digest.update(path.encode() + source.read_bytes())
    digest.update(boards.for_tag(board))
    done = roots.CACHE / "vtag" / f"{board}-{arch}-{digest.hexdigest()[:16]}"
    if not done.is_dir():
        done.parent.mkdir(parents=True, exist_ok=True)
        mine = done.with_name(f"{done.name}.{os.getpid()}")
        deploy.deploy(board, mine / "tree", arch)
        files = deploy.image(mine / "tree")
        (mine / "app.romfs").write_bytes(
            rom.image({path: data for path, data in files.items() if path not in BOARD_FILES})
        )
        (mine / "chip.romfs").write_bytes(rom.chip(arch, mine / "chip"))
        try:
            mine.rename(done)
        except OSError:
            if not done.is_dir():  # else another process was quicker
                raise
    return Firmware(deploy.image(done / "tree"), done / "app.romfs", done / "chip.romfs")


def calibrated() -> dict[str, bytes]:
    """Files of a tag fresh from calibration, whatever sensors it has: nothing is due for half a year."""
    data = b""
    span, bump, passed = 2, 3, 1
    for act in (span, bump):
        for gas in events.GASES:
            data = calibration_store.noted(data, act, passed, gas, 0, 4096, SPANNED_S)
    with tempfile.TemporaryDirectory() as folder:
        Clock(lambda: 0, 0, folder).set(SPANNED_S, 0)
        clock = (Path(folder) / "clock.a").read_bytes()
    return {"calibration.a": data, "clock.a": clock}


def make_tag(
    bench: Bench,
    *,
    name: str = "tag",
    board: str = "virtual",
    world: World | None = None,
    network: Network | None = None,
    config: dict[str, Any] | None = None,
    flash_path: Path | None = None,
    interpreter: str = "mp64",
    heap: str = "",
    console: bool = True,
    ticks_start_ms: int = 0,
    fresh_from_calibration: bool = True,
) -> VirtualTag:
    """A tag on `bench`, not yet switched on. A flash file that holds something is used as it is; an erased one gets the firmware.

    On the 64-bit runtime the firmware lies in the flash's file system, where mpremote can replace it. On the 32-bit one it
    runs from ROM, as on a board with frozen firmware: there heap is counted as it will be on a chip.
    """
    spec = boards.load_virtual(board)
    built = firmware(board, ARCH[interpreter])
    frozen = interpreter == "mp32"
    flash = Flash(FLASH_BLOCKS, flash_path)
    fresh = flash.erased
    if fresh:
        files = {path: data for path, data in built.files.items() if not frozen or path in BOARD_FILES}
        if fresh_from_calibration:
            files.update(calibrated())
        if config is not None:
            files["config.a"] = tagconfig.build(config)
        flash.load(flashimage.build(files, len(flash.data) // BLOCK))
    hardware = Board(spec, world or World(), flash, network or Network(), name)
    roms = {"DAVY_CHIP_ROM": str(built.chip_rom), "DAVY_APP_ROM": str(built.app_rom)} if frozen else {}
    tag = VirtualTag(
        hardware, interpreter=interpreter, heap=heap, console=console, environment=roms, ticks_start_ms=ticks_start_ms
    )
    bench.add(tag)
    return tag
