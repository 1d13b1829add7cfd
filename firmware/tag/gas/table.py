"""What an action level is and does: its row, its states, what each input does to it. The only place that decides it.

States    CLEAR    no cause
          PENDING  at the level, for less than its delay
          BEYOND   the cause is present
          HELD     past the clear level again, but the level latches and nobody has acknowledged since: still a cause of the alarm
Inputs    AT       at the level or beyond it
          LASTED   the same for as long as the delay says, or where there is none
          BETWEEN  between the level and its clear level
          INSIDE   past the clear level, on the safe side
          UNKNOWN  nothing to compare: never takes a cause away
          PRESS    a press meant for the level's alarm: releases what is HELD, if what is compared is known and INSIDE; and
                   where the alarm is on, no delay may let it be pressed away at the level

A row is 16 bytes of a limit profile, tag/gas/limits.py. What is compared with its level, by kind:

    low, high, ceiling, drift   the reading, each time; over range is LASTED for rising levels, under range for falling ones
    over                        LASTED while over range (falling gases: under too), INSIDE at a usable reading: a row of every gas
    rise                        how far the reading has risen within delay_s: rise.py
    step                        the reading: LASTED above the lowest step once the row's allowance is used up: timesteps.py
    ahead                       LASTED while the level is in sight within delay_s, INSIDE past its clear level: ahead.py
    stel, twa, shift            the figures of each minute: exposure.py; a minute without a reading takes nothing away
    mixture                     the sum that watch.py has made, as an amount of this gas
"""

from micropython import const
from tag.gas.limits import ROW

CLEAR = const(0)
PENDING = const(1)
BEYOND = const(2)
HELD = const(3)

AT = const(0)
LASTED = const(1)
BETWEEN = const(2)
INSIDE = const(3)
UNKNOWN = const(4)
PRESS = const(5)

_GONE = const(9)  # HELD for a level that latches, else CLEAR

# TABLE[state][input]
TABLE = (
    # AT      LASTED  BETWEEN INSIDE UNKNOWN  PRESS
    (PENDING, BEYOND, CLEAR, CLEAR, CLEAR, CLEAR),  # CLEAR
    (PENDING, BEYOND, CLEAR, CLEAR, PENDING, BEYOND),  # PENDING
    (BEYOND, BEYOND, BEYOND, _GONE, BEYOND, BEYOND),  # BEYOND
    (BEYOND, BEYOND, HELD, HELD, HELD, CLEAR),  # HELD
)


def step(state: int, symbol: int, latches) -> int:
    """The state of a level after an input."""
    after = TABLE[state][symbol]
    return after if after != _GONE else HELD if latches else CLEAR


# what the present reading is worth
USABLE = const(0)
ABOVE = const(1)  # over range
BELOW = const(2)  # under range, of a gas for which that is danger
NOTHING = const(3)

# kinds, as tag/names.py LEVELS has them
CEILING = const(3)  # low and high are below
STEL = const(4)
TWA = const(5)
SHIFT = const(6)
STEP = const(7)
MIXTURE = const(8)
RISE = const(9)
DRIFT = const(10)
AHEAD = const(11)
OVER = const(12)

# bytes of a row, and flags
KIND = const(1)
FLAGS = const(2)
ALARM = const(3)
LEVEL = const(4)
CLEAR_LEVEL = const(6)
DELAY = const(8)
GROUP = const(12)
INSTRUCTION = const(13)
FALLING = const(1)
LATCHES = const(2)
BASIS = const(12)  # of a mixture, what it sums: 0 the reading, else the shift's mean, or
BY_STEL = const(4)  # the 15 min mean

# The row of every gas that no profile has: it latches, raises GAS_HIGH and says "leave".
OVER_ROW = b"\x00\x0c\x02\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00"


def pair(rows, at: int) -> int:
    """A number of two bytes, without sign."""
    return rows[at] | rows[at + 1] << 8


def word(rows, at: int) -> int:
    """A signed number of two bytes."""
    return (rows[at] | rows[at + 1] << 8 ^ 0x8000) - 0x8000


def falls(rows, at: int):
    """Whether the level of a reading is reached from above."""
    return rows[at + FLAGS] & FALLING or rows[at + KIND] == DRIFT


def reading(rows, at: int, side: int, value: int) -> int:
    """The input of a level of kind low, high, ceiling, drift; AT where its delay must decide."""
    turn = -1 if falls(rows, at) else 1  # turned by it, "beyond" is always upwards
    if side:
        return LASTED if side == (BELOW if turn < 0 else ABOVE) else UNKNOWN
    value *= turn
    if value >= word(rows, at + LEVEL) * turn:
        return AT if rows[at + DELAY] or rows[at + DELAY + 1] else LASTED
    return BETWEEN if value >= word(rows, at + CLEAR_LEVEL) * turn else INSIDE


def over(side: int) -> int:
    """The input of the row "over"."""
    return UNKNOWN if side == NOTHING else LASTED if side else INSIDE


def compare(rows, at: int, amount: int) -> int:
    """LASTED, BETWEEN or INSIDE of what has no delay and only rises."""
    if amount >= word(rows, at + LEVEL):
        return LASTED
    return BETWEEN if amount >= word(rows, at + CLEAR_LEVEL) else INSIDE


def steps(rows, gas: int):
    """Where the step rows of this gas begin."""
    return [at for at in range(0, len(rows), ROW) if rows[at] == gas and rows[at + KIND] == STEP]


def needs_minutes(rows, gas: int) -> bool:
    """Whether a level of this gas is judged by figures of minutes."""
    for at in range(0, len(rows), ROW):
        if rows[at] == gas and STEL <= rows[at + KIND] <= MIXTURE:
            return True
    return False
