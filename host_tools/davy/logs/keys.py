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


def beside(segments: Segments) -> bytes:
    """The key in settings that lay beside the journal; empty without."""
    try:
        return bytes.fromhex(str(segments.settings.get("key", "")))
    except ValueError:
        return b""
