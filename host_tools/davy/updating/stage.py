"""The app onto many ports: a stage of the crew, after the image.

Not waited for is how the trial ends: on a tag that was just flashed there is no older app to go back to.
"""

import base64
from typing import Any

from davy.crew import Event, Result
from davy.updating.plan import Goal


class App:
    """What listens to `davy.updating.worker`. `facts` of a result: app."""

    module = "davy.updating.worker"
    silent_s = 180.0  # the worker has deadlines of its own
    grace_s = 30.0

    def __init__(self, goal: Goal) -> None:
        self.total_b = len(goal.bundle.data)
        self._name = goal.bundle.name
        self._order = {
            "board": goal.board,
            "bundle": base64.b64encode(goal.bundle.data).decode(),
            "files": {name: base64.b64encode(data).decode() for name, data in goal.files.items()},
            "healthy_s": goal.healthy_s,
        }

    def order(self, port: str) -> Event:
        """All that the tag shall have."""
        return self._order

    def hear(self, result: Result, event: Event) -> Event | None:
        """What the worker says."""
        match event.get("event"):
            case "send":
                result.changing = True
            case "done":
                result.facts["app"] = self._name
                result.says = str(event["says"])
        return None


def at(event: Event) -> float | None:
    """How much of the bundle is there."""
    done: Any = event.get("done")
    return float(done) if event.get("event") == "send" and isinstance(done, int) else None
