"""Uplinks: batches of records, fragments, damage."""

# fmt: off

import struct
from typing import Any

from row import Row


def framed(*records: str) -> str:
    """A batch of records in hexadecimal."""
    return "".join(f"{len(one) // 2:02x}{one}" for one in records)


def payloads(rows: list[Row]) -> list[Row]:
    """Uplinks: batches, fragments, damage."""
    by_name = {row["name"]: row for row in rows}

    def said(name: str, **instead: Any) -> Row:
        row = by_name[name]
        return {"seq": row["seq"], "boot": row["boot"], "t_ms": row["t_ms"], **row["says"], **instead}

    def data(name: str) -> str:
        return by_name[name]["hex"]

    def header(name: str, **more: Any) -> Row:
        row = by_name[name]
        head = {"seq": row["seq"], "boot": row["boot"], "t_ms": row["t_ms"]}
        return {**head, "kind": row["says"]["kind"], "urgent": row["says"]["urgent"], **more}

    def up(name: str, port: int, hex_: str, data: Row, warnings: tuple[str, ...] = (), errors: tuple[str, ...] = ()) -> Row:
        return {
            "name": name, "port": port, "hex": hex_, "data": data, "warnings": list(warnings), "errors": list(errors)
        }

    alarm, fall, beat = data("alarm for a fall"), data("fall"), data("heartbeat")
    cut = "record 2: cut short: 12 of 24 bytes"
    short = "record 1: cut short: 5 of 16 bytes"
    result = [
        up("nothing", 1, "", {"records": []}),
        up("one alarm", 1, framed(alarm), {"records": [said("alarm for a fall")]}),
        up(
            "a batch", 1, framed(alarm, fall, beat),
            {"records": [said("alarm for a fall"), said("fall"), said("heartbeat")]},
        ),
        up(
            "newer records between others", 1, framed(data("newer kind"), alarm, data("newer fields")),
            {"records": [said("newer kind"), said("alarm for a fall"), said("newer fields")]},
            (
                "record 1: kind 200 is not known: a newer tag",
                "record 3: 3 bytes more than known: a newer tag",
            ),
        ),
        up(
            "the last record cut short", 1, (framed(alarm, beat))[: 2 * (17 + 13)],
            {
                "records": [said("alarm for a fall"), header("heartbeat", hex=beat[22:24], cut=True)],
                "problems": [cut],
            },
            (cut,),
        ),
        up(
            "a record shorter than its fields", 1, framed(alarm[:26], fall),
            {
                "records": [header("alarm for a fall", hex=alarm[22:26], cut=True), said("fall")],
                "problems": ["record 1: cut short"],
            },
            ("record 1: cut short",),
        ),
        up(
            "a record shorter than a header", 1, framed(alarm[:20], fall),
            {"records": [said("fall")], "problems": ["record 1: 10 bytes, a record has at least 11"]},
            ("record 1: 10 bytes, a record has at least 11",),
        ),
        up(
            "a record of nothing", 1, "00" + framed(fall),
            {"records": [said("fall")], "problems": ["record 1: 0 bytes, a record has at least 11"]},
            ("record 1: 0 bytes, a record has at least 11",),
        ),
        up("nothing that can be read", 1, framed(alarm)[:12], {}, (), (short,)),
        up("a length alone", 1, "10", {}, (), ("record 1: cut short: 0 of 16 bytes",)),
        up(
            "a newer kind cut short", 1, framed(data("newer kind"))[:-2],
            {
                "records": [header("newer kind", kind_id=200, hex="61ff", cut=True)],
                "problems": ["record 1: cut short: 13 of 14 bytes"],
            },
            ("record 1: cut short: 13 of 14 bytes",),
        ),
        up("another port", 3, framed(alarm), {}, (), ("fPort 3 is none of a tag",)),
        up("the link's own port", 201, "d1", {}, (), ("fPort 201 is none of a tag",)),
        up(
            "a fragment", 2, "03020312345678",
            {"fragment": {"seq16": 515, "index": 0, "count": 4, "hex": "12345678"}},
        ),
        up("the last of sixteen", 2, "ffffffaa", {"fragment": {"seq16": 65535, "index": 15, "count": 16, "hex": "aa"}}),
        up("a fragment of nothing", 2, "030201", {}, (), ("3 bytes, a fragment has at least 4",)),
        up("a fragment of fewer", 2, "03024312", {}, (), ("fragment 5 of 4",)),
        up("an empty fragment", 2, "", {}, (), ("0 bytes, a fragment has at least 4",)),
    ]
    for name, room, sizes in (
        ("alarm for a fall", 11, (8, 8)),
        ("heartbeat", 11, (8, 8, 8)),
        ("exposure", 11, (7, 7, 7, 4)),
        ("samples", 51, (46, 46, 44)),
        ("samples", 53, (46, 46, 44)),
        ("samples", 115, (68, 68)),
        ("samples", 12, (9,) * 15 + (1,)),
        ("fall", 242, (17,)),
        ("samples", 11, ()),  # seventeen would be one too many
        ("fall", 3, ()),
    ):
        whole = data(name)
        parts, at = [], 0
        for index, size in enumerate(sizes):
            head = struct.pack("<HB", by_name[name]["seq"] & 0xFFFF, index * 16 + len(sizes) - 1)
            parts.append(head.hex() + whole[2 * at : 2 * (at + size)])
            at += size
        assert not sizes or 2 * at == len(whole)
        result.append({"name": f"{name} in payloads of {room}", "room": room, "whole": whole, "parts": parts})
    return result
