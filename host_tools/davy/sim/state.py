"""What the tag itself says it is doing, followed on its console: every event it keeps is printed there at once.

    davy 12345 alarm (4, 1, 1, 8788)        time in ms since its start, kind, fields

The gateway hears the same later, when there is a link. A tag that restarts takes its unresolved alarms up again, a countdown from
its beginning; so does this.
"""

import ast
import re
from dataclasses import dataclass
from typing import Any

from davy import words
from tag import events, settings

_LINE = re.compile(r"^davy (\d+) (\w+) (\(.*\))$")
_COUNTDOWN = {events.ALARM_MAN_DOWN: "prealarm_s", events.ALARM_WEAR: "wear_question_s"}


@dataclass(frozen=True)
class Said:
    """An event from the console. The terminal may hand a line on late; the event has its own time."""

    at_s: float
    kind: int
    fields: dict[str, Any]


class TagState:
    """Alarms, readings and faults of one tag. Times are seconds of the scenario."""

    def __init__(self, chosen: dict[str, Any]) -> None:
        self._settings = chosen
        self.alarms: dict[int, int] = {}  # alarm -> state, without those that are off
        self.since_s: dict[int, float] = {}
        self.gases: dict[int, tuple[int, int]] = {}  # gas -> quality, scaled value
        self.faults: set[int] = set()
        self.said: list[tuple[int, int, str]] = []  # every event: number of the start, t_ms, kind
        self._start = 0
        self._started_s = 0.0

    def started(self, now_s: float, alarms: dict[int, int]) -> None:
        """The tag has restarted, with the `alarms` that its flash holds."""
        self.alarms = dict(alarms)
        self._start += 1
        self._started_s = now_s
        self.gases.clear()
        self.since_s = dict.fromkeys(self.alarms, now_s)

    def heard(self, line: str) -> Said | None:
        """Take a line of the console: what event it is, or None when it is none."""
        found = _LINE.match(line)
        kind = words.KINDS.get(found[2]) if found else None
        if found is None or kind is None:
            return None
        try:
            values = ast.literal_eval(found[3])
            fields = dict(zip(words.fields(kind), values, strict=True))
        except (ValueError, SyntaxError, TypeError):
            return None
        t_ms = int(found[1])
        said = Said(round(self._started_s + t_ms / 1e3, 3), kind, fields)
        self.said.append((self._start, t_ms, found[2]))
        if kind == events.ALARM:
            self._alarm(fields["alarm"], fields["state"], said.at_s)
        elif kind == events.READING:
            self.gases[fields["gas"]] = (fields["quality"], fields["value"])
        elif kind == events.READINGS:
            last = words.run(words.named(kind, values))[-1]
            self.gases[fields["gas"]] = (fields["quality"], last)
        elif kind == events.FAULT:
            (self.faults.add if fields["present"] else self.faults.discard)(fields["source"])
        return said

    def _alarm(self, alarm: int, state: int, now_s: float) -> None:
        if state == events.OFF:
            self.alarms.pop(alarm, None)
        else:
            self.alarms[alarm] = state
            self.since_s[alarm] = now_s

    @property
    def highest(self) -> int:
        """The highest alarm that is not off; 0: none."""
        return max(self.alarms, default=0, key=lambda alarm: (alarm < events.ALARM_WEAR, alarm))

    def countdown_s(self, alarm: int, now_s: float) -> tuple[float, float] | None:
        """(left, whole) of an alarm's countdown; None when it has none now."""
        if self.alarms.get(alarm) != events.PRE or alarm not in _COUNTDOWN:
            return None
        whole = float(self._settings.get(_COUNTDOWN[alarm], settings.DEFAULTS[_COUNTDOWN[alarm]]))
        return max(0.0, whole - (now_s - self.since_s.get(alarm, now_s))), whole
