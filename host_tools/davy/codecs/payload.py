"""LoRaWAN payloads of a tag: batches of records, fragments of one, and downlinks. `davy.js` is the same for network servers.

    uplink    fPort 1   (length u8 | record)*                            a batch, as in a link frame
              fPort 2   seq u16 | index << 4 | count - 1 u8 | bytes      a fragment of one record, see `fragments`
    downlink  fPort 1   message u8 | ident u16 | arguments

What comes may be anything: it is decoded as far as it can be, and what is wrong is said, never raised. Both network servers throw
a payload's data away when its decoder reports an error, so `errors` holds something only when nothing could be decoded; else what
is wrong stands in `warnings`, and in the data as `problems`.
"""

from dataclasses import dataclass, field
from typing import Any

from davy.codecs import arguments, said  # also puts the tag's own code on the path
from davy.codecs.fragments import Fragment, read_fragment

from tag import events, schema  # isort: skip
from tag.reporting import messages  # isort: skip

BATCH = 1
FRAGMENT = 2
DOWNLINK = 1
LARGEST = 242  # bytes of application payload, at the best data rate of any region
_HEAD = 3  # of a downlink


@dataclass
class Decoded:
    """What a payload says. `raw`: its records as bytes, for whoever keeps them; `fragment`: the part of one that it is."""

    data: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    fragment: Fragment | None = None

    @property
    def problems(self) -> list[str]:
        """All that is wrong with it or not known."""
        return self.errors + self.warnings

    @property
    def records(self) -> list[dict[str, Any]]:
        """What its records say."""
        return self.data.get("records", [])


def decode(port: int, data: bytes) -> Decoded:
    """Decode an uplink."""
    if port == BATCH:
        return _batch(data)
    if port == FRAGMENT:
        part, wrong = read_fragment(data)
        if part is None:
            return Decoded(errors=[wrong])
        shown = {"seq16": part.seq, "index": part.index, "count": part.count, "hex": part.data.hex()}
        return Decoded({"fragment": shown}, fragment=part)
    return Decoded(errors=[f"fPort {port} is none of a tag"])


def encode_downlink(message: str | int, ident: int = 0, args: dict[str, Any] | None = None) -> bytes:
    """A message to a tag, by name or id, with its arguments by name: ids may be words. Raises DavyError for what cannot be said.

    encode_downlink("help", 7, {"alarm": "man down"})
    """
    return arguments.encode({**(args or {}), "message": message, "ident": ident}, LARGEST)


def decode_downlink(port: int, data: bytes) -> Decoded:
    """What a downlink asks of a tag; the data is what `encode_downlink` takes."""
    if port != DOWNLINK:
        return Decoded(errors=[f"fPort {port} takes no messages"])
    if len(data) < _HEAD:
        return Decoded(errors=[f"{len(data)} bytes, a message has at least {_HEAD}"])
    message, ident = data[0], int.from_bytes(data[1:_HEAD], "little")
    if message not in schema.MESSAGES:
        shown = {"message": message, "ident": ident, "hex": data[_HEAD:].hex()}
        return Decoded(shown, warnings=[f"message {message} is not known"])
    name = schema.NAMED["Messages"][message]
    values: tuple[Any, ...] | None = messages.decode(message, data, _HEAD, len(data))
    if values is None:
        return Decoded(errors=[f"the arguments are not those of {name}"])
    shown = {"message": name, "ident": ident}
    for row, value in zip(schema.MESSAGES[message].arguments, values, strict=True):
        if message == events.MSG_ACK:
            shown[row.name] = list(value)
        elif isinstance(value, bytes):
            shown[row.name] = value.hex()
        else:
            shown[row.name] = said.word(row, value) if row.names else value
    return Decoded(shown)


def split(data: bytes) -> list[tuple[bytes, str]]:
    """The records in a batch as bytes, each with what is wrong with its length: the last one may be cut short."""
    found: list[tuple[bytes, str]] = []
    at = 0
    while at < len(data):
        after = at + 1 + data[at]
        cut = f"cut short: {len(data) - at - 1} of {data[at]} bytes" if after > len(data) else ""
        found.append((data[at + 1 : after], cut))
        at = after
    return found


def _batch(data: bytes) -> Decoded:
    result = Decoded({"records": []})
    wrong: list[str] = []
    for number, (record, cut) in enumerate(split(data), 1):
        one = said.read(record, cut)
        if one.record:
            result.records.append(one.record)
            result.raw += [] if cut else [record]
        result.warnings += [f"record {number}: {text}" for text in (one.wrong, one.newer) if text]
        wrong += [f"record {number}: {one.wrong}"] if one.wrong else []
    if wrong and not result.records:
        return Decoded(errors=wrong)
    if wrong:
        result.data["problems"] = wrong
    return result
