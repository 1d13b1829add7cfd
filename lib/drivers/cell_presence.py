"""Is there a cell behind the potentiostat? The part of drivers.electrochemical that finds out.

An empty socket makes no current: VOUT rests at the internal zero, and so may a good cell in clean air. But a cell's low
impedance lets the amplifier's own noise through (3.4 uVpp between RE and WE times R / 100 ohm or so), an empty socket does not. So
a quiet output at zero is a suspicion, and a step of the bias decides: a cell answers with the current that charges its
electrodes (LMP91000 datasheet, "Sensor Test Procedure").

    state    means                       event                                             next
    RUN      codes are readings          4.5 s near zero without noise                     TEST
    RUN, and no cell is there            10 s since the last test                          TEST
    TEST     readings, wants a test      a steady code; its next conversion begins: step   STEP
    STEP     the bias is stepped         the code of that conversion: bias back
                                           it moved by 10 mV: a cell is there              SETTLE
                                           it stands still: no cell                        RUN
                                           there was a fault on the way                    SETTLE, then TEST
    SETTLE   codes are dropped           2 s                                               RUN

A good cell that makes no noise is stepped once a minute at most, and its removal seen that late; every other within 10 s. An
output above or below its range is not tested: the amplifier may be at its end. How long a real cell takes to settle after 200 ms
of 25 mV was not measured: 2 s are a guess; nor was the noise of a real one.
"""

import quality
import ticks
from micropython import const

DOWN = const(0)  # the potentiostat is not set up
RUN = const(1)
TEST = const(2)
STEP = const(3)
SETTLE = const(4)

_QUIET_MS = const(4500)
_STILL = const(4)  # codes of 31.25 uV between the highest and the lowest
_NEAR = const(640)  # codes: 20 mV, for the errors of the internal zero
_MOVED = const(320)  # codes: 10 mV
_SETTLE_MS = const(2000)
_TEST_MS = const(60000)
_OPEN_MS = const(10000)


class Presence:
    """What a cell's driver derives from; it calls `_begin` when the potentiostat is set up, then for each code that counts
    `_back`, `_settled` and `_watch`, and `_try` in every poll."""

    def __init__(self, afe, adc, channel: int) -> None:
        self._afe = afe
        self._adc = adc
        self._channel = channel
        self.state = DOWN
        self._next = RUN  # after SETTLE
        self._open = self._steady = self._due = False
        self._base = self._low = self._high = 0
        self._quiet_ms = self._tested_ms = self._settle_ms = 0
        self._step_ms = -1

    def _begin(self, t_ms: int) -> None:
        self._open = self._steady = False
        self._base = 0
        self._tested_ms = t_ms
        self._next = self.state = TEST

    def _back(self, t_ms: int) -> bool:
        """Take the bias back; True when it was stepped for the code that has come."""
        stepped = self.state == STEP
        if self._afe.stepped:
            self.state = SETTLE
            self._settle_ms = t_ms
            self._next = TEST  # unless the answer is clear
            self._afe.step(False)
        return stepped

    def _settled(self, code: int, stepped: bool, t_ms: int) -> bool:
        """Judge the answer to a step; False while codes are no readings."""
        if stepped and self._adc.began_ms == self._step_ms:
            moved = self._adc.clipped[self._channel] or abs(code - self._base) >= _MOVED
            self._tested_ms = t_ms
            self._due = False
            self._next = RUN
            if moved and self._open:
                self._put_in(t_ms)
            self._open = not moved
            if not moved:
                self.state = RUN
                self._from(code, t_ms)
        if self.state == SETTLE:
            if ticks.diff(t_ms, self._settle_ms) < _SETTLE_MS:
                return False
            self.state = self._next
            self._from(code, t_ms)
        return True

    def _from(self, code: int, t_ms: int) -> None:
        self._low = self._high = code
        self._quiet_ms = t_ms

    def _watch(self, code: int, delta: int, t_ms: int) -> None:
        """Ask for a test where the output is quiet at zero, and again and again where no cell was."""
        self._steady = abs(code - self._base) < _MOVED // 2
        self._base = code
        if self.state != RUN:
            return
        self._low = min(self._low, code)
        self._high = max(self._high, code)
        if self._high - self._low > _STILL:
            self._from(code, t_ms)
            self._due = self._due or not self._open  # it has noise: when that ends, something has happened
        if not self._due and ticks.diff(t_ms, self._tested_ms) >= (_OPEN_MS if self._open else _TEST_MS):
            self._due = True
        if self._due and (self._open or (abs(delta) <= _NEAR and ticks.diff(t_ms, self._quiet_ms) >= _QUIET_MS)):
            self.state = TEST

    def _try(self, verdict: int, t_ms: int) -> None:
        """Step the bias at the very start of the cell's conversion: the answer may be over in a tenth of a second."""
        adc = self._adc
        if self.state == TEST and self._steady and adc.channel == self._channel and adc.since_ms == t_ms:
            if verdict != quality.OK:
                self.state = RUN
                return
            self._step_ms = t_ms
            self._afe.step(True)
            self.state = STEP

    def _put_in(self, t_ms: int) -> None:
        """There is a cell where none was."""
        raise NotImplementedError
