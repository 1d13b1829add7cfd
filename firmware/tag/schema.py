"""The record table in full: what each field of `events.SCHEMA` and `events.MESSAGES` means, in which unit, since when.

For people and for host tools: docs/records.md, `davy.words`, the host decoder and the JavaScript codec are made from it. The tag
never loads it: types and order, which are all that it needs, stand in `events`, and a test holds the two to each other.

A field's number is what was measured, in its unit. `unit` may also be one of

    "gas"     counts of the gas that the field named in `gas` says: `events.GASES` has counts per unit and the unit
    "step"    the same, from the reading before to this one
    "epoch"   seconds since 2000-01-01 00:00 UTC
    "flag"    1 or 0
    "bits"    bit n stands for the nth of `names`

`names`  title of its enumeration in `NAMED`: the number is an id
`each`   what is packed in its bytes, again and again: letters as in `events.SCHEMA`
`cases`  what the field is instead, by what another one says: (that one's name, its ids, the field); the first that fits counts
`since`  the version of the format that brought it; what is newer than a reader comes at a record's end
"""

from collections import namedtuple

from tag import events, names

VERSION = 1  # of the format: what fPort and the first byte of a link frame announce

Field = namedtuple("Field", ("name", "meaning", "unit", "names", "gas", "each", "cases", "since"))
Record = namedtuple("Record", ("meaning", "fields", "since"))
Message = namedtuple("Message", ("meaning", "arguments", "since"))

# title of an enumeration -> names by id
NAMED = {
    "Alarms": names.ALARMS,
    "Reset causes": names.RESETS,
    "States of an alarm": names.STATES,
    "Causes": names.CAUSES,
    "Qualities": names.QUALITIES,
    "Faults": names.FAULTS,
    "Fault codes": names.CODES,
    "Presses": names.PRESSES,
    "Messages": names.MESSAGES,
    "Results": names.RESULTS,
    "Tasks": names.TASKS,
    "Reasons of a place": names.PLACE_WHYS,
    "Levels": names.LEVELS,
    "Instructions": names.INSTRUCTIONS,
    "Clocks": names.CLOCKS,
    "Acts": names.ACTS,
    "Outcomes": names.OUTCOMES,
    "Updates": names.UPDATES,
    "Checks": names.CHECKS,
    "Occasions": names.OCCASIONS,
    "Fatigue levels": names.FATIGUE_LEVELS,
    "Advice": names.ADVICE,
    "Gases": ("none",) + tuple([events.GASES[gas][0] for gas in range(1, len(events.GASES) + 1)]),
}


def _field(name, meaning, unit="", named="", gas="gas", each="", cases=(), since=1):
    return Field(name, meaning, unit, named, gas, each, cases, since)


def _record(meaning, *fields):
    return Record(meaning, fields, 1)


def _message(meaning, *arguments):
    return Message(meaning, arguments, 1)


_GAS_ALARMS = (events.ALARM_GAS_LOW, events.ALARM_GAS_HIGH, events.ALARM_WARNING)
_GAS = _field("gas", "which gas", "", "Gases")
_QUALITY = _field("quality", "without `ok` or `calibration due` the value is not a measurement", "", "Qualities")
_PRESENT = _field("present", "1 it began, 0 it ended", "flag")
_AGE = _field("age_ms", "from the impact to its recognition", "ms")

