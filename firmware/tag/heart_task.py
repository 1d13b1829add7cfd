"""The heart task: light from skin to the fatigue monitor's heart rate, where the board has the sensor.

Loaded where `fatigue` is on and board.json has a part with the role "heart", and not otherwise. Some 23 s of each 143 the sensor
measures; between that it is shut down, and looked for each 10 s. When and how long: tag/fatigue/heart.py.

Motion is known once the accelerometer was seen for five seconds without a gap. A round that raises ends dark; the supervisor does
the rest.

A fault (FAULT_HEART, no alarm): the right part did not answer three times in a row, or three measurements in a row were broken off
by the sensor. It ends when the sensor answers, or has measured; the rate is unknown by then. Who wears the tag off the skin, or
moves, has no rate either, and that is no fault.
"""

from array import array

import quality
import ticks
from micropython import const
from tag.events import CODE_FAILED, CODE_MISSING, CONFIG, FAULT_HEART
from tag.fatigue.heart import BRIGHT, LIGHT, OTHER, REST, UNKNOWN_MG, Heart
from tag.hal.heart import opened

_ROUND_MS = const(200)
_REST_MS = const(500)
_LOOK_MS = const(10000)
_PROOF = const(3)
_DEPTH = const(32)  # what the sensor's FIFO holds
_SEEN_S = const(5)  # as in dsp/gait.py


class HeartTask:
    """`part` is the sensor's entry in board.json, `buses` as in tag/hal/board.py."""

    def __init__(self, core, memory, part, buses, t_ms: int) -> None:
        self._core = core
        self._memory = memory
        self.heart = Heart(t_ms)
        self.sensor, text = opened(part, buses)
        self._counts = array("i", (0,) * _DEPTH)
        self._overruns = self._measured = 0
        self._silent = self._broken = 0  # in a row
        self._fault = False
        self._look_ms = t_ms
        if self.sensor:
            core.fatigue.beat(self.heart)
        if text:
            memory.keep((CONFIG, t_ms, CODE_MISSING, text))
            memory.keep_all(core.fault(FAULT_HEART, CODE_MISSING, 1, t_ms))

    def step(self, t_ms: int) -> int:
        """A round; ms until the next one. Allocates nothing unless something changes."""
        heart = self.heart
        if self.sensor is None:
            return _REST_MS
        try:
            if heart.state == REST:
                self._rest(t_ms)
            else:
                self._measure(t_ms)
        except Exception:
            heart.broken(t_ms)
            self.sensor.end()
            raise
        self._tell(t_ms)
        return _REST_MS if heart.state == REST else _ROUND_MS

    def close(self) -> None:
        """The tag goes to service: dark. After three faults in a row the driver frees the bus."""
        if self.sensor:
            tries = 0
            while not self.sensor.end() and tries < _PROOF:
                tries += 1

    def _motion_mg(self) -> int:
        gait = self._core.fatigue.gait
        return gait.size_mg if self._core.motions.rate_hz and gait.seen_s >= _SEEN_S else UNKNOWN_MG

    def _rest(self, t_ms: int) -> None:
        sensor = self.sensor
        if ticks.diff(t_ms, self._look_ms) >= 0:
            self._look_ms = ticks.add(t_ms, _LOOK_MS)
            # What shone before a reset of the tag, or did not hear the end, is put out only where it is the right part.
            if sensor.look() and (not sensor.lit or sensor.end()):
                self._silent = 0
            else:
                self._silent = min(_PROOF, self._silent + 1)
        if self.heart.due(self._motion_mg(), t_ms) and not self._silent:
            if sensor.begin(t_ms, True):
                self.heart.begin(t_ms)
            else:
                self._fails(t_ms)

    def _measure(self, t_ms: int) -> None:
        heart, sensor = self.heart, self.sensor
        n = sensor.read(self._counts, t_ms)
        if sensor.quality == quality.FAILED:
            self._fails(t_ms)
        elif sensor.glare:
            heart.rest(BRIGHT, t_ms)
        elif sensor.overruns != self._overruns:
            self._overruns = sensor.overruns
            heart.lost()
        else:
            before = heart.state
            heart.take(self._counts, n, self._motion_mg(), t_ms)
            if before == OTHER and heart.state == LIGHT:
                sensor.shine()  # where that fails, the next round has nothing to read
            elif heart.level >= 0:
                heart.aimed(sensor.aim(heart.level), t_ms)
        if heart.state == REST:
            sensor.end()

    def _fails(self, t_ms: int) -> None:
        self._broken = min(_PROOF, self._broken + 1)
        self.heart.broken(t_ms)

    def _tell(self, t_ms: int) -> None:
        if self.heart.measured != self._measured:
            self._measured = self.heart.measured
            self._broken = 0
        fault = self._silent == _PROOF or self._broken == _PROOF
        if fault != self._fault:
            self._fault = fault
            self._memory.keep_all(self._core.fault(FAULT_HEART, CODE_FAILED, fault, t_ms))
