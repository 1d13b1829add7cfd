"""Fatigue and workload of one wearer through a shift: joins what the other files of this room compute, and says what they find.

    chunk of motion/path.py ─► Gait ─ a second ─┬─► Ledger: steps, activity, time bent ──────────► WORKLOAD, each hour
                                                └─► GaitWindow ─► DriftWatch ─┐
    block of the sensor ──────► Vibration, while the wearer rides             ├─► FatigueIndex ─► FATIGUE, at each change of
    minutes awake, time of day ─────────────────► Alertness ──────────────────┤                   level and each half hour
    button ─────────────────────────────────────► Testing ────────────────────┘

Nothing of it is an alarm. Each minute it is judged anew. Where `fatigue` is 2, a level of WATCH or HIGH asks for a reaction test
with a light, again after half an hour, but for who rides: he may be driving. The gateway's order asks for one too (testing.py).

What is believed how much, 0..100. Chosen, not measured:
    drift       by the windows and features that it is of: watch.py
    alertness   60 where `awake_h` and `slept_h` say how the wearer has slept, 20 where a usual night is assumed; unknown
                without the local time
    reaction    testing.py

A shift that ends by its length is closed in WORKLOAD, and the next one begins there; who then still moves has not slept, and hours
awake, baseline and level go on. Who lay still for an hour by then, or for eight at any time, was not the wearer: all begins anew.

Seconds without samples are seconds of the window too, also while the tag was off: who is not seen is not known after a quarter of
an hour, never rested.
"""

import ticks
from dsp.gait import WALKING, Gait
from micropython import const
from tag.events import (
    FATIGUE,
    OCCASION_LEVEL,
    OCCASION_PERIOD,
    OCCASION_TEST,
    WORKLOAD,
)
from tag.fatigue.alertness import Alertness
from tag.fatigue.index import ALERTNESS, DRIFT, NODS, NONE, REACTION, WATCH, FatigueIndex, alertness_part
from tag.fatigue.ledger import Ledger
from tag.fatigue.testing import Testing
from tag.fatigue.vibration import Vibration
from tag.fatigue.watch import DriftWatch
from tag.fatigue.window import FLOORS, SECONDS, GaitWindow

_CHUNK = const(10)
_SECOND_MS = const(1000)
_MINUTE_MS = const(60000)
_GAP_MS = const(2000)
_PERIOD_MIN = const(30)
_WORK_MIN = const(60)
_LONGEST_MIN = const(4095)
_PAUSE_MIN = const(480)  # off for so long: another shift, as for gas; or still
_STILL_MIN = const(60)  # when a shift ends by its length: the tag is not worn
_UNSEEN = const(3)  # windows after which nothing more can be forgotten
_KNOWN = const(60)
_ASSUMED = const(20)
_AWAKE_H = const(2)  # where nobody said it
_TOP = const(65535)
_MOST = const(40)  # samples of a block that vibration.py takes


