"""A head that falls asleep, from a tag on a helmet: it sinks slowly and comes back with a jerk. States by chunks of 0.2 s.

The usual posture is where the head is while it neither walks nor moves fast, followed in 51 s, within 30 degrees of upright
(upright.py): who sits does not hold it as who walks.

    state      means                                          next: NEAR       BETWEEN    FAR        WILD       SURE       LATE
    RESTLESS   moves, or is not known                               RESTLESS   RESTLESS   RESTLESS   RESTLESS   STEADY     -
    STEADY     as usual for 3 s and longer                          STEADY     SINKING    RESTLESS   RESTLESS   -          -
    SINKING    leaves it slowly                                     STEADY     SINKING    RESTLESS   RESTLESS   DOWN       RESTLESS
    DOWN       has come to FAR slowly                               a nod      RISING     DOWN       RISING     -          HANGING
    RISING     on its way back                                      a nod      RISING     RESTLESS   RISING     -          RESTLESS
    HANGING    down for 15 s                                        RESTLESS   RESTLESS   HANGING    RESTLESS   a nod      -

    NEAR       within 12 degrees of the usual posture
    BETWEEN    12 to 30; or further, but not FAR
    FAR        beyond 30, and further from upright than usual: who works with the head down looks up. Before it is DOWN it also
               weighs within 6 % of upright in the mean of 0.8 s
    WILD       a chunk that is no posture: lighter than 0.8 g or heavier than 1.2 g. Before it is DOWN also one that turns by more
               than 8 degrees, 40 degrees a second
    SURE       RESTLESS: NEAR for the 15th time in a row. SINKING: FAR after 4 or more between, that is 18 degrees in 0.8 s and
               more. HANGING: for a minute
    LATE       SINKING: for 10 s. DOWN: for 15 s. RISING: the fourth chunk, so 18 degrees take at most 0.6 s

Who walks is RESTLESS, and a nod leads there. False friends: who looks down at work or a gauge does it faster, who raises the head
slowly from reading is LATE, nods of assent, 1 to 3 Hz, are too quick to be SINKING. A vehicle that brakes turns gravity as a nod
does, slowly, and back at once when it stands: 0.3 g, which is called harsh, are 17 degrees, and at 0.35 g it weighs 6 % more. All
numbers are chosen, none is measured on one who fell asleep; docs/fatigue.md says what they are worth on made heads.

A head that has sunk slowly and hangs still for a minute counts as one nod more. Stillness alone counts for nothing: who reads, or
waits, is as still.

Ranges: squares of postures below 1.44e6, times 288 below 2^30 after four digits are cut.
"""

from array import array

from dsp.fixed import angle_deg
from dsp.ring import put
from micropython import const
from tag.fatigue.upright import follow, square

RESTLESS = const(0)
STEADY = const(1)
SINKING = const(2)
DOWN = const(3)
RISING = const(4)
HANGING = const(5)

_NEAR = const(0)
_BETWEEN = const(1)
_FAR = const(2)
_WILD = const(3)
_SURE = const(4)
_LATE = const(5)
_NODDED = const(6)  # RESTLESS, and counted

# TABLE[state][input] -> state
TABLE = (
    (RESTLESS, RESTLESS, RESTLESS, RESTLESS, STEADY, RESTLESS),
    (STEADY, SINKING, RESTLESS, RESTLESS, STEADY, STEADY),
    (STEADY, SINKING, RESTLESS, RESTLESS, DOWN, RESTLESS),
    (_NODDED, RISING, DOWN, RISING, DOWN, HANGING),
    (_NODDED, RISING, RESTLESS, RISING, RISING, RESTLESS),
    (RESTLESS, RESTLESS, HANGING, RESTLESS, _NODDED, HANGING),
)

# degrees
_NEAR_DEG = const(12)
_FAR_DEG = const(30)
_FAST_DEG = const(8)

