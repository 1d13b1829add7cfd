"""Texas Instruments ADS1115 converter on I2C: measures in turn what several drivers want, one conversion at a time.

Each driver that shares the chip calls `poll` in its own; the first of a round does the work. Between any two inputs the
reference input is measured, when there is one: its voltage is known, so a wrong or frozen conversion shows.

    state    means               event                                       next
    IDLE     nothing under way   a poll, not yet tried at this time          config written, chip says busy -> BUSY
    BUSY     converting          140 ms since the start, chip says done      code and number -> IDLE, go on at once
    BUSY                         the config is not what was written          count it -> IDLE, the same input again
    BUSY                         500 ms since the start                      count it -> IDLE, the same input again

Codes    in units of 31.25 uV, whatever the range: full scale 1.024 V where a code fits in there, else 2.048 V or 4.096 V. A
         conversion that ran out of its range is marked in `clipped` and made again in the widest, before all others.
Numbers  of an input go up by one (mod 256) with each conversion: a driver sees by it what is new.
Refused  is a conversion whose raw result is that of the input before: a reference and a cell agree in all 16 bits by chance
         once in thousands, a frozen result does always. Nobody is told of it, so that it ends as silence.
Rate     8 a second, +-10 %: the slowest rejects mains hum best.
Bus      after 10 bus faults in a row `free` is called: somebody may hold SDA.

Source: ADS1113/4/5 datasheet SBAS444, "Register Map"; ADS1115-Q1 SBAS563, "Electrical Characteristics" (rate variation).
"""

from array import array

import ticks
from drivers import tally
from drivers.registers import Registers
from micropython import const

_CONVERSION = const(0)
_CONFIG = const(1)
_OS = const(0x8000)  # written: start; read: nothing under way
_BASE = const(0xC103)  # start, input against ground, single shot, 8 SPS, comparator off
_CONVERT_MS = const(140)  # 125 ms + 10 %
_LATE_MS = const(500)
_CLIPPED = const(32000)
_FITS = const(29000)  # codes of 31.25 uV that go into the finest range with 10 % to spare
_FAULTS = const(10)

NARROW = const(3)  # PGA code of +-1.024 V; each below doubles the full scale
WIDE = const(1)


class ADS1115:
    """The chip at `address` of an open I2C bus; `reference` is the input that the others are checked against, -1: none."""

    def __init__(self, i2c, address: int, reference: int = -1, free=None) -> None:
        self._registers = Registers(i2c, address)
        self._word = bytearray(2)
        self._free = free
        self._wanted = []
        self._turn = 0
        self._config = 0
        self._raw = -1
        self._faults = 0
        self._ranges = bytearray((WIDE, WIDE, WIDE, WIDE))
        self._tried_ms = -1
        self.reference = reference
        self.channel = -1  # whose conversion is under way, -1: none
        self.since_ms = 0  # its start
        self.began_ms = -1  # start of the last one that came to its end
        self.codes = array("i", (0, 0, 0, 0))
        self.numbers = bytearray(4)
        self.clipped = bytearray(4)
        self.errors = 0  # bus faults, lost configurations, conversions that did not begin or end, frozen ones
        self._last = -1  # input of the conversion that ended last

    def want(self, channel: int) -> None:
        """Measure this input in turn from now on; raises ValueError when somebody else has it."""
        if channel in self._wanted or channel == self.reference:
            raise ValueError("ads1115: channel")
        self._wanted.append(channel)

    def poll(self, t_ms: int) -> None:
        """Fetch what is done and start what is next. Never waits, never raises; allocates nothing while the bus works."""
        if t_ms == self._tried_ms or not self._wanted:
            return
        self._tried_ms = t_ms
        try:
            if self.channel >= 0:
                age_ms = ticks.diff(t_ms, self.since_ms)
                if age_ms < _CONVERT_MS:
                    return
                if not self._fetch() and age_ms < _LATE_MS:
                    return
            self._start(t_ms)
            self._faults = 0
        except OSError:
            self.channel = -1
            self._fail()
            self._faults += 1
            if self._faults >= _FAULTS and self._free:
                self._faults = 0
                self._free()

    def _fail(self) -> None:
        self.errors = tally.more(self.errors)

    def _get(self, register: int) -> int:
        self._registers.read(register, self._word)
        return self._word[0] << 8 | self._word[1]

    def _start(self, t_ms: int) -> None:
        """Begin the next conversion: what clipped, else the reference, else the next input."""
        if self.channel >= 0:  # it never came to its end
            self._fail()
            self.channel = -1
        channel = self._last
        if channel < 0 or not self.clipped[channel]:
            if channel == self.reference or self.reference < 0:
                channel = self._wanted[self._turn]
            else:
                channel = self.reference
        self._config = _BASE | channel << 12 | self._ranges[channel] << 9
        self._word[0] = self._config >> 8
        self._word[1] = self._config & 0xFF
        self._registers.write(_CONFIG, self._word)
        if self._get(_CONFIG) != self._config ^ _OS:
            self._fail()  # another chip, or one that does not convert
            return
        self.channel = channel
        self.since_ms = t_ms

    def _fetch(self) -> bool:
        """Take the result; False while the chip says busy."""
        config = self._get(_CONFIG)
        if config == self._config ^ _OS:
            return False
        channel = self.channel
        self.channel = -1
        if config != self._config:
            self._fail()
            return True
        raw = self._get(_CONVERSION)
        self._last = channel
        if channel != self.reference:
            self._turn = (self._wanted.index(channel) + 1) % len(self._wanted)
        if raw == self._raw and self.reference >= 0:
            self._fail()
            return True
        self._raw = raw
        self.began_ms = self.since_ms
        self._keep(channel, (raw ^ 0x8000) - 0x8000)
        return True

    def _keep(self, channel: int, raw: int) -> None:
        shift = NARROW - self._ranges[channel]
        code = raw << shift
        self.codes[channel] = code
        self.numbers[channel] = (self.numbers[channel] + 1) & 0xFF
        self.clipped[channel] = 1 if shift < NARROW - WIDE and abs(raw) >= _CLIPPED else 0
        if self.clipped[channel]:
            self._ranges[channel] = WIDE
        else:
            self._ranges[channel] = NARROW if abs(code) < _FITS else NARROW - 1 if abs(code) < 2 * _FITS else WIDE
