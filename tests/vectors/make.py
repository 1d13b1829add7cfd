"""Test vectors that every codec must reproduce: the tag's, the host's and the JavaScript one. Writes the JSON files beside it.

    python tests/vectors/make.py [FOLDER]

Nothing of Davy is imported: bytes are packed by `struct` with formats written out here, and what they say is written by hand.

    records.json    one record each: `hex`, its header, `values` in their order (bytes in hexadecimal), `says`: what a decoder
                    gives beside the header. `given`: values that an encoder saturates or cuts to these. `read_only`: no encoder
                    of this version writes it. `strict`: MicroPython's own decoder takes these bytes for a letter
    payloads.json   `uplinks`: fPort, `hex`, and all that a decoder gives. `parts`: the fragments of `whole` for a room
    downlinks.json  `messages`: `data` as `encodeDownlink` takes it and `decodeDownlink` gives it, `args` as the tag gets them.
                    `refused` in either direction
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

import downlinks
import edges
import limits
import typical
import uplinks


def files() -> dict[str, str]:
    """Name of a file -> its text."""
    rows = [*typical.typical(), *limits.limits(), *edges.edges()]
    ups = uplinks.payloads(rows)
    contents: dict[str, Any] = {
        "records.json": rows,
        "payloads.json": {"uplinks": [u for u in ups if "port" in u], "parts": [u for u in ups if "parts" in u]},
        "downlinks.json": {"messages": downlinks.downlinks(), "refused": downlinks.refused()},
    }
    return {name: _json(content) for name, content in contents.items()}


def _json(content: Any) -> str:
    """One vector a line. Letters stand as they are, because MicroPython does not join escaped surrogates; a lone one cannot."""
    if isinstance(content, list):
        lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in content)
        return "[\n" + re.sub("[\ud800-\udfff]", lambda lone: f"\\u{ord(lone[0]):04x}", lines) + "\n]\n"
    members = ",\n".join(f"{json.dumps(name)}: {_json(value).rstrip()}" for name, value in content.items())
    return "{\n" + members + "\n}\n"


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).resolve().parent
    for file, text in files().items():
        (folder / file).write_text(text, encoding="utf-8")
