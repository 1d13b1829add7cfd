"""The accelerometer as the core wants it: blocks of milli-g with a quality, whatever state the bus is in."""

from array import array

import quality
import ticks
from micropython import const

_DEPTH = const(32)  # samples in one block: the FIFO's depth
_REPAIR_MS = const(5000)


class MotionSource:
    """`read` fills the block that this object is: `mg` (x0, y0, z0, x1, ...), `n` samples, `odr_hz`, `quality`."""

    def __init__(self, accel, repair, t_ms: int) -> None:
        self._accel = accel
        self._repair = repair  # frees the bus of a chip that holds it
        self._tried_ms = t_ms
        self.mg = array("h", bytes(6 * _DEPTH))
        self.n = 0
        self.odr_hz = accel.odr_hz if accel else 100
        self.quality = quality.FAILED
        self.repairs = 0

    def read(self, t_ms: int) -> None:
        """Take what the chip has collected; n = 0 and a quality other than OK when it has nothing good to say."""
        if self._accel is None:
            return
        self.n = self._accel.read_block(self.mg, t_ms)
        self.quality = self._accel.quality
        if ticks.diff(t_ms, self._tried_ms) >= _REPAIR_MS:
            # Older than this does not count: in a good week the age must not grow past what ticks can tell apart.
            self._tried_ms = ticks.add(t_ms, -_REPAIR_MS)
            if self.quality == quality.FAILED:
                self._tried_ms = t_ms
                self.repairs += 1
                self._repair()
