"""docs/records.md, made from the record table itself: `render()` is the document, and a test holds the file to it.

python -m davy.docs_records > docs/records.md
"""

from collections.abc import Sequence

from davy import docs_journal, docs_payloads, docs_sizes  # also puts the tag's own code on the path

from codec import fields  # isort: skip
from journal import frame  # isort: skip
from tag import events, names, schema  # isort: skip
from tag.reporting import link, records  # isort: skip

TYPE = {"B": "u8", "b": "i8", "H": "u16", "h": "i16", "I": "u32", "s": "text", "x": "bytes"}
UNITS = {"gas": "of the gas", "step": "of the gas", "epoch": "s since 2000", "flag": "0, 1"}


def unit(field: schema.Field) -> str:
    """What a field's number counts, or the enumeration that it is of."""
    named = f"*{field.names}*" if field.names else ""
    if field.unit == "bits":
        return f"bits, {named}"
    return named or UNITS.get(field.unit) or field.unit


def meaning(field: schema.Field, since: int) -> str:
    """A field explained; `since`: the version that its row has had it from."""
    parts = [f"{_when(about, ids)}: {other.meaning}{_of(other)}" for about, ids, other in field.cases]
    last = f"else {field.meaning}" if parts else field.meaning
    new = f" (since {field.since})" if field.since > since else ""
    return "; ".join([*parts, last]) + new


def _when(about: str, ids: Sequence[int]) -> str:
    named = names.ALARMS if about == "alarm" else names.CAUSES
    return f"{about} {', '.join(named[number] for number in ids)}"


def _of(field: schema.Field) -> str:
    return f" ({unit(field)})" if unit(field) else ""


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]


def _names(title: str) -> list[str]:
    named = schema.NAMED[title]
    return ["", f"**{title}**: " + ", ".join(f"{id_} {name}" for id_, name in enumerate(named) if name != "none") + "."]


def _record(kind: int) -> list[str]:
    name, lane, types = events.SCHEMA[kind]
    told = schema.RECORDS[kind]
    text = types[-1] in "sx"
    least = records.HEADER + fields.size(types)
    size = f"{least} to {least + fields.TEXT_MAX} bytes" if text else f"{least} bytes"
    title = f"### {kind} {name}: {size}" + ("", ", urgent", ", kept")[lane] + _since(told.since)
    offset = records.HEADER
    rows = []
    for field, kind_of in zip(told.fields, types, strict=True):
        rows.append((offset, _type(kind_of, field), f"`{field.name}`", unit(field), meaning(field, told.since)))
        offset += fields.size(kind_of)
    return ["", title, "", told.meaning, "", *_table(("at", "type", "field", "unit or names", "meaning"), rows)]


def _type(letter: str, field: schema.Field) -> str:
    each = " ".join(TYPE[one] for one in field.each)
    return f"({each})*" if each else TYPE[letter]


def _since(version: int) -> str:
    return f", since {version}" if version > 1 else ""


def _messages() -> list[str]:
    rows = []
    for message, types in events.MESSAGES.items():
        told = schema.MESSAGES[message]
        arguments = [
            f"`{field.name}` {_type(kind, field)}: {meaning(field, told.since)}{_of(field)}"
            for field, kind in zip(told.arguments, types, strict=True)
        ]
        rows.append((message, names.MESSAGES[message] + _since(told.since), told.meaning, "; ".join(arguments)))
    return _table(("id", "message", "meaning", "arguments"), rows)


def _sizes() -> list[str]:
    rows = []
    for name, _, types in events.SCHEMA.values():
        n = records.HEADER + fields.size(types)
        rows.append((name, n, n + frame.OVERHEAD, n + 1))
    return _table(("record", "bytes", "in the journal", "in a frame"), rows)


