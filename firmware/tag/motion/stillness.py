"""Stillness: no motion for a settable time. Works on the chunks (0.2 s) of `motion/path.py`.

A chunk has motion when its fast part (above 3.7 Hz) passes 0.1 g, or when its mean has left the anchor by more than
0.15 g on an axis (9 degrees of tilt, or slow acceleration); then the mean becomes the new anchor. Breathing
tilts a tag on the chest by a degree or two (35 mg), the steps of a coarse sensor are 48 mg: both are rest. What
shakes the wearer (a machine) counts as motion.

    state     means                                    next: MOTION   QUIET     DUE
    MOVING    the last chunk had motion                      MOVING   RESTING   RESTING
    RESTING   no motion, for less than still_s               MOVING   RESTING   STILL
    STILL     said: no motion for still_s                    MOVING   STILL     STILL

Unknown input (sensor failed): the timer stands and `paused` is True. Neither "still" nor "moving" is concluded from
what was not measured; the core's fault alarm says that man-down is not watched. After the gap the timer goes on
unless there is motion.

`moving` is the slower word of the two: True after one second with motion in the last few, False when all of it has
drained. A twitch restarts the timer, but only `moving` counts as "the wearer moves again".
"""

from array import array

from dsp.fixed import apart
from micropython import const

MOVING = const(0)
RESTING = const(1)
STILL = const(2)

MOTION = const(0)
QUIET = const(1)
DUE = const(2)

# TABLE[state][input] -> state
TABLE = (
    (MOVING, RESTING, RESTING),
    (MOVING, RESTING, STILL),
    (MOVING, STILL, STILL),
)

_ACTIVE_MG = const(100)
_LEAN_MG = const(150)
_CHUNKS_A_S = const(5)
_SURE = const(5)  # chunks with motion, less those without, that make `moving`
_FULL = const(8)


class Stillness:
    """`step` returns True when stillness has lasted `still_s` seconds, once; again only after motion."""

    def __init__(self, still_s: int) -> None:
        self._limit = still_s * _CHUNKS_A_S
        self._level = 0
        self._anchor = array("h", (0, 0, 0))
        self.paused = True
        self.moving = False
        self.restart()

    def restart(self) -> None:
        """Somebody is known to be awake (pressed the button): the timer begins anew."""
        self.state = MOVING
        self.chunks = 0

    @property
    def seconds(self) -> int:
        """How long there has been no motion, at most `still_s`."""
        return self.chunks // _CHUNKS_A_S

    def pause(self) -> None:
        """The input is unknown: neither still nor moving."""
        self.paused = True
        self.moving = False
        self._level = 0

    def step(self, path) -> bool:
        """Take the chunk that `path` has completed. Allocates nothing."""
        self.paused = False
        if self._moved(path):
            symbol = MOTION
            self.chunks = 0
            if self._level < _FULL:
                self._level += 1
            if self._level >= _SURE:
                self.moving = True
        else:
            if self._level:
                self._level -= 1
            else:
                self.moving = False
            if self.chunks < self._limit:
                self.chunks += 1
            symbol = DUE if self.chunks >= self._limit else QUIET
        before = self.state
        self.state = TABLE[before][symbol]
        return self.state == STILL and before != STILL

    def _moved(self, path) -> bool:
        mean = path.summary.mean
        anchor = self._anchor
        if apart(mean, anchor, 1) > _LEAN_MG:
            for axis in range(3):
                anchor[axis] = mean[axis]
            # After a gap the posture may be new without a move that was seen; that alone restarts nothing.
            return not path.first
        return path.activity_mg > _ACTIVE_MG
