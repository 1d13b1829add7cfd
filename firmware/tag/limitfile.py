"""The limit profile in force: a signed file in flash, which only a newer one with the right signature replaces.

    offset  bytes            little endian
    0       4   "DVLM"
    4       1   schema: 1
    5       1   rows
    6       2   ident: profile number * 256 + version, not 0
    8       2   bytes of the signature, 0: none
    10      2   zero
    12      20  name in UTF-8, filled up with zeros
    32          rows, 16 bytes each: tag/gas/limits.py
                signature of all above by the key in the settings (`limits_key`): signature/lms.py
    end-4   4   CRC-32 (IEEE 802.3) of all above

    limits.new    a profile that has come, by whatever way
    limits.dav    the one in force         limits.bak    its copy
    limits.bad    the last one that was refused, or found damaged

At boot limits.dav is checked; a bad one is put aside as limits.bad and its copy takes its place. Then limits.new, or without
it limits.bad, is checked: good ones replace limits.dav by a rename, bad ones are (or stay) limits.bad. So the fault is told
at each boot until a good file comes or somebody deletes limits.bad; and a file that came before its key is accepted later.

    result of load   means                                                         in force
    0                no key and no file; or a good file
    CODE_MISSING     there is a key, and no file                                   the built-in profile
    CODE_CORRUPT     damaged, of another schema, or rows that make no sense        the last good one, or built in
    CODE_UNSIGNED    no signature or not by this key, or older than the one in force; a file, and no key   the same
    CODE_FAILED      the flash cannot be read or written                           the same

Older is what was signed earlier: each signature uses up one leaf of the key, in order, so a file with a lower leaf is a
roll-back, whatever its name and version. Going back on purpose is signing the old profile again.
"""

import binascii
import os
import struct

from micropython import const
from tag.events import CODE_CORRUPT, CODE_FAILED, CODE_MISSING, CODE_UNSIGNED
from tag.gas.limits import MAX_ROWS, ROW, Profile, problem_with

NEW = "/limits.new"
IN_FORCE = "/limits.dav"
COPY = "/limits.bak"
BAD = "/limits.bad"

_HEAD = const(32)
_PIECE = const(64)
_ENOENT = const(2)
_MAX_TEXT = const(120)


def load(root: str, key_hex: str) -> tuple:
    """`(profile, code, text)`: the profile in force, what is wrong (table above), and what to tell, "" for nothing."""
    boot = _Boot(root)
    try:
        boot.run(binascii.unhexlify(key_hex))
    except (OSError, ValueError, MemoryError) as error:
        # What was in force by then stays so.
        boot.tell(CODE_FAILED, "limits: " + str(error))
    return boot.profile or Profile(), boot.code, boot.text


class _Boot:
    """What is known on the way: `.profile` in force and the leaf that signed it, `.code` and `.text` for the caller."""

    def __init__(self, root: str) -> None:
        self._root = root
        self.profile = None
        self.leaf = -1
        self.tell(0, "")

    def tell(self, code: int, text: str) -> None:
        self.code = code
        self.text = text[:_MAX_TEXT]

    def run(self, key: bytes) -> None:
        root = self._root
        if not key:
            for name in (NEW, IN_FORCE):
                if size_of(root + name) >= 0:
                    self.tell(CODE_UNSIGNED, name[1:] + ": no limits_key in the settings")
            return
        self._settle(key)
        self._receive(key)
        if self.profile and not _same(root + IN_FORCE, root + COPY):
            _copy(root + IN_FORCE, root + COPY)

    def _settle(self, key: bytes) -> None:
        """Find the profile that was in force before."""
        root = self._root
        self.profile, self.leaf, code, text = _judge(root + IN_FORCE, key)
        if not code:
            return
        copy, copy_leaf, copy_code, _ = _judge(root + COPY, key)
        if not copy_code:
            self.profile = copy
            self.leaf = copy_leaf
        if code == CODE_FAILED:
            raise OSError(text)
        if code != CODE_MISSING:
            os.rename(root + IN_FORCE, root + BAD)
        if copy:
            _copy(root + COPY, root + IN_FORCE)

    def _receive(self, key: bytes) -> None:
        """Check what has come, and put it in force or aside."""
        root = self._root
        name = NEW if size_of(root + NEW) >= 0 else BAD
        profile, leaf, code, text = _judge(root + name, key)
        if code == CODE_MISSING:
            if not self.profile:
                self.tell(code, "no limit profile: the built-in one is in force")
            return
        if not code and (leaf < self.leaf or (leaf == self.leaf and not _same(root + name, root + IN_FORCE))):
            code = CODE_UNSIGNED
            text = "signed before the one in force: sign it again"
        if code:
            self.tell(code, name[1:] + ": " + text)
            if name == NEW and code != CODE_FAILED:
                os.rename(root + NEW, root + BAD)
            return
        os.rename(root + name, root + IN_FORCE)
        self.profile = profile
        self.leaf = leaf
        self.tell(0, "limits: %d version %d is in force" % (profile.ident >> 8, profile.ident & 255))
        if name == NEW and size_of(root + BAD) >= 0:
            os.remove(root + BAD)


def _judge(path: str, key: bytes) -> tuple:
    """`(profile, leaf, 0, "")` of a good file, else `(None, -1, code, what is wrong)`. Reads in small pieces."""
    try:
        size = size_of(path)
        if size < 0:
            return None, -1, CODE_MISSING, ""
        with open(path, "rb") as file:
            return check(file, size, key)
    except OSError as error:
        return None, -1, CODE_FAILED, "not readable: " + str(error)


def check(file, size: int, key: bytes) -> tuple:
    """`_judge` of an open file of `size` bytes."""
    head = file.read(_HEAD)
    if len(head) < _HEAD or head[:4] != b"DVLM":
        return None, -1, CODE_CORRUPT, "no limit profile"
    schema, count, ident, signed, zero = struct.unpack_from("<BBHHH", head, 4)
    if schema != 1 or zero:
        return None, -1, CODE_CORRUPT, "schema %d is not known" % schema
    if count > MAX_ROWS or size != _HEAD + count * ROW + signed + 4:
        return None, -1, CODE_CORRUPT, "its length is wrong"
    rows = file.read(count * ROW)
    crc = binascii.crc32(rows, binascii.crc32(head))
    while signed > 0:
        piece = file.read(min(signed, _PIECE))
        if not piece:
            break
        signed -= len(piece)
        crc = binascii.crc32(piece, crc)
    if file.read(4) != struct.pack("<I", crc & 0xFFFFFFFF):
        return None, -1, CODE_CORRUPT, "damaged (CRC)"
    from signature import lms  # a tag without a profile never loads it

    file.seek(_HEAD + len(rows))
    leaf = -1
    if size == _HEAD + len(rows) + lms.size(key) + 4:
        leaf = lms.verify(key, (head, rows), file)
    if leaf < 0:
        return None, -1, CODE_UNSIGNED, "not signed by limits_key"
    problem = problem_with(rows) or ("" if ident >> 8 and ident & 255 else "ident %d" % ident)
    if problem:
        return None, -1, CODE_CORRUPT, problem
    return Profile(ident, rows), leaf, 0, ""


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
