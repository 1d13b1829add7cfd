"""Identity and keys at many ports: a stage of the crew. Only here, in the process that all share, is the registry touched.

    the worker says    here
    facts              plan; keys into the registry (`pending`); then the file of settings goes to the worker
    kept               the tag's own decoder has read it back: `written`
    done               the tag is on duty again

Names may come from a pattern, `miner {n}`: the ports get the free numbers in their order, a tag that has a name keeps it.
"""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from davy.crew import Event, Result
from davy.errors import DavyError, plain
from davy.provisioning import plan as planner
from davy.provisioning.registry import Entry, Preview, Registry
from davy.tagfacts import Facts

MOST_N = 100_000
SAYS = {
    "new": "new keys",
    "finish": "keys of an earlier run",
    "settings": "settings, keys stay",
    "renew": "new keys, old ones kept",
}


class Provisioning:
    """What listens to `davy.provisioning.worker`. `facts` of a result: tag_id, name, kind; with a `Preview` the steps, and nothing
    is changed. `site` None: each tag keeps the settings it has."""

    module = "davy.provisioning.worker"
    silent_s = 180.0  # the worker has deadlines of its own
    grace_s = 30.0

    def __init__(
        self,
        book: Registry | Preview,
        site: Mapping[str, Any] | None,
        names: Mapping[str, str] | None = None,
        again: bool = False,
        keep_names: bool = False,
    ) -> None:
        self._book = book
        self._site = site
        self._names = names or {}
        self._again = again
        self._keep_names = keep_names
        self._plans: dict[str, tuple[planner.Plan, Entry]] = {}
        self._ports: dict[str, str] = {}  # of a tag id

    def order(self, port: str) -> Event:
        """Whether the tag's own settings are needed."""
        return {"settings": self._site is None}

    def hear(self, result: Result, event: Event) -> Event | None:
        """What the worker says."""
        match event.get("event"):
            case "facts":
                return self._planned(result, event)
            case "kept" if isinstance(self._book, Registry):
                made, entry = self._plans[result.port]
                planner.finish(self._book, made, entry, event["lines"])
                result.says = SAYS[made.kind]
        return None

    def _planned(self, result: Result, event: Event) -> Event:
        facts = Facts(event["said"], event["slots"], loaded=False)
        site = planner.without_secrets(event["settings"]) if self._site is None else self._site
        tag_id = planner.identity(facts) if facts.reads else ""
        if tag_id and self._ports.setdefault(tag_id, result.port) != result.port:
            raise DavyError(
                f"says it is tag {tag_id}, as the one on {self._ports[tag_id]} does: two chips with one address?"
            )
        known = self._book.get(tag_id) if tag_id else None
        name = "" if self._keep_names and known and known.name else self._names.get(result.port, "")
        made = planner.plan(facts, self._book, site, name, self._again)
        result.facts.update(tag_id=made.tag_id, name=plain(made.entry.name), kind=made.kind)
        if isinstance(self._book, Preview):
            result.says, result.facts["steps"] = "nothing was changed", made.steps()
            return {}
        self._plans[result.port] = made, planner.begin(self._book, made)
        result.changing = True
        return {"slot": made.slot, "data": base64.b64encode(made.file()).decode()}


def names(pattern: str, ports: Sequence[str], taken: Sequence[str]) -> dict[str, str]:
    """Port -> name. With {n} in the pattern each port has a number whose name is not taken, in the order of the ports."""
    if not pattern:
        return {}
    if "{" not in pattern:
        if len(ports) > 1:
            raise DavyError('one --name for several tags: write {n} where the number goes, --name "miner {n}"')
        return dict.fromkeys(ports, pattern)
    try:
        if pattern.format(n=1) == pattern.format(n=2):
            raise ValueError
        free = (name for n in range(1, MOST_N) if (name := pattern.format(n=n)) not in taken)
        return {port: next(free) for port in ports}
    except (ValueError, IndexError, KeyError, AttributeError, StopIteration):
        raise DavyError(
            f"--name {pattern}: {{n}} is the number, {{n:03}} three digits of it; nothing else in braces"
        ) from None
