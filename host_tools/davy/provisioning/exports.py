"""The registry's tags for others: a network server's devices, settings files for gateway and `davy logs`, labels to stick on.

Files with keys are made readable by their owner only, and never overwrite one that is there. Labels hold no key.
"""

import csv
import io
import json
import os
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from davy.errors import DavyError
from davy.provisioning.registry import Entry

COLUMNS = ("dev_eui", "join_eui", "app_key", "name", "description", "application_id", "device_profile_id")
NO_JOIN_EUI = "0" * 16


def devices(entries: Sequence[Entry], application: str, profile: str) -> list[dict[str, Any]]:
    """ChirpStack v4: what its API takes to create each device, and its keys. Of LoRaWAN 1.0.x the AppKey is its `nwkKey`."""
    return [
        {
            "device": {
                "applicationId": application,
                "deviceProfileId": profile,
                "devEui": entry.tag_id,
                "joinEui": NO_JOIN_EUI,
                "name": entry.name or entry.tag_id,
                "description": f"Davy tag, {entry.board}",
            },
            "deviceKeys": {"devEui": entry.tag_id, "nwkKey": entry.secrets["lora_app_key"]},
        }
        for entry in entries
        if "lora_app_key" in entry.secrets
    ]


def as_csv(made: Sequence[dict[str, Any]]) -> str:
    """The same as a table."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in made:
        device = one["device"]
        row = (device["devEui"], device["joinEui"], one["deviceKeys"]["nwkKey"], device["name"], device["description"])
        writer.writerow([*row, device["applicationId"], device["deviceProfileId"]])
    return out.getvalue()


def settings(entry: Entry) -> str:
    """A settings file of one tag: for `davy gateway --tag` and `davy logs --tag`."""
    values = {"tag_id": entry.tag_id, "name": entry.name, "key": entry.secrets.get("key", "")}
    return "".join(f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in values.items() if value)


def labels(entries: Sequence[Entry]) -> str:
    """A page of labels: name, id, and the id as a QR code."""
    import segno

    cells = []
    for entry in entries:
        code = segno.make(entry.tag_id.upper(), error="m", micro=False).svg_inline(border=2, omitsize=True)
        cells.append(
            f"<figure>{code}<figcaption><b>{escape(entry.name or 'tag')}</b><br><code>{escape(entry.tag_id)}</code><br>"
            f"{escape(entry.board)}</figcaption></figure>"
        )
    return _PAGE.replace("@LABELS@", "\n".join(cells))


def write_private(path: Path, text: str) -> None:
    """A file that only its owner may read; one that is there is never overwritten."""
    try:
        fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        raise DavyError(f"{path}: is there already: a file with keys is never overwritten") from None
    except OSError as error:
        raise DavyError(f"{path}: cannot be written: {error.strerror}") from error
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        file.write(text)


_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Labels of Davy tags</title>
<style>
body { margin: 8mm; font: 10pt system-ui, sans-serif; display: grid; grid-template-columns: repeat(3, 62mm); gap: 4mm; }
figure { margin: 0; padding: 2mm; border: 0.2mm dashed #999; display: flex; align-items: center; gap: 2mm; break-inside: avoid; }
figure svg { width: 24mm; height: 24mm; }
code { font-size: 7.5pt; }
</style>
</head>
<body>
@LABELS@
</body>
</html>
"""
