"""`davy samples`: what a tag felt around a fall, a drop or a near miss, as recordings."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from davy.cli.output import Json, print_json

_TOLD = ("fall", "drop", "impact")


def samples(
    store: Annotated[Path, typer.Argument(metavar="FILE.jsonl", help="What `davy gateway --store` has kept.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Write a recording for each event here.")] = Path("samples"),
    as_json: Json = False,
) -> None:
    """Put together the 4 s of samples that tags sent with falls, drops and near misses, and write each as a recording.

    davy samples records.jsonl --out samples && davy replay samples/*.csv
    """
    from davy.errors import DavyError
    from davy.samples import WHOLE, csv, rows_of

    told: dict[tuple[str, int, int], str] = {}
    parts: dict[tuple[str, int, int], dict[int, list[list[int]]]] = {}
    for record in _records(store):
        fields = record["fields"]
        if record["kind"] in _TOLD:
            told[record["tag"], record["boot"], record["t_ms"]] = record["kind"]
        elif record["kind"] == "samples":
            parts.setdefault((record["tag"], record["boot"], fields["event_ms"]), {})[fields["part"]] = fields["mg"]
    if not parts:
        raise DavyError(f"{store}: holds no samples: tags send them after a fall, a drop or a hard hit")
    out.mkdir(parents=True, exist_ok=True)
    written: list[dict[str, Any]] = []
    for (tag, boot, t_ms), of in sorted(parts.items()):
        kind = told.get((tag, boot, t_ms), "event")
        rows = rows_of(of)
        file = out / f"{tag}-{boot}-{t_ms}-{kind}.csv"
        file.write_text(csv(rows), encoding="utf-8")
        written.append({"file": str(file), "kind": kind, "samples": len(rows), "whole": len(rows) == WHOLE})
    if as_json:
        print_json(written)
        return
    for one in written:
        lacks = "" if one["whole"] else f", {WHOLE - one['samples']} not there (yet)"
        print(f"{one['file']}  {one['kind']}, {one['samples']} samples{lacks}")


def _records(store: Path) -> list[dict[str, Any]]:
    from davy.errors import DavyError

    records = []
    try:
        text = store.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise DavyError(f"{store}: is no file of records: {error.reason}") from None
    except OSError as error:
        raise DavyError(f"{store}: {error.strerror}") from None
    for number, line in enumerate(text.splitlines(), 1):
        try:
            record = json.loads(line)
            tag, boot, t_ms, fields = str(record["tag"]), int(record["boot"]), int(record["t_ms"]), record["fields"]
            if not tag.isalnum():  # it becomes a part of a file's name
                raise ValueError("tag")
            if record["kind"] == "samples":
                fields = {
                    "event_ms": int(fields["event_ms"]),
                    "part": int(fields["part"]),
                    "mg": [[int(x), int(y), int(z)] for x, y, z in fields["mg"]],
                }
            records.append({"tag": tag, "boot": boot, "t_ms": t_ms, "kind": record["kind"], "fields": fields})
        except (ValueError, KeyError, TypeError):
            raise DavyError(f"{store}:{number}: is no record of a gateway") from None
    return records
