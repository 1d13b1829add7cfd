"""An electrochemical cell behind an LMP91000 (drivers.lmp91000) and an ADS1115 (drivers.ads1115): counts of concentration.

Reading  delta = code - zero, zero = the percentage REFCN says of the reference measured just before; delta < 0 for a cell whose
         output falls. value = delta * gain / 2^shift / span(T). |delta| < 2^17 codes and gain <= 8000: below 2^30.
         A code counts only when the reference lies within 2 % of what it must be, is new, and the potentiostat still holds
         its four registers, read after the conversion: what came before cannot have been made without them.
Air      the cell's span over temperature is a line between the points of its table, level beyond them; without `air` it is
         that of 20 degC. A cell that answers to partial pressure (only where its data say so) is corrected to 1013.25 hPa.
         Its zero over temperature is not corrected.
Quality  WARMING for the cell's stabilisation time from each power-on; OK, OVER above full scale (value = full scale; a railed
         amplifier ends there too), UNDER below `lowest`. STALE 4 s after the last code that counts, FAILED after 6 s.
         FAILED at once when the potentiostat cannot be set up or had lost its registers (`resets`), and without a cell.

    state    means         event                                 next
    DOWN     not set up    now, then each second: set up         TEST of drivers.cell_presence, warming anew
    others   set up        registers lost (read twice)           DOWN
"""

import quality
import ticks
from drivers import tally
from drivers.cell_presence import DOWN, Presence
from drivers.silence import Silence
from micropython import const

ZEROS = bytes((20, 50, 67, 0))  # % of the reference, by REFCN bits 6:5
SPANS_AT = const(9)  # of the cell's data: first of the pairs degC, span in 1/1000 of that at 20 degC
_SPAN_20 = const(1000)
_MOST_GAIN = const(8000)
_VREF = const(80000)  # codes of 31.25 uV: 2.5 V
_STALE_MS = const(4000)  # three cells on one converter: a code each 1.2 s
_FAILED_MS = const(6000)
_AGAIN_MS = const(1000)


class Electrochemical(Presence):
    """A cell of `gas`, behind the LMP91000 `afe`, on input `channel` of the ADS1115 `adc`, which also measures the reference.

    `cell`: TIACN, REFCN, gain, shift, full, lowest, warm-up s, T90 s, partial pressure 0 or 1, then pairs of degC and span / 1000;
    gain is negative where the output falls. `davy deploy` makes it of boards/cells.json.
    """

    def __init__(self, afe, adc, channel: int, gas: int, cell, warmup_s: int = -1) -> None:
        super().__init__(afe, adc, channel)
        self._cell = cell
        self._zero = ZEROS[cell[1] >> 5 & 3]
        self._gain = abs(cell[2])
        self._warmup_ms = (cell[6] if warmup_s < 0 else warmup_s) * 1000
        self.gas = gas
        self.value = 0
        self.quality = quality.WARMING
        self.t90_s = cell[7]
        self.errors = 0  # bus faults and codes that did not count, also the converter's
        self.resets = 0  # times the potentiostat had lost its registers
        self._warming = True
        self._verdict = quality.WARMING
        self._number = self._reference = 0
        self._seen = 0  # errors of the converter
        self._begun_ms = -1  # last try to set up, start of the warm-up
        self._silence = Silence(_STALE_MS, _FAILED_MS)
        adc.want(channel)

    def air(self, temp_c100: int, press_pa: int) -> None:
        """Compensate by temperature in 1/100 degC and, where the cell needs it, pressure in Pa (0: unknown)."""
        cell = self._cell
        i = SPANS_AT
        while i + 4 < len(cell) and temp_c100 > cell[i + 2] * 100:
            i += 2
        gain = abs(cell[2]) * _SPAN_20 // self._span(i, temp_c100)
        if cell[8] and press_pa > 0:
            gain = gain * 10132 // (max(50000, min(120000, press_pa)) // 10)
        self._gain = min(gain, _MOST_GAIN)

    def _span(self, i: int, temp_c100: int) -> int:
        """On the line from the point at `i` to the next one."""
        cell = self._cell
        below = cell[i] * 100
        above = cell[i + 2] * 100
        along = max(0, min(above - below, temp_c100 - below))
        return cell[i + 1] + (cell[i + 3] - cell[i + 1]) * along // (above - below)

    def poll(self, t_ms: int) -> bool:
        """Go on by what the converter has; True when `value` and `quality` were refreshed."""
        before = self.quality
        fresh = False
        self._adc.poll(t_ms)
        if self._adc.errors != self._seen:
            self._seen = self._adc.errors
            self._count()
        try:
            if self.state == DOWN:
                self._set_up(t_ms)
            else:
                fresh = self._take(t_ms)
                self._try(self._verdict, t_ms)
        except OSError:
            self._count()
        self._judge(t_ms)
        return fresh or self.quality != before

    def _count(self) -> None:
        self.errors = tally.more(self.errors)

    def _set_up(self, t_ms: int) -> None:
        if self._begun_ms >= 0 and ticks.diff(t_ms, self._begun_ms) < _AGAIN_MS:
            return
        self._begun_ms = t_ms
        self._verdict = quality.FAILED
        if not self._afe.configure():
            self._count()
            return
        self._verdict = quality.WARMING
        self._number = self._adc.numbers[self._channel]
        self._warming = True
        self._begin(t_ms)

    def _put_in(self, t_ms: int) -> None:
        self._warming = True
        self._begun_ms = t_ms

    def _take(self, t_ms: int) -> bool:
        """Look at the latest code of the cell; True when it became a reading."""
        adc = self._adc
        if adc.numbers[self._channel] == self._number:
            return False
        self._number = adc.numbers[self._channel]
        if not self._afe.good() and not self._afe.good():  # one wrong bit on the wires is no lost register
            self.resets = tally.more(self.resets)
            self._count()
            self._begun_ms = -1
            self._verdict = quality.FAILED
            self.state = DOWN
            return False
        stepped = self._back(t_ms)
        if adc.clipped[self._channel] and not stepped:
            return False  # it is being made again
        reference = adc.codes[adc.reference]
        if self._reference == adc.numbers[adc.reference] or abs(reference - _VREF) > _VREF // 50:
            self._count()
            return False
        self._reference = adc.numbers[adc.reference]
        self._silence.heard(t_ms)
        code = adc.codes[self._channel]
        if not self._settled(code, stepped, t_ms):
            return False
        self._read(code, code - (reference * self._zero + 50) // 100, t_ms)
        return True

    def _read(self, code: int, delta: int, t_ms: int) -> None:
        self._watch(code, delta, t_ms)
        cell = self._cell
        if cell[2] < 0:
            delta = -delta
        value = (delta * self._gain + (1 << (cell[3] - 1))) >> cell[3]
        self.value = max(-cell[4], min(cell[4], value))
        self._verdict = quality.OVER if value > cell[4] else quality.UNDER if value < cell[5] else quality.OK

    def _judge(self, t_ms: int) -> None:
        silent = self._silence.judge(t_ms)
        if self.state == DOWN:
            self.quality = self._verdict
        elif self._open:
            self.quality = quality.FAILED
        elif silent != quality.OK:
            self.quality = silent
        elif self._warming and ticks.diff(t_ms, self._begun_ms) < self._warmup_ms:
            self.quality = quality.WARMING
        else:
            self._warming = False
            self.quality = self._verdict
