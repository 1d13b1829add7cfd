"""A message to a tag from its names and words to bytes: everything about it is checked, nothing is cut or saturated.

`davy.js` refuses the same with the same words.
"""

from typing import Any

from davy.errors import DavyError

import davy.roots  # noqa: F401  # isort: skip
from codec.fields import TEXT_MAX  # isort: skip
from tag import events, schema  # isort: skip
from tag.reporting import messages  # isort: skip

LIMITS = {"B": 0xFF, "H": 0xFFFF, "I": 0xFFFFFFFF}


def encode(data: Any, largest: int) -> bytes:
    """`message u8 | ident u16 | arguments` of {"message": ..., "ident": ..., argument: ...}. Raises DavyError."""
    if not isinstance(data, dict):
        raise DavyError("a message is an object")
    message = _id(data.get("message"), schema.NAMED["Messages"])
    if message not in schema.MESSAGES:
        raise DavyError("message: is not known")
    rows = schema.MESSAGES[message].arguments
    taken = ["message", "ident", *(row.name for row in rows)]
    for name in sorted(data):
        if name not in taken:
            raise DavyError(f"{name}: is not of this message, which takes {', '.join(taken)}")
    ident = data.get("ident", 0)
    if not _whole(ident, LIMITS["H"]):
        raise DavyError(f"ident: is no whole number from 0 to {LIMITS['H']}")
    room = largest - 3
    args = [
        _value(row, kind, data.get(row.name), room) for row, kind in zip(rows, events.MESSAGES[message], strict=True)
    ]
    return bytes([message]) + int(ident).to_bytes(2, "little") + messages.encode(message, args)


def _value(row: schema.Field, kind: str, value: Any, room: int) -> Any:
    if row.each:
        most = room // 4
        if not isinstance(value, list) or len(value) > most or not all(_whole(one, LIMITS[row.each]) for one in value):
            raise DavyError(f"{row.name}: is no list of up to {most} whole numbers from 0 to {LIMITS[row.each]}")
        return [int(one) for one in value]
    if kind == "s":
        try:
            if isinstance(value, str) and len(value.encode()) <= TEXT_MAX:
                return value
        except UnicodeError:
            pass
        raise DavyError(f"{row.name}: is no text of up to {TEXT_MAX} bytes")
    if kind == "x":
        try:
            if isinstance(value, str) and not set(value) - set("0123456789abcdef") and len(value) <= 2 * TEXT_MAX:
                return bytes.fromhex(value)
        except ValueError:
            pass
        raise DavyError(f"{row.name}: is no text of up to {TEXT_MAX} bytes in pairs of digits 0-9 a-f")
    if row.names:
        number = _id(value, schema.NAMED[row.names])
        if number is None or number > LIMITS[kind]:
            raise DavyError(f"{row.name}: is none of {', '.join(schema.NAMED[row.names])}")
        return number
    if not _whole(value, LIMITS[kind]):
        raise DavyError(f"{row.name}: is no whole number from 0 to {LIMITS[kind]}")
    return int(value)


def _id(value: Any, named: tuple[str, ...]) -> int | None:
    """An id from its word or number."""
    if isinstance(value, str):
        return named.index(value) if value in named else None
    return int(value) if _whole(value, LIMITS["I"]) else None


def _whole(value: Any, most: int) -> bool:
    return (
        isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= most and value == int(value)
    )
