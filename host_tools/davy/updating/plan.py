"""What an update will do with a tag, worked out from what the tag says. Nothing is written before all of this has been checked.

the tag                                              the plan
is another board, chip or bytecode; has no room,     refused: why, and what to do
no memory; its key did not sign the bundle
runs this bundle, confirmed                          plain files only, if any differs
has it on trial                                      start it again and wait
holds it whole in the slot that is free              take it up
has a part of it                                     go on where that ends
anything else                                        send it: what the tag holds already is copied there
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from davy import boards
from davy.errors import DavyError, plain
from davy.tagfacts import Facts
from davy.updating import bundle as bundles
from davy.updating.bundle import Bundle

import slotstate  # isort: skip

HEALTHY_S = 60
LEAST_S = 5
HEAP_B = 160_000  # the app's own, beside the bundle: tests/host/test_tag_heap.py
SPARE_B = 40_960  # of the flash, for what the tag writes meanwhile
# MicroPython's numbers of native architectures, tools/mpy-tool.py; versions of .mpy that one mpy-cross writes
ARCHS = (
    "",
    "x86",
    "x64",
    "armv6",
    "armv6m",
    "armv7m",
    "armv7em",
    "armv7emsp",
    "armv7emdp",
    "xtensa",
    "xtensawin",
    "rv32imc",
)
MPY = 6
PLAIN_FOLDERS = ("/tag", "/lib")  # of a tag that had the app as plain files
# In the order in which they may be replaced: each works with the older ones of the next.
PLAIN = ("slotstate.py", "slots.py", "main.py", "board.bak.json", "board.json")


@dataclass(frozen=True)
class Goal:
    """What a tag shall have: `files` are those in its root, by name; without `board` any board of the architecture will do."""

    bundle: Bundle
    board: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)
    healthy_s: int = HEALTHY_S


@dataclass(frozen=True)
class Stand:
    """How a tag stands: answers of `ASK` and `HASH` in their shape."""

    facts: Facts
    said: Mapping[str, Any]
    state: slotstate.State

    @property
    def free(self) -> int:
        """The slot that a new bundle may take."""
        return self.state.free


@dataclass(frozen=True)
class Plan:
    """`act` is `nothing`, `wait`, `take` or `send`; `start` the bytes of /app.part that may stay."""

    act: str
    slot: int
    start: int
    remove: tuple[str, ...]
    put: tuple[str, ...]

    def steps(self, goal: Goal) -> list[str]:
        """What happens, in words."""
        name = f"app {goal.bundle.name}"
        slot = bundles_name(self.slot)
        made = [f"write {one}, by a rename" for one in self.put]
        if self.act == "send":
            size = len(goal.bundle.data)
            made += [f"remove {one}, for its room" for one in self.remove]
            made += [
                f"go on with {name} at byte {self.start} of {size}" if self.start else f"send {name}, {size} bytes",
                "have the tag check hash and signature",
            ]
        if self.act in ("send", "take"):
            made += [f"put {name} into {slot}, on trial"]
        if self.act != "nothing":
            made += [
                f"start the tag and wait until it has been healthy for {goal.healthy_s} s; if not, the version before runs"
            ]
        return made or [f"nothing: {name} runs already"]


def of_board(board: str, key: Path | None = None, arch: str | None = None, healthy_s: int = HEALTHY_S) -> Goal:
    """The sources of this checkout for a board."""
    data, files = bundles.build(board, arch, key)
    return Goal(bundles.parse(data), board, files, _checked(healthy_s))


def of_bundle(path: Path, healthy_s: int = HEALTHY_S) -> Goal:
    """A bundle's file, for a tag that was deployed before."""
    return Goal(bundles.read(path), healthy_s=_checked(healthy_s))


def _checked(healthy_s: int) -> int:
    if not LEAST_S <= healthy_s <= 3600:
        raise DavyError(f"--healthy {healthy_s}: {LEAST_S} to 3600 seconds")
    return healthy_s


def bundles_name(slot: int) -> str:
    """A slot's file."""
    return f"/app.{'?ab'[slot]}"


def stand(facts: Facts, said: Mapping[str, Any]) -> Stand:
    """Put what the tag said into shape; what it says may be anything."""
    found = slotstate.State()
    for name in ("boot.a", "boot.b"):
        state = slotstate.decode(_bytes(said.get(name)))
        if state and state.generation > found.generation:
            found = state
    return Stand(facts, said, found)


