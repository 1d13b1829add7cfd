"""A tray of tags at once, a process a port (`davy.crew`). Ctrl-C stops all: each tag goes back on duty, nothing is recorded."""

from collections.abc import Callable

from davy import crew
from davy.crew import Event, Result
from davy.selftesting.found import Check, Tested
from davy.selftesting.plan import Plan

Tell = Callable[[Tested, str], None]


class SelfTests:
    """What listens to `davy.selftesting.worker`."""

    module = "davy.selftesting.worker"
    silent_s = 60.0  # a step that says nothing ends by itself before
    grace_s = 20.0

    def __init__(self, plan: Plan) -> None:
        self.tested = {port: Tested(port) for port in plan.ports}
        self._plan = plan

    def order(self, port: str) -> Event:
        """The whole plan."""
        return self._plan.as_dict()

    def hear(self, result: Result, event: Event) -> None:
        """A check, or the end."""
        tested = self.tested[result.port]
        told = {key: value for key, value in event.items() if key != "event"}
        if event.get("event") == "check":
            tested.checks.append(Check(**told))
        elif event.get("event") == "done":
            for key, value in told.items():
                setattr(tested, key, value)


def run(plan: Plan, tell: Tell = lambda tested, what: None) -> list[Tested]:
    """Test all; in the order of the ports. `tell` is called with what a tag is doing, and with "" when it has ended."""
    stage = SelfTests(plan)

    def told(result: Result, event: Event) -> None:
        tested = stage.tested[result.port]
        if result.state == "failed":
            tested.why = result.says
        if event.get("event") == "step":
            tell(tested, str(event["name"]))
        elif event.get("event") == "ended":
            tell(tested, "")

    results = crew.run(plan.ports, [stage], told)
    if any(result.state == "left" for result in results):
        raise KeyboardInterrupt
    for result in results:
        if result.state == "failed":
            stage.tested[result.port].why = result.says
    return list(stage.tested.values())
