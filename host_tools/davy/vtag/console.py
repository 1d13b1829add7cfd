"""The virtual tag's USB console: a pseudo-terminal on which unmodified mpremote and ampy find a board.

Between that terminal and the interpreter's own REPL little needs doing: line ends are those of a serial console,
Ctrl-C reaches running code as a keyboard interrupt, and Ctrl-D at an empty prompt (the interpreter ends) becomes the
soft reset of a board. Who prints faster than the outside reads waits, as at a UART, but not for one who is gone.
"""

import contextlib
import os
import pty
import termios
import time
import tty
from collections.abc import Callable

CTRL_C = 3
CTRL_D = 4
RAW_BANNER = b"raw REPL; CTRL-B to exit\r\n"
PATIENCE_S = 0.25  # that long output waits for a reader who takes none of it
MOST = 1 << 16  # more than a terminal holds: one that prints without end does not keep the bench
FRIENDLY_BANNER = b'Type "help()" for more information.\r\n'


class Console:
    """Two pseudo-terminals: `port` for the outside, one for the interpreter; bytes are pumped between them."""

    def __init__(self, outside: bool = True) -> None:
        self.on_output: Callable[[bytes], None] = lambda data: None
        self.raw_repl = False
        self._master, self._slave = pty.openpty()
        self._outside, self._outside_slave = pty.openpty() if outside else (-1, -1)
        self.port = os.ttyname(self._outside_slave) if outside else ""
        for fd in (self._slave, self._outside_slave):
            if fd >= 0:
                tty.setraw(fd)
        for fd in (self._master, self._outside):
            if fd >= 0:
                os.set_blocking(fd, False)
        self._tail = b""
        self._last = b""
        self._waiting = b""  # printed, and not taken by the outside yet
        self._taken_s = 0.0  # when some of it was taken
        self._deaf = False  # nobody reads outside
        self._runs = False  # code handed to the raw REPL, whose terminal says nothing of that

    @property
    def child_fd(self) -> int:
        """The interpreter's standard input, output and error."""
        return self._slave

    def filenos(self) -> list[int]:
        """File descriptors to watch for reading: not the interpreter's while its output is stuck."""
        stuck = bool(self._waiting) and not self._drained()
        return [fd for fd in (-1 if stuck else self._master, self._outside) if fd >= 0]

    def prepare(self) -> None:
        """Before the interpreter starts: a raw terminal, with one harmless flag set that tells who reads it."""
        tty.setraw(self._slave)
        mode = termios.tcgetattr(self._slave)
        mode[3] |= termios.IEXTEN  # the REPL clears it while it reads and restores it while code runs: see `at_prompt`
        termios.tcsetattr(self._slave, termios.TCSANOW, mode)
        self.raw_repl = self._runs = False

    def at_prompt(self) -> bool:
        """True while the interpreter's REPL reads the terminal."""
        return not self._runs and not termios.tcgetattr(self._master)[3] & termios.IEXTEN

    def read_child(self) -> bytes:
        """What the interpreter has printed, with the line ends of a serial console; also handed to the outside."""
        if self._waiting and not self._drained():
            return b""
        data = _read(self._master)
        if not data:
            return b""
        # The REPL says \r\n itself, running code says \n only: make both \r\n.
        data = data.replace(b"\r\r\n", b"\r\n").replace(b"\r\n", b"\n")
        data = data.replace(b"\n", b"\r\n")
        if self._last == b"\r" and data.startswith(b"\r\n"):
            data = data[1:]
        self._last = data[-1:]
        self._tail = (self._tail + data)[-128:]
        raw, friendly = self._tail.rfind(RAW_BANNER), self._tail.rfind(FRIENDLY_BANNER)
        if raw != friendly:
            self.raw_repl = raw > friendly
        if self._tail.endswith(b"\x04>"):
            self._runs = False
        self.write_outside(data)
        self.on_output(data)
        return data

    def read_outside(self) -> bytes:
        """What somebody has typed."""
        return _read(self._outside) if self._outside >= 0 else b""

    def write_child(self, data: bytes) -> None:
        """Type to the interpreter."""
        if self.raw_repl and CTRL_D in data:
            self._runs = True
        _write(self._master, data)

    def write_outside(self, data: bytes) -> None:
        """Print to the outside; with nobody there, bytes are lost as on a real UART."""
        if self._outside >= 0:
            self._waiting += data
            self._drained()

    def _drained(self) -> bool:
        """Hand on what waits; whether nothing does any more."""
        now_s = time.monotonic()
        left = _write(self._outside, self._waiting)
        if len(left) < len(self._waiting) or not left:
            self._taken_s = now_s
        if not left:
            self._deaf = False
        elif self._deaf or now_s - self._taken_s > PATIENCE_S:
            self._deaf = True
            left = b""
        self._waiting = left
        return not left

    def last_words(self) -> str:
        """The last line that was printed."""
        lines = self._tail.decode(errors="replace").split("\r\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")

    def close(self) -> None:
        """Give all descriptors back."""
        for fd in (self._master, self._slave, self._outside, self._outside_slave):
            if fd >= 0:
                os.close(fd)


def _read(fd: int) -> bytes:
    """All that has been written to the other end, not only what the kernel has carried over so far: it carries the rest when
    a read finds nothing."""
    data = b""
    with contextlib.suppress(OSError):
        while len(data) < MOST and (piece := os.read(fd, MOST)):
            data += piece
    return data


def _write(fd: int, data: bytes) -> bytes:
    """What the descriptor does not take now."""
    with contextlib.suppress(BlockingIOError):
        while data:
            data = data[os.write(fd, data) :]
    return data
