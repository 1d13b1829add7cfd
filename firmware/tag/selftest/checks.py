"""The checks of a self-test: their numbers, how each can end, and the three masks that a record keeps of them.

A number is a bit of the SELFTEST record and a place in `names.CHECKS`: it is never used for another check. Gases come at GAS + id,
1..9. The record has 32 bits a mask, so 31 is left: a gas with the id 10 gets that, and what comes later a record of its own. A davy
that does not know a bit shows its number. With bit 30 a mask is a long integer on a 32-bit board: nothing here is in a hurry.
"""

from micropython import const

BOARD = const(0)
ACCEL = const(1)
RATE = const(2)
GRAVITY = const(3)
NOISE = const(4)
FORCE = const(5)
AIR = const(6)
LIGHT = const(7)
BUZZER = const(8)
MOTOR = const(9)
BUTTON = const(10)
BATTERY = const(11)
LOAD = const(12)
LORA = const(13)
LISTENING = const(14)
SENDING = const(15)
PEER = const(16)
WIFI = const(17)
FLASH = const(18)
WEAR = const(19)
CLOCK = const(20)
GAS = const(20)  # + the gas's id, 1..9
HEART = const(30)
COUNT = const(31)

# How a check ends. What could not be done, or what only a person can judge, never passes.
PASSED = const(1)
FAILED = const(2)
NOT_FITTED = const(3)
NOT_JUDGED = const(4)

_WORST = (0, 1, 3, 0, 2)  # by outcome: of two parts of a kind the worse one counts


class Found:
    """What the checks have given so far; of one that was done again the last counts, of two gases of a kind the worse."""

    def __init__(self) -> None:
        self.outcomes = bytearray(COUNT)
        self._causes = [""] * COUNT

    def put(self, check: int, outcome: int, cause: str, first: bool = True) -> None:
        """A check has ended; `first` is False for a second part of its kind."""
        if not first and _WORST[outcome] <= _WORST[self.outcomes[check]]:
            return
        self.outcomes[check] = outcome
        self._causes[check] = cause if outcome == FAILED else ""

    def mask(self, outcome: int) -> int:
        """The checks that ended so."""
        bits = 0
        for check in range(COUNT):
            if self.outcomes[check] == outcome:
                bits |= 1 << check
        return bits

    def causes(self) -> str:
        """Why checks have failed, shortly."""
        return "; ".join([cause for cause in self._causes if cause])
