"""docs/records.md, made from the record table itself: `render()` is the document, and a test holds the file to it.

python -m davy.docs_records > docs/records.md
"""

from collections.abc import Mapping, Sequence

from davy import docs_journal, words  # also puts the tag's own code on the path

from codec import fields  # isort: skip
from journal import frame  # isort: skip
from tag import events, names  # isort: skip
from tag.reporting import link, records  # isort: skip

# What a field means, by (record, field) or by field alone; a field without an entry fails the test of this document.
MEANING = {
    ("boot", "cause"): "why the processor started, see *Reset causes*",
    ("boot", "boots"): "the journal's boot counter, modulo 65536",
    ("alarm", "cause"): "gas alarms: the gas; fault: its source; others: see *Causes*",
    (
        "alarm",
        "value",
    ): "gas: the reading, scaled as the gas is; fall, dropped: the peak, milli-g; no motion, no check-in: s; fault: its code",
    ("downlink", "ident"): "the number the gateway gave its message",
    ("time", "epoch_s"): "seconds since 2000-01-01 00:00 UTC",
    ("config", "text"): "which setting, and what was wrong with it",
    ("drop", "peak_mg"): "largest acceleration when the tag hit the ground, milli-g",
    ("impact", "peak_mg"): "largest acceleration of the hardest hit, milli-g",
    ("level", "value"): "the reading, the mean or the rise that is compared with the level, scaled as the gas is",
    ("calibration", "text"): "gas lot and person",
    ("calibration", "result"): "see *Outcomes*",
    "version": "of the firmware",
    "recovered": "records found in the journal at boot",
    "damaged": "damaged places found in its newest segment at boot",
    "uptime_min": "minutes since boot, 65535 (45 days) at most",
    "battery_mv": "battery voltage, millivolts",
    "free_b": "free memory, bytes",
    "faults": "bit n is set while the source n of *Faults* has a fault",
    "pending": "records not delivered yet",
    "alarm": "which alarm, see *Alarms*; 0 is none",
    "state": "see *States of an alarm*",
    "gas": "see *Gases*",
    "quality": "see *Qualities*; without `ok` or `calibration due` the value is not a measurement",
    "value": "the reading, scaled as its gas is",
    "source": "see *Faults*",
    "code": "what is wrong, see *Fault codes*",
    "present": "1 it began, 0 it ended",
    "score": "how clearly it was a fall: 100 is the detector's threshold, 255 at most",
    "peak_mg": "largest acceleration of the impact, milli-g",
    "tilt_deg": "change of posture, degrees",
    "age_ms": "from the impact to its recognition, milliseconds",
    "still_s": "seconds without motion",
    "press": "see *Presses*",
    "held_ms": "how long the button was down, milliseconds",
    "message": "see *Messages*",
    "result": "see *Results*",
    "task": "see *Tasks*",
    "text": "what went wrong",
    "flight_ms": "free fall before the hit, milliseconds; 0: not known",
    "duration_ms": "how long |a| stayed above 2 g around the peak, milliseconds",
    "hits": "hits since the record before, this one, the hardest, included; 255 at most",
    "event_ms": "`t_ms` of the fall, drop or impact that the samples belong to (same `boot`)",
    "part": "0..9, see *Samples*",
    "level": "what kind of action level, see *Levels*",
    "profile": "number of the limit profile in force, 0: the built-in one",
    "instruction": "what the wearer is told to do, see *Instructions*",
    "minutes": "length of the shift so far, minutes",
    "missing": "of these without a usable reading; they count as 0",
    "stel_max": "highest 15-minute mean, scaled as the gas is",
    "twa_max": "highest moving 8-hour mean",
    "twa_shift": "sum of the shift's minute means / 480",
    "peak": "highest reading",
    "closed": "1: the shift is over, 0: it goes on",
    "act": "see *Acts*",
    "applied": "the test gas, scaled as the gas is; 0 for a zero",
    "response": "what the sensor said to it, before",
    "zero": "subtracted from every reading from now on, scaled as the gas is",
    "gain_q12": "then multiplied by this / 4096",
    "epoch_s": "when: seconds since 2000-01-01, 0: not known",
    "temp_c": "degrees Celsius, -128: not known",
    "epoch_ms": "and milliseconds, when `t_ms` was",
    "clock": "who said so, see *Clocks*",
    "first": "number of the first record that was given up for room, with its segment",
    "last": "number of the last one",
    "records": "how many of these there were",
    "undelivered": "how many of them nobody had confirmed; all of these were readings and the like, none an alarm",
    "period_s": "seconds between two readings of the run",
    "first_value": "first reading, scaled as the gas is",
    "steps": "i8 each: from a reading to the next. The last one was taken at `t_ms`",
    "mg": "20 samples, each x, y, z as i16 milli-g; see *Samples*",
}

