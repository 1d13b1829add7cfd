"""STMicroelectronics LIS3DH accelerometer on I2C, read in blocks out of its FIFO (stream mode).

Units    the upper 12 bits of a word are the digit; mg = digit * 1, 2, 4, 12 at +-2, 4, 8, 16 g (datasheet table 4), in
         steps of 4, 8, 16, 48 mg, because the FIFO keeps ten bits only. `drivers.axes` turns them into tag axes.
         For the same reason the chip runs in normal mode: high resolution would change nothing in the FIFO but the
         bandwidth, from ODR/2 to ODR/9 (table 10): 11 Hz at 100 Hz round off an impact.
Quality  WARMING until the first samples; OK while they come; STALE after three watermark periods without any, FAILED
         after ten; FAILED at once on a bus fault, a wrong WHO_AM_I or a frozen output. Only samples make it OK again.
Repair   after a bus fault or long silence the next read probes and configures the chip anew. Every tenth read compares
         the configuration with what was written: a chip that lost it (brown-out) is configured again, see `resets`.
Frozen   a good chip that lies still may repeat one sample for minutes, because 48 mg hide its noise: sameness alone
         proves nothing. So after `_limit` equal samples the self-test force is switched on: it moves a living output by
         68..1440 mg.

    state    means                 samples    next
    RUN      normal                delivered  FORCED after `_limit` equal samples
    FORCED   self-test force on    dropped    RUN: output moved (alive, next look in 60 s) or not (frozen, next in 10 s)

Sources: LIS3DH datasheet DocID17530 Rev 2; AN3308; ten bits in the FIFO: ST, community.st.com "LIS3DHTR data length".
"""

import quality
from drivers import tally
from drivers.axes import AxisMap
from drivers.registers import Registers
from drivers.silence import Silence
from micropython import const

WHO_AM_I = const(0x0F)
CTRL_REG1 = const(0x20)
CTRL_REG4 = const(0x23)
OUT_X_L = const(0x28)
FIFO_CTRL = const(0x2E)
FIFO_SRC = const(0x2F)

_ID = const(0x33)
_INCREMENT = const(0x80)  # of the sub-address, for transfers of several bytes
_STREAM = const(0x80)
_OVERRUN = const(0x40)
_FORCE = const(0x02)

DEPTH = const(32)
_AUDIT_READS = const(10)
_SETTLE = const(8)  # samples to drop after a change of mode or force: AN3308 waits 90 ms
_SAME_FIRST_S = const(10)
_SAME_AGAIN_S = const(60)

ODR = {1: 0x10, 10: 0x20, 25: 0x30, 50: 0x40, 100: 0x50, 200: 0x60, 400: 0x70}  # Hz -> CTRL_REG1
SCALE = {2: (0x00, 1), 4: (0x10, 2), 8: (0x20, 4), 16: (0x30, 12)}  # g -> CTRL_REG4, mg per digit


