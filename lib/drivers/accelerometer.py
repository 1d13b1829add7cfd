"""What every accelerometer with a FIFO has in common; a chip's own file gives its registers.

Block    `read_block` hands out what the FIFO has collected since the read before, at most DEPTH samples, in mg and in the tag's
         axes. The tag polls ten times a second; no interrupt pin is needed.
Quality  WARMING until the first samples; OK while they come; STALE after three watermark periods without any, FAILED
         after ten; FAILED at once on a bus fault, a wrong identity, a status that cannot be or a frozen output. Only samples
         make it OK again.
Repair   after a bus fault or long silence the next read probes and configures the chip anew. Every tenth read compares
         the configuration with what was written: a chip that lost it (brown-out) is probed and configured again, see `resets`.
         A bus that is dead without a word (SPI) fails here at the latest.
Frozen   a good chip that lies still may repeat one sample for minutes, where its steps hide its noise: sameness alone proves
         nothing. So after `_limit` equal samples the self-test force is switched on, which moves a living output.

    state    means                 samples    next
    RUN      normal                delivered  FORCED after `_limit` equal samples
    FORCED   self-test force on    dropped    RUN: output moved (alive, next look in 60 s) or not (frozen, next in 10 s)

What a chip's class gives, each free to raise OSError:

    _configure() -> bool   is it this chip? Then write all its registers; afterwards the FIFO is empty and runs
    _good() -> bool        the chip still holds what `_configure` wrote
    _count() -> int        samples in the FIFO, with `overruns` counted; -1 for what a living chip cannot say
    _take(n) -> int        the n oldest samples into `_raw`, 6 bytes each (`_views[n]` is that part of it); how many are good
    _switch(on)            the self-test force
"""

import quality
from drivers import tally
from drivers.axes import AxisMap
from drivers.registers import Registers
from drivers.silence import Silence
from micropython import const

DEPTH = const(32)  # samples of one block
_AUDIT_READS = const(10)
_SAME_FIRST_S = const(10)
_SAME_AGAIN_S = const(60)


def connect(bus, at, burst):
    """Registers of a chip: `at` is its address on an I2C bus, or the pin that selects it on an SPI bus. Of `burst` the first is
    or-ed to the sub-address on I2C, the second on SPI, when several bytes are moved."""
    if isinstance(at, int):
        return Registers(bus, at, burst[0])
    from drivers.registers_spi import SpiRegisters  # a tag on I2C never loads it

    return SpiRegisters(bus, at, burst[1])


class Accelerometer:
    """A chip behind `registers`. What the hooks need must be set before this constructor runs, because it probes.

    Raises ValueError for a watermark or axes it cannot have, never for a bus fault.
    """

    DROP = 8  # samples to drop after a change of mode or force
    SIZE = 6  # bytes of one sample in the FIFO

    def __init__(self, registers, axes, odr_hz: int, scale, full_scale_g: int, watermark: int, order: int = 0) -> None:
        if not 1 <= watermark < DEPTH:
            raise ValueError("watermark: 1 to 31")
        self.registers = registers
        self.odr_hz = odr_hz
        self.scale = scale  # mg of one digit of a 16-bit word, as (multiplier, shift): multiplier / 2^shift
        self.watermark = watermark
        self.quality = quality.FAILED
        self.errors = 0  # bus faults and other failures
        self.overruns = 0  # times the FIFO had run over: samples may be lost
        self.resets = 0  # times the chip had lost its configuration
        self._axes = AxisMap(axes, scale, full_scale_g * 1000, order)
        self._raw = bytearray(self.SIZE * DEPTH)
        # One view a depth, made once, because a slice allocates. They alias `_raw`: valid until the next read.
        view = memoryview(self._raw)
        self._views = tuple([self._slot(view, n) for n in range(DEPTH + 1)])
        period_ms = watermark * 1000 // odr_hz
        self._silence = Silence(3 * period_ms, 10 * period_ms)
        self._ready = self._heard = self._forced = self._frozen = False
        if self.probe():
            self.quality = quality.WARMING

    def _slot(self, view, n: int):
        """What `_views[n]` is: the first n samples."""
        return view[: self.SIZE * n]

    def probe(self) -> bool:
        """Look for the chip and configure it; False (and quality FAILED) unless it answers as the right one and keeps what is
        written to it."""
        self._ready = False
        try:
            self._ready = self._configure() and self._good()
        except OSError:
            pass
        if self._ready:
            self._reads = 0
            self._watch(_SAME_FIRST_S)
        else:
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

    def _watch(self, seconds: int) -> None:
        """State RUN: wait for the output to settle, then look for `seconds` of equal samples."""
        self._forced = False
        self._drop = self.DROP
        self._limit = seconds * self.odr_hz
        self._axes.forget()

    def _drain(self, buf) -> int:
        self._reads += 1
        if self._reads >= _AUDIT_READS and not self._forced:
            self._reads = 0
            if not self._good():
                if self.probe():
                    self.resets = tally.more(self.resets)
                return 0
        n = self._count()
        if n < 0:
            self._ready = False
            self._fail()
            return 0
        n = min(n, len(buf) // 3, DEPTH)
        if n == 0:
            return 0
        n = self._take(n)
        if n == 0:
            return 0
        self._heard = True
        if self._drop > 0:
            self._drop -= n
            return 0
        moved = self._axes.convert(self._raw, buf, n)
        if self._forced:
            self._switch(False)
            self._watch(_SAME_AGAIN_S if moved else _SAME_FIRST_S)
            self._frozen = not moved
            if self._frozen:
                self._fail()
            return 0
        if moved:
            self._frozen = False
        elif self._axes.same() >= self._limit:
            self._switch(True)
            self._forced = True
            self._drop = self.DROP
        if self._frozen:
            return 0
        self.quality = quality.OK
        return n

    # -- the chip's own

    def _configure(self) -> bool:
        raise NotImplementedError

    def _good(self) -> bool:
        raise NotImplementedError

    def _count(self) -> int:
        raise NotImplementedError

    def _take(self, n: int) -> int:
        raise NotImplementedError

    def _switch(self, on: bool) -> None:
        raise NotImplementedError