# kind -> what it tells, its fields in the order of `events.SCHEMA`
RECORDS = {
    events.BOOT: _record(
        "The tag has started.",
        _field("cause", "why the processor started", "", "Reset causes"),
        _field("version", "of the firmware: major * 256 + minor"),
        _field("boots", "the journal's boot counter, modulo 65536"),
        _field("recovered", "records found in the journal at boot"),
        _field("damaged", "damaged places found in its newest segment at boot"),
    ),
    events.HEARTBEAT: _record(
        "The tag lives.",
        _field("uptime_min", "since boot, 65535 (45 days) at most", "min"),
        _field("battery_mv", "battery voltage", "mV"),
        _field("free_b", "free memory", "bytes"),
        _field("faults", "bit n is set while the source n has a fault", "bits", "Faults"),
        _field("pending", "records not delivered yet"),
        _field("alarm", "the highest one; 0 is none", "", "Alarms"),
    ),
    events.READING: _record(
        "What a gas sensor said.",
        _GAS,
        _QUALITY,
        _field("value", "the reading", "gas"),
    ),
    events.ALARM: _record(
        "An alarm has changed its state.",
        _field("alarm", "which alarm", "", "Alarms"),
        _field("state", "its state now", "", "States of an alarm"),
        _field(
            "cause",
            "what raised it",
            "",
            "Causes",
            cases=(
                ("alarm", _GAS_ALARMS, _field("cause", "the gas", "", "Gases")),
                ("alarm", (events.ALARM_FAULT,), _field("cause", "the source", "", "Faults")),
                ("alarm", (events.ALARM_PEER,), _field("cause", "the neighbour's alarm", "", "Alarms")),
            ),
        ),
        _field(
            "value",
            "0",
            cases=(
                ("alarm", _GAS_ALARMS, _field("value", "the reading", "gas", gas="cause")),
                ("alarm", (events.ALARM_FAULT,), _field("code", "its code", "", "Fault codes")),
                ("alarm", (events.ALARM_PEER,), _field("value", "0")),
                ("cause", (events.CAUSE_FALL, events.CAUSE_DROP), _field("peak_mg", "the peak", "milli-g")),
                ("cause", (events.CAUSE_STILL, events.CAUSE_CHECKIN), _field("still_s", "how long", "s")),
                (
                    "cause",
                    (events.CAUSE_REMOTE, events.CAUSE_DRILL),
                    _field("ident", "the order's ident, modulo 32768"),
                ),
            ),
        ),
    ),
    events.FAULT: _record(
        "A part of the tag has failed, or is well again.",
        _field("source", "which part", "", "Faults"),
        _field("code", "what is wrong", "", "Fault codes"),
        _PRESENT,
    ),
    events.FALL: _record(
        "The wearer has fallen.",
        _field("score", "how clearly it was a fall: 100 is the detector's threshold, 255 at most"),
        _field("peak_mg", "largest acceleration of the impact", "milli-g"),
        _field("tilt_deg", "change of posture", "degrees"),
        _AGE,
    ),
    events.STILL: _record("The wearer does not move.", _field("still_s", "without motion", "s")),
    events.BUTTON: _record(
        "The wearer has pressed the button.",
        _field("press", "how", "", "Presses"),
        _field("held_ms", "how long the button was down", "ms"),
    ),
    events.DOWNLINK: _record(
        "What became of a message to the tag.",
        _field("message", "which message", "", "Messages"),
        _field("ident", "the number the gateway gave its message"),
        _field("result", "what became of it", "", "Results"),
    ),
    events.CRASH: _record(
        "A task of the tag's program ended where it should not.",
        _field("task", "which one; it is started anew", "", "Tasks"),
        _field("text", "what went wrong"),
    ),
    events.CONFIG: _record(
        "A setting or a file of the tag is not as it should be.",
        _field("result", "what is wrong", "", "Fault codes"),
        _field("text", "which setting or file, and what was wrong with it"),
    ),
    events.DROP: _record(
        "The tag fell without its wearer.",
        _field("peak_mg", "largest acceleration when the tag hit the ground", "milli-g"),
        _field("flight_ms", "free fall before the hit; 0: not known", "ms"),
        _AGE,
    ),
    events.IMPACT: _record(
        "A hard hit after which nobody fell.",
        _field("peak_mg", "largest acceleration of the hardest hit", "milli-g"),
        _field("duration_ms", "how long |a| stayed above 2 g around the peak", "ms"),
        _field("hits", "hits since the record before, this one, the hardest, included; 255 at most"),
    ),
    events.SAMPLES: _record(
        "What surrounded a hit, see *Samples*.",
        _field("event_ms", "`t_ms` of the fall, drop or impact that the samples belong to (same `boot`)", "ms"),
        _field("part", "0..9"),
        _field("mg", "20 samples, each x, y, z", "milli-g", each="hhh"),
    ),
    events.LEVEL: _record(
        "An action level of a gas was reached, or left.",
        _GAS,
        _field("level", "what kind of action level", "", "Levels"),
        _PRESENT,
        _field("value", "the reading, the mean or the rise that is compared with the level", "gas"),
        _field("profile", "number of the limit profile in force, 0: the built-in one"),
        _field("instruction", "what the wearer is told to do", "", "Instructions"),
    ),
    events.EXPOSURE: _record(
        "What the wearer has breathed of a gas in this shift.",
        _GAS,
        _field("minutes", "length of the shift so far", "min"),
        _field("missing", "of these without a usable reading; they count as 0", "min"),
        _field("stel_max", "highest 15-minute mean", "gas"),
        _field("twa_max", "highest moving 8-hour mean", "gas"),
        _field("twa_shift", "sum of the shift's minute means / 480", "gas"),
        _field("peak", "highest reading", "gas"),
        _field("closed", "1: the shift is over, 0: it goes on", "flag"),
    ),
    events.CALIBRATION: _record(
        "A sensor was calibrated or tested.",
        _GAS,
        _field("act", "what was done", "", "Acts"),
        _field("result", "how it ended", "", "Outcomes"),
        _field("applied", "the test gas; 0 for a zero", "gas"),
        _field("response", "what the sensor said to it, before", "gas"),
        _field("zero", "subtracted from every reading from now on", "gas"),
        _field("gain_q12", "then multiplied by this", "1/4096"),
        _field("epoch_s", "when; 0: not known", "epoch"),
        _field("temp_c", "temperature, -128: not known", "degrees Celsius"),
        _field("text", "gas lot and person"),
    ),
    events.TIME: _record(
        "What time it is.",
        _field("epoch_s", "when `t_ms` was", "epoch"),
        _field("epoch_ms", "and milliseconds", "ms"),
        _field("clock", "who said so", "", "Clocks"),
    ),
    events.DISCARD: _record(
        "Records were given up for room.",
        _field("first", "number of the first record that was given up, with its segment"),
        _field("last", "number of the last one"),
        _field("records", "how many of these there were"),
        _field(
            "undelivered",
            "how many of them nobody had confirmed; all of these were readings and the like, none an alarm",
        ),
    ),
    events.READINGS: _record(
        "A run of readings of one sensor.",
        _GAS,
        _QUALITY,
        _field("period_s", "from one reading of the run to the next", "s"),
        _field("first_value", "the first reading", "gas"),
        _field("steps", "from a reading to the next; the last one was taken at `t_ms`", "step", each="b"),
    ),
    events.PEER: _record(
        "A neighbour's tag was heard calling for help, or that it needs none any more.",
        _field("peer", "last four bytes of its id, the first of them the lowest"),
        _field("alarm", "its alarm", "", "Alarms"),
        _field("state", "of its alarm", "", "States of an alarm"),
        _field("rssi_dbm", "how loud it was heard", "dBm"),
        _field("hops", "how many tags have passed it on"),
    ),
    events.UPDATE: _record(
        "Another version of the app runs, or a new one has proved itself.",
        _field("outcome", "what has become of it", "", "Updates"),
        _field("version", "which: major * 256 + minor; where the tag fell back, the one that runs now"),
        _field("text", "why, where it was rolled back or fell back"),
    ),
    events.SELFTEST: _record(
        "The tag was tested on the bench. A check in none of the three has no part on this board.",
        _field("passed", "checks that passed", "bits", "Checks"),
        _field("failed", "checks that failed", "bits", "Checks"),
        _field("not_judged", "checks that could not be done, or that only a person can judge", "bits", "Checks"),
        _field("version", "of the firmware: major * 256 + minor"),
        _field("epoch_s", "when; 0: not known", "epoch"),
        _field("text", "who did it, and why a check failed"),
    ),
    events.FATIGUE: _record(
        "How tired the wearer may be: an indicator of risk, no measurement (docs/fatigue.md).",
        _field("occasion", "why this record was made", "", "Occasions"),
        _field("level", "of the index", "", "Fatigue levels"),
        _field("index", "0..100, the largest part; -1: not known"),
        _field("confidence", "how much the index is to be believed, 0..100", "%"),
        _field("drift", "its part from how the wearer walks, -1: not known"),
        _field("alertness", "its part from hours awake and time of day, -1: not known"),
        _field("reaction", "its part from a reaction test within the last hour, -1: not known"),
        _field("advice", "what the level asks for", "", "Advice"),
        _field("reaction_ms", "median of the last reaction test of this shift; 0: none", "ms"),
        _field("misses", "of its five lights, how many nobody answered"),
        _field("nods", "its part from nods of the head, -1: not known, or the tag is not worn on a helmet"),
        _field("nod_count", "nods seen in the last hour"),
        _field(
            "heart_bpm", "heart rate, found within the last three minutes; 0: not known, or there is no sensor", "bpm"
        ),
        _field("heart_quality", "how alike its beats were, 100: all; 0: not known", "%"),
    ),
    events.WORKLOAD: _record(
        "What the shift has asked of the wearer's body so far.",
        _field("minutes", "length of the shift so far", "min"),
        _field("missing", "of these without samples", "min"),
        _field("step_count", "steps"),
        _field("walking_min", "time in which the wearer walked", "min"),
        _field("active_min", "time in which the wearer moved", "min"),
        _field("effort_gs", "sum of how far |a| was from 1 g: the tag's own activity count", "g s"),
        _field("bent_min", "time in which the trunk was bent by more than 30 degrees", "min"),
        _field("posture_min", "time in which the posture was known; 0: the tag is not worn on the trunk", "min"),
        _field("ridden_min", "time in which a machine shook the wearer, who sat", "min"),
        _field("measured_s", "of this, measured; 0: the next is not known", "s"),
        _field("a8_mms2", "whole-body vibration A(8), screened at the tag", "mm/s2"),
        _field("closed", "1: the shift is over, 0: it goes on", "flag"),
        _field("asleep_min", "time slept in it, estimated from lying without motion; 65535: cannot be told", "min"),
    ),
    events.PLACE: _record(
        "The wearer is in another zone of the site's map, or nobody can say in which, or air pressure hints at another level.",
        _field("zone", "number of the zone in the map; 0: unknown"),
        _field("before", "the zone until now; 0: unknown"),
        _field("why", "what has told", "", "Reasons of a place"),
        _field("beacon", "number in the map of the loudest one, or of the vehicle's; 255: none"),
        _field("sure", "how clearly it is that zone and no other", "%"),
        _field(
            "level",
            "level that the map gives the zone, or air pressure hints at in no zone or a vehicle; -128: unknown",
        ),
        _field("site", "ident of the map: number * 256 + version; 0: there is none"),
    ),
}

