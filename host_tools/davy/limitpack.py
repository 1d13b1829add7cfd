"""Signed limit files, as firmware/tag/limitfile.py reads them: from a profile and a key, and back."""

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass

from davy.errors import DavyError
from davy.limitprofile import LimitProfile, must_be_sound, unpack
from davy.signedcopy import sealed
from signature import lms

from tag import limitfile  # isort: skip
from tag.gas import limits  # isort: skip

MAGIC = b"DVLM"
SCHEMA = 1
_HEAD = struct.Struct("<4sBBHHH20s")


@dataclass(frozen=True)
class SignedFile:
    """What a file says of itself; `leaf` -1: it has no signature."""

    profile: LimitProfile
    leaf: int


def pack(profile: LimitProfile, public: bytes, sign: Callable[[bytes], bytes]) -> bytes:
    """The bytes of a signed file; the tag's own code has accepted them."""
    if not profile.number or not profile.version:
        raise DavyError(f"{profile.name} is built into every tag: it needs no file")
    rows = profile.pack()
    must_be_sound(rows)
    name = profile.name.encode()
    head = _HEAD.pack(MAGIC, SCHEMA, len(rows) // limits.ROW, profile.ident, lms.size(public), 0, name)
    return sealed(head + rows, sign, lms.size(public), lambda data: problem_with(data, public))


def problem_with(data: bytes, public: bytes) -> str:
    """What the tag would say of this file; "" when it would accept it."""
    return limitfile.check(io.BytesIO(data), len(data), public)[3]


def parse(data: bytes) -> SignedFile:
    """What stands in a file; who signed it is not checked."""
    problem = problem_with(data, b"")
    if problem not in ("", "not signed by limits_key"):
        raise DavyError(f"limit file: {problem}")
    _, _, count, ident, signed, _, name = _HEAD.unpack_from(data)
    end = _HEAD.size + count * limits.ROW
    must_be_sound(data[_HEAD.size : end])
    leaf = int.from_bytes(data[end : end + 4], "big") if signed >= 4 else -1
    text = name.rstrip(b"\0").decode("utf-8", "replace")
    return SignedFile(LimitProfile(text, ident >> 8, ident & 255, unpack(data[_HEAD.size : end])), leaf)
