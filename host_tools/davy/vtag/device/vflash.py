"""The tag's flash: 4096-byte blocks of NOR flash in the host, under the interpreter's own littlefs.

DAVY_FLASH is the descriptor of the host's image, to read from; without it each read is asked for. What changes the flash always is.
Every 64th read is asked for all the same: Ctrl-C comes with an answer, and a tag that asks for nothing for long is sent the signal
that is meant for endless loops, in the middle of littlefs.
"""

import os

import vport
import wire
from micropython import const

_DIRECT = const(63)


class Flash:
    """Block device with MicroPython's extended interface (offsets within a block)."""

    def __init__(self) -> None:
        fd = os.getenv("DAVY_FLASH")
        self._image = open(int(fd), "rb") if fd else None
        self._direct = 0  # so many reads until one is asked for

    def readblocks(self, block: int, buf, offset: int = 0) -> None:
        """Fill `buf` from `block`, in pieces of at most one block."""
        if self._direct:
            self._direct -= 1
            image = self._image
            image.seek(block * 4096 + offset)
            image.readinto(buf)
            return
        if self._image:
            self._direct = _DIRECT
        n = len(buf)
        if n <= 4096:
            vport.call(wire.FLASH_READ, block, offset | n << 13, None, -1, buf)
            return
        view = memoryview(buf)
        for at in range(0, n, 4096):
            self.readblocks(block + at // 4096, view[at : at + 4096], 0)

    def writeblocks(self, block: int, buf, offset=None) -> None:
        """Program `buf`; without an offset the block is erased first."""
        if offset is None:
            vport.call(wire.FLASH_ERASE, block)
        vport.call(wire.FLASH_WRITE, block, offset or 0, buf)

    def ioctl(self, op: int, arg: int):
        """Block count (4), block size (5), erase (6)."""
        if op == 4:
            return vport.call(wire.FLASH_INFO)
        if op == 5:
            return 4096
        if op == 6:
            vport.call(wire.FLASH_ERASE, arg)
        return 0
