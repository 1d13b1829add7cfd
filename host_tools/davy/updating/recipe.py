"""What of a new bundle has to travel: the files that the tag holds already are copied there, the rest is sent.

Files lie in one piece in a bundle. So a recipe is a row of pieces in order: bytes, or a file of the tag by its number in the list
that the tag gave of them (`Held`). Whether the sum is right is asked at the end, by the hash of the whole.
"""

import base64
import hashlib
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from davy.errors import DavyError

HASH_B = 12
LEAST_B = 64  # a smaller file is sent
BATCH = 3000  # characters of a program's text
LITERAL_B = 2048  # of one piece that is sent
WINDOW = 11  # bits: what the tag needs to unpack a piece is 2 kB

Piece = bytes | int


@dataclass(frozen=True)
class Held:
    """A file that the tag holds: the first bytes of its SHA-256, and its size."""

    digest: bytes
    size: int


@dataclass(frozen=True)
class Batch:
    """A few pieces: from `at` on, `size` bytes together, as the text of a list for the tag."""

    at: int
    size: int
    text: str


def digest(data: bytes) -> bytes:
    """As the tag tells a file."""
    return hashlib.sha256(data).digest()[:HASH_B]


def files_of(data: bytes, at: int = 0) -> list[tuple[int, int]]:
    """(offset, size) of every file in a bundle's ROM file system which begins at `at`, ascending. Format: MicroPython's
    vfs_rom.c: records of kind, length, payload, both numbers with 7 bits a byte, high first; kinds 4 folder, 5 file, 2 bytes."""
    found: list[tuple[int, int]] = []

    def number(i: int) -> tuple[int, int]:
        value = 0
        while True:
            byte = data[i]
            value = value << 7 | byte & 0x7F
            i += 1
            if not byte & 0x80:
                return value, i

    def walk(i: int, end: int) -> None:
        while i < end:
            kind, i = number(i)
            size, i = number(i)
            if kind in (4, 5):
                length, inside = number(i)
                walk(inside + length, i + size)
            elif kind == 2:
                found.append((i, size))
            i += size

    try:
        size, first = number(at + 3)
        walk(first, first + size)
    except (IndexError, RecursionError) as error:
        raise DavyError("is a damaged bundle: build it again") from error
    return found


def pieces(data: bytes, image_at: int, held: Sequence[Held], start: int = 0) -> list[Piece]:
    """The bundle from `start` on."""
    known = {(one.digest, one.size): number for number, one in enumerate(held)}
    made: list[Piece] = []
    at = start
    for offset, size in files_of(data, image_at):
        number = known.get((digest(data[offset : offset + size]), size))
        if offset < at or size < LEAST_B or number is None:
            continue
        if offset > at:
            made.append(data[at:offset])
        made.append(number)
        at = offset + size
    if at < len(data):
        made.append(data[at:])
    return made


def batches(made: Sequence[Piece], held: Sequence[Held], start: int, packed: bool) -> Iterator[Batch]:
    """Texts of at most some 3 kB."""
    at, size, words = start, 0, []
    for piece in _split(made):
        word = str(piece) if isinstance(piece, int) else f'"{_word(piece, packed)}"'
        if words and sum(map(len, words)) + len(words) + len(word) > BATCH:
            yield Batch(at, size, ",".join(words))
            at, size, words = at + size, 0, []
        words.append(word)
        size += held[piece].size if isinstance(piece, int) else len(piece)
    if words:
        yield Batch(at, size, ",".join(words))


def _split(made: Sequence[Piece]) -> Iterator[Piece]:
    for piece in made:
        if isinstance(piece, int):
            yield piece
        else:
            for at in range(0, len(piece), LITERAL_B):
                yield piece[at : at + LITERAL_B]


def _word(data: bytes, packed: bool) -> str:
    """Base64; behind a `!` what is packed by deflate, where that is shorter."""
    if packed:
        packer = zlib.compressobj(9, zlib.DEFLATED, -WINDOW)
        small = packer.compress(data) + packer.flush()
        if len(small) < len(data):
            return "!" + base64.b64encode(small).decode()
    return base64.b64encode(data).decode()
