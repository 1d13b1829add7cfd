"""A tag on duty, asked over its USB console: frames beside whatever it prints, and it goes on sensing and alarming meanwhile.

The questions and frames are the tag's own (`tag.console.kinds`, `codec.hdlc`). A frame that is garbled or lost is asked for again;
every wait has a deadline. Files are read with a window: the tag sends as far as it was told, and is told to go on when half of that
has come.
"""

import contextlib
import json
import struct
import time
from collections.abc import Callable, Iterator
from typing import Any

import serial

import davy.roots  # noqa: F401  puts the tag's own code on sys.path
from davy.errors import DavyError, plain
from davy.tagport import _LOST, OPEN_PAUSE_S, OPEN_TRIES

from codec import hdlc  # isort: skip
from tag.console import kinds  # isort: skip

BAUD = 115200
GREET_S = 0.5  # until a greeting is repeated
GREETINGS = 16
START_S = 40.0  # a tag that prints is starting: so long it may take
ANSWER_S = 2.0
TRIES = 5  # in a row without anything new
BACK_S = 60.0  # after a restart
LINK_S = 30.0  # as firmware/tag/console/survey.py: so long LoRaWAN may take to answer
WINDOW_B = 16 * kinds.DATA
SENT_AT_ONCE_B = 48  # a tag's UART holds 260 bytes until somebody reads them
PAUSE_S = 0.012
MOST_TEXT_B = 65536
MOST_FILES = 10_000
GONE = "the connection is lost: put the cable in again and repeat; nothing was changed"
Sink = Callable[[bytes], None]
Sighting = tuple[int, str, int]


def _ignored(data: bytes) -> None:
    """A sink for what nobody has asked for."""


class NotOnDuty(DavyError):
    """Nobody answers there: no tag, one that is stopped, or firmware without this console."""


class Refused(DavyError):
    """A tag on duty that says why it does not do what it was asked."""


