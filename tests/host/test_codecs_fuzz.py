"""Whatever comes, the host's codec and davy.js say the same of it, and neither raises."""

import json
import random
import string
from pathlib import Path
from typing import Any

import pytest
from codecs_rig import CODECS, Call, Codec, host

from codec.fields import FieldError
from davy import words
from davy.codecs import fragments, payload
from tag import events, schema
from tag.reporting import records

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
RECORDS = [bytes.fromhex(row["hex"]) for row in json.loads((VECTORS / "records.json").read_text(encoding="utf-8"))]
MESSAGES = json.loads((VECTORS / "downlinks.json").read_text(encoding="utf-8"))["messages"]

COUNTS = {"node": 20_000, "quickjs": 20_000, "duktape": 2_000}
every_engine = pytest.mark.parametrize("engine", COUNTS)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """A few bytes or bits other than they were."""
    out = bytearray(data)
    for _ in range(chance.choice((0, 1, 1, 2, 5))):
        at = chance.randrange(len(out)) if out else 0
        match chance.randrange(5):
            case 0 if out:
                out[at] ^= 1 << chance.randrange(8)
            case 1 if out:
                out[at] = chance.randrange(256)
            case 2:
                del out[at:]
            case 3:
                del out[at : at + chance.randrange(1, 5)]
            case _:
                out[at:at] = chance.randbytes(chance.randrange(1, 5))
    return bytes(out)


def framed(records: list[bytes]) -> bytes:
    return b"".join(bytes([min(255, len(record))]) + record[:255] for record in records)


def made(chance: random.Random) -> bytes:
    """A record with a header and a body of chance, mostly of a known kind."""
    body = chance.randbytes(chance.choice((0, 1, 3, 4, 5, 8, 11, 13, 16, 20, 40, 130)))
    if chance.random() < 0.3:
        body = body[:1] + chance.choice(("ä", "€", "🔥", "\x00")).encode() * chance.randrange(9) + body[1:]
    return bytes([chance.randrange(24)]) + chance.randbytes(10) + body


def payload_of_chance(chance: random.Random) -> tuple[int, bytes]:
    match chance.randrange(6):
        case 0:
            return chance.choice((1, 1, 2, 3, 0, 255)), chance.randbytes(chance.randrange(60))
        case 1:
            return 2, mutated(
                chance.randbytes(2) + bytes([chance.randrange(256)]) + chance.choice(RECORDS)[:48], chance
            )
        case 2 | 3:
            return 1, mutated(framed(chance.choices(RECORDS, k=chance.randrange(1, 6))), chance)
        case 4:
            return 1, framed([mutated(record, chance) for record in chance.choices(RECORDS, k=chance.randrange(1, 6))])
        case _:
            return 1, framed([made(chance) for _ in range(chance.randrange(1, 5))])


def agree(engine: Codec, calls: list[Call]) -> list[Any]:
    """The answers, the same from both."""
    ours = json.loads(json.dumps(host(calls)))
    for call, one, other in zip(calls, ours, engine(calls), strict=True):
        assert one == other, call
    return ours


@every_engine
def test_uplinks(engine: str):
    chance = random.Random(20261128)
    calls: list[Call] = []
    for _ in range(COUNTS[engine]):
        port, data = payload_of_chance(chance)
        calls.append(("decodeUplink", {"bytes": list(data), "fPort": port}))
    answers = agree(CODECS[engine], calls)
    records = [record for answer in answers for record in answer["data"].get("records", [])]
    seen = {record["kind"] for record in records if not record.get("cut") and not record.get("newer")}
    assert seen == {row[0] for row in events.SCHEMA.values()}, "some kind was never tried"
    for sign in ("cut", "newer", "more", "time", "readings"):
        assert any(sign in record for record in records), sign
    assert any(answer["errors"] for answer in answers) and any("problems" in answer["data"] for answer in answers)
    assert not any(answer["errors"] and answer["data"] for answer in answers), "network servers drop data beside errors"


