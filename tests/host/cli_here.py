"""The `davy` command inside the test's own process: a fraction of a second for each start saved."""

import contextlib
import io
import sys
from dataclasses import dataclass
from unittest import mock

from davy.cli import main


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str


def davy(*words: str) -> Done:
    """Run one command."""
    out, err = io.StringIO(), io.StringIO()
    code: object = 0
    with (
        mock.patch.object(sys, "argv", ["davy", *words]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code
    return Done(code if isinstance(code, int) else 1, out.getvalue(), err.getvalue())


def said_in_one_line(done: Done) -> bool:
    """Exit code 1, nothing on standard output, one line for a person on standard error."""
    return (
        (done.returncode, done.stdout) == (1, "") and done.stderr.startswith("davy: ") and done.stderr.count("\n") == 1
    )
