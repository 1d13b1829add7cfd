"""A device's MAC on real MicroPython, behind a pipe: the shipped lib/lorawan, called line by line (vtag/device/vlorawan.py)."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from davy.devicescript import Script, running

SCRIPT = Path(__file__).resolve().parents[1] / "vtag" / "device" / "vlorawan.py"
NOTHING, KEEP, SEND, LISTEN, STOP = range(5)  # as in lib/lorawan/states.py; a test compares them
ORDERS = ("NOTHING", "KEEP", "SEND", "LISTEN", "STOP")
NONE, ACKED, DONE, NOT_ACKED, LOST = range(5)
_ANSWER_S = 20.0


class Device:
    """One MAC; `call` returns what it says, and `said` is the same until the next call."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.said: dict[str, Any] = {}
        self.downs: list[tuple[int, bytes]] = []  # what the application was given
        self.outcomes: list[int] = []
        self.times: list[tuple[int, int, int]] = []
        self.links: list[tuple[int, int]] = []

    def call(self, name: str, *args: Any) -> dict[str, Any]:
        """One call of the script; raises DavyError when it has ended."""
        self.said = self._script.ask([name, *args], f"the device's MAC has stopped at {name}", _ANSWER_S)
        if "down" in self.said:
            self.downs.append((self.said["down"][0], bytes.fromhex(self.said["down"][1])))
        if self.said["outcome"]:
            self.outcomes.append(self.said["outcome"])
        if "time" in self.said:
            self.times.append(tuple(self.said["time"]))
        if "link" in self.said:
            self.links.append(tuple(self.said["link"]))
        return self.said

    @property
    def joined(self) -> bool:
        """Whether it had a session at the last call."""
        return self.said["joined"]


@contextlib.contextmanager
def device(interpreter: str = "mp64") -> Iterator[Device]:
    """A process for one MAC, until the end of the `with`; `call("new", ...)` makes the MAC, and makes it anew."""
    with running(interpreter, SCRIPT) as script:
        yield Device(script)
