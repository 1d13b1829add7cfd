"""The three interpreters that run device code on a computer: where they are, what they are, how to start them.

| name | what | word |
|---|---|---|
| `cpython` | the Python that runs davy, with the `micropython` shim on its path | 64 bit |
| `mp64` | real MicroPython, installed beside davy from the package index | 64 bit |
| `mp32` | real MicroPython from a Debian package, unpacked into `build/mp32` (see `mp32.py`) | 32 bit, as on ESP32 |
"""

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from davy.errors import DavyError
from davy.processes import started
from davy.runtime import mp32, mp64
from davy.runtime.errors import Unavailable

__all__ = ["NAMES", "Interpreter", "Unavailable", "command", "find", "interpreters"]

NAMES = ("cpython", "mp64", "mp32")

_PROBE = (
    "import sys; print('.'.join([str(n) for n in sys.implementation.version[:3]]), 1 if sys.maxsize > 2**32 else 0)"
)
_PROBE_S = 20


@dataclass(frozen=True)
class Interpreter:
    """One that was started and has answered."""

    name: str
    command: tuple[str, ...]
    version: str
    bits: int

    def __str__(self) -> str:
        kind = "CPython" if self.name == "cpython" else "MicroPython"
        return f"{kind} {self.version}, {self.bits} bit"


def _say_nothing(line: str) -> None:
    pass


def command(name: str, heap: str = "", say: Callable[[str], None] = _say_nothing) -> list[str]:
    """The command line that starts an interpreter; `heap` is MicroPython's heap size ("100k"), "" its own choice.

    The 32-bit one is fetched when it is not there yet: `say` is told, because that takes seconds.
    """
    if heap and not re.fullmatch(r"[1-9]\d{0,7}[kKmM]", heap):
        raise DavyError(f"heap '{heap}' is no size: write it such as 100k or 2M")
    if name == "cpython":
        return [sys.executable]
    if name == "mp64":
        start = mp64.command()
    elif name == "mp32":
        start = mp32.command(say)
    else:
        raise ValueError(f"unknown interpreter '{name}': there are {', '.join(NAMES)}")
    return [*start, "-X", f"heapsize={heap}"] if heap else start


@cache
def find(name: str, say: Callable[[str], None] = _say_nothing) -> Interpreter:
    """Start an interpreter once and ask what it is; `Unavailable` says in one line why it cannot be had."""
    start = command(name, say=say)
    try:
        answer = started(
            lambda: subprocess.run(
                [*start, "-c", _PROBE],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_PROBE_S,
                check=True,
            )
        )
        version, wide = answer.stdout.split()
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise Unavailable(name, f"it does not start: {error}") from error
    return Interpreter(name, tuple(start), version, 64 if wide == "1" else 32)


def interpreters(
    names: tuple[str, ...] = NAMES, say: Callable[[str], None] = _say_nothing
) -> tuple[list[Interpreter], list[Unavailable]]:
    """Those of `names` that can be had here, and why the others cannot."""
    found: list[Interpreter] = []
    missing: list[Unavailable] = []
    for name in names:
        try:
            found.append(find(name, say))
        except Unavailable as reason:
            missing.append(reason)
    return found, missing