def render() -> str:
    """The whole document."""
    lines = [
        "# Records: what a tag says",
        "",
        "Made from `firmware/tag/events.py` and `firmware/tag/schema.py` by `python -m davy.docs_records`; do not edit.",
        "A record is one event with a number. It has the same bytes in the tag's journal, on the air and at the gateway.",
        "Integers are little endian without padding, and saturate: a value out of range is sent as the nearest in range.",
        f"Text is UTF-8, at most {fields.TEXT_MAX} bytes, to the record's end.",
        "",
        "## Header of every record",
        "",
        *_table(
            ("at", "type", "field", "meaning"),
            (
                (0, "u8", "`kind`", "which record, below"),
                (1, "u32", "`seq`", "the record's number; with the tag's id it names the record for ever, below 2^30"),
                (5, "u16", "`boot`", "how often the tag had started, modulo 65536"),
                (7, "u32", "`t_ms`", "milliseconds of the tag's clock since that start, modulo 2^30 (12.4 days)"),
            ),
        ),
        "",
        "The order of a tag's records is that of `seq`. Numbers may be missing (damage, or records given up for room), never",
        "repeated. *Urgent* records are on flash before anything else happens, and are sent before all others. *Kept* ones,",
        "urgent or not, stay until they are delivered; the rest is given up, oldest first, when the journal is full or",
        "`expiry_h` has passed.",
        "",
        "## Versions",
        "",
        f"This is version {schema.VERSION}. What carries records says so: the fPort on LoRaWAN, the first byte of a link frame.",
        "Within a version ids keep their meaning, and what is added is: kinds and messages; ids in an enumeration; fields at",
        "the end of a record that ends in neither text nor bytes. So whoever reads a record of a newer tag",
        "",
        "- keeps number and bytes of a kind that it does not know: the header is always the same",
        "- reads the fields that it knows, and finds the others after them",
        "- shows an id that it has no name for as a number",
        "",
        "A change that such a reader would take for something else is the next version, with other fPorts and another first",
        "byte. `since` stands with what came later than version 1; nothing has yet.",
        "",
        "## Kinds",
        "",
        "A number is in its unit as it is. *of the gas* means counts: *Gases* says how many make one of its unit.",
    ]
    for kind in events.SCHEMA:
        lines += _record(kind)
    lines += ["", "## Numbers and names"]
    for title in schema.NAMED:
        if title not in ("Messages", "Gases"):  # these have tables
            lines += _names(title)
    lines += [
        "",
        "**Gases**:",
        "",
        *_table(
            ("id", "gas", "value is counted in", "shown in"),
            [(gas, name, f"1/{counts} {unit}", unit) for gas, (name, _, counts, unit) in events.GASES.items()],
        ),
        "",
        "## Messages",
        "",
        "What can be said to a tag. A downlink is `message u8 | ident u16 | arguments`; whoever sends it chooses the ident, and",
        "the tag answers with *downlink* records that repeat it: done, refused or unknown at once, later shown and answered.",
        "",
        *_messages(),
        "",
        "What can be set by *config*, within which range and why, is the table in `firmware/tag/settings.py`:",
        "`davy config template` prints it.",
        "",
        "## Sizes",
        "",
        *_sizes(),
        "",
        "A record with text or bytes is longer by these: by 120 for samples.",
        "",
        *docs_sizes.section(_table),
        "",
        "## Samples",
        "",
        "What surrounds the hit of a fall, a drop and now and then a near miss (one in ten minutes): 4 s at 50 Hz in ten parts",
        "of 0.4 s, each a record of its own after the event, not urgent. Sample i (0..19) of part p was taken",
        "`(20 p + i - 100) * 20` ms after the chunk of 0.2 s that holds the hit began; that chunk ended `age_ms` before the `t_ms`",
        "of a fall or a drop, 4 s before that of a near miss. Parts that the tag had not measured, because it had just started",
        "or its sensor had failed, are missing; a failure of at most 1 s is cut out of the time instead.",
        "",
        *docs_journal.section(),
        "",
        "## On the link (Wi-Fi UDP)",
        "",
        "```",
        f"up    0x{link.UP:02X} | tag id 8 | boot nonce 4 | counter u32 | heard u32 | records u8 | (length u8 | record)* | mac 8",
        f"down  0x{link.DOWN:02X} | tag id 8 | boot nonce 4 | counter u32 | message u8 | ident u16 | body | mac 8",
        "```",
        "",
        "- `mac`: the first 8 bytes of HMAC-SHA256 over all before it. The key of a direction is HMAC-SHA256 of the tag's key",
        "  (16 or 32 bytes) over `davy link 1 up` or `davy link 1 down`.",
        "- `boot nonce`: random at each start of the tag; it names a session, and a downlink must echo it.",
        "- `counter`: rises with every frame of a session and direction; a frame whose counter does not is refused as a replay.",
        "- `heard`: the last downlink counter the tag accepted; a restarted gateway goes on above it.",
        f"- A frame has at most {link.MAX_FRAME} bytes. Records leave the tag only after they are on flash.",
        f"- Refusals, each counted: {', '.join(link.REFUSALS[1:])}.",
        "",
        docs_payloads.SECTION,
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(render(), end="")
