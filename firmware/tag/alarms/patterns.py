"""What light, buzzer and motor do: patterns as data, which alarm shows which, and the player.

A pattern's number is its rank: of all that alarms ask for, the highest number is played. What is loud stands above
what is calm, so an acknowledged alarm never covers a new one; within the loud ones the rank is that of the alarms,
except that the man-down countdown, a question, stands below the high gas alarm, an order to leave. Calm gas stands
above other calm ones, because it still sounds. A message is the least of what is loud, then an early warning, below the
question to whom a dropped tag belongs; a neighbour's call stands below the wearer's own alarms. What nobody answered is the
loudest of a person's own alarms; only the order to leave stands above it.

The numbers have their names in `tag/names.py`; here they are private, as names cost heap.

A step is (ms, 0xRRGGBB, buzzer Hz, motor %); 0 ms lasts to the end of the confidence period. A pattern is (steps,
first step of the endless part).
"""

import ticks
from micropython import const

DARK = const(0)  # a fault without alarm: no sign of confidence may be given
OK = const(1)  # the confidence signal: "I work"
NOT_READY = const(2)
_TEST_ASKS = const(3)
_TEST_LIGHT = const(4)
_FAULT_ACKED = const(5)
_ACKED = const(6)
_HELP_KNOWS = const(7)
_GAS_ACKED = const(8)
_GAS_HUSHED = const(9)
_MESSAGE = const(10)
_WARNING = const(11)
_WEAR = const(12)
_FAULT = const(13)
_PEER = const(14)
_GAS_LOW = const(15)
_COUNTDOWN = const(16)
_GAS_HIGH = const(17)
_MAN_DOWN = const(18)
_SOS = const(19)
_ESCALATED = const(20)
_EVACUATION = const(21)

# What a reaction test wants shown while there is no alarm, by tag/fatigue/monitor.py: nothing, it asks, wait, now
TESTS = (DARK, _TEST_ASKS, DARK, _TEST_LIGHT)

# SHOWN[alarm][state]: no alarm, then fault, gas low, gas high, man-down, SOS, evacuation, wearing?, warning, message, neighbour;
# OFF, PRE, ON, ACKED, HELP, ESCALATED
SHOWN = (
    (DARK, DARK, DARK, DARK, DARK, DARK),
    (DARK, _FAULT, _FAULT, _FAULT_ACKED, _FAULT_ACKED, _FAULT),
    (DARK, _GAS_LOW, _GAS_LOW, _GAS_ACKED, _GAS_ACKED, _GAS_LOW),
    (DARK, _GAS_HIGH, _GAS_HIGH, _GAS_HUSHED, _GAS_HIGH, _GAS_HIGH),
    (DARK, _COUNTDOWN, _MAN_DOWN, _ACKED, _HELP_KNOWS, _ESCALATED),
    (DARK, _SOS, _SOS, _ACKED, _HELP_KNOWS, _ESCALATED),
    (DARK, _EVACUATION, _EVACUATION, _ACKED, _HELP_KNOWS, _EVACUATION),
    (DARK, _WEAR, _WEAR, _WEAR, _WEAR, _WEAR),
    (DARK, _WARNING, _WARNING, _ACKED, _WARNING, _WARNING),
    (DARK, _MESSAGE, _MESSAGE, _MESSAGE, _MESSAGE, _MESSAGE),
    (DARK, _PEER, _PEER, _ACKED, _PEER, _PEER),
)

_GREEN = const(0x004000)
_BLUE = const(0x000060)
_YELLOW = const(0x605000)
_RED = const(0xFF0000)
_WHITE = const(0xFFFFFF)
# Two tones near the resonance of small piezo sounders (2.7 kHz), where they are loudest.
_LOW = const(2300)
_HIGH = const(2900)

_DOT = (150, _RED, _HIGH, 100)
_DASH = (450, _RED, _HIGH, 100)
_GAP = (150, 0, 0, 0)

# The man-down question: shakes harder with each beat, then speaks; the last two beats repeat.
_RISING = (
    (200, _YELLOW, 0, 30),
    (1300, 0, 0, 0),
    (200, _YELLOW, 0, 40),
    (1300, 0, 0, 0),
    (250, _YELLOW, 0, 50),
    (1250, 0, 0, 0),
    (250, _YELLOW, _LOW, 60),
    (1250, 0, 0, 0),
    (300, _YELLOW, _LOW, 70),
    (1200, 0, 0, 0),
    (300, _YELLOW, _LOW, 80),
    (1200, 0, 0, 0),
    (400, _RED, _LOW, 90),
    (600, 0, 0, 0),
    (400, _RED, _HIGH, 100),
    (600, 0, 0, 0),
)
_MORSE = (_DOT, _GAP, _DOT, _GAP, _DOT, _GAP, _DASH, _GAP, _DASH, _GAP, _DASH, _GAP, _DOT, _GAP, _DOT, _GAP, _DOT)

