"""The alarms of one tag: applies tag/alarms/table.py, keeps causes and deadlines, says every transition as an ALARM event.

What the wearer sees, hears and feels is the pattern with the highest number among those of all alarms
(tag/alarms/patterns.py). A press is meant for the alarm that is shown. It also reaches any countdown, because who
presses is awake, and the low gas alarm and the gas warning under a gas alarm. The time is an argument; without alarms
nothing here allocates.
"""

import ticks
from tag.alarms import patterns, table
from tag.events import (
    ALARM,
    ALARM_COUNT,
    ALARM_GAS_HIGH,
    ALARM_GAS_LOW,
    ALARM_WARNING,
    ALARM_WEAR,
    ESCALATED,
    HELP,
    OFF,
    ON,
    PRE,
)

_CAUSES = 30  # bits of the set of causes that fit a small integer


class Engine:
    """`settings` gives the countdowns; `say(event)` takes each transition."""

    def __init__(self, settings, say) -> None:
        self._say = say
        self._state = bytearray(ALARM_COUNT)
        self._causes = [0] * ALARM_COUNT
        self._cause = bytearray(ALARM_COUNT)
        self._value = [0] * ALARM_COUNT
        self._until_ms = [0] * ALARM_COUNT
        self._countdown_ms = [0] * ALARM_COUNT
        self._countdown_ms[0] = settings["escalation_s"] * 1000  # no alarm's countdown: the time of ON
        for alarm in table.KINDS:
            name = table.countdown(alarm)
            if name:
                self._countdown_ms[alarm] = settings[name] * 1000
        # What is shown without alarms: patterns.OK, NOT_READY or DARK; the core knows.
        self.calm = patterns.NOT_READY

    def state(self, alarm: int) -> int:
        """The alarm's state."""
        return self._state[alarm]

    def value(self, alarm: int) -> int:
        """What came with the alarm's last cause."""
        return self._value[alarm]

    def has(self, alarm: int, cause: int) -> bool:
        """Whether that cause of the alarm is present."""
        return bool(self._causes[alarm] & 1 << cause)

    def raised(self, alarm: int, cause: int, value: int, t_ms: int) -> None:
        """A cause of the alarm has come, or has come again."""
        self._causes[alarm] |= 1 << cause
        self._note(alarm, cause, value)
        self._apply(alarm, table.RAISE, t_ms)

    def suspected(self, alarm: int, cause: int) -> bool:
        """A cause that may be present, as nobody has seen it gone: keeps the alarm. False when there is none to keep."""
        if self._state[alarm] == OFF:
            return False
        self._causes[alarm] |= 1 << cause
        return True

    def cleared(self, alarm: int, cause: int, value: int, t_ms: int) -> None:
        """A cause of the alarm has gone; the last one to go counts."""
        if self._causes[alarm] & 1 << cause:
            self._causes[alarm] ^= 1 << cause
            if not self._causes[alarm]:
                self._note(alarm, cause, value)
                self._apply(alarm, table.CLEAR, t_ms)

    def meant(self) -> int:
        """The alarms that a press reaches now, as bits."""
        shown = self.shown()
        meant = 1 << shown
        if shown == ALARM_GAS_HIGH or shown == ALARM_GAS_LOW:
            meant |= 1 << ALARM_GAS_LOW | 1 << ALARM_WARNING
        for alarm in range(1, ALARM_COUNT):
            if self._state[alarm] == PRE:
                meant |= 1 << alarm
        return meant

    def press(self, t_ms: int, meant: int = -1) -> None:
        """The wearer pressed the button shortly; `meant` when that was asked before."""
        if meant < 0:
            meant = self.meant()
        for alarm in range(1, ALARM_COUNT):
            if meant >> alarm & 1:
                self._apply(alarm, table.PRESS, t_ms)

    def help_knows(self, alarm: int, t_ms: int) -> bool:
        """The gateway knows of this alarm; False when there is no such alarm to know of."""
        if alarm in table.KINDS:
            self._apply(alarm, table.HELP_KNOWS, t_ms)
            return self._state[alarm] == HELP
        return False

    def cancel(self, t_ms: int) -> None:
        """The wearer's deliberate sequence."""
        for alarm in range(1, ALARM_COUNT):
            self._apply(alarm, table.CANCEL, t_ms)

    def all_clear(self, t_ms: int) -> None:
        """The gateway says that the danger is over."""
        for alarm in range(1, ALARM_COUNT):
            self._apply(alarm, table.ALL_CLEAR, t_ms)

    def tick(self, t_ms: int) -> None:
        """Let deadlines pass."""
        for alarm in range(1, ALARM_COUNT):
            if self._timed(alarm) and ticks.diff(t_ms, self._until_ms[alarm]) >= 0:
                self._apply(alarm, table.TIMEOUT, t_ms)

    def restore(self, alarm: int, state: int, cause: int, value: int, t_ms: int) -> bool:
        """At boot, from the journal: the alarm goes on as it was, a countdown from its start. False for what cannot be."""
        if alarm not in table.KINDS or not OFF < state <= ESCALATED or not 0 <= cause < _CAUSES:
            return False
        self._state[alarm] = table.restore(alarm, state)
        self._causes[alarm] |= 1 << cause
        self._note(alarm, cause, value)
        self._set_deadline(alarm, t_ms)
        return True

    def highest(self) -> int:
        """The highest alarm that is not OFF, 0: none."""
        highest = 0
        for alarm in range(1, ALARM_COUNT):
            if self._state[alarm] != OFF and (alarm < ALARM_WEAR or not highest):  # from there on they rank below
                highest = alarm
        return highest

    def shown(self) -> int:
        """The alarm whose pattern is played, 0: none."""
        best = 0
        shown = 0
        for alarm in range(1, ALARM_COUNT):
            pattern = patterns.SHOWN[alarm][self._state[alarm]]
            if pattern > best:
                best = pattern
                shown = alarm
        return shown

    def pattern(self, t_ms: int) -> int:
        """The pattern to play now (`t_ms` is not needed yet; patterns run on the player's own time)."""
        shown = self.shown()
        return patterns.SHOWN[shown][self._state[shown]] if shown else self.calm

    def countdown_s(self, t_ms: int) -> int:
        """Seconds left of the shortest countdown, rounded up, 0: none."""
        least = 0
        for alarm in range(1, ALARM_COUNT):
            if self._state[alarm] == PRE:
                left = max(0, (ticks.diff(self._until_ms[alarm], t_ms) + 999) // 1000)
                least = left if not least else min(least, left)
        return least

    def _note(self, alarm: int, cause: int, value: int) -> None:
        self._cause[alarm] = cause
        self._value[alarm] = max(-32768, min(32767, value))

    def _timed(self, alarm: int) -> bool:
        state = self._state[alarm]
        return table.timed(alarm, state) and (state != ON or self._countdown_ms[0] > 0)

    def _set_deadline(self, alarm: int, t_ms: int) -> None:
        state = self._state[alarm]
        wait_ms = self._countdown_ms[alarm if state == PRE else 0] if state in (PRE, ON) else table.BRIEF_MS
        self._until_ms[alarm] = ticks.add(t_ms, wait_ms)

    def _apply(self, alarm: int, symbol: int, t_ms: int) -> None:
        before = self._state[alarm]
        after = table.step(alarm, before, symbol, self._causes[alarm] != 0)
        if after == before:
            return
        self._state[alarm] = after
        if after == OFF:
            self._causes[alarm] = 0
        self._set_deadline(alarm, t_ms)
        self._say((ALARM, t_ms, alarm, after, self._cause[alarm], self._value[alarm]))
