"""What is burnt into the virtual chip: maps the ROM images, then hands over to `vstart`.

    vboot.py FD run      mount the flash at '/', run boot.py and main.py, then the REPL (as at power-up)
    vboot.py FD repl     mount the flash and run boot.py only (as after a soft reset out of the raw REPL)
    vboot.py FD script FILE [ARG ...]   run a file of the host with the virtual board around it (device tests)

DAVY_CHIP_ROM and DAVY_APP_ROM may name images of ROM file systems: these modules themselves, and a frozen application.
They are mapped into memory outside the heap, and bytecode runs where it stands, as it does from a real chip's flash.
That needs `ffi`, which the 32-bit runtime has.
"""

import os
import sys


def map_rom(image: str, mount: str) -> None:
    """Make the file `image` appear as a read-only folder."""
    import ffi
    import uctypes
    import vfs

    size = os.stat(image)[6]
    libc = ffi.open("libc.so.6")
    fd = libc.func("i", "open", "si")(image, 0)
    at = libc.func("p", "mmap", "PiiiiI")(None, size, 1, 2, fd, 0)  # PROT_READ, MAP_PRIVATE
    if fd < 0 or at == -1:
        raise OSError(image)
    vfs.mount(vfs.VfsRom(uctypes.bytearray_at(at, size)), mount)


if sys.implementation.name != "cpython":
    if os.getenv("DAVY_CHIP_ROM"):
        map_rom(os.getenv("DAVY_CHIP_ROM"), "/chip")
        sys.path.insert(0, "/chip")
    if os.getenv("DAVY_APP_ROM"):
        map_rom(os.getenv("DAVY_APP_ROM"), "/rom")

import vstart  # noqa: E402

vstart.main()
