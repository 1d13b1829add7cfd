"""Messages to a tag, and what is none."""

# fmt: off

import struct
from typing import Any

from row import Row


def down(message: int, name: str, body: bytes, args: list[Any], says: Row, ident: int = 1201) -> Row:
    """A message: `args` as the tag gets them, `says` its arguments by name."""
    raw = struct.pack("<BH", message, ident) + body
    data = {"message": name, "ident": ident, **says}
    return {"name": f"{name} {ident}", "hex": raw.hex(), "message": message, "ident": ident, "args": args, "data": data}


def downlinks() -> list[Row]:
    """Every message."""
    three, many = [1, 0x3FFFFFFF, 70000], list(range(59))
    leave, longest = "Zjöl: leave by the east 🔥", "выход" * 12  # 120 bytes
    settings = "checkin_s=900\nname=K. Roy"
    part = bytes(range(120))
    return [
        down(1, "ack", struct.pack("<3I", *three), [three], {"seqs": three}, 0),
        down(1, "ack", b"", [[]], {"seqs": []}, 65535),
        down(1, "ack", struct.pack("<59I", *many), [many], {"seqs": many}, 1),
        down(2, "help", b"\x04", [4], {"alarm": "man down"}),
        down(2, "help", b"\xc8", [200], {"alarm": 200}, 1202),
        down(3, "evacuate", b"", [], {}),
        down(4, "all clear", b"", [], {}),
        down(5, "text", leave.encode(), [leave], {"text": leave}),
        down(5, "text", b"", [""], {"text": ""}, 1202),
        down(5, "text", longest.encode(), [longest], {"text": longest}, 1203),
        down(6, "shift end", b"", [], {}),
        down(7, "drill start", b"", [], {}),
        down(8, "drill stop", b"", [], {}),
        down(9, "time", struct.pack("<IH", 835617600, 999), [835617600, 999], {"epoch_s": 835617600, "epoch_ms": 999}),
        down(10, "config", settings.encode(), [settings], {"text": settings}),
        down(
            11, "limits", struct.pack("<HH", 3000, 240) + part, [3000, 240, part.hex()],
            {"size": 3000, "offset": 240, "part": part.hex()},
        ),
        down(11, "limits", bytes(4), [0, 0, ""], {"size": 0, "offset": 0, "part": ""}, 1202),
        down(12, "readings again", struct.pack("<II", 1, 4294967295), [1, 4294967295], {"first": 1, "last": 4294967295}),
        down(13, "reaction test", b"", [], {}),
    ]


def refused() -> Row:
    """What is no message: as bytes, and as data."""
    of_tag = "message, ident"
    alarms = "none, fault, gas low, gas high, man down, sos, evacuation, wearing?, gas warning, message, neighbour"
    digits = "is no text of up to 120 bytes in pairs of digits 0-9 a-f"
    return {
        "bytes": [
            {"hex": "", "error": "0 bytes, a message has at least 3"},
            {"hex": "0301", "error": "2 bytes, a message has at least 3"},
            {"hex": "020100", "error": "the arguments are not those of help"},
            {"hex": "0201000400", "error": "the arguments are not those of help"},
            {"hex": "03010000", "error": "the arguments are not those of evacuate"},
            {"hex": "0101000000", "error": "the arguments are not those of ack"},
            {"hex": "050100c328", "error": "the arguments are not those of text"},
            {"hex": "0a0100613dff", "error": "the arguments are not those of config"},
            {"hex": "0b0100010002", "error": "the arguments are not those of limits"},
            {"hex": "0c010001000000020000", "error": "the arguments are not those of readings again"},
        ],
        "data": [
            {"data": None, "error": "a message is an object"},
            {"data": [3], "error": "a message is an object"},
            {"data": {}, "error": "message: is not known"},
            {"data": {"message": "leave"}, "error": "message: is not known"},
            {"data": {"message": "none"}, "error": "message: is not known"},
            {"data": {"message": 200}, "error": "message: is not known"},
            {"data": {"message": True}, "error": "message: is not known"},
            {"data": {"message": 3.5}, "error": "message: is not known"},
            {"data": {"message": "evacuate", "idnet": 4}, "error": f"idnet: is not of this message, which takes {of_tag}"},
            {"data": {"message": 3, "ident": 65536}, "error": "ident: is no whole number from 0 to 65535"},
            {"data": {"message": 3, "ident": -1}, "error": "ident: is no whole number from 0 to 65535"},
            {"data": {"message": 3, "ident": "4"}, "error": "ident: is no whole number from 0 to 65535"},
            {"data": {"message": 3, "ident": None}, "error": "ident: is no whole number from 0 to 65535"},
            {"data": {"message": "help"}, "error": f"alarm: is none of {alarms}"},
            {"data": {"message": "help", "alarm": "sleep"}, "error": f"alarm: is none of {alarms}"},
            {"data": {"message": "help", "alarm": 256}, "error": f"alarm: is none of {alarms}"},
            {"data": {"message": "text", "text": "ä" * 61}, "error": "text: is no text of up to 120 bytes"},
            {"data": {"message": "text", "text": "\ud83d"}, "error": "text: is no text of up to 120 bytes"},
            {"data": {"message": "text", "text": 5}, "error": "text: is no text of up to 120 bytes"},
            {
                "data": {"message": "ack", "seqs": list(range(60))},
                "error": "seqs: is no list of up to 59 whole numbers from 0 to 4294967295",
            },
            {
                "data": {"message": "ack", "seqs": [1, -1]},
                "error": "seqs: is no list of up to 59 whole numbers from 0 to 4294967295",
            },
            {
                "data": {"message": "time", "epoch_s": 4294967296, "epoch_ms": 0},
                "error": "epoch_s: is no whole number from 0 to 4294967295",
            },
            {"data": {"message": "limits", "size": 1, "offset": 0, "part": "abc"}, "error": f"part: {digits}"},
            {"data": {"message": "limits", "size": 1, "offset": 0, "part": "AB"}, "error": f"part: {digits}"},
            {"data": {"message": "limits", "size": 1, "offset": 0, "part": "00" * 121}, "error": f"part: {digits}"},
        ],
    }
