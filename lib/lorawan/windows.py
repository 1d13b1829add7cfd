"""The receive windows after an uplink: where, and from when to when.

RX1 opens RECEIVE_DELAY1 after the end of the uplink, RX2 a second later; after a join request it is 5 s and 6 s. A window
is open from `error_ms` before that time until `error_ms` and 8 symbols after it: by then the preamble of 8 symbols was
there or will not come. RX1 is on the uplink's channel or the one that goes with it, at a data rate that follows from the
uplink's; RX2 has parameters of its own, with which class C listens all the time.
"""

import ticks
from lora_airtime import airtime_ms, symbol_us
from micropython import const

_JOIN_S = const(5)
_SYMBOLS = const(8)


class Windows:
    """Of the uplink that was last sent."""

    def __init__(self, stack, sender, error_ms: int) -> None:
        self._stack = stack
        self._sender = sender
        self._error_ms = error_ms
        self._base_ms = 0
        self.freq_hz = 0
        self.dr = 0
        self.sf = 0
        self.bw_hz = 0
        self.open_ms = 0
        self.close_ms = 0

    def begin(self, t_ms: int) -> None:
        """An uplink has ended."""
        delay_s = _JOIN_S if self._sender.joins else self._stack.terms.delay_s
        self._base_ms = ticks.add(t_ms, 1000 * delay_s)

    def first_ms(self) -> int:
        """When RX1 opens."""
        return ticks.add(self._base_ms, -self._error_ms)

    def second_ms(self) -> int:
        """When RX2 opens."""
        return ticks.add(self._base_ms, 1000 - self._error_ms)

    def end_ms(self) -> int:
        """When RX2 closes."""
        stack = self._stack
        dr = stack.terms.rx2_dr
        return ticks.add(self._base_ms, 1000 + self._open_ms(stack.region.sf_of(dr), stack.region.bw_hz(dr)))

    def first(self) -> bool:
        """Set up RX1; False: LoRa cannot receive at the data rate that it would have."""
        stack = self._stack
        dr = stack.region.rx1_dr(self._sender.dr, stack.terms.rx1_offset, stack.terms.down_dwell)
        if dr < 0:
            return False
        self._set(stack.channels.down_hz(self._sender.channel), dr, self._base_ms)
        return True

    def second(self) -> bool:
        """Set up RX2; its open_ms may have passed when RX1 took long."""
        self._set(self._stack.terms.rx2_hz, self._stack.terms.rx2_dr, ticks.add(self._base_ms, 1000))
        return True

    def longest_ms(self) -> int:
        """How long a frame can be that has begun."""
        return airtime_ms(self._stack.region.longest(self.dr), self.sf, self.bw_hz, False)

    def second_began(self, n: int, t_ms: int) -> bool:
        """Class C, which listens on and on: whether a frame of `n` bytes that ended at `t_ms` began while RX2 was open."""
        began = ticks.add(t_ms, -airtime_ms(n, self.sf, self.bw_hz, False))
        return ticks.diff(began, self.second_ms()) >= 0 and ticks.diff(began, self.end_ms()) <= 0

    def tuned(self) -> bool:
        """Whether what is set up still is where RX2 listens."""
        return self.freq_hz == self._stack.terms.rx2_hz and self.dr == self._stack.terms.rx2_dr

    def _set(self, hz: int, dr: int, at_ms: int) -> None:
        self.freq_hz = hz
        self.dr = dr
        self.sf = self._stack.region.sf_of(dr)
        self.bw_hz = self._stack.region.bw_hz(dr)
        self.open_ms = ticks.add(at_ms, -self._error_ms)
        self.close_ms = ticks.add(at_ms, self._open_ms(self.sf, self.bw_hz))

    def _open_ms(self, sf: int, bw_hz: int) -> int:
        return self._error_ms + (_SYMBOLS * symbol_us(sf, bw_hz) + 999) // 1000
