"""`davy.js`, the codec for ChirpStack v4 and The Things Stack v3, made from the record table and `template.js`.

    python -m davy.codecs.javascript > host_tools/davy/codecs/davy.js

ECMAScript 5.1 without modules, so that QuickJS and goja both run it; a test holds the file to the table.
"""

import json
from pathlib import Path
from typing import Any

from davy.codecs import payload, said  # also puts the tag's own code on the path

import quality  # isort: skip
from codec.fields import TEXT_MAX  # isort: skip
from tag import events, schema  # isort: skip
from tag.reporting import records  # isort: skip

TEMPLATE = Path(__file__).with_name("template.js")
MADE = Path(__file__).with_name("davy.js")

HEAD = """// Davy's payload codec for ChirpStack v4 and The Things Stack v3: paste the whole file into the device profile or
// payload formatter. What it says is told in docs/records.md. Made by `python -m davy.codecs.javascript`; do not edit."""


def _field(field: schema.Field, kind: str = "") -> dict[str, Any]:
    """A field as an object, without what is empty."""
    row = {
        "name": field.name,
        "type": kind,
        "unit": field.unit if field.unit in ("gas", "step", "flag", "bits", "epoch") else "",
        "names": field.names,
        "gas": field.gas if field.gas != "gas" else "",
        "each": field.each,
        "cases": [[about, ids, _field(other)] for about, ids, other in field.cases],
    }
    return {name: value for name, value in row.items() if value}


def _js(value: Any) -> str:
    """A value as JavaScript: JSON, but names of an object's members stand without quotes."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name}: {_js(one)}" for name, one in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_js(one) for one in value) + "]"
    return json.dumps(value)


def _fields(rows: tuple[schema.Field, ...], types: str) -> str:
    lines = [f"    {_js(_field(row, kind))}" for row, kind in zip(rows, types, strict=True)]
    return "[\n" + ",\n".join(lines) + "\n  ]" if lines else "[]"


def tables() -> str:
    """The numbers and tables as JavaScript."""
    numbers = {
        "BATCH": payload.BATCH,
        "FRAGMENT": payload.FRAGMENT,
        "DOWNLINK": payload.DOWNLINK,
        "LARGEST": payload.LARGEST,
        "HEADER": records.HEADER,
        "TEXT_MAX": TEXT_MAX,
        "TICKS": said.TICKS,
        "USABLE": [number for number in range(256) if quality.usable(number)],
    }
    gases = {gas: [counts, unit] for gas, (_, _, counts, unit) in events.GASES.items()}
    named = ",\n".join(f"  {_js(title)}: {_js(names)}" for title, names in schema.NAMED.items())
    kinds = ",\n".join(
        f"  {kind}: {{ name: {_js(name)}, urgent: {_js(lane == 1)}, fields: "
        f"{_fields(schema.RECORDS[kind].fields, types)} }}"
        for kind, (name, lane, types) in events.SCHEMA.items()
    )
    messages = ",\n".join(
        f"  {message}: {_fields(schema.MESSAGES[message].arguments, types)}"
        for message, types in events.MESSAGES.items()
    )
    lines = [f"var {name} = {_js(value)};" for name, value in numbers.items()]
    lines += ["", "// gas: counts per unit, unit", f"var GASES = {_js(gases)};", "", f"var NAMED = {{\n{named}\n}};"]
    lines += ["", f"var KINDS = {{\n{kinds}\n}};", "", f"var MESSAGES = {{\n{messages}\n}};"]
    return "\n".join(lines)


def render() -> str:
    """The whole file."""
    return TEMPLATE.read_text(encoding="utf-8").replace("// HEAD", HEAD, 1).replace("/* TABLES */", tables(), 1)


if __name__ == "__main__":
    print(render(), end="")
