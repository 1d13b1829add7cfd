"""Zero, span and bump test of one gas: takes readings and the time, says what state the act is in and how it ended.

    zero    true gas applied (none: 0) and a stable reading      -> a new zero
    span    gas of a known concentration and a stable reading    -> a new gain
    bump    does the sensor see gas at all, and soon enough?     -> changes nothing

Readings are those of the driver, in counts of `tag.events.GASES`; the tag corrects them to (reading - zero) * gain_q12 / 4096.
`.zero` and `.gain_q12` are the old ones until an act has passed. Below, "reading" is the corrected one, and "way" is its distance
from clean air towards the gas.

    state    means                             usable reading                                  deadline: outcome
    READY    no usable reading yet             -> CLEAN; zero, span in clean air -> SETTLE     900 s TIMED_OUT
    CLEAN    must first show clean air         way <= 1/10 of the gas -> GAS                   120 s TIMED_OUT
    GAS      waits for the gas                 way >= 1/5 -> RISE (bump), SETTLE (span)        120 s TIMED_OUT
    RISE     must go on to `percent`           way >= percent of the gas -> DONE, PASSED       within_s FAILED
    SETTLE   must stand still                  window full and still -> DONE, judged           600 s UNSTABLE
    DONE     `outcome` says how                -                                               -

An unusable reading empties the window and else changes nothing; 15 s without a usable one are FAILED, in READY 15 s of
anything but warming up. No state comes back, so the deadlines add up to half an hour at most. `cancel` is CANCELLED.

Why clean air first: a sensor that is stuck at a value would pass else. READY of an oxygen span in fresh air (20.9 %vol) cannot
see that, a bump test with less oxygen can.

Still: a whole window of T90 (15..150 s, 30 s when it is unknown) whose readings lie within the gas's band (tag/gas/acts.py) or
1/25 of the way to the gas applied, whichever is more. The response 1 - exp(-t / tau), tau = T90 / 2.303, covers 9/10 of what is
missing in each T90. So at most 1/25 / 0.9 was missing at the window's begin and 1/10 of that is at its end: 0.4 %. Measured is
the mean of the window's later half, which lies 0.8 % back at most.

Judged: a zero passes within half a low alarm of the driver's own, a span with a gain of 0.25..2. A gain of 2 means half of the
nominal signal left, where the life of an electrochemical cell ends (Alphasense data sheet CO-B4, "Lifetime", counts it so).
"""

import quality
import ticks
from micropython import const
from tag.gas.acts import (
    BUMP,
    CANCELLED,
    END_GAIN_Q12,
    FAILED,
    GASES,
    LEAST_GAIN_Q12,
    ONE_Q12,
    PASSED,
    TIMED_OUT,
    UNSTABLE,
    ZERO,
    corrected,
    within,
)

READY = const(0)
CLEAN = const(1)
GAS = const(2)
RISE = const(3)
SETTLE = const(4)
DONE = const(5)

_CLEAN_S = const(120)
_READY_S = const(900)
_SETTLE_S = const(600)
_GAP_MS = const(15000)