TYPE = {"B": "u8", "b": "i8", "H": "u16", "h": "i16", "I": "u32", "s": "text", "x": "bytes"}


def meaning(record: str, field: str) -> str:
    """One field explained; raises KeyError for a field nobody has explained."""
    return MEANING.get((record, field)) or MEANING[field]


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]


def _names(title: str, names: Sequence[str] | Mapping[int, str], first: int = 0) -> list[str]:
    rows = names.items() if isinstance(names, Mapping) else enumerate(names)
    named = [f"{number} {name}" for number, name in rows if number >= first]
    return ["", f"**{title}**: " + ", ".join(named) + "."]


def _record(kind: int) -> list[str]:
    name, urgent, types = events.SCHEMA[kind]
    text = types[-1] in "sx"
    least = records.HEADER + fields.size(types)
    size = f"{least} to {least + fields.TEXT_MAX} bytes" if text else f"{least} bytes"
    title = f"### {kind} {name}: {size}" + (", urgent" if urgent else "")
    offset = records.HEADER
    rows = []
    for field, kind_of in zip(words.fields(kind), types, strict=True):
        rows.append((offset, TYPE[kind_of], f"`{field}`", meaning(name, field)))
        offset += fields.size(kind_of)
    return ["", title, "", *_table(("at", "type", "field", "meaning"), rows)]


def _messages() -> list[str]:
    rows = []
    for message, types in events.MESSAGES.items():
        arguments = ", ".join(
            f"`{name}` {TYPE[kind]}" for name, kind in zip(names.ARGUMENTS[message], types, strict=True)
        )
        rows.append((message, names.MESSAGES[message], arguments))
    return _table(("id", "message", "arguments"), rows)


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
        "Made from `firmware/tag/events.py` by `python -m davy.docs_records`; do not edit. A record is one event with a number.",
        "It has the same bytes in the tag's journal, on the air and at the gateway. Integers are little endian without padding,",
        f"and saturate: a value out of range is sent as the nearest in range. Text is UTF-8, at most {fields.TEXT_MAX} bytes,",
        "to the record's end. A record may be longer than this table says: a newer tag has added fields at its end.",
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
        "repeated. Urgent records are flushed at once and sent before all others.",
        "",
        "## Kinds",
    ]
    for kind in events.SCHEMA:
        lines += _record(kind)
    lines += ["", "## Numbers and names"]
    lines += _names("Alarms", names.ALARMS, 1)
    lines += _names("Reset causes", words.RESET_CAUSES)
    lines += _names("States of an alarm", names.STATES)
    lines += _names("Causes", words.CAUSES)
    lines += _names("Qualities", names.QUALITIES)
    lines += _names("Faults", names.FAULTS)
    lines += _names("Fault codes", names.CODES, 1)
    lines += _names("Presses", words.PRESSES, 1)
    lines += _names("Results", names.RESULTS, 1)
    lines += _names("Tasks", names.TASKS)
    lines += _names("Levels", names.LEVELS, 1)
    lines += _names("Instructions", names.INSTRUCTIONS, 1)
    lines += _names("Clocks", names.CLOCKS, 1)
    lines += _names("Acts", names.ACTS, 1)
    lines += _names("Outcomes", names.OUTCOMES, 1)
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
        "`seqs` are u32 each: records that the sender holds. `text` of config are lines `name=value`. Parts of a limit profile",
        "come in their order, `offset` 0 begins anew. Records with numbers `first` to `last` are sent again.",
        "",
        "## Sizes",
        "",
        *_sizes(),
        "",
        "A record with text or bytes is longer by these: by 120 for samples.",
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
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(render(), end="")
