"""Sensirion SCD41 carbon dioxide sensor on I2C (0x62), in periodic measurement: a reading every 5 s.

A step of STEPS is a command, the time it takes, and the words of its answer; sent in one `poll`, answered in a later one.

    step                     event                                        next
    STOP .. START            right answer                                 the next step; after START PRESSURE or READY
    STOP .. START            no acknowledge, wrong CRC, wrong answer      STOP, in 500 ms
    READY                    nothing ready; some of the low 11 bits set   READY; FETCH
    FETCH, PRESSURE          done                                         PRESSURE when `air` told a new one; READY
    READY, FETCH, PRESSURE   no acknowledge, wrong CRC                    READY
    READY, FETCH, PRESSURE   12 s without a reading                       STOP: a sensor that lost its power answers, too

Automatic self-calibration is off: it takes the lowest value of a week for the 400 ppm of fresh air, which a tag that works
underground never sees, and would so teach itself to read low. Nothing is written to the sensor's EEPROM.

Value    %vol * 1000 (10 ppm a count), specified 400..5000 ppm, output up to 40000 ppm. Pressure: 700..1200 hPa, else not sent.
Quality  WARMING until the second reading (the first after power-up is not used, as in 3.10), then OK, OVER from 40000 ppm on,
         UNDER below 250 ppm: fresh air has 400, and the accuracy there is +-60. STALE after 3 s without an answer or 7 s
         without a reading, FAILED after 5 s and 9 s, and when the self-test tells a malfunction or nothing at all.
No reading is: 0 ppm (what the sensor says when it could not measure), a buffer that a fetch did not empty (data ready has to
go away in between), and the same three words for three minutes (temperature and humidity have 16 bits, and noise).
Only a bump test finds a drift of zero or span.

Source: SCD4x datasheet 1.3, Table 9 (commands, times), 3.5.3, 3.6, 3.7, 3.10; accuracy and response time (63 % in 60 s: T90
138 s) 1.1; github.com/Sensirion/embedded-i2c-scd4x, scd4x_i2c.h (variants, pressure range); a 0 ppm reading is invalid:
github.com/Sensirion/arduino-i2c-scd4x, issue 15.
"""

import quality
import ticks
from drivers import tally
from drivers.sensirion import Words
from drivers.silence import Silence
from micropython import const

ADDRESS = const(0x62)

STOP = const(0)
_SERIAL = const(2)
_VARIANT = const(3)
_TEST = const(4)
_ASC_OFF = const(5)
_ASC = const(6)
_START = const(7)
READY = const(8)
_FETCH = const(9)
_PRESSURE = const(10)

# command, ms that it takes at the most, words of its answer
STEPS = (
    (0x3F86, 500, 0),  # STOP: after a reset of the tag the sensor is still measuring
    (0x3646, 30, 0),  # settings anew
    (0x3682, 1, 3),  # serial number
    (0x202F, 1, 1),  # variant, bits 15..12: 1 is SCD41, 5 SCD43; a smaller one has not the promised range
    (0x3639, 10000, 1),  # self-test, 0 is good: at the first start, and after a reading of 0 ppm
    (0x2416, 1, 0),  # self-calibration, word 0: off
    (0x2313, 1, 1),  # is it off? 0
    (0x21B1, 1, 0),  # START periodic measurement
    (0xE4B8, 1, 1),  # READY?
    (0xEC05, 1, 3),  # FETCH ppm, temperature, humidity
    (0xE000, 1, 0),  # PRESSURE, word hPa
)
_RETRY_MS = const(500)
_RESTART_MS = const(12000)
_FULL_PPM = const(40000)
_LOWEST_PPM = const(250)
_SAME = const(36)  # readings in a row
_NONE = const(-1)  # no reading
_WRONG = const(-2)  # an answer that cannot be true


