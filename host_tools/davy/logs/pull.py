"""A tag's journal over its serial port, into a folder: planned first, then carried out; what is cut is resumed by the next run.

The tag stops for service and goes back on duty afterwards; nothing on it is changed. What it is asked are the small programs of
`questions`, which every MicroPython runs, so a tag whose firmware is broken is pulled too.

    on the tag, of a segment         here                                      step
    the same hash                    whole                                     keep
    begins with what is here         a part of it: an earlier pull, cut off    fetch the rest
    neither                          of before the tag made room               set aside in earlier/, fetch all

Every chunk carries a CRC, and is asked for again when it does not fit or never came; the whole segment is compared by SHA-256
before it takes its name. Until then it is NAME.part, which the next run goes on with.
"""

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from davy import tagconfig
from davy.errors import DavyError
from davy.logs import chain
from davy.logs.questions import HASH, LIST, PATIENT, Link, Reading
from davy.logs.segments import ABOUT, MOST_B, NAME
from davy.sim.stored import FOLDER

EARLIER = "earlier"


@dataclass(frozen=True)
class Step:
    """What happens to one segment: `keep` it, or `fetch` it from byte `offset` on; `aside`: what is here is another one."""

    name: str
    size: int
    sha256: str
    offset: int
    aside: bool = False

    @property
    def fetches(self) -> int:
        """Bytes that travel."""
        return self.size - self.offset

    @property
    def kind(self) -> str:
        """For people."""
        if not self.fetches:
            return "keep"
        return "fetch" if not self.offset else "resume"


@dataclass(frozen=True)
class Local:
    """A segment here: its bytes so far, and whether it has its name already."""

    data: bytes
    named: bool


@dataclass(frozen=True)
class OnTag:
    """A segment there: its hash, and that of as many bytes as are here."""

    size: int
    whole: str
    part: str


def plan(tag: Mapping[str, OnTag], here: Mapping[str, Local]) -> list[Step]:
    """The steps, oldest segment first: a tag that makes room meanwhile takes the oldest away."""
    steps = []
    for name, there in sorted(tag.items()):
        local = here.get(name, Local(b"", False))
        n = len(local.data)
        same = n <= there.size and there.part == hashlib.sha256(local.data).hexdigest()
        steps.append(Step(name, there.size, there.whole, n if same else 0, aside=bool(n) and not same and local.named))
    return steps


def local(folder: Path) -> dict[str, Local]:
    """What earlier pulls have left in a folder; a part of a segment that also stands there whole is not looked at."""
    found: dict[str, Local] = {}
    if folder.is_dir():
        for path in folder.iterdir():
            name = path.name.removesuffix(".part")
            if NAME.fullmatch(name):
                found[path.name] = Local(path.read_bytes(), path.name == name)
    return {name.removesuffix(".part"): one for name, one in sorted(found.items(), key=lambda row: len(row[1].data))}


def look(link: Link, here: Mapping[str, Local]) -> dict[str, OnTag]:
    """The segments of a tag."""
    link.ask(PATIENT)
    listed = link.ask(LIST % FOLDER)
    if {"end": 1} not in listed:
        raise DavyError(f"{link.port}: the tag did not list its journal to the end: run it again")
    sizes = {
        str(line["name"]): int(line["size"])
        for line in listed
        if NAME.fullmatch(str(line.get("name", ""))) and isinstance(line.get("size"), int)
    }
    if any(not 0 <= size <= MOST_B for size in sizes.values()):
        raise DavyError(f"{link.port}: lists segments of impossible size: is it a tag?")
    found: dict[str, OnTag] = {}
    for name, size in sorted(sizes.items()):
        have = len(here[name].data) if name in here else 0
        code = HASH % (FOLDER, repr([(name, have)]))
        for line in link.ask(code, most_s=30 + size / 50_000):
            if line.get("name") == name:
                found[name] = OnTag(size, str(line.get("whole")), str(line.get("part")))
    if missing := sizes.keys() - found.keys():
        why = "the tag could not read it: run it again, or take a dump of its flash (docs/logs.md)"
        raise DavyError(f"{link.port}: {min(missing)}: {why}")
    return found