PATTERNS = (
    (((1000, 0, 0, 0),), 0),  # DARK
    (((60, _GREEN, _HIGH, 0), (0, 0, 0, 0)), 0),  # OK
    (((100, _YELLOW, 0, 0), (1900, 0, 0, 0)), 0),  # NOT_READY
    (((300, _WHITE, 0, 30), (700, 0, 0, 0), (300, _WHITE, 0, 0), (1700, 0, 0, 0)), 0),  # TEST_ASKS
    (((1000, _WHITE, 0, 0),), 0),  # TEST_LIGHT
    (((200, _YELLOW, 0, 0), (800, 0, 0, 0)), 0),  # FAULT_ACKED
    (((200, _RED, 0, 0), (1800, 0, 0, 0), (200, _RED, _LOW, 40), (2800, 0, 0, 0)), 0),  # ACKED
    (((150, _BLUE, _LOW, 40), (150, _BLUE, _HIGH, 40), (9700, _BLUE, 0, 0)), 0),  # HELP_KNOWS
    (((100, _RED, _LOW, 0), (150, 0, 0, 0), (100, _RED, _LOW, 40), (4650, 0, 0, 0)), 0),  # GAS_ACKED
    (((250, _RED, 0, 100), (250, 0, 0, 0)), 0),  # GAS_HUSHED
    (((100, _BLUE, _HIGH, 40), (100, 0, 0, 0), (100, _BLUE, _LOW, 40), (4700, 0, 0, 0)), 0),  # MESSAGE
    (((100, _YELLOW, _HIGH, 60), (100, 0, 0, 0), (100, _YELLOW, _HIGH, 60), (9700, _YELLOW, 0, 0)), 0),  # WARNING
    (((100, _YELLOW, _LOW, 40), (100, 0, 0, 0), (100, _YELLOW, _HIGH, 40), (2700, 0, 0, 0)), 0),  # WEAR: it asks
    (((200, _YELLOW, _LOW, 60), (200, 0, 0, 0), (200, _YELLOW, _LOW, 60), (4400, 0, 0, 0)), 0),  # FAULT
    (((150, _RED, _HIGH, 60), (150, _BLUE, _LOW, 60), (150, _RED, _HIGH, 60), (2550, _BLUE, 0, 0)), 0),  # PEER
    (((500, _RED, _LOW, 80), (500, 0, 0, 0)), 0),  # GAS_LOW
    (_RISING, 12),  # COUNTDOWN
    (((125, _RED, _HIGH, 100), (125, 0, 0, 0)), 0),  # GAS_HIGH
    (((400, _RED, _HIGH, 100), (200, _WHITE, _LOW, 100)), 0),  # MAN_DOWN
    (_MORSE + ((1000, 0, 0, 0),), 0),  # SOS
    (((100, _RED, _HIGH, 100), (100, _WHITE, _LOW, 100)), 0),  # ESCALATED
    (((250, _WHITE, _LOW, 100), (250, _RED, _HIGH, 100)), 0),  # EVACUATION
)

# A player that was not called for this long starts its pattern anew instead of catching up.
_LOST_MS = const(2000)


class Player:
    """Plays one pattern: `.r .g .b` (0..255), `.hz`, `.motor` (0..100 %) are what the outputs should do now."""

    def __init__(self, confidence_s: int = 60) -> None:
        self._period_ms = confidence_s * 1000
        self._pattern = -1
        self._steps = ()
        self._again = 0
        self._index = 0
        self._until_ms = 0
        self._rgb = 0
        self.r = self.g = self.b = 0
        self.hz = 0
        self.motor = 0

    def step(self, pattern: int, t_ms: int) -> bool:
        """Go on to `t_ms`; True when the outputs changed. Allocates nothing."""
        late_ms = ticks.diff(t_ms, self._until_ms)
        if pattern != self._pattern or late_ms > _LOST_MS:
            self._pattern = pattern
            self._steps, self._again = PATTERNS[pattern]
            self._until_ms = t_ms
            self._index = -1
            late_ms = 0
        if late_ms < 0:
            return False
        while ticks.diff(t_ms, self._until_ms) >= 0:
            self._next()
        return self._show(self._steps[self._index])

    def _next(self) -> None:
        self._index = self._index + 1 if self._index < len(self._steps) - 1 else self._again
        ms = self._steps[self._index][0]
        if not ms:
            ms = self._period_ms
            for step in self._steps:
                ms -= step[0]
        self._until_ms = ticks.add(self._until_ms, ms)

    def _show(self, step) -> bool:
        if step[1] == self._rgb and step[2] == self.hz and step[3] == self.motor:
            return False
        rgb = self._rgb = step[1]
        self.r = rgb >> 16
        self.g = rgb >> 8 & 255
        self.b = rgb & 255
        self.hz = step[2]
        self.motor = step[3]
        return True
