"""NOR flash of a virtual tag: erase to ones, program to zeros, and power that fails at any operation.

The image is what `esptool read_flash` would give. With a path it lives in a file that every write reaches at once,
so that a killed process leaves what a real chip would hold.

A tag without a terminal to the outside reads the image itself (`fileno`): a start reads it 75 000 times, and takes some four times
as long when it has to ask for each. Reads cost no world time and change nothing, so nobody can tell but who wants to count them:
`direct` off before power on.
"""

import mmap
import os
import tempfile
import weakref
from pathlib import Path

BLOCK = 4096


class PowerCut(Exception):
    """Power has failed inside a flash operation: the tag is off from here on."""


class Flash:
    """`blocks` of 4096 bytes.

    `cut_at` counts down the writes and erases that still succeed; the one after them fails as `cut_mode` says:
    "before" (nothing happens), "torn" (half of the bytes are programmed or erased) or "after" (it happens, then the
    power goes).
    """

    def __init__(self, blocks: int = 512, path: Path | None = None) -> None:
        self.path = path
        self.writes = 0
        self.erases = 0
        self.overwrites = 0  # programs onto bytes that were not erased: a file system never needs one
        self.cut_at: int | None = None
        self.cut_mode = "torn"
        self.direct = True
        image = b"\xff" * (blocks * BLOCK)
        kept = path is not None and path.exists() and path.stat().st_size
        if path is not None and kept:
            image = path.read_bytes()
            if len(image) % BLOCK:
                raise ValueError(f"{path}: a flash image is a whole number of {BLOCK}-byte blocks")
        self._fd = _nameless(len(image))
        weakref.finalize(self, os.close, self._fd)
        self.data = mmap.mmap(self._fd, len(image))
        self.data[:] = image
        if not kept:
            self._save(0, len(self.data))

    def fileno(self) -> int:
        """The image as an open file for the tag's process to read."""
        return self._fd

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return len(self.data) // BLOCK

    @property
    def erased(self) -> bool:
        """Whether nothing was ever written, or all of it erased."""
        return self.data[:].count(0xFF) == len(self.data)

    def load(self, image: bytes) -> None:
        """Replace the whole content, as a flasher does."""
        self.data[:] = image
        self._save(0, len(self.data))

    def read(self, block: int, offset: int, n: int) -> bytes:
        """`n` bytes from `offset` in `block` on."""
        at = block * BLOCK + offset
        return self.data[at : at + n]

    def program(self, block: int, offset: int, data: bytes) -> None:
        """Clear bits; what was not erased stays zero."""
        at = block * BLOCK + offset
        if at + len(data) > len(self.data):
            raise ValueError("write past the end of the flash")
        mode = self._cut()
        if mode != "before":
            data = data[: len(data) // 2] if mode == "torn" else data
            old = self.data[at : at + len(data)]
            if any(o != 0xFF for o in old):
                self.overwrites += 1
                data = bytes(o & d for o, d in zip(old, data, strict=True))
            self.data[at : at + len(data)] = data
            self._save(at, len(data))
        self.writes += 1
        if mode:
            raise PowerCut

    def erase(self, block: int) -> None:
        """Set a block to ones."""
        at = block * BLOCK
        mode = self._cut()
        if mode != "before":
            n = BLOCK // 2 if mode == "torn" else BLOCK
            self.data[at : at + n] = b"\xff" * n
            self._save(at, n)
        self.erases += 1
        if mode:
            raise PowerCut

    def _cut(self) -> str:
        if self.cut_at is None:
            return ""
        if self.cut_at > 0:
            self.cut_at -= 1
            return ""
        self.cut_at = None
        return self.cut_mode

    def _save(self, at: int, n: int) -> None:
        if self.path is None:
            return
        mode = "r+b" if self.path.exists() else "w+b"
        with self.path.open(mode) as file:
            file.seek(at)
            file.write(self.data[at : at + n])


def _nameless(size: int) -> int:
    """Descriptor of a file of that size which is gone when nobody has it open."""
    if hasattr(os, "memfd_create"):
        fd = os.memfd_create("flash")
    else:
        fd, name = tempfile.mkstemp()
        os.unlink(name)
    os.truncate(fd, size)
    return fd
