"""The section of docs/records.md that says how records stand in the journal, made from the journal's own constants."""

from davy import roots as roots  # puts the tag's own code on the path

from journal import frame, segment  # isort: skip
from journal.chain import KEY_ID  # isort: skip


def section() -> list[str]:
    """Its lines."""
    link = f"link {frame.LINK}"
    return [
        "## In the journal",
        "",
        "A folder of segment files `<first seq, 8 hex digits>.jnl`: a head, then frames with rising numbers. What it is for, and",
        "what a verifier finds in it, is in [journal.md](journal.md). A crc is CRC-16/CCITT-FALSE (check value 0x29B1) over all",
        f"before it in its head or frame. A record has {frame.HEADER} to {frame.MAX_RECORD} bytes.",
        "",
        "```",
        'head   "DJ" | version u8 | head length u8 | first u32 | boot u16 | flags u8',
        f"            | key {KEY_ID} | maker {KEY_ID} | after u32 | {link} | low u32 | mac 8 | crc u16",
        f"frame  length u8 | record | {link} | crc u16",
        f"gap    0x{frame.GAP:02X} | first u32 | last u32 | records u32 | known u8 | {link} | mac 4 | crc u16",
        "```",
        "",
        f"- The head is of version 2 and has {segment.HEAD} bytes, a gap has {frame.GAP_BYTES}.",
        f"- `link`: the first {frame.LINK} bytes of SHA-256(record key | link of the record before | record); zero before the",
        "  first record. In a head it is that of record `after`, in a gap that of record `last` if `known` is 1.",
        "- `mac`: the first bytes of SHA-256(mark key | all before it in the head or gap).",
        "- record key | mark key: HMAC-SHA256 of the tag's key over `davy journal 1`, 16 bytes each. Without a key: of the",
        "  empty key, which everybody knows.",
        f"- `key`, `maker`: the first {KEY_ID} bytes of SHA-256(`davy journal id` | those 32 bytes); which key the records have,",
        "  and which one the head and the gaps. `key` zero: not known any more.",
        "- `after`: the number before the segment's own; those between `after` and `first` were never used.",
        "- `low`: all numbers below were given up before this segment was begun; zero: not known.",
        f"- `flags`: {segment.COMPACTED} compacted, {segment.UNLINKED} the record before could not be read.",
        "- A gap says that `first` to `last` were given up here, `records` of which were there.",
    ]
