"""`davy samples`: from a gateway's store to recordings, with every broken store named."""

import json
from pathlib import Path

import pytest
from cli_here import davy, said_in_one_line

from davy import recordings

TAG = "00000000000da770"


def line(kind: str, t_ms: int, **fields: object) -> str:
    return json.dumps({"tag": TAG, "seq": t_ms, "boot": 2, "t_ms": t_ms, "at_s": 1.0, "kind": kind, "fields": fields})


def part(number: int, event_ms: int = 7000) -> str:
    mg = [[number, i, 1000] for i in range(20)]
    return line("samples", event_ms + number, event_ms=event_ms, part=number, mg=mg)


def test_events_become_recordings(tmp_path: Path) -> None:
    store = tmp_path / "records.jsonl"
    lines = [line("fall", 7000, score=120), *[part(number) for number in range(10)], part(3, 9000), part(3)]
    store.write_text("\n".join(lines) + "\n")
    done = davy("samples", str(store), "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    assert f"{TAG}-2-7000-fall.csv  fall, 200 samples\n" in done.stdout
    assert f"{TAG}-2-9000-event.csv  event, 20 samples, 180 not there (yet)\n" in done.stdout
    recording = recordings.load(tmp_path / "out" / f"{TAG}-2-7000-fall.csv")
    assert len(recording.t_s) == 200
    assert list(recording.mg[-3:]) == [9, 19, 1000]
    told = json.loads(davy("samples", str(store), "--out", str(tmp_path / "out"), "--json").stdout)
    assert [one["whole"] for one in told] == [True, False]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "holds no samples"),
        (line("fall", 7000), "holds no samples"),
        ("{", ":1: is no record"),
        (part(0) + "\n[]", ":2: is no record"),
        (line("samples", 1, event_ms=1, part=0), ":1: is no record"),
        (line("samples", 1, event_ms=1, part="x", mg=[]), ":1: is no record"),
        (line("samples", 1, event_ms=1, part=0, mg=[[1, 2]]), ":1: is no record"),
        (part(0).replace(TAG, "../../x"), ":1: is no record"),
    ],
)
def test_a_broken_store_is_named(tmp_path: Path, text: str, why: str) -> None:
    store = tmp_path / "records.jsonl"
    store.write_text(text)
    done = davy("samples", str(store), "--out", str(tmp_path / "out"))
    assert said_in_one_line(done)
    assert why in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_store_that_cannot_be_read(tmp_path: Path) -> None:
    assert said_in_one_line(davy("samples", str(tmp_path / "none.jsonl")))
    (tmp_path / "bytes.jsonl").write_bytes(b"\xff\xfe\x00")
    assert "no file of records" in davy("samples", str(tmp_path / "bytes.jsonl")).stderr
