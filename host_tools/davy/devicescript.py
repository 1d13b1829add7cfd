"""A script of vtag/device/ in a process of its own, on MicroPython or CPython: the tag's code without a board and without a clock.

It takes messages or lines in and answers in lines of JSON. Every wait for an answer has a deadline, at which the script is killed.
What is no answer is a print in the tag's code, or (MicroPython) the lines of a traceback.
"""

import contextlib
import json
import os
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from davy import roots, runtime
from davy.errors import DavyError
from davy.processes import started

INTERPRETERS = ("mp64", "mp32", "cpython")
ANSWER_S = 60.0
_HEAD = struct.Struct("<cBHI")
_TICKS = (1 << 30) - 1


class Script:
    """One that runs; made by `running`. `trouble` is how the error of one that has stopped begins."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdin and process.stdout and process.stderr
        self._process = process
        self.stdin, self._stdout, self._stderr = process.stdin, process.stdout, process.stderr

    def feed(self, parts: Iterable[bytes]) -> None:
        """Write them all, from a thread of its own: the pipe alone says how far ahead."""
        threading.Thread(target=self._feed, args=(parts,), daemon=True).start()

    def heard(self, trouble: str, patience_s: float = ANSWER_S) -> Iterator[Any]:
        """Lists, and the object that ends an answer; raises DavyError without one. Take them all."""
        strays: list[str] = []
        began = time.monotonic()
        with self._deadline(patience_s):
            for line in self._stdout:
                said = _parsed(line)
                if isinstance(said, (list, dict)):
                    yield said
                else:
                    strays.append(str(said))
                if isinstance(said, dict):
                    break
            else:
                raise DavyError(f"{trouble}: {self._why(strays, began, patience_s)}")
        for stray in strays:
            print(stray, file=sys.stderr)  # somebody prints in the tag's code, to find a fault

    def ask(self, said: Any, trouble: str, patience_s: float = ANSWER_S) -> Any:
        """The line of JSON that answers one; raises DavyError for anything else."""
        began = time.monotonic()
        line = b""
        with self._deadline(patience_s):
            try:
                self.stdin.write(json.dumps(said).encode() + b"\n")
                self.stdin.flush()
                line = self._stdout.readline()
                return json.loads(line)
            except (OSError, ValueError):
                _close(self.stdin)  # it has no more to answer, and ends
                strays = (line + self._stdout.read()).decode(errors="replace").strip().splitlines()
                raise DavyError(f"{trouble}: {self._why(strays, began, patience_s)}") from None

    def _feed(self, parts: Iterable[bytes]) -> None:
        try:
            for part in parts:
                self.stdin.write(part)
            self.stdin.flush()
        except (OSError, ValueError):  # it has ended: whoever reads its answers says why
            _close(self.stdin)

    @contextlib.contextmanager
    def _deadline(self, patience_s: float) -> Iterator[None]:
        timer = threading.Timer(patience_s, self._process.kill)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _why(self, strays: list[str], began: float, patience_s: float) -> str:
        """Why there was no answer: it was killed at its deadline, or what it said last."""
        if time.monotonic() - began >= patience_s:
            return f"no answer for {patience_s:.0f} s"
        said = [*strays, *self._stderr.read().decode(errors="replace").strip().splitlines()]
        return said[-1] if said else "it said nothing"


@contextlib.contextmanager
def running(interpreter: str, script: Path) -> Iterator[Script]:
    """A process that runs the script, until the end of the `with`."""
    command = start(interpreter, script)
    path = os.pathsep.join(str(root) for root in (roots.FIRMWARE, roots.LIB))
    shims = os.pathsep.join([path, str(roots.SHIMS)])
    environment = {**os.environ, "MICROPYPATH": path, "PYTHONPATH": shims, "PYTHONDONTWRITEBYTECODE": "1"}
    with started(
        lambda: subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        )
    ) as process:
        assert process.stdin
        try:
            yield Script(process)
        finally:
            process.kill()
            _close(process.stdin)


def start(interpreter: str, *script: Path) -> list[str]:
    """The command line of a script. Raises DavyError for another interpreter; fetches the interpreter when it is not here yet."""
    if interpreter not in INTERPRETERS:
        raise DavyError(f"a core runs on {', '.join(INTERPRETERS)}, not on '{interpreter}'")
    return [*runtime.command(interpreter), *map(str, script)]


def message(kind: bytes, flag: int, t_ms: int, body: bytes = b"") -> bytes:
    """As vreplay.py and its like read it."""
    return _HEAD.pack(kind, flag, len(body), t_ms & _TICKS) + body


def _close(stdin: IO[bytes]) -> None:
    """What it has not read is lost. ValueError: another thread closes it, too."""
    with contextlib.suppress(OSError, ValueError):
        stdin.close()


def _parsed(line: bytes) -> Any:
    """An answer, or the text of something else."""
    text = line.decode(errors="replace").strip()
    try:
        return json.loads(text)
    except ValueError:
        return text
