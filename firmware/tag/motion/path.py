"""The motion path: blocks of milli-g at the sensor's rate become chunks of 0.2 s at one rate, with what detectors need.

    block, 10..400 Hz ─► Resampler ─► chunk: 10 samples at 50 Hz ─┬─► Summary: peak, hard samples, low-g run, mean
                                                                  ├─► ring of 32 means: gravity, now and before
                                                                  └─► LowPass, 3.7 Hz ─┬─► window of the last 1 s
                                                                                       └─► what it took: activity

    while path.advance(block):     # True for each chunk completed; then
        path.summary.peak_sq ...   # belongs to that chunk

How the samples are cut into blocks makes no difference. Blocks of a broken sensor do not come here; after such a gap
`lost()` makes the next chunk the first again: the past is filled with it, so that nothing is made of the difference.
"""

from array import array

from dsp.lowpass import LowPass
from dsp.resample import Resampler
from dsp.ring import VectorRing
from dsp.summary import Summary
from micropython import const

RATE_HZ = const(50)
CHUNK = const(10)  # samples
CHUNK_MS = const(200)
WINDOW = const(50)  # samples: five chunks
MIN_HZ = const(10)
MAX_HZ = const(400)

_SLOTS = const(5)
_RING = const(32)  # chunks
# Free fall: air, spin and the sensor's offset keep even a falling tag above zero.
_LOW_MG = const(500)
# Harder than steps at ease: what counts how long a person who falls is knocked about.
_HARD_MG = const(1500)


class MotionPath:
    """Preallocated; `advance` allocates nothing."""

    def __init__(self) -> None:
        self._resampler = Resampler(RATE_HZ, RATE_HZ, CHUNK)
        self.chunk = self._resampler.out  # its samples, clipped by the summary
        self._smooth = LowPass(1)
        self.window = array("h", (0,) * (3 * WINDOW))
        view = memoryview(self.window)
        # The oldest fifth of the window is overwritten by each chunk: its order in time is lost, its spread is not.
        self._slots = tuple([view[i : i + 3 * CHUNK] for i in range(0, 3 * WINDOW, 3 * CHUNK)])
        self._slot = 0
        self.summary = Summary(_LOW_MG, _HARD_MG)
        self.past = VectorRing(_RING)
        self.sway = self._smooth.mean  # of the chunk, without what is fast
        self.activity_mg = 0
        self.first = True  # this chunk begins a new past
        self._fresh = True

    @property
    def rate_hz(self) -> int:
        """The rate of the blocks."""
        return self._resampler.in_hz

    def retune(self, odr_hz: int) -> bool:
        """Blocks of another rate follow; False when it is outside 10..400 Hz."""
        if not MIN_HZ <= odr_hz <= MAX_HZ:
            return False
        self._resampler.retune(odr_hz)
        self.lost()
        return True

    def lost(self) -> None:
        """Samples are missing: the past is not the past of what comes next."""
        self._resampler.retune(self._resampler.in_hz)
        self.summary.restart()
        self._fresh = True

    def advance(self, block) -> bool:
        """Go on to the end of the next chunk; False when the block (`.mg`, `.n`) is used up: then give the next one."""
        if self._resampler.run(block.mg, block.n):
            self._finish()
            return True
        return False

    def _finish(self) -> None:
        chunk = self._resampler.out
        summary = self.summary
        summary.take(chunk, CHUNK)
        self.first = self._fresh
        if self._fresh:
            self._start()
        slot = self._slot = self._slot + 1 if self._slot < _SLOTS - 1 else 0
        self.activity_mg = self._smooth.run(chunk, CHUNK, self._slots[slot])
        self.past.push(summary.mean)

    def _start(self) -> None:
        """The first chunk stands for all that was before it."""
        self._fresh = False
        chunk = self._resampler.out
        self.past.fill(self.summary.mean)
        self._smooth.settle(chunk, 0)
        for i in range(3 * WINDOW):
            self.window[i] = chunk[i % 3]
