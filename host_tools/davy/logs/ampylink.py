"""A tag by ampy's transport, for firmware or adapters on which mpremote's does not get through: it knows no raw paste.

The same questions and lines as `davy.tagport`, the same deadlines.
"""

import contextlib
import io
from collections.abc import Callable
from typing import Any

from ampy.pyboard import Pyboard, PyboardError

from davy import tagport
from davy.errors import DavyError
from davy.tagport import Line, _Lines, _Patient

_LOST = (PyboardError, *tagport._LOST)


class AmpyPort:
    """`ask` runs code on the tag. A context: leaving it puts the tag back on duty."""

    def __init__(self, port: str) -> None:
        self.port = port
        self._board: Any
        try:
            with _quiet():
                self._board = Pyboard(port, rawdelay=0)
        except _LOST as error:
            raise DavyError(f"{port}: cannot be opened: is the cable in, and no other program on the port?") from error
        self._serial: Any = self._board.serial
        self._serial.timeout = tagport.READ_S
        self._serial.write_timeout = tagport.ENTER_S
        self._board.serial = self._patient = _Patient(self._serial)
        self._patient.wait(4 * tagport.ENTER_S)
        try:
            with _quiet():
                self._board.enter_raw_repl()
        except _LOST as error:
            self._serial.close()
            text = f"{port}: nothing there answers like a tag, neither to mpremote nor to ampy: is it the right port?"
            raise DavyError(text) from error

    def __enter__(self) -> "AmpyPort":
        return self

    def __exit__(self, *_: object) -> None:
        self._patient.wait(tagport.ENTER_S)
        with contextlib.suppress(*_LOST), _quiet():
            self._board.exec_raw_no_follow("import machine\nmachine.reset()")
        self._serial.close()

    def ask(self, code: str, on_line: Callable[[Line], None] = lambda line: None, most_s: float = 30.0) -> list[Line]:
        """Run `code`; the lines of JSON it printed."""
        lines = _Lines(self.port, on_line, most_s)
        self._patient.wait(most_s + tagport.SILENT_S)
        try:
            with _quiet():
                self._board.exec_raw_no_follow(code)
                said, wrong = self._board.follow(tagport.SILENT_S)
        except _LOST as error:
            raise DavyError(
                f"{self.port}: the connection is lost: put the cable in again and repeat; nothing was changed, {tagport.BACK}"
            ) from error
        if wrong:
            last = (wrong.decode(errors="replace").strip().splitlines() or [""])[-1]
            raise DavyError(f"{self.port}: the tag could not do that: {last.strip()}")
        for at in range(len(said)):
            lines.take(said[at : at + 1])
        return lines.found


def _quiet() -> contextlib.AbstractContextManager[object]:
    """ampy prints what it does not understand."""
    return contextlib.redirect_stdout(io.StringIO())