class Monitor:
    """`say(event)` takes what is found, `alarms` is the engine's. Nothing on the sampling path allocates."""

    def __init__(self, settings, say, alarms, t_ms: int) -> None:
        self._say = say
        self._asks = settings["fatigue"] == 2
        self._length_min = settings["shift_h"] * 60
        self._awake_min = settings["awake_h"] * 60
        self._slept_min = settings["slept_h"] * 60
        self.gait = Gait(_CHUNK)
        self.window = GaitWindow()
        self.watch = DriftWatch(FLOORS)
        self.vibration = Vibration(100)
        self.ledger = Ledger()
        self.index = FatigueIndex()
        self.alertness = Alertness()
        self.testing = Testing(alarms, self.index)
        self.local_min = NONE  # minute of the day where the tag is, as the shell tells it; NONE: not known
        self.news = False  # something that is worth a write to flash
        self._minute_ms = ticks.add(t_ms, _MINUTE_MS)
        self._second_ms = self._due_ms = t_ms
        self._rides = False
        self._begin()

    # -- samples: as tag/motion/watch.py calls it ----------------------------------------------------------------------

    def chunk(self, path, t_ms: int) -> None:
        """A chunk that `path` has completed."""
        if path.first:
            self.lost()
        gait = self.gait
        if gait.take(path.chunk):
            self._second_ms = t_ms
            full = self.window.second(gait)
            self.ledger.second(gait, self.window.effort_mg, path.sway)
            if full:
                self._window(t_ms)

    def block(self, block, rides: bool) -> None:
        """Good samples of the sensor; `rides`: a machine shakes the wearer, who does not move."""
        self._rides = rides
        vibration = self.vibration
        if not rides and vibration.idle:
            return  # it costs what it measures
        if block.odr_hz == vibration.rate_hz or vibration.retune(block.odr_hz):
            if block.n > _MOST:
                vibration.lost()
            else:
                vibration.take(block.mg, block.n, rides and self.gait.state != WALKING)

    def lost(self) -> None:
        """Samples are missing."""
        self.gait.lost()
        self.vibration.lost()

    def _window(self, t_ms: int) -> None:
        window = self.window
        self.watch.take(window.values, window.known, self.index)
        self.news = True
        self._judge(t_ms)

    # -- time, button, orders ------------------------------------------------------------------------------------------

    def tick(self, t_ms: int) -> None:
        """Time passes."""
        self._tested(self.testing.tick(self.minutes, t_ms), t_ms)
        if -_SECOND_MS <= ticks.diff(t_ms, self._due_ms) < 0:
            return
        self._due_ms = ticks.add(t_ms, _SECOND_MS)
        gap_ms = ticks.diff(t_ms, self._second_ms)
        if not 0 <= gap_ms < _GAP_MS:
            self._missed((gap_ms if gap_ms > 0 else _GAP_MS) // _SECOND_MS - 1, t_ms)
            self._second_ms = ticks.add(t_ms, -_SECOND_MS)
        late_ms = ticks.diff(t_ms, self._minute_ms)
        if not -_MINUTE_MS <= late_ms < 0:
            n = late_ms // _MINUTE_MS + 1 if late_ms > 0 else 1
            self._minute_ms = ticks.add(t_ms, _MINUTE_MS - (late_ms % _MINUTE_MS if late_ms > 0 else 0))
            self._minute(n, t_ms)

    def press(self, t_ms: int) -> bool:
        """The button went down; True when that was for a test."""
        return self.testing.press(t_ms * 31 ^ self.gait.norm[0], t_ms)

    def ask(self, t_ms: int) -> bool:
        """Somebody wants a reaction test; False while an alarm is on."""
        return self.testing.ask(self.minutes, t_ms)

    def end_shift(self, t_ms: int) -> None:
        """The shift is over: told, and the next one begins. A test that goes on is broken off: it would count for the next one."""
        self._tested(self.testing.break_off(self.minutes, t_ms), t_ms)
        if self.minutes > self._from_min:
            self._work(1, t_ms)
        self.watch.drift.remember()
        self._begin()
        self._tell(OCCASION_LEVEL, t_ms)

    # -- over a reset ---------------------------------------------------------------------------------------------------

    def keep(self, keeping) -> None:
        """To or from flash, then `was_off` or `forget`: tag/fatigue/keeping.py."""
        self.minutes = keeping.number(self.minutes, 0, _TOP)
        self._from_min = keeping.number(self._from_min, 0, self.minutes)
        self.testing.keep(keeping)
        self.watch.keep(keeping)
        self.index.keep(keeping)
        self.ledger.keep(keeping)
        self.vibration.keep(keeping)

    def was_off(self, gap_min: int, t_ms: int) -> None:
        """The tag was off for so many minutes before it read what it had kept: of the same shift, or between two."""
        if gap_min >= _PAUSE_MIN:
            self.end_shift(t_ms)
        else:
            self.minutes = min(_TOP, self.minutes + gap_min)
            self._missed(gap_min * 60, t_ms)

    def forget(self) -> None:
        """Another wearer, or what was read cannot be: everything begins anew."""
        self.testing.rested_ms = 0
        self.watch.drift.forget()
        self._begin()

    # -- inside -----------------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self.minutes = 0  # since the wearer has begun to work
        self._quiet_min = 0  # since a FATIGUE record
        self.testing.restart()
        self.window.restart()
        self.watch.restart()
        self.index.restart()
        self._close()
        awake_min = self._awake_min or _AWAKE_H * 60
        self.alertness.assume(0, awake_min)
        if self._awake_min and self._slept_min:
            self.alertness.slept(-awake_min - self._slept_min, -awake_min)
        self.news = True

    def _close(self) -> None:
        """What WORKLOAD sums begins anew."""
        self._from_min = self.minutes  # of the shift
        self._work_min = 0  # since a WORKLOAD record
        self._still_min = self._active_s = self._missing_s = 0
        self.ledger.restart()
        self.vibration.restart()
        self.news = True

    def _missed(self, seconds: int, t_ms: int) -> None:
        self.ledger.missed(seconds)
        for _ in range(min(seconds, _UNSEEN * SECONDS)):
            if self.window.pause():
                self._window(t_ms)

    def _minute(self, n: int, t_ms: int) -> None:
        self.minutes = min(_TOP, self.minutes + n)
        self._quiet_min += n
        self._work_min += n
        self._alert()
        self.testing.minute(self.minutes)
        self._rest(n)
        if self._still_min >= _PAUSE_MIN and self._active_s:
            self.end_shift(t_ms)
            return
        if self._length_min and self.minutes - self._from_min >= self._length_min:
            if self._still_min >= _STILL_MIN:
                self.end_shift(t_ms)
                return
            self._work(1, t_ms)
            self._close()
        self._judge(t_ms)
        if self._quiet_min >= _PERIOD_MIN:
            self._tell(OCCASION_PERIOD, t_ms)
        if self._work_min >= _WORK_MIN:
            self._work(0, t_ms)

    def _rest(self, n: int) -> None:
        """Of `n` minutes: has the tag lain still in them? One that is not seen says nothing."""
        ledger = self.ledger
        if ledger.active_s != self._active_s:
            self._still_min = 0
        elif ledger.missing_s == self._missing_s:
            self._still_min += n
        self._active_s = ledger.active_s
        self._missing_s = ledger.missing_s

    def _alert(self) -> None:
        part = NONE
        if self.local_min >= 0:
            part = alertness_part(self.alertness.kss_q8(min(self.minutes, _LONGEST_MIN), self.local_min))
        self.index.set(ALERTNESS, part, _KNOWN if self.alertness.known else _ASSUMED)

    def _judge(self, t_ms: int) -> None:
        index = self.index
        before = index.level
        if index.judge():
            self._tell(OCCASION_LEVEL, t_ms)
        if self._asks and index.level >= WATCH and not self._rides:
            if index.level > before or self.testing.again(self.minutes):
                self.ask(t_ms)

    def _tested(self, occasion: int, t_ms: int) -> None:
        if occasion == OCCASION_TEST and self.index.judge():
            self._tell(OCCASION_LEVEL, t_ms)
        if occasion:
            self._tell(occasion, t_ms)

    def _tell(self, occasion: int, t_ms: int) -> None:
        index = self.index
        self._quiet_min = 0
        self.news = True
        parts = (index.part(DRIFT), index.part(ALERTNESS), index.part(REACTION))
        head = (FATIGUE, t_ms, occasion, index.level, index.index, index.confidence)
        self._say(head + parts + (index.advice, self.testing.reaction_ms, self.testing.misses, index.part(NODS), 0))

    def _work(self, closed: int, t_ms: int) -> None:
        ledger = self.ledger
        vibration = self.vibration
        self._work_min = 0
        self.news = True
        head = (WORKLOAD, t_ms, self.minutes - self._from_min, ledger.missing_s // 60)
        moved = (ledger.steps, ledger.walking_s // 60, ledger.active_s // 60, ledger.effort_mgs // 1000)
        bent = (ledger.bent_s // 60, ledger.posture_s // 60)
        ridden = (vibration.seconds // 60, vibration.measured, min(_TOP, vibration.a8_mms2))
        self._say(head + moved + bent + ridden + (closed, _TOP))
