"""Fall detector: a hard hit, a sideways surge, another posture, and then rest; for any mounting of the tag.

Works on the chunks (0.2 s) of `motion/path.py`. A fall is declared when, within the last 3.4 s, there was

    a hit          |a| > 1.9 g, 1.0 to 3.4 s ago,
    a surge        across > 0.4 g: standard deviation of the part of `a` across gravity, 1 s long, below 3.7 Hz.
                   This is C8 of SisFall (Sucerquia et al., Sensors 17(1):198, 2017), but projected on the gravity of
                   1.4..2.4 s ago instead of taken from known axes,
    energy         hit * surge > 1.05 g^2,
    a new posture  more than 35 degrees between the mean of the last 1 s and that of 3.4..5.4 s ago,
    and rest       total standard deviation of the last 1 s < 0.3 g: who still walks or runs has not fallen.

So the decision comes 1.0 to 3.4 s after the hit. Score: 100 at the energy limit, in proportion, at most 255.

Dropped tag: clean free fall (|a| < 0.3 g) of 0.3..0.8 s that ends in more than 6 g is the tag alone: nothing is
declared for 5 s. People's falls in SisFall stay below 0.3 g for 0.24 s at most, drops from the hand took 0.62 s.
Longer free fall is deeper than any hand: a person's. Should a person fall that cleanly from a height of 0.4..3 m,
this detector misses it and stillness raises the alarm.

Unknown input: no detection (the core raises the fault alarm); after a gap the state is WATCH and the past is empty.

    state    means                        next: HIT       RIPE     FALL     DROP     IDLE     OVER
    WATCH    no hit in the last 3.4 s           IMPACT    JUDGE    -        DROPPED  WATCH    -
    IMPACT   hits, all younger than 1 s         IMPACT    JUDGE    -        DROPPED  WATCH    -
    JUDGE    a hit 1 to 3.4 s old               IMPACT    JUDGE    FALLEN   DROPPED  WATCH    -
    FALLEN   declared: hold for 5 s             stays     stays    -        DROPPED  stays    WATCH
    DROPPED  tag fell alone: hold for 5 s       stays     stays    -        stays    stays    WATCH

Thresholds were chosen on SisFall (waist, 100 Hz) and lie on a plateau: each moved by a tenth costs less than 1 % of
accuracy.
"""

from array import array

from dsp.fixed import angle_deg, isqrt
from dsp.ring import MaxRing
from dsp.spread import Spread
from micropython import const
from tag.motion.path import CHUNK_MS, WINDOW

WATCH = const(0)
IMPACT = const(1)
JUDGE = const(2)
FALLEN = const(3)
DROPPED = const(4)

HIT = const(0)
RIPE = const(1)
FALL = const(2)
DROP = const(3)
IDLE = const(4)
OVER = const(5)

# TABLE[state][input] -> state; an input that cannot occur in a state leads nowhere.
TABLE = (
    (IMPACT, JUDGE, WATCH, DROPPED, WATCH, WATCH),
    (IMPACT, JUDGE, IMPACT, DROPPED, WATCH, IMPACT),
    (IMPACT, JUDGE, FALLEN, DROPPED, WATCH, JUDGE),
    (FALLEN, FALLEN, FALLEN, DROPPED, FALLEN, WATCH),
    (DROPPED, DROPPED, DROPPED, DROPPED, DROPPED, WATCH),
)

_HIT_SQ = const(1900 * 1900)  # mg^2
_SURGE_MG = const(400)
_ENERGY = const(1050000)  # mg^2; hit * surge <= 32735 * 32735 < 2^30
_TILT_DEG = const(35)
_REST_MG = const(300)
# ages in chunks of 0.2 s
_RIPE = const(5)
_LAST = const(16)
_BEFORE_FIRST = const(17)
_BEFORE_LAST = const(26)
_GRAVITY_FIRST = const(7)
_GRAVITY_LAST = const(11)
_NOW_LAST = const(4)
_HOLD = const(25)
# longer than the window of hits and than the hold
_AWAKE = const(30)
# free fall in samples of 20 ms, the hit that ends it, and how many chunks apart the two may be
_DROP_SHORT = const(15)
_DROP_LONG = const(40)
_DROP_SQ = const(6000 * 6000)  # mg^2
_DROP_CHUNKS = const(2)


