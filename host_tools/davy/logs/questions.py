"""What a tag is asked over its serial port to list, hash and read its files: small programs that every MicroPython runs.

They answer in lines of JSON. A file comes in chunks, each with its CRC-32, base64 inside a line; a few at a time, which is what a
computer that has other work too can take without losing any.
"""

import base64
import binascii
from collections.abc import Callable
from typing import Protocol

from davy.errors import DavyError
from davy.tagport import Line

CHUNK_B = 1536
SLICE_B = 3 * CHUNK_B  # asked for at once: what a computer that has other work too can take without losing any
TRIES = 4  # in a row without a byte more
SLOWEST_B_S = 2000

PATIENT = """
try:
    from tag.hal.system import Watchdog
    Watchdog().service()
except Exception:
    pass
"""
LIST = """
import os
try:
    for e in os.ilistdir("/%s"):
        if len(e) > 3:
            print('{"name":"%%s","size":%%d}' %% (e[0], e[3]))
except OSError:
    pass
print('{"end":1}')
"""
HASH = """
import binascii, hashlib
def h(name, have):
    b = bytearray(2048)
    m = memoryview(b)
    whole = hashlib.sha256()
    part = hashlib.sha256()
    with open("/%s/" + name, "rb") as f:
        while True:
            n = f.readinto(b)
            if not n:
                break
            whole.update(m[:n])
            part.update(m[: min(n, have)])
            have -= min(n, have)
    print('{"name":"%%s","whole":"%%s","part":"%%s"}' %% (
        name, binascii.hexlify(whole.digest()).decode(), binascii.hexlify(part.digest()).decode()))
for name, have in %s:
    h(name, have)
"""
FETCH = """
import binascii
with open("/%s", "rb") as f:
    at = %d
    f.seek(at)
    while at < %d:
        d = f.read(min(%d, %d - at))
        if not d:
            break
        print('{"o":%%d,"c":%%d,"d":"%%s"}' %% (at, binascii.crc32(d), binascii.b2a_base64(d).decode().strip()))
        at += len(d)
print('{"end":1}')
"""


class Link(Protocol):
    """A tag that runs what it is asked and answers in lines of JSON: `tagport.TagPort`, `ampylink.AmpyPort`."""

    port: str

    def ask(self, code: str, on_line: Callable[[Line], None] = ..., most_s: float = ...) -> list[Line]:
        """Run code, hand out the lines."""
        ...


class Reading:
    """The bytes of a file from `at` on; each chunk is checked and handed to `sink` as it comes, so that a cut costs no more."""

    def __init__(self, at: int, sink: Callable[[bytes], None]) -> None:
        self.at = at
        self._sink = sink
        self._came = False

    def take(self, line: Line) -> None:
        """A line from the tag."""
        try:
            data = base64.b64decode(line["d"], validate=True)
            fits = line["o"] == self.at and line["c"] == binascii.crc32(data)
        except (KeyError, TypeError, ValueError):
            return
        self._came = True
        if fits and data:
            self._sink(data)
            self.at += len(data)

    def run(self, link: Link, path: str, size: int) -> None:
        """Until `size`, or the file's end."""
        tries = 0
        while self.at < size:
            start, self._came = self.at, False
            until = min(size, start + SLICE_B)
            lines = link.ask(
                FETCH % (path, start, until, CHUNK_B, until), self.take, 30 + (until - start) / SLOWEST_B_S
            )
            if {"end": 1} in lines and not self._came:
                return
            tries = 0 if self.at > start else tries + 1
            if tries >= TRIES:
                raise DavyError(
                    f"{link.port}: what comes of {path} is garbled every time: a shorter cable, another port?"
                )
