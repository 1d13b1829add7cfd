"""Nods of the head through a shift: how many in half an hour make which points of the index. Where the tag rides on a helmet.

    head.py, chunk by chunk ─► nods and chunks in which it could be watched, by 10 minutes ─► NODS of index.py

Nods of half an hour make the points (index.py). They are believed 30 of 100: nobody has recorded a helmet on one who falls asleep,
a detector of acted nods found 7 of 10, and a nod comes 2 to 12 s after the sleep that it tells of. Without one the part is 0 where
the head could be watched, that is not RESTLESS, for 10 of the last 30 minutes, and else unknown. A minute in which it did not turn
by a degree once is not watched: a helmet that lies on a table.
"""

from array import array

from micropython import const
from tag.fatigue.head import Head
from tag.fatigue.index import NODS, NONE, nods_part

_BIN_MIN = const(10)
_BINS = const(6)
_RECENT = const(3)  # bins: the last 20 to 30 minutes
_WATCHED = const(3000)  # chunks
_FULL = const(3000)  # of a bin
_BELIEVED = const(30)
_TOP = const(255)


class Nods:
    """`chunk` after chunk, `minute` after minute; allocates nothing after its construction."""

    def __init__(self, upright) -> None:
        self.head = Head(upright)
        self._counts = array("B", (0,) * _BINS)  # nods, newest first
        self._watched = array("h", (0,) * _BINS)  # chunks
        self.restart()

    def restart(self) -> None:
        """Another shift: nothing is known of it."""
        self._minutes = 0
        self._chunks = 0  # of this minute, in which it could be watched
        for i in range(_BINS):
            self._counts[i] = self._watched[i] = 0
        self.head.lost()

    def keep(self, keeping) -> None:
        """To or from flash: tag/fatigue/keeping.py. The usual posture is found again."""
        self._minutes = keeping.number(self._minutes, 0, _BIN_MIN - 1)
        for i in range(_BINS):
            self._counts[i] = keeping.number(self._counts[i], 0, _TOP)
            self._watched[i] = keeping.number(self._watched[i], 0, _FULL)

    @property
    def count(self) -> int:
        """Nods of the last hour; 255 at most."""
        total = 0
        for i in range(_BINS):
            total += self._counts[i]
        return min(_TOP, total)

    def chunk(self, mean, walks: bool) -> None:
        """Where gravity is in a chunk, mg, and whether the wearer walks."""
        head = self.head
        if head.chunk(mean, walks):
            self._counts[0] = min(_TOP, self._counts[0] + 1)
        if head.state:
            self._chunks += 1

    def minute(self, n: int, index) -> None:
        """So many minutes have passed; `index` is told."""
        if self.head.moved:
            self._watched[0] = min(_FULL, self._watched[0] + self._chunks)
        self.head.moved = False
        self._chunks = 0
        self._minutes += min(n, _BIN_MIN * _BINS)
        while self._minutes >= _BIN_MIN:
            self._minutes -= _BIN_MIN
            for i in range(_BINS - 1, 0, -1):
                self._counts[i] = self._counts[i - 1]
                self._watched[i] = self._watched[i - 1]
            self._counts[0] = self._watched[0] = 0
        nods = watched = 0
        for i in range(_RECENT):
            nods += self._counts[i]
            watched += self._watched[i]
        index.set(NODS, nods_part(nods) if nods or watched >= _WATCHED else NONE, _BELIEVED)
