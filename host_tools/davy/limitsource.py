"""Reads limit profiles from TOML and says what is wrong with them by name and line: the format is told in davy/limitprofile.py."""

import functools
import math
import re
import tomllib
from pathlib import Path
from typing import Any

from davy.errors import DavyError, Problem, refuse
from davy.gasunits import LEL, in_counts
from davy.limitprofile import ALARMS, BASES, FOLDER, GASES, SCHEMA, SITE_NUMBER, LimitProfile, Row, bundled

from tag import events, names  # isort: skip
from tag.gas import limits  # isort: skip

# kind -> (alarm, instruction) where a row names none
DEFAULTS = {
    "low": ("low", "be careful"),
    "high": ("high", "leave"),
    "ceiling": ("high", "leave"),
    "stel": ("low", "leave"),
    "twa": ("low", "leave and report"),
    "shift": ("low", "leave and report"),
    "step": ("high", "leave"),
    "mixture": ("high", "leave"),
    "rise": ("warning", "be careful"),
    "drift": ("fault", "change the detector"),
    "ahead": ("warning", "be careful"),
}
TENTH_INSIDE = "chosen here: a tenth inside the level"
_HEAD = {
    "schema": int,
    "name": str,
    "title": str,
    "number": int,
    "version": int,
    "extends": str,
    "kinds": list,
    "lel": str,
}
_OPTIONAL = ("extends", "kinds", "lel")
_NUMBERS = {"level": str, "clear": str, "delay_s": int, "rest_min": int}
_KEYS = _NUMBERS | {"kind": str, "group": int, "basis": str, "alarm": str, "instruction": str, "source": str}
_KEYS |= {"falling": bool, "latching": bool, "clear_source": str, "delay_source": str, "rest_source": str}
_QUANTITY = re.compile(r"(-?\d+(?:\.\d+)?) (ppm|mg/m3|%vol|%LEL)")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,19}")


def path_of(name: str) -> Path:
    """The file of a bundled profile, or the path itself."""
    return FOLDER / f"{name}.toml" if name in bundled() else Path(name)


def read(name: str) -> LimitProfile:
    """A bundled profile or a TOML file, checked."""
    reader = _Reader(path_of(name))
    refuse(reader.problems)
    return reader.profile


def check(name: str) -> list[Problem]:
    """Everything wrong with a profile; an empty list when it may be signed."""
    return _Reader(path_of(name)).problems


@functools.cache
def heads() -> dict[int, str]:
    """Number -> name of the bundled profiles."""
    found = {}
    for name in bundled():
        head = tomllib.loads(path_of(name).read_text(encoding="utf-8"))
        found[head["number"]] = name
    return found


