"""Records, downlinks and fragments against the vectors in tests/vectors, which `struct` has packed."""

import binascii
import json
import sys

import micropython
from tag import events
from tag.reporting import fragments, messages, records

FOLDER = sys.path[0] + "/../vectors/"


def load(name):
    with open(FOLDER + name) as file:
        return json.load(file)


def typed(types, values):
    """Values as a codec takes them: what is packed in bytes stands in hexadecimal in a vector."""
    return tuple([binascii.unhexlify(v) if types[i] == "x" else v for i, v in enumerate(values)])


def test_every_record_is_read():
    seen = set()
    for row in load("records.json"):
        if row.get("strict") and sys.implementation.name == "micropython":
            continue
        found = records.decode(binascii.unhexlify(row["hex"]))
        kind = row["kind"]
        values = typed(events.SCHEMA[kind][2], row["values"]) if kind in events.SCHEMA else None
        assert found == (kind, row["seq"], row["boot"], row["t_ms"], values), row["name"]
        seen.add(kind)
    for kind in events.SCHEMA:
        assert kind in seen, kind


def test_every_record_is_written_saturated_and_cut():
    buf = bytearray(records.LARGEST + 1)
    cut = 0
    for row in load("records.json"):
        if row.get("read_only"):
            continue
        given = row.get("given")
        cut += given is not None
        event = (row["kind"], row["t_ms"]) + typed(events.SCHEMA[row["kind"]][2], given or row["values"])
        n = records.encode(event, row["seq"], row["boot"], buf, 1)
        assert binascii.hexlify(bytes(buf[1:n])).decode() == row["hex"], row["name"]
    assert cut >= 6


def test_every_message_there_and_back():
    seen = set()
    for row in load("downlinks.json")["messages"]:
        kind, data = row["message"], binascii.unhexlify(row["hex"])
        if kind == events.MSG_ACK:
            args = (tuple(row["args"][0]),)
        else:
            args = typed(events.MESSAGES[kind], row["args"])
        assert messages.decode(kind, data, 3, len(data)) == args, row["name"]
        assert messages.encode(kind, args) == data[3:], row["name"]
        seen.add(kind)
    assert len(seen) == len(events.MESSAGES)


def test_what_is_no_message():
    for row in load("downlinks.json")["refused"]["bytes"]:
        data = binascii.unhexlify(row["hex"])
        if len(data) >= 3:
            assert messages.decode(data[0], data, 3, len(data)) is None, row["hex"]


def test_a_record_in_even_fragments():
    buf = bytearray(300)
    for row in load("payloads.json")["parts"]:
        whole = b"\x55\x55" + binascii.unhexlify(row["whole"])
        parts = fragments.count(len(whole) - 2, row["room"])
        assert parts == len(row["parts"]), row["name"]
        for i in range(parts):
            end = fragments.put(whole, 2, len(whole), i, parts, buf, 3)
            assert binascii.hexlify(bytes(buf[3:end])).decode() == row["parts"][i], row["name"]
            assert end - 3 <= row["room"]


def test_fragments_of_every_length_fit_and_are_all_there():
    buf = bytearray(300)
    record = bytes([(7 * i) & 255 for i in range(240)])
    for room in (4, 11, 20, 51, 53, 115, 222, 242):
        for n in range(11, 241):
            parts = fragments.count(n, room)
            assert (parts == 0) == (n > 16 * (room - 3))
            at = 0
            for i in range(parts):
                end = fragments.put(record, 0, n, i, parts, buf, 0)
                assert 3 < end <= room
                assert buf[3:end] == record[at : at + end - 3]
                at += end - 3
            assert at == n or parts == 0
    assert fragments.count(11, 3) == fragments.count(11, 0) == 0


def test_a_fragment_allocates_nothing():
    buf = bytearray(60)
    record = bytes(range(136))
    fragments.put(record, 0, 136, 1, 3, buf, 0)
    micropython.heap_lock()
    try:
        fragments.put(record, 0, 136, fragments.count(136, 51) - 1, 3, buf, 0)
    finally:
        micropython.heap_unlock()
