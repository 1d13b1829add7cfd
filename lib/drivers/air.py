"""What sensors of temperature, pressure and humidity have in common; a chip's own file gives registers and formulas.

Values   `.temp_c100` 0.01 degrees Celsius, `.press_pa` Pa, `.humid_pct100` 0.01 % relative humidity (0 where a chip has none).
         They mean something only while `.quality` is OK.
Quality  WARMING until the first good reading; then OK; STALE 3 s after the last one, FAILED after 5 s. FAILED at once on a
         reading that cannot be true: outside what the chip can measure, or to the bit what it was for 8 s, because the
         last bits of a living chip are noise. Only a good reading makes it OK again.
Repair   the chip is asked each second, and each time it is looked whether it still holds its configuration. One that has lost
         it (brown-out), or did not answer, is probed anew: identity, calibration read twice, configuration.

    state     means                     event                                         next
    ABSENT    not known                 a second since the last try                   probe -> CONVERT, or ABSENT
    IDLE      asleep                    a second since the last start                 start -> CONVERT, or lost: probe
    CONVERT   one conversion runs       its result is there                           reading -> IDLE
    CONVERT                             no result, or 250 ms without                  count a miss -> IDLE
    any                                 bus fault                                     count it -> ABSENT; the fifth in a row:
                                                                                      somebody may hold SDA, free the bus

What a chip's class gives, each free to raise OSError:

    _configure() -> bool   is it this chip, with a calibration that can be? Then take that and write the configuration
    _start() -> bool       begin a conversion; False when the chip does not hold its configuration any more
    _ready() -> bool       the conversion has ended
    _take() -> bool        the result into `_raw`; False when there is none after all
    _convert() -> bool     `_raw` into the values, no bus; False for what the chip cannot measure
"""

import quality
import ticks
from drivers import tally
from drivers.silence import Silence
from micropython import const

_PERIOD_MS = const(1000)
_ANSWER_MS = const(250)
_STALE_MS = const(3000)
_FAILED_MS = const(5000)
_SAME = const(7)  # repetitions of one result
_FAULTS = const(5)

ABSENT = const(0)
IDLE = const(1)
CONVERT = const(2)


def plausible(data) -> bool:
    """Whether calibration bytes can be one: not all 0x00, as of a chip without its memory, nor all 0xFF, as of an empty bus."""
    for empty in (0x00, 0xFF):
        for byte in data:
            if byte != empty:
                break
        else:
            return False
    return True


class AirSensor:
    """A chip behind `registers` whose result has `size` bytes; it is first spoken to in the first `poll`. `free` frees its bus."""

    def __init__(self, registers, size: int, free) -> None:
        self.registers = registers
        self.temp_c100 = self.press_pa = self.humid_pct100 = 0
        self.quality = quality.WARMING
        self.errors = 0  # bus faults and other failures
        self.resets = 0  # times the chip had lost its configuration
        self.state = ABSENT
        self._asked_ms = -1
        self._free = free
        self._faults = 0  # of the bus, in a row
        self._silence = Silence(_STALE_MS, _FAILED_MS)
        self._raw = bytearray(size)
        self._last = bytearray(size)
        self._same = 0

    def poll(self, t_ms: int) -> bool:
        """Go on by what is there, without waiting; True when the values or the quality were refreshed.

        Never raises on bus faults. Allocates nothing but when it probes.
        """
        before = self.quality
        done = False
        try:
            if self.state == CONVERT:
                done = self._collect(t_ms)
            if self.state != CONVERT and (self._asked_ms < 0 or ticks.diff(t_ms, self._asked_ms) >= _PERIOD_MS):
                self._asked_ms = t_ms
                self._ask()
                self._faults = 0
        except OSError:
            self.errors = tally.more(self.errors)
            self.state = ABSENT
            self._faults += 1
            if self._faults >= _FAULTS and self._free:
                self._faults = 0
                self._free()
        silent = self._silence.judge(t_ms)
        if silent == quality.FAILED or (silent == quality.STALE and self.quality != quality.FAILED):
            self.quality = silent
        return done or self.quality != before

    def _ask(self) -> None:
        if self.state == IDLE and not self._start():
            self.resets = tally.more(self.resets)
            self.state = ABSENT
        elif self.state == IDLE:
            self.state = CONVERT
            return
        if self._configure() and self._start():
            self.state = CONVERT
        else:
            self.errors = tally.more(self.errors)

    def _collect(self, t_ms: int) -> bool:
        """Take the result if there is one; True when it was looked at."""
        if not self._ready():
            if ticks.diff(t_ms, self._asked_ms) >= _ANSWER_MS:
                self.errors = tally.more(self.errors)
                self.state = IDLE
            return False
        self.state = IDLE
        if not self._take():
            self.errors = tally.more(self.errors)
            return False
        if not self._moved() or not self._convert():
            self.errors = tally.more(self.errors)
            self.quality = quality.FAILED
            return True
        self._silence.heard(t_ms)
        self.quality = quality.OK
        return True

    def _moved(self) -> bool:
        """False when the result has been the same for too long."""
        raw, last = self._raw, self._last
        same = True
        for i in range(len(raw)):
            if raw[i] != last[i]:
                same = False
                last[i] = raw[i]
        self._same = min(self._same + 1, _SAME) if same else 0
        return self._same < _SAME

    # -- the chip's own

    def _configure(self) -> bool:
        raise NotImplementedError

    def _start(self) -> bool:
        raise NotImplementedError

    def _ready(self) -> bool:
        raise NotImplementedError

    def _take(self) -> bool:
        raise NotImplementedError

    def _convert(self) -> bool:
        raise NotImplementedError