class _Reader:
    """One file; `.problems`, and `.profile` when there are none."""

    def __init__(self, path: Path, depth: int = 0) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.profile = LimitProfile("", 0, 0, ())
        self._depth = depth
        self._lines: list[int] = []
        self._places: list[tuple[Row, str]] = []
        rows: list[Row] = []
        data = self._load()
        for step in (self._head, self._rows, self._inherited):
            if not self.problems:
                rows = step(data, rows)
        if self.problems:
            return
        rows = sorted(rows, key=lambda row: (row.gas, row.kind, row.falling, row.group, row.level))
        self.profile = LimitProfile(data["name"], data["number"], data["version"], tuple(rows), data["title"])
        problem = limits.problem_with(self.profile.pack())
        if problem:
            self._say(*self._named(problem))

    def _say(self, text: str, key: str = "") -> None:
        self.problems.append(Problem(self.path, key, text))

    def _named(self, problem: str) -> tuple[str, str]:
        """A problem that the tag's own check found: with the row's name for its number, and its place."""
        number = re.match(r"row (\d+): ", problem)
        if not number:
            return problem, ""
        row = self.profile.rows[int(number[1]) - 1]
        text = f"{row.gas_name} {row.kind_name}: {problem[number.end() :]}"
        return text, next((place for one, place in self._places if one is row), "")

    def _load(self) -> dict[str, Any]:
        try:
            text = self.path.read_bytes().decode("utf-8")
            data = tomllib.loads(text)
        except OSError as error:
            self._say(f"cannot be read: {error.strerror}; profiles that come with davy: {', '.join(bundled())}")
        except UnicodeDecodeError as error:
            self._say(f"is not UTF-8 text (byte {error.start})")
        except (ValueError, RecursionError) as error:
            self._say(f"is not TOML: {error}")
        else:
            self._lines = [n for n, line in enumerate(text.splitlines(), 1) if re.match(r"\s*\{\s*\w+\s*=", line)]
            return data
        return {}

    def _head(self, data: dict[str, Any], rows: list[Row]) -> list[Row]:
        for key in data:
            if key not in (*_HEAD, "sources", "levels"):
                self._say(f"unknown key: {', '.join(_HEAD)}, sources and levels are known", key)
        for key, kind in _HEAD.items():
            if key in _OPTIONAL and key not in data:
                continue
            if not _is(data.get(key), kind):
                self._say("is missing" if key not in data else f"is no {_TYPES[kind]}", key)
        for key in ("sources", "levels"):
            if not isinstance(data.get(key), dict):
                self._say("this table is missing", f"[{key}]")
        if self.problems:
            return rows
        if data["schema"] != SCHEMA:
            self._say(f"is {data['schema']}, and this davy knows {SCHEMA}", "schema")
        if not _NAME.fullmatch(data["name"]):
            self._say("has 1 to 20 of a-z, 0-9 and -", "name")
        elif data["name"] in bundled() and self.path != FOLDER / f"{data['name']}.toml":
            self._say(f"{data['name']} is a profile that comes with davy: take a name of your own", "name")
        least = 0 if self.path == FOLDER / "default.toml" else 1
        for key in ("number", "version"):
            if not least <= data[key] <= 255:
                self._say(f"{data[key]} is not within {least}..255", key)
        if data.get("lel", "us") not in LEL:
            self._say(f"{data['lel']!r} is no table of LELs: {', '.join(LEL)} are known", "lel")
        if data["number"] < SITE_NUMBER and self.path.parent != FOLDER:
            self._say(
                f"{data['number']} is kept for profiles that come with davy: sites have {SITE_NUMBER}..255", "number"
            )
        for key, text in data["sources"].items():
            if not isinstance(text, str) or len(text.strip()) < 3:
                self._say("says nothing", f"sources.{key}")
        return rows

    def _rows(self, data: dict[str, Any], found: list[Row]) -> list[Row]:
        entries = []
        for gas, rows in data["levels"].items():
            if gas not in GASES:
                self._say(f"unknown gas: {', '.join(GASES)} are known", f"levels.{gas}")
            elif not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                self._say("is no list of rows", f"levels.{gas}")
            else:
                entries += [(gas, n, row) for n, row in enumerate(rows, 1)]
        if self.problems:
            return []
        seen: dict[tuple[Any, ...], str] = {}
        whole = len(entries) == len(self._lines)
        for at, (gas, n, entry) in enumerate(entries):
            place = f"line {self._lines[at]}" if whole else f"levels.{gas}[{n}]"
            try:
                row = _row(gas, entry, data["sources"], data.get("lel"))
            except DavyError as error:
                self._say(f"{gas} {entry.get('kind', 'row')}: {error.message}", place)
                continue
            key = (row.gas, row.kind, row.falling, row.group, row.level if row.kind_name == "step" else 0)
            if key in seen:
                self._say(f"{gas} {row.kind_name}: is there already, {seen[key]}", place)
            seen.setdefault(key, place)
            found.append(row)
            self._places.append((row, place))
        return found

    def _inherited(self, data: dict[str, Any], own: list[Row]) -> list[Row]:
        """With the rows of the profile that this one extends."""
        if "extends" not in data:
            if "kinds" in data:
                self._say("means something with extends only", "kinds")
            return own
        name, kinds = data["extends"], data.get("kinds", [])
        strange = [kind for kind in kinds if kind not in DEFAULTS]
        if strange or not kinds:
            self._say(f"{strange[0]!r} is no kind" if strange else "which kinds of rows to take is missing", "kinds")
        elif name not in bundled() or name == data["name"] or self._depth:
            self._say(f"{name!r} is no profile to extend: {', '.join(bundled())}", "extends")
        else:
            base = _Reader(FOLDER / f"{name}.toml", self._depth + 1)
            self.problems += base.problems
            mine = {(row.gas, row.kind) for row in own}
            return own + [
                row for row in base.profile.rows if row.kind_name in kinds and (row.gas, row.kind) not in mine
            ]
        return own


