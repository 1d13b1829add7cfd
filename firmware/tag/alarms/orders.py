"""Orders from the gateway to the wearer, already proved genuine: what each does to the alarms and the shift, and the answers.

What each message does:

    HELP         arg = alarm      "help knows": DONE when the alarm is then in HELP, else REFUSED
    EVACUATE     -                raises EVACUATION; the same ident again is a repetition: DONE, and no new noise
    ALL_CLEAR    -                ends EVACUATION, a drill too; DONE even when there was none
    TEXT         arg = text       raises MESSAGE, until the wearer presses: DONE, REFUSED when it is no text
    SHIFT_END    -                closes the wearer's exposure: DONE; again closes what came since
    DRILL_START  -                raises EVACUATION with the cause "drill"; REFUSED while there is a real one
    DRILL_STOP   -                ends the drill, never a real evacuation: DONE even when there was none
    any other                     UNKNOWN, also those that are not the core's (tag/errands.py, the outbox)

What the wearer is to see keeps the lower 15 bits of its ident, which come back with what became of it:

    state    means                             next: its pattern plays   pressed
    NOTHING  no order, or it was answered            -                   -
    GIVEN    it has come                             SEEN, told SHOWN    -
    SEEN     light, buzzer and motor told it         -                   NOTHING, told ANSWERED
"""

from micropython import const
from tag.events import (
    ALARM_EVACUATION,
    ALARM_MESSAGE,
    ANSWERED,
    CAUSE_DRILL,
    CAUSE_REMOTE,
    DONE,
    DOWNLINK,
    MSG_ALL_CLEAR,
    MSG_DRILL_START,
    MSG_DRILL_STOP,
    MSG_EVACUATE,
    MSG_HELP,
    MSG_SHIFT_END,
    MSG_TEXT,
    ON,
    REFUSED,
    SHOWN,
    UNKNOWN,
)

_NOTHING = const(0)
_GIVEN = const(1)
_SEEN = const(2)
_IDENT_MOST = const(0x7FFF)


class Orders:
    """`say(event)` takes the answers."""

    def __init__(self, alarms, gases, say) -> None:
        self._alarms = alarms
        self._gases = gases
        self._say = say
        self._state = bytearray(ALARM_MESSAGE + 1)  # of the last order that each alarm stands for

    def obey(self, kind: int, ident: int, arg, t_ms: int) -> int:
        """Carry out one order; never raises, whatever `kind` and `arg` are."""
        alarms = self._alarms
        ident &= _IDENT_MOST
        if kind == MSG_HELP:
            done = isinstance(arg, int) and alarms.help_knows(arg, t_ms)
        elif kind == MSG_EVACUATE:
            done = self._evacuate(CAUSE_REMOTE, ident, t_ms)
        elif kind == MSG_ALL_CLEAR:
            alarms.all_clear(t_ms)
            done = True
        elif kind == MSG_TEXT:
            done = isinstance(arg, str) and self._raise(ALARM_MESSAGE, CAUSE_REMOTE, ident, t_ms)
            self._let_go(t_ms)
        elif kind == MSG_SHIFT_END:
            self._gases.end_shift(t_ms)
            done = True
        elif kind == MSG_DRILL_START:
            real = alarms.has(ALARM_EVACUATION, CAUSE_REMOTE)
            done = not real and self._evacuate(CAUSE_DRILL, ident, t_ms)
        elif kind == MSG_DRILL_STOP:
            self._end_drill(t_ms)
            done = True
        else:
            return UNKNOWN
        return DONE if done else REFUSED

    def tick(self, t_ms: int) -> None:
        """Tell what is shown by now."""
        shown = self._alarms.shown()
        if (shown == ALARM_EVACUATION or shown == ALARM_MESSAGE) and self._state[shown] == _GIVEN:
            self._state[shown] = _SEEN
            self._answer(shown, SHOWN, t_ms)

    def pressed(self, meant: int, t_ms: int) -> None:
        """The wearer has pressed, meaning these alarms (bits); before the engine hears of it."""
        for alarm in (ALARM_EVACUATION, ALARM_MESSAGE):
            if meant >> alarm & 1 and self._state[alarm] == _SEEN:
                self._state[alarm] = _NOTHING
                self._answer(alarm, ANSWERED, t_ms)

    def restored(self, alarm: int, t_ms: int) -> None:
        """At boot: the alarm goes on, and so does the order behind it."""
        if (alarm == ALARM_EVACUATION or alarm == ALARM_MESSAGE) and self._alarms.state(alarm) == ON:
            self._state[alarm] = _GIVEN
        self._let_go(t_ms)

    def _let_go(self, t_ms: int) -> None:
        """What is written has no cause that lasts: the press alone ends it."""
        alarms = self._alarms
        alarms.cleared(ALARM_MESSAGE, CAUSE_REMOTE, alarms.value(ALARM_MESSAGE), t_ms)

    def _evacuate(self, cause: int, ident: int, t_ms: int) -> bool:
        alarms = self._alarms
        if alarms.has(ALARM_EVACUATION, cause) and alarms.value(ALARM_EVACUATION) == ident:
            return True
        return self._raise(ALARM_EVACUATION, cause, ident, t_ms)

    def _raise(self, alarm: int, cause: int, ident: int, t_ms: int) -> bool:
        self._state[alarm] = _GIVEN
        self._alarms.raised(alarm, cause, ident, t_ms)
        return True

    def _end_drill(self, t_ms: int) -> None:
        alarms = self._alarms
        if alarms.has(ALARM_EVACUATION, CAUSE_REMOTE):
            alarms.cleared(ALARM_EVACUATION, CAUSE_DRILL, alarms.value(ALARM_EVACUATION), t_ms)
        elif alarms.has(ALARM_EVACUATION, CAUSE_DRILL):
            alarms.all_clear(t_ms)

    def _answer(self, alarm: int, result: int, t_ms: int) -> None:
        alarms = self._alarms
        kind = MSG_TEXT
        if alarm == ALARM_EVACUATION:
            kind = MSG_EVACUATE if alarms.has(alarm, CAUSE_REMOTE) else MSG_DRILL_START
        self._say((DOWNLINK, t_ms, kind, alarms.value(alarm), result))
