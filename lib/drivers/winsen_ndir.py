"""Winsen infrared gas modules of the MH command set on a serial line (frame9.py), asked once a second. Which: winsen_modules.py.

    86h READ   answer FF 86 HH LL xx xx xx xx CS    HH LL: counts of the range, signed for CH4, unsigned for CO2
    79h ABC    no answer                            byte 3 = 0: self-calibration off (CO2 modules)
    87h ZERO, 88h SPAN (bytes 3, 4: ppm)            no answer; only by `order`, for a service program

    state    means                       event                              next
    IDLE     nothing under way           a second since the last request    an order: send -> IDLE; else READ -> WAIT
    WAIT     bytes are collected         whole frame with right checksum    reading -> IDLE
    WAIT                                 300 ms since the request           count a miss -> IDLE

Value    counts of the gas. `air` corrects it for the pressure, 700..1250 hPa; a minute after the last one it is not let lower a
         reading any more.
Quality  WARMING for `warmup_ms` from the first poll; then OK, OVER from full scale on (value = full scale: what a module says
         beyond it is not documented), UNDER below -0.1 %vol CH4 or 100 ppm CO2 (fresh air has 400: the zero has drifted too
         far to trust). STALE 3 s after the last good answer, FAILED after 5 s, also while it warms up.
         A module that left three requests without a single byte may have been without power, and says clean air while it
         warms up: from its next answer on it is FAILED for `warmup_ms` once it had measured, else WARMING.

Only a bump test finds: a reading that stands still (clean air does, too), and a power cut too short to miss three answers.

Source: MH-441D datasheet 6.2 "Digital Output" (radiolocman.com, datasheet 182711); MH-Z19B manual 1.6, commands.
"""

import quality
import ticks
from drivers.frame9 import SerialFrames, checksum
from drivers.silence import Silence
from drivers.winsen_modules import MODULES, RANGES
from micropython import const

ZERO = const(0x87)
SPAN = const(0x88)

_READ = b"\xff\x01\x86\x00\x00\x00\x00\x00\x79"
_ABC_OFF = b"\xff\x01\x79\x00\x00\x00\x00\x00\x86"
_ASK_EVERY_MS = const(1000)
_ANSWER_MS = const(300)
_STALE_MS = const(3000)
_FAILED_MS = const(5000)
_MUTE = const(3)
_ABC_MS = const(
    21600000
)  # 6 h: a module that lost its power unseen has self-calibration on again, and does it after 24 h
_AIR_ASKS = const(60)
_ONE = const(4096)
_SEA_PA_Q12 = const(415027200)  # 101325 * 4096
_LEAST_PA = const(70000)
_MOST_PA = const(125000)

IDLE = const(0)
WAIT = const(1)


