"""Which keys a journal is checked with: those a person gives, or the one that lay beside it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from davy import tagconfig
from davy.errors import DavyError
from davy.logs.segments import Segments


def of_files(files: Sequence[Path]) -> dict[bytes, dict[str, Any]]:
    """key -> settings, of settings files: those a person writes (TOML), or a tag's own config.a."""
    found: dict[bytes, dict[str, Any]] = {}
    for file in files:
        values = _settings(file)
        if not values.get("key"):
            raise DavyError(f"{file}: key: is missing: nothing can be proved without")
        found[bytes.fromhex(str(values["key"]))] = values
    return found


def _settings(file: Path) -> dict[str, Any]:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise DavyError(f"{file}: cannot be read: {error.strerror}") from error
    if not data.startswith(b"davy-config "):
        return dict(tagconfig.read(file))
    try:
        return dict(tagconfig.parse(data))
    except DavyError as error:
        raise DavyError(f"{file}: {error.message}") from error


def of_registry(path: Path, passphrase: str, tag_id: str) -> dict[bytes, dict[str, Any]]:
    """key -> settings, of the registry: all keys that a tag ever had; of all tags when nobody knows whose journal it is."""
    from davy.provisioning.registry import Registry

    found: dict[bytes, dict[str, Any]] = {}
    with Registry(path, passphrase) as book:
        for entry in book.all():
            if tag_id in ("", entry.tag_id):
                for secrets in (entry.secrets, *entry.earlier):
                    if secrets.get("key"):
                        found[bytes.fromhex(secrets["key"])] = {"tag_id": entry.tag_id, "name": entry.name}
    if not found:
        raise DavyError(f"{path}: no key of tag {tag_id}" if tag_id else f"{path}: no tag yet")
    return found


def beside(segments: Segments) -> bytes:
    """The key in settings that lay beside the journal; empty without."""
    try:
        return bytes.fromhex(str(segments.settings.get("key", "")))
    except ValueError:
        return b""
