"""Fatigue and workload of one wearer through a shift: joins what the other files of this room compute, and says what they find.

    chunk of motion/path.py ─► Gait ─ a second ─┬─► Ledger: steps, activity, time bent ──────────► Shift ─► WORKLOAD
                            │                   └─► GaitWindow ─► DriftWatch ─┐
                            ├─► Nods, on a helmet ────────────────────────────┤
                            └─► Sleep, where it is worn ─┐                    ├─► FatigueIndex ─► FATIGUE, at each change of
    minutes awake, time of day ──────────────────────────┴─► Sleepiness ──────┤                   level and each half hour
    button ─────────────────────────────────────► Testing ────────────────────┘
    Heart, where the board has the sensor ──────► GaitWindow, FATIGUE
    block of the sensor ──────► Vibration, while the wearer rides

Nothing of it is an alarm. Each minute it is judged anew. Where `fatigue` is 2, a level of WATCH or HIGH asks for a reaction test
with a light, again after half an hour, but for who rides: he may be driving. The gateway's order asks for one too (testing.py).
What is believed how much stands in watch.py, sleepiness.py, testing.py, nods.py; when a shift ends of itself, in shift.py.

Seconds without samples are seconds of the window too, also while the tag was off: who is not seen is not known after a quarter of
an hour, never rested.
"""

import ticks
from dsp.gait import WALKING, Gait
from micropython import const
from tag.events import FATIGUE, OCCASION_LEVEL, OCCASION_PERIOD, OCCASION_TEST
from tag.fatigue.index import ALERTNESS, DRIFT, NODS, NONE, REACTION, WATCH, FatigueIndex
from tag.fatigue.shift import FULL, OVER, PAUSE_MIN, Shift
from tag.fatigue.sleepiness import Sleepiness
from tag.fatigue.testing import Testing
from tag.fatigue.upright import COS60_Q10
from tag.fatigue.watch import DriftWatch
from tag.fatigue.window import FLOORS, HEART, HEART_FLOOR, SECONDS, GaitWindow

_CHUNK = const(10)
_SECOND_MS = const(1000)
_MINUTE_MS = const(60000)
_GAP_MS = const(2000)
_PERIOD_MIN = const(30)
_UNSEEN = const(3)  # windows after which nothing more can be forgotten
_MOST = const(40)  # samples of a block that vibration.py takes
_WORN = ("trunk", "belt", "helmet")  # where a posture is that of a body


