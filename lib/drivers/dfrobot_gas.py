"""DFRobot electrochemical gas modules SEN0465..SEN0476, on I2C (0x74..0x77) or a serial line (9600 baud, 8N1).

    command               answer                                 bytes 2.. of the answer
    78h MODE, byte 3 = 4  FF 78 01 00 00 00 00 00 CS             01: answers when asked from now on, 00: refused
    86h GAS               FF 86 HH LL TT DD 00 00 CS             HH LL counts, unsigned; TT gas; DD decimals 0..2
    87h TEMP              FF 87 HH LL 00 00 00 00 CS             board temperature, 10-bit ADC

Frames are those of frame9.py; on I2C they are written to and read from register 0. A module leaves the factory telling
its reading unasked once a second, so the mode is set first, and again after any answer that was missed.

    state    means                      event                              next
    IDLE     nothing under way          the next command is due            send -> WAIT
    WAIT     for the answer             MODE: done; TEMP                   TEMP; GAS is next, a second after the last -> IDLE
    WAIT                                GAS with the promised gas          reading, TEMP is next -> IDLE
    WAIT                                none in 500 ms, or a refused one   count a miss, MODE is next, in a second -> IDLE

GAS and TEMP take turns, though the tag needs no temperature: a module whose controller hangs while its bus goes on serving
the old answer would otherwise look alive. After a second miss in a row MODE comes at varying times, and two readings are not
believed: late answers do not fall in with it for so long. The gas byte is checked each time, because the checksum is a sum:
modules with V1.0 boards lose a byte after some hours and then send the gas byte as concentration under a right checksum
(github.com/DFRobot/DFRobot_MultiGasSensor, issue 5).

Value    counts of the gas: HH LL * counts per unit / 10^DD, rounded to the nearest.
Quality  WARMING for `warmup_ms` from the first poll; then OK, or OVER from full scale on (value = full scale: what a module
         says beyond it is not documented). STALE 3 s after the last good GAS, FAILED after 5 s, also while it warms up. A
         module that left five commands without any sign may have been without power: it warms up again.

Only a bump test finds: a reading that stands still (a constant is what clean air looks like, and a constant temperature what
a quiet room does), a cell that lost its sensitivity, and a zero that drifted down, which the module clips to 0. The vendor's
temperature corrections are left out: its C++ and Python libraries contradict each other, and both say 0 outside their range.
No module knows the pressure, and whether an O2 reading follows it is not documented: compare in fresh air where the tag works.

Source: github.com/DFRobot/DFRobot_MultiGasSensor, DFRobot_MultiGasSensor.cpp and .h 2.0 (commands, gas bytes, 10 ms from
command to answer); wiki.dfrobot.com SEN0465 (ranges, T90, at least 5 minutes of warm-up, serial frames).
"""

import quality
import ticks
from drivers.silence import Silence
from micropython import const

# gas -> (gas byte, full scale in its unit, %vol for o2 and ppm for the others, T90 in s)
KINDS = {
    "o2": (0x05, 25, 15),
    "co": (0x04, 1000, 30),
    "h2s": (0x03, 100, 30),
    "nh3": (0x02, 100, 150),
    "so2": (0x2B, 20, 30),
    "no2": (0x2C, 20, 30),
}

_MODE = b"\xff\x01\x78\x04\x00\x00\x00\x00\x83"
_GAS = b"\xff\x01\x86\x00\x00\x00\x00\x00\x79"
_TEMP = b"\xff\x01\x87\x00\x00\x00\x00\x00\x78"
_ASK_EVERY_MS = const(1000)
_THINK_MS = const(20)  # before it an answer is not looked for
_ANSWER_MS = const(500)
_STALE_MS = const(3000)
_FAILED_MS = const(5000)
_MUTE = const(5)
_DOUBT = const(2)

IDLE = const(0)
WAIT = const(1)


class DFRobotGas:
    """The module behind `port`, SerialFrames or I2cFrames. `kind` is a key of KINDS, `gas` the id that its readings
    carry and `counts` how many of them make one unit. Raises ValueError for another kind."""

    def __init__(self, port, gas: int, kind: str, counts: int, warmup_ms: int = 300000) -> None:
        if kind not in KINDS:
            raise ValueError("dfrobot-gas: gas")
        self._port = port
        self._type, full, self.t90_s = KINDS[kind]
        self._counts = counts
        self._full = full * counts
        self._warmup_ms = warmup_ms
        self.gas = gas
        self.value = 0
        self.quality = quality.WARMING
        self.state = IDLE
        self._request = _MODE
        self._next_ms = -1  # when it is to be sent, -1: at the next poll
        self._asked_ms = 0
        self._gas_ms = -1
        self._warm_ms = -1  # start of the warm-up, -1: at the next poll
        self._warming = True
        self._mute = 0  # commands in a row without any sign
        self._missed = False  # an answer, since the last reading
        self._jitter = 0
        self._doubt = 0  # readings to come that are not believed
        self._over = False
        self._silence = Silence(_STALE_MS, _FAILED_MS)

    @property
    def errors(self) -> int:
        """Bus faults, wrong checksums, missed or refused answers."""
        return self._port.errors

    def poll(self, t_ms: int) -> bool:
        """Go on by what has come; True when `value` and `quality` were refreshed."""
        before = self.quality
        done = False
        try:
            if self.state == WAIT:
                waited_ms = ticks.diff(t_ms, self._asked_ms)
                if waited_ms >= _THINK_MS and self._port.answered():
                    done = self._answer(t_ms)
                elif waited_ms >= _ANSWER_MS:
                    self._miss()
            if self.state == IDLE and (self._next_ms < 0 or ticks.diff(t_ms, self._next_ms) >= 0):
                self._ask(t_ms)
        except OSError:
            self._miss()
        self._judge(t_ms, done)
        return done or self.quality != before

    def _ask(self, t_ms: int) -> None:
        self._asked_ms = t_ms
        self.state = WAIT
        if self._request is _GAS:
            self._gas_ms = t_ms
        self._port.ask(self._request)

    def _miss(self) -> None:
        """Nothing came, or nothing that can be true: begin with the mode again."""
        self._port.miss()
        self._mute = 0 if self._port.heard else min(self._mute + 1, _MUTE)
        wait_ms = _ASK_EVERY_MS
        if self._missed:
            self._doubt = _DOUBT
            self._jitter = self._jitter * 5 + 17 & 0xFF  # runs through all 256
            wait_ms += 4 * self._jitter
        self._missed = True
        self._request = _MODE
        self._next_ms = ticks.add(self._asked_ms, wait_ms)
        self._gas_ms = -1
        self.state = IDLE

    def _answer(self, t_ms: int) -> bool:
        """A whole answer has come; True when it was a reading."""
        frame = self._port.frame
        request = self._request
        if (request is _MODE and frame[2] != 1) or (request is _GAS and (frame[4] != self._type or frame[5] > 2)):
            self._miss()
            return False
        self.state = IDLE
        self._mute = 0
        self._next_ms = t_ms
        if request is _TEMP:
            self._request = _GAS
            if self._gas_ms >= 0:
                self._next_ms = ticks.add(self._gas_ms, _ASK_EVERY_MS)
            return False
        self._request = _TEMP
        if request is _MODE:
            return False
        if self._doubt:
            self._doubt -= 1
            return False
        self._missed = False
        scale = (1, 10, 100)[frame[5]]
        value = ((frame[2] << 8 | frame[3]) * self._counts + scale // 2) // scale
        self._over = value >= self._full
        self.value = min(value, self._full)
        self._silence.heard(t_ms)
        return True

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
            else:
                self.quality = quality.OK
