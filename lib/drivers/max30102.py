"""Maxim MAX30102 heart-rate sensor on I2C (0x57): counts of infrared light that skin sends back, 25 a second, in blocks.

Slot 1 of the multi-LED mode is the infrared LED; the red one stays dark. 100 conversions a second of 411 us, 18 bits of 4096 nA,
four averaged: the LED shines 4.1 % of the time. Between measurements the chip is shut down (0.7 uA). Each one begins with a reset,
so that a chip that was without power has the right settings again.

    state    means                            in `read`
    OFF      shut down, or not known          nothing
    RESET    it was told to begin anew        its bit is gone: configured, RUN
    RUN      samples come                     they are handed out, at most DEPTH

LED      steps of 0.2 mA from LEAST to MOST (1 to 25 mA): `aim` brings a level back into 3/8 to 4/5 of the converter.
Full     the FIFO holds 1.3 s. After more, `overruns` is one more, and after the block that `read` gave there is a gap: see
         drivers/max30102_fifo.py
Quality  WARMING until samples come, then OK; STALE after 600 ms without any, FAILED after 1200 ("no samples", "its reset does not
         end"), and at once on a bus fault ("no answer"), another part, pointers that cannot be, more samples than there was time
         for, settings that it does not keep, power that was gone (`resets`), or a converter that stands still. FAILED ends the
         measurement; `failure` has the reason
Glare    the ambient light cancellation is at its end: counts mean nothing

Nothing waits here. Source: MAX30102 data sheet 19-7740 rev 1: registers, FIFO pseudo-code, tables of pulse width and range.
"""

import quality
import ticks
from drivers import tally
from drivers.max30102_fifo import Fifo
from drivers.registers import Registers
from drivers.silence import Silence
from micropython import const

RATE_HZ = const(25)
LEAST = const(5)  # LED, 0.2 mA
MOST = const(127)
START = const(31)

OFF = const(0)
RESET = const(1)
RUN = const(2)

_STATUS = const(0x00)
_POINTERS = const(0x04)  # write pointer, samples refused, read pointer
_FIFO_CONFIG = const(0x08)
_MODE = const(0x09)
_CONVERSION = const(0x0A)
_RED = const(0x0C)
_INFRARED = const(0x0D)
_SLOTS = const(0x11)
_PART_ID = const(0xFF)
_ID = const(0x15)
_AVERAGE_4 = const(0x40)  # of FIFO_CONFIG, rollover off
_RESETS = const(0x40)  # of MODE
_SHUTDOWN = const(0x80)
_MULTI = const(0x07)
_RANGE = const(0x27)  # 4096 nA, 100 a second, 411 us
_SLOT_1 = const(0x02)  # the infrared LED
_LOW = const(98304)  # counts
_AIM = const(157286)
_HIGH = const(209715)
_FAULTS = const(3)  # in a row: somebody may hold SDA
_SAMPLE_MS = const(36)  # by a clock that is 11 % too quick
_AHEAD_MS = const(2304)  # two FIFOs of such samples
_SPAN_MS = const(10000)


