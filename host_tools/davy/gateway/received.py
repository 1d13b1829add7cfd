"""A record as the gateway holds it."""

import zlib
from dataclasses import dataclass
from typing import Any

from davy import words

from codec.fields import FieldError, get_u16, get_u32  # isort: skip
from tag.reporting import records  # isort: skip


@dataclass(frozen=True)
class Received:
    """One record of one tag: (`tag`, `seq`) names it, as long as the tag's flash is not erased. `at_s` is when it was received, on
    the gateway's clock; `checksum`, the CRC-32 of its bytes, tells a repetition from another record of the same number."""

    tag: str
    seq: int
    boot: int
    t_ms: int
    kind: int
    fields: dict[str, Any]
    at_s: float
    known: bool = True  # False: of a kind that this gateway's table does not have, or damaged; `fields` holds its bytes
    checksum: int = -1  # not known

    @property
    def name(self) -> str:
        """Name of its kind."""
        return words.NAMES.get(self.kind, f"kind {self.kind}") if self.known else f"kind {self.kind}?"

    @property
    def text(self) -> str:
        """What it says, in words."""
        return words.readable(self.kind, self.fields) if self.known else self.fields["bytes"]

    @property
    def urgent(self) -> bool:
        """Whether it went out before others."""
        return words.urgent(self.kind)

    def word(self, field: str) -> str:
        """One field as a person reads it."""
        return words.word(self.kind, field, self.fields) if self.known else str(self.fields[field])

    def as_dict(self) -> dict[str, Any]:
        """For JSON: numbers as they came, and in words."""
        return {
            "tag": self.tag,
            "seq": self.seq,
            "boot": self.boot,
            "t_ms": self.t_ms,
            "at_s": round(self.at_s, 3),
            "kind": self.name,
            "fields": self.fields,
            "words": {name: self.word(name) for name in self.fields},
            "text": self.text,
        }


def read(tag: str, data: bytes, at_s: float) -> tuple[Received, str]:
    """A record from its bytes, at least a header; and why it could not be read, empty if it could."""
    problem = ""
    checksum = zlib.crc32(data)
    try:
        kind, seq, boot, t_ms, values = records.decode(data)
    except FieldError as error:
        kind, seq, boot, t_ms, values = data[0], get_u32(data, 1), get_u16(data, 5), get_u32(data, 7), None
        problem = str(error)
    if values is None:
        fields = {"bytes": data[records.HEADER :].hex()}
        return Received(tag, seq, boot, t_ms, kind, fields, at_s, False, checksum), problem
    return Received(tag, seq, boot, t_ms, kind, words.named(kind, values), at_s, checksum=checksum), ""
