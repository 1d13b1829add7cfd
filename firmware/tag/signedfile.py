"""A signed file on flash that only a newer one with the right signature replaces: what limit profiles and site maps have in common.

    NAME.new    a file that has come, by whatever way
    NAME.dav    the one in force           NAME.bak    its copy
    NAME.bad    the last one that was refused, or found damaged

At boot NAME.dav is checked; a bad one is put aside as NAME.bad and its copy takes its place. Then NAME.new, or without it
NAME.bad, is checked: good ones replace NAME.dav by a rename, bad ones are (or stay) NAME.bad. So the fault is told at each boot
until a good file comes or somebody deletes NAME.bad; and a file that came before its key is accepted later.

    `.code` after `run`   means                                                         in force
    0                     no key and no file; or a good file
    CODE_MISSING          there is a key, and no file                                   nothing
    CODE_CORRUPT          damaged, of another schema, or content that makes no sense    the last good one, or nothing
    CODE_UNSIGNED         no signature or not by this key, or older than the one in force; a file, and no key   the same
    CODE_FAILED           the flash cannot be read or written                           the same

Older is what was signed earlier: each signature uses up one leaf of the key, in order, so a file with a lower leaf is a
roll-back, whatever its name and version. Going back on purpose is signing the old content again.
"""

import binascii
import os
import struct

from micropython import const
from tag.events import CODE_CORRUPT, CODE_FAILED, CODE_MISSING, CODE_UNSIGNED

_PIECE = const(64)
_ENOENT = const(2)
_MAX_TEXT = const(120)


class SignedFile:
    """`name` is that of the files; `check(file, size, key)` gives (content, leaf, 0, "") of a good one, else (None, -1, code,
    text). `.content` is in force, or None; `.leaf` signed it; `.code` and `.text` say what is wrong, "" for nothing."""

    def __init__(self, root: str, name: str, check, setting: str = "limits_key") -> None:
        """`setting` is what the key is called."""
        self._path = root + "/" + name
        self._name = name
        self._setting = setting
        self._check = check
        self.content = None
        self.leaf = -1
        self._tell(0, "")

    def load(self, key_hex: str) -> None:
        """At boot. Never raises: what was in force by then stays so."""
        try:
            self._run(binascii.unhexlify(key_hex))
        except (OSError, ValueError, MemoryError) as error:
            self._tell(CODE_FAILED, self._name + ": " + str(error))

    def _tell(self, code: int, text: str) -> None:
        self.code = code
        self.text = text[:_MAX_TEXT]

    def _run(self, key: bytes) -> None:
        if not key:
            for end in (".new", ".dav"):
                if size_of(self._path + end) >= 0:
                    self._tell(CODE_UNSIGNED, self._name + end + ": no " + self._setting + " in the settings")
            return
        self._settle(key)
        self._receive(key)
        if self.content and not _same(self._path + ".dav", self._path + ".bak"):
            _copy(self._path + ".dav", self._path + ".bak")

    def _settle(self, key: bytes) -> None:
        """Find the content that was in force before."""
        path = self._path
        self.content, self.leaf, code, text = self._judge(".dav", key)
        if not code:
            return
        copy, copy_leaf, copy_code, _ = self._judge(".bak", key)
        if not copy_code:
            self.content = copy
            self.leaf = copy_leaf
        if code == CODE_FAILED:
            raise OSError(text)
        if code != CODE_MISSING:
            os.rename(path + ".dav", path + ".bad")
        if copy:
            _copy(path + ".bak", path + ".dav")

    def _receive(self, key: bytes) -> None:
        """Check what has come, and put it in force or aside."""
        path = self._path
        end = ".new" if size_of(path + ".new") >= 0 else ".bad"
        content, leaf, code, text = self._judge(end, key)
        if code == CODE_MISSING:
            if not self.content:
                self._tell(code, "")
            return
        if not code and (leaf < self.leaf or (leaf == self.leaf and not _same(path + end, path + ".dav"))):
            code = CODE_UNSIGNED
            text = "signed before the one in force: sign it again"
        if code:
            self._tell(code, self._name + end + ": " + text)
            if end == ".new" and code != CODE_FAILED:
                os.rename(path + ".new", path + ".bad")
            return
        os.rename(path + end, path + ".dav")
        self.content = content
        self.leaf = leaf
        self._tell(0, "%s: %d version %d is in force" % (self._name, content.ident >> 8, content.ident & 255))
        if end == ".new" and size_of(path + ".bad") >= 0:
            os.remove(path + ".bad")

    def _judge(self, end: str, key: bytes) -> tuple:
        """`check` of a file, which may be missing or unreadable."""
        try:
            size = size_of(self._path + end)
            if size < 0:
                return None, -1, CODE_MISSING, ""
            with open(self._path + end, "rb") as file:
                return self._check(file, size, key)
        except OSError as error:
            return None, -1, CODE_FAILED, "not readable: " + str(error)


def leaf_of(file, at: int, size: int, head, body, key: bytes, setting: str = "limits_key") -> tuple:
    """`(leaf, 0, "")` of a file of `size` bytes whose signature of head and body begins at `at` and whose last four bytes are a
    CRC-32 (IEEE 802.3) of all before; else `(-1, code, what is wrong)`. Reads in small pieces."""
    file.seek(at)
    crc = binascii.crc32(body, binascii.crc32(head))
    signed = size - at - 4
    while signed > 0:
        piece = file.read(min(signed, _PIECE))
        if not piece:
            break
        signed -= len(piece)
        crc = binascii.crc32(piece, crc)
    if file.read(4) != struct.pack("<I", crc & 0xFFFFFFFF):
        return -1, CODE_CORRUPT, "damaged (CRC)"
    from signature import lms  # a tag without such a file never loads it

    file.seek(at)
    leaf = -1
    if size == at + lms.size(key) + 4:
        leaf = lms.verify(key, (head, body), file)
    if leaf < 0:
        return -1, CODE_UNSIGNED, "not signed by " + setting
    return leaf, 0, ""


def size_of(path: str) -> int:
    """Bytes of a file, -1: there is none. Raises OSError when the flash cannot say."""
    try:
        return os.stat(path)[6]
    except OSError as error:
        if error.args[0] == _ENOENT:
            return -1
        raise


def _same(path: str, other: str) -> bool:
    size = size_of(path)
    if size != size_of(other):
        return False
    with open(path, "rb") as a:
        with open(other, "rb") as b:
            for _ in range(0, size, _PIECE):
                if a.read(_PIECE) != b.read(_PIECE):
                    return False
    return True


def _copy(source: str, target: str) -> None:
    """littlefs puts the copy in force when the file is closed: until then the former one stands."""
    with open(source, "rb") as a:
        with open(target, "wb") as b:
            for _ in range(0, size_of(source), _PIECE):
                b.write(a.read(_PIECE))
