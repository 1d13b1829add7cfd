"""The host's codec and davy.js, in three engines, against the vectors in tests/vectors, which `struct` has packed."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from codecs_rig import CODECS, Call

from davy.codecs import fragments, payload
from tag import events

VECTORS = Path(__file__).resolve().parents[1] / "vectors"

RECORDS = json.loads((VECTORS / "records.json").read_text(encoding="utf-8"))
PAYLOADS = json.loads((VECTORS / "payloads.json").read_text(encoding="utf-8"))
DOWNLINKS = json.loads((VECTORS / "downlinks.json").read_text(encoding="utf-8"))


every_codec = pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)


def up(port: int, data: str) -> Call:
    return "decodeUplink", {"bytes": list(bytes.fromhex(data)), "fPort": port, "variables": {}}


def test_vectors_are_what_their_maker_makes(tmp_path: Path):
    subprocess.run([sys.executable, VECTORS / "make.py", tmp_path], check=True, timeout=60)
    made = sorted(path.name for path in tmp_path.iterdir())
    assert made == sorted(path.name for path in VECTORS.glob("*.json"))
    for name in made:
        same = (tmp_path / name).read_bytes() == (VECTORS / name).read_bytes()
        assert same, f"{name}: run python tests/vectors/make.py"


def test_every_kind_and_message_has_vectors():
    assert {row["kind"] for row in RECORDS} >= set(events.SCHEMA)
    assert {row["message"] for row in DOWNLINKS["messages"]} == set(events.MESSAGES)
    for kind in events.SCHEMA:
        assert sum(row["kind"] == kind for row in RECORDS) >= 3, kind  # as it comes, lowest, highest


@every_codec
def test_records(codec: Any):
    answers = codec([up(1, f"{len(row['hex']) // 2:02x}{row['hex']}") for row in RECORDS])
    for row, got in zip(RECORDS, answers, strict=True):
        header = {name: row[name] for name in ("seq", "boot", "t_ms")}
        wrong, newer = row.get("wrong"), row.get("newer")
        problems = {"problems": [f"record 1: {wrong}"]} if wrong else {}
        assert got["data"] == {"records": [{**header, **row["says"]}], **problems}, row["name"]
        assert got["warnings"] == [f"record 1: {text}" for text in (wrong, newer) if text], row["name"]
        assert got["errors"] == []


@every_codec
def test_payloads(codec: Any):
    answers = codec([up(row["port"], row["hex"]) for row in PAYLOADS["uplinks"]])
    for row, got in zip(PAYLOADS["uplinks"], answers, strict=True):
        assert got == {name: row[name] for name in ("data", "warnings", "errors")}, row["name"]


@every_codec
def test_fragments(codec: Any):
    for row in PAYLOADS["parts"]:
        for index, got in enumerate(codec([up(2, part) for part in row["parts"]])):
            seq16 = int.from_bytes(bytes.fromhex(row["whole"])[1:3], "little")
            shown = {"seq16": seq16, "index": index, "count": len(row["parts"]), "hex": row["parts"][index][6:]}
            assert got["data"] == {"fragment": shown}, row["name"]


def test_fragments_are_put_together_from_either_end():
    for row in PAYLOADS["parts"]:
        for parts in (row["parts"], row["parts"][::-1]):
            assembler = fragments.Assembler()
            decoded = [payload.decode(payload.FRAGMENT, bytes.fromhex(part)).fragment for part in parts]
            found = [assembler.add("tag", part, 0.0) for part in decoded if part]
            assert found[:-1] == [None] * len(found[:-1])
            assert not found or found[-1] == bytes.fromhex(row["whole"])


@every_codec
def test_messages_there_and_back(codec: Any):
    rows = DOWNLINKS["messages"]
    encoded = codec([("encodeDownlink", {"data": row["data"], "variables": {}}) for row in rows])
    for row, got in zip(rows, encoded, strict=True):
        want = {"bytes": list(bytes.fromhex(row["hex"])), "fPort": 1, "warnings": [], "errors": []}
        assert got == want, row["name"]
    decoded = codec([("decodeDownlink", {"bytes": list(bytes.fromhex(row["hex"])), "fPort": 1}) for row in rows])
    for row, got in zip(rows, decoded, strict=True):
        assert got == {"data": row["data"], "warnings": [], "errors": []}, row["name"]


@every_codec
def test_a_message_by_its_number_is_the_same_as_by_its_name(codec: Any):
    rows = DOWNLINKS["messages"]
    encoded = codec([("encodeDownlink", {"data": {**row["data"], "message": row["message"]}}) for row in rows])
    assert [bytes(got["bytes"]).hex() for got in encoded] == [row["hex"] for row in rows]
    [plain] = codec([("encodeDownlink", {"data": {"message": "evacuate"}})])
    assert plain["bytes"] == [3, 0, 0]


@every_codec
def test_what_is_no_message(codec: Any):
    rows = DOWNLINKS["refused"]["bytes"]
    for row, got in zip(
        rows,
        codec([("decodeDownlink", {"bytes": list(bytes.fromhex(row["hex"])), "fPort": 1}) for row in rows]),
        strict=True,
    ):
        assert got == {"data": {}, "warnings": [], "errors": [row["error"]]}, row["hex"]
    rows = DOWNLINKS["refused"]["data"]
    for row, got in zip(rows, codec([("encodeDownlink", {"data": row["data"]}) for row in rows]), strict=True):
        assert got == {"bytes": [], "fPort": 1, "warnings": [], "errors": [row["error"]]}, row["data"]


@pytest.mark.parametrize("engine", ["node", "quickjs", "duktape"])
def test_a_call_without_bytes_is_an_error_and_throws_nothing(engine: str):
    nothing: Any = None
    inputs: list[Any] = [
        {"fPort": 1},
        {"fPort": 2, "bytes": None},
        {"fPort": 1, "bytes": "1004"},
        {"bytes": 7},
        {},
        nothing,
    ]
    for name in ("decodeUplink", "decodeDownlink"):
        for got in CODECS[engine]([(name, input_) for input_ in inputs]):
            assert got == {"data": {}, "warnings": [], "errors": ["there are no bytes"]}
    [got] = CODECS[engine]([("encodeDownlink", nothing)])
    assert got["bytes"] == [] and got["errors"] == ["a message is an object"]


@every_codec
def test_a_message_nobody_knows_and_another_port(codec: Any):
    unknown, port = codec(
        [
            ("decodeDownlink", {"bytes": [200, 1, 2, 0xAB], "fPort": 1}),
            ("decodeDownlink", {"bytes": [3, 0, 0], "fPort": 2}),
        ]
    )
    assert unknown["data"] == {"message": 200, "ident": 513, "hex": "ab"}
    assert unknown["warnings"] == ["message 200 is not known"]
    assert port["errors"] == ["fPort 2 takes no messages"]
