"""Names of the ids in `events`, of the qualities and of the patterns: for people and for host tools. A name stands at its id.

The tag itself never loads this file: its names would fill two kilobytes of heap. Names of fields are in `schema`.
"""

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
RESETS = ("none", "power on", "reset", "watchdog", "deep sleep", "soft reset")
CAUSES = ("none", "fall", "no motion", "button", "gateway", "no check-in", "dropped", "drill")
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
    "heart",
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
PRESSES = ("none", "short", "long")
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
    "reaction test",
)
RESULTS = ("none", "done", "refused", "unknown message", "shown", "answered")
CLOCKS = ("none", "usb", "gateway", "lorawan", "ntp")
FALL_STATES = ("watch", "impact", "judge", "flown", "fallen", "dropped")
OCCASIONS = ("none", "level", "period", "reaction test", "test broken off", "test not answered")
FATIGUE_LEVELS = ("unknown", "rested", "watch", "high")  # tag/fatigue/index.py
ADVICE = ("nothing", "break", "check-in", "hand over")
TASKS = ("motion", "gas", "interface", "reporting", "supervision", "radio", "place", "console", "heart")
PLACE_WHYS = ("none", "heard", "silence", "foreign beacons", "boarded", "left the vehicle", "air pressure")
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
UPDATES = ("none", "taken up", "confirmed", "rolled back", "fell back")
# of a self-test, by their numbers in tag/selftest/checks.py: what a gas is called comes at GAS + its id
CHECKS = (
    "board",
    "accelerometer",
    "rate",
    "gravity",
    "noise",
    "chip test",
    "air",
    "light",
    "buzzer",
    "motor",
    "button",
    "battery",
    "load",
    "lora",
    "listening",
    "sending",
    "peer",
    "wi-fi",
    "flash",
    "wear",
    "clock",
    "ch4",
    "co",
    "h2s",
    "o2",
    "no2",
    "so2",
    "nh3",
    "co2",
    "no",
    "heart",
)
PATTERNS = (
    "dark",
    "ok",
    "not ready",
    "test asks",
    "test light",
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