class LIS3DH:
    """The chip on an open `i2c`. Raises ValueError for a rate, range or axes it cannot have, never for a bus fault."""

    def __init__(
        self,
        i2c,
        address: int = 0x19,
        axes=("x", "y", "z"),
        odr_hz: int = 100,
        full_scale_g: int = 16,
        watermark: int = 10,
    ) -> None:
        if odr_hz not in ODR or full_scale_g not in SCALE or not 1 <= watermark < DEPTH:
            raise ValueError("lis3dh: odr_hz, full_scale_g or watermark")
        scale, mg_per_digit = SCALE[full_scale_g]
        self.odr_hz = odr_hz
        self.watermark = watermark
        self.quality = quality.FAILED
        self.errors = 0  # bus faults and other failures
        self.overruns = 0  # reads that found the FIFO full: samples may be lost
        self.resets = 0  # times the chip had lost its configuration
        self.registers = Registers(i2c, address, _INCREMENT)
        # CTRL_REG1..5: rate and all axes | no high-pass | watermark on INT1 | block update and scale | FIFO on
        self._config = bytes((ODR[odr_hz] | 0x07, 0x00, 0x04, 0x80 | scale, 0x40))
        self._scratch = bytearray(5)
        self._axes = AxisMap(axes, mg_per_digit, full_scale_g * 1000)
        self._raw = bytearray(6 * DEPTH)
        # One view a depth, made once, because a slice allocates. They alias `_raw`: valid until the next read.
        view = memoryview(self._raw)
        self._views = tuple([view[: 6 * n] for n in range(DEPTH + 1)])
        period_ms = watermark * 1000 // odr_hz
        self._silence = Silence(3 * period_ms, 10 * period_ms)
        self._ready = self._heard = self._forced = self._frozen = False
        if self.probe():
            self.quality = quality.WARMING

    def probe(self) -> bool:
        """Look for the chip and configure it; False (and quality FAILED) unless it answers as a LIS3DH."""
        try:
            self._ready = self.registers.get(WHO_AM_I) == _ID
            if self._ready:
                self._configure()
        except OSError:
            self._ready = False
        if not self._ready:
            self._fail()
        return self._ready

    def read_block(self, buf, t_ms: int = -1) -> int:
        """Move the FIFO's samples into `buf`, an array('h'), as x0, y0, z0, x1, ... in mg; return their number.

        With `t_ms` judges silence too, as `check` does. 0 on any fault. Allocates nothing while the bus works.
        """
        n = 0
        try:
            if self._ready or self.probe():
                n = self._drain(buf)
        except OSError:
            self._ready = False
            self._fail()
        if t_ms >= 0:
            self.check(t_ms)
        return n

    def check(self, t_ms: int) -> int:
        """Judge how long no samples have come; return the quality."""
        if self._heard:
            self._heard = False
            self._silence.heard(t_ms)
        silent = self._silence.judge(t_ms)
        if silent == quality.FAILED:
            self._silence.heard(t_ms)  # a new try, and as long again for it
            self._ready = False
            self._fail()
        elif silent == quality.STALE and self.quality != quality.FAILED:
            self.quality = quality.STALE
        return self.quality

    def _fail(self) -> None:
        self.quality = quality.FAILED
        self.errors = tally.more(self.errors)

    def _configure(self) -> None:
        self.registers.set(FIFO_CTRL, 0)  # bypass: empties the FIFO
        self.registers.write(CTRL_REG1, self._config)
        self.registers.set(FIFO_CTRL, _STREAM | (self.watermark - 1))
        self._reads = 0
        self._watch(_SAME_FIRST_S)

    def _watch(self, seconds: int) -> None:
        """State RUN: wait for the output to settle, then look for `seconds` of equal samples."""
        self._forced = False
        self._drop = _SETTLE
        self._limit = seconds * self.odr_hz
        self._axes.forget()

    def _drain(self, buf) -> int:
        self._reads += 1
        if self._reads >= _AUDIT_READS and not self._forced:
            self._reads = 0
            if not self.registers.same(CTRL_REG1, self._config, self._scratch):
                self.resets = tally.more(self.resets)
                self._configure()
        source = self.registers.get(FIFO_SRC)
        n = source & 0x1F
        if source & _OVERRUN:
            n = DEPTH
            self.overruns = tally.more(self.overruns)
        n = min(n, len(buf) // 3)
        if n == 0:
            return 0
        self.registers.read(OUT_X_L, self._views[n])
        self._heard = True
        if self._drop > 0:
            self._drop -= n
            return 0
        moved = self._axes.convert(self._raw, buf, n)
        if self._forced:
            self.registers.set(CTRL_REG4, self._config[3])
            self._watch(_SAME_AGAIN_S if moved else _SAME_FIRST_S)
            self._frozen = not moved
            if self._frozen:
                self._fail()
            return 0
        if moved:
            self._frozen = False
        elif self._axes.same() >= self._limit:
            self.registers.set(CTRL_REG4, self._config[3] | _FORCE)
            self._forced = True
            self._drop = _SETTLE
        if self._frozen:
            return 0
        self.quality = quality.OK
        return n
