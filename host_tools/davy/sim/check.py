"""What a scenario file may say: the tables of its keys, and one walk over the data that collects everything wrong with it.

Like `davy.boardcheck`: every problem is (key, what is wrong), with keys such as `motion[1].at_s`.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from davy import boards, words
from davy.errors import DavyError
from davy.recordings import GAS_COLUMNS, LONGEST_S
from davy.sim.motion import ACTIVITIES, MOUNTINGS, axes_of
from davy.vtag.chips import CHIPS, named
from davy.vtag.world import World
from tag import names, settings

# key -> (kind, limits or choices); "?" marks one that may be left out. Times count from the start of the scenario.
# kinds: text, bool, int, number, time (within the scenario), choice, points, window, axes, table
Rules = Mapping[str, tuple[Any, ...]]

FASTEST = 1000  # times real time; more is 0, as fast as it goes
CUT_MODES = ("before", "torn", "after")
DOWNLINKS = ("help", "evacuate", "all clear", "text", "shift end", "drill start", "drill stop", "reaction test")

SCENARIO: Rules = {
    "name": ("text",),
    "about?": ("text",),
    "duration_s": ("number", 1, LONGEST_S),
    "speed?": ("number", 0, FASTEST),  # times faster than the clock on the wall when watched; 0: as fast as it goes
    "afterwards?": ("text",),  # printed when all went well: where to go next
}
TAG: Rules = {"name?": ("text",), "board?": ("text",), "settings?": ("table",)}
BATTERY: Rules = {"points": ("points", 0, 5000)}
TABLES: Mapping[str, Rules] = {
    "motion": {
        "at_s": ("time",),
        "recording?": ("text",),
        "trial?": ("text",),
        "mounting?": ("axes",),
        "activity?": ("choice", *ACTIVITIES),
    },
    "gas": {"name": ("choice", *GAS_COLUMNS), "points": ("points", -100, 1_000_000)},
    "button": {"at_s": ("time",), "hold_s?": ("number", 0.01, 600)},
    "fault": {
        "at_s": ("time",),
        "chip": ("text",),
        "name": ("text",),
        "value?": ("number", -1e6, 1e6),
        "for_s?": ("number", 0.001, LONGEST_S),
    },
    "link": {"at_s": ("time",), "up": ("bool",)},
    "power_cut": {
        "at_s": ("time",),
        "off_s": ("number", 0, LONGEST_S),
        "in_write?": ("int", 0, 1_000_000),
        "mode?": ("choice", *CUT_MODES),
    },
    "downlink": {
        "at_s": ("time",),
        "message": ("choice", *DOWNLINKS),
        "text?": ("text",),
        "alarm?": ("choice", *names.ALARMS[1:]),
    },
    "expect": {
        "kind": ("choice", *words.KINDS),
        "where?": ("table",),
        "count?": ("int", 0, 1_000_000),
        "at_least?": ("int", 1, 1_000_000),
        "within?": ("window",),
        "created?": ("window",),
        "at?": ("choice", "gateway"),
    },
}
_NAMES = {
    "text": (str, "text"),
    "bool": (bool, "true or false"),
    "int": (int, "a whole number"),
    "number": (float, "a number"),
    "time": (float, "a time in seconds"),
    "table": (dict, "a table"),
}


def problems_in(data: dict[str, Any]) -> list[tuple[str, str]]:
    """(key, what is wrong) for everything wrong with a scenario's data."""
    walk = _Walk(data)
    for name in data:
        if name not in ("scenario", "tag", "battery", *TABLES):
            walk.say(name, f"unknown table: scenario, tag, battery, {', '.join(TABLES)} are known")
    walk.table("scenario", data.get("scenario"), SCENARIO)
    for name, rules in (("tag", TAG), ("battery", BATTERY)):
        if name in data:
            walk.table(name, data[name], rules)
    for name, rules in TABLES.items():
        items = data.get(name, [])
        if not isinstance(items, list):
            walk.say(name, f"must be written [[{name}]], once for each")
            continue
        for index, item in enumerate(items):
            walk.table(f"{name}[{index}]", item, rules)
    walk.between()
    return walk.found