class FallDetector:
    """After `step` returned True, `.score .peak_mg .tilt_deg .age_ms` describe the fall."""

    def __init__(self) -> None:
        self.state = WATCH
        self.score = 0
        self.peak_mg = 0
        self.tilt_deg = 0
        self.age_ms = 0
        self.drops = 0
        # One entry a chunk: the peak where it is a hit, else 0; the surge while a hit is within the last 3.4 s, else 0.
        self._hits = MaxRing(32)
        self._surges = MaxRing(32)
        self._spread = Spread(WINDOW // 2, 2)  # every second sample: what is below 3.7 Hz is all there at 25 Hz
        self._before = array("h", (0, 0, 0))
        self._now = array("h", (0, 0, 0))
        self._awake = 0  # chunks for which the rings and timers must still be kept
        self._held = 0
        # chunks since the last hit and since the last free fall, no further than they matter
        self._hit_age = _LAST + 1
        self._low_age = _DROP_CHUNKS

    def step(self, path) -> bool:
        """Take the chunk that `path` has completed; True when a fall is declared. Allocates nothing."""
        if path.first:
            self._forget()
        summary = path.summary
        if summary.peak_sq > _HIT_SQ or summary.low_run >= _DROP_SHORT:
            self._awake = _AWAKE
        # Asleep is WATCH with rings of zeros: another chunk of nothing changes nothing, so nothing is computed.
        if not self._awake:
            return False
        self._awake -= 1
        symbol = self._sense(path, summary)
        if symbol in (FALL, DROP):
            self._held = 0
            self._awake = _AWAKE
        if symbol == DROP:
            self.drops += 1
        self.state = TABLE[self.state][symbol]
        return symbol == FALL

    def _forget(self) -> None:
        self.state = WATCH
        self._hits.clear()
        self._surges.clear()
        self._hit_age = _LAST + 1
        self._low_age = _DROP_CHUNKS
        self._awake = 0

    def _sense(self, path, summary) -> int:
        """What this chunk brings, as an input of the table."""
        hit = self._remember(path, summary.peak_sq)
        if self._dropped(summary.low_run, summary.peak_sq):
            return DROP
        if self.state >= FALLEN:
            self._held += 1
            return OVER if self._held >= _HOLD else IDLE
        if not hit:
            return IDLE
        best = self._hits.best(_RIPE, _LAST)
        if best < 64:
            return HIT
        return FALL if self.state == JUDGE and self._judge(path, best) else RIPE

    def _remember(self, path, peak_sq: int) -> bool:
        """Keep the chunk's hit and surge; True while a hit lies within the window."""
        if peak_sq > _HIT_SQ:
            self._hit_age = 0
            self._hits.push(isqrt(peak_sq))
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

    def _judge(self, path, best: int) -> bool:
        """Whether hit, surge, rest and posture together are a fall: the cheap questions first."""
        surge = self._surges.best(0, _LAST) >> 6
        energy = surge * (best >> 6)
        if surge <= _SURGE_MG or energy <= _ENERGY or self._spread.total_mg() >= _REST_MG:
            return False
        path.past.mean(_BEFORE_FIRST, _BEFORE_LAST, self._before)
        path.past.mean(0, _NOW_LAST, self._now)
        tilt = angle_deg(self._before, self._now)
        if tilt <= _TILT_DEG:
            return False
        self.score = min(255, energy // (_ENERGY // 100))
        self.peak_mg = best >> 6
        self.tilt_deg = tilt
        self.age_ms = (best & 63) * CHUNK_MS
        return True

    def _dropped(self, low_run: int, peak_sq: int) -> bool:
        """Whether the tag has just ended a clean free fall in a hard hit."""
        if _DROP_SHORT <= low_run <= _DROP_LONG:
            self._low_age = 0
        elif self._low_age < _DROP_CHUNKS:
            self._low_age += 1
        if self._low_age < _DROP_CHUNKS and peak_sq > _DROP_SQ:
            self._low_age = _DROP_CHUNKS
            return True
        return False
