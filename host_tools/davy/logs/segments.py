"""The segments of a journal, from a folder of pulled files or from a raw dump of a flash chip.

A dump may be that of the whole chip (`esptool read-flash 0 ALL dump.bin`), of which the partition table names the file system,
or of the file system alone. What can be read of a damaged one is read, and the rest is said in `notes`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from davy import partitions, tagconfig
from davy.errors import DavyError
from davy.logs import carve
from davy.sim.stored import FOLDER
from davy.vtag import flashimage

ABOUT = "pull.json"  # what `pull` notes beside the segments
MOST_B = 32 << 20  # of a segment: more than any tag's flash
MOST_DUMP_B = 128 << 20
NAME = re.compile(r"[0-9a-f]{8}\.jnl")


@dataclass(frozen=True)
class Segments:
    """What was found: first number -> bytes of each segment, the settings that lay beside them, and what could not be read."""

    found: Mapping[int, bytes]
    settings: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    dump: bool = False


def load(place: Path) -> Segments:
    """The journal in a folder (or in its `records`), or in a dump. Raises DavyError when there is none."""
    try:
        segments = _of_folder(place) if place.is_dir() else _of_dump(place)
    except OSError as error:
        raise DavyError(f"{error.filename or place}: cannot be read: {error.strerror}") from error
    if not segments.found:
        hint = f" ({'; '.join(segments.notes)})" if segments.notes else ""
        raise DavyError(
            f"{place}: there is no journal in it, which is files like 00000001.jnl: pull one with `davy logs pull`{hint}"
        )
    return segments


def _of_folder(place: Path) -> Segments:
    folder = place / FOLDER if (place / FOLDER).is_dir() else place
    found, notes = {}, []
    for path in sorted(folder.iterdir()):
        if not NAME.fullmatch(path.name):
            continue
        if path.stat().st_size > MOST_B:
            notes.append(f"{path.name}: larger than any segment: left out")
        else:
            found[int(path.name[:8], 16)] = path.read_bytes()
    slots = {name: place / name for name in tagconfig.config.FILES}
    settings = tagconfig.usable(
        tagconfig.in_force({name: path.read_bytes() for name, path in slots.items() if path.is_file()})
    )
    return Segments(found, settings or _pulled(place), tuple(notes))


def _pulled(place: Path) -> dict[str, Any]:
    """Whose journal `davy logs pull` has noted: tag_id and name."""
    try:
        about = json.loads((place / ABOUT).read_text(encoding="utf-8"))
        return tagconfig.usable({name: about[name] for name in ("tag_id", "name") if about.get(name)})
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _of_dump(place: Path) -> Segments:
    if place.stat().st_size > MOST_DUMP_B:
        raise DavyError(f"{place}: larger than any tag's flash: give the dump of a flash chip, or a folder")
    image = place.read_bytes()
    try:
        volume = file_system(image)
        files, notes = flashimage.salvage(volume)
    except DavyError as error:
        carved = carve.carve(_where(image))
        if not carved:
            raise DavyError(f"{place}: {error.message}") from error
        notes = [error.message, f"{len(carved)} segments were put together from its blocks, without the file system"]
        return Segments(carved, {}, tuple(notes), dump=True)
    found = {
        int(path[-12:-4], 16): data
        for path, data in files.items()
        if path.startswith(f"{FOLDER}/") and NAME.fullmatch(path.removeprefix(f"{FOLDER}/"))
    }
    if notes and found:
        oldest = min(found)
        more = {first: data for first, data in carve.carve(volume).items() if first > oldest and first not in found}
        notes += [f"{len(more)} more segments were put together from its blocks"] if more else []
        found |= more
    return Segments(found, tagconfig.usable(tagconfig.in_force(files)), tuple(notes), dump=True)


def _where(image: bytes) -> bytes:
    """The part of a dump where a file system should be, as far as anybody can say."""
    return next((image[one.offset : one.end] for one in partitions.table(image) if one.file_system), image)


def file_system(image: bytes) -> bytes:
    """The file system in a dump. Raises DavyError when nothing says where it is."""
    if flashimage.blocks_of(image):
        return image
    for one in partitions.table(image):
        if one.file_system and flashimage.blocks_of(image[one.offset : one.end]):
            return image[one.offset : one.end]
    raise DavyError(
        "no littlefs and no partition with one: read the whole chip, `esptool read-flash 0 ALL FILE`, or the "
        "file system's partition"
    )
