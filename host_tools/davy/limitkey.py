"""The private key that signs limit profiles: an LMS key (RFC 8554), each of whose leaves may sign once and never again.

Two signatures by one leaf would let anybody sign. So the file says which leaf is next, and says so on disk, before a signature
is made: a power cut or a full disk loses a leaf, never uses one twice. A lock keeps two `davy` apart. What nothing here can
keep apart are two copies of the file: never sign with a copy or a restored backup.

    {"davy-limits-key": 1, "lms": 6, "lmots": 3, "seed": hex, "ident": hex, "public": hex, "next": leaf}

The signatures are made by pyhsslms; the tag's own verifier (lib/signature) checks each before it leaves.
"""

import contextlib
import fcntl
import io
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import davy.roots  # noqa: F401  puts the tag's code on sys.path
from davy.errors import DavyError
from signature import lms

SIGNATURES = {32: 5, 1024: 6}  # how many a key has -> its LMS type
_LMOTS_W4 = 3
_FORMAT = "davy-limits-key"
_SEED_B = 32
_IDENT_B = 16


@dataclass(frozen=True)
class Key:
    """A key file's contents; all hexadecimal but for the numbers. `next`: the first leaf that has not been used."""

    lms: int
    lmots: int
    seed: str
    ident: str
    public: str
    next: int

    @property
    def size(self) -> int:
        """How many signatures the key has in all."""
        return {kind: count for count, kind in SIGNATURES.items()}[self.lms]

    @property
    def left(self) -> int:
        """How many it can still give."""
        return self.size - self.next


def create(path: Path, signatures: int = 1024) -> Key:
    """Make a new key file; an existing one is never overwritten."""
    if path.exists():
        raise DavyError(f"{path}: is there already; a key is never overwritten")
    seed, ident = os.urandom(_SEED_B), os.urandom(_IDENT_B)
    private = _private(SIGNATURES[signatures], seed, ident, 0)
    public = private.publicKey().serialize().hex()
    key = Key(SIGNATURES[signatures], _LMOTS_W4, seed.hex(), ident.hex(), public, 0)
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise DavyError(f"{path}: is there already; a key is never overwritten") from None
    except OSError as error:
        raise DavyError(f"{path}: cannot be written: {error.strerror}") from error
    with os.fdopen(number, "wb") as file:
        _put(file, key)
    _sync_folder(path)
    return key


def read(path: Path) -> Key:
    """The key in a file; one that others may read is refused, its secret is out."""
    try:
        mode = path.stat().st_mode
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DavyError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError):
        raise DavyError(f"{path}: is no key file of davy") from None
    if stat.S_IMODE(mode) & 0o077:
        raise DavyError(f"{path}: others may read or write it (mode {stat.S_IMODE(mode):o}): chmod 600 {path}")
    return _checked(path, values)


def sign(path: Path, message: bytes) -> tuple[bytes, Key]:
    """A signature, and the key as it is now. The leaf is used up on disk before the signature exists."""
    with _locked(path):
        key = read(path)
        if not key.left:
            raise DavyError(f"{path}: all {key.size} signatures are used up: make a new key (davy limits keygen)")
        used = replace(key, next=key.next + 1)
        _replace(path, used)
        private = _private(key.lms, bytes.fromhex(key.seed), bytes.fromhex(key.ident), key.next)
        signature = private.sign(message)
    if lms.verify(bytes.fromhex(key.public), (message,), io.BytesIO(signature)) != key.next:
        raise DavyError(f"{path}: the signature does not verify with the file's own public key: the file is damaged")
    return signature, used


def _private(kind: int, seed: bytes, ident: bytes, leaf: int) -> Any:
    from pyhsslms import pyhsslms

    types = (kind.to_bytes(4, "big"), _LMOTS_W4.to_bytes(4, "big"))
    return pyhsslms.LmsPrivateKey(*types, SEED=seed, I=ident, q=leaf)


def _checked(path: Path, values: Any) -> Key:
    """A key whose every value has its type and size."""
    fields: dict[str, Any] = {}
    if isinstance(values, dict):
        fields = {name: values.get(name) for name in Key.__annotations__}
    if not fields or values.get(_FORMAT) != 1:
        raise DavyError(f"{path}: is no key file of davy")
    for name, kind in Key.__annotations__.items():
        if type(fields[name]) is not kind:
            raise DavyError(f"{path}: {name}: is no {'number' if kind is int else 'text'}")
    sizes = {"seed": _SEED_B, "ident": _IDENT_B, "public": lms.KEY_SIZE}
    for name, size in sizes.items():
        try:
            whole = len(bytes.fromhex(fields[name])) == size
        except ValueError:
            whole = False
        if not whole:
            raise DavyError(f"{path}: {name}: is not {size} bytes in hexadecimal")
    key = Key(**fields)
    if key.lms not in SIGNATURES.values() or key.lmots != _LMOTS_W4 or not 0 <= key.next <= key.size:
        raise DavyError(f"{path}: lms, lmots or next are none of a key that davy makes")
    return key


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Nobody else signs with this key meanwhile. The lock is a file of its own: the key's is replaced by a new one."""
    if not path.exists():
        raise DavyError(f"{path}: cannot be read: No such file or directory")
    lock = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DavyError(f"{path}: another davy signs with it right now") from None
        yield
    finally:
        os.close(lock)


def _replace(path: Path, key: Key) -> None:
    part = path.with_name(path.name + ".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        _put(file, key)
    os.replace(part, path)
    _sync_folder(path)


def _put(file: Any, key: Key) -> None:
    file.write(json.dumps({_FORMAT: 1, **asdict(key)}, indent=1).encode() + b"\n")
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    """The file's name is on disk too."""
    folder = os.open(path.absolute().parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