_LEAST_SQ = const(640000)  # 800 mg
_MOST_SQ = const(1440000)
_LIGHT_Q8 = const(226)  # 0.94^2
_HEAVY_Q8 = const(288)  # 1.06^2

# chunks
_STEADY = const(15)
_FOLLOWS = const(256)
_SLOW = const(4)
_SINKS = const(50)
_HANGS = const(75)
_HUNG = const(300)
_BACK = const(3)


class Head:
    """`chunk` after chunk, of an `upright` that is learned elsewhere; allocates nothing after its construction."""

    def __init__(self, upright) -> None:
        self._upright = upright
        self._usual = array("h", (0, 0, 0))
        self._slow = array("i", (0, 0, 0))  # the same, as follow() has it
        self._before = array("h", (0, 0, 0))
        self._learned = False
        self.moved = False  # by a degree from a chunk to the next, since whoever reads it has set it back
        self.lost()

    def lost(self) -> None:
        """Samples are missing."""
        self.state = RESTLESS
        self._n = 0  # chunks in it
        self._square = 0  # |a|^2 in the mean of 0.8 s, mg^2 / 16; 0: none yet

    def chunk(self, mean, walks: bool) -> bool:
        """Where gravity is in a chunk, mg, and whether the wearer walks; True for a nod."""
        known = self._upright.known
        if walks or not known:
            self._learned = known and self._learned
            if self._n or self.state:
                self.lost()
            return False
        if not self._learned:
            self._learned = True
            follow(self._upright.mg, self._slow, self._usual, 1)
        symbol = self._timed(self._symbol(mean))
        nodded = self._step(symbol)
        if self.state <= STEADY and symbol != _WILD and angle_deg(mean, self._upright.mg) <= _FAR_DEG:
            follow(mean, self._slow, self._usual, _FOLLOWS)
        return nodded

    # -- inside -----------------------------------------------------------------------------------------------------------

    def _step(self, symbol: int) -> bool:
        before = self.state
        state = TABLE[before][symbol]
        nodded = state == _NODDED
        if nodded:
            state = RESTLESS
        if state != before:
            self.state = state
            self._n = 0
        if not state and symbol != _NEAR:
            self._n = 0
        elif self._n < _HUNG:
            self._n += 1
        return nodded

    def _symbol(self, mean) -> int:
        weight = square(mean)
        if not _LEAST_SQ <= weight <= _MOST_SQ:
            return _WILD
        weight >>= 4
        self._square = self._square + (weight - self._square >> 2) if self._square else weight
        turned = angle_deg(mean, self._before)
        put(mean, self._before, 0)
        if turned:
            self.moved = True
        if turned > _FAST_DEG and self.state < DOWN:
            return _WILD
        apart = angle_deg(mean, self._usual)
        if apart <= _NEAR_DEG:
            return _NEAR
        return _FAR if apart > _FAR_DEG and self._down(mean) else _BETWEEN

    def _down(self, mean) -> bool:
        up = self._upright.mg
        weight = square(up) >> 4
        if self.state < DOWN and not weight * _LIGHT_Q8 >> 8 <= self._square <= weight * _HEAVY_Q8 >> 8:
            return False
        return angle_deg(mean, up) > angle_deg(self._usual, up)

    def _timed(self, symbol: int) -> int:
        n = self._n
        state = self.state
        if state == STEADY:
            return symbol
        if state == RESTLESS:
            return _SURE if symbol == _NEAR and n >= _STEADY - 1 else symbol
        if state == SINKING:
            if symbol == _FAR:
                return _SURE if n >= _SLOW else _FAR
            return _LATE if symbol == _BETWEEN and n >= _SINKS else symbol
        if state == RISING:
            return _LATE if symbol != _NEAR and n >= _BACK else symbol
        if symbol == _FAR:
            if state == DOWN and n >= _HANGS:
                return _LATE
            if state == HANGING and n >= _HUNG:
                return _SURE
        return symbol
