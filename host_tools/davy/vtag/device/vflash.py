"""The tag's flash: 4096-byte blocks of NOR flash in the host, under the interpreter's own littlefs."""

import vport
import wire


class Flash:
    """Block device with MicroPython's extended interface (offsets within a block)."""

    def readblocks(self, block: int, buf, offset: int = 0) -> None:
        """Fill `buf` from `block`, in pieces of at most one block."""
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