class _Walk:
    """One pass over a scenario."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.found: list[tuple[str, str]] = []
        duration = data["scenario"].get("duration_s") if isinstance(data.get("scenario"), dict) else None
        self.duration_s = duration if _is(duration, float) else LONGEST_S

    def say(self, key: str, text: str) -> None:
        self.found.append((key, text))

    def table(self, key: str, item: Any, rules: Rules) -> None:
        if not isinstance(item, dict):
            self.say(key, "is missing" if item is None else "must be a table of keys")
            return
        known = [name.rstrip("?") for name in rules]
        for name in item:
            if name not in known:
                self.say(f"{key}.{name}", f"unknown key: {', '.join(known)} are known")
        for name, rule in rules.items():
            plain = name.rstrip("?")
            if plain in item:
                self.value(f"{key}.{plain}", item[plain], *rule)
            elif plain == name:
                self.say(f"{key}.{name}", "is missing")

    def value(self, key: str, value: Any, kind: str, *limits: Any) -> None:
        if kind == "choice":
            if not isinstance(value, str) or value not in limits:
                self.say(key, f"{_shown(value)} is not one of {', '.join(limits)}")
        elif kind == "axes":
            if axes_of(value) is None:
                self.say(
                    key, f'must be one of {", ".join(MOUNTINGS)}, or axes like ["x", "-z", "y"]: a rotation, no mirror'
                )
        elif kind == "points":
            self.points(key, value, *limits)
        elif kind == "window":
            numbers = isinstance(value, list) and len(value) == 2 and all(_is(v, float) for v in value)
            if not numbers or value[0] > value[1]:
                self.say(key, "must be two times in seconds, [from, to]")
        elif not _is(value, _NAMES[kind][0]):
            self.say(key, f"must be {_NAMES[kind][1]}, not {_shown(value)}")
        elif kind == "time" and not 0 <= value <= self.duration_s:
            self.say(key, f"{value:g} s is not within the scenario's {self.duration_s:g} s")
        elif limits and not limits[0] <= value <= limits[1]:
            self.say(key, f"{value:g} is out of range {limits[0]:g} to {limits[1]:g}")

    def points(self, key: str, value: Any, low: float, high: float) -> None:
        if not isinstance(value, list) or not value:
            self.say(key, "must be a list of [time in seconds, value]")
            return
        before = None
        for index, point in enumerate(value):
            if not isinstance(point, list) or len(point) != 2 or not all(_is(v, float) for v in point):
                self.say(f"{key}[{index}]", f"must be [time in seconds, value], not {_shown(point)}")
            elif before is not None and point[0] < before:
                self.say(f"{key}[{index}]", f"{point[0]:g} s comes before {before:g} s")
            elif not low <= point[1] <= high:
                self.say(f"{key}[{index}]", f"{point[1]:g} is out of range {low:g} to {high:g}")
            else:
                before = point[0]

    # -- what lies between keys ------------------------------------------------------------------------------------------

    def between(self) -> None:
        """Problems that one key alone does not show."""
        self.tag(_dict(self.data.get("tag")))
        for key, item in self.items("motion"):
            if ("recording" in item) == ("activity" in item):
                self.say(key, "needs either a recording or an activity")
            elif "activity" in item and not {"trial", "mounting"}.isdisjoint(item):
                self.say(key, "trial and mounting belong to a recording")
        gases = [item.get("name") for _, item in self.items("gas")]
        for key, item in self.items("gas"):
            if gases.count(item.get("name")) > 1:
                self.say(f"{key}.name", f"{_shown(item.get('name'))} has more than one curve")
        for key, item in self.items("power_cut"):
            if "mode" in item and "in_write" not in item:
                self.say(f"{key}.mode", "goes with in_write")
        for key, item in self.items("downlink"):
            for name, belongs in (("text", "text"), ("alarm", "help")):
                if (name in item) and item.get("message") != belongs:
                    self.say(f"{key}.{name}", f"belongs to the message '{belongs}'")
            if item.get("message") == "text" and not item.get("text"):
                self.say(f"{key}.text", "is missing")
        for key, item in self.items("expect"):
            self.expectation(key, item)

    def items(self, name: str) -> list[tuple[str, dict[str, Any]]]:
        items = self.data.get(name, [])
        if not isinstance(items, list):
            return []
        return [(f"{name}[{index}]", item) for index, item in enumerate(items) if isinstance(item, dict)]

    def tag(self, tag: dict[str, Any]) -> None:
        for name, value in _dict(tag.get("settings")).items():
            problem = settings.check(name, value)
            if problem:
                self.say(f"tag.settings.{name}", problem.removeprefix(f"{name}: "))
        board = tag.get("board", "virtual")
        if not isinstance(board, str):
            return
        try:
            parts = named(boards.load_virtual(board)["parts"])
        except DavyError as error:
            self.say("tag.board", error.message)
            return
        for key, item in self.items("fault"):
            chip = item.get("chip")
            if not isinstance(chip, str) or not isinstance(item.get("name"), str):
                continue
            if chip not in parts:
                self.say(f"{key}.chip", f"board {board} has no chip '{chip}' that can fail: {', '.join(parts)} can")
                continue
            known = CHIPS[parts[chip]["chip"]](parts[chip], World()).faults.known
            if item["name"] not in known:
                self.say(f"{key}.name", f"a {chip} has no fault '{item['name']}': {', '.join(sorted(known))} are known")

    def expectation(self, key: str, item: dict[str, Any]) -> None:
        if "count" in item and "at_least" in item:
            self.say(f"{key}.at_least", "says something else than count: keep one of them")
        kind = words.KINDS.get(str(item.get("kind")))
        if kind is None:
            return
        for name, value in _dict(item.get("where")).items():
            if name not in words.fields(kind):
                self.say(
                    f"{key}.where.{name}",
                    f"'{item['kind']}' has no such field: {', '.join(words.fields(kind))} are known",
                )
                continue
            known = words.known(kind, name)
            if isinstance(value, str) and known and value not in known:
                self.say(f"{key}.where.{name}", f"{_shown(value)} is not one of {', '.join(sorted(known))}")
            elif not isinstance(value, (str, int)) or isinstance(value, bool):
                self.say(f"{key}.where.{name}", f"must be text or a whole number, not {_shown(value)}")


def problems_with_files(motions: list[dict[str, Any]], folder: Path) -> list[tuple[str, str]]:
    """Recordings that a scenario in `folder` names and that are not there."""
    found = []
    for index, item in enumerate(motions):
        name = item.get("recording")
        if isinstance(name, str) and not (folder / name).exists():
            found.append((f"motion[{index}].recording", f"there is no {folder / name}"))
    return found


def _is(value: Any, kind: type) -> bool:
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, (int, float) if kind is float else kind) and value == value


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _shown(value: Any) -> str:
    return json.dumps(value, default=str)[:60]
