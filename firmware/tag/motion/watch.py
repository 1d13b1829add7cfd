"""The wearer's motion, block by block: falls and stillness as causes of man-down, a dropped tag as a question, near misses
as records, with each the samples around the hit; a sensor that cannot be believed.

A drop asks "are you wearing me?" (alarm WEAR) until a press, or motion that goes on. Without an answer for `wear_question_s`
the core raises man-down: so does a tag left lying, and so does one on a person whom the detector took for it.

    state     means                                   next: good block             bad quality or rate   2 s of silence
    UNKNOWN   no good block yet, or none since a fault      WATCHING, past empty   UNKNOWN, fault        -
    WATCHING  falls and stillness are watched               WATCHING               UNKNOWN, fault        UNKNOWN, fault

The state is `rate_hz`: 0 is UNKNOWN. A sensor that is warming up changes nothing. While UNKNOWN no fall is seen and
the stillness timer stands: the fault alarm says so, no conclusion is drawn. A shock may cost a read of the bus: after at
most a second without samples the past is kept, so that a fault of one block between hit and verdict hides no fall. After a
longer one that follows a hit above `near_miss_g` nobody can say how the wearer is: man-down. A fault that comes back before the
sensor has been good for 10 s is over only after 10 good seconds: a flapping bus fills no journal.
"""

import ticks
from dsp.fixed import isqrt
from micropython import const
from quality import CAL_DUE, OK, STALE, WARMING
from tag.events import (
    ALARM_MAN_DOWN,
    ALARM_WEAR,
    CAUSE_DROP,
    CAUSE_FALL,
    CAUSE_STILL,
    CODE_FAILED,
    CODE_RANGE,
    CODE_STALE,
    DROP,
    FALL,
    FAULT_MOTION,
    IMPACT,
    SAMPLES,
    STILL,
)
from tag.motion.fall import FallDetector
from tag.motion.impact import Impacts
from tag.motion.path import CHUNK_MS, MotionPath
from tag.motion.snapshot import Snapshot
from tag.motion.stillness import Stillness

_SILENT_MS = const(2000)
_SHORT_MS = const(1000)  # the driver needs 0.3 s to start a chip anew
_PROOF_MS = const(10000)
_FLAPPING = const(2)


class MotionWatch:
    """Calls `say(event)`, `raised(alarm, cause, value, t_ms)`, and of faults' `find` and `proved`; of a `follower`, who
    wants to see the same samples, `chunk`, `block` and `lost`."""

    def __init__(self, settings, say, raised, faults, follower=None) -> None:
        self._say = say
        self._raised = raised
        self._faults = faults
        self.rate_hz = 0
        self.path = MotionPath()
        self.falls = FallDetector()
        self._follower = follower
        self._told = 0
        self.dropped_ms = 0
        self.impact = Impacts(settings["near_miss_g"] * 1000)
        self.snapshot = Snapshot()
        self.still = Stillness(settings["still_s"], settings["vehicle_still_s"])
        self._heard_ms = 0
        self._good_ms = 0  # since then
        self._flaps = 0  # losses without 10 s of good blocks between them

    def feed(self, block, t_ms: int) -> None:
        """Take a block: `.mg .n .odr_hz .quality`. Allocates nothing while there is nothing to say."""
        q = block.quality
        if q == OK or q == CAL_DUE:
            if block.n and (block.odr_hz == self.rate_hz or self._good(block.odr_hz, t_ms)):
                self._heard_ms = t_ms
                path = self.path
                while path.advance(block):
                    self._chunk(path, t_ms)
                if self._follower:
                    self._follower.block(block, self.still.riding)
        elif q != WARMING:
            self._lost(CODE_STALE if q == STALE else CODE_FAILED, t_ms)

    def tick(self, t_ms: int) -> None:
        """Notice silence, and what time proves."""
        silent_ms = ticks.diff(t_ms, self._heard_ms)
        if self.rate_hz:
            if silent_ms >= _SILENT_MS:
                self._lost(CODE_STALE, t_ms)
            elif self._flaps and ticks.diff(t_ms, self._good_ms) >= _PROOF_MS:
                self._flaps = 0
                self._faults.proved(FAULT_MOTION, t_ms)
        elif self.impact.age >= 0 and silent_ms > _SHORT_MS:
            self.impact.age = -1
            self._raised(ALARM_MAN_DOWN, CAUSE_FALL, isqrt(self.impact.peak_sq), t_ms)

    def _chunk(self, path, t_ms: int) -> None:
        self.snapshot.push(path)
        found = self.falls.step(path)
        if self.falls.drops != self._told:
            self._told = self.falls.drops
            found = True
            self._dropped(self.falls, t_ms)
        elif found:
            self._fallen(self.falls, t_ms)
        if self.impact.step(path.summary.peak_sq, found, self.snapshot):
            self._judge(self.impact, t_ms)
        if self.snapshot.part():
            self._put(self.snapshot, t_ms)
        if self.still.step(path):
            found = self.still.seconds
            self._raised(ALARM_MAN_DOWN, CAUSE_STILL, found, t_ms)
            self._say((STILL, t_ms, found))
        if self._follower:
            self._follower.chunk(path, t_ms)

    def _put(self, snapshot, t_ms: int) -> None:
        self._say((SAMPLES, t_ms, snapshot.t_ms, snapshot.n, snapshot.data()))

    def _fallen(self, fall, t_ms: int) -> None:
        # Each is on flash before the next: should the power go between them, it is the alarm that comes back.
        self._raised(ALARM_MAN_DOWN, CAUSE_FALL, fall.peak_mg, t_ms)
        self._say((FALL, t_ms, fall.score, fall.peak_mg, fall.tilt_deg, fall.age_ms))
        self.snapshot.want(t_ms, fall.age_ms // CHUNK_MS, True)

    def _dropped(self, fall, t_ms: int) -> None:
        self.dropped_ms = t_ms
        self._raised(ALARM_WEAR, CAUSE_DROP, fall.peak_mg, t_ms)
        self._say((DROP, t_ms, fall.peak_mg, fall.flight_ms, fall.age_ms))
        self.snapshot.want(t_ms, fall.age_ms // CHUNK_MS, True)

    def _judge(self, impact, t_ms: int) -> None:
        self._say((IMPACT, t_ms, isqrt(impact.peak_sq), impact.duration_ms, impact.count))
        self.snapshot.want(t_ms, impact.age, False)

    def _good(self, rate_hz: int, t_ms: int) -> bool:
        """The first good block after a gap, or of another rate; False when its rate cannot be right."""
        short = rate_hz == self.path.rate_hz and 0 <= ticks.diff(t_ms, self._heard_ms) <= _SHORT_MS
        if not short and not self.path.retune(rate_hz):
            self._lost(CODE_RANGE, t_ms)
            return False
        self.rate_hz = rate_hz
        self._good_ms = t_ms
        if self._flaps < _FLAPPING:
            self._faults.proved(FAULT_MOTION, t_ms)
        return True

    def _lost(self, code: int, t_ms: int) -> None:
        if self.rate_hz:
            self._flaps = min(_FLAPPING, self._flaps + 1)
        self.rate_hz = 0
        self.still.pause()
        if self._follower:
            self._follower.lost()
        self._faults.find(FAULT_MOTION, code, t_ms)
