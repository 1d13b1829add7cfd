"""Numbers of the record table in words, and back: what a record says to a person, and what a person asks of a record."""

import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

import davy.roots  # noqa: F401  puts the tag's own code on sys.path
import quality
from tag import events, names, schema

GAS_NAMES = {number: row[0] for number, row in events.GASES.items()}
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
# kinds whose words do not say what they are about
_NAMED = (
    events.FALL,
    events.FAULT,
    events.CRASH,
    events.DROP,
    events.IMPACT,
    events.LEVEL,
    events.FATIGUE,
    events.WORKLOAD,
)
PARTS = 10  # of two chunks each; see firmware/tag/motion/snapshot.py
RESET_CAUSES = dict(enumerate(names.RESETS))

KINDS = {row[0]: kind for kind, row in events.SCHEMA.items()}
NAMES = {kind: row[0] for kind, row in events.SCHEMA.items()}


def fields(kind: int) -> tuple[str, ...]:
    """Names of a kind's fields."""
    return tuple(field.name for field in schema.RECORDS[kind].fields)


def named(kind: int, values: Sequence[Any]) -> dict[str, Any]:
    """The fields of a record by name; what is packed in bytes as numbers: samples as [x, y, z] in milli-g."""
    return {
        field.name: unpacked(field.each, value) if field.each else value
        for field, value in zip(schema.RECORDS[kind].fields, values, strict=True)
    }


def unpacked(each: str, data: bytes) -> list[Any]:
    """What is packed in bytes as `each` says, again and again: numbers, or lists of them; a rest too short for one is left out."""
    whole = len(data) // struct.calcsize(f"<{each}") * struct.calcsize(f"<{each}")
    rows = struct.iter_unpack(f"<{each}", data[:whole])
    return [row[0] for row in rows] if len(each) == 1 else [list(row) for row in rows]


def urgent(kind: int) -> bool:
    """Whether records of this kind go out at once."""
    return events.SCHEMA[kind][1] == 1 if kind in events.SCHEMA else False


def _table(kind: int, field: str, values: Mapping[str, Any]) -> Mapping[int, str]:
    """Names of a field's values; empty when it is a plain number."""
    [row] = [row for row in schema.RECORDS[kind].fields if row.name == field]
    row = schema.field_of(row, values)
    return dict(enumerate(schema.NAMED[row.names])) if row.names and row.unit != "bits" else {}


def word(kind: int, field: str, values: Mapping[str, Any]) -> str:
    """One field's value as a person reads it."""
    value = values[field]
    if field == "profile":
        from davy.limitprofile import name_of

        return name_of(value)
    if isinstance(value, list):
        return f"{len(value)} samples" if kind == events.SAMPLES else " ".join(map(str, value))
    return value if isinstance(value, str) else _table(kind, field, values).get(value, str(value))


def known(kind: int, field: str) -> set[str]:
    """Every word that this field can take; empty for plain numbers and free text."""
    [row] = [row for row in schema.RECORDS[kind].fields if row.name == field]
    rows = [row, *(other for _, _, other in row.cases)]
    return {name for row in rows if row.names and row.unit != "bits" for name in schema.NAMED[row.names]}


def concentration(gas: int, value: int) -> str:
    """A scaled gas value with its unit, e.g. `1.05 %vol`."""
    if gas not in events.GASES:
        return str(value)
    _, _, counts, unit = events.GASES[gas]
    return f"{value / counts:.{len(str(counts)) - 1}f} {unit}"


