"""The last seconds of acceleration, and what of it is kept with an event: 2 s before the hit and 2 s after, at 50 Hz.

    chunks of 0.2 s     -10 ................ -1 | 0 | 1 .............. 9
                        part 0  part 1 ...      the hit      ... part 9

The ring holds 6.4 s and rolls on for ever. A fall is told up to 3.4 s after its hit and a near miss 4 s after it, so what
came 2 s before them is still there. Then one part of two chunks (20 samples, x y z as i16 milli-g) is handed out a chunk,
oldest first: it keeps ahead of the ring's end, and no event waits for it. Parts that nobody measured (the tag had just
started, the sensor had failed for over a second) are missing, never made up; a shorter fault is cut out of the time.
One event at a time: a near miss gives way to a fall or a drop.
Near misses get samples once in ten minutes at most, and only when told in time: ten parts are 1.4 kB in the journal.
"""

from array import array

import micropython
from dsp.pointers import ptr16
from micropython import const
from tag.motion.path import CHUNK

_CHUNKS = const(32)
_SIZE = const(960)  # numbers in the ring: 32 chunks of 10 samples of 3 axes
_WIDE = const(30)  # numbers in a chunk
_BEFORE = const(10)  # chunks
_PARTS = const(10)
_AROUND = const(5)  # chunks on each side of a hit in which its duration is measured
_REST = const(3000)  # chunks: ten minutes
_LONG_SQ = const(2000 * 2000)  # mg^2


class Snapshot:
    """`push` and `part` once a chunk, in this order."""

    def __init__(self) -> None:
        self._ring = array("h", (0,) * _SIZE)
        self._mv = memoryview(self._ring)
        self._newest = 0
        self._count = 0  # chunks without a gap
        self._next = _PARTS  # the next one; _PARTS: none is wanted
        self.n = 0  # the part named last
        self.age = 0  # of the hit, in chunks
        self.urgent = False  # no near miss
        self._held = 0  # chunks until a near miss may have samples again
        self.t_ms = 0  # of the event

    def push(self, path) -> None:
        """Keep the chunk that `path` has completed. Allocates nothing."""
        if self._held:
            self._held -= 1
        if path.first:
            self._count = 0
            self._next = _PARTS  # what is missing parts the hit from what comes now
        elif self._next < _PARTS:
            self.age += 1
        if self._count < _CHUNKS:
            self._count += 1
        at = self._newest = (self._newest + 1) & (_CHUNKS - 1)
        _copy(path.chunk, self._ring, at * _WIDE)

    def want(self, t_ms: int, age: int, urgent: bool) -> None:
        """Hand out what surrounds the hit `age` chunks ago, for the record made at `t_ms`; not `urgent`: a near miss."""
        if age >= self._count:
            return  # a gap parts the hit from what the ring holds
        if not urgent:
            # One that waited for the pause between two near misses is partly gone: the next one will be whole.
            if self._held or self._next < _PARTS or age + _BEFORE >= _CHUNKS:
                return
            self._held = _REST
        if self._next == _PARTS or not self.urgent:
            self._next = 0
            self.age = age
            self.urgent = urgent
            self.t_ms = t_ms

    def part(self) -> bool:
        """Whether there is a part to take now: its number is `n`, its samples are `data()`. Allocates nothing."""
        while self._next < _PARTS:
            # the older of its two chunks
            age = self.age + _BEFORE - 2 * self._next
            if age < 1:
                break
            self.n = self._next
            self._next += 1
            if age < self._count:
                return True
        return False

    def data(self) -> bytes:
        """The samples of part `n`: 120 bytes, little endian as are all processors that a tag has."""
        at = (self._newest - self.age - _BEFORE + 2 * self.n) & (_CHUNKS - 1)
        after = (at + 1) & (_CHUNKS - 1)
        view = self._mv
        return bytes(view[at * _WIDE : at * _WIDE + _WIDE]) + bytes(view[after * _WIDE : after * _WIDE + _WIDE])

    def duration_ms(self, age: int) -> int:
        """How long |a| stayed above 2 g around the hardest hit near a chunk of that age. Allocates nothing."""
        at = (self._newest - age - _AROUND) & (_CHUNKS - 1)
        return _run(self._ring, at * _WIDE, (2 * _AROUND + 1) * CHUNK, _LONG_SQ) * 20


@micropython.viper
def _copy(chunk, ring, at: int):
    p = ptr16(chunk)
    q = ptr16(ring)
    i = 0
    while i < _WIDE:
        q[at + i] = p[i]
        i += 1


@micropython.viper
def _run(ring, at: int, n: int, limit_sq: int) -> int:
    """Length of the run above the limit that holds the largest of `n` samples; squares as in dsp/summary.py, below 2^30."""
    p = ptr16(ring)
    most = limit_sq
    run = 0
    longest = 0
    here = 0  # the run that goes on holds the largest so far
    i = 0
    while i < n:
        x = (p[at] ^ 0x8000) - 0x8000
        y = (p[at + 1] ^ 0x8000) - 0x8000
        z = (p[at + 2] ^ 0x8000) - 0x8000
        sq = x * x + y * y + z * z
        if sq > limit_sq:
            run += 1
            if sq > most:
                most = sq
                here = 1
            if here:
                longest = run
        else:
            run = 0
            here = 0
        at += 3
        if at == _SIZE:
            at = 0
        i += 1
    return longest
