"""Orders from the gateway, already proved genuine: what each does to the alarms and the shift, and the answer.

What each message does:

    HELP        arg = alarm      "help knows": DONE when the alarm is then in HELP, else REFUSED
    EVACUATE    -                raises EVACUATION; the same ident again is a repetition: DONE, and no new noise
    ALL_CLEAR   -                ends EVACUATION; DONE even when there was none
    TEXT        arg = text       for the display: DONE, REFUSED when it is no text
    SHIFT_END   -                closes the wearer's exposure: DONE; again closes what came since
    ACK         -                belongs to the outbox: REFUSED here
    any other                    UNKNOWN
"""

from tag.events import (
    ALARM_EVACUATION,
    CAUSE_REMOTE,
    DONE,
    MSG_ACK,
    MSG_ALL_CLEAR,
    MSG_EVACUATE,
    MSG_HELP,
    MSG_SHIFT_END,
    MSG_TEXT,
    OFF,
    REFUSED,
    UNKNOWN,
)


def obey(alarms, gases, kind, ident: int, arg, t_ms: int) -> int:
    """Carry out one order; never raises, whatever `kind` and `arg` are."""
    if kind == MSG_HELP:
        done = isinstance(arg, int) and alarms.help_knows(arg, t_ms)
    elif kind == MSG_EVACUATE:
        value = ident & 0x7FFF
        if alarms.state(ALARM_EVACUATION) == OFF or alarms.value(ALARM_EVACUATION) != value:
            alarms.raised(ALARM_EVACUATION, CAUSE_REMOTE, value, t_ms)
        done = True
    elif kind == MSG_ALL_CLEAR:
        alarms.all_clear(t_ms)
        done = True
    elif kind == MSG_TEXT:
        done = isinstance(arg, str)
    elif kind == MSG_SHIFT_END:
        gases.end_shift(t_ms)
        done = True
    elif kind == MSG_ACK:
        done = False
    else:
        return UNKNOWN
    return DONE if done else REFUSED
