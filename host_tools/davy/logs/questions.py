"""What a tag is asked over its serial port to list, hash and read its files: small programs that every MicroPython runs.

They answer in lines of JSON. A file comes in chunks, each with its CRC-32, base64 inside a line; a few at a time, which is what a
computer that has other work too can take without losing any.
"""

import base64
import binascii
from collections.abc import Callable
from typing import Protocol

from davy.errors import DavyError
from davy.sim.stored import FOLDER
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
b = bytearray(2048)
m = memoryview(b)
h = hashlib.sha256()
left = %d
with open("/%s/%s", "rb") as f:
    while left:
        n = f.readinto(m[: min(2048, left)])
        if not n:
            break
        h.update(m[:n])
        left -= n
print('{"sha256":"%%s","left":%%d}' %% (binascii.hexlify(h.digest()).decode(), left))
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


class Questions:
    """The journal of a tag that is stopped for service, as `davy.console.Console` has that of one on duty."""

    def __init__(self, link: Link) -> None:
        self.port = link.port
        self._link = link

    def segments(self) -> dict[str, int]:
        """Files of the journal and their bytes."""
        self._link.ask(PATIENT)
        listed = self._link.ask(LIST % FOLDER)
        if {"end": 1} not in listed:
            raise DavyError(f"{self.port}: the tag did not list its journal to the end: run it again")
        return {
            str(line["name"]): int(line["size"])
            for line in listed
            if isinstance(line.get("name"), str) and isinstance(line.get("size"), int)
        }

    def sha256(self, name: str, n: int) -> str:
        """Of the first n bytes of a file of the journal."""
        for line in self._link.ask(HASH % (n, FOLDER, name), most_s=30 + n / 50_000):
            if line.get("left") == 0:
                return str(line.get("sha256"))
        why = "the tag could not read it: run it again, or take a dump of its flash (docs/logs.md)"
        raise DavyError(f"{self.port}: {name}: {why}")

    def read(self, name: str, at: int, size: int, sink: Callable[[bytes], None]) -> None:
        """The bytes of a file of the journal from `at` up to `size`, or its end, each handed out once it was checked."""
        self._link.ask(PATIENT)
        Reading(at, sink).run(self._link, f"{FOLDER}/{name}", size)


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
