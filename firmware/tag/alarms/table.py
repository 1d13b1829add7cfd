"""Alarms as data: what kinds there are, and what each input does to one. The only place that decides it.

States (tag.events)   OFF     no cause, nothing to show
                      PRE     countdown: the wearer may cancel
                      ON      raised, loud
                      ACKED   the wearer has acknowledged: calmer
                      HELP    the gateway has said "help knows": calmer, except for gas
Inputs                RAISE   a cause has come: a reading, a fall, a long press ... (again, too: a second fall, another gas)
                      CLEAR   the last cause has gone
                      TIMEOUT the time of PRE is over, or that of a brief ACKED
                      PRESS   the wearer's short press
                      HELP_KNOWS   the gateway knows and help is under way
                      CANCEL  the wearer's deliberate sequence (long press, again after 5 s)
                      ALL_CLEAR    the gateway's word that the danger is over

Beside its state an alarm has causes (a set: two gases, three faults). Properties of a kind:

    countdown   PRE before ON: the setting that says how long, or ""
    latches     it outlives its cause: only an acknowledgement after the cause has gone ends it
    ack         what PRESS does while the cause is present: NEVER nothing; STAYS calmer until the cause has gone, or a new one
                comes; BRIEF silent for 5 s, then loud again; it does not count as what releases the latch
    ends_by     CAUSE the cause's going (with the latch's release); SEQUENCE the wearer's CANCEL; GATEWAY its ALL_CLEAR
    help        whether "help knows" makes sense for it

A number in TABLE is the next state; a word stands for a choice by those properties, made in `_CHOICES` below.
"""

from micropython import const
from tag.events import (
    ACKED,
    ALARM_EVACUATION,
    ALARM_FAULT,
    ALARM_GAS_HIGH,
    ALARM_GAS_LOW,
    ALARM_MAN_DOWN,
    ALARM_SOS,
    HELP,
    OFF,
    ON,
    PRE,
)

RAISE = const(0)
CLEAR = const(1)
TIMEOUT = const(2)
PRESS = const(3)
HELP_KNOWS = const(4)
CANCEL = const(5)
ALL_CLEAR = const(6)

INPUT_COUNT = const(7)

NEVER = const(0)
STAYS = const(1)
BRIEF = const(2)

CAUSE = const(0)
SEQUENCE = const(1)
GATEWAY = const(2)

BRIEF_MS = const(5000)

# alarm -> (countdown, latches, ack, ends_by, help)
KINDS = {
    ALARM_FAULT: ("", 0, STAYS, CAUSE, 1),
    ALARM_GAS_LOW: ("", 0, STAYS, CAUSE, 1),
    ALARM_GAS_HIGH: ("", 1, BRIEF, CAUSE, 1),
    ALARM_MAN_DOWN: ("prealarm_s", 1, STAYS, CAUSE, 1),
    ALARM_SOS: ("", 1, NEVER, SEQUENCE, 1),
    ALARM_EVACUATION: ("", 1, STAYS, GATEWAY, 0),
}

_COUNTDOWN = const(0)
_LATCHES = const(1)
_ACK = const(2)
_ENDS_BY = const(3)
_HELP = const(4)

# Words for what depends on the kind.
START = const(10)  # PRE with a countdown, else ON
GONE = const(11)  # the cause went, nobody acknowledged: a latching alarm stays as it is
GONE_ACKED = const(12)  # the cause went after an acknowledgement: OFF, unless that was a brief one
ACK = const(13)  # PRESS on a loud alarm
RELEASE = const(14)  # PRESS on one that is calm already: ends it when nothing but the latch holds it
KNOWS = const(15)  # HELP where that makes sense
BY_WEARER = const(16)  # OFF if the deliberate sequence ends this kind
BY_GATEWAY = const(17)  # OFF if the all clear ends this kind

# TABLE[state][input]
TABLE = (
    # RAISE  CLEAR       TIMEOUT  PRESS    HELP_KNOWS  CANCEL     ALL_CLEAR
    (START, OFF, OFF, OFF, OFF, OFF, OFF),  # OFF
    (PRE, OFF, ON, OFF, PRE, PRE, PRE),  # PRE
    (ON, GONE, ON, ACK, KNOWS, BY_WEARER, BY_GATEWAY),  # ON
    (ON, GONE_ACKED, ON, RELEASE, KNOWS, BY_WEARER, BY_GATEWAY),  # ACKED
    (ON, GONE, HELP, RELEASE, HELP, BY_WEARER, BY_GATEWAY),  # HELP
)


def _ends_by_cause(kind) -> bool:
    return kind[_ENDS_BY] == CAUSE


# word -> next state, from (the kind, the state, whether a cause is present)
_CHOICES = {
    START: lambda kind, state, present: PRE if kind[_COUNTDOWN] else ON,
    GONE: lambda kind, state, present: state if kind[_LATCHES] else OFF,
    GONE_ACKED: lambda kind, state, present: state if not _ends_by_cause(kind) else ON if kind[_ACK] == BRIEF else OFF,
    ACK: lambda kind, state, present: (
        OFF if not present and _ends_by_cause(kind) else state if kind[_ACK] == NEVER else ACKED
    ),
    RELEASE: lambda kind, state, present: OFF if not present and _ends_by_cause(kind) else state,
    KNOWS: lambda kind, state, present: HELP if kind[_HELP] else state,
    BY_WEARER: lambda kind, state, present: OFF if kind[_ENDS_BY] == SEQUENCE else state,
    BY_GATEWAY: lambda kind, state, present: OFF if kind[_ENDS_BY] == GATEWAY else state,
}


def step(alarm: int, state: int, symbol: int, present: bool) -> int:
    """The state after input `symbol`; `present` says whether a cause of the alarm is there (RAISE and CLEAR included)."""
    target = TABLE[state][symbol]
    if target < START:
        return target
    return _CHOICES[target](KINDS[alarm], state, present)


def countdown(alarm: int) -> str:
    """The setting that holds the countdown of PRE in seconds, or ""."""
    return str(KINDS[alarm][_COUNTDOWN])


def brief(alarm: int) -> bool:
    """Whether an acknowledgement lasts BRIEF_MS only."""
    return KINDS[alarm][_ACK] == BRIEF
