"""`davy records decode`: payloads as a person pastes them from a network server."""

import base64
import json
from pathlib import Path

import pytest
from cli_here import davy, said_in_one_line

PAYLOADS = json.loads((Path(__file__).resolve().parents[1] / "vectors" / "payloads.json").read_text(encoding="utf-8"))
UP = {row["name"]: row for row in PAYLOADS["uplinks"]}
PARTS = {row["name"]: row for row in PAYLOADS["parts"]}


def test_a_batch_in_words():
    done = davy("records", "decode", UP["a batch"]["hex"])
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "alarm 66051: start 7, 1000.000 s, alarm man down, state countdown, cause fall, peak_mg 4870",
        "fall 66051: start 7, 1000.000 s, score 140, peak_mg 6120, tilt_deg 78, age_ms 1900",
        "heartbeat 66051: start 7, 1000.000 s, uptime_min 481, battery_mv 3912, free_b 91234, "
        'faults ["gas", "button"], pending 17, alarm gas high',
    ]


def test_the_same_in_base64_and_for_programs():
    row = UP["the last record cut short"]
    text = base64.b64encode(bytes.fromhex(row["hex"])).decode()
    done = davy("records", "decode", "--base64", "--json", text)
    assert json.loads(done.stdout) == [{"port": 1, "data": row["data"], "warnings": row["warnings"]}]
    assert row["warnings"][0] in davy("records", "decode", row["hex"]).stdout


def test_fragments_become_their_record():
    parts = PARTS["exposure in payloads of 11"]["parts"]
    done = davy("records", "decode", "--port", "2", *parts)
    lines = done.stdout.splitlines()
    assert lines[0] == f"fragment 1 of 4 of record ...515: {parts[0][6:]}"
    assert len(lines) == 4 and lines[3].startswith("exposure 66051: start 7, 1000.000 s, gas co, minutes 372, ")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("zz",), "zz: is not hexadecimal"),
        (("10?",), "10?: is not hexadecimal"),
        (("--base64", "a"), "a: is not base64"),
        (("--base64", "añ=="), "is not base64"),
        (("",), "'': there are no bytes"),
        ((" ",), "' ': there are no bytes"),
        (("--base64", ""), "'': there are no bytes"),
        (("1004",), "1004: record 1: cut short: 1 of 16 bytes"),
        (("--port", "2", "03024312"), "fragment 5 of 4"),
        (("--port", "7", "10"), "fPort 7 is none of a tag"),
    ],
)
def test_what_is_no_payload(words: tuple[str, ...], why: str):
    done = davy("records", "decode", *words)
    assert said_in_one_line(done) and why in done.stderr
