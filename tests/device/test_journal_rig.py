"""What the journal's tests stand on: a flash in memory whose power can be cut, folders to write to, and records to write.

On MicroPython `Flash` lies under the real littlefs, mounted at /jt; on CPython a temporary folder takes its place, without
power cuts. The tests in this file check the rig itself: a cut that cuts nothing would prove nothing.
"""

import gc
import os
import sys

MICROPYTHON = sys.implementation.name == "micropython"
BLOCK = 4096
MOUNT = "/jt"

# What is left of the operation during which power fails
BEFORE = 0  # not begun
TORN = 1  # half of the bytes are written, the rest keeps its old content
AFTER = 2  # done, but nobody was told
ERASED = 3  # the place is left erased
CUTS = (BEFORE, TORN, AFTER, ERASED)


_ERASED = b"\xff" * BLOCK
_images = {}  # one buffer a size, used again: a small heap has no room for many


class Flash:
    """Block device in memory. At operation number `cut_at` (writes and erases count) power fails in the way `cut` says; after that
    every access is refused, as nothing runs without power. `refuse` makes every write fail while power is on; `fail_at`
    only that operation, which is done all the same when `fail_done`."""

    def __init__(self, blocks=24, image=None):
        if image:
            blocks = len(image) // BLOCK
        if blocks not in _images:
            _images[blocks] = bytearray(blocks * BLOCK)
        self.image = _images[blocks]
        self.blocks = blocks
        if image:
            self.image[:] = image
        else:
            for block in range(blocks):
                self.image[block * BLOCK : (block + 1) * BLOCK] = _ERASED
        self.operations = 0
        self.cut_at = -1
        self.cut = BEFORE
        self.dead = False
        self.refuse = False
        self.fail_at = -1
        self.fail_done = False
        self.reads = 0

    def readblocks(self, block, buf, offset=0):
        self.reads += 1
        if self.dead:
            return -5
        at = block * BLOCK + offset
        buf[:] = memoryview(self.image)[at : at + len(buf)]
        return 0

    def writeblocks(self, block, buf, offset=0):
        if self.dead or self.refuse:
            return -5
        at = block * BLOCK + offset
        n = len(buf)
        if self.operations == self.fail_at:
            self.operations += 1
            if self.fail_done:
                self.image[at : at + n] = buf
            return -5
        if self._step():
            if self.cut == TORN:
                self.image[at : at + n // 2] = buf[: n // 2]
            elif self.cut == AFTER:
                self.image[at : at + n] = buf
            elif self.cut == ERASED:
                self.image[at : at + n] = b"\xff" * n
            return -5
        self.image[at : at + n] = buf
        return 0

    def ioctl(self, op, arg):
        if op == 4:
            return self.blocks
        if op == 5:
            return BLOCK
        if op == 6:
            if self.dead or self.refuse:
                return -5
            if self.operations == self.fail_at:
                self.operations += 1
                return -5
            cutting = self._step()
            if not cutting or self.cut != BEFORE:
                n = BLOCK // 2 if cutting and self.cut == TORN else BLOCK
                self.image[arg * BLOCK : arg * BLOCK + n] = b"\xff" * n
            return -5 if cutting else 0
        return 0

    def _step(self):
        self.dead = self.operations == self.cut_at
        self.operations += 1
        return self.dead


class Disk:
    """A place with files: `mount` (again) after a cut; `folder` is where a journal may live."""

    def __init__(self, blocks=24, image=None, cut_at=-1, cut=BEFORE, flash=Flash):
        if MICROPYTHON:
            import vfs

            self.unmount()  # an image a failed test has left
            gc.collect()
            self.flash = flash(blocks, image) if flash is Flash else flash(blocks)
            if image is None:
                vfs.VfsLfs2.mkfs(self.flash)  # pyright: ignore[reportArgumentType]
            self.flash.operations = 0
            self.flash.cut_at = cut_at
            self.flash.cut = cut
            self.folder = MOUNT + "/journal"
            self.mount()
        else:
            import tempfile  # pyright: ignore[reportMissingImports]

            self.flash = Flash(1)
            self.temporary = tempfile.TemporaryDirectory()
            self.folder = self.temporary.name + "/journal"

    def mount(self):
        """Mount (again) what is on the flash now."""
        if MICROPYTHON:
            import vfs

            self.unmount()
            vfs.mount(vfs.VfsLfs2(self.flash), MOUNT)  # pyright: ignore[reportArgumentType]

    def unmount(self):
        if MICROPYTHON:
            import vfs

            try:
                vfs.umount(MOUNT)
            except OSError:
                pass  # was not mounted

    def power_up(self):
        """Power comes back: the flash answers again."""
        self.flash.dead = False
        self.flash.cut_at = -1
        self.mount()

    def damage(self, name, at, mask=0xFF):
        """Flip bits of one byte of a file in the folder; a negative `at` counts from its end."""
        path = self.folder + "/" + name
        with open(path, "rb") as file:
            data = bytearray(file.read())
        data[at] ^= mask
        self.put(name, data)

    def put(self, name, data):
        """Write a file in the folder."""
        with open(self.folder + "/" + name, "wb") as file:
            file.write(data)

    def get(self, name):
        """Read a file in the folder."""
        with open(self.folder + "/" + name, "rb") as file:
            return file.read()

    def segments(self):
        """Names of the segment files."""
        return sorted([name for name in os.listdir(self.folder) if name.endswith(".jnl")])


def record(kind, value, n=16):
    """Bytes of a record before the journal has stamped them: kind, no number, no boot, and a body that tells which one it is."""
    data = bytearray(n)
    data[0] = kind
    data[7] = value & 0xFF
    data[8] = value >> 8 & 0xFF
    for i in range(11, n):
        data[i] = (value * 7 + i) & 0xFF
    return data


def value_of(data):
    """The value `record` put in; checks that the body is whole."""
    value = data[7] | data[8] << 8
    for i in range(11, len(data)):
        if data[i] != (value * 7 + i) & 0xFF:
            raise ValueError("body of a record is damaged")
    return value


def test_flash_cuts_where_and_how_it_is_told():
    for cut, left in (
        (BEFORE, b"\x00" * 8),
        (TORN, b"\x01" * 4 + b"\x00" * 4),
        (AFTER, b"\x01" * 8),
        (ERASED, b"\xff" * 8),
    ):
        flash = Flash(2)
        flash.image[:] = b"\x00" * len(flash.image)
        flash.cut_at = 1
        flash.cut = cut
        assert flash.writeblocks(1, b"\x02" * 8, 100) == 0 and not flash.dead
        assert flash.writeblocks(0, b"\x01" * 8, 16) == -5 and flash.dead
        assert bytes(flash.image[16:24]) == left
        assert flash.writeblocks(0, b"\x03" * 8, 16) == -5 and bytes(flash.image[16:24]) == left
        assert flash.ioctl(6, 0) == -5 and flash.readblocks(0, bytearray(4)) == -5
        assert bytes(flash.image[BLOCK + 100 : BLOCK + 108]) == b"\x02" * 8


def test_flash_cuts_erases_too():
    for cut, first, last in ((BEFORE, 0, 0), (TORN, 0xFF, 0), (AFTER, 0xFF, 0xFF), (ERASED, 0xFF, 0xFF)):
        flash = Flash(2)
        flash.image[:] = b"\x00" * len(flash.image)
        flash.cut_at = 0
        flash.cut = cut
        assert flash.ioctl(6, 1) == -5 and flash.dead
        assert flash.image[BLOCK] == first and flash.image[2 * BLOCK - 1] == last and flash.image[0] == 0


def test_records_of_the_rig_tell_damage():
    data = record(5, 777, 20)
    assert value_of(data) == 777
    data[15] ^= 1
    try:
        value_of(data)
        raise AssertionError("damage not seen")
    except ValueError:
        pass
