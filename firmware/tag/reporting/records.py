"""A record: one event with its number, the same bytes in the journal, on the air and at the gateway. Tag and host share this file.

`kind u8 | seq u32 | boot u16 | t_ms u32` (11 bytes, little endian), then the event's fields as `tag.events.SCHEMA`
lists them. (seq) orders the records of a tag for ever; (boot, t_ms) is the tag's own clock: ticks modulo 2^30 since
its start. Integers saturate, text is cut to 120 bytes at a character. A record may be longer than the table says (a
newer tag): what is known is read. A kind that is not in the table gives its header, without fields.
"""

from codec.fields import FieldError, get_u16, get_u32, pack, put_u16, put_u32, unpack
from micropython import const
from tag.events import SCHEMA

HEADER = const(11)
LARGEST = const(160)  # header, longest fixed part and a whole text, with room to grow; a test checks it


# Bit sets of kinds, for `Reader.next`. A kind that is not in the table, of a newer firmware, is none of the kept.
URGENT = sum([1 << kind for kind in SCHEMA if SCHEMA[kind][1] == 1])
KEPT = sum([1 << kind for kind in SCHEMA if SCHEMA[kind][1]])
ROUTINE = 0x3FFFFFFF & ~KEPT


def encode(event, seq: int, boot: int, buf, offset: int = 0) -> int:
    """Write the record of an event at `offset`; returns the offset after it. Raises FieldError for an event unlike its SCHEMA."""
    kind = event[0]
    row = SCHEMA.get(kind)
    if row is None:
        raise FieldError("event of unknown kind %d" % kind)
    buf[offset] = kind
    put_u32(buf, offset + 1, seq)
    put_u16(buf, offset + 5, boot)
    put_u32(buf, offset + 7, event[1])
    return pack(row[2], event, buf, offset + HEADER, 2)


def decode(buf, start: int = 0, end: int = -1) -> tuple:
    """(kind, seq, boot, t_ms, values) of the record in buf[start:end]; values is None for a kind not in the table.

    Raises FieldError when the bytes end before the record does."""
    if end < 0:
        end = len(buf)
    if end - start < HEADER or end > len(buf):
        raise FieldError("record cut short in its header")
    kind = buf[start]
    row = SCHEMA.get(kind)
    values = None if row is None else unpack(row[2], buf, start + HEADER, end)
    return kind, get_u32(buf, start + 1), get_u16(buf, start + 5), get_u32(buf, start + 7), values


def urgent(kind: int) -> bool:
    """Whether records of this kind go out before all others; an unknown kind is not urgent."""
    row = SCHEMA.get(kind)
    return row is not None and row[1] == 1
