"""Names of the ids in `events`, of the qualities and of the patterns, by their number: for people and for host tools.

The tag itself never loads this file: its names would fill two kilobytes of heap.
"""

ALARMS = ("none", "fault", "gas low", "gas high", "man down", "sos", "evacuation")
STATES = ("off", "countdown", "on", "acknowledged", "help knows")
FAULTS = ("motion", "gas", "battery", "outputs", "button", "link", "journal", "config", "board file", "task")
CODES = ("none", "missing", "failed", "stale", "out of range", "full", "corrupt", "low", "crashed", "late")
MESSAGES = ("none", "ack", "help", "evacuate", "all clear", "text")
RESULTS = ("none", "done", "refused", "unknown message")
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
    "fault",
    "gas low",
    "countdown",
    "gas high",
    "man down",
    "sos",
    "evacuation",
)
