"""When the wearer's heart rate is measured, and how long what was found counts.

    state          means                           event                                      next
    REST           the light is off                due, and calm for 5 s                      OTHER
    OTHER          2.6 s of other light are seen   steady: swings by 40 counts at most        LIGHT
    OTHER                                          a lamp flickers                            REST: BRIGHT
    LIGHT          its brightness is looked for    one that needs no other                    COUNT
    LIGHT                                          one that does, and no better can be had    REST: DARK or BRIGHT
    LIGHT                                          another current                            LIGHT
    COUNT          18 s are measured               full                                       REST: a verdict (dsp/pulse.py)
    COUNT                                          samples are missing                        LIGHT
    COUNT                                          full, not within 17 to 19.5 s              REST: SHORT
    all but REST   the chip is on                  motion, or nobody knows whether            REST: MOVED, again in 15 s
    all but REST                                   glare                                      REST: BRIGHT
    all but REST                                   the sensor has failed                      REST, again in 10 s
    all but REST                                   60 s since it began                        REST: SHORT

The next one is due two minutes after a verdict. A rate counts for three: then it is unknown, whatever kept the next one from being
measured. A verdict without a rate makes it unknown at once.

Other light: of a lamp at 100 or 120 Hz the 100 conversions a second leave a beat, 1 Hz where the chip's clock is 1 % off: as
steady as a pulse. What the chip does not cancel of it shows while its own LED is dark. 40 counts are less than the smallest pulse
that counts, of a level within 3/8 to 4/5 of the converter, and three times what noise may be.

Motion: |a| that swings by 20 mg on average of five seconds (lib/dsp/gait.py). Who walks or works with the body has no heart rate
here; the light is off meanwhile.
"""

import ticks
from dsp.pulse import BRIGHT, DARK, FULL, MOVED, OK, SHORT, Pulse
from micropython import const

REST = const(0)
LIGHT = const(1)
COUNT = const(2)
OTHER = const(3)

EVERY_MS = const(120000)
_VALID_MS = const(180000)
_CALM_MS = const(5000)
_MOVED_MG = const(20)
_AFTER_MOTION_MS = const(15000)
_AFTER_FAULT_MS = const(10000)
_LONGEST_MS = const(60000)
_QUICKEST_MS = const(17000)  # 6 % less than 18 s: by the clock of such a sensor the rate would be wrong
_SLOWEST_MS = const(19500)  # 6 % more, and half a second in which nobody asked
_DROPPED = const(3)  # samples of the light before
_LOOKED = const(10)  # samples of one look at the level
_OTHER = const(64)  # of one at other light: a beat of 0.6 Hz is 42 long
_FLICKER = const(40)  # counts
_DARK = const(32768)  # counts: as in dsp/pulse.py
_BRIGHT = const(235929)  # nine tenths of FULL
UNKNOWN_MG = const(-1)


