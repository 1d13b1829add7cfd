"""A checked journal as a file: CSV and Parquet are the flat table of `rows`, JSON Lines are records as `davy.codecs.said` has them.

The file is written beside its place and put there when it is whole, so that a full disk costs nothing that was there before.

Parquet is written by pyarrow, the format's reference implementation: 55 MB, so it is an extra of the package that nothing else
needs. fastparquet wants pandas, polars a runtime as large, and a writer of our own would be one more to keep.
"""

import csv
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from davy.codecs import said
from davy.errors import DavyError
from davy.logs import chain, rows, timeline
from davy.logs.chain import Checked
from davy.logs.rows import Row
from davy.writing import replacing

GROUP = 1 << 16  # rows of a Parquet row group
_FORMULA = ("=", "+", "-", "@", "\t")  # a spreadsheet would run a text that begins so


def formats() -> tuple[str, ...]:
    """Endings of files that `export` writes."""
    return tuple(_WRITERS)


def export(checked: Checked, out: Path, about: dict[str, Any]) -> int:
    """Write all records; the ending of `out` says how. Returns the rows written. Raises DavyError."""
    writer = _WRITERS.get(out.suffix)
    if writer is None:
        raise DavyError(f"{out}: what it should become is said by its ending: {', '.join(_WRITERS)}")
    with replacing(out) as part:
        return writer(checked, part, about)


def table(checked: Checked) -> Iterator[Row]:
    """The rows of the flat table."""
    marks = rows.marks(checked.findings, tuple(chain.WRONG | chain.UNKNOWN))
    return rows.rows(checked.records, timeline.times(checked.records), marks)


def iso(time_ms: int | None) -> str | None:
    """Milliseconds since 1970 in ISO 8601, UTC."""
    if time_ms is None:
        return None
    return datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _csv(checked: Checked, out: Path, about: dict[str, Any]) -> int:
    names = list(rows.columns())
    place = {name: i for i, name in enumerate(names)}
    empty: list[Any] = [""] * (len(names) - len(rows.HEADER))
    head = len(rows.HEADER)
    n = 0
    with _text(out) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        for row in table(checked):
            rest = empty.copy()
            for name, value in row.values:
                rest[place[name] - head] = _cell(value)
            time = iso(row.time_ms)
            header = (row.seq, time, row.boot, row.t_ms, row.kind, _cell(row.urgent), row.chain)
            writer.writerow([*header, *rest])
            n += 1
    return n


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def _text(out: Path) -> IO[str]:
    return out.open("w", encoding="utf-8", newline="")


def _jsonl(checked: Checked, out: Path, about: dict[str, Any]) -> int:
    marks = rows.marks(checked.findings, tuple(chain.WRONG | chain.UNKNOWN))
    times = timeline.times(checked.records)
    with _text(out) as file:
        for record, time_ms in zip(checked.records, times, strict=True):
            told = said.read(record).record
            line = {"seq": told["seq"], "at": iso(time_ms), "chain": marks.get(told["seq"], "ok"), **told}
            file.write(json.dumps(line, separators=(",", ":"), ensure_ascii=False))
            file.write("\n")
    return len(checked.records)


def _parquet(checked: Checked, out: Path, about: dict[str, Any]) -> int:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise DavyError("Parquet needs pyarrow: pip install 'davy[parquet]', or write .csv or .jsonl") from error
    kinds = {
        int: pa.int64(),
        float: pa.float64(),
        bool: pa.bool_(),
        str: pa.string(),
        "time": pa.timestamp("ms", "UTC"),
    }
    columns = rows.columns()
    metadata = {"davy": json.dumps({**about, "findings": [one.text for one in checked.findings]})}
    schema = pa.schema([(name, kinds[kind]) for name, kind in columns.items()], metadata=metadata)
    n = 0
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        for block in _blocks(table(checked)):
            n += len(block)
            header = dict(zip(rows.HEADER, zip(*(row[:7] for row in block), strict=True), strict=True))
            sparse: dict[str, list[Any]] = {}
            for i, row in enumerate(block):
                for name, value in row.values:
                    column = sparse.get(name)
                    if column is None:
                        column = sparse[name] = [None] * len(block)
                    column[i] = value
            found = {**header, **sparse}
            arrays = [
                pa.array(found[field.name], field.type) if field.name in found else pa.nulls(len(block), field.type)
                for field in schema
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
    return n


def _blocks(found: Iterator[Row]) -> Iterator[list[Row]]:
    block: list[Row] = []
    for row in found:
        block.append(row)
        if len(block) == GROUP:
            yield block
            block = []
    if block:
        yield block


_WRITERS: dict[str, Callable[[Checked, Path, dict[str, Any]], int]] = {
    ".csv": _csv,
    ".jsonl": _jsonl,
    ".parquet": _parquet,
}
