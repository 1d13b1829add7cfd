"""Fall detector: a hard hit, a sideways surge, a while of being knocked about, another posture, then rest; any mounting.

Works on the chunks (0.2 s) of `motion/path.py`. Features, looked at while a hit is 1.0 to 3.4 s old:

    hit    largest |a| of that time, mg
    surge  largest `across` of the last 3.4 s, mg: standard deviation of the part of `a` across gravity, 1 s long, below
           3.7 Hz. This is C8 of SisFall (Sucerquia et al., Sensors 17(1):198, 2017), but projected on the gravity of
           1.4..2.4 s before instead of taken from known axes
    hard   samples (20 ms) above 1.5 g in the 1.2 s from the hit on, 4..32
    tilt   degrees between the mean of the last 1 s and that of 3.4..5.4 s ago
    rest   total standard deviation of the last 1 s, mg: who still walks or runs has not fallen

A fall is hit > 1.7 g, rest < 0.3 g, tilt > 25 degrees, and enough of all together:

    points = 4 log2(hit) + 8 log2(surge) + 3 log2(hard) + 4 log2(tilt, at most 90)  >  149 (148 below 40 Hz)

in Q8: at most 256 * (4 * 15 + 8 * 15 + 3 * 5 + 4 * 6.5) < 2^16. `score` is 100 there and 4 more a point, at most 255.
The decision comes 1.0 to 3.4 s after the hit. How the numbers were chosen, and on what: docs/detectors.md.

A tag that falls alone: a clean flight (|a| < 0.5 g) of 0.34..0.8 s that ends in a hit. In SisFall one fall in 1200 has
as much as 0.32 s; drops from the hand have 0.62 s. Longer is deeper than any hand: a person. After the flight it is a drop

    when it lies dead still (rest < 40 mg) from 1 s on, or flies a third time (it tumbles: no body does),
    or when 2.2 s later all speaks for a fall but the hit was below 6 g: caught by a hand, no ground is that soft.

Else it is judged as a person's fall, from 2.2 s on. A person who falls that cleanly and then lies dead still is taken for
the tag: "are you wearing me?" is asked, and man-down raised when nobody answers.

Unknown input: no detection (the core raises the fault alarm); after a gap of more than 1 s (tag/motion/watch.py) the state
is WATCH and the past is empty.

    state    means                             next: HIT     RIPE    FLIGHT  FALL    DROP     IDLE     OVER
    WATCH    no hit in the last 3.4 s                IMPACT  JUDGE   FLOWN   -       -        WATCH    -
    IMPACT   hits, all younger than 1 s              IMPACT  JUDGE   FLOWN   -       -        WATCH    -
    JUDGE    a hit 1 to 3.4 s old                    IMPACT  JUDGE   FLOWN   FALLEN  -        WATCH    -
    FLOWN    a flight ended in a hit                 FLOWN   FLOWN   -       FALLEN  DROPPED  WATCH    -
    FALLEN   declared: hold for 5 s                  -       -       -       -       -        FALLEN   WATCH
    DROPPED  told: hold for 5 s                      -       -       -       -       -        DROPPED  WATCH
"""

from array import array

from dsp.fixed import angle_deg, isqrt, log2_q8
from dsp.ring import MaxRing
from dsp.spread import Spread
from micropython import const
from tag.motion.path import CHUNK_MS, WINDOW

_WATCH = const(0)
_IMPACT = const(1)
_JUDGE = const(2)
_FLOWN = const(3)
_FALLEN = const(4)
_DROPPED = const(5)

_HIT = const(0)
_RIPE = const(1)
_FLIGHT = const(2)
_FALL = const(3)
_DROP = const(4)
_IDLE = const(5)
_OVER = const(6)

# TABLE[state][input] -> state; an input that cannot occur in a state changes nothing.
TABLE = (
    (_IMPACT, _JUDGE, _FLOWN, _WATCH, _WATCH, _WATCH, _WATCH),
    (_IMPACT, _JUDGE, _FLOWN, _IMPACT, _IMPACT, _WATCH, _IMPACT),
    (_IMPACT, _JUDGE, _FLOWN, _FALLEN, _JUDGE, _WATCH, _JUDGE),
    (_FLOWN, _FLOWN, _FLOWN, _FALLEN, _DROPPED, _WATCH, _FLOWN),
    (_FALLEN, _FALLEN, _FALLEN, _FALLEN, _FALLEN, _FALLEN, _WATCH),
    (_DROPPED, _DROPPED, _DROPPED, _DROPPED, _DROPPED, _DROPPED, _WATCH),
)