@every_engine
def test_downlinks(engine: str):
    chance = random.Random(20261129)
    calls: list[Call] = []
    for _ in range(COUNTS[engine] // 4):
        data = mutated(bytes.fromhex(chance.choice(MESSAGES)["hex"]), chance)
        calls.append(("decodeDownlink", {"bytes": list(data), "fPort": chance.choice((1, 1, 1, 1, 9))}))
    answers = agree(CODECS[engine], calls)
    good = [(call, answer["data"]) for call, answer in zip(calls, answers, strict=True) if answer["data"]]
    again = agree(CODECS[engine], [("encodeDownlink", {"data": data}) for _, data in good])
    same = 0
    for (call, _), one in zip(good, again, strict=True):
        assert one["errors"] or one["bytes"] == call[1]["bytes"]
        same += not one["errors"]
    assert same > len(calls) / 5 and any(answer["errors"] for answer in answers)


def value_of_chance(chance: random.Random) -> Any:
    words = [
        *schema.NAMED["Alarms"],
        *schema.NAMED["Messages"],
        "00ff",
        "0",
        "",
        "ä" * 60,
        "\udc00",
        "x\ud83d",
        "🔥",
        "A0",
    ]
    numbers = [0, 1, 3, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**53, -1, 1.5, 3.0, -0.0, 1e300]
    return chance.choice(
        [None, True, False, [], {}, [1, 2], [1, "2"], [2**32], [0.5], chance.choice(words), chance.choice(words)]
        + [chance.choice(numbers) for _ in range(6)]
    )


@every_engine
def test_what_people_ask_for(engine: str):
    chance = random.Random(20261130)
    calls: list[Call] = []
    for _ in range(COUNTS[engine] // 4):
        data = dict(chance.choice(MESSAGES)["data"])
        for _ in range(chance.choice((0, 1, 1, 2))):
            name = chance.choice((*data, "".join(chance.choices(string.ascii_letters, k=3))))
            if chance.random() < 0.2:
                data.pop(name, None)
            else:
                data[name] = value_of_chance(chance)
        calls.append(("encodeDownlink", {"data": chance.choice((data, data, data, value_of_chance(chance)))}))
    answers = agree(CODECS[engine], calls)
    assert {bool(answer["errors"]) for answer in answers} == {True, False}
    assert not any(answer["errors"] and answer["bytes"] for answer in answers)


def test_whatever_can_be_read_can_be_said_in_words():
    chance = random.Random(20261202)
    said = 0
    for _ in range(5_000):
        _, data = payload_of_chance(chance)
        for record in payload.decode(1, data).raw:
            try:
                kind, _, _, _, values = records.decode(record)
            except FieldError:
                continue
            if values is not None:
                named = words.named(kind, values)
                assert words.sentence(kind, named)
                assert all(isinstance(words.word(kind, name, named), str) for name in named)
                said += 1
    assert said > 5_000


def test_fragments_of_anything_never_raise_and_stay_bounded():
    chance = random.Random(20261201)
    assembler = fragments.Assembler(per_device=8, devices=4)
    whole = 0
    for now_s in range(20_000):
        record = chance.choice(RECORDS)
        count = chance.choice((1, 2, 3))
        size = -(-len(record) // count)
        index = chance.randrange(count)
        data = record[1:3] + bytes([index << 4 | count - 1]) + record[index * size : (index + 1) * size]
        part = payload.decode(2, mutated(data, chance) if chance.random() < 0.2 else data).fragment
        if part is not None:
            found = assembler.add(f"tag {chance.randrange(6)}", part, float(now_s))
            if found is not None:
                whole += 1
                assert fragments.get_u16(found, 1) == part.seq and 11 <= len(found) <= 240
        assert assembler.waiting() <= 8 * 4
    assert whole > 1000 and assembler.given_up > 0 and assembler.refused > 0
