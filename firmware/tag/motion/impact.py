"""Near misses: a hit above `near_miss_g` after which nobody fell, told 4 s later, when the fall detector would have spoken.

    state    means                              next: HIT (harder)   FALL or DROP   4 s old, and 10 s since the last
    CALM     nothing is held                          HELD           DEAF           -
    HELD     the hardest hit so far is held           HELD, anew     DEAF           CALM, told
    DEAF     5 s: what bounces belongs to the fall    stays          stays          (after 5 s) CALM

At most one is told in 10 s: who hammers all day makes 2880 records of 20 bytes in a shift, not a flood. The others are
counted, the hardest is the one that is told.

Why 6 g: of SisFall's daily activities (waist; Sucerquia et al., Sensors 17(1):198, 2017) walking stays below 2.6 g, and
sitting, lying down, bending and stairs at ease below 5.2 g in every trial; above 6 g come 5 of 22 quick jogs, 7 of 80
runs on stairs, 3 of 80 jumps, 2 of 80 stumbles, 2 of 115 who drop back into a chair. Settable, as trades differ.
"""

from micropython import const

# in chunks of 0.2 s
_RIPE = const(20)
_MEASURE = const(5)
_PAUSE = const(50)
_DEAF = const(25)


class Impacts:
    """When `step` returned True, `.peak_sq .duration_ms .count` describe the near miss, `.age` chunks after its hardest hit."""

    def __init__(self, low_mg: int) -> None:
        self._limit = low_mg * low_mg  # of 16 g: 2.56e8
        self.age = -1  # of the hit held; -1: CALM
        self.peak_sq = 0
        self.duration_ms = 0
        self.count = 0  # hits since the last one told
        self._held = 0  # chunks until another may be told
        self._mute = 0  # chunks of DEAF

    def step(self, peak_sq: int, found, snapshot) -> bool:
        """Take a chunk; `found`: a fall or a drop was declared in it. Allocates nothing."""
        if self._held == _PAUSE:
            self.age = -1  # told in the chunk before
        if self._held:
            self._held -= 1
        if found:
            self._mute = _DEAF
            self.age = -1
        if self._mute:
            self._mute -= 1
            return False
        if peak_sq > self._limit:
            if self.age < 0:
                self.count = self.peak_sq = 0
            self.count += 1
            if peak_sq > self.peak_sq:
                self.peak_sq = peak_sq
                self.age = 0
                return False
        if self.age < 0:
            return False
        self.age += 1
        if self.age == _MEASURE:
            self.duration_ms = snapshot.duration_ms(_MEASURE)
        if self.age < _RIPE or self._held:
            return False
        self._held = _PAUSE
        return True
