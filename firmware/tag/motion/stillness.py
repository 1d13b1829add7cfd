"""Stillness: no motion for a settable time. Works on the chunks (0.2 s) of `motion/path.py`.

What a chunk is:

    (the mean of a chunk is that of its slow part: of the chunk itself it would keep a fifth of what shakes at 7 Hz)

    MOTION  the wearer moves. The chunk's mean has left the anchor by more than 0.15 g on an axis (9 degrees of tilt, or
            slow acceleration), and becomes the new anchor; or it shakes, and its mean is more than 0.1 g from that of the
            chunk before, now or up to 0.4 s ago: people who move carry the tag along and back
    SHAKE   a machine moves. The fast part (above 3.7 Hz) passes 0.1 g, the means stand still: an engine, a pump, a seat
    QUIET   neither. Breathing tilts a tag on the chest by a degree or two (35 mg), the steps of a coarse sensor are 48 mg

Two timers. The short one, `still_s`, counts since the last MOTION or SHAKE, the long one, `vehicle_still_s`, since the
last MOTION. So a running machine is not taken for a moving wearer, an unconscious driver is found after the long time
although the engine runs, and who sits at the wheel is not asked every minute: any turn or lean in that time will do.
A machine that starts beside a man who lies neither cancels his alarm nor delays it once STILL is said.

    state     means                                    next: MOTION   SHAKE     QUIET     DUE
    MOVING    the last chunk had motion                      MOVING   RIDING    RESTING   RESTING
    RIDING    a machine shakes, the wearer does not move     MOVING   RIDING    RESTING   STILL
    RESTING   neither                                        MOVING   RIDING    RESTING   STILL
    STILL     said: one of the timers was over               MOVING   STILL     STILL     STILL

What moves slowly with a vehicle cannot be told from a wearer: braking, curves, a body that sways, deep holes in a road
are MOTION. Then somebody drives.

Unknown input (sensor failed): the timers stand and `paused` is True. Neither "still" nor "moving" is concluded from
what was not measured; the core's fault alarm says that man-down is not watched. After the gap the timers go on
unless there is motion.

`moving` is the slower word: True after one second with motion in the last few, False when all of it has drained. A
twitch restarts the timers, but only `moving` counts as "the wearer moves again". One jolt, there
and back, is four chunks of it at most.
"""

from array import array

from dsp.fixed import apart
from dsp.ring import put
from micropython import const

_MOVING = const(0)
_RIDING = const(1)
_RESTING = const(2)
_STILL = const(3)

_MOTION = const(0)
_SHAKE = const(1)
_QUIET = const(2)
_DUE = const(3)

# TABLE[state][input] -> state
TABLE = (
    (_MOVING, _RIDING, _RESTING, _RESTING),
    (_MOVING, _RIDING, _RESTING, _STILL),
    (_MOVING, _RIDING, _RESTING, _STILL),
    (_MOVING, _STILL, _STILL, _STILL),
)

_ACTIVE_MG = const(100)
_SWING_MG = const(100)
_LEAN_MG = const(150)
_HOLD = const(3)  # chunks from a swing on
_CHUNKS_A_S = const(5)
_SURE = const(5)  # chunks with motion, less those without, that make `moving`
_FULL = const(8)


class Stillness:
    """`step` returns True when stillness has lasted its time, once; again only after motion."""

    def __init__(self, still_s: int, longest: int) -> None:
        self._limit = still_s * _CHUNKS_A_S
        self._max = max(still_s, longest) * _CHUNKS_A_S
        self._level = 0
        self._held = 0  # chunks for which shaking still counts as motion
        self._anchor = array("h", (0, 0, 0))
        self._before = array("h", (0, 0, 0))
        self.paused = True
        self.moving = False
        self.restart()

    def restart(self) -> None:
        """Somebody is known to be awake (pressed the button): the timers begin anew."""
        self.state = _MOVING
        self.chunks = 0
        self._since = 0

    @property
    def riding(self) -> bool:
        """A machine shakes the tag, and the wearer does not move."""
        return self.state == _RIDING

    @property
    def seconds(self) -> int:
        """How long the wearer has not moved, at most the longer of the two times."""
        return self._since // _CHUNKS_A_S

    def pause(self) -> None:
        """The input is unknown: neither still nor moving."""
        self.paused = True
        self.moving = False
        self._level = 0

    def step(self, path) -> bool:
        """Take the chunk that `path` has completed. Allocates nothing."""
        self.paused = False
        symbol = self._sense(path)
        if symbol == _MOTION:
            self.chunks = self._since = 0
            if self._level < _FULL:
                self._level += 1
            if self._level >= _SURE:
                self.moving = True
        else:
            if self._level:
                self._level -= 1
            else:
                self.moving = False
            if self._since < self._max:
                self._since += 1
            if symbol == _SHAKE:
                self.chunks = 0
            elif self.chunks < self._limit:
                self.chunks += 1
            if self.chunks >= self._limit or self._since >= self._max:
                symbol = _DUE
        before = self.state
        self.state = TABLE[before][symbol]
        return self.state == _STILL and before != _STILL

    def _sense(self, path) -> int:
        mean = path.sway
        swung = apart(mean, self._before, 1) > _SWING_MG
        put(mean, self._before, 0)
        leaned = apart(mean, self._anchor, 1) > _LEAN_MG
        if leaned:
            put(mean, self._anchor, 0)
        # After a gap the posture may be new without a move that was seen; that alone restarts nothing.
        if path.first:
            self._held = 0
            return _SHAKE if path.activity_mg > _ACTIVE_MG else _QUIET
        if leaned or swung:
            self._held = _HOLD
        elif self._held:
            self._held -= 1
        if leaned:
            return _MOTION
        if path.activity_mg <= _ACTIVE_MG:
            return _QUIET
        return _MOTION if self._held else _SHAKE
