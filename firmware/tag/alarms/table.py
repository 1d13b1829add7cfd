"""Alarms as data: what kinds there are, and what each input does to one. The only place that decides it.

States (tag.events)   OFF     no cause, nothing to show
                      PRE     countdown: the wearer may cancel
                      ON      raised, loud
                      ACKED   the wearer has acknowledged: calmer
                      HELP    the gateway has said "help knows": calmer, except for gas
                      ESCALATED  nobody has answered ON in time: as loud as can be, and said to the gateway again
Inputs                RAISE   a cause has come: a reading, a fall, a long press ... (again, too: a second fall, another gas)
                      CLEAR   the last cause has gone
                      TIMEOUT the time of PRE is over, or that of a brief ACKED, or `escalation_s` of ON
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
    late        what TIMEOUT leads to: STEADY from PRE to ON, and ON lasts; LOUDER from ON to ESCALATED too, where somebody
                needs help

"Are you wearing me?" (WEAR) is a question: its PRE is gentle, and ON means that nobody has answered, neither by a press nor by
being worn. Then the core raises man-down, with its own countdown.

A message's cause has gone as soon as it has come: what is left is the latch, and the press that releases it is the answer.

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
    ALARM_MESSAGE,
    ALARM_PEER,
    ALARM_SOS,
    ALARM_WARNING,
    ALARM_WEAR,
    ESCALATED,
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

_NEVER = const(0)
_STAYS = const(1)
_BRIEF = const(2)

_CAUSE = const(0)
_SEQUENCE = const(1)
_GATEWAY = const(2)

_STEADY = const(0)
_LOUDER = const(1)

BRIEF_MS = const(5000)

# alarm -> (countdown, latches, ack, ends_by, help, late)
KINDS = {
    ALARM_MESSAGE: ("", 1, _STAYS, _CAUSE, 0, _STEADY),
    ALARM_WARNING: ("", 0, _STAYS, _CAUSE, 0, _STEADY),
    ALARM_WEAR: ("wear_question_s", 0, _STAYS, _CAUSE, 0, _STEADY),
    ALARM_PEER: ("", 0, _STAYS, _CAUSE, 0, _STEADY),
    ALARM_FAULT: ("", 0, _STAYS, _CAUSE, 1, _STEADY),
    ALARM_GAS_LOW: ("", 0, _STAYS, _CAUSE, 1, _STEADY),
    ALARM_GAS_HIGH: ("", 1, _BRIEF, _CAUSE, 1, _STEADY),
    ALARM_MAN_DOWN: ("prealarm_s", 1, _STAYS, _CAUSE, 1, _LOUDER),
    ALARM_SOS: ("", 1, _NEVER, _SEQUENCE, 1, _LOUDER),
    ALARM_EVACUATION: ("", 1, _STAYS, _GATEWAY, 0, _STEADY),
}

_COUNTDOWN = const(0)
_LATCHES = const(1)
_ACK = const(2)
_ENDS_BY = const(3)
_HELP = const(4)
_LATE = const(5)

# Words for what depends on the kind.
_START = const(10)  # PRE with a countdown, else ON
_GONE = const(11)  # the cause went, nobody acknowledged: a latching alarm stays as it is
_GONE_ACKED = const(12)  # the cause went after an acknowledgement: OFF, unless that was a brief one
_ACK_IT = const(13)  # PRESS on a loud alarm
_RELEASE = const(14)  # PRESS on one that is calm already: ends it when nothing but the latch holds it
_KNOWS = const(15)  # HELP where that makes sense
_BY_WEARER = const(16)  # OFF if the deliberate sequence ends this kind
_BY_GATEWAY = const(17)  # OFF if the all clear ends this kind
_LATER = const(18)  # ON has lasted: ESCALATED if that is this kind's way

# TABLE[state][input]
TABLE = (
    # RAISE  CLEAR       TIMEOUT  PRESS    HELP_KNOWS  CANCEL     ALL_CLEAR
    (_START, OFF, OFF, OFF, OFF, OFF, OFF),  # OFF
    (PRE, OFF, ON, OFF, PRE, PRE, PRE),  # PRE
    (ON, _GONE, _LATER, _ACK_IT, _KNOWS, _BY_WEARER, _BY_GATEWAY),  # ON
    (ON, _GONE_ACKED, ON, _RELEASE, _KNOWS, _BY_WEARER, _BY_GATEWAY),  # ACKED
    (ON, _GONE, HELP, _RELEASE, HELP, _BY_WEARER, _BY_GATEWAY),  # HELP
    (ESCALATED, _GONE, ESCALATED, _ACK_IT, _KNOWS, _BY_WEARER, _BY_GATEWAY),  # ESCALATED
)


# word -> next state, from (the kind, the state, whether a cause is present)
_CHOICES = {
    _START: lambda kind, state, present: PRE if kind[_COUNTDOWN] else ON,
    _GONE: lambda kind, state, present: state if kind[_LATCHES] else OFF,
    _GONE_ACKED: lambda kind, state, present: (
        state if kind[_ENDS_BY] != _CAUSE else ON if kind[_ACK] == _BRIEF else OFF
    ),
    _ACK_IT: lambda kind, state, present: (
        OFF if not present and kind[_ENDS_BY] == _CAUSE else state if kind[_ACK] == _NEVER else ACKED
    ),
    _RELEASE: lambda kind, state, present: OFF if not present and kind[_ENDS_BY] == _CAUSE else state,
    _KNOWS: lambda kind, state, present: HELP if kind[_HELP] else state,
    _BY_WEARER: lambda kind, state, present: OFF if kind[_ENDS_BY] == _SEQUENCE else state,
    _BY_GATEWAY: lambda kind, state, present: OFF if kind[_ENDS_BY] == _GATEWAY else state,
    _LATER: lambda kind, state, present: ESCALATED if kind[_LATE] == _LOUDER else state,
}


def step(alarm: int, state: int, symbol: int, present: bool) -> int:
    """The state after input `symbol`; `present` says whether a cause of the alarm is there (RAISE and CLEAR included)."""
    target = TABLE[state][symbol]
    if target < _START:
        return target
    return _CHOICES[target](KINDS[alarm], state, present)


def restore(alarm: int, state: int) -> int:
    """The state in which an alarm goes on after a reset: the journal's, or the nearest that this kind can have."""
    kind = KINDS[alarm]
    if (state == PRE and not kind[_COUNTDOWN]) or (state == ESCALATED and kind[_LATE] != _LOUDER):
        return ON
    return state


def countdown(alarm: int) -> str:
    """The setting that holds the countdown of PRE in seconds, or ""."""
    return str(KINDS[alarm][_COUNTDOWN])


def timed(alarm: int, state: int) -> bool:
    """Whether TIMEOUT comes in this state: the countdown, a brief acknowledgement, an alarm that may escalate."""
    kind = KINDS[alarm]
    return state == PRE or (state == ACKED and kind[_ACK] == _BRIEF) or (state == ON and kind[_LATE] == _LOUDER)
