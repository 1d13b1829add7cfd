"""Ranks of the patterns by the names that people give them: on the tag they have none."""

from tag.names import PATTERNS

FAULT_ACKED = PATTERNS.index("fault, acknowledged")
ACKED = PATTERNS.index("acknowledged")
HELP_KNOWS = PATTERNS.index("help knows")
GAS_ACKED = PATTERNS.index("gas, acknowledged")
GAS_HUSHED = PATTERNS.index("gas, hushed")
MESSAGE = PATTERNS.index("message")
WARNING = PATTERNS.index("gas warning")
WEAR = PATTERNS.index("wearing?")
FAULT = PATTERNS.index("fault")
PEER = PATTERNS.index("neighbour")
GAS_LOW = PATTERNS.index("gas low")
COUNTDOWN = PATTERNS.index("countdown")
GAS_HIGH = PATTERNS.index("gas high")
MAN_DOWN = PATTERNS.index("man down")
SOS = PATTERNS.index("sos")
ESCALATED = PATTERNS.index("escalated")
EVACUATION = PATTERNS.index("evacuation")
