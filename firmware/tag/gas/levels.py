"""One gas against its action levels: which gas alarms have their cause present, and whether the sensor can be believed.

A level's state, for each row of tag/gas/limits.py:

    state      means                               next: BEYOND            BETWEEN   INSIDE    UNKNOWN
    CLEAR      no cause                                  PENDING or BEYOND CLEAR     CLEAR     CLEAR
    PENDING    beyond, for less than delay_ms            after it BEYOND   CLEAR     CLEAR     PENDING
    BEYOND     the alarm's cause is present              BEYOND            BEYOND    CLEAR     BEYOND

BEYOND: a usable reading at the level or past it, or the sensor over (for falling levels: under) its range. INSIDE: a
usable reading past the clear level. BETWEEN: a usable reading between the two. UNKNOWN: anything else; it never takes
a cause away.

What each quality means here:
    OK, CAL_DUE     the number is compared with the levels
    OVER            beyond every rising level, and GAS_HIGH whatever the levels
    UNDER           fault; for a gas with falling levels (O2) also beyond them, and GAS_HIGH
    STALE, FAILED   fault; the levels keep their state: unknown is never clean air
    WARMING         no value, no fault, and not ready
"""

import quality
from micropython import const
from tag.events import ALARM_GAS_HIGH, CODE_FAILED, CODE_RANGE, CODE_STALE
from tag.gas.limits import FALLING, LEVELS, RISING
from ticks import diff

CLEAR = const(0)
PENDING = const(1)
BEYOND = const(2)

# quality -> code of the fault, 0: none
_FAULT = (0, 0, CODE_RANGE, 0, CODE_STALE, CODE_FAILED, 0)


class Channel:
    """One gas. `update` leaves `.quality .value .fault` (a code, 0: none) and `.causes` (bit = alarm id) behind."""

    def __init__(self, gas: int, t_ms: int, levels=LEVELS) -> None:
        self.gas = gas
        self.quality = quality.WARMING
        self.value = 0
        self.fault = 0
        self.causes = 0
        self.seen = False  # a usable reading, ever
        self.t_ms = t_ms
        self.due_ms = t_ms  # when the next reading is to be recorded: kept here for tag/gas/watch.py
        self._rows = tuple([row for row in levels if row[0] == gas])
        self._state = bytearray(len(self._rows))
        self._since = [0] * len(self._rows)
        self._extreme = False
        self._falls = any(row[1] == FALLING for row in self._rows)

    def update(self, value: int, q: int, t_ms: int) -> None:
        """Take a reading; the value counts only when its quality says so."""
        if not 0 <= q < len(_FAULT):
            q = quality.FAILED
        usable = quality.usable(q)
        over = q == quality.OVER
        under = q == quality.UNDER
        self.quality = q
        self.value = max(-32768, min(32767, value)) if usable or over or under else 0
        self.fault = _FAULT[q]
        self.t_ms = t_ms
        if usable:
            self.seen = True
            self._extreme = False
        elif over or (under and self._falls):
            self._extreme = True
        causes = 1 << ALARM_GAS_HIGH if self._extreme else 0
        for i in range(len(self._rows)):
            _, direction, level, clear, alarm, delay_ms = self._rows[i]
            # Falling levels are compared with the sign turned, so that "beyond" is always upwards.
            if usable:
                beyond = value * direction >= level * direction
                inside = value * direction < clear * direction or self._state[i] == PENDING
            else:
                beyond = over if direction == RISING else under
                inside = False
            if beyond:
                self._rise(i, delay_ms, t_ms)
            elif inside:
                self._state[i] = CLEAR
            if self._state[i] == BEYOND:
                causes |= 1 << alarm
        self.causes = causes

    def _rise(self, i: int, delay_ms: int, t_ms: int) -> None:
        if self._state[i] == CLEAR:
            self._state[i] = PENDING
            self._since[i] = t_ms
        if self._state[i] == PENDING and diff(t_ms, self._since[i]) >= delay_ms:
            self._state[i] = BEYOND

    def restore(self, alarm: int) -> None:
        """Before the reset this gas was a cause of that alarm: it is one until a usable reading says otherwise."""
        self.causes |= 1 << alarm
        self._extreme = self._extreme or alarm == ALARM_GAS_HIGH
        for i in range(len(self._rows)):
            if self._rows[i][4] == alarm:
                self._state[i] = BEYOND
