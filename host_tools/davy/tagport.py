"""A tag on a serial port, stopped for service: code runs in its raw REPL and answers in lines of JSON.

Works alike on a board and on a virtual tag, through mpremote's transport. Every wait has a deadline. Leaving the context resets
the tag, so that it goes back on duty; one whose cable was pulled does so by itself (firmware/tag/service.py).
"""

import contextlib
import io
import json
import os
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from mpremote.transport import TransportError, TransportExecError
from mpremote.transport_serial import SerialTransport

from davy.errors import DavyError

try:
    from termios import error as _TerminalError  # pyserial lets it through when a port goes away
except ImportError:  # not on Windows
    _TerminalError = OSError

Line = dict[str, Any]

TRIES = 3
OPEN_TRIES = 5
OPEN_PAUSE_S = 0.4
GONE_S = 12.0  # a chip that has been reset has its USB back by then
READ_S = 3.0  # one read of the port
FILE_S = 60.0
ENTER_S = 10  # until the REPL answers
SILENT_S = 15.0  # between two lines
BACK = "the tag goes back on duty by itself within 15 minutes, at once when it is reset"
_LOST = (TransportError, OSError, _TerminalError, struct.error)
# The app may lie in a slot: firmware/slots.py makes it importable, as at a start, but for the tries of a trial.
_ATTACH = """
try:
    import os
    names = os.listdir("/")
    if "boot.a" in names or "boot.b" in names:
        import slots
        slots.attach()
except Exception:
    pass
"""


class TagPort:
    """`ask` runs code on the tag. A context: leaving it puts the tag back on duty."""

    def __init__(self, port: str) -> None:
        self.port = port
        self._gone = False
        self._transport = _opened(port)
        self._serial: Any = self._transport.serial
        self._serial.write_timeout = ENTER_S
        self._transport.serial = self._patient = _Patient(self._serial)
        try:
            self._stop_app()
            self.ask(_ATTACH)
        except BaseException:
            self._close()
            raise

    def __enter__(self) -> "TagPort":
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def ask(self, code: str, on_line: Callable[[Line], None] = lambda line: None, most_s: float = 30.0) -> list[Line]:
        """Run `code`; the lines of JSON it printed, each handed out as it comes. What else is printed is passed over."""
        lines = _Lines(self.port, on_line, most_s)
        with self._connection(most_s + SILENT_S):
            with _Quiet():
                self._transport.exec_raw_no_follow(code)
            self._follow(lines)
        return lines.found

    def interrupt(self, most_s: float = 10.0) -> list[Line]:
        """Ctrl-C for the code that runs; what it still had to say."""
        lines = _Lines(self.port, lambda line: None, most_s)
        with self._connection(most_s + SILENT_S):
            self._transport.serial.write(b"\x03")
            self._follow(lines)
        return lines.found

    def read_file(self, path: str) -> bytes | None:
        """A file of the tag; None when it has none of that name."""
        with self._connection(FILE_S):
            try:
                return bytes(self._transport.fs_readfile(path))
            except FileNotFoundError:
                return None

    def restart(self, take: Callable[[str], bool], most_s: float) -> bool:
        """Reset the tag and hand out the lines that it prints until `take` has heard enough, or so long. Whether it has."""
        end_s = time.monotonic() + most_s
        self._patient.wait(ENTER_S)
        with contextlib.suppress(*_LOST), _Quiet():
            self._transport.exec_raw_no_follow("import machine\nmachine.reset()")
        self._gone = True  # it is on duty: nothing more to put back
        text = bytearray()
        while time.monotonic() < end_s:
            try:
                text += self._serial.read(max(1, self._serial.in_waiting))
            except _LOST:  # a chip's own USB goes with the chip
                if not self._again(min(end_s, time.monotonic() + GONE_S)):
                    return False
                continue
            *lines, rest = bytes(text).split(b"\n")
            text = bytearray(rest[-4096:])
            for line in lines:
                if take(line.decode(errors="replace").strip()):
                    return True
        return False

    def _again(self, end_s: float) -> bool:
        """Open the port anew; whether that could be."""
        with contextlib.suppress(*_LOST):
            self._serial.close()
        while time.monotonic() < end_s:
            time.sleep(OPEN_PAUSE_S)
            with contextlib.suppress(DavyError, *_LOST):
                self._transport = _opened(self.port)
                self._serial = self._transport.serial
                return True
        return False

    def release(self) -> None:
        """Reset the tag and let go of the port."""
        if not self._gone:
            self._patient.wait(ENTER_S)
            with contextlib.suppress(*_LOST), _Quiet():
                if not self._transport.in_raw_repl:
                    self._transport.enter_raw_repl(soft_reset=False, timeout_overall=5)
                self._transport.exec_raw_no_follow("import machine\nmachine.reset()")
        self._close()

    def _stop_app(self) -> None:
        for left in reversed(range(TRIES)):
            self._patient.wait(2 * ENTER_S)
            try:
                with _Quiet():
                    self._transport.enter_raw_repl(soft_reset=True, timeout_overall=ENTER_S)
                return
            except _LOST as error:
                if not left:
                    text = f"{self.port}: nothing there answers like a tag: is it the right port, and is the tag on?"
                    raise DavyError(text) from error

    def _follow(self, lines: "_Lines") -> None:
        self._transport.in_raw_repl = False  # until the code has ended
        _, said = self._transport.follow(SILENT_S, lines.take)
        self._transport.in_raw_repl = True
        if said:
            text = said.decode(errors="replace").strip().splitlines()
            last = text[-1].strip() if text else ""
            hint = " (deploy the firmware of this davy first)" if last.startswith("ImportError") else ""
            raise DavyError(f"{self.port}: the tag could not do that: {last}{hint}")

    @contextlib.contextmanager
    def _connection(self, most_s: float) -> Iterator[None]:
        self._patient.wait(most_s)
        try:
            yield
        except TransportExecError as error:
            last = error.error_output.strip().splitlines()[-1:]
            raise DavyError(f"{self.port}: the tag could not do that: {' '.join(last)}") from error
        except _LOST as error:
            self._gone = True
            raise DavyError(
                f"{self.port}: the connection is lost: put the cable in again and repeat; nothing was changed, {BACK}"
            ) from error

    def _close(self) -> None:
        self._transport.serial = self._serial
        with contextlib.suppress(*_LOST):
            self._transport.close()