# message -> what it asks of the tag, its arguments in the order of `events.MESSAGES`
MESSAGES = {
    events.MSG_ACK: _message("The sender holds these records.", _field("seqs", "numbers of records", each="I")),
    events.MSG_HELP: _message("Help knows of an alarm.", _field("alarm", "which alarm", "", "Alarms")),
    events.MSG_EVACUATE: _message("Leave the mine."),
    events.MSG_ALL_CLEAR: _message("The evacuation is over."),
    events.MSG_TEXT: _message("Text for the wearer.", _field("text", "UTF-8")),
    events.MSG_SHIFT_END: _message("The shift is over: exposure is closed."),
    events.MSG_DRILL_START: _message("An evacuation, for practice."),
    events.MSG_DRILL_STOP: _message("The practice is over."),
    events.MSG_TIME: _message(
        "What time it is.",
        _field("epoch_s", "now", "epoch"),
        _field("epoch_ms", "and milliseconds", "ms"),
    ),
    events.MSG_CONFIG: _message("Settings, in force from the next start.", _field("text", "lines `name=value`")),
    events.MSG_LIMITS: _message(
        "A part of a limit profile's file; parts come in their order.",
        _field("size", "of the whole file", "bytes"),
        _field("offset", "of this part; 0 begins anew", "bytes"),
        _field("part", "what stands there"),
    ),
    events.MSG_READINGS: _message(
        "Send these records again.",
        _field("first", "number of the first record"),
        _field("last", "number of the last one"),
    ),
    events.MSG_REACTION: _message("Ask the wearer for a reaction test."),
}


def field_of(field, values):
    """What a field is in a record with these `values` by name: one of its cases, or itself."""
    for about, ids, other in field.cases:
        if values.get(about) in ids:
            return other
    return field
