"""Records as a flat table: when each was made, what each says, and the same from CSV and Parquet as the decoder has it."""

import csv
import json
import struct
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import logs_made
import pyarrow.parquet as pq
import pytest
from logs_made import record

from davy.codecs import said
from davy.errors import DavyError
from davy.logs import chain, export, rows, timeline

VECTORS = json.loads((Path(__file__).resolve().parents[1] / "vectors" / "records.json").read_text(encoding="utf-8"))
NEW_YEAR_MS = int(datetime(2027, 1, 1, tzinfo=UTC).timestamp()) * 1000
TICKS = 1 << 30


def told(t_ms: int, boot: int, epoch_s: int, ms: int = 0) -> bytes:
    return (
        record(18, t_ms, struct.pack("<IHB", epoch_s, ms, 2))[:5]
        + struct.pack("<H", boot)
        + record(18, t_ms, struct.pack("<IHB", epoch_s, ms, 2))[7:]
    )


def beat(t_ms: int, boot: int) -> bytes:
    return record(19, t_ms, bytes(12))[:5] + struct.pack("<H", boot) + record(19, t_ms, bytes(12))[7:]


def test_a_record_is_told_by_the_anchor_before_it_else_by_the_first_after() -> None:
    records = [
        beat(1000, 1),  # a start that was never told the time
        beat(500, 2),
        told(2000, 2, logs_made.EPOCH_S, 250),
        beat(2500, 2),
        told(10_000, 2, logs_made.EPOCH_S + 108),  # somebody has put the clock right: 100 s more have passed
        beat(11_000, 2),
        beat(9_000, 2),  # written late
        told(50, 3, 0),  # not known
    ]
    start = NEW_YEAR_MS + 250
    assert timeline.times(records) == [
        None,
        start - 1500,
        start,
        start + 500,
        NEW_YEAR_MS + 108_000,
        NEW_YEAR_MS + 109_000,
        start + 7000,
        None,
    ]


def test_ticks_that_wrap_go_on() -> None:
    step = TICKS // 4
    records = [told(TICKS - 10, 1, logs_made.EPOCH_S)] + [
        beat((TICKS - 10 + i * step) % TICKS, 1) for i in range(1, 12)
    ]
    assert timeline.times(records) == [NEW_YEAR_MS + i * step for i in range(12)]


def test_every_kind_says_what_the_decoder_says_in_columns_of_one_type() -> None:
    columns = rows.columns()
    types = {int: int, float: float, bool: bool, str: str}
    for vector in VECTORS:
        data = bytes.fromhex(vector["hex"])
        [says] = [said.read(data).record]
        run = says.pop("readings", None)
        found = list(rows.rows([data], [5_000_000], {}))
        assert len(found) == (len(run) if run else 1)
        for row in found:
            values = dict(row.values)
            assert set(says) - {"seq", "boot", "t_ms", "kind", "urgent", "time"} <= set(values) <= set(columns), vector
            for name, value in values.items():
                assert value is None or type(value) is types[columns[name]], (vector["name"], name, value)
        if run:
            assert [(row.t_ms, dict(row.values)["value"]) for row in found] == [
                (one["t_ms"], one["value"]) for one in run
            ]
            ages = [(says["t_ms"] - one["t_ms"]) % TICKS for one in run]
            assert [row.time_ms for row in found] == [5_000_000 - age for age in ages]


@pytest.fixture
def checked() -> chain.Checked:
    """Every vector of the record table, and a working hour."""
    records = [(1, bytes.fromhex(vector["hex"])) for vector in VECTORS]
    made = logs_made.journal([*logs_made.working(400), *records], segment_bytes=3000)
    found = chain.check(made, [logs_made.KEY])
    assert found.state == "whole"
    return found


def test_csv_parquet_and_json_lines_agree(checked: chain.Checked, tmp_path: Path) -> None:
    files = [tmp_path / f"out{ending}" for ending in export.formats()]
    counts = [export.export(checked, file, {"tag_id": "00000000000da771"}) for file in files]
    as_csv, as_lines, as_parquet = files
    with as_csv.open(encoding="utf-8", newline="") as file:
        from_csv = list(csv.DictReader(file))
    table = pq.read_table(as_parquet)
    from_parquet: list[dict[str, Any]] = table.to_pylist()
    lines = [json.loads(line) for line in as_lines.read_text(encoding="utf-8").splitlines()]
    assert (
        len(from_csv) == len(from_parquet) == counts[0] == counts[2] > len(lines) == counts[1] == len(checked.records)
    )
    assert json.loads(table.schema.metadata[b"davy"])["tag_id"] == "00000000000da771"
    for a, b in zip(from_csv, from_parquet, strict=True):
        assert set(a) == set(b)
        for name, value in b.items():
            if isinstance(value, datetime):
                value = value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            elif isinstance(value, bool):
                value = str(value).lower()
            assert a[name].removeprefix("'") == ("" if value is None else str(value)), name
    for line, record_ in zip(lines, checked.records, strict=True):
        assert {name: line[name] for name in line if name not in ("at", "chain")} == said.read(record_).record
    reading = from_parquet[1]
    assert (reading["kind"], reading["gas"], reading["unit"], reading["value"]) == ("reading", "ch4", "%vol", 0.05)
    assert reading["time"] == datetime(2027, 1, 1, 0, 0, 0, 1000, tzinfo=UTC)


def test_a_text_is_no_formula(tmp_path: Path) -> None:
    made = logs_made.journal([(1, record(10, 0, b"\x01=cmd|' /C calc'!A0"))])
    export.export(chain.check(made, [logs_made.KEY]), tmp_path / "x.csv", {})
    assert "'=cmd|" in (tmp_path / "x.csv").read_text()


def test_what_the_chain_says_stands_in_each_row(tmp_path: Path) -> None:
    made = logs_made.journal(logs_made.working(50))
    data = bytearray(made[1])
    at = 41 + len(data[41:]) // 2
    data[at] ^= 1
    found = chain.check({1: bytes(data)}, [logs_made.KEY])
    export.export(found, tmp_path / "x.csv", {})
    with (tmp_path / "x.csv").open(newline="") as file:
        states = [row["chain"] for row in csv.DictReader(file)]
    assert (
        set(states) == {"ok"} and len(states) == 49
    )  # its checksum is wrong, so it is left out, and the next one proves
    [one] = found.wrong
    assert one.name == "altered" and one.first == one.last


def test_a_failed_export_leaves_what_was_there(checked: chain.Checked, tmp_path: Path) -> None:
    out = tmp_path / "x.csv"
    out.write_text("precious")
    with pytest.raises(DavyError, match=r"\.csv, \.jsonl, \.parquet"):
        export.export(checked, tmp_path / "x.xls", {})
    broken = chain.Checked((), (*checked.records, b""), 0)  # raises in the middle
    with pytest.raises(IndexError):
        export.export(broken, out, {})
    assert out.read_text() == "precious"
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]