class Console:
    """`about` is what the tag says of itself. A context: leaving it lets go of the port."""

    def __init__(self, port: str) -> None:
        self.port = port
        self._serial = _opened(port)
        self._receiver = hdlc.Receiver()
        self._ident = 0
        self._heard = 0
        self._echoed = False  # a question came back: from a REPL
        try:
            self.about = self._greet()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Console":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the port; the tag is as it was."""
        with contextlib.suppress(*_LOST):
            self._serial.close()

    # -- questions -------------------------------------------------------------------------------------------------------

    def segments(self) -> dict[str, int]:
        """Files of the journal and their bytes."""
        found: dict[str, int] = {}
        start = 0
        while True:
            body = self._ask(kinds.LIST, struct.pack("<I", start))
            rows = list(struct.iter_unpack("<II", body[: len(body) // 8 * 8]))
            if not rows or not start <= rows[-1][0] < 0xFFFFFFFF or len(found) > MOST_FILES:
                return found
            found |= {f"{first:08x}.jnl": size for first, size in rows}
            start = rows[-1][0] + 1

    def sha256(self, name: str, n: int) -> str:
        """Of the first n bytes of a file of the journal."""
        body = self._ask(kinds.HASH, struct.pack("<II", int(name[:8], 16), n), most_s=ANSWER_S + n / 20_000)
        if len(body) != 36 or struct.unpack_from("<I", body)[0] != n:
            raise DavyError(f"{self.port}: {name}: the tag says nothing that davy understands")
        return body[4:].hex()

    def read(self, name: str, at: int, size: int, sink: Sink) -> None:
        """The bytes of a file of the journal from `at` up to `size`, or its end, each handed out once it was checked."""
        first = int(name[:8], 16)
        left = TRIES
        while at < size:
            reached = self._stream(first, at, size, sink)
            if reached < 0:
                return
            left = TRIES if reached > at else left - 1
            if not left:
                raise DavyError(
                    f"{self.port}: what comes of {name} is garbled every time: a shorter cable, another port?"
                )
            at = reached

    def settings(self) -> dict[str, Any]:
        """`generation`, `problem`, `settings`: those in force from the next start; of a secret a list with its hash."""
        return self._text(kinds.SETTINGS, b"")

    def change(self, values: dict[str, int | str]) -> int:
        """Settings for the next start, all or none; their generation. Raises DavyError with what is wrong with them."""
        lines = [f"{name}={value}".encode() for name, value in values.items()]
        said: dict[str, Any] = {}
        for number, line in enumerate(lines, 1):
            last = number == len(lines)
            said = self._text(kinds.SET, bytes([not last]) + line + (b"" if last else b"\n"))
        return generation_of(self.port, said)

    def restart(self) -> None:
        """The tag starts anew, and is on duty again when this returns; refused while an alarm is on."""
        before = self.about.get("boot")
        if problem := self._text(kinds.RESTART, b"").get("problem"):
            raise DavyError(f"{self.port}: the tag does not restart: {plain(problem)}")
        end_s = time.monotonic() + BACK_S
        while time.monotonic() < end_s:
            with contextlib.suppress(NotOnDuty):
                self.about = self._greet()
                if self.about.get("boot") != before:
                    return
            time.sleep(GREET_S)
        raise DavyError(f"{self.port}: the tag has not come back on duty: davy doctor --port {self.port}")

    def watch(self, seconds: float | None = None) -> Iterator[tuple[str, Any]]:
        """("state", dict) once a second, ("record", bytes) for each that is kept, ("", None) now and then. The cable may be
        out for as long as `ANSWER_S` times `TRIES`."""
        end_s = time.monotonic() + (seconds if seconds is not None else 1e12)
        asked_s = -1e12
        heard_s = time.monotonic()
        text = b""
        try:
            while (now_s := time.monotonic()) < end_s:
                if now_s - asked_s > kinds.WATCH_MS / 3000:
                    asked_s = now_s
                    self._send(kinds.WATCH, 0, b"\x01")
                for kind, _, body in self._frames(0.1):
                    heard_s = now_s
                    if kind == kinds.RECORD:
                        yield "record", body
                    elif kind == kinds.STATE and body:
                        text += body[1:]
                        if not body[0]:
                            with contextlib.suppress(ValueError, RecursionError):
                                yield "state", json.loads(text)
                            text = b""
                        text = text[-MOST_TEXT_B:]
                if now_s - heard_s > ANSWER_S * TRIES:
                    raise DavyError(f"{self.port}: the tag has stopped to talk: is it on, and the cable in?")
                yield "", None
        finally:
            with contextlib.suppress(DavyError):
                self._send(kinds.WATCH, 0, b"\x00")

    def survey(self, seconds: int, link: bool) -> tuple[list[Sighting], dict[str, Any]]:
        """Beacons that it hears in so many seconds as (kind, identity in hex, dBm), and what it says of it: `seen`, of which some
        may be missing here, `lost` before, `listened_ms`, and `link`: None, or `why` LoRaWAN has not answered and else margin_db,
        gateways, rssi_dbm, snr_db."""
        heard: list[Sighting] = []
        end_s = time.monotonic() + 2 * (seconds + LINK_S)

        def take(part: bytes) -> None:
            if time.monotonic() > end_s:
                raise DavyError(f"{self.port}: the tag comes to no end")
            heard.extend(_sightings(part))

        return heard, self._text(kinds.SURVEY, bytes([seconds, link]), 2 * ANSWER_S, 1, take)

    def reopen(self) -> None:
        """Open the port anew after the connection was lost."""
        self.close()
        self._serial = _opened(self.port)
        self._receiver = hdlc.Receiver()
        self._heard = 0
        self._echoed = False
        self.about = self._greet()

    # -- inside ----------------------------------------------------------------------------------------------------------

    def _greet(self) -> dict[str, Any]:
        """Ask until it answers; not for long where nothing is said, or where a REPL gives every question back."""
        end_s = time.monotonic() + START_S
        asked = 0
        while not self._echoed and time.monotonic() < end_s and (asked < GREETINGS or self._heard):
            asked += 1
            with contextlib.suppress(_Silent):
                return self._text(kinds.HELLO, b"", GREET_S, 1)
        raise NotOnDuty(f"{self.port}: no tag on duty answers there: davy doctor --port {self.port} says more")

    def _text(
        self, kind: int, body: bytes, most_s: float = ANSWER_S, tries: int = TRIES, sink: Sink = _ignored
    ) -> dict[str, Any]:
        for left in reversed(range(tries)):
            try:
                said = json.loads(self._once_text(kind, body, most_s, sink))
                if isinstance(said, dict):
                    return said
            except (ValueError, RecursionError):
                pass
            except _Silent:
                if not left:
                    raise
        raise DavyError(f"{self.port}: the tag says nothing that davy understands")

    def _once_text(self, kind: int, body: bytes, most_s: float, sink: Sink) -> bytes:
        text = b""
        for part in self._answers(kind, body, most_s):
            if part[:1] == bytes([kinds.SIGHTINGS]):
                sink(part[1:])
                continue
            text += part[1:]
            if not part[:1] or not part[0]:
                return text
            if len(text) > MOST_TEXT_B:
                break
        raise _Silent(f"{self.port}: the tag has stopped to talk: is it on, and the cable in?")

    def _ask(self, kind: int, body: bytes, most_s: float = ANSWER_S) -> bytes:
        for _ in range(TRIES):
            for answer in self._answers(kind, body, most_s):
                return answer
        raise DavyError(f"{self.port}: the tag has stopped to talk: is it on, and the cable in?")

    def _answers(self, kind: int, body: bytes, most_s: float) -> Iterator[bytes]:
        """Bodies that answer a question, until none comes for `most_s`."""
        self._ident = self._ident % 255 + 1
        self._send(kind, self._ident, body)
        end_s = time.monotonic() + most_s
        while time.monotonic() < end_s:
            for answer, ident, said in self._frames(min(0.05, most_s)):
                self._echoed |= answer < kinds.ANSWER
                if ident != self._ident:
                    continue
                if answer == kinds.REFUSED:
                    raise Refused(f"{self.port}: the tag says: {plain(said[1:].decode(errors='replace'))}")
                if answer == kind | kinds.ANSWER:
                    end_s = time.monotonic() + most_s
                    yield said

    def _stream(self, first: int, at: int, size: int, sink: Sink) -> int:
        """Read on until something is missing, nothing comes, or all is here; where that is. -1: the file ends."""
        until = min(size, at + WINDOW_B)
        for said in self._answers(kinds.READ, struct.pack("<III", first, at, until), ANSWER_S / 2):
            if len(said) < 4 or struct.unpack_from("<I", said)[0] != at:
                return at
            if len(said) == 4:
                return -1
            sink(said[4:])
            at += len(said) - 4
            if at >= size:
                return at
            if until < size and until - at <= WINDOW_B // 2:
                until = min(size, at + WINDOW_B)
                self._send(kinds.READ, 0, struct.pack("<III", first, kinds.GO_ON, until))
        return at

    def _send(self, kind: int, ident: int, body: bytes) -> None:
        data = bytearray(bytes([kind, ident]) + body + bytes(hdlc.OVERHEAD))
        n = len(body) + kinds.HEAD
        if n > hdlc.LARGEST:
            raise DavyError(f"{self.port}: too long for one question: {len(body)} bytes")
        frame = bytearray(hdlc.ROOM)
        end = hdlc.seal(data, n, frame, hdlc.TO_TAG)
        try:
            for start in range(0, end, SENT_AT_ONCE_B):
                if start:
                    time.sleep(PAUSE_S)
                self._serial.write(frame[start : min(end, start + SENT_AT_ONCE_B)])
        except _LOST as error:
            raise DavyError(f"{self.port}: {GONE}") from error

    def _frames(self, wait_s: float) -> Iterator[tuple[int, int, bytes]]:
        """(kind, ident, body) of the frames that have come, or come within `wait_s`."""
        try:
            self._serial.timeout = wait_s
            data = self._serial.read(1)
            data += self._serial.read(self._serial.in_waiting) if data else b""
        except _LOST as error:
            raise DavyError(f"{self.port}: {GONE}") from error
        self._heard += len(data)
        receiver = self._receiver
        for byte in data:
            if receiver.take(byte) and receiver.n >= kinds.HEAD:
                body = bytes(receiver.buf[: receiver.n])
                yield body[0], body[1], body[kinds.HEAD :]


def on_duty(port: str) -> Console | None:
    """The tag on duty at a port; None where a tag may be that does not answer so. Raises DavyError where nobody can ask."""
    try:
        return Console(port)
    except NotOnDuty:
        return None


def _sightings(part: bytes) -> Iterator[Sighting]:
    """Of a frame of SURVEY; what is cut short ends it."""
    at = 0
    while at + 3 <= len(part) and at + 3 + part[at] <= len(part):
        n, dbm, kind = struct.unpack_from("<BbB", part, at)
        yield kind, part[at + 3 : at + 3 + n].hex(), dbm
        at += 3 + n


class _Silent(DavyError):
    """No answer came."""


def _opened(port: str) -> serial.Serial:
    for left in reversed(range(OPEN_TRIES)):
        try:
            return serial.Serial(port, BAUD, timeout=0.1, write_timeout=ANSWER_S, exclusive=True)
        except (*_LOST, ValueError) as error:
            if not left or "No such file" in str(error):
                text = f"{port}: cannot be opened: is the cable in, and no other program on the port?"
                raise DavyError(text) from error
        time.sleep(OPEN_PAUSE_S)
    raise AssertionError


def generation_of(port: str, said: dict[str, Any]) -> int:
    """Of the settings that a tag says it has changed. Raises DavyError where it says that it has not."""
    generation = said.get("generation")
    if said.get("problem") or type(generation) is not int or generation <= 0:
        why = plain(said.get("problem") or "the tag says nothing that davy understands")
        raise DavyError(f"{port}: {why}: the tag keeps its settings as they were")
    return generation
