"""Flash images of a tag: a littlefs with the same geometry that MicroPython formats, made and read on the host."""

import struct
from typing import Any

from littlefs import LittleFS
from littlefs.errors import LittleFSError

from davy.errors import DavyError
from davy.vtag.flash import BLOCK

MOST_BLOCKS = 32768  # 128 MB
# What MicroPython's VfsLfs2 uses by default; the cache is four times the larger of the two sizes there.
_GEOMETRY: dict[str, Any] = {
    "block_size": BLOCK,
    "read_size": 32,
    "prog_size": 32,
    "cache_size": 128,
    "lookahead_size": 32,
}


def build(files: dict[str, bytes], blocks: int = 512) -> bytes:
    """A formatted image of `blocks` blocks with `files` (paths without a leading slash) in it."""
    fs = LittleFS(block_count=blocks, **_GEOMETRY)
    for path, data in sorted(files.items()):
        folder = path.rpartition("/")[0]
        try:
            if folder:
                fs.makedirs(folder, exist_ok=True)
            with fs.open(path, "wb") as file:
                file.write(data)
        except LittleFSError as error:
            raise DavyError(f"{path} does not fit into the {blocks * BLOCK // 1024} kB flash image: {error}") from error
    return bytes(fs.context.buffer)


def blocks_of(image: bytes) -> int:
    """How many blocks the file system has that begins here, as its first two blocks say; 0: there is none."""
    for at in (0, BLOCK):
        if image[at + 8 : at + 16] == b"littlefs" and len(image) >= at + 32:
            block_size, blocks = struct.unpack_from("<II", image, at + 24)
            if block_size == BLOCK and 2 <= blocks <= MOST_BLOCKS:
                return blocks
    return 0


def salvage(image: bytes) -> tuple[dict[str, bytes], list[str]]:
    """What can be read of a file system that may be damaged or cut off, and what could not be. Raises DavyError when it does not
    mount at all."""
    blocks = blocks_of(image)
    problems = []
    if len(image) < blocks * BLOCK:
        problems.append(f"the dump ends after {len(image)} of the file system's {blocks * BLOCK} bytes")
    image = image[: blocks * BLOCK].ljust(blocks * BLOCK, b"\xff")
    try:
        fs = _mounted(image)
    except DavyError as error:
        raise DavyError("; ".join([error.message, *problems])) from error
    files: dict[str, bytes] = {}
    folders = [""]
    while folders:
        folder = folders.pop()
        try:
            entries = fs.scandir(folder or "/")
            for entry in entries:
                path = f"{folder}/{entry.name}"
                if entry.type == 2:
                    folders.append(path)
                else:
                    _take(fs, path, files, problems)
        except (LittleFSError, OSError) as error:
            problems.append(f"{folder or '/'}: cannot be listed to its end: {error}")
    return files, problems


def _take(fs: LittleFS, path: str, files: dict[str, bytes], problems: list[str]) -> None:
    try:
        with fs.open(path, "rb") as file:
            files[path.lstrip("/")] = file.read()
    except (LittleFSError, OSError, UnicodeError) as error:
        problems.append(f"{path}: cannot be read: {error}")


def _mounted(image: bytes) -> LittleFS:
    fs = LittleFS(block_count=len(image) // BLOCK, mount=False, **_GEOMETRY)
    fs.context.buffer[:] = image
    try:
        fs.mount()
    except (LittleFSError, OSError) as error:
        raise DavyError(f"no littlefs in this flash image: {error}") from error
    return fs


def read(image: bytes) -> dict[str, bytes]:
    """All files of an image."""
    fs = _mounted(image)
    files = {}
    try:
        for folder, _, names in fs.walk("/"):
            for name in names:
                path = f"{folder.rstrip('/')}/{name}"
                with fs.open(path, "rb") as file:
                    files[path.lstrip("/")] = file.read()
    except (LittleFSError, OSError) as error:
        raise DavyError(f"no littlefs in this flash image: {error}") from error
    return files
