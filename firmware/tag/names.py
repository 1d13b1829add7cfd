"""Names of the ids in `events`, of the records' fields, of the qualities and of the patterns: for people and for host tools.

The tag itself never loads this file: its names would fill two kilobytes of heap.
"""

# kind of record -> names of its fields, in the order of `events.SCHEMA`; units are part of a name
FIELDS = (
    (),
    ("cause", "version", "boots", "recovered", "damaged"),
    ("uptime_min", "battery_mv", "free_b", "faults", "pending", "alarm"),
    ("gas", "quality", "value"),
    ("alarm", "state", "cause", "value"),
    ("source", "code", "present"),
    ("score", "peak_mg", "tilt_deg", "age_ms"),
    ("still_s",),
    ("press", "held_ms"),
    ("message", "ident", "result"),
    ("task", "text"),
    ("result", "text"),
    ("peak_mg", "flight_ms", "age_ms"),
    ("peak_mg", "duration_ms", "hits"),
    ("event_ms", "part", "mg"),
    ("gas", "level", "present", "value", "profile", "instruction"),
    ("gas", "minutes", "missing", "stel_max", "twa_max", "twa_shift", "peak", "closed"),
    ("gas", "act", "result", "applied", "response", "zero", "gain_q12", "epoch_s", "temp_c", "text"),
    ("epoch_s", "epoch_ms", "clock"),
    ("first", "last", "records", "undelivered"),
    ("gas", "quality", "period_s", "first_value", "steps"),
    ("peer", "alarm", "state", "rssi_dbm", "hops"),
)

ALARMS = (
    "none",
    "fault",
    "gas low",
    "gas high",
    "man down",
    "sos",
    "evacuation",
    "wearing?",
    "gas warning",
    "message",
    "neighbour",
)
STATES = ("off", "countdown", "on", "acknowledged", "help knows", "escalated")
FAULTS = (
    "motion",
    "gas",
    "battery",
    "outputs",
    "button",
    "link",
    "journal",
    "config",
    "board file",
    "task",
    "limits",
    "due",
    "overdue",
    "air",
)
CODES = (
    "none",
    "missing",
    "failed",
    "stale",
    "out of range",
    "full",
    "corrupt",
    "low",
    "crashed",
    "late",
    "unsigned",
    "due",
    "drift",
)
MESSAGES = (
    "none",
    "ack",
    "help",
    "evacuate",
    "all clear",
    "text",
    "shift end",
    "drill start",
    "drill stop",
    "time",
    "config",
    "limits",
    "readings again",
)
# message -> names of its arguments, in the order of `events.MESSAGES`
ARGUMENTS = (
    (),
    ("seqs",),
    ("alarm",),
    (),
    (),
    ("text",),
    (),
    (),
    (),
    ("epoch_s", "epoch_ms"),
    ("text",),
    ("size", "offset", "part"),
    ("first", "last"),
)
RESULTS = ("none", "done", "refused", "unknown message", "shown", "answered")
CLOCKS = ("none", "usb", "gateway", "lorawan", "ntp")
FALL_STATES = ("watch", "impact", "judge", "flown", "fallen", "dropped")
TASKS = ("motion", "gas", "interface", "reporting", "supervision")
QUALITIES = ("ok", "warming up", "under range", "over range", "stale", "failed", "calibration due")
# kinds of action levels, by their number in a row of a limit profile and in LEVEL records: tag/gas/levels.py
LEVELS = (
    "none",
    "low",
    "high",
    "ceiling",
    "stel",
    "twa",
    "shift",
    "step",
    "mixture",
    "rise",
    "drift",
    "ahead",
    "over",
)
# what a level tells the wearer to do
INSTRUCTIONS = (
    "none",
    "be careful",
    "ventilate and stop work",
    "leave",
    "leave and report",
    "rest in fresh air",
    "put on breathing apparatus",
    "call control",
    "change the detector",
)
ACTS = ("none", "zero", "span", "bump")
OUTCOMES = ("none", "passed", "failed", "unstable", "timed out", "cancelled")
PATTERNS = (
    "dark",
    "ok",
    "not ready",
    "fault, acknowledged",
    "acknowledged",
    "help knows",
    "gas, acknowledged",
    "gas, hushed",
    "message",
    "gas warning",
    "wearing?",
    "fault",
    "neighbour",
    "gas low",
    "countdown",
    "gas high",
    "man down",
    "sos",
    "escalated",
    "evacuation",
)
