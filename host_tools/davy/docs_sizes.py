"""The section of docs/records.md about sizes: records beside the same content in CBOR and SenML, and how many payloads they take.

The others are packed as well as their names allow: numbers are the same integers as ours, ids stay numbers, no units are sent.

    CBOR, named      {"kind": 4, "seq": 48211, "boot": 7, "t_ms": 5312480, "alarm": 3, ...} (RFC 8949)
    CBOR, numbered   the same with keys 0, 1, 2, ...: who reads it needs the table
    CBOR, array      the same without keys: who reads it needs the table and its order
    SenML            RFC 8428 in CBOR with its integer labels: base name (the kind) and base time, then a name and a value a field

What is packed in bytes is a list of numbers there; in SenML a record each, at its time.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

import cbor2

from davy import words  # also puts the tag's own code on the path

from tag import events, schema  # isort: skip
from tag.reporting import fragments, messages, records  # isort: skip

SEQ, BOOT, T_MS = 48211, 7, 5312480

# labels of RFC 8428, table 4
_BASE_NAME, _BASE_TIME, _NAME, _VALUE, _TEXT, _TIME = -2, -3, 0, 2, 3, 6

# what limits a payload, in bytes of records and their lengths, without MAC answers
ROOMS = (
    (51, "EU868 and RU864 at SF12"),
    (53, "AS923 at DR3 with dwell time, US915 at DR1"),
    (11, "AS923 at DR2 with dwell time, US915 at DR0"),
)

_METHANE = [0, 0, 1, 1, 2, 4, 8, 13, 19, 26, 34, 41]
_OXYGEN = [2090 - (n % 3) + n // 8 for n in range(34)]
_CALM = [0] * 34


def _run(gas: int, counts: Sequence[int]) -> tuple[Any, ...]:
    steps = bytes((after - before) & 0xFF for before, after in pairwise(counts))
    return events.READINGS, gas, 0, 10, counts[0], steps


_PULSE = [(-12, 1004, 33), (180, 2310, -77), (912, 6120, 410), (-344, 1822, 95)]
_SAMPLES = b"".join(
    (axis & 0xFFFF).to_bytes(2, "little") for n in range(20) for axis in _PULSE[n % 4]
)  # as lively as a hit

# title, event without its time; the first nine are what a tag says every day
CONTENTS: list[tuple[str, tuple[Any, ...]]] = [
    ("alarm", (events.ALARM, events.ALARM_GAS_HIGH, events.ON, events.CH4, 153)),
    ("heartbeat", (events.HEARTBEAT, 481, 3912, 91234, 0, 17, 0)),
    ("reading", (events.READING, events.CH4, 0, 153)),
    ("run of 12 readings, methane", _run(events.CH4, _METHANE)),
    ("run of 34 readings, oxygen", _run(events.O2, _OXYGEN)),
    ("exposure", (events.EXPOSURE, events.CO, 372, 4, 310, 118, 92, 655, 0)),
    ("level", (events.LEVEL, events.H2S, 4, 1, 101, 513, 3)),
    ("fall", (events.FALL, 140, 6120, 78, 1900)),
    ("downlink", (events.DOWNLINK, events.MSG_HELP, 1201, events.SHOWN)),
    ("run of 34 readings, all 0", _run(events.CH4, _CALM)),
    ("samples", (events.SAMPLES, 5310580, 4, _SAMPLES)),
    ("crash", (events.CRASH, 3, "OSError: 5 in line 81, tag.reporter")),
]
TYPICAL = 9

SAID: list[tuple[str, int, tuple[Any, ...]]] = [
    ("message help", events.MSG_HELP, (events.ALARM_MAN_DOWN,)),
    ("message evacuate", events.MSG_EVACUATE, ()),
    ("message time", events.MSG_TIME, (835617600, 250)),
    ("message readings again", events.MSG_READINGS, (48000, 48210)),
    ("message text", events.MSG_TEXT, ("leave by the east shaft",)),
]
SHORT = 4  # of these: without text

HEAD = ("content", "ours", "CBOR, named", "CBOR, numbered", "CBOR, array", "SenML")


def record(event: tuple[Any, ...]) -> bytes:
    """The record of an event without its time."""
    buf = bytearray(records.LARGEST)
    return bytes(buf[: records.encode((event[0], T_MS, *event[1:]), SEQ, BOOT, buf)])


def lengths(event: tuple[Any, ...]) -> tuple[int, ...]:
    """Bytes of one record: ours, and each of the others."""
    named = {"kind": event[0], "seq": SEQ, "boot": BOOT, "t_ms": T_MS, **_fields(event)}
    return len(record(event)), *_lengths(named), len(senml(event))


def senml(event: tuple[Any, ...]) -> bytes:
    """The record as a pack of SenML."""
    head: dict[int, Any] = {_BASE_NAME: words.NAMES[event[0]] + ".", _BASE_TIME: Decimal(T_MS) / 1000}
    rows = [head | {_NAME: "seq", _VALUE: SEQ}, {_NAME: "boot", _VALUE: BOOT}]
    return cbor2.dumps(rows + [row for name, value in _fields(event).items() for row in _senml(name, value)])


def message_lengths(message: int, args: tuple[Any, ...]) -> tuple[int, ...]:
    """Bytes of one message: ours, and each of the others."""
    rows = schema.MESSAGES[message].arguments
    named = {"message": message, "ident": 1201, **{row.name: arg for row, arg in zip(rows, args, strict=True)}}
    pack = [row for name, value in named.items() for row in _senml(name, value)]
    return 3 + len(messages.encode(message, args)), *_lengths(named), len(cbor2.dumps(pack))


def _fields(event: tuple[Any, ...]) -> dict[str, Any]:
    """Fields by name; a run of readings as its readings."""
    fields = words.named(event[0], event[1:])
    if "steps" in fields:
        fields["values"] = words.run(fields)
        del fields["first_value"], fields["steps"]
    return fields


def _lengths(named: dict[str, Any]) -> tuple[int, int, int]:
    values = list(named.values())
    return len(cbor2.dumps(named)), len(cbor2.dumps(dict(enumerate(values)))), len(cbor2.dumps(values))


def _senml(name: str, value: Any) -> list[dict[int, Any]]:
    """A field as SenML: a list as a record each, under one base name and without names of their own."""
    if isinstance(value, str):
        return [{_NAME: name, _TEXT: value}]
    if not isinstance(value, list):
        return [{_NAME: name, _VALUE: value}]
    rows: list[dict[int, Any]] = []
    for i, one in enumerate(value):
        if isinstance(one, list):  # a sample of three axes, every 20 ms
            time = Decimal(2 * i) / 100
            rows += [{_NAME: axis, _VALUE: number, _TIME: time} for axis, number in zip("xyz", one, strict=True)]
        else:
            rows.append({_VALUE: one, _TIME: -10 * (len(value) - 1 - i)})
    return [{_BASE_NAME: name} | rows[0], *rows[1:]]


def comparison() -> list[tuple[str, ...]]:
    """A row a content: bytes, and the share that ours are of them."""
    rows = [(title, lengths(event)) for title, event in CONTENTS]
    rows += [(title, message_lengths(message, args)) for title, message, args in SAID]
    return [(title, str(ours), *(f"{n} ({100 * ours / n:.0f} %)" for n in others)) for title, (ours, *others) in rows]


def fits() -> list[tuple[str, ...]]:
    """A row a content: its bytes in a payload, and how many payloads it takes where these are small."""
    rows = []
    for title, event in CONTENTS:
        n = len(record(event))
        parts = ["1" if n + 1 <= room else str(fragments.count(n, room)) for room, _ in ROOMS]
        rows.append((title, str(n + 1), *(text if text != "0" else "-" for text in parts)))
    return rows


_BESIDE = """\
### Beside CBOR and SenML