class Calibration:
    """One act. `applied` is the gas in counts, `zero` and `gain_q12` are in force. `.outcome` is 0 while it goes on.

    `.response` is the reading that counted: the stable one, the farthest towards the gas, or the last. `percent` and `within_s` are
    for the bump test, 0: by T90.
    """

    def __init__(self, act, gas, applied, zero, gain_q12, t90_s, t_ms, percent=50, within_s=0) -> None:
        self.act = act
        self.applied = applied
        self.zero = zero
        self.gain_q12 = gain_q12
        self.state = READY
        self.outcome = 0
        self.response = 0
        self.value = 0  # the newest usable reading
        self._base, self._band, self._zero_most = GASES[gas]
        self._gas = applied - self._base
        self._percent = percent
        self._rise_s = within_s or within(t90_s)
        self._window_ms = 1000 * (max(15, min(150, t90_s)) if t90_s else 30)
        self._still = max(self._band, abs(self._gas) // 25)
        self._since_ms = self._good_ms = t_ms
        self._window = []  # (t_ms, reading of the driver)

    def feed(self, value: int, q: int, t_ms: int) -> None:
        """A fresh reading of the driver, with its quality; an unusable one as often as it is asked for."""
        self.tick(t_ms)
        if self.outcome:
            return
        if not quality.usable(q):
            self._window.clear()
            if self.state == READY and q == quality.WARMING:
                self._good_ms = t_ms  # that may take its time
        else:
            self._good_ms = t_ms
            self.value = corrected(value, self.zero, self.gain_q12)
            self._reading(value, t_ms)

    def tick(self, t_ms: int) -> None:
        """Time passes."""
        if self.outcome:
            return
        if ticks.diff(t_ms, self._good_ms) >= _GAP_MS:
            self._stop(FAILED)
        elif ticks.diff(t_ms, self._since_ms) >= 1000 * self.limit_s():
            late = TIMED_OUT
            if self.state == RISE:
                late = FAILED
            elif self.state == SETTLE:
                late = UNSTABLE
            self._stop(late)

    def cancel(self) -> None:
        """Somebody does not want it any more."""
        if not self.outcome:
            self._stop(CANCELLED)

    def limit_s(self) -> int:
        """How long its state may last."""
        if self.state == READY:
            return _READY_S
        if self.state == RISE:
            return self._rise_s
        return _SETTLE_S if self.state == SETTLE else _CLEAN_S

    def progress(self, t_ms: int) -> int:
        """Percent of what the state waits for: of the gas in RISE, of a still window in SETTLE, else of its time."""
        if self.outcome:
            return 100
        if self.state == RISE:
            done = 100 * self._way() // max(1, abs(self._gas))
        elif self.state == SETTLE:
            done = 100 * self._span_ms() // self._window_ms
        else:
            done = ticks.diff(t_ms, self._since_ms) // (10 * self.limit_s())
        return max(0, min(100, done))

    def _way(self) -> int:
        way = self.value - self._base
        return way if self._gas >= 0 else -way

    def _span_ms(self) -> int:
        return ticks.diff(self._window[-1][0], self._window[0][0]) if self._window else 0

    def _enter(self, state: int, t_ms: int) -> None:
        self.state = state
        self._since_ms = t_ms
        self._window.clear()

    def _reading(self, value: int, t_ms: int) -> None:
        """One step of the table."""
        size = abs(self._gas)
        if self.state == READY:
            # A span of oxygen in fresh air has no gas to wait for.
            self._enter(SETTLE if self.act == ZERO or size <= self._band else CLEAN, t_ms)
        way = self._way()
        if self.state == CLEAN and abs(way) <= size // 10:
            self._enter(GAS, t_ms)
        if self.state == GAS and way >= size // 5:
            self._enter(RISE if self.act == BUMP else SETTLE, t_ms)
            self.response = self.value
        if self.state == RISE:
            if (self.value - self.response) * self._gas > 0:
                self.response = self.value
            if way * 100 >= size * self._percent:
                self._end(PASSED)
        elif self.state == SETTLE:
            self._window.append((t_ms, value))
            self._settle()

    def _settle(self) -> None:
        window = self._window
        while len(window) > 2 and ticks.diff(window[-1][0], window[1][0]) >= self._window_ms:
            window.pop(0)
        if self._span_ms() < self._window_ms or len(window) < 3:
            return
        readings = [value for _, value in window]
        if corrected(max(readings), 0, self.gain_q12) - corrected(min(readings), 0, self.gain_q12) > self._still:
            return
        later = readings[len(readings) // 2 :]
        self._judge((2 * sum(later) + len(later)) // (2 * len(later)))

    def _judge(self, value: int) -> None:
        """The stable reading of the driver."""
        self.response = corrected(value, self.zero, self.gain_q12)
        if self.act == ZERO:
            zero = value - self.applied * ONE_Q12 // self.gain_q12
            if abs(zero) <= self._zero_most:
                self.zero = zero
                self._end(PASSED)
                return
        elif value > self.zero:
            signal = value - self.zero
            gain_q12 = (self.applied * ONE_Q12 + signal // 2) // signal
            if LEAST_GAIN_Q12 <= gain_q12 <= END_GAIN_Q12:
                self.gain_q12 = gain_q12
                self._end(PASSED)
                return
        self._end(FAILED)

    def _stop(self, outcome: int) -> None:
        """Without having seen what it is for."""
        if self.state != RISE:
            self.response = self.value
        self._end(outcome)

    def _end(self, outcome: int) -> None:
        self.state = DONE
        self.outcome = outcome
