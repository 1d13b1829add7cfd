"""Flash images of a tag: a littlefs with the same geometry that MicroPython formats, made and read on the host."""

from typing import Any

from littlefs import LittleFS
from littlefs.errors import LittleFSError

from davy.errors import DavyError
from davy.vtag.flash import BLOCK

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


def read(image: bytes) -> dict[str, bytes]:
    """All files of an image."""
    fs = LittleFS(block_count=len(image) // BLOCK, mount=False, **_GEOMETRY)
    fs.context.buffer[:] = image
    files = {}
    try:
        fs.mount()
        for folder, _, names in fs.walk("/"):
            for name in names:
                path = f"{folder.rstrip('/')}/{name}"
                with fs.open(path, "rb") as file:
                    files[path.lstrip("/")] = file.read()
    except (LittleFSError, OSError) as error:
        raise DavyError(f"no littlefs in this flash image: {error}") from error
    return files