# What                          unit                 sense to move it within; what it is for
_HIT_SQ = const(1700 * 1700)  # mg^2                 1.5..2 g: below it points cannot be enough
_REST_MG = const(300)  #        mg                   150..400: walking has more, who lies has less
_TILT_DEG = const(25)  #        degrees              20..35: bending has more than this, the points decide
_POINTS = const(38144)  #       log2 in Q8, * 4      37888..38528: 149.0; more: fewer false falls, more missed
_POINTS_SLOW = const(37888)  #  log2 in Q8, * 4      148.0: for sensors below 40 Hz, which average a hit's peak away
_HARD_MIN = const(4)  #         samples of 20 ms     so that a single spike on stone is no less than a mat
_HARD_MAX = const(32)  #        samples of 20 ms     who runs on has more, without having fallen more
_TILT_MAX = const(90)  #        degrees              from standing to lying; more is the tag turning over
_FLIGHT_MIN = const(17)  #      samples of 20 ms     0.34 s, 0.57 m deep
_FLIGHT_MAX = const(40)  #      samples of 20 ms     0.8 s, 3.1 m deep
_TUMBLES = const(3)  #          flights              one after the other, within 3.4 s each
_DEAD_MG = const(40)  #         mg                   a sensor's steps of 48 mg give up to 24
_CAUGHT_MG = const(6000)  #     mg                   hands 2..5 g, ground 7 g and more
# ages in chunks of 0.2 s
_NOW_LAST = const(4)
_RIPE_AGE = const(5)
_LANDED_AGE = const(11)
_LAST = const(16)
_GRAVITY_FIRST = const(7)
_GRAVITY_LAST = const(11)
_BEFORE_FIRST = const(17)
_BEFORE_LAST = const(26)
_HARD_AFTER = const(5)  # the hit's chunk and five more
_HOLD = const(25)
_AWAKE = const(30)  # longer than the window of hits and than the hold
_SLOW_HZ = const(40)
_FLIGHT_CHUNKS = const(2)  # the hit may come in the chunk after the flight's


