"""How a record's vector is made: bytes by `struct`, with formats written out where the vector is."""

import struct
from typing import Any

HEADER = "<BIHI"
SEQ, BOOT, T_MS = 66051, 7, 1000000

Row = dict[str, Any]


def record(name: str, kind: int, form: str, values: tuple[Any, ...], says: Row, **more: Any) -> Row:
    """A row: `form` packs the integers of `values`; a text or bytes come last, and after them `tail`."""
    header = (more.pop("seq", SEQ), more.pop("boot", BOOT), more.pop("t_ms", T_MS))
    tail: bytes = more.pop("tail", b"")
    last = values[-1] if values and isinstance(values[-1], (str, bytes)) else None
    numbers = values if last is None else values[:-1]
    data = struct.pack(HEADER, kind, *header) + struct.pack("<" + form, *numbers)
    data += last.encode() if isinstance(last, str) else last or b""
    plain = [value.hex() if isinstance(value, bytes) else value for value in values]
    row = {
        "name": name,
        "hex": (data + tail).hex(),
        "kind": kind,
        "seq": header[0],
        "boot": header[1],
        "t_ms": header[2],
    }
    return {**row, "values": plain, "says": says, **more}