class SCD41:
    """The sensor on an open `i2c`; `gas` is the id that its readings carry. `free` frees that bus."""

    t90_s = 138

    def __init__(self, i2c, gas: int, free=None) -> None:
        self._words = Words(i2c, ADDRESS, 3, free)
        self.gas = gas
        self.value = 0
        self.quality = quality.WARMING
        self.errors = 0  # bus faults, wrong CRCs, answers that cannot be true
        self.serial = bytearray(6)
        self.state = STOP
        self._sent = False
        self._due_ms = -1  # of what is next, -1: at the next poll
        self._read_ms = 0  # last reading, or START
        self._tested = False
        self._sick = False
        self._emptied = False
        self._first = True
        self._hpa = 0
        self._told_hpa = 0  # what the sensor reckons with, 0: its own setting
        self._same = 0
        self._last = bytearray(9)
        self._answers = Silence(3000, 5000)
        self._readings = Silence(7000, 9000)

    def air(self, temp_c100: int, press_pa: int) -> None:
        """Compensate for the pressure; the sensor measures temperature and humidity itself."""
        hpa = (press_pa + 50) // 100
        if 700 <= hpa <= 1200:
            self._hpa = hpa

    def poll(self, t_ms: int) -> bool:
        """Go on by a step; True when `value` and `quality` were refreshed."""
        before = self.quality
        ppm = _NONE
        if self._due_ms < 0 or ticks.diff(t_ms, self._due_ms) >= 0:
            try:
                if self._sent:
                    self._sent = False
                    ppm = self._done(t_ms)
                if ppm == _WRONG:
                    self._refuse(t_ms)
                else:
                    self._send(t_ms)
            except OSError:
                self._refuse(t_ms)
        self._judge(t_ms, ppm)
        return ppm >= 0 or self.quality != before

    def _send(self, t_ms: int) -> None:
        if self.state >= READY and ticks.diff(t_ms, self._read_ms) >= _RESTART_MS:
            self.state = STOP
        state = self.state
        self._due_ms = ticks.add(t_ms, STEPS[state][1] + 1)  # a tick more: this one has begun already
        self._words.send(STEPS[state][0], 0 if state == _ASC_OFF else self._hpa if state == _PRESSURE else -1)
        self._sent = True

    def _refuse(self, t_ms: int) -> None:
        """No answer, or none that can be true: begin again."""
        self.errors = tally.more(self.errors)
        if self.state >= READY:
            self.state = READY
            self._due_ms = t_ms
            return
        if self.state == _TEST:
            self._sick = True
        self.state = STOP
        self._due_ms = ticks.add(t_ms, _RETRY_MS)

    def _done(self, t_ms: int) -> int:
        """The step's time has passed: its answer, and what is next; ppm when that was a reading."""
        state = self.state
        words = STEPS[state][2]
        if words and not self._words.read(words):
            return _WRONG
        word = self._words.word(0)
        if (word and (state == _TEST or state == _ASC)) or (state == _VARIANT and word >> 12 not in (1, 5)):
            return _WRONG
        self._answers.heard(t_ms)
        self.state = state + 1
        ppm = _NONE
        if state == _SERIAL:
            for i in range(6):
                self.serial[i] = self._words.data[i + i // 2]
        elif state == _VARIANT and self._tested:
            self.state = _ASC_OFF
        elif state == _TEST:
            self._tested = True
            self._sick = False
        elif state == _START:
            self._read_ms = t_ms
            self._told_hpa = 0
            self._first = True
        elif state == READY and not word & 0x7FF:
            self._emptied = True
            self.state = READY
        elif state == _FETCH:
            ppm = self._fetched(t_ms, word)
        elif state == _PRESSURE:
            self._told_hpa = self._hpa
        if state == _START or state >= _FETCH:
            self.state = READY if self._hpa == self._told_hpa else _PRESSURE
        return ppm

    def _fetched(self, t_ms: int, ppm: int) -> int:
        """A measurement has come; its ppm when it is one to use."""
        data = self._words.data
        self._same = min(self._same + 1, _SAME)
        for i in range(9):
            if self._last[i] != data[i]:
                self._last[i] = data[i]
                self._same = 0
        emptied = self._emptied
        self._emptied = False
        if ppm == 0:
            self._tested = False
        if ppm == 0 or not emptied or self._same == _SAME:
            self.errors = tally.more(self.errors)
            return _NONE
        self._read_ms = t_ms
        self._readings.heard(t_ms)
        if self._first:
            self._first = False
            return _NONE
        return ppm

    def _judge(self, t_ms: int, ppm: int) -> None:
        if self.state == _TEST:  # 10 s without a word, once
            self._answers.heard(t_ms)
            self._readings.heard(t_ms)
        silent = max(self._answers.judge(t_ms), self._readings.judge(t_ms))
        if self._sick:
            self.quality = quality.FAILED
        elif silent != quality.OK:
            self.quality = max(silent, self.quality)  # what failed stays so until it reads again
        elif ppm >= 0:
            self.value = (min(ppm, _FULL_PPM) + 5) // 10
            self.quality = quality.OVER if ppm >= _FULL_PPM else quality.UNDER if ppm < _LOWEST_PPM else quality.OK
