"""How much a reading has risen within a time: the reading against the lowest one of the last `window_s`, in bounded memory.

The window is nine parts of an eighth of it each, of which only the lowest reading is kept. So it reaches back at least
`window_s` and at most an eighth more: a rise within the time is never missed.

A window is an array('i'): 0..8 the lowest readings of the parts | place of the part in progress | when it is over, ticks |
length of a part, ms.
"""

from array import array

from micropython import const
from ticks import add, diff

_PARTS = const(9)
_PLACE = const(9)
_UNTIL = const(10)
_LENGTH = const(11)
_NONE = const(32767)


def window(window_s: int):
    """A new one."""
    return array("i", (_NONE,) * _PARTS + (0, 0, max(1, window_s * 125)))


def feed(w, value: int, t_ms: int) -> int:
    """Take a usable reading, counts; how far it stands above the lowest of the window, 0..32767. Allocates nothing."""
    if not -w[_LENGTH] <= diff(t_ms, w[_UNTIL]) < 0:
        _turn(w, diff(t_ms, w[_UNTIL]), t_ms)
    if value < w[w[_PLACE]]:
        w[w[_PLACE]] = value
    least = value
    for i in range(_PARTS):
        if w[i] < least:
            least = w[i]
    return min(_NONE, value - least)


def _turn(w, late_ms: int, t_ms: int) -> None:
    """Go on to the part of `t_ms`. One that lies too far ahead: ticks went further than can be compared, nothing is left."""
    length = w[_LENGTH]
    parts = min(late_ms // length + 1, _PARTS) if late_ms >= 0 else _PARTS
    w[_UNTIL] = add(t_ms, length - (late_ms % length if late_ms >= 0 else 0))
    while parts:
        w[_PLACE] = (w[_PLACE] + 1) % _PARTS
        w[w[_PLACE]] = _NONE
        parts -= 1
