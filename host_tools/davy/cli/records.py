"""`davy records`: what a tag's payloads say, for whoever has them from a network server."""

import base64
import binascii
import json
from typing import Annotated, Any

import typer

from davy.cli.group import group
from davy.cli.output import Json, print_json

app = group("Read what tags have sent, from its bytes.")


@app.command("decode")
def decode(
    payloads: Annotated[list[str], typer.Argument(metavar="PAYLOAD...", help="Application payloads, in hexadecimal.")],
    port: Annotated[int, typer.Option(min=1, max=223, help="LoRaWAN fPort: 1 for records, 2 for fragments.")] = 1,
    is_base64: Annotated[
        bool, typer.Option("--base64", help="They are in base64, as ChirpStack's events have it.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say what LoRaWAN payloads of a tag mean; the fragments of one record are put together.

    davy records decode 100403020100070040420f000401010613
    """
    from davy.codecs import payload
    from davy.codecs.fragments import Assembler
    from davy.errors import DavyError

    assembler = Assembler()
    shown: list[dict[str, Any]] = []
    for text in payloads:
        data = _bytes(text, is_base64)
        decoded = payload.decode(port, data)
        if decoded.errors:
            raise DavyError(f"{text[:40]}: {'; '.join(decoded.errors)}")
        if decoded.fragment:
            record = assembler.add("", decoded.fragment, 0.0)
            if record is not None:
                decoded = payload.decode(payload.BATCH, bytes([len(record)]) + record)
        shown.append({"port": port, "data": decoded.data, "warnings": decoded.warnings})
        if not as_json:
            print("\n".join([*_lines(decoded.data), *decoded.warnings]))
    if as_json:
        print_json(shown)


def _bytes(text: str, is_base64: bool) -> bytes:
    from davy.errors import DavyError

    try:
        data = base64.b64decode(text, validate=True) if is_base64 else bytes.fromhex(text)
    except (ValueError, binascii.Error):
        raise DavyError(f"{text[:40]}: is not {'base64' if is_base64 else 'hexadecimal'}") from None
    if not data:
        raise DavyError(f"'{text[:40]}': there are no bytes")
    return data


def _lines(data: dict[str, Any]) -> list[str]:
    """A line a record: what it is, then all that it says."""
    if "fragment" in data:
        part = data["fragment"]
        return [f"fragment {part['index'] + 1} of {part['count']} of record ...{part['seq16']}: {part['hex']}"]
    lines = []
    for record in data["records"]:
        head = (
            f"{record.pop('kind')} {record.pop('seq')}: start {record.pop('boot')}, {record.pop('t_ms') / 1000:.3f} s"
        )
        record.pop("urgent")
        lines.append(", ".join([head, *(f"{name} {_shown(value)}" for name, value in record.items())]))
    return lines


def _shown(value: Any) -> str:
    if value is None:
        return "not known"
    return value if isinstance(value, str) else json.dumps(value)
