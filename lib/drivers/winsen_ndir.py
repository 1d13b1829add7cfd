"""Winsen MH-440D/MH-441D infrared methane sensor on a serial line (9600 baud, 8N1), asked once a second.

    request  FF 01 86 00 00 00 00 00 79
    answer   FF 86 HH LL xx 00 00 00 CS     HH LL: counts of the range, signed; CS: minus the sum of bytes 1..7, mod 256

    state    means                       event                              next
    IDLE     nothing under way           a second since the last request    send -> WAIT
    WAIT     bytes are collected         whole frame with right checksum    reading -> IDLE
    WAIT                                 frame with wrong checksum          count it, look for an FF inside -> WAIT
    WAIT                                 300 ms since the request           count a miss -> IDLE

Value    %vol * 100. RANGES: 100 ppm a count (0..5 %vol), or 500 ppm (0..100 %LEL, whose basis is then 5 %vol).
Quality  WARMING for `warmup_ms` from the first poll; then OK, OVER above full scale (value = full scale), UNDER below
         -0.1 %vol (the zero has drifted too far to trust). STALE 3 s after the last good answer, FAILED after 5 s, also
         while it warms up. A sensor that left five requests without a single byte may have been without power: it warms
         up again.

Source: MH-441D datasheet 6.2 "Digital Output" (radiolocman.com, datasheet 182711). The factor of the 5 %vol range is in
the MH-440D library github.com/Methane-Project/MHSensor, the warm-up of 3 minutes on sellers' pages of the MH-440D.
"""

import quality
import ticks
from drivers import tally
from drivers.silence import Silence
from micropython import const

# range -> (%vol*100 per count, full scale in %vol*100)
RANGES = {"5vol": (1, 500), "100lel": (5, 500)}

_REQUEST = b"\xff\x01\x86\x00\x00\x00\x00\x00\x79"
_FRAME = const(9)
_ASK_EVERY_MS = const(1000)
_ANSWER_MS = const(300)
_STALE_MS = const(3000)
_FAILED_MS = const(5000)
_LOWEST = const(-10)  # %vol*100
_MUTE = const(5)
_CHUNK = const(16)
_CHUNKS = const(4)  # most bytes taken in one poll: 64, so that a babbling line cannot hold the task

IDLE = const(0)
WAIT = const(1)


class WinsenNDIR:
    """The sensor on an open `uart`; `gas` is the id that its readings carry. Raises ValueError for an unknown range."""

    def __init__(self, uart, gas: int, range_name: str = "5vol", warmup_ms: int = 180000) -> None:
        if range_name not in RANGES:
            raise ValueError("winsen: range")
        self._uart = uart
        self._per_count, self._full = RANGES[range_name]
        self._warmup_ms = warmup_ms
        self.gas = gas
        self.value = 0
        self.quality = quality.WARMING
        self.errors = 0  # bus faults, wrong checksums, missed answers
        self.state = IDLE
        self._warm_ms = -1  # start of the warm-up, -1: at the next poll
        self._warming = True
        self._asked_ms = -1
        self._spoke = False  # any byte since the request
        self._mute = 0  # requests in a row without any
        self._over = False
        self._silence = Silence(_STALE_MS, _FAILED_MS)
        self._frame = bytearray(_FRAME)
        self._n = 0
        self._chunk = bytearray(_CHUNK)

    def poll(self, t_ms: int) -> bool:
        """Go on by what has come; True when `value` and `quality` were refreshed."""
        before = self.quality
        done = False
        try:
            if self.state == WAIT:
                done = self._collect(t_ms)
                if not done and ticks.diff(t_ms, self._asked_ms) >= _ANSWER_MS:
                    self.errors = tally.more(self.errors)
                    self.state = IDLE
                    self._mute = 0 if self._spoke else min(self._mute + 1, _MUTE)
            if self.state == IDLE and (self._asked_ms < 0 or ticks.diff(t_ms, self._asked_ms) >= _ASK_EVERY_MS):
                self._ask(t_ms)
        except OSError:
            self.errors = tally.more(self.errors)
            self.state = IDLE
        self._judge(t_ms, done)
        return done or self.quality != before

    def _ask(self, t_ms: int) -> None:
        self._asked_ms = t_ms
        self.state = WAIT
        self._take()  # what is left of a late or broken answer
        self._n = 0
        self._spoke = False
        self._uart.write(_REQUEST)

    def _take(self) -> int:
        """Bytes moved into `_chunk`, at most its size; never waits."""
        n = min(self._uart.any(), _CHUNK)
        if n > 0:
            n = self._uart.readinto(self._chunk, n) or 0
            if n:
                self._spoke = True
        return n

    def _collect(self, t_ms: int) -> bool:
        for _ in range(_CHUNKS):
            n = self._take()
            if n == 0:
                return False
            for i in range(n):
                if self._byte(self._chunk[i]):
                    self._reading(t_ms)
                    return True
        return False

    def _byte(self, byte: int) -> bool:
        """Add a byte to the frame; True when that completes a good one."""
        self._frame[self._n] = byte
        self._n += 1
        if self._n == _FRAME:
            total = 0
            for i in range(1, _FRAME):
                total += self._frame[i]
            if total & 0xFF == 0:  # its first two bytes have been right since they came
                self._n = 0
                return True
            self.errors = tally.more(self.errors)
            self._resync()
        elif self._frame[0] != 0xFF or (self._n > 1 and self._frame[1] != 0x86):
            self._resync()
        return False

    def _resync(self) -> None:
        """Drop bytes from the front until what is left could begin a frame."""
        start = 1
        while start < self._n:
            if self._frame[start] == 0xFF and (start + 1 == self._n or self._frame[start + 1] == 0x86):
                break
            start += 1
        self._n -= start
        for i in range(self._n):
            self._frame[i] = self._frame[start + i]

    def _reading(self, t_ms: int) -> None:
        """A good answer has come."""
        self.state = IDLE
        counts = self._frame[2] << 8 | self._frame[3]
        if counts & 0x8000:
            counts -= 0x10000
        value = counts * self._per_count
        self._over = value > self._full
        self.value = max(-self._full, min(self._full, value))
        self._silence.heard(t_ms)
        self._mute = 0

    def _judge(self, t_ms: int, fresh: bool) -> None:
        if self._warm_ms < 0:
            self._warm_ms = t_ms
        if self._warming and ticks.diff(t_ms, self._warm_ms) >= self._warmup_ms:
            self._warming = False
        silent = self._silence.judge(t_ms)
        if silent != quality.OK:
            self.quality = silent
            if self._mute >= _MUTE:
                self._warming = True
                self._warm_ms = t_ms
        elif fresh:
            if self._warming:
                self.quality = quality.WARMING
            elif self._over:
                self.quality = quality.OVER
            elif self.value < _LOWEST:
                self.quality = quality.UNDER
            else:
                self.quality = quality.OK