def plan(goal: Goal, now: Stand, hashes: Mapping[str, str], part: tuple[int, str]) -> Plan:
    """`hashes`: SHA-256 of the tag's files by name, /app.part and the free slot among them as far as asked. `part`: what that of
    /app.part covers. Raises DavyError when a person must decide first."""
    _check_chip(goal, now)
    _check_key(goal, now)
    put = tuple(
        name
        for name in PLAIN
        if name in goal.files and hashes.get(f"/{name}") != hashlib.sha256(goal.files[name]).hexdigest()
    )
    if not goal.files and "slots.py" not in now.facts.said.get("files", {}):
        raise DavyError("this tag does not start from slots yet: davy deploy BOARD --port PORT first")
    state, data = now.state, goal.bundle.data
    slot = now.free
    running = state.slot != slotstate.PLAIN and _head(now, state.slot) == goal.bundle.head
    if running and state.phase == slotstate.TRIAL:
        return Plan("wait", state.slot, 0, (), put)
    if running and now.said.get("slots") == state.slot:
        return Plan("nothing", state.slot, 0, (), put)
    _check_memory(goal, now)
    whole = hashlib.sha256(data).hexdigest()
    if _head(now, slot) == goal.bundle.head and hashes.get(bundles_name(slot)) == whole:
        return Plan("take", slot, 0, (), put)
    size, digest = part
    start = size if 0 < size <= len(data) and hashlib.sha256(data[:size]).hexdigest() == digest else 0
    remove = () if start or now.said.get("app.part:size") is None else ("/app.part",)
    return Plan("send", slot, start, _room(goal, now, slot, start, remove), put)


def _room(goal: Goal, now: Stand, slot: int, start: int, remove: tuple[str, ...]) -> tuple[str, ...]:
    """What goes for the new bundle to fit: a part of another one, then the old one in the slot that it takes, then plain files."""
    block = _number(now.said, "block") or 4096

    def blocks(size: int) -> int:
        return (size + block - 1) // block * block * 129 // 128  # littlefs links its blocks

    need = blocks(len(goal.bundle.data) - start) + SPARE_B
    free = _number(now.said, "free") + sum(blocks(_number(now.said, "app.part:size")) for _ in remove)
    if free < need:
        free += blocks(_number(now.said, f"app.{'?ab'[slot]}:size"))
        remove += (bundles_name(slot),)
    if free < need and _number(now.said, "slots") and now.state.phase == slotstate.STEADY:
        free += _number(now.said, "plain")  # the last resort of a tag that has two versions in slots soon
        remove += PLAIN_FOLDERS
    if free < need:
        raise DavyError(
            f"the tag's flash is full: {free >> 10} kB free, {need >> 10} needed: davy logs pull, then remove files from it "
            "(mpremote fs rm), or flash it anew with --erase; nothing was changed"
        )
    return remove


def _check_chip(goal: Goal, now: Stand) -> None:
    said = now.said
    tag_board = now.facts.board
    if goal.board and tag_board and tag_board != goal.board:
        raise DavyError(f"this tag is a {plain(tag_board)}, not a {goal.board}: deploy that board; nothing was changed")
    number = _number(said, "arch")
    arch = ARCHS[number] if number < len(ARCHS) else "?"
    if said.get("mpy") != MPY:
        raise DavyError(f"its MicroPython loads no .mpy of version {MPY}: flash a newer one (davy flash)")
    if arch != goal.bundle.arch:
        raise DavyError(
            f"the bundle is for {plain(goal.bundle.arch)}, this tag runs {arch or 'no native code'}: "
            "build it for this tag's board; nothing was changed"
        )
    named = re.search(r"with (ESP32\w*)$", str(now.facts.said.get("machine", "")))
    if goal.board and named and named[1].lower() != boards.load(goal.board)["mcu"]:
        raise DavyError(f"this chip is an {named[1]}, board {goal.board} has another; nothing was changed")
    if not said.get("vfs"):
        raise DavyError("its MicroPython has no VfsRom: flash a newer one, or freeze the app (docs/bench.md)")


def _check_key(goal: Goal, now: Stand) -> None:
    key = now.said.get("update_key")
    if isinstance(key, str) and re.fullmatch("[0-9a-fA-F]{112}", key) and not goal.bundle.signed_by(key):
        why = "is signed by another key" if goal.bundle.signature else "is not signed"
        raise DavyError(
            f"this tag takes what its update_key signed, the bundle {why}: say --key FILE; nothing was changed"
        )


def _check_memory(goal: Goal, now: Stand) -> None:
    kept = _number(now.said, f"app.{'?ab'[_number(now.said, 'slots') % 3]}:size")
    free, need = _number(now.said, "heap") + kept, len(goal.bundle.data) + HEAP_B
    if free < need:
        raise DavyError(
            f"the chip has {free >> 10} kB of memory, an app in a slot needs {need >> 10}: freeze the app into the image "
            "for boards without extra RAM (docs/bench.md); nothing was changed"
        )


def _head(now: Stand, slot: int) -> bytes:
    return _bytes(now.said.get(f"app.{'?ab'[slot]}"))[: bundles.HEAD_B]


def _bytes(text: Any) -> bytes:
    try:
        return bytes.fromhex(text) if isinstance(text, str) else b""
    except ValueError:
        return b""


def _number(said: Mapping[str, Any], name: str) -> int:
    value = said.get(name)
    return value if type(value) is int and value >= 0 else 0
