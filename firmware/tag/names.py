"""Names of the ids in `events`, of the records' fields, of the qualities and of the patterns: for people and for host tools.

The tag itself never loads this file: its names would fill two kilobytes of heap.
"""

# kind of record -> names of its fields, in the order of `events.SCHEMA`; units are part of a name
FIELDS = (
    (),
    ("cause", "version", "boots", "recovered", "damaged"),
    ("uptime_s", "battery_mv", "free_b", "faults", "pending", "alarm"),
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
)

ALARMS = ("none", "fault", "gas low", "gas high", "man down", "sos", "evacuation", "wearing?")
STATES = ("off", "countdown", "on", "acknowledged", "help knows", "escalated")
FAULTS = ("motion", "gas", "battery", "outputs", "button", "link", "journal", "config", "board file", "task")
CODES = ("none", "missing", "failed", "stale", "out of range", "full", "corrupt", "low", "crashed", "late")
MESSAGES = ("none", "ack", "help", "evacuate", "all clear", "text")
RESULTS = ("none", "done", "refused", "unknown message")
FALL_STATES = ("watch", "impact", "judge", "flown", "fallen", "dropped")
TASKS = ("motion", "gas", "interface", "reporting", "supervision")
QUALITIES = ("ok", "warming up", "under range", "over range", "stale", "failed", "calibration due")
PATTERNS = (
    "dark",
    "ok",
    "not ready",
    "fault, acknowledged",
    "acknowledged",
    "help knows",
    "gas, acknowledged",
    "gas, hushed",
    "wearing?",
    "fault",
    "gas low",
    "countdown",
    "gas high",
    "man down",
    "sos",
    "escalated",
    "evacuation",
)