def readable(kind: int, values: Mapping[str, Any]) -> str:
    """What a record says, in a few words."""
    if kind not in events.SCHEMA:
        return ", ".join(f"{name} {value}" for name, value in values.items())

    def say(field: str) -> str:
        return word(kind, field, values)

    match kind:
        case events.BOOT:
            lost = f", {values['damaged']} damaged" if values["damaged"] else ""
            return f"start {values['boots']}, {say('cause')}, {values['recovered']} records kept{lost}"
        case events.HEARTBEAT:
            faults = [name for bit, name in enumerate(names.FAULTS) if values["faults"] >> bit & 1]
            return (
                f"up {values['uptime_min']} min, battery {values['battery_mv'] / 1000:.2f} V, {values['free_b'] // 1024} kB free"
                + (f", faults: {', '.join(faults)}" if faults else "")
            )
        case events.READING:
            if not quality.usable(values["quality"]):
                return f"{say('gas')} {say('quality')}"
            return f"{say('gas')} {concentration(values['gas'], values['value'])}"
        case events.ALARM:
            return f"{say('alarm')}: {say('state')} ({say('cause')})"
        case events.FAULT:
            return f"{say('source')} {say('code') if values['present'] else 'is well again'}"
        case events.FALL:
            return f"{values['peak_mg'] / 1000:.1f} g, turned {values['tilt_deg']} deg"
        case events.DROP:
            return f"the tag alone: {values['peak_mg'] / 1000:.1f} g after {values['flight_ms']} ms of free fall"
        case events.IMPACT:
            more = f", hardest of {values['hits']}" if values["hits"] > 1 else ""
            return f"{values['peak_mg'] / 1000:.1f} g, above 2 g for {values['duration_ms']} ms{more}"
        case events.SAMPLES:
            return f"part {values['part'] + 1} of {PARTS} of what surrounds the hit told at {values['event_ms']} ms"
        case events.STILL:
            return f"no motion for {values['still_s']} s"
        case events.BUTTON:
            return f"{say('press')} press, {values['held_ms']} ms"
        case events.DOWNLINK:
            return f"{say('message')}: {say('result')}"
        case events.CRASH:
            return f"task {say('task')}: {values['text']}"
        case events.LEVEL:
            amount = concentration(values["gas"], values["value"])
            order = f": {say('instruction')}" if values["present"] and values["instruction"] else ""
            return f"{say('gas')} {say('level')} {'at' if values['present'] else 'over,'} {amount}{order}"
        case events.EXPOSURE:
            amounts = [concentration(values["gas"], values[name]) for name in ("stel_max", "twa_shift", "peak")]
            return (
                f"{say('gas')} highest STEL {amounts[0]}, TWA {amounts[1]}, peak {amounts[2]}, {values['minutes']} min"
            )
        case events.CALIBRATION:
            return f"{say('act')} of {say('gas')} {say('result')}, {values['text']}".rstrip(", ")
        case events.PEER:
            heard = f"{values['rssi_dbm']} dBm, {values['hops']} hops"
            return f"tag ..{values['peer']:08x} calls: {say('alarm')} {say('state')}, {heard}"
        case events.UPDATE:
            why = f": {values['text']}" if values["text"] else ""
            return f"app {version(values['version'])} {say('outcome')}{why}"
        case events.FATIGUE:
            parts = [
                f"{name} {'not known' if values[name] < 0 else values[name]}"
                for name in ("drift", "alertness", "reaction", "nods")
            ]
            head = "not known" if values["index"] < 0 else f"{values['index']} of 100"
            advice = f", advice: {say('advice')}" if values["advice"] else ""
            nods = f", {values['nod_count']} nods in an hour" if values["nod_count"] else ""
            heart = f", heart {values['heart_bpm']} bpm" if values["heart_bpm"] else ""
            test = f", {values['reaction_ms']} ms, {values['misses']} missed" if values["reaction_ms"] else ""
            believed = f"believed {values['confidence']} %{nods}{heart}{test}{advice} ({say('occasion')})"
            return f"{say('level')}, {head} ({', '.join(parts)}), {believed}"
        case events.WORKLOAD:
            bent = (
                f"{values['bent_min']} of {values['posture_min']} min bent"
                if values["posture_min"]
                else "time bent not known"
            )
            asleep = f", {values['asleep_min']} min asleep" if 0 < values["asleep_min"] < 65535 else ""
            shaken = f", A(8) {values['a8_mms2'] / 1000:.2f} m/s2" if values["measured_s"] else ""
            missing = f", {values['missing']} without samples" if values["missing"] else ""
            return (
                f"{values['minutes']} min{missing}: {values['step_count']} steps, {values['walking_min']} min walking, "
                f"{bent}, {values['ridden_min']} min riding{shaken}{asleep}"
            )
        case events.PLACE:
            place = f"zone {values['zone']}" if values["zone"] else "unknown"
            left = f", was in {values['before']}" if values["before"] else ""
            if values["why"] == events.PLACE_AIR:
                hint = "none fits" if values["level"] == -128 else f"{values['level']}"
                return f"place {place} still; level by air pressure: {hint}"
            return f"place {place}: {say('why')}{left}, {values['sure']} % sure"
        case events.TIME:
            return f"{when(values['epoch_s'])} by {say('clock')}"
        case events.DISCARD:
            return (
                f"records {values['first']} to {values['last']} given up for room, {values['undelivered']} undelivered"
            )
        case events.READINGS:
            n = len(values["steps"]) + 1
            if not quality.usable(values["quality"]):
                return f"{say('gas')} {say('quality')}, {n} times"
            least, most = (concentration(values["gas"], pick(run(values))) for pick in (min, max))
            return f"{say('gas')} {least}" + (f" to {most}" if most != least else "") + f", {n} times"
        case _:
            return ", ".join(str(values[name]) for name in fields(kind))


def version(number: int) -> str:
    """A version of the firmware, major * 256 + minor, as people say it."""
    return f"{number >> 8}.{number & 255}"


def when(epoch_s: int) -> str:
    """Seconds since 2000 as a date and time, UTC."""
    return (EPOCH + timedelta(seconds=epoch_s)).strftime("%Y-%m-%d %H:%M:%S")


def run(values: Mapping[str, Any]) -> list[int]:
    """The readings of a READINGS record, oldest first."""
    return list(accumulate(values["steps"], initial=values["first_value"]))


def sentence(kind: int, values: Mapping[str, Any]) -> str:
    """What a record says where its kind is not shown beside it."""
    text = readable(kind, values)
    return f"{NAMES[kind]}: {text}" if kind in _NAMED else text