class WinsenNDIR:
    """The module on an open `uart`; `gas` is the id that its readings carry. `warmup_ms` < 0: as its data say.

    Raises ValueError for a module or range that is not known.
    """

    def __init__(self, uart, gas: int, range_name: str = "5vol", warmup_ms: int = -1, module: str = "mh-440d") -> None:
        if module not in MODULES or range_name not in RANGES[MODULES[module][0]]:
            raise ValueError("winsen: module or range")
        name, self.t90_s, warmup_s = MODULES[module]
        self._line = SerialFrames(uart)
        self._many, self._divisor, self._full = RANGES[name][range_name]
        self._co2 = name == "co2"
        self._lowest = 10 if self._co2 else -10  # in counts of the gas
        self._warmup_ms = warmup_s * 1000 if warmup_ms < 0 else warmup_ms
        self.gas = gas
        self.value = 0
        self.quality = quality.WARMING
        self.state = IDLE
        self._warm_ms = -1  # start of the warm-up, -1: at the next poll
        self._warming = True
        self._measured = False  # ever
        self._asked_ms = -1
        self._order = _ABC_OFF if self._co2 else b""
        self._abc_ms = -1  # when it was last switched off
        self._mute = 0  # requests in a row without any byte
        self._over = False
        self._factor = _ONE  # by pressure, Q12
        self._air_asks = 0  # requests for which it holds
        self._silence = Silence(_STALE_MS, _FAILED_MS)

    @property
    def errors(self) -> int:
        """Bus faults, wrong checksums, missed answers."""
        return self._line.errors

    def air(self, temp_c100: int, press_pa: int) -> None:
        """What the air is like, about every 10 s while that is known; the temperature is the module's own affair."""
        if _LEAST_PA <= press_pa <= _MOST_PA:
            self._factor = _SEA_PA_Q12 // press_pa
            self._air_asks = _AIR_ASKS

    def order(self, code: int, ppm: int = 0) -> None:
        """Have ZERO or SPAN sent in place of the next request. The tag never does: it corrects readings itself."""
        frame = bytearray((0xFF, 1, code, ppm >> 8 & 0xFF, ppm & 0xFF, 0, 0, 0, 0))
        frame[8] = checksum(frame)
        self._order = bytes(frame)

    def poll(self, t_ms: int) -> bool:
        """Go on by what has come; True when `value` and `quality` were refreshed."""
        before = self.quality
        done = False
        try:
            if self.state == WAIT:
                done = self._line.answered()
                if done:
                    self._reading(t_ms)
                elif ticks.diff(t_ms, self._asked_ms) >= _ANSWER_MS:
                    self._line.miss()
                    self.state = IDLE
                    self._mute = 0 if self._line.heard else min(self._mute + 1, _MUTE)
            if self.state == IDLE and (self._asked_ms < 0 or ticks.diff(t_ms, self._asked_ms) >= _ASK_EVERY_MS):
                self._ask(t_ms)
        except OSError:
            self._line.miss()
            self.state = IDLE
        self._judge(t_ms, done)
        return done or self.quality != before

    def _ask(self, t_ms: int) -> None:
        self._asked_ms = t_ms
        if self._air_asks > 0:
            self._air_asks -= 1
        elif self._factor < _ONE:
            self._factor = _ONE
        if self._co2 and (self._abc_ms < 0 or ticks.diff(t_ms, self._abc_ms) >= _ABC_MS):
            self._abc_ms = t_ms
            self._order = _ABC_OFF
        if self._order:
            order = self._order
            self._order = b""
            self._line.ask(order)  # what it may answer is dropped with the next request
        else:
            self._line.ask(_READ)
            self.state = WAIT

    def _reading(self, t_ms: int) -> None:
        """A good answer has come."""
        self.state = IDLE
        counts = self._line.frame[2] << 8 | self._line.frame[3]
        if counts & 0x8000 and not self._co2:
            counts -= 0x10000
        value = (counts * self._many + self._divisor // 2) // self._divisor
        self._over = value >= self._full
        # |value| <= 32768 * 5, factor < 1.5 * 2^12
        value = value * self._factor + _ONE // 2 >> 12
        self._over = self._over or value >= self._full
        self.value = self._full if self._over else max(-self._full, value)
        self._silence.heard(t_ms)
        self._mute = 0

    def _judge(self, t_ms: int, fresh: bool) -> None:
        if self._warm_ms < 0:
            self._warm_ms = t_ms
        if self._mute >= _MUTE:
            self._warming = True
            self._warm_ms = t_ms
        elif self._warming and ticks.diff(t_ms, self._warm_ms) >= self._warmup_ms:
            self._warming = False
            self._abc_ms = -1  # a cold module may not have listened
        silent = self._silence.judge(t_ms)
        if silent != quality.OK:
            if silent == quality.FAILED or self.quality != quality.FAILED:
                self.quality = silent
        elif fresh:
            if self._warming:
                self.quality = quality.FAILED if self._measured else quality.WARMING
            else:
                self._measured = True
                if self._over:
                    self.quality = quality.OVER
                elif self.value < self._lowest:
                    self.quality = quality.UNDER
                else:
                    self.quality = quality.OK
