"""Colours of records: calm for what is usual, loud for what is not. The same wherever records are shown."""

from collections.abc import Mapping
from typing import Any

from davy import words
from tag import events

_STATES = {events.OFF: "green3", events.PRE: "yellow3", events.HELP: "bright_blue"}


def record_style(kind: int, fields: Mapping[str, Any]) -> str:
    """Style of a record, in rich's words."""
    if kind == events.ALARM:
        return _STATES.get(fields.get("state", events.ON), "bold red")
    if kind in (events.FALL, events.DROP, events.IMPACT, events.CRASH, events.FAULT):
        return "bold yellow"
    return "white" if words.urgent(kind) or kind in (events.BOOT, events.BUTTON) else "grey62"
