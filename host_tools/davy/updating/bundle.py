"""A bundle: one file with a version of the app, as `firmware/slots.py` mounts it. The same sources make the same bytes.

It holds `tag/` and `lib/`, compiled. Board data and the files that start everything are no part of it: any board of the same
architecture runs it.
"""

import ast
import binascii
import hashlib
import io
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path

from davy import deploy, limitkey, roots, words
from davy.errors import DavyError
from davy.vtag import rom

from signature import lms  # isort: skip

MAGIC = b"DVAP"
FORMAT = 1
HEAD_B = 64
MOST_B = 2 << 20
ROOT = (*deploy.BOARD_FILES, *deploy.AS_IS)  # plain files of a tag, never in a bundle
_HEAD = "<4sBBH12sII32s"


@dataclass(frozen=True)
class Bundle:
    """A bundle's parts; `data` is the file."""

    version: int
    arch: str
    image: bytes
    signature: bytes
    data: bytes

    @property
    def name(self) -> str:
        """The version as people say it."""
        return words.version(self.version)

    @property
    def head(self) -> bytes:
        """What a signature is over; it tells one bundle from another."""
        return self.data[:HEAD_B]

    def signed_by(self, public: str) -> bool:
        """Whether this key, in hexadecimal, has signed it."""
        key = bytes.fromhex(public)
        return (
            len(self.signature) == lms.size(key) > 0 and lms.verify(key, (self.head,), io.BytesIO(self.signature)) >= 0
        )


def app_version() -> int:
    """VERSION of tag/app.py as it stands in the sources."""
    for node in ast.parse((roots.FIRMWARE / "tag" / "app.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and [getattr(one, "id", "") for one in node.targets] == ["VERSION"]:
            value = node.value.args[0] if isinstance(node.value, ast.Call) else node.value
            if isinstance(value, ast.Constant) and isinstance(value.value, int):
                return value.value
    raise DavyError("firmware/tag/app.py: says no VERSION")


def build(board: str, arch: str | None = None, key: Path | None = None) -> tuple[bytes, dict[str, bytes]]:
    """The bundle of a board, signed where a key file is given, and the plain files of its tags."""
    with tempfile.TemporaryDirectory() as folder:
        done = deploy.deploy(board, Path(folder) / board, arch)
        files = deploy.image(done.out)
    app = {path: data for path, data in files.items() if path not in ROOT}
    plain = {path: data for path, data in files.items() if path in ROOT}
    return pack(app, app_version(), done.arch, key), plain


def pack(files: dict[str, bytes], version: int, arch: str, key: Path | None = None) -> bytes:
    """The bytes of a bundle. With a key file, one signature of it is used up."""
    return sealed(rom.image(files), version, arch, key)


def sealed(image: bytes, version: int, arch: str, key: Path | None = None) -> bytes:
    """The same of a ROM file system."""
    size = lms.size(bytes.fromhex(limitkey.read(key).public)) if key else 0
    digest = hashlib.sha256(image).digest()
    head = struct.pack(_HEAD, MAGIC, FORMAT, 0, version, arch.encode(), len(image), size, digest)
    head += struct.pack("<I", binascii.crc32(head))
    return head + image + (limitkey.sign(key, head)[0] if key else b"")


def parse(data: bytes) -> Bundle:
    """Take a bundle apart. Raises DavyError when it is not whole."""
    if len(data) < HEAD_B or data[:4] != MAGIC:
        raise DavyError("is no bundle of davy")
    _, form, _, version, arch, size, more, digest = struct.unpack_from(_HEAD, data)
    if struct.unpack_from("<I", data, HEAD_B - 4)[0] != binascii.crc32(data[: HEAD_B - 4]):
        raise DavyError("is a damaged bundle: build it again")
    if form != FORMAT:
        raise DavyError(f"is a bundle of format {form}, which this davy does not know")
    image = data[HEAD_B : HEAD_B + size]
    if len(data) != HEAD_B + size + more or hashlib.sha256(image).digest() != digest:
        raise DavyError("is a damaged bundle: build it again")
    return Bundle(version, arch.rstrip(b"\0").decode("ascii", "replace"), image, data[HEAD_B + size :], data)


def read(path: Path) -> Bundle:
    """A bundle's file."""
    try:
        if path.stat().st_size > MOST_B:
            raise DavyError(f"{path}: is no bundle of davy")
        return parse(path.read_bytes())
    except OSError as error:
        raise DavyError(f"{path}: cannot be read: {error.strerror}") from error
    except DavyError as error:
        raise error if error.message.startswith(str(path)) else DavyError(f"{path}: {error.message}") from error
