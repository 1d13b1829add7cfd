"""How a worker of `davy.crew` speaks: lines of JSON on its standard output, on which no library may print meanwhile."""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

Say = Callable[..., None]
Heard = Callable[[], dict[str, Any]]


class NotWanted(Exception):
    """Nobody waits for this worker any more: it puts its port back as it was and ends."""


def speaking() -> tuple[Say, Heard]:
    """`say(event, **more)`, and `heard()`: the next line from whoever started us. Raises NotWanted when there is none."""
    words = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for fd in (1, 2):
        os.dup2(nowhere, fd)

    def say(event: str, **more: Any) -> None:
        words.write(json.dumps({"event": event, **more}) + "\n")
        words.flush()

    def heard() -> dict[str, Any]:
        line = sys.stdin.readline()
        if not line.endswith("\n"):
            raise NotWanted
        return json.loads(line)

    return say, heard