class Heart:
    """`due` while it rests, `take` and `aimed` while it measures; `bpm_q4` is 0 while the rate is unknown. Allocates nothing on
    the way."""

    def __init__(self, t_ms: int) -> None:
        self.pulse = Pulse()
        self.state = REST
        self.bpm_q4 = 0  # sixteenths
        self.quality = 0  # 0..100
        self.why = SHORT
        self.level = -1  # mean count that the light is to be aimed by; -1: none
        self.measured = 0  # verdicts, modulo 2^30
        self._due_ms = self._calm_ms = self._since_ms = self._counts_ms = self._found_ms = t_ms
        self._sum = self._n = self._left = self._least = self._most = 0
        self._total_q4 = self._rates = 0

    def due(self, motion_mg: int, t_ms: int) -> bool:
        """Time passes in REST; True when it is time to measure: then switch on, and `begin`."""
        self.age(t_ms)
        if not 0 <= motion_mg < _MOVED_MG:
            self._calm_ms = t_ms
        late_ms = ticks.diff(t_ms, self._due_ms)
        if late_ms > EVERY_MS:
            self._due_ms = ticks.add(t_ms, -EVERY_MS)  # older does not count: ticks wrap
        calm_ms = ticks.diff(t_ms, self._calm_ms)
        if calm_ms > EVERY_MS:
            self._calm_ms = ticks.add(t_ms, -EVERY_MS)
        return late_ms >= 0 and calm_ms >= _CALM_MS

    def age(self, t_ms: int) -> None:
        """What is too old is unknown."""
        if self.bpm_q4 and not 0 <= ticks.diff(t_ms, self._found_ms) < _VALID_MS:
            self.bpm_q4 = self.quality = 0

    def begin(self, t_ms: int) -> None:
        """The chip is on, its light is not; it is to be switched on when LIGHT comes."""
        self._since_ms = t_ms
        self._look()
        self.state = OTHER
        self._least = FULL
        self._most = 0

    def take(self, counts, n: int, motion_mg: int, t_ms: int) -> None:
        """`n` counts have come, 0 of them too; when `level` is not below 0 afterwards, aim the light by it and say so."""
        self.age(t_ms)
        if not 0 <= motion_mg < _MOVED_MG:
            self._calm_ms = t_ms
            self.rest(MOVED, t_ms)
        elif ticks.diff(t_ms, self._since_ms) >= _LONGEST_MS:
            self.rest(SHORT, t_ms)
        elif self.state == OTHER:
            self._dark(counts, n, t_ms)
        elif self.state == LIGHT:
            self._lit(counts, n)
        elif self.pulse.take(counts, n, motion_mg):
            lasted_ms = ticks.diff(t_ms, self._counts_ms)
            self.rest(self.pulse.why if _QUICKEST_MS <= lasted_ms <= _SLOWEST_MS else SHORT, t_ms)

    def aimed(self, changed: bool, t_ms: int) -> None:
        """The light was aimed by `level`: is it another one now?"""
        level = self.level
        if changed:
            self._look()
        elif level < _DARK:
            self.rest(DARK, t_ms)
        elif level > _BRIGHT:
            self.rest(BRIGHT, t_ms)
        else:
            self.level = -1
            self.state = COUNT
            self._counts_ms = t_ms
            self.pulse.restart()

    def lost(self) -> None:
        """Samples are missing."""
        if self.state == COUNT:
            self._look()

    def broken(self, t_ms: int) -> None:
        """The sensor has failed."""
        self.state = REST
        self.level = -1
        self._due_ms = ticks.add(t_ms, _AFTER_FAULT_MS)

    def rest(self, why: int, t_ms: int) -> None:
        """A verdict, or what ends the measurement without one."""
        self.state = REST
        self.level = -1
        self.why = why
        if why == MOVED:
            self._due_ms = ticks.add(t_ms, _AFTER_MOTION_MS)
            return
        self._due_ms = ticks.add(t_ms, EVERY_MS)
        self.measured = (self.measured + 1) & 0x3FFFFFFF
        self._found_ms = t_ms
        self.bpm_q4 = self.pulse.bpm_q4 if why == OK else 0
        self.quality = self.pulse.quality if why == OK else 0
        if self.bpm_q4:
            self._total_q4 += self.bpm_q4
            self._rates += 1

    def mean_q4(self) -> int:
        """Mean of the rates found since it was asked before, 0: none."""
        found = self._total_q4 // self._rates if self._rates else 0
        self._total_q4 = self._rates = 0
        return found

    def _look(self) -> None:
        self.state = LIGHT
        self.level = -1
        self._sum = self._n = 0
        self._left = _DROPPED

    def _dark(self, counts, n: int, t_ms: int) -> None:
        i = 0
        while i < n:
            if self._left:
                self._left -= 1
            else:
                self._least = min(self._least, counts[i])
                self._most = max(self._most, counts[i])
                self._n += 1
            i += 1
        if self._n >= _OTHER:
            if self._most - self._least > _FLICKER:
                self.rest(BRIGHT, t_ms)
            else:
                self._look()

    def _lit(self, counts, n: int) -> None:
        i = 0
        while i < n and self._n < _LOOKED:
            if self._left:
                self._left -= 1
            else:
                self._sum += counts[i]
                self._n += 1
            i += 1
        if self._n == _LOOKED:
            self.level = min(FULL, self._sum // _LOOKED)
