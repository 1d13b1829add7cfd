"""MicroPython's image for a board, fetched once through `mpflash` and kept with its hash.

Which image a board takes, and of which version, stands in boards/images.json. What was fetched is kept in the cache as NAME.bin
with NAME.bin.sha256 beside it, and used again as long as the two fit: then no network is needed. Whether it is what micropython.org
meant to publish is not known here; that it is an image for the board's chip and flash, `flashing.plan` checks.

mpflash runs in a process of its own (`davy.flashing.fetcher`), because it waits for servers without a deadline.
"""

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from davy import roots
from davy.errors import DavyError
from davy.flashing.plan import LARGEST_B, MAGIC
from davy.processes import started

IMAGES = "images.json"
MIRROR = "DAVY_MICROPYTHON_ORG"  # where a site keeps a copy of micropython.org/download and /resources, for those without internet
SITE = "https://micropython.org/"
FETCH_S = 300.0
FOLDER = roots.CACHE / "images"


@dataclass(frozen=True)
class Wanted:
    """The image of a board: the page it is on, and the name under which it is kept."""

    page: str
    variant: str
    version: str

    @property
    def name(self) -> str:
        """As mpflash names it: the date of the build left out."""
        return f"{self.page}{'-' if self.variant else ''}{self.variant}-v{self.version}.bin"

    @property
    def address(self) -> str:
        """The page for people."""
        return f"{SITE}download/{self.page}/"


def wanted(board: str) -> Wanted:
    """Which image a board takes. Raises DavyError for one that takes none."""
    data = json.loads((roots.BOARDS / IMAGES).read_text(encoding="utf-8"))
    entry = data["boards"].get(board)
    if entry is None:
        raise DavyError(f"which image of MicroPython board '{board}' takes is not in boards/{IMAGES}: say --image")
    return Wanted(entry["page"], entry["variant"], data["version"])


def image(board: str, folder: Path | None = None) -> Path:
    """The board's image, from the cache or fetched. Raises DavyError, which says where else to get it."""
    which = wanted(board)
    folder = folder or FOLDER
    kept = folder / which.name
    if not _whole(kept):
        by_hand = f"or take v{which.version} from {which.address} and say --image"
        if importlib.util.find_spec("mpflash") is None:
            raise DavyError(f"{which.name} is not here, and mpflash not to fetch it: pip install mpflash, {by_hand}")
        try:
            _fetch(which, kept, by_hand)
        except OSError as error:
            raise DavyError(f"{error.filename or folder}: {error.strerror or error}") from error
    return kept


def digest(path: Path) -> str:
    """SHA-256 of a file, for people to compare."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _beside(kept: Path) -> Path:
    return kept.with_name(kept.name + ".sha256")


def _whole(kept: Path) -> bool:
    try:
        return _beside(kept).read_text(encoding="ascii").split()[0] == digest(kept)
    except (OSError, ValueError, IndexError):
        return False


def _fetch(which: Wanted, kept: Path, by_hand: str) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent, prefix="fetch-") as name:
        command = [sys.executable, "-m", "davy.flashing.fetcher", which.page, which.version, os.environ.get(MIRROR, "")]
        environment = {**os.environ, "MPFLASH_FIRMWARE": name, "COLUMNS": "200"}
        try:
            done = started(
                lambda: subprocess.run(
                    command, cwd=name, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=FETCH_S
                )
            )
        except subprocess.TimeoutExpired:
            raise DavyError(f"{which.name} did not come within {FETCH_S:g} s: run it again, {by_hand}") from None
        got = Path(name) / "esp32" / which.name
        if not got.exists():  # what mpflash's exit code says nothing of
            here = done.returncode == 0 and b"Could not connect" not in done.stdout
            why = "is not on its page" if here else "could not be fetched (is there a network?)"
            raise DavyError(f"{which.name} {why}: run it again, {by_hand}")
        data = got.read_bytes()
        if not data or data[0] != MAGIC or len(data) > LARGEST_B:
            raise DavyError(f"{which.name}: what came is no image: run it again, {by_hand}")
        _beside(kept).unlink(missing_ok=True)
        os.replace(got, kept)
        beside = Path(name) / "sha256"
        beside.write_text(f"{hashlib.sha256(data).hexdigest()}  {kept.name}\n", encoding="ascii")
        os.replace(beside, _beside(kept))
