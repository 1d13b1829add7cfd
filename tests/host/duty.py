"""A virtual tag on duty: until it answers, however busy this computer is and whatever another test has left."""

import contextlib
import time
from unittest import mock

from davy import console, tagport


def on_duty(port: str, patience_s: float = 90.0) -> None:
    """Wait for it; one that stands in its REPL is started anew."""
    end_s = time.monotonic() + patience_s
    tries = 0
    with mock.patch.object(console, "GREETINGS", 60):
        while time.monotonic() < end_s:
            with contextlib.suppress(console.NotOnDuty), console.Console(port):
                return
            tries += 1
            with tagport.TagPort(port):
                pass  # letting go of it starts it anew
    raise AssertionError(f"the tag does not go on duty, {tries} times started anew")
