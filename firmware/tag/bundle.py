"""A bundle that has come to the tag: may it take a slot? Asked over the raw REPL, before it gets the slot's name.

Whether it is whole the computer asks itself, by a hash; here it is whether the settings' `update_key` signed it, where they have
one. The signature (signature/lms.py) is over the head of 64 bytes, which holds the hash of all else: see `slots.py`. It keeps a
wrong bundle off a tag. It does not keep out who holds the cable: the REPL is theirs.
"""

import binascii
import struct

from micropython import const
from signature import lms

_HEAD = const(64)


def problem_with(path: str, key_hex: str) -> str:
    """Why the file may not be used, "" where it may. Nothing raises, whatever the file holds."""
    if not key_hex:
        return ""
    try:
        key = binascii.unhexlify(key_hex)
        with open(path, "rb") as file:
            head = file.read(_HEAD)
            if len(head) != _HEAD or head[:4] != b"DVAP":
                return "no bundle"
            size, more = struct.unpack_from("<II", head, 20)
            if not more:
                return "not signed"
            if more != lms.size(key):
                return "signed by another key"
            file.seek(_HEAD + size)
            return "" if lms.verify(key, (head,), file) >= 0 else "signed by another key"
    except (OSError, ValueError, MemoryError, OverflowError) as error:
        return "cannot be checked: " + str(error)