Bytes of the same content, and which share of them ours are (`davy/docs_sizes.py`, by `cbor2`; ids stay numbers there,
units are left out, which favours the others). *named*: a map with field names; *numbered*: with keys 0, 1, 2; *array*:
values alone; SenML: RFC 8428 in CBOR with integer labels.
"""

_CLAIM = """
Ours take at most half of CBOR with names and of SenML, except where what is carried is text or bytes anyway: text,
samples, long runs of zeros, which CBOR too writes in a byte each. CBOR without names is another matter. Numbered keys
cost a byte a field. An array is as short as ours (81 to 100 % where there is no run or text), but it needs the same table
and has no fixed length: its alarm grows to 18 bytes with numbers above 65535.

### In small payloads

Bytes in a payload, with the length before it, and how many payloads a content takes where they hold only so many bytes,
in a frame without MAC answers:
"""

_SLOW = """
Not even a header fits 11 bytes: everything goes in fragments there, and samples wait for a better data rate (-).
"""


def section(table: Callable[[Sequence[str], Sequence[Sequence[object]]], list[str]]) -> list[str]:
    """Its lines; `table` makes one of a head and rows."""
    rooms = [f"{room} bytes" for room, _ in ROOMS]
    return [
        _BESIDE,
        *table(HEAD, comparison()),
        _CLAIM,
        *(f"- {room} bytes: {where}" for room, where in ROOMS),
        _SLOW,
        *table(("content", "bytes", *rooms), fits()),
    ]
