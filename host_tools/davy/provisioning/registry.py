"""The registry of tags: an SQLite file in which all but the tags' ids is sealed with a passphrase.

    about  (name, value)     format, salt and cost of scrypt, and a sealed word that shows whether the passphrase is right
    tags   (ident, sealed)   tag id in clear; a nonce of 12 bytes and AES-256-GCM over the entry as JSON

The key is scrypt(passphrase, salt). An id is sealed into its entry, so entries that are exchanged do not open. That a whole entry
was taken away, or the file replaced by an older copy, nothing here can see: it belongs in a backup. Primitives are those of the
package `cryptography`, which Davy needs anyway; SQLCipher would be one more binary to trust for the same file.

SQLite commits as a whole and is on disk before a commit returns (synchronous=FULL), so a key that was written to a tag is here.
"""

import contextlib
import json
import os
import secrets
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from davy.errors import DavyError

FORMAT = "davy registry 1"
COST = 1 << 15  # scrypt's N: 32 MB and a tenth of a second
LEAST_COST, MOST_COST = 1 << 10, 1 << 20
_NONCE_B = 12
_WORD = b"the passphrase is right"


@dataclass
class Entry:
    """A tag. `state`: `pending` until the tag has proved that it holds what stands here, then `written`."""

    tag_id: str
    name: str = ""
    board: str = ""
    state: str = "pending"
    changed: str = ""  # when, UTC
    secrets: dict[str, str] = field(default_factory=dict, repr=False)  # setting -> value
    earlier: list[dict[str, str]] = field(default_factory=list, repr=False)  # of before: old journals need them


class Registry:
    """An open registry. A context: leaving it closes the file."""

    def __init__(self, path: Path, passphrase: str, create: bool = False) -> None:
        if not passphrase:
            raise DavyError(f"{path}: an empty passphrase protects nothing")
        self.path = path
        if not path.exists():
            if not create:
                raise DavyError(f"{path}: there is no registry yet: davy provision tag makes one")
            with contextlib.suppress(FileExistsError):
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            self._db = sqlite3.connect(path, timeout=10, isolation_level=None)
            self._db.execute("PRAGMA synchronous=FULL")
            self._cipher = self._opened(passphrase)
        except sqlite3.DatabaseError as error:
            raise DavyError(f"{path}: is no registry of tags ({error})") from error

    def __enter__(self) -> "Registry":
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def get(self, tag_id: str) -> Entry | None:
        """The entry of a tag."""
        row = self._db.execute("SELECT sealed FROM tags WHERE ident = ?", (tag_id,)).fetchone()
        return None if row is None else self._entry(tag_id, row[0])

    def all(self) -> list[Entry]:
        """Every entry, by id."""
        rows = self._db.execute("SELECT ident, sealed FROM tags ORDER BY ident").fetchall()
        return [self._entry(ident, sealed) for ident, sealed in rows]

    def put(self, entry: Entry) -> None:
        """Keep an entry; on disk when this returns."""
        with self._changing():
            self._db.execute(
                "INSERT INTO tags VALUES (?, ?) ON CONFLICT (ident) DO UPDATE SET sealed = excluded.sealed",
                (entry.tag_id, self._sealed(entry)),
            )

    def _sealed(self, entry: Entry) -> bytes:
        body = asdict(entry)
        del body["tag_id"]
        return self._seal(entry.tag_id, json.dumps(body).encode())

    def site_key(self) -> str:
        """The key that all tags of the site share, made when it is first asked for."""
        entry = self.get("site")
        if entry is None:
            made = Entry("site", secrets={"site_key": secrets.token_hex(16)})
            with self._changing():  # another davy may be quicker: then its key is the site's
                self._db.execute("INSERT OR IGNORE INTO tags VALUES (?, ?)", ("site", self._sealed(made)))
            entry = self.get("site") or made
        return entry.secrets["site_key"]

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            with contextlib.suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            raise DavyError(f"{self.path}: cannot be written: {error}; nothing was changed") from error

    def _opened(self, passphrase: str) -> AESGCM:
        with self._changing():
            self._db.execute("CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value BLOB)")
            self._db.execute("CREATE TABLE IF NOT EXISTS tags (ident TEXT PRIMARY KEY, sealed BLOB)")
            about: dict[str, Any] = dict(self._db.execute("SELECT name, value FROM about").fetchall())
            if not about:
                salt = secrets.token_bytes(16)
                self._cipher = _cipher(passphrase, salt, COST)
                new = {"format": FORMAT, "salt": salt, "cost": COST, "word": self._seal("", _WORD)}
                self._db.executemany("INSERT INTO about VALUES (?, ?)", new.items())
                return self._cipher
        salt, cost = about.get("salt"), about.get("cost")
        if about.get("format") != FORMAT or not isinstance(salt, bytes) or not isinstance(cost, int):
            raise DavyError(f"{self.path}: is no registry of this davy's format")
        if not LEAST_COST <= cost <= MOST_COST or cost & (cost - 1):
            raise DavyError(f"{self.path}: is damaged: its cost is {cost}")
        self._cipher = _cipher(passphrase, salt, cost)
        if self._open("", about.get("word")) != _WORD:
            raise DavyError(f"{self.path}: the passphrase is not that of this registry")
        return self._cipher

    def _seal(self, ident: str, data: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE_B)
        return nonce + self._cipher.encrypt(nonce, data, f"{FORMAT}|{ident}".encode())

    def _open(self, ident: str, sealed: Any) -> bytes | None:
        if not isinstance(sealed, bytes) or len(sealed) < _NONCE_B + 16:
            return None
        try:
            return self._cipher.decrypt(sealed[:_NONCE_B], sealed[_NONCE_B:], f"{FORMAT}|{ident}".encode())
        except InvalidTag:
            return None

    def _entry(self, ident: str, sealed: Any) -> Entry:
        body = self._open(ident, sealed)
        if body is None:
            raise DavyError(f"{self.path}: the entry of tag {ident} was altered: take the file from a backup")
        return Entry(ident, **json.loads(body))


class Preview:
    """A registry for `--dry-run`: reads what there is, keeps nothing; `book` None: there is none yet."""

    def __init__(self, book: Registry | None) -> None:
        self._book = book

    def get(self, tag_id: str) -> Entry | None:
        """The entry of a tag."""
        return self._book.get(tag_id) if self._book else None

    def site_key(self) -> str:
        """One of the right length."""
        return secrets.token_hex(16)


def _cipher(passphrase: str, salt: bytes, cost: int) -> AESGCM:
    return AESGCM(Scrypt(salt=salt, length=32, n=cost, r=8, p=1).derive(passphrase.encode()))