class Monitor:
    """`say(event)` takes what is found, `alarms` is the engine's. Nothing on the sampling path allocates."""

    def __init__(self, settings, say, alarms, t_ms: int) -> None:
        self._say = say
        self._asks = settings["fatigue"] == 2
        self.gait = Gait(_CHUNK)
        self.window = GaitWindow()
        self.watch = DriftWatch(FLOORS)
        self.shift = Shift(settings, say)
        self.ledger = self.shift.ledger
        self.vibration = self.shift.vibration
        self.index = FatigueIndex()
        self.sleepiness = Sleepiness(settings)
        self.testing = Testing(alarms, self.index)
        self.nods = self.sleep = self.heart = None
        self.local_min = NONE  # minute of the day where the tag is, as the shell tells it; NONE: not known
        self.news = False  # something that is worth a write to flash
        self._minute_ms = ticks.add(t_ms, _MINUTE_MS)
        self._second_ms = self._due_ms = t_ms
        self._rides = False
        self._begin()

    def wear(self, worn) -> None:
        """Where board.json says that the tag is worn; before anything is read from flash. Loads what is for that place."""
        self.ledger.trunk = worn == "trunk"
        if worn == "helmet":
            from tag.fatigue.nods import Nods

            self.vibration.weighs = False
            self.nods = Nods(self.ledger.upright)
        if worn in _WORN:
            from tag.fatigue.sleep import Sleep

            self.sleep = Sleep(self.ledger.upright)
            self.shift.wear(self.sleep)

    def beat(self, heart) -> None:
        """There is a heart-rate sensor: `heart` as in heart.py. Before anything is read from flash."""
        self.heart = heart
        self.watch = DriftWatch(FLOORS + HEART_FLOOR)

    # -- samples: as tag/motion/watch.py calls it ----------------------------------------------------------------------

    def chunk(self, path, t_ms: int) -> None:
        """A chunk that `path` has completed."""
        if path.first:
            self.lost()
        gait = self.gait
        if gait.take(path.chunk):
            self._second_ms = t_ms
            self._second(gait, path.sway, t_ms)
        if self.nods:
            self.nods.chunk(path.sway, gait.state == WALKING)
        if self.sleep:
            self.sleep.actigraph.chunk(path.sway)

    def block(self, block, rides: bool) -> None:
        """Good samples of the sensor; `rides`: a machine shakes the wearer, who does not move."""
        self._rides = rides
        vibration = self.vibration
        if not rides and vibration.idle:
            return  # it costs what it measures
        rides = rides and self.gait.state != WALKING
        if block.odr_hz != vibration.rate_hz and not vibration.retune(block.odr_hz):
            vibration.count(block.n, block.odr_hz, rides)
        elif block.n > _MOST:
            vibration.lost()
        else:
            vibration.take(block.mg, block.n, rides)

    def lost(self) -> None:
        """Samples are missing."""
        self.gait.lost()
        self.vibration.lost()
        if self.nods:
            self.nods.head.lost()
        if self.sleep:
            self.sleep.lost()

    def _second(self, gait, sway, t_ms: int) -> None:
        if self.window.second(gait):
            self._window(t_ms)
        posture = self.ledger.second(gait, self.window.effort_mg, sway)
        if self.sleep:
            lies = posture and self.ledger.upright.leans(sway, COS60_Q10)
            self.sleep.actigraph.second(lies, gait.size_mg)

    def _window(self, t_ms: int) -> None:
        window = self.window
        if self.heart:
            window.put(HEART, self.heart.mean_q4())
        self.watch.take(window.values, window.known, self.index)
        self.news = True
        self._judge(t_ms)

    # -- time, button, orders ------------------------------------------------------------------------------------------

    def tick(self, t_ms: int) -> None:
        """Time passes."""
        self._tested(self.testing.tick(self.shift.minutes, t_ms), t_ms)
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
        return self.testing.ask(self.shift.minutes, t_ms)

    def end_shift(self, t_ms: int) -> None:
        """The shift is over: told, and the next one begins. A test that goes on is broken off: it would count for the next one."""
        self._tested(self.testing.break_off(self.shift.minutes, t_ms), t_ms)
        if self.shift.worked:
            self.shift.tell(1, t_ms)
        self.watch.drift.remember()
        self._begin()
        self._tell(OCCASION_LEVEL, t_ms)

    # -- over a reset ---------------------------------------------------------------------------------------------------

    def keep(self, keeping) -> None:
        """To or from flash, then `was_off` or `forget`: tag/fatigue/keeping.py."""
        self.shift.keep(keeping)
        self.testing.keep(keeping)
        self.watch.keep(keeping)
        self.index.keep(keeping)
        self.sleepiness.keep(keeping)
        if self.nods:
            self.nods.keep(keeping)

    def was_off(self, gap_min: int, t_ms: int) -> None:
        """The tag was off for so many minutes before it read what it had kept: of the same shift, or between two."""
        if gap_min >= PAUSE_MIN:
            self.end_shift(t_ms)
        else:
            if self.nods:
                self.nods.minute(gap_min, self.index)
            self._missed(gap_min * 60, t_ms)
            self.shift.was_off(gap_min)

    def forget(self) -> None:
        """Another wearer, or what was read cannot be: everything begins anew."""
        self.testing.rested_ms = 0
        self.watch.drift.forget()
        self._begin()

    # -- inside -----------------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._quiet_min = 0  # since a FATIGUE record
        self.shift.begin()
        self.testing.restart()
        self.window.restart()
        self.watch.restart()
        self.index.restart()
        self.sleepiness.begin()
        if self.nods:
            self.nods.restart()
        if self.sleep:
            self.sleep.restart()
        self.news = True

    def _missed(self, seconds: int, t_ms: int) -> None:
        self.ledger.missed(seconds)
        for _ in range(min(seconds, _UNSEEN * SECONDS)):
            if self.window.pause():
                self._window(t_ms)

    def _minute(self, n: int, t_ms: int) -> None:
        slept = self.sleep and self.sleep.minute(n)
        found = self.shift.minute(n)
        if slept:
            self._slept(self.sleep, self.shift.minutes)
        self._parts(n, self.shift.minutes)
        if found == OVER:
            self.end_shift(t_ms)
            return
        if found == FULL:
            self._work(1, t_ms)
            self.shift.close()
        self._judge(t_ms)
        if self._quiet_min >= _PERIOD_MIN:
            self._tell(OCCASION_PERIOD, t_ms)
        if self.shift.due:
            self._work(0, t_ms)

    def _slept(self, sleep, minutes: int) -> None:
        ended_min = minutes - sleep.since_min
        self.sleepiness.alertness.nap(ended_min - sleep.slept_min, ended_min)
        self.news = True

    def _parts(self, n: int, minutes: int) -> None:
        self._quiet_min += n
        self.sleepiness.judge(minutes, self.local_min, self.index)
        if self.nods:
            self.nods.minute(n, self.index)
        self.testing.minute(minutes)

    def _judge(self, t_ms: int) -> None:
        index = self.index
        before = index.level
        if index.judge():
            self._tell(OCCASION_LEVEL, t_ms)
        if self._asks and index.level >= WATCH and not self._rides:
            if index.level > before or self.testing.again(self.shift.minutes):
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
        tested = (index.advice, self.testing.reaction_ms, self.testing.misses)
        nodded = (index.part(NODS), self.nods.count if self.nods else 0)
        self._say(head + parts + tested + nodded + self._beats(self.heart, t_ms))

    def _beats(self, heart, t_ms: int) -> tuple:
        if heart:
            heart.age(t_ms)  # its task may be late, or be dying again and again
        return ((heart.bpm_q4 + 8) >> 4, heart.quality) if heart else (0, 0)

    def _work(self, closed: int, t_ms: int) -> None:
        self.news = True
        self.shift.tell(closed, t_ms)
