"""What a flash will do, worked out before any port is opened: the image is what it should be, and fits the board.

An image for all of a chip begins with the bootloader and carries a partition table at 0x8000; where its file system lies decides
whether the journal of a tag survives: it does unless the image moves the file system or reaches into it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from davy import boards, partitions
from davy.errors import DavyError
from davy.partitions import Partition

MAGIC = 0xE9
_CHIP_AT = 12  # of the image's header
LARGEST_B = 64 << 20


@dataclass(frozen=True)
class Target:
    """A processor as its loader and its images know it."""

    title: str
    ident: int  # in an image's header
    address: int  # where the bootloader, and with it the image, begins


# Espressif, ESP-IDF Programming Guide, "Bootloader", and esptool's documentation, "Firmware Image Format".
TARGETS = {
    "esp32": Target("ESP32", 0, 0x1000),
    "esp32s3": Target("ESP32-S3", 9, 0),
    "esp32c3": Target("ESP32-C3", 5, 0),
}


@dataclass(frozen=True)
class Plan:
    """One image for one kind of board, on some ports. `files`: the file system as the image's table has it."""

    board: str
    mcu: str
    flash_b: int
    image: Path
    image_b: int
    address: int
    files: Partition | None
    ports: tuple[str, ...]
    erase: bool = False
    read_back: bool = False
    stub: bool = True
    baud: int = 460_800

    @property
    def title(self) -> str:
        """The chip's name as people write it."""
        return TARGETS[self.mcu].title

    @property
    def end(self) -> int:
        """The first byte that the image leaves alone."""
        return self.address + self.image_b

    def steps(self) -> list[str]:
        """What happens on each port, in words."""
        mega = self.flash_b >> 20
        steps = [
            f"check that the chip is an {self.title} with {mega} MB of flash or more, and not locked",
            "erase all of it, journal and settings too"
            if self.erase
            else "check that the tag's file system stays where it is, with its journal and settings",
            f"write {self.image} ({self.image_b} bytes) at {self.address:#x}, unless it is there already",
            "compare the MD5 that the chip makes of it",
        ]
        return [*steps, *(["read it back and compare every byte"] if self.read_back else []), "start it"]

    def as_dict(self) -> dict[str, Any]:
        """For the worker and for JSON."""
        files = None if self.files is None else [self.files.offset, self.files.size]
        told = {name: getattr(self, name) for name in ("board", "mcu", "flash_b", "image_b", "address")}
        return {
            **told,
            "image": str(self.image),
            "files": files,
            "erase": self.erase,
            "read_back": self.read_back,
            "stub": self.stub,
            "baud": self.baud,
            "ports": list(self.ports),
        }


def plan(board: str, image: Path, ports: Sequence[str], **options: Any) -> Plan:
    """Check board, image and ports against each other. Raises DavyError."""
    chip = target(board)
    data = boards.load(board)
    mcu, flash_b = data["mcu"], data["flash_mb"] << 20
    if len(set(ports)) < len(ports):
        raise DavyError("a port is named twice")
    try:
        size = image.stat().st_size
        head = image.read_bytes() if 0 < size <= LARGEST_B else b""
    except OSError as error:
        raise DavyError(f"{image}: cannot be read: {error.strerror}") from error
    files = _checked(image, head, chip, flash_b, board)
    return Plan(board, mcu, flash_b, image, size, chip.address, files, tuple(ports), **options)


def target(board: str) -> Target:
    """The processor of a board. Raises DavyError when there is no such board, or none that can be flashed."""
    mcu = boards.load(board)["mcu"]
    if mcu not in TARGETS:
        raise DavyError(f"board '{board}' is no chip that can be flashed ({mcu}): davy vtag start runs a virtual one")
    return TARGETS[mcu]


def _checked(image: Path, data: bytes, target: Target, flash_b: int, board: str) -> Partition | None:
    if len(data) < _CHIP_AT + 2 or data[0] != MAGIC:
        raise DavyError(f"{image}: is no image of MicroPython: take the .bin of this chip from micropython.org")
    ident = int.from_bytes(data[_CHIP_AT : _CHIP_AT + 2], "little")
    if ident != target.ident:
        name = next((one.title for one in TARGETS.values() if one.ident == ident), f"chip {ident}")
        raise DavyError(f"{image}: is for an {name}, board '{board}' has an {target.title}")
    parts = partitions.table(data, partitions.TABLE_AT - target.address)
    if not parts:
        raise DavyError(f"{image}: has no partition table: it is an update (.app-bin), take the whole image (.bin)")
    end = max(target.address + len(data), *(part.end for part in parts))
    if end > flash_b:
        need, has = -(-end >> 20) or 1, flash_b >> 20
        raise DavyError(f"{image}: needs {need} MB of flash, board '{board}' has {has}: take the image for {has} MB")
    return next((part for part in parts if part.file_system), None)
