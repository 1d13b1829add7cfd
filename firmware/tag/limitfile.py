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

limits.new, limits.dav, limits.bak and limits.bad, what replaces what, and the codes of `load`: tag/signedfile.py. Without a
profile the built-in one is in force.
"""

import struct

from micropython import const
from tag.events import CODE_CORRUPT, CODE_MISSING
from tag.gas.limits import MAX_ROWS, ROW, Profile, problem_with
from tag.signedfile import SignedFile, leaf_of, size_of  # noqa: F401  size_of: tag/limitparts.py asks for it here

NEW = "/limits.new"

_HEAD = const(32)


def load(root: str, key_hex: str) -> tuple:
    """`(profile, code, text)`: the profile in force, what is wrong (tag/signedfile.py), and what to tell, "" for nothing."""
    file = SignedFile(root, "limits", check)
    file.load(key_hex)
    text = file.text
    if file.code == CODE_MISSING:
        text = "no limit profile: the built-in one is in force"
    return file.content or Profile(), file.code, text


def check(file, size: int, key: bytes) -> tuple:
    """`(profile, leaf, 0, "")` of a good file, open and of `size` bytes, else `(None, -1, code, what is wrong)`."""
    head = file.read(_HEAD)
    if len(head) < _HEAD or head[:4] != b"DVLM":
        return None, -1, CODE_CORRUPT, "no limit profile"
    schema, count, ident, signed, zero = struct.unpack_from("<BBHHH", head, 4)
    if schema != 1 or zero:
        return None, -1, CODE_CORRUPT, "schema %d is not known" % schema
    if count > MAX_ROWS or size != _HEAD + count * ROW + signed + 4:
        return None, -1, CODE_CORRUPT, "its length is wrong"
    rows = file.read(count * ROW)
    leaf, code, text = leaf_of(file, _HEAD + len(rows), size, head, rows, key)
    if code:
        return None, -1, code, text
    problem = problem_with(rows) or ("" if ident >> 8 and ident & 255 else "ident %d" % ident)
    if problem:
        return None, -1, CODE_CORRUPT, problem
    return Profile(ident, rows), leaf, 0, ""
