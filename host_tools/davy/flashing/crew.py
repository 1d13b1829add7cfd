"""The image onto many ports: a stage of the crew, whose worker is esptool in a process of its own.

The chip's own loader is always there: a board that was left half written takes a second run.
"""

import json
import subprocess
import sys

from davy import crew
from davy.crew import Event, Result, Tell
from davy.errors import DavyError
from davy.flashing.plan import Plan
from davy.processes import started

PROBE_S = 20


class Image:
    """What listens to `davy.flashing.worker`. `facts` of a result: chip, mac, flash_b."""

    module = "davy.flashing.worker"
    silent_s = 150.0  # erasing all of 16 MB takes a minute
    grace_s = 0.0  # esptool does not listen, and must not begin to write

    def __init__(self, plan: Plan) -> None:
        self._plan = plan.as_dict()

    def order(self, port: str) -> Event:
        """The plan."""
        return self._plan

    def hear(self, result: Result, event: Event) -> Event | None:
        """What the worker says."""
        match event.get("event"):
            case "chip":
                result.facts.update({name: event[name] for name in ("chip", "mac", "flash_b")})
            case "erase" | "write":
                result.changing = True
            case "done":
                result.says = "was there already" if event["skipped"] else "written and verified"
        return None


def run(plan: Plan, tell: Tell = lambda result, event: None) -> list[Result]:
    """Carry out the plan on all its ports; the results in the order of the ports."""
    return crew.run(plan.ports, [Image(plan)], tell)


def chip_on(port: str) -> str:
    """The chip whose own loader answers on a port, which is reset for it. Raises DavyError when none does."""
    command = [sys.executable, "-m", Image.module, port]
    try:
        done = started(
            lambda: subprocess.run(
                command, input='{"probe": true}\n', capture_output=True, text=True, timeout=PROBE_S, check=False
            )
        )
    except subprocess.TimeoutExpired as error:
        raise DavyError(f"{port}: no loader answers") from error
    for line in done.stdout.splitlines():
        event = json.loads(line)
        if event["event"] == "chip":
            return str(event["chip"])
    raise DavyError(f"{port}: no loader answers")
