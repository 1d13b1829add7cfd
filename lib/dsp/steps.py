"""Counts steps in samples at 50 Hz, for any mounting: the band of walking, its lobes, and a rhythm before anything counts.

    x, y, z ─► mean of pairs, 25 Hz ─► |a| ─► band-pass 1 .. 3 Hz ─► lobes: a positive stretch and its top ─► a step?

    state      on a top that is strong and not too soon   then
    waiting    the first, or one after more than 1.24 s   run = 1
    waiting    regular and even                           run + 1; at 6 walking, and all 6 count
    waiting    otherwise                                  run = 2: this interval may begin a rhythm
    walking    any                                        counts; the third irregular one in a row: waiting, run = 2
    either     none for 1.24 s                            waiting, run = 0, mean top = 0: a knock hides no walk after it

    strong     at least 50 mg and 0.4 of the mean top (of some 4 steps): jogging and strolling are both found
    too soon   within 0.28 s of the last step: not seen at all
    regular    the interval differs from the last, or from the one before that (a limp), by at most 1/5; while walking 1/3
    even       the tops of the run differ by at most a factor of 3: bumps of a road do not

The band-pass takes in two seconds at a time: what is counted is up to two seconds late.
Times of tops are interpolated by a parabola.
Ranges: |a| < 2^15, (x, y, z)^2 < 2^30, 16 * (after - before) < 2^21.

Tuned on SisFall (waist); docs/dsp.md has the figures. At an ankle every other step may be too faint to be seen.
"""

from array import array

import micropython
from dsp.biquad import Biquads
from dsp.pointers import ptr16, ptr32
from micropython import const

# python -m davy.design.filters band 1 3 --rate 25 --order 1
_BAND = ((0, -1, 53556, 5, 39744, 6, 53556, 5),)
_BATCH = const(50)  # samples at 25 Hz
_SOONEST = const(7)
_LATEST = const(31)
_FAINT_MG = const(50)
_RUN = const(6)  # steps that make a rhythm
_ODD = const(3)  # irregular intervals in a row that end it
_STEPS_MASK = const(0x3FFFFFFF)


