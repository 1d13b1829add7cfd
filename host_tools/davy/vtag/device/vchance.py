"""The tag's `os` when a run is to repeat: all of the real one, with random numbers that follow from the text DAVY_DRAW.

`least` and `most` take every jitter to that end: `tag.hal.system.random_bits` is the highest bits of four bytes, the lowest first,
without the top two. The other bits differ all the same, as those that name a boot must.
"""

import hashlib
from os import *  # noqa: F403
from os import getenv

_draw = getenv("DAVY_DRAW") or ""
_word = _draw.split("/")[0]
_drawn = 0


def urandom(n: int) -> bytes:
    """`n` bytes, each time others."""
    global _drawn
    found = bytearray()
    while len(found) < n:
        _drawn += 1
        found += hashlib.sha256(f"{_draw}/{_drawn}".encode()).digest()
    if n == 4 and _word in ("least", "most"):
        found[2] = found[2] & 0x0F if _word == "least" else found[2] | 0xF0
        found[3] = 0 if _word == "least" else 0xFF
    return bytes(found[:n])