def who(link: Link) -> dict[str, Any]:
    """The settings in force on the tag: who it is, and the key to check what comes; empty when it has none."""
    files = {}
    for name in tagconfig.config.FILES:
        try:
            data = bytearray()
            Reading(0, data.extend).run(link, name, 4096)
            files[name] = bytes(data)
        except DavyError:
            continue  # not there
    return tagconfig.usable(tagconfig.in_force(files))


def carry_out(
    link: Link, folder: Path, steps: list[Step], progress: Callable[[Step, int], None] = lambda step, done: None
) -> int:
    """Fetch what the plan says; bytes that travelled. Whole segments take their names at once, so a cut loses none."""
    folder.mkdir(parents=True, exist_ok=True)
    total = 0
    for step in steps:
        if step.aside:
            _set_aside(folder, step.name)
        if step.kind == "keep":
            _name(folder, step)
            continue
        link.ask(PATIENT)
        total += _fetch(link, folder, step, progress)
        _name(folder, step)
    return total


def _fetch(link: Link, folder: Path, step: Step, progress: Callable[[Step, int], None]) -> int:
    part = folder / f"{step.name}.part"
    named = folder / step.name
    if step.offset and named.exists():
        part.write_bytes(named.read_bytes()[: step.offset])
    elif not step.offset:
        part.write_bytes(b"")
    with part.open("r+b") as file:
        file.truncate(step.offset)
        file.seek(step.offset)

        def sink(data: bytes) -> None:
            file.write(data)
            file.flush()
            progress(step, len(data))

        Reading(step.offset, sink).run(link, f"{FOLDER}/{step.name}", step.size)
        os.fsync(file.fileno())
    if part.stat().st_size != step.size:
        raise DavyError(f"{link.port}: {step.name}: the tag has no more of it: run it again")
    return step.fetches


def _name(folder: Path, step: Step) -> None:
    """Compare, and give it its name."""
    part, named = folder / f"{step.name}.part", folder / step.name
    if part.exists() and (step.fetches or not named.exists()):
        if hashlib.sha256(part.read_bytes()).hexdigest() != step.sha256:
            part.unlink()
            raise DavyError(f"{step.name}: is not what the tag has: it is fetched anew when you run it again")
        os.replace(part, named)
    part.unlink(missing_ok=True)


def _set_aside(folder: Path, name: str) -> None:
    """The tag has made room in this segment: what it gave up may be only here."""
    old = folder / name
    digest = hashlib.sha256(old.read_bytes()).hexdigest()[:8]
    (folder / EARLIER).mkdir(exist_ok=True)
    os.replace(old, folder / EARLIER / f"{name.removesuffix('.jnl')}-{digest}.jnl")


def note(folder: Path, settings: Mapping[str, Any]) -> None:
    """Say in the folder whose journal it is; refuse when it is somebody else's. No secret is kept."""
    ident = str(settings.get("tag_id", ""))
    path = folder / ABOUT
    if path.exists():
        try:
            before = json.loads(path.read_text(encoding="utf-8")).get("tag_id", "")
        except (OSError, ValueError, AttributeError):
            before = ident
        if before and ident and before != ident:
            raise DavyError(f"{folder}: holds the journal of tag {before}, this is {ident}: say another --out")
    folder.mkdir(parents=True, exist_ok=True)
    about = {"tag_id": ident, "name": settings.get("name", "")}
    path.write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


def verdict(folder: Path, settings: Mapping[str, Any]) -> chain.Checked:
    """What the chain says of all that is here, with the tag's own key."""
    found = {int(name[:8], 16): one.data for name, one in local(folder).items() if one.named}
    key = bytes.fromhex(str(settings.get("key", "")))
    return chain.check(found, [key] if key else [])