class StepCounter:
    """`take` samples; the rest tells what they held. Periods are in samples at 50 Hz, `_q4` in sixteenths of one (1.25 ms)."""

    def __init__(self, size: int) -> None:
        """Chunks have `size` samples, an even number."""
        if size < 2 or size & 1:
            raise ValueError("steps: chunk")
        self._norm = array("h", (0,) * (_BATCH + size // 2))
        self._band = Biquads(_BAND, 1)
        # 0 steps | 1 samples since the last step's top | 2 its part of a sample, q4 + 16 | 3 top of this lobe, 0 outside
        # 4, 5 what was before and after it, + 2^15 | 6 samples since it | 7 mean top | 8 run | 9, 10 the last two intervals, q4
        # 11, 12 smallest and largest top of the run | 13 irregular ones in a row | 14 walking | 15 last sample + 2^15
        # 16, 17 mean interval and mean of its change, q4 * 16
        # 18 in the batch | 19 last |a| | 20 numbers in a chunk
        self._state = array("i", (0,) * 20 + (3 * size,))
        self.lost()

    def lost(self) -> None:
        """Samples are missing: the rhythm starts anew, the count stays."""
        state = self._state
        for i in range(1, 20):
            state[i] = 0
        state[15] = 32768
        state[19] = 1000
        self._fresh = True

    def take(self, mg) -> None:
        """Go on through a chunk of samples (x, y, z) at 50 Hz, limited to +-18900. Allocates nothing."""
        if _pairs(0, 0, 0, mg, self._norm, self._state) >= _BATCH:
            self._finish()

    def _finish(self) -> None:
        state = self._state
        norm = self._norm
        if self._fresh:
            self._fresh = False
            self._band.settle(norm, 0)
        n = state[18]
        state[18] = 0
        self._band.run(norm, n, norm)
        _lobes(0, 0, n, norm, state)

    @property
    def steps(self) -> int:
        """All so far, modulo 2^30."""
        return self._state[0]

    @property
    def cadence(self) -> int:
        """Steps a minute, the mean of some 16 steps; 0 when there is no rhythm."""
        state = self._state
        return (60 * 50 * 256 + (state[16] >> 1)) // state[16] if state[14] else 0

    @property
    def period(self) -> int:
        """From step to step, the last time; 0 when there was none."""
        return (self._state[9] + 8) >> 4

    @property
    def period_q4(self) -> int:
        """The same, finer."""
        return self._state[9]

    @property
    def jitter_q4(self) -> int:
        """How much a period differs from the one two before (the same foot's), the mean of some 16 steps of this walk."""
        return (self._state[17] + 8) >> 4


@micropython.viper
def _pairs(x: int, y: int, n: int, mg, norm, state) -> int:
    """Appends |mean| of each two samples to the batch; its length. The first names are kept in registers: those used most."""
    p = ptr16(mg)
    q = ptr16(norm)
    s = ptr32(state)
    count = int(s[18])
    root = int(s[19])
    end = int(s[20])
    while n < end:
        x = (((p[n] ^ 0x8000) + (p[n + 3] ^ 0x8000) + 1) >> 1) - 32768
        y = (((p[n + 1] ^ 0x8000) + (p[n + 4] ^ 0x8000) + 1) >> 1) - 32768
        x = x * x + y * y
        y = (((p[n + 2] ^ 0x8000) + (p[n + 5] ^ 0x8000) + 1) >> 1) - 32768
        x += y * y
        # Newton's method from the last root, never 0, until x / root - root is -2 .. 1; near the root it cannot go to and fro.
        y = x // root
        while (y - root + 2) >> 2:
            root = (root + y) >> 1
            y = x // root
        q[count] = root
        count += 1
        n += 6
    s[18] = count
    s[19] = root
    return count


@micropython.viper
def _lobes(x: int, since: int, n: int, samples, state):
    p = ptr16(samples)
    s = ptr32(state)
    since = int(s[1])
    top = int(s[3])
    before = int(s[4])
    after = int(s[5])
    ago = int(s[6])
    last = int(s[15])
    i = 0
    while i < n:
        x = p[i] ^ 0x8000  # a bias of 2^15: zero is 32768
        i += 1
        ago += 1
        if ago == 1:
            after = x
        since += 1
        if x > 32768:
            if x > top:
                before = last
                top = x
                ago = 0
        elif top:
            if int(_top(top - 32768, since - ago, 16 * (after - before), 2 * top - before - after, state)):
                since = ago
            top = 0
        elif since > _LATEST:
            s[7] = 0
            s[8] = 0
            s[14] = 0
            ago = 2  # else it would count for ever in silence
        last = x
    s[1] = since if since < 255 else 255
    s[3] = top
    s[4] = before
    s[5] = after
    s[6] = ago
    s[15] = last


@micropython.viper
def _top(top: int, samples: int, slope: int, bend: int, state) -> int:
    """1 when a lobe's top, so many samples after the last step's, is a step or may begin some."""
    s = ptr32(state)
    mean = int(s[7])
    least = mean * 13 >> 5
    if top < _FAINT_MG or top < least or samples < _SOONEST:
        return 0
    # The parabola through three samples has its top slope / bend sixteenths of 1/50 s from the middle one, -16..16.
    part = (slope + 16 * bend + (bend >> 1)) // bend
    q4 = 32 * samples + part - int(s[2])
    s[2] = part
    run = int(s[8])
    if samples > _LATEST or run == 0:
        s[7] = top
        s[8] = 1
        s[9] = 0
        s[10] = 0
        s[11] = top
        s[12] = top
        s[14] = 0
        return 1
    s[7] = mean + ((top - mean) >> 2)
    if top < int(s[11]):
        s[11] = top
    if top > int(s[12]):
        s[12] = top
    walking = int(s[14])
    allowed = q4 // 3 if walking else q4 // 5
    one = int(s[9])
    two = int(s[10])
    change = q4 - two if q4 > two else two - q4
    odd = q4 - one if q4 > one else one - q4
    if two and change < odd:
        odd = change
    regular = one == 0 or odd <= allowed
    s[10] = one
    s[9] = q4
    if walking:
        s[13] = 0 if regular else int(s[13]) + 1
        if int(s[13]) < _ODD:
            s[0] = (int(s[0]) + 1) & _STEPS_MASK
            s[16] = int(s[16]) + (((q4 << 4) - int(s[16])) >> 4)
            if regular and two:
                s[17] = int(s[17]) + (((change << 4) - int(s[17])) >> 4)
            return 1
    elif regular and int(s[12]) <= 3 * int(s[11]):
        run += 1
        s[8] = run
        if run == _RUN:
            s[0] = (int(s[0]) + run) & _STEPS_MASK
            s[13] = 0
            s[14] = 1
            s[16] = q4 << 4
            s[17] = change << 4
        return 1
    s[8] = 2
    s[10] = 0
    s[11] = top
    s[12] = top
    s[14] = 0
    return 1
