"""Records at the edges: what saturates, what is cut, what is newer, what is no UTF-8."""

# fmt: off

import struct

from row import Row, record


def edges() -> list[Row]:
    """What saturates, what is cut, what is newer, what is no UTF-8."""
    crash = {"kind": "crash", "urgent": True, "task": "gas"}
    still = {"kind": "still", "urgent": False, "still_s": 30}
    fire = "\U0001f525"
    rows = [
        record(
            "above and below the range", 4, "BBBh", (255, 0, 1, 32767),
            {"kind": "alarm", "urgent": True, "alarm": 255, "state": "off", "cause": "fall", "peak_mg": 32767},
            given=[300, -1, 1, 40000],
        ),
        record(
            "far below the range", 17, "BBBhhhHIb", (0, 0, 0, -32768, -32768, -32768, 0, 0, -128, ""),
            {
                "kind": "calibration", "urgent": True, "gas": "none", "act": "none", "result": "none", "applied": -32768,
                "response": -32768, "zero": -32768, "unit": "counts", "gain_q12": 0, "epoch_s": 0, "time": None,
                "temp_c": -128, "text": "",
            },
            given=[-1, -2, -(2**31), -32769, -40000, -(2**40), -1, -1, -129, ""],
        ),
        record(
            "far above the range", 17, "BBBhhhHIb", (255, 255, 255, 32767, 32767, 32767, 65535, 4294967295, 127, "a"),
            {
                "kind": "calibration", "urgent": True, "gas": 255, "act": 255, "result": 255, "applied": 32767,
                "response": 32767, "zero": 32767, "unit": "counts", "gain_q12": 65535, "epoch_s": 4294967295,
                "time": "2136-02-07T06:28:15.000Z", "temp_c": 127, "text": "a",
            },
            given=[256, 300, 2**31, 32768, 40000, 2**40, 65536, 2**32, 128, "a"],
        ),
        record("text in other letters", 10, "B", (1, f"größer, 深, {fire}"), {**crash, "text": f"größer, 深, {fire}"}),
        record(
            "text cut at two bytes", 10, "B", (1, "ä" * 60), {**crash, "text": "ä" * 60}, given=[1, "ä" * 61]
        ),
        record(
            "text cut before three bytes", 10, "B", (1, "x" * 118), {**crash, "text": "x" * 118}, given=[1, "x" * 118 + "€"]
        ),
        record(
            "text cut before four bytes", 10, "B", (1, "xyz" + fire * 29), {**crash, "text": "xyz" + fire * 29},
            given=[1, "xyz" + fire * 30],
        ),
        record(
            "bytes cut", 14, "IB", (1, 2, bytes(range(120))),
            {
                "kind": "samples", "urgent": False, "event_ms": 1, "part": 2,
                "mg": [list(struct.unpack("<hhh", bytes(range(n, n + 6)))) for n in range(0, 120, 6)],
            },
            given=[1, 2, bytes(range(121)).hex()],
        ),
        record(
            "samples with a rest", 14, "IB", (1, 2, b"\x01\x00\x02\x00\x03\x00\xaa\xbb"),
            {"kind": "samples", "urgent": False, "event_ms": 1, "part": 2, "mg": [[1, 2, 3]], "more": "aabb"},
            wrong="2 bytes left over",
        ),
        record(
            "newer fields", 7, "H", (30,), {**still, "more": "aa00ff", "newer": True}, tail=b"\xaa\x00\xff", read_only=True,
            newer="3 bytes more than known: a newer tag",
        ),
        record(
            "newer kind", 200, "", (), {"kind": "unknown", "kind_id": 200, "urgent": False, "hex": "61ff63", "newer": True},
            tail=b"a\xffc", read_only=True, newer="kind 200 is not known: a newer tag",
        ),
        record(
            "newer kind without fields", 255, "", (),
            {"kind": "unknown", "kind_id": 255, "urgent": False, "hex": "", "newer": True},
            read_only=True, newer="kind 255 is not known: a newer tag",
        ),
    ]
    for name, data, text, strict in (
        ("stray bytes", b"ok\xff\xfe!", "ok??!", False),
        ("a character cut short", b"ab\xe2\x82", "ab??", False),
        ("a stray continuation", b"a\x80b", "a?b", False),
        ("two bytes for one", b"a\xc1\xbfb", "a??b", True),
        ("three bytes for two", b"a\xe0\x9f\xbfb", "a???b", True),
        ("four bytes for three", b"a\xf0\x8f\xbf\xbfb", "a????b", True),
        ("a surrogate", b"a\xed\xa0\x80b", "a???b", True),
        ("beyond the last", b"a\xf4\x90\x80\x80b", "a????b", True),
        ("five bytes", b"a\xf8\x88\x80\x80\x80b", "a?????b", False),
    ):
        row = record(f"no UTF-8: {name}", 10, "B", (1, data), {**crash, "text": text}, read_only=True, strict=strict)
        rows.append({**row, "values": [1, text]})
    edge = "\x00\x7f\x80\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff"
    rows.append(record("the first and last of each length", 10, "B", (1, edge), {**crash, "text": edge}))
    return rows