class MAX30102:
    """The chip at `address` of an open I2C bus, which `free` frees when it is held; it is first spoken to by `look` or `begin`."""

    def __init__(self, i2c, address: int = 0x57, free=None) -> None:
        self.registers = Registers(i2c, address)
        self.quality = quality.WARMING
        self.state = OFF
        self.led = START
        self.glare = False  # in this measurement
        self.failure = ""  # why it FAILED last
        self.errors = 0  # bus faults and other failures
        self.overruns = 0  # times the FIFO had refused samples
        self.resets = 0  # times its power was gone in a measurement
        self.lit = True  # it may shine: a reset of the tag does not reach it
        self._free = free
        self._faults = 0
        self._read_ms = self._ahead_ms = 0
        self._silence = Silence(600, 1200)
        self._fifo = Fifo()

    def look(self) -> bool:
        """Is the right part there? Changes nothing."""
        try:
            found = self.registers.get(_PART_ID) == _ID
            self._faults = 0
        except OSError:
            self._unheard()
            return False
        if not found:
            self._fail("another part")
        return found

    def begin(self, t_ms: int, dark: bool = False) -> bool:
        """A measurement begins: `read` from now on, at least each second; `dark` until `shine`. False, and FAILED, without the
        part."""
        self._fifo.dark = dark
        self.state = OFF
        self.quality = quality.WARMING
        self.glare = False
        self._fifo.restart()
        if not self.look() or not self._set(_MODE, _RESETS):
            return False
        self.lit = True
        self.state = RESET
        self._read_ms = t_ms
        self._ahead_ms = 0
        self._silence.heard(t_ms)
        return True

    def read(self, counts, t_ms: int) -> int:
        """Move what the FIFO has into `counts`, array('i'), the oldest first; how many. 0 on any fault. Allocates nothing."""
        n = self._poll(counts)
        if n and self._too_many(n, t_ms):
            self._fail("more samples than it had time for")
            n = 0
        elif n:
            self._faults = 0
            self._silence.heard(t_ms)
            self.quality = quality.OK
        elif self.state != OFF:
            silent = self._silence.judge(t_ms)
            if silent == quality.FAILED:
                self._fail("its reset does not end" if self.state == RESET else "no samples")
            elif silent == quality.STALE and self.quality == quality.OK:
                self.quality = quality.STALE
        return n

    def shine(self) -> bool:
        """No longer dark; samples until then are of other light. False, and FAILED, when the chip did not hear it."""
        self._fifo.dark = False
        return self._set(_INFRARED, self.led)

    def aim(self, level: int) -> bool:
        """The LED's current for a better level than this mean count; True when it is another one now: then samples until then
        are of another light."""
        if _LOW <= level <= _HIGH:
            return False
        led = max(LEAST, min(MOST, self.led * _AIM // max(1, level)))
        if led == self.led or not self._set(_INFRARED, led):
            return False
        self.led = led
        return True

    def end(self) -> bool:
        """Shut down; False when the chip did not hear it, and may shine: try again."""
        self.state = OFF
        self.lit = not self._set(_MODE, _SHUTDOWN)
        return not self.lit

    # -- inside --------------------------------------------------------------------------------------------------------

    def _configure(self) -> None:
        registers = self.registers
        registers.set(_SLOTS, _SLOT_1)
        registers.set(_RED, 0)
        registers.set(_INFRARED, 0 if self._fifo.dark else self.led)
        registers.set(_FIFO_CONFIG, _AVERAGE_4)
        registers.set(_CONVERSION, _RANGE)
        registers.get(_STATUS)  # forgets that power has come
        registers.set(_MODE, _MULTI)
        for i in range(3):
            registers.set(_POINTERS + i, 0)
        if (
            registers.get(_MODE) == _MULTI
            and registers.get(_CONVERSION) == _RANGE
            and registers.get(_FIFO_CONFIG) == _AVERAGE_4
            and registers.get(_SLOTS) == _SLOT_1
        ):
            self.state = RUN
        else:
            self._fail("does not keep its settings")

    def _too_many(self, n: int, t_ms: int) -> bool:
        """More samples than time has brought: the pointers lie."""
        # In small steps: a frame of more than 11 slots would come from the heap.
        passed_ms = ticks.diff(t_ms, self._read_ms)
        self._read_ms = t_ms
        passed_ms = min(_SPAN_MS, passed_ms)
        n = self._ahead_ms + n * _SAMPLE_MS - max(0, passed_ms)
        self._ahead_ms = max(0, n)
        return n > _AHEAD_MS

    def _poll(self, counts) -> int:
        try:
            if self.state == RUN:
                return self._drain(counts)
            if self.state == RESET and not self.registers.get(_MODE) & _RESETS:
                self._configure()
        except OSError:
            self._unheard()
        return 0

    def _drain(self, counts) -> int:
        fifo = self._fifo
        n = fifo.pending(self.registers)
        if n < 0:
            self._fail("its power was gone" if fifo.powered else "pointers that cannot be")
        elif n > 0:
            n = min(n, len(counts))
            n = fifo.take(self.registers, counts, n)
            if n < 0:
                self._fail("stands still")
        if fifo.refused:
            self.overruns = tally.more(self.overruns)
        if fifo.powered:
            self.resets = tally.more(self.resets)
        if fifo.glare:
            self.glare = True
        return max(0, n)

    def _set(self, register: int, value: int) -> bool:
        try:
            self.registers.set(register, value)
        except OSError:
            self._unheard()
            return False
        return True

    def _unheard(self) -> None:
        """A bus fault."""
        self._fail("no answer")
        self._faults += 1
        if self._faults >= _FAULTS and self._free:
            self._faults = 0
            self._free()

    def _fail(self, why: str) -> None:
        self.failure = why
        self.state = OFF
        self.led = START  # what was aimed by the counts of a broken one is worth nothing
        self.quality = quality.FAILED
        self.errors = tally.more(self.errors)
