"""Puts the virtual modules in place of the real ones, and starts the tag as a chip's firmware does."""

import os
import sys

import vport
import wire

vport.connect(int(sys.argv[1]))

import vmachine  # noqa: E402
import vtime  # noqa: E402

sys.modules["machine"] = vmachine

if sys.implementation.name == "cpython":
    # CPython's own modules need their `time`: it gets the tag's calls added, not replaced.
    import time

    for _name in ("ticks_ms", "ticks_us", "ticks_diff", "ticks_add", "sleep_ms", "sleep_us"):
        setattr(time, _name, getattr(vtime, _name))
else:
    import vasyncio
    import vselect

    sys.modules["time"] = vtime
    sys.modules["select"] = vselect
    sys.modules["_asyncio"] = vasyncio
    if os.getenv("DAVY_DRAW"):
        sys.modules["os"] = __import__("vchance")

if "/chip" not in sys.path:
    # Out of sight once the flash is mounted, so load them now. From ROM they are found when somebody asks for them.
    import vspi  # noqa: F401
    import vstream  # noqa: F401

    for _name in ("bluetooth", "esp32", "neopixel", "network", "socket"):
        sys.modules[_name] = __import__("v" + _name)


def mount() -> None:
    """The flash becomes '/', formatted when it holds no file system; the host's files are out of sight from here on."""
    import vfs

    import vflash

    vfs.umount("/")  # first of all: also when the flash cannot be used, nobody gets at the files of the host
    flash = vflash.Flash()
    try:
        fs = vfs.VfsLfs2(flash)
    except OSError:
        vfs.VfsLfs2.mkfs(flash)
        fs = vfs.VfsLfs2(flash)
    vfs.mount(fs, "/")
    sys.path[:] = ["", "/chip", "/rom", ".frozen", "/lib", "/rom/lib"]


def run(*paths: str) -> None:
    """Run the first of these files that is there."""
    for path in paths:
        try:
            with open(path) as file:
                source = file.read()
        except OSError:
            continue
        exec(compile(source, path, "exec"), {"__name__": "__main__", "__file__": path})
        return


def main() -> None:
    """As `vboot` says."""
    mode = sys.argv[2]
    if mode == "script":
        path = sys.argv[3]
        del sys.argv[:3]
        run(path)
        return
    sys.argv[:] = [""]
    mount()
    vport.call(wire.BOOTED)
    run("/boot.py", "/rom/boot.py")
    if mode == "run":
        run("/main.py", "/rom/main.py")
