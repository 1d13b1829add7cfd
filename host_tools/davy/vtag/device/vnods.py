"""The tag's nod detector without a board: samples come in on standard input, what was counted goes out.

    vnods.py          (started by davy.evaluate.nods, under MicroPython or CPython)

A message is 8 bytes, little endian, as for vreplay.py: type u8, flag u8, n u16, t_ms u32; then n bytes.

    S   a new wearer; flag = rate of the samples in hertz; int16 x, y, z in milli-g: where gravity is when he holds the head upright
    M   motion: int16 x, y, z in milli-g
    E   the end; answered by a JSON object: when there were nods, seconds from the begin, and the seconds in which the head could be
        watched and in which there were samples
"""

import json
import sys
from array import array

from dsp.gait import WALKING, Gait
from tag.fatigue.head import Head
from tag.fatigue.upright import Upright
from tag.motion.path import CHUNK, MotionPath

_LONGEST = 4096
_MINUTE_S = 60


class _Wearer:
    """A block of samples (`.mg`, `.n`), and all that a helmet's tag makes of them."""

    def __init__(self, rate_hz: int, up) -> None:
        self.mg = array("h", bytes(2 * _LONGEST))
        self.n = 0
        self._path = MotionPath()
        self._path.retune(rate_hz)
        self._gait = Gait(CHUNK)
        self._upright = Upright()
        for _ in range(_MINUTE_S):
            self._upright.second(True, up)
        self._head = Head(self._upright)
        self._chunks = self._watched = 0
        self._nods = []

    def take(self, n: int) -> None:
        """So many samples of `mg`."""
        self.n = n
        path = self._path
        while path.advance(self):
            gait = self._gait
            if path.first:
                gait.lost()
            gait.take(path.chunk)
            self._chunks += 1
            if self._head.chunk(path.sway, gait.state == WALKING):
                self._nods.append(self._chunks / 5)
            if self._head.state:
                self._watched += 1

    def told(self) -> str:
        """As JSON."""
        return json.dumps({"nods": self._nods, "watched_s": self._watched / 5, "seconds": self._chunks / 5})


def main() -> None:
    """Serve messages until the input ends."""
    readinto = sys.stdin.buffer.readinto
    head = bytearray(8)
    up = array("h", (0, 0, 1000))
    wearer = _Wearer(50, up)
    while readinto(head) == 8:
        kind, flag, n = head[0], head[1], head[2] | head[3] << 8
        if kind == 83 and n == 6:  # S
            if readinto(up) != n:
                break
            wearer = _Wearer(flag, up)
        elif kind == 77:  # M
            if readinto(memoryview(wearer.mg)[: n // 2]) != n:
                break
            wearer.take(n // 6)
        elif kind == 69:  # E
            print(wearer.told())


main()
