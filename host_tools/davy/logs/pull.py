"""A tag's journal over its serial port, into a folder: planned first, then carried out; what is cut is resumed by the next run.

A tag on duty is asked over its service console (`davy.console`) and goes on sensing and alarming. One that does not answer there is
stopped for service and asked by the small programs of `questions`, which every MicroPython runs, so a tag whose firmware is broken
is pulled too. Nothing on the tag is changed.

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
from typing import Any, Protocol

from davy import tagconfig
from davy.errors import DavyError
from davy.logs import chain
from davy.logs.questions import Link, Reading
from davy.logs.segments import ABOUT, MOST_B, NAME

EARLIER = "earlier"


class Tag(Protocol):
    """A tag's journal, at the other end of a cable: `davy.console.Console`, `questions.Questions`."""

    port: str

    def segments(self) -> dict[str, int]:
        """Names of the files, and their bytes."""
        ...

    def sha256(self, name: str, n: int) -> str:
        """Of the first n bytes of a file."""
        ...

    def read(self, name: str, at: int, size: int, sink: Callable[[bytes], None]) -> None:
        """Bytes of a file from `at` up to `size`."""
        ...


@dataclass(frozen=True)
class Step:
    """What happens to one segment: `keep` it, or `fetch` it from byte `offset` on; `aside`: what is here is another one."""

    name: str
    size: int
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
    """A segment there, and the hash of as many bytes as are here, where it has so many."""

    size: int
    part: str


def plan(tag: Mapping[str, OnTag], here: Mapping[str, Local]) -> list[Step]:
    """The steps, oldest segment first: a tag that makes room meanwhile takes the oldest away."""
    steps = []
    for name, there in sorted(tag.items()):
        local = here.get(name, Local(b"", False))
        n = len(local.data)
        same = n <= there.size and there.part == hashlib.sha256(local.data).hexdigest()
        steps.append(Step(name, there.size, n if same else 0, aside=bool(n) and not same and local.named))
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


def look(tag: Tag, here: Mapping[str, Local]) -> dict[str, OnTag]:
    """The segments of a tag."""
    sizes = {name: size for name, size in tag.segments().items() if NAME.fullmatch(name)}
    if any(not 0 <= size <= MOST_B for size in sizes.values()):
        raise DavyError(f"{tag.port}: lists segments of impossible size: is it a tag?")
    found = {}
    for name, size in sorted(sizes.items()):
        have = len(here[name].data) if name in here else 0
        found[name] = OnTag(size, tag.sha256(name, have) if 0 < have <= size else "")
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
    tag: Tag, folder: Path, steps: list[Step], progress: Callable[[Step, int], None] = lambda step, done: None
) -> int:
    """Fetch what the plan says; bytes that travelled. Whole segments take their names at once, so a cut loses none."""
    folder.mkdir(parents=True, exist_ok=True)
    total = 0
    for step in steps:
        if step.aside:
            _set_aside(folder, step.name)
        if step.fetches:
            total += _fetch(tag, folder, step, progress)
        _name(folder, step)
    return total


def _fetch(tag: Tag, folder: Path, step: Step, progress: Callable[[Step, int], None]) -> int:
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

        tag.read(step.name, step.offset, step.size, sink)
        os.fsync(file.fileno())
    if part.stat().st_size != step.size:
        raise DavyError(f"{tag.port}: {step.name}: the tag has no more of it: run it again")
    if tag.sha256(step.name, step.size) != hashlib.sha256(part.read_bytes()).hexdigest():
        part.unlink()
        raise DavyError(f"{step.name}: is not what the tag has: it is fetched anew when you run it again")
    return step.fetches


def _name(folder: Path, step: Step) -> None:
    """It is whole: its own name."""
    part, named = folder / f"{step.name}.part", folder / step.name
    if part.exists() and (step.fetches or not named.exists()):
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


def verdict(folder: Path, given: list[bytes]) -> chain.Checked:
    """What the chain says of all that is here, with the tag's keys."""
    found = {int(name[:8], 16): one.data for name, one in local(folder).items() if one.named}
    return chain.check(found, given)