class FallDetector:
    """After `step` returned True, or `drops` grew, `.peak_mg .age_ms .flight_ms` describe the hit, `.score .tilt_deg` a fall."""

    def __init__(self) -> None:
        self.state = _WATCH
        self.score = 0
        self.peak_mg = 0
        self.tilt_deg = 0
        self.age_ms = 0
        self.flight_ms = 0
        self._flights = 0  # of which the last have followed one another
        self.drops = 0
        # One entry a chunk: the peak where it is a hit, else 0; the surge while a hit is within the last 3.4 s, else 0.
        self._hits = MaxRing(32)
        self._surges = MaxRing(32)
        self._hard = MaxRing(32)
        self._spread = Spread(WINDOW // 2, 2)  # every second sample: what is below 3.7 Hz is all there at 25 Hz
        self._before = array("h", (0, 0, 0))
        self._now = array("h", (0, 0, 0))
        self._found = array("h", (0, 0, 0, 0))  # hit, surge, hard, tilt
        self._awake = 0  # chunks for which the rings and timers must still be kept
        self._held = 0  # chunks since a fall, a drop or the end of a flight
        # chunks since the last hit and since the last flight, no further than they matter
        self._hit_age = _LAST + 1
        self._low_age = _FLIGHT_CHUNKS

    def step(self, path) -> bool:
        """Take the chunk that `path` has completed; True when a fall is declared. Allocates nothing."""
        if path.first:
            self._forget()
        summary = path.summary
        if summary.peak_sq > _HIT_SQ or summary.low_run >= _FLIGHT_MIN:
            self._awake = _AWAKE
        # Asleep is WATCH with rings of zeros: another chunk of nothing changes nothing, so nothing is computed.
        if not self._awake:
            return False
        self._awake -= 1
        self._held += 1
        symbol = self._sense(path, summary)
        if _FLIGHT <= symbol <= _DROP:
            self._held = 0
            self._awake = _AWAKE
            if symbol == _DROP:
                self.drops += 1
        self.state = TABLE[self.state][symbol]
        return symbol == _FALL

    def _forget(self) -> None:
        self.state = _WATCH
        self._hits.clear()
        self._surges.clear()
        self._hard.clear()
        self._hit_age = _LAST + 1
        self._low_age = _FLIGHT_CHUNKS
        self._awake = 0

    def _sense(self, path, summary) -> int:
        """What this chunk brings, as an input of the table."""
        hit = self._remember(path, summary)
        flown = self._flew(summary)
        if self.state >= _FALLEN:
            return _OVER if self._held >= _HOLD else _IDLE
        if not hit:
            return _IDLE
        if flown and self.state != _FLOWN:
            self._flights = 1
            return _FLIGHT
        best = self._hits.best(_RIPE_AGE, _LAST)
        if flown or best >= 64:
            return self._judge(path, best, flown)
        return _HIT

    def _remember(self, path, summary) -> bool:
        """Keep the chunk's hit, hard samples and surge; True while a hit lies within the window."""
        self._hard.push(summary.hard)
        if summary.peak_sq > _HIT_SQ:
            self._hit_age = 0
            self._hits.push(isqrt(summary.peak_sq))
        else:
            self._hit_age += 1
            self._hits.push(0)
        if self._hit_age > _LAST:
            self._hit_age = _LAST
            self._surges.push(0)
            return False
        path.past.mean(_GRAVITY_FIRST, _GRAVITY_LAST, self._before)
        self._surges.push(self._spread.measure(path.window, self._before))
        return True

    def _flew(self, summary) -> bool:
        """Whether a clean flight has just ended in a hit."""
        if _FLIGHT_MIN <= summary.low_run <= _FLIGHT_MAX:
            self._low_age = 0
            self.flight_ms = summary.low_run * 20
        elif self._low_age < _FLIGHT_CHUNKS:
            self._low_age += 1
        if self._low_age < _FLIGHT_CHUNKS and summary.peak_sq > _HIT_SQ:
            self._low_age = _FLIGHT_CHUNKS
            return True
        return False

    def _judge(self, path, best: int, flown: bool) -> int:
        """A ripe hit, `best` as from MaxRing: FALL, DROP or still RIPE."""
        rest_mg = self._spread.total_mg()
        if self.state == _FLOWN:
            if flown:
                self._flights += 1
                self._held = 0
            if self._flights >= _TUMBLES or (rest_mg < _DEAD_MG and self._held >= _RIPE_AGE):
                self._describe(self._hits.best(0, _LAST))
                return _DROP
            if self._held < _LANDED_AGE:
                return _RIPE
        # A hit that has just become ripe is first told as such, so that no fall is declared out of IMPACT.
        if rest_mg >= _REST_MG or self.state < _JUDGE or not self._fallen(path, best):
            return _RIPE
        return _DROP if self.state == _FLOWN and self.peak_mg < _CAUGHT_MG else _FALL

    def _fallen(self, path, best: int) -> bool:
        """Whether posture and points are those of a fall."""
        if not self._look(path, best):
            return False
        found = self._found
        self._describe(best)
        self.tilt_deg = found[3]
        extra = points(found[0], found[1], found[2], found[3])  # unpacked into names the frame would be on the heap
        extra -= _POINTS if path.rate_hz >= _SLOW_HZ else _POINTS_SLOW
        self.score = min(255, 100 + (extra >> 6))
        return extra > 0

    def _look(self, path, best: int) -> bool:
        """Take the features of the hit `best`; False when the posture is no other, which is asked first."""
        path.past.mean(_BEFORE_FIRST, _BEFORE_LAST, self._before)
        path.past.mean(0, _NOW_LAST, self._now)
        found = self._found
        found[3] = angle_deg(self._before, self._now)
        if found[3] <= _TILT_DEG:
            return False
        age = best & 63
        found[0] = best >> 6
        found[1] = self._surges.best(0, _LAST) >> 6
        found[2] = self._hard.total(age - _HARD_AFTER, age)
        return True

    def _describe(self, best: int) -> None:
        self.peak_mg = best >> 6
        self.age_ms = (best & 63) * CHUNK_MS


def points(hit_mg: int, surge_mg: int, hard: int, tilt_deg: int) -> int:
    """What speaks for a fall, all together, in Q8."""
    strength = 4 * log2_q8(hit_mg) + 8 * log2_q8(surge_mg)
    hard = max(_HARD_MIN, min(_HARD_MAX, hard))
    return strength + 3 * log2_q8(hard) + 4 * log2_q8(min(tilt_deg, _TILT_MAX))