def _opened(port: str) -> SerialTransport:
    """A port that was let go of a moment ago may still be locked; a tag that has just been reset may not be there yet."""
    left = OPEN_TRIES if os.path.exists(port) else 1
    while True:
        left -= 1
        try:
            return SerialTransport(port, timeout=READ_S)
        except _LOST as error:
            if not left:
                text = f"{port}: cannot be opened: is the cable in, and no other program on the port?"
                raise DavyError(text) from error
        time.sleep(OPEN_PAUSE_S)


class _Patient:
    """The port with a deadline for all reading: mpremote waits for ever on one that never stops to talk."""

    def __init__(self, serial: Any) -> None:
        self._serial = serial
        self._end_s = 0.0

    def wait(self, seconds: float) -> None:
        """So long from now on."""
        self._end_s = time.monotonic() + seconds

    def _check(self) -> None:
        if time.monotonic() > self._end_s:
            raise TransportError("it never stops to talk")

    def read(self, n: int) -> bytes:
        self._check()
        return self._serial.read(n)

    def inWaiting(self) -> int:
        self._check()
        return self._serial.inWaiting()

    def write(self, data: bytes) -> int:
        return self._serial.write(data)


class _Quiet:
    """mpremote prints what it does not understand. Several ports may be in use at the same time: the first to come in takes
    standard output away, the last to go gives it back."""

    _lock = threading.Lock()
    _inside = 0
    _kept: Any = None

    def __enter__(self) -> None:
        with _Quiet._lock:
            if not _Quiet._inside:
                _Quiet._kept, sys.stdout = sys.stdout, io.StringIO()
            _Quiet._inside += 1

    def __exit__(self, *_: object) -> None:
        with _Quiet._lock:
            _Quiet._inside -= 1
            if not _Quiet._inside:
                sys.stdout, _Quiet._kept = _Quiet._kept, None


class _Lines:
    """Takes bytes as they come and finds the lines of JSON among them."""

    def __init__(self, port: str, on_line: Callable[[Line], None], most_s: float) -> None:
        self.found: list[Line] = []
        self._port = port
        self._on_line = on_line
        self._text = bytearray()
        self._heard_s = time.monotonic()
        self._end_s = self._heard_s + most_s

    def take(self, data: bytes) -> None:
        """One byte, as mpremote hands them out."""
        now_s = time.monotonic()
        if data != b"\n":
            del self._text[:-4096]
            self._text += data
        else:
            line = self._parsed(bytes(self._text))
            self._text.clear()
            if line is not None:
                self._heard_s = now_s
                self.found.append(line)
                self._on_line(line)
        if now_s - self._heard_s > SILENT_S or now_s > self._end_s:
            raise DavyError(f"{self._port}: the tag says nothing that davy understands; nothing was changed")

    def _parsed(self, text: bytes) -> Line | None:
        try:
            line = json.loads(text)
        except (ValueError, RecursionError):
            return None
        return line if isinstance(line, dict) else None