_TYPES = {int: "whole number", str: "text", list: "list", bool: "true or false"}


def _is(value: Any, kind: type) -> bool:
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def _row(gas: str, entry: dict[str, Any], sources: dict[str, str], lel: str | None) -> Row:
    """One row; `DavyError` says what is wrong with it."""
    for key, value in entry.items():
        if key not in _KEYS:
            raise DavyError(f"unknown key {key!r}: {', '.join(_KEYS)} are known")
        if not _is(value, _KEYS[key]):
            raise DavyError(f"{key} is no {_TYPES[_KEYS[key]]}")
    for key in ("kind", "level", "source"):
        if not entry.get(key):
            raise DavyError(f"{key} is missing")
    kind = entry["kind"]
    if kind not in DEFAULTS:
        raise DavyError(f"unknown kind {kind!r}: {', '.join(DEFAULTS)} are known")
    falling = entry.get("falling", kind == "drift")
    level = counts(gas, entry["level"], falling, lel)
    if "clear" in entry:
        clear = counts(gas, entry["clear"], falling, lel)
    elif gas == "o2" and kind != "drift":
        raise DavyError("clear is missing: a tenth inside the level is no oxygen to rely on")
    else:
        clear = level + max(1, abs(level) // 10) * (1 if falling else -1)
    alarm = entry.get("alarm", DEFAULTS[kind][0])
    return Row(
        gas=GASES[gas],
        kind=names.LEVELS.index(kind),
        level=level,
        clear=clear,
        alarm=ALARMS[_one_of("alarm", alarm, list(ALARMS))],
        instruction=names.INSTRUCTIONS.index(
            _one_of("instruction", entry.get("instruction", DEFAULTS[kind][1]), list(names.INSTRUCTIONS))
        ),
        falling=falling,
        latching=entry.get("latching", alarm == "high"),
        basis=BASES.index(_one_of("basis", entry.get("basis", "now"), list(BASES))),
        delay_s=_within("delay_s", entry.get("delay_s", 0), 0xFFFF),
        rest_min=_within("rest_min", entry.get("rest_min", 0), 0xFFFF),
        group=_within("group", entry.get("group", 0), 255),
        sources=_sources(entry, sources),
        stated="" if entry["level"].endswith(" " + events.GASES[GASES[gas]][3]) else entry["level"],
    )


def _sources(entry: dict[str, Any], sources: dict[str, str]) -> dict[str, str]:
    """Where each number of the row is from."""
    found = {}
    for number in _NUMBERS:
        given = number in entry
        if not given and number != "clear":
            continue
        key = f"{number.partition('_')[0]}_source"
        if not given:
            found[number] = TENTH_INSIDE
            continue
        name, _, where = entry.get(key, entry["source"]).partition(":")
        if name not in sources:
            raise DavyError(f"source {name!r} is not in [sources]")
        found[number] = sources[name] + (f", {where.strip()}" if where.strip() else "")
    return found


def _one_of(key: str, value: str, known: list[str]) -> str:
    if value not in known:
        raise DavyError(f"unknown {key} {value!r}: {', '.join(known)} are known")
    return value


def _within(key: str, value: int, most: int) -> int:
    if not 0 <= value <= most:
        raise DavyError(f"{key} {value} is not within 0..{most}")
    return value


def counts(gas: str, text: str, falling: bool, lel: str | None = None) -> int:
    """A quantity in the tag's counts, rounded so that the alarm comes no later: down, or up where danger lies below."""
    match = _QUANTITY.fullmatch(text)
    if not match:
        raise DavyError(f"{text!r} is no number with ppm, mg/m3, %vol or %LEL")
    return in_counts(match[1], match[2], gas, lel=lel, rounded=math.ceil if falling else math.floor)
