"""The two slots of the app: a bundle is checked, mounted and put at the front of the path. `main.py` calls `start`.

    /app.a, /app.b      bundles: 64 bytes of head, little endian, a ROM file system with tag/ and lib/, a signature or none
    0   4   "DVAP"
    4   1   format: 1
    5   1   zero
    6   2   version, major << 8 | minor
    8   12  architecture, filled up with zeros
    20  4   bytes of the ROM file system
    24  4   bytes of the signature behind it
    28  32  SHA-256 of the ROM file system
    60  4   CRC-32 of the head above

Which of them starts is `slotstate.py`'s. The bytecode runs where it stands in the one buffer that holds the bundle, so the chip
needs memory for all of it. If PLAIN is to start and there is none, any whole slot does, and is in force from then on: a tag that
does not run helps nobody. An app that was confirmed and ends in an exception is tried again, as ever: what made it fail lies
elsewhere, and the older one would meet it too.
"""

import binascii
import gc
import hashlib
import os
import struct
import sys

from slotstate import PLAIN, STEADY, TRIAL, A, B, load, save

APPS = ("", "/app.a", "/app.b")
MOUNT = "/app"
HEAD = 64
ATTACHED = None  # what `attach` has mounted: it must stay in memory


def whole(bundle) -> int:
    """Bytes of the ROM file system in a bundle, 0 when it is not whole."""
    if len(bundle) < HEAD or bytes(bundle[:5]) != b"DVAP\x01":
        return 0
    if struct.unpack_from("<I", bundle, 60)[0] != binascii.crc32(bundle[:60]) & 0xFFFFFFFF:
        return 0
    size, more = struct.unpack_from("<II", bundle, 20)
    if len(bundle) != HEAD + size + more:
        return 0
    return size if hashlib.sha256(bundle[HEAD : HEAD + size]).digest() == bytes(bundle[28:60]) else 0


class Boot:
    """What `main.py` and the app know of the start: `state`, and the slot that `runs`."""

    def __init__(self, feed, reset, root: str = "") -> None:
        self._feed = feed
        self._reset = reset
        self._root = root
        self._seen = PLAIN
        self._bundle = b""
        self._size = 0
        self.runs = PLAIN
        self.state = load(root)

    @property
    def trial(self) -> bool:
        """Whether a new version has to prove itself."""
        return self.state.phase == TRIAL

    def start(self) -> None:
        """Choose, write it down, mount."""
        state = self.state
        if state.started(self.whole) and not save(state, self._root) and state.phase == TRIAL:
            state.rolled_back("its tries cannot be written")
        self.mount()
        if self.trial and self.runs != state.slot:
            state.rolled_back("no memory to load it")
            save(state, self._root)
        if state.slot == PLAIN and self.runs:  # it is this one from now on: the next bundle must not take its place
            state.slot = self.runs
            save(state, self._root)

    def mount(self) -> None:
        """Put the version in force at the front of the path; else the one before, else PLAIN, else any."""
        state = self.state
        for slot in (state.slot, state.back):
            if slot == PLAIN:
                break
            if self._mounted(slot):
                return
        if not plain():
            forget()
            for slot in (A, B):
                if self._mounted(slot):
                    return

    def _mounted(self, slot: int) -> bool:
        try:
            import vfs

            if not self.whole(slot):
                return False
            rom = vfs.VfsRom  # pyright: ignore[reportAttributeAccessIssue] - the stubs lack it
            vfs.mount(rom(memoryview(self._bundle)[HEAD : HEAD + self._size]), MOUNT)
        except (OSError, MemoryError, AttributeError, ImportError, ValueError):
            return False
        sys.path[:0] = [MOUNT, MOUNT + "/lib"]
        self.runs = slot
        return True

    def whole(self, slot: int) -> bool:
        """Whether a slot holds a bundle that is whole; it stays in memory until another one is asked for."""
        if slot == self._seen:
            return self._size > 0
        self._seen, self._size, self._bundle = slot, 0, b""
        gc.collect()
        try:
            path = self._root + APPS[slot]
            bundle = bytearray(os.stat(path)[6])
            with open(path, "rb") as file:
                n = file.readinto(bundle)
            self._feed()
            self._size = whole(memoryview(bundle)) if n == len(bundle) else 0
            self._feed()
        except (OSError, MemoryError):
            return False
        if self._size:
            self._bundle = bundle
        return self._size > 0

    def told(self) -> None:
        """The news are in the journal."""
        self.state.news = 0
        save(self.state, self._root)

    def confirm(self) -> bool:
        """The app is healthy; False when that cannot be written, and the trial goes on."""
        before = self.state.tries
        self.state.confirmed()
        if save(self.state, self._root):
            return True
        self.state.phase, self.state.tries, self.state.news = TRIAL, before, 0
        return False

    def note(self, faults: int) -> None:
        """The version in force is stopped: these faults are not the next one's."""
        if self.state.phase == STEADY and self.state.generation and self.state.faults != faults:
            self.state.faults = faults
            save(self.state, self._root)

    def crashed(self, error) -> None:
        """The app has ended by an exception: on trial, that was it."""
        if self.trial:
            said = [str(word) for word in error.args[:1]]
            self.fail(type(error).__name__ + (": " + said[0] if said else ""))

    def fail(self, why: str) -> None:
        """The new version gives up: start the one before. Does not return where the state can be written."""
        self.state.rolled_back(why)
        if save(self.state, self._root):
            self._reset()


def plain() -> bool:
    """Whether there is an app without slots. A package without `__init__.py` imports from any folder of that name."""
    try:
        import tag.app  # noqa: F401
    except ImportError as error:
        return "tag" not in str(error)
    except Exception:  # it is there; that it does not load is told when it starts
        return True
    return True


def forget() -> None:
    """Half of an app that was loaded from elsewhere."""
    for name in list(sys.modules):
        if name == "tag" or name.startswith("tag."):
            del sys.modules[name]


def start(feed, reset) -> Boot:
    """The tag has been switched on: called by `main.py` alone."""
    boot = Boot(feed, reset)
    boot.start()
    return boot


def attach() -> Boot:
    """In the REPL: make the version in force importable; takes no try."""
    global ATTACHED
    ATTACHED = Boot(_nothing, _nothing)
    ATTACHED.mount()
    return ATTACHED


def _nothing() -> None:
    """There is no watchdog to feed, nothing to reset."""
